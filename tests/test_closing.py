"""The closing page: what is still open, how it ended, and what the case showed, all in one transaction."""

import uuid

import pytest

from cases.actions import files
from cases.closing import open_items
from cases.models import Case, Notice, Observation
from tests.case_forms import ago, errors, german, logged, queries, said, text_of, url
from tests.factories import (
    CaseFactory,
    FollowUpFactory,
    GoalFactory,
    HandoverFactory,
    NeedFactory,
    PlanFactory,
    ReferralFactory,
    TopicFactory,
)

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
    found = {kind.label: [item.text for item in kind.items] for kind in open_items(case)}
    assert found["Wiedervorlagen"] == [f"{german(ago(0))}: Amt anrufen."]
    assert set(found) == {"Wiedervorlagen", "Übergaben"}
    page = text_of(as_case_manager.get(url("close", case)))
    assert "Eine Wiedervorlage ist noch offen" in page
    assert "Amt anrufen." in page
    assert open_items(CaseFactory()) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_does_not_query_per_row(rows, as_case_manager, case):
    plan = PlanFactory(case=case)
    for _row in range(rows):
        FollowUpFactory(case=case)
        NeedFactory(case=case)
        ReferralFactory(case=case)
        GoalFactory(plan=plan)
    # session, user, case, summary of the method, follow-ups, topics, institutions
    assert queries(lambda: as_case_manager.get(url("close", case))) == 7


def test_what_is_settled_is_not_open(case):
    plan = PlanFactory(case=case)
    GoalFactory(plan=plan, status="reached", settled_on=ago(0))
    GoalFactory(plan=PlanFactory(case=case, draft=True))
    NeedFactory(case=case, met=True)
    ReferralFactory(case=case, accepted=True)
    GoalFactory()
    assert open_items(case) == []


@pytest.mark.parametrize("status", ["reached", "partly"])
def test_the_result_of_a_goal_is_one_click_from_the_closing_page(as_case_manager, case, status):
    goal = GoalFactory(plan=PlanFactory(case=case), text="Eigene Wohnung.")
    page = text_of(as_case_manager.get(url("close", case)))
    (kind,) = open_items(case)
    (item,) = kind.items
    assert f'action="{item.post_url}"' in page
    assert f'value="{status}"' in page
    answer = as_case_manager.post(item.post_url, {"status": status})
    assert answer.url == url("close", case)
    goal.refresh_from_db()
    assert goal.status == status
    assert "Eigene Wohnung." not in text_of(as_case_manager.get(answer.url))


def test_a_goal_that_was_not_reached_asks_why_and_leads_back(as_case_manager, case):
    goal = GoalFactory(plan=PlanFactory(case=case))
    address = open_items(case)[0].items[0].url
    assert f'href="{url("close", case)}">Abbrechen' in text_of(as_case_manager.get(address))
    assert as_case_manager.post(address, {"status": "not_reached"}).status_code == 200
    answer = as_case_manager.post(address, {"status": "not_reached", "is_system_hurdle": "yes"})
    goal.refresh_from_db()
    assert (answer.url, goal.status, goal.is_system_hurdle) == (url("close", case), "not_reached", True)


def test_needs_and_referrals_are_settled_from_the_closing_page(as_case_manager, case):
    need, referral = NeedFactory(case=case), ReferralFactory(case=case)
    needs, referrals = (kind.items[0] for kind in open_items(case))
    assert need.text not in text_of(as_case_manager.get(url("close", case)))
    assert as_case_manager.post(needs.post_url, {"status": "met"}).url == url("close", case)
    typed = {"result": "accepted", "result_on": german(ago(0)), "waiting_days": "", "version": 1}
    assert as_case_manager.post(referrals.url, typed).url == url("close", case)
    need.refresh_from_db()
    referral.refresh_from_db()
    assert (need.status, referral.result) == ("met", "accepted")
    assert open_items(case) == []


@pytest.mark.parametrize("back", ["", "?zurueck=", "?zurueck=//boese.example", "?zurueck=plan"])
def test_elsewhere_the_result_of_a_goal_leads_back_to_the_plan(as_case_manager, case, back):
    goal = GoalFactory(plan=PlanFactory(case=case))
    answer = as_case_manager.post(url("goal_progress", case, goal.pk) + back, {"status": "reached"})
    assert answer.url.startswith(url("plan", case))
