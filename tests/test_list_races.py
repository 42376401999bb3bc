"""Two at once, on a real file of SQLite or on PostgreSQL: one wins, the other reads why, and nothing is there twice."""

import sqlite3
import threading
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from cases.actions import list_imports
from cases.models import Case, Client, ListImport
from kim.audit.models import Entry
from tests.factories import CaseManagerFactory, ConsultationFactory, ListImportFactory, ProviderFactory, TrackFactory

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True)]
ROWS = [{"given_names": f"Amal {letter}", "birth_date": "01.02.2003"} for letter in "abcdefgh"]


@pytest.fixture
def with_own_connection(tmp_path):
    """Runs something in this thread on a connection of its own: for SQLite on a copy of the database in a file."""
    path = tmp_path / "race.sqlite3"

    @contextmanager
    def open_connection():
        if connection.vendor == "sqlite":
            wrapper = connections.create_connection("default")
            wrapper.settings_dict = wrapper.settings_dict | {"NAME": str(path)}
            connections["default"] = wrapper
        try:
            yield
        finally:
            connections["default"].close()

    def freeze():
        if connection.vendor == "sqlite":
            with sqlite3.connect(path) as copy:
                connection.connection.backup(copy)
            copy.close()

    open_connection.freeze = freeze
    return open_connection


def at_once(open_connection, *calls):
    """What each call answers: its result, or its sentence."""
    answers, start = [None] * len(calls), threading.Barrier(len(calls))

    def run(number, call):
        with open_connection():
            start.wait()
            try:
                answers[number] = call()
            except ValidationError as error:
                answers[number] = " ".join(error.messages)

    open_connection.freeze()
    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def ask(open_connection, question):
    """The answer of the database in which the race was run."""
    found = []

    def run():
        with open_connection():
            found.append(question())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture
def desk(db):
    return CaseManagerFactory(provider=ProviderFactory(name="Träger am Dom", code="am-dom"), user__name="Leyla Fall")


def counts():
    logged = Entry.objects.filter(action="list.imported").count()
    return Case.objects.count(), Client.objects.count(), logged


def test_two_clicks_import_a_list_once(desk, with_own_connection):
    found = ListImportFactory(created_by=desk.user, track=TrackFactory(), rows=ROWS)

    def click():
        return list_imports.import_list(ListImport.objects.get(pk=found.pk), by=desk.user)

    answers = at_once(with_own_connection, click, click)
    assert sorted(map(str, answers)) == ["8", "Diese Liste ist schon eingelesen worden."]
    assert ask(with_own_connection, counts) == (8, 8, 1)


def test_two_imports_of_one_file_and_exactly_one_wins(desk, with_own_connection):
    colleague = CaseManagerFactory(provider=desk.provider, user__name="Kolja Kollegium")
    lists = [
        ListImportFactory(created_by=each.user, track=TrackFactory(), digest="f" * 64, rows=ROWS)
        for each in (desk, colleague)
    ]

    def click(found):
        return lambda: list_imports.import_list(ListImport.objects.get(pk=found.pk), by=found.created_by)

    answers = at_once(with_own_connection, *map(click, lists))
    won, lost = sorted(map(str, answers))
    assert won == "8"
    assert lost.startswith("Diese Datei ist heute schon eingelesen worden: um ")
    assert ask(with_own_connection, counts) == (8, 8, 1)


def test_an_import_is_undone_once(desk, with_own_connection):
    found = ListImportFactory(created_by=desk.user, track=TrackFactory(), rows=ROWS)
    list_imports.import_list(ListImport.objects.get(pk=found.pk), by=desk.user)

    def undo():
        return list_imports.undo_import(ListImport.objects.get(pk=found.pk), by=desk.user)

    answers = at_once(with_own_connection, undo, undo)
    assert sorted(map(str, answers)) == ["8", "Das Einlesen dieser Liste ist schon rückgängig gemacht worden."]
    assert ask(with_own_connection, counts) == (0, 0, 1)


def test_undoing_against_a_consultation_loses_neither(desk, with_own_connection):
    """Either the talk is there and everything stays, or everything is gone and the talk was refused."""
    found = ListImportFactory(created_by=desk.user, track=TrackFactory(), rows=ROWS)
    list_imports.import_list(ListImport.objects.get(pk=found.pk), by=desk.user)
    number = Case.objects.order_by("pk").first().number

    def undo():
        return list_imports.undo_import(ListImport.objects.get(pk=found.pk), by=desk.user)

    def talk():
        try:
            return ConsultationFactory(case=Case.objects.get(number=number)).case_id
        except Exception as error:
            return type(error).__name__

    undone, talked = at_once(with_own_connection, undo, talk)
    if undone == 8:
        assert talked in ("DoesNotExist", "IntegrityError")
        assert ask(with_own_connection, counts)[0] == 0
    else:
        assert "gearbeitet" in undone or "arbeitet jemand" in undone
        assert ask(with_own_connection, counts)[0] == 8
