"""What somebody does with a list, step by step, as a browser does it."""

import uuid

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.actions import list_imports
from cases.models import ListImport
from tests.lists import as_csv

START = "/faelle/liste-einlesen/"


def address(name, found):
    return reverse(f"cases:{name}", args=[found.pk])


def upload(browser, content, name="liste.xlsx", **typed):
    data = {"form_key": str(uuid.uuid4()), "sheet": "", "file": SimpleUploadedFile(name, content)} | typed
    return browser.post(START, data)


def columns(answer, **typed):
    """What the page about the columns would send if nobody touched it."""
    form = answer.context["form"]
    return {bound.html_name: bound.value() or "" for bound in form} | typed


def checked(browser, content, **typed):
    """A list that is uploaded, with its columns as guessed, and checked."""
    answer = upload(browser, content)
    assert answer.status_code == 302, answer.context["form"].errors
    found = ListImport.objects.first()
    page = browser.get(answer["Location"])
    answer = browser.post(address("list_import_columns", found), columns(page, **typed))
    assert answer.status_code == 302, answer.context["form"].errors
    while found.status != ListImport.Status.READY:
        browser.post(address("list_import_check", found))
        found.refresh_from_db()
    return found


def people(*names, **more):
    """A small list: a name each, born on the same day, and further columns."""
    rows = [[name, f"01.02.{2001 + number}", *more.values()] for number, name in enumerate(names)]
    return as_csv(rows, headings=["Name", "Geburtsdatum", *more])


def import_(found, by):
    return list_imports.import_list(ListImport.objects.get(pk=found.pk), by=by)


def undo(found, by):
    return list_imports.undo_import(ListImport.objects.get(pk=found.pk), by=by)
