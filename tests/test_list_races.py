"""Two at once: one wins, the other reads why, and nothing is there twice."""

import pytest

from cases.actions import list_imports
from cases.models import Case, Client, ListImport
from kim.audit.models import Entry
from tests.at_once import at_once, refusals
from tests.factories import CaseManagerFactory, ConsultationFactory, ListImportFactory, ProviderFactory, TrackFactory

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True)]
ROWS = [{"given_names": f"Amal {letter}", "birth_date": "01.02.2003"} for letter in "abcdefgh"]


@pytest.fixture
def desk(db):
    return CaseManagerFactory(provider=ProviderFactory(name="Träger am Dom", code="am-dom"), user__name="Leyla Fall")


def counts():
    logged = Entry.objects.filter(action="list.imported").count()
    return Case.objects.count(), Client.objects.count(), logged


def test_two_clicks_import_a_list_once(desk):
    found = ListImportFactory(created_by=desk.user, track=TrackFactory(), rows=ROWS)

    def click():
        return list_imports.import_list(ListImport.objects.get(pk=found.pk), by=desk.user)

    answers = at_once(click, click)
    assert 8 in answers
    assert refusals(answers) == ["Diese Liste ist schon eingelesen worden."]
    assert counts() == (8, 8, 1)


def test_two_imports_of_one_file_and_exactly_one_wins(desk):
    colleague = CaseManagerFactory(provider=desk.provider, user__name="Kolja Kollegium")
    lists = [
        ListImportFactory(created_by=each.user, track=TrackFactory(), digest="f" * 64, rows=ROWS)
        for each in (desk, colleague)
    ]

    def click(found):
        return lambda: list_imports.import_list(ListImport.objects.get(pk=found.pk), by=found.created_by)

    answers = at_once(*map(click, lists))
    (lost,) = refusals(answers)
    assert 8 in answers
    assert lost.startswith("Diese Datei ist heute schon eingelesen worden: um ")
    assert counts() == (8, 8, 1)


def test_an_import_is_undone_once(desk):
    found = ListImportFactory(created_by=desk.user, track=TrackFactory(), rows=ROWS)
    list_imports.import_list(ListImport.objects.get(pk=found.pk), by=desk.user)

    def undo():
        return list_imports.undo_import(ListImport.objects.get(pk=found.pk), by=desk.user)

    answers = at_once(undo, undo)
    assert 8 in answers
    assert refusals(answers) == ["Das Einlesen dieser Liste ist schon rückgängig gemacht worden."]
    assert counts() == (0, 0, 1)


def test_undoing_against_a_consultation_loses_neither(desk):
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

    undone, talked = at_once(undo, talk)
    if undone == 8:
        assert talked in ("DoesNotExist", "IntegrityError")
        assert counts()[0] == 0
    else:
        (kept,) = refusals([undone])
        assert "gearbeitet" in kept or "arbeitet jemand" in kept
        assert counts()[0] == 8
