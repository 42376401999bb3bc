"""The closing page: what is still open, how it ended, and what the case showed, all in one transaction."""

import uuid

import pytest

from cases.actions import files
from cases.closing import open_items
from cases.models import Case, Notice, Observation
from tests.case_forms import ago, errors, german, logged, queries, said, text_of, url
from tests.factories import CaseFactory, FollowUpFactory, HandoverFactory, TopicFactory

pytestmark = pytest.mark.django_db
TEXT = "Ohne Meldebescheinigung bekommt hier niemand einen Kursplatz."


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


def closing(**more):
    data = {"on": german(ago(0)), "reason": "goals_reached", "note": "Geschafft.", "follow_up_service": "Jugendwerk"}
    return data | more


def with_observation(**more):
    observed = {
        "shows_system": "yes", "form_key": str(uuid.uuid4()), "observation-topic": TopicFactory().pk,
        "observation-barrier": "documents", "observation-institution": "", "observation-text": TEXT,
        "observation-is_without_persons": "on",
    }  # fmt: skip
    return closing(**observed | more)


@pytest.mark.parametrize("answer", [{}, {"shows_system": "no"}, {"shows_system": "no", "observation-text": "Halb."}])
def test_the_question_may_be_answered_with_no(answer, as_case_manager, case):
    as_case_manager.post(url("close", case), closing(**answer))
    case.refresh_from_db()
    assert (case.status, case.closing_note, case.follow_up_service) == ("closed", "Geschafft.", "Jugendwerk")
    assert not Observation.objects.exists()
    assert logged() == ["case.closed"]


def test_with_yes_the_observation_is_proposed_with_the_closing(as_case_manager, case, lead):
    as_case_manager.post(url("close", case), with_observation())
    case.refresh_from_db()
    row = Observation.objects.get()
    assert (case.status, row.status, row.text, row.case, row.barrier) == ("closed", "proposed", TEXT, case, "documents")
    assert [notice.user for notice in Notice.objects.filter(kind="observation_to_release")] == [lead]
    assert logged() == ["observation.written", "case.closed"]


def test_a_second_click_closes_and_writes_once(as_case_manager, case):
    data = with_observation()
    as_case_manager.post(url("close", case), data)
    assert "bereits abgeschlossen" in said(as_case_manager.post(url("close", case), data))
    assert Observation.objects.count() == 1
    assert logged() == ["observation.written", "case.closed"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"observation-text": ""}, "text"),
        ({"observation-text": "Frau Meier war es."}, "is_without_persons"),
        ({"observation-is_without_persons": ""}, "is_without_persons"),
        ({"observation-topic": "9" * 40}, "topic"),
        ({"observation-barrier": "x"}, "barrier"),
        ({"observation-text": "a\x00b"}, "text"),
    ],
)
def test_a_faulty_observation_keeps_the_case_open_and_what_was_typed(change, field, as_case_manager, case):
    answer = as_case_manager.post(url("close", case), with_observation(**change))
    assert set(answer.context["observed"].errors) == {field}
    assert "Geschafft." in text_of(answer)
    assert Case.objects.get().is_open
    assert not Observation.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on": "31.02.2026"}, "on"),
        ({"on": german(ago(-1))}, "on"),
        ({"reason": "x"}, "reason"),
        ({"shows_system": "vielleicht"}, "shows_system"),
        ({"note": "a\u202eb"}, "note"),
    ],
)
def test_a_faulty_closing_writes_no_observation(change, field, as_case_manager, case):
    answer = as_case_manager.post(url("close", case), with_observation(**change))
    assert set(errors(answer)) == {field}
    assert not Observation.objects.exists()
    assert Case.objects.get().is_open


def test_what_fails_at_the_last_step_takes_the_closing_back(monkeypatch, as_case_manager, case):
    def broken(*args, **kwargs):
        raise files.ValidationError("Nicht gespeichert.")

    monkeypatch.setattr(files, "write_observation", broken)
    assert "Nicht gespeichert." in said(as_case_manager.post(url("close", case), with_observation()))
    assert Case.objects.get().is_open
    assert logged() == []


def test_open_items_are_named_with_what_closing_does_to_them(as_case_manager, case):
    FollowUpFactory(case=case, text="Amt anrufen.")
    FollowUpFactory(case=case, text="Schon erledigt.", done=True)
    HandoverFactory(case=case)
    found = {kind.label: kind.items for kind in open_items(case)}
    assert found["Wiedervorlagen"] == [f"{german(ago(0))}: Amt anrufen."]
    assert set(found) == {"Wiedervorlagen", "Übergaben"}
    page = text_of(as_case_manager.get(url("close", case)))
    assert "Eine Wiedervorlage ist noch offen" in page
    assert "Amt anrufen." in page
    assert open_items(CaseFactory()) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_does_not_query_per_row(rows, as_case_manager, case):
    for _row in range(rows):
        FollowUpFactory(case=case)
    # session, user, case, follow-ups, hand-overs, topics, institutions
    assert queries(lambda: as_case_manager.get(url("close", case))) == 7
