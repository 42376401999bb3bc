"""Every phase of a case × everything one can do to it × everybody: what is possible, and that nothing else changes."""

import uuid

import pytest

from cases.models import Case, ClearingDecision
from tests.case_forms import ago, german, url
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db

Status = Case.Status
RUNNING = set(Case.PHASES)
OPEN = RUNNING | {Status.PAUSED}
OWNER, DEPUTY, LEAD = "case_manager", "deputy", "lead"
PEOPLE = (OWNER, DEPUTY, "colleague", LEAD, "stranger", "coordination", "data_protection", "admin_user")

# action -> from which phases, by whom, and the phase afterwards
STEPS = {
    "phase": (RUNNING, {OWNER, DEPUTY}, Status.PLANNING),
    "clearing": ({Status.CLEARING}, {OWNER}, Status.CLEARING),
    "pause": (RUNNING, {OWNER}, Status.PAUSED),
    "resume": ({Status.PAUSED}, {OWNER}, Status.ASSESSMENT),
    "close": (OPEN, {OWNER}, Status.CLOSED),
    "request_reopening": ({Status.CLOSED}, {OWNER}, Status.CLOSED),
    "reopen": ({Status.CLOSED}, {LEAD}, Status.ASSESSMENT),
}
CLOSED = {"closed_on": ago(1), "closing_reason": "other", "phase_before_pause": Status.ASSESSMENT}
FACTS = {Status.CLOSED: CLOSED, Status.PAUSED: {"phase_before_pause": Status.ASSESSMENT, "pause_reason": "Praktikum"}}


def typed(action, case):
    return {
        "phase": {"status": "planning"},
        "clearing": {
            "outcome": "brief", "decided_on": german(ago(0)), "reason": "Zwei Fragen.", "form_key": uuid.uuid4(),
        },
        "pause": {"reason": "Praktikum in Bonn."},
        "close": {"on": german(ago(0)), "reason": "goals_reached"},
        "request_reopening": {"reason": "Es geht weiter."},
        "reopen": {"decision": "accept", "version": case.version},
    }.get(action, {})  # fmt: skip


def facts(case):
    """All that a step changes."""
    fresh = Case.objects.get(pk=case.pk)
    decisions = ClearingDecision.objects.filter(case=case).count()
    return fresh.status, fresh.closed_on, fresh.closing_reason, fresh.reopen_requested_at is not None, decisions


def test_the_table_names_every_phase():
    assert set().union(*(before for before, _who, _after in STEPS.values())) == set(Status)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", STEPS)
def test_every_step_from_every_phase_by_everybody(action, status, who, request, client_of, case_manager):
    people = {name: request.getfixturevalue(name) for name in {who, OWNER}}
    case = CaseFactory(case_manager=case_manager.case_manager, status=status, **FACTS.get(status, {}))
    before = facts(case)
    page = url("team_reopening" if action == "reopen" else action, case)
    answer = client_of(people[who]).post(page, typed(action, case))
    phases, allowed, after = STEPS[action]
    if who in allowed and status in phases:
        assert answer.status_code == 302
        assert facts(case) != before or (action, status) == ("phase", after)
        assert facts(case)[0] == after
    else:
        assert facts(case) == before
        if who not in allowed:
            assert answer.status_code in {403, 404}


def test_what_is_refused_is_said(as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, closed=True)
    answer = as_case_manager.post(url("pause", case), typed("pause", case), follow=True)
    assert "Nur ein laufender Fall kann ruhen." in answer.content.decode()
