"""What the file offers next: every rule, its border, and what silences it. No rule asks the database."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils import timezone

from cases.file_summary import Item, arranged
from cases.guidance import RULES, SHOWN, Facts, guide
from cases.models import Case, Client, Consent
from cases.models.case import AGEING_OUT, SILENCE, years_before
from districts.models import Track
from tests.case_forms import ago, german, text_of, url
from tests.factories import (
    CaseFactory,
    ConsentFactory,
    ExpiringDocumentFactory,
    FirstInterviewFactory,
    FollowUpFactory,
    HandoverFactory,
    NeedFactory,
    PlanFactory,
    ReferralFactory,
)

PHASES = ["clearing", "assessment", "planning", "implementation"]
KEY = "6f1f4b6e-0000-4000-8000-000000000001"


def item(kind, code="", *, text="", name="", other="", day=None, since=None, key=KEY):
    return Item(kind, key, text, name, code, other, day, since, 0)


def plan(day=None):
    return item("plan", "agreed", day=day or ago(-80))


def goal(other="agreed"):
    return item("goal", "open", text="Eigene Wohnung", other=other)


def consent(purpose="documentation", **values):
    return Consent(purpose=purpose, form="written", given_on=ago(20), **values)


def case_of(phase="implementation", *, birth_date=None, protected=False, **values):
    """Case Management in that phase, spoken with yesterday."""
    track = Track(max_age=27, is_protected=protected, special_category="orientation" if protected else "")
    defaults = {"service_level": "case_management", "last_contact_on": ago(1), "opened_on": ago(60)}
    return Case(
        number="K-7F3K-9Q", status=phase, track=track, client=Client(birth_date=birth_date), **defaults | values
    )


def facts(*items, **values):
    """Everything there that a well kept case has: only what a test names is missing."""
    known = {
        "day": timezone.localdate(), "is_own": True, "consents": [consent()], "summary": arranged(items or [plan()]),
        "has_interview": True, "is_decided": True, "has_need": True, "has_next_step": True,
    }  # fmt: skip
    return Facts(**known | values)


def codes(case, known):
    return [hint.code for hint in guide(case, known)]


def only(case, known):
    (hint,) = guide(case, known)
    return hint


@pytest.mark.parametrize("phase", PHASES)
def test_a_well_kept_case_needs_nothing(phase):
    assert guide(case_of(phase), facts()) == []


def all_wrong(**values):
    return facts(
        item("document", "toleration", day=ago(1)),
        item("referral", "open", name="Jobcenter", day=ago(0)),
        item("handover", "proposed", name="Ali Neu", since=ago(3)),
        item("release", day=ago(-3), text="Praxis"),
        plan(ago(1)),
        consents=[], has_locked_notes=True, has_interview=False, is_decided=False, has_need=False, has_next_step=False,
        **values,
    )  # fmt: skip


def test_a_closed_case_needs_nothing_whatever_is_wrong():
    case = case_of("closed", closed_on=ago(0), last_contact_on=ago(99), birth_date=years_before(ago(0), 28))
    assert guide(case, all_wrong()) == []


def test_what_is_past_its_day_comes_first_and_then_the_order_of_the_rules():
    case = case_of("implementation", last_contact_on=ago(99), birth_date=years_before(ago(-20), 28))
    assert codes(case, all_wrong()) == [
        "consent_missing", "locked_notes", "document", "review", "referral", "no_need", "handover", "silence",
        "consent_expiring", "ageing_out", "next_step",
    ]  # fmt: skip
    near = replace(all_wrong(), consents=[consent()], has_locked_notes=False)
    soon = replace(near, summary=arranged([item("document", "toleration", day=ago(-1)), plan(ago(1))]))
    assert codes(case, soon)[:2] == ["review", "document"]


def test_every_hint_is_a_sentence_with_a_button():
    case = case_of("implementation", last_contact_on=ago(99), birth_date=years_before(ago(-20), 28))
    for hint in guide(case, all_wrong()):
        assert hint.text.endswith(".")
        assert hint.action
        assert case.number in hint.url
    assert len(RULES) == len(set(RULES)) == 14


# --- Consents


@pytest.mark.parametrize(
    ("values", "held", "missing"),
    [
        ({}, [], "Führen der Akte"),
        ({}, [consent(withdrawn_on=ago(0))], "Führen der Akte"),
        ({}, [consent(valid_until=ago(1))], "Führen der Akte"),
        ({}, [consent("handover")], "Führen der Akte"),
        ({"service_level": "brief"}, [], None),
        ({"protected": True}, [consent()], "Sexuelle Orientierung und geschlechtliche Identität"),
        ({"protected": True}, [consent(), consent("orientation")], None),
    ],
)
def test_a_needed_consent_that_is_missing(values, held, missing):
    hints = guide(case_of(**values), facts(consents=held))
    assert [hint.text for hint in hints] == (
        [f"Für diesen Fall fehlt eine Einwilligung: {missing}."] if missing else []
    )
    assert all(hint.is_late for hint in hints)


@pytest.mark.parametrize(("left", "said"), [(31, False), (30, True), (0, True)])
def test_a_consent_that_ends_soon(left, said):
    held = [consent(), consent("handover", valid_until=ago(-left))]
    assert codes(case_of(), facts(consents=held)) == ["consent_expiring"] * said


@pytest.mark.parametrize(("left", "said"), [(31, False), (30, True), (0, True)])
def test_a_release_that_ends_soon(left, said):
    known = facts(plan(), item("release", text="Praxis", day=ago(-left)))
    assert [hint.text for hint in guide(case_of(), known)] == [
        f"Endet am {german(ago(-left))}: Entbindung Praxis."
    ] * said


def test_the_first_to_end_is_named_and_the_others_are_counted():
    held = [consent(valid_until=ago(-9)), consent("handover", valid_until=ago(-8))]
    known = facts(plan(), item("release", text="Praxis", day=ago(-7)), consents=held)
    assert only(case_of(), known).text == f"Endet am {german(ago(-7))}: Entbindung Praxis. Noch 2 enden bald."


def test_a_renewed_consent_does_not_end():
    held = [consent(), consent(valid_until=ago(-3), replaced_on=ago(0))]
    assert guide(case_of(), facts(consents=held)) == []


def test_locked_notes_are_erased_with_one_click():
    hint = only(case_of(), facts(has_locked_notes=True))
    assert (hint.code, hint.is_post, hint.is_late) == ("locked_notes", True, True)


# --- Days


@pytest.mark.parametrize(("days", "words", "late"), [(1, "abgelaufen am", True), (0, "läuft am", False)])
def test_a_paper_that_runs_out(days, words, late):
    hint = only(case_of(), facts(plan(), item("document", "toleration", day=ago(days))))
    assert (hint.is_late, words in hint.text, "Duldung" in hint.text) == (late, True, True)


@pytest.mark.parametrize(
    ("left", "said", "late"), [(15, False, False), (14, True, False), (0, True, False), (-1, True, True)]
)
def test_the_review_of_the_plan(left, said, late):
    hints = guide(case_of(), facts(plan(ago(-left))))
    assert [(hint.code, hint.is_late) for hint in hints] == [("review", late)] * said


def test_a_draft_has_no_review():
    known = facts(plan(), item("plan", "draft"), goal("draft"))
    assert codes(case_of(), known) == ["draft"]


@pytest.mark.parametrize(("left", "said"), [(1, False), (0, True), (-9, True)])
def test_a_referral_whose_result_is_due(left, said):
    known = facts(plan(), item("referral", "open", name="Jobcenter", day=ago(-left)), item("referral", "open"))
    hints = guide(case_of(), known)
    assert [hint.text for hint in hints] == ["Nach dem Ergebnis der Vermittlung fragen: Jobcenter."] * said
    assert all(KEY in hint.url for hint in hints)


def test_two_referrals_due_lead_to_their_list():
    rows = [item("referral", "open", name=name, day=ago(0)) for name in ("A", "B")]
    hint = only(case_of(), facts(plan(), *rows))
    assert hint.text == "Bei 2 Vermittlungen ist nach dem Ergebnis zu fragen."
    assert hint.url == url("referral_list", "K-7F3K-9Q")


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("more", "said"), [(0, False), (1, True)])
def test_silence_begins_after_four_weeks(phase, more, said):
    for values in ({"last_contact_on": ago(SILENCE.days + more)}, {
        "last_contact_on": None, "opened_on": ago(SILENCE.days + more)
    }):  # fmt: skip
        assert codes(case_of(phase, **values), facts()) == ["silence"] * said


def test_a_paused_case_is_neither_silent_nor_asked_for_steps_but_its_papers_run_out():
    case = case_of("paused", last_contact_on=ago(99))
    known = replace(all_wrong(), consents=[consent()], has_locked_notes=False)
    assert codes(case, known) == ["document", "review", "referral", "handover", "consent_expiring"]


@pytest.mark.parametrize(
    ("left", "words"), [(AGEING_OUT.days + 1, None), (AGEING_OUT.days, "Wird am"), (1, "Wird am"), (0, "Ist seit dem")]
)
def test_ageing_out(left, words):
    birthday = ago(-left)
    hints = guide(case_of(birth_date=date(birthday.year - 28, birthday.month, birthday.day)), facts())
    assert [hint.text.startswith(f"{words} {german(birthday)}") for hint in hints] == ([True] if words else [])


@pytest.mark.parametrize("change", [{"birth_date": None}, {"birth_date": ago(10000)}])
def test_nobody_ages_out_of_a_track_without_an_upper_limit(change):
    case = case_of(**change)
    case.track.max_age = None
    assert guide(case, facts()) == []


def test_a_handover_that_waits():
    hint = only(case_of(), facts(plan(), item("handover", "proposed", name="Ali Neu", since=ago(3))))
    assert hint.text == f"Die Übergabe an Ali Neu wartet seit dem {german(ago(3))} auf Antwort."


@pytest.mark.parametrize("phase", PHASES)
def test_a_next_step_is_asked_for_after_the_clearing(phase):
    assert codes(case_of(phase), facts(has_next_step=False)) == ["next_step"] * (phase != "clearing")


# --- The method, phase by phase


@pytest.mark.parametrize("level", Case.ServiceLevel.values)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    ("interview", "decided", "held", "expected"),
    [
        (False, False, [], ["first_interview"]),
        (False, True, [], ["first_interview"]),
        (True, False, [], ["consent_for_file", "clearing"]),
        (True, False, [consent()], ["clearing"]),
        (True, True, [], []),
    ],
)
def test_clearing(level, own, interview, decided, held, expected):
    """A deputy decides nothing; Case Management without its consent is told by the stronger sentence alone."""
    if not own:
        expected = [code for code in expected if code != "clearing"]
    if level == "case_management" and not held:
        expected = ["consent_missing", *(code for code in expected if code != "consent_for_file")]
    known = facts(has_interview=interview, is_decided=decided, consents=held, is_own=own, has_need=False)
    assert codes(case_of("clearing", service_level=level), known) == expected


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("phase", ["assessment", "planning", "implementation"])
@pytest.mark.parametrize(
    ("need", "items", "expected"),
    [
        (False, [], ["no_need"]),
        (False, [plan()], ["no_need"]),
        (True, [item("need", "urgent")], ["no_plan"]),
        (True, [item("plan", "draft")], ["no_goal"]),
        (True, [item("plan", "draft"), goal("draft")], ["draft"]),
        (True, [plan()], []),
        (True, [plan(), item("plan", "draft")], ["no_goal"]),
        (True, [plan(), item("plan", "draft"), goal("draft")], ["draft"]),
    ],
)
def test_needs_and_plan_one_step_at_a_time(phase, own, need, items, expected):
    known = replace(facts(is_own=own, has_need=need), summary=arranged(items))
    assert codes(case_of(phase), known) == expected


@pytest.mark.parametrize("level", ["brief", "signposting"])
@pytest.mark.parametrize("phase", PHASES)
def test_only_case_management_needs_needs_and_a_plan(phase, level):
    known = replace(facts(has_need=False, consents=[]), summary=arranged([]))
    assert codes(case_of(phase, service_level=level), known) == []


# --- On the page


def test_four_are_shown_and_the_rest_unfolds(as_case_manager, case_manager):
    late = years_before(ago(-20), 28)
    case = CaseFactory(
        case_manager=case_manager.case_manager, status="implementation", service_level="case_management",
        last_contact_on=ago(99), client__birth_date=late,
    )  # fmt: skip
    ExpiringDocumentFactory(client=case.client)
    page = as_case_manager.get(url("detail", case))
    hints = page.context["hints"]
    assert [hint.code for hint in hints] == [
        "consent_missing", "document", "no_need", "silence", "ageing_out", "next_step"
    ]  # fmt: skip
    shown, _fold, folded = text_of(page).partition("2 weitere Hinweise")
    assert all(hint.text in shown for hint in hints[:SHOWN])
    assert all(hint.text in folded for hint in hints[SHOWN:])
    assert all(text_of(page).count(hint.text) == 1 for hint in hints)


def test_a_follow_up_is_a_next_step_and_a_settled_need_is_a_need(as_case_manager, case_manager):
    post = case_manager.case_manager
    case = CaseFactory(
        case_manager=post, status="implementation", service_level="case_management", last_contact_on=ago(1)
    )
    ConsentFactory(client=case.client)
    NeedFactory(case=case, met=True)
    FollowUpFactory(case=case)
    hints = as_case_manager.get(url("detail", case)).context["hints"]
    assert [hint.code for hint in hints] == ["no_plan"]


@pytest.fixture
def troubled(case_manager):
    """A file in which every rule beyond the clearing has something to say."""
    case = CaseFactory(
        case_manager=case_manager.case_manager, status="planning", service_level="case_management",
        last_contact_on=ago(99), client__birth_date=years_before(ago(-20), 28), client__health_note="Asthma.",
    )  # fmt: skip
    ConsentFactory(client=case.client, purpose="handover", valid_until=ago(-3))
    ExpiringDocumentFactory(client=case.client)
    PlanFactory(case=case, overdue=True)
    ReferralFactory(case=case, due=True)
    HandoverFactory(case=case)
    return case


def test_every_button_leads_somewhere(as_case_manager, as_deputy, troubled):
    """Also for the deputy, to whom nothing is offered that a deputy may not do."""
    found = {}
    for browser in (as_deputy, as_case_manager):
        hints = browser.get(url("detail", troubled)).context["hints"]
        found[browser] = {hint.code for hint in hints}
        for hint in hints:
            answer = browser.post(hint.url) if hint.is_post else browser.get(hint.url)
            assert answer.status_code in (200, 302), hint.code
    assert found[as_case_manager] - found[as_deputy] == {"locked_notes"}
    assert len(found[as_case_manager]) == 11


def test_in_the_clearing_the_buttons_lead_somewhere_too(as_case_manager, as_deputy, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)
    for made in (None, FirstInterviewFactory):
        if made:
            made(case=case)
        for browser in (as_deputy, as_case_manager):
            for hint in browser.get(url("detail", case)).context["hints"]:
                assert browser.get(hint.url).status_code == 200, hint.code


def test_a_plan_is_begun_with_one_click(as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, status="planning", service_level="case_management")
    NeedFactory(case=case)
    begin = next(hint for hint in as_case_manager.get(url("detail", case)).context["hints"] if hint.code == "no_plan")
    assert begin.is_post
    as_case_manager.post(begin.url)
    assert "no_goal" in [hint.code for hint in as_case_manager.get(url("detail", case)).context["hints"]]
