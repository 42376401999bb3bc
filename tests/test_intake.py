"""The first interview and the decision of the clearing."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cases.actions.intake import decide_clearing, record_first_interview
from cases.models import Case, ClearingDecision, Consent, FirstInterview
from kim.audit.models import Entry
from kim.records import ChangedMeanwhile
from tests.case_forms import ago, errors, german, logged, nothing_stored, queries, shown, text_of, url
from tests.factories import (
    CaseFactory,
    ClearingDecisionFactory,
    ConsentFactory,
    ConsultationFactory,
    FirstInterviewFactory,
    FollowUpFactory,
    PrivacyNoticeFactory,
)

HUGE = "9" * 40


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


# --- First interview


def interview(**typed):
    return {"version": "1", "held_on": german(ago(2)), "told_voluntary": "on", "asked_consent": "on"} | typed


NOTICE = {"notice_given_on": german(ago(2)), "notice_language": "ar"}


def note_down(browser, case, **typed):
    return browser.post(url("first_interview", case), interview(**typed))


def version(case, text, **facts):
    PrivacyNoticeFactory(provider=case.provider, version=text, **facts)


def test_what_was_said_and_handed_over_is_kept(as_case_manager, case_manager, case):
    version(case, "01/2026")
    assert note_down(as_case_manager, case, **NOTICE).url == url("detail", case)
    kept = case.first_interview
    assert (kept.held_on, kept.told_voluntary, kept.told_free, kept.asked_consent) == (ago(2), True, False, True)
    assert (kept.notice_given_on, kept.notice_language_id, kept.notice_version) == (ago(2), "ar", "01/2026")
    assert kept.created_by == case_manager
    assert len(kept.missing) == 3
    assert logged() == ["first_interview.recorded"]


def test_the_version_stays_the_one_that_was_handed_over(as_case_manager, case):
    version(case, "01/2026")
    note_down(as_case_manager, case, **NOTICE)
    version(case, "02/2026", valid_from=ago(1))
    page = as_case_manager.get(url("first_interview", case))
    assert "Ausgehändigt ist die Fassung 01/2026." in text_of(page)
    assert "Inzwischen gilt die Fassung 02/2026." in text_of(page)
    as_case_manager.post(url("first_interview", case), shown(page) | {"told_free": "on"})
    assert FirstInterview.objects.get().notice_version == "01/2026"
    again = shown(as_case_manager.get(url("first_interview", case))) | {"notice_given_on": german(ago(0))}
    as_case_manager.post(url("first_interview", case), again)
    assert FirstInterview.objects.get().notice_version == "02/2026"
    none = shown(as_case_manager.get(url("first_interview", case))) | {"notice_given_on": "", "notice_language": ""}
    as_case_manager.post(url("first_interview", case), none)
    assert FirstInterview.objects.get().notice_version == ""


def test_a_typed_version_is_ignored(as_case_manager, case):
    version(case, "01/2026")
    extra = {"notice_version": "99", "created_by": "1", "case": "1"}
    as_case_manager.post(url("first_interview", case), interview(**NOTICE | extra))
    assert FirstInterview.objects.get().notice_version == "01/2026"


def test_a_traeger_without_a_version_is_told_so(as_case_manager, case):
    assert "noch keine Fassung hinterlegt" in text_of(as_case_manager.get(url("first_interview", case)))
    assert note_down(as_case_manager, case, **NOTICE).status_code == 302


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"held_on": ""}, "held_on", "zwingend"),
        ({"held_on": german(ago(-1))}, "held_on", "Zukunft"),
        ({"held_on": "31.02.2026"}, "held_on", "gibt es nicht"),
        ({"notice_given_on": german(ago(0))}, "notice_language", "Sprache wählen"),
        ({"notice_language": "ar"}, "notice_given_on", "Tag eintragen"),
        (NOTICE | {"notice_given_on": german(ago(-1))}, "notice_given_on", "Zukunft"),
        (NOTICE | {"notice_language": "xx"}, "notice_language", ""),
        (NOTICE | {"notice_language": "\x00"}, "notice_language", ""),
        ({"version": "x"}, "version", ""),
        ({"version": HUGE}, "version", ""),
    ],
)
def test_an_interview_that_cannot_be(as_case_manager, case, typed, field, sentence):
    with nothing_stored():
        answer = note_down(as_case_manager, case, **typed)
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]


def test_a_double_click_is_one_interview(as_case_manager, case):
    for _ in range(3):
        assert note_down(as_case_manager, case).status_code == 302
    assert FirstInterview.objects.count() == 1


def test_two_tabs_lose_neither_answer(as_case_manager, case):
    FirstInterviewFactory(case=case, version=4)
    answer = note_down(as_case_manager, case, told_free="on")
    labels = [difference.label for difference in answer.context["form"].differences]
    assert "Die Beratung kostet nichts" in labels
    assert not FirstInterview.objects.get().told_free
    assert as_case_manager.post(url("first_interview", case), shown(answer)).status_code == 302
    assert FirstInterview.objects.get().told_free


def test_of_two_first_interviews_one_is_kept(case, case_manager):
    FirstInterviewFactory(case=case)
    with nothing_stored(), pytest.raises(ChangedMeanwhile):
        record_first_interview(FirstInterview(case=case), opened_version=1, by=case_manager)


def test_a_notice_is_whole_in_the_database(case):
    kept = FirstInterviewFactory(case=case)
    for values in ({"notice_given_on": ago(0)}, {"notice_language": "ar"}, {"notice_version": "1"}):
        with pytest.raises(IntegrityError, match="first_interview_notice_is_whole"), transaction.atomic():
            FirstInterview.objects.filter(pk=kept.pk).update(**values)


def test_who_has_had_no_first_interview_yet(case, case_manager, post_of):
    FirstInterviewFactory(case=post_of())
    post_of(closed=True)
    assert set(Case.objects.visible_to(case_manager).without_first_interview()) == {case}


@pytest.fixture
def post_of(case_manager):
    return lambda **values: CaseFactory(case_manager=case_manager.case_manager, **values)


@pytest.mark.parametrize(
    ("who", "status"),
    [("as_deputy", 302), ("as_colleague", 404), ("as_stranger", 404), ("as_lead", 403), ("as_coordination", 403)],
)
def test_who_may_note_it_down(request, case, who, status):
    assert note_down(request.getfixturevalue(who), case).status_code == status
    assert FirstInterview.objects.exists() == (status == 302)


# --- Clearing


def decision(**typed):
    return {
        "outcome": "brief",
        "decided_on": german(ago(0)),
        "reason": "Zwei Fragen zum Sprachkurs.",
        "referred_to": "",
        "form_key": str(uuid.uuid4()),
    } | typed


def decide(browser, case, **typed):
    return browser.post(url("clearing", case), decision(**typed))


def test_a_brief_consultation(as_case_manager, case_manager, case):
    assert decide(as_case_manager, case).url == url("detail", case)
    case.refresh_from_db()
    kept = ClearingDecision.objects.get()
    assert (case.service_level, case.status, case.is_open) == ("brief", "clearing", True)
    assert (kept.outcome, kept.decided_on, kept.reason) == ("brief", ago(0), "Zwei Fragen zum Sprachkurs.")
    assert kept.created_by == case_manager
    assert logged() == ["case.cleared"]
    assert Entry.objects.get().details == {"outcome": "brief"}
    assert "Zwei Fragen zum Sprachkurs." in text_of(as_case_manager.get(url("clearing", case)))


def test_case_management_begins_with_the_assessment(as_case_manager, case):
    ConsentFactory(client=case.client, valid_until=ago(0))
    decide(as_case_manager, case, outcome="case_management")
    case.refresh_from_db()
    assert (case.service_level, case.status) == ("case_management", "assessment")


@pytest.mark.parametrize("values", [None, {"withdrawn_on": ago(0)}, {"valid_until": ago(1)}, {"purpose": "health"}])
def test_no_case_management_without_the_consent_to_a_file(as_case_manager, case, case_manager, values):
    if values is not None:
        ConsentFactory(client=case.client, **values)
    assert "Case Management braucht die Einwilligung" in text_of(as_case_manager.get(url("clearing", case)))
    with nothing_stored():
        answer = decide(as_case_manager, case, outcome="case_management")
        past = ClearingDecision(case=case, outcome="case_management", reason="Viel zu klären.")
        with pytest.raises(ValidationError, match="Es fehlt eine Einwilligung"):
            decide_clearing(past, closes=False, by=case_manager)
    assert "Es fehlt eine Einwilligung." in errors(answer)["__all__"]
    assert "Zwei Fragen zum Sprachkurs." in text_of(answer)


def test_a_protected_track_needs_its_own_consent_for_case_management(as_case_manager, post_of):
    case = post_of(protected=True)
    ConsentFactory(client=case.client)
    with nothing_stored():
        assert (
            "Es fehlt eine Einwilligung." in errors(decide(as_case_manager, case, outcome="case_management"))["__all__"]
        )
    ConsentFactory(client=case.client, purpose="orientation")
    assert decide(as_case_manager, case, outcome="case_management").status_code == 302


def test_a_signposting_may_end_at_once(as_case_manager, case):
    follow_up = FollowUpFactory(case=case)
    decide(as_case_manager, case, outcome="signposting", closes="on", referred_to="Jugendwerkstatt Nord")
    case.refresh_from_db()
    follow_up.refresh_from_db()
    assert (case.service_level, case.closing_reason, case.closed_on) == ("signposting", "other_service", ago(0))
    assert (case.follow_up_service, case.closing_note) == ("Jugendwerkstatt Nord", "Zwei Fragen zum Sprachkurs.")
    assert follow_up.done_at
    assert logged() == ["case.closed", "case.cleared"]


def test_a_signposting_may_stay_open(as_case_manager, case):
    decide(as_case_manager, case, outcome="signposting")
    case.refresh_from_db()
    assert (case.service_level, case.is_open) == ("signposting", True)


def test_who_is_not_taken_is_referred(as_case_manager, case):
    with nothing_stored():
        assert list(errors(decide(as_case_manager, case, outcome="not_taken"))) == ["referred_to"]
    decide(as_case_manager, case, outcome="not_taken", referred_to="Jugendmigrationsdienst")
    case.refresh_from_db()
    assert (case.closing_reason, case.service_level) == ("not_taken", "brief")
    assert case.follow_up_service == "Jugendmigrationsdienst"
    page = text_of(as_case_manager.get(url("detail", case)))
    assert "nicht aufgenommen" in page


def test_a_later_decision_stands_beside_the_first(as_case_manager, case):
    decide(as_case_manager, case)
    ConsentFactory(client=case.client)
    decide(as_case_manager, case, outcome="case_management", reason="Es ist mehr geworden.")
    assert [each.outcome for each in case.clearing_decisions.order_by("created_at")] == ["brief", "case_management"]


@pytest.mark.parametrize(
    "values",
    [
        {"status": "assessment"},
        {"status": "implementation"},
        {"status": "paused", "phase_before_pause": "clearing"},
        {"status": "closed", "closed_on": ago(0), "closing_reason": "other"},
    ],
)
@pytest.mark.parametrize("outcome", ClearingDecision.Outcome.values)
def test_nothing_is_decided_outside_the_clearing(as_case_manager, case, case_manager, values, outcome):
    ConsentFactory(client=case.client)
    Case.objects.filter(pk=case.pk).update(**values)
    case.refresh_from_db()
    with nothing_stored():
        answer = decide(as_case_manager, case, outcome=outcome, referred_to="Anderswo")
        past = ClearingDecision(case=case, outcome=outcome, reason="Spät.", referred_to="Anderswo")
        with pytest.raises(ValidationError, match="nur in der Klärung"):
            decide_clearing(past, closes=False, by=case_manager)
    assert "nur in der Klärung" in text_of(answer)
    assert "Der Fall ist nicht in der Klärung." in text_of(as_case_manager.get(url("clearing", case)))


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"outcome": ""}, "outcome", "zwingend"),
        ({"outcome": "x"}, "outcome", "keine gültige Auswahl"),
        ({"reason": ""}, "reason", "zwingend"),
        ({"reason": "a" * 1001}, "reason", "zu lang"),
        ({"reason": "a\x00"}, "reason", "Steuerzeichen"),
        ({"referred_to": "a" * 201}, "referred_to", "zu lang"),
        ({"outcome": "signposting", "closes": "on"}, "referred_to", "verwiesen"),
        ({"outcome": "brief", "closes": "on"}, "closes", "Nur eine Verweisberatung"),
        ({"outcome": "case_management", "closes": "on"}, "closes", "Nur eine Verweisberatung"),
        ({"decided_on": german(ago(-1))}, "decided_on", "Zukunft"),
        ({"decided_on": german(ago(31))}, "decided_on", "vor der Eröffnung"),
        ({"decided_on": "31.02.2026"}, "decided_on", "gibt es nicht"),
        ({"form_key": "x"}, "form_key", ""),
    ],
)
def test_a_decision_that_cannot_be(as_case_manager, case, typed, field, sentence):
    ConsentFactory(client=case.client)
    with nothing_stored():
        answer = decide(as_case_manager, case, **typed)
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]


def test_a_case_does_not_end_before_its_last_talk(as_case_manager, case):
    ConsultationFactory(case=case, held_on=ago(1))
    with nothing_stored():
        answer = decide(as_case_manager, case, outcome="not_taken", referred_to="Anderswo", decided_on=german(ago(2)))
    assert "Es gibt eine Beratung vom" in errors(answer)["__all__"]


def test_the_same_form_twice_is_one_decision(as_case_manager, case):
    typed = decision(outcome="brief")
    for _ in range(2):
        assert as_case_manager.post(url("clearing", case), typed).status_code == 302
    assert ClearingDecision.objects.count() == 1
    assert logged() == ["case.cleared"]


def test_a_form_key_used_elsewhere_decides_nothing(as_case_manager, case, post_of):
    typed = decision()
    as_case_manager.post(url("clearing", post_of()), typed)
    with nothing_stored():
        answer = as_case_manager.post(url("clearing", case), typed)
    assert errors(answer) == {"__all__": "Dieses Formular gehört nicht hierher. Bitte neu öffnen."}


def test_of_two_decisions_at_once_one_is_kept(case, case_manager):
    first, second = (
        ClearingDecision(case=Case.objects.get(pk=case.pk), outcome="brief", reason="Kurz.") for _ in range(2)
    )
    decide_clearing(first, closes=False, by=case_manager)
    with nothing_stored(), pytest.raises(ChangedMeanwhile):
        decide_clearing(second, closes=False, by=case_manager)


def test_the_database_wants_a_referral_for_who_is_not_taken(case):
    kept = ClearingDecisionFactory(case=case)
    with pytest.raises(IntegrityError, match="clearing_not_taken_is_referred"), transaction.atomic():
        ClearingDecision.objects.filter(pk=kept.pk).update(outcome="not_taken")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("as_deputy", 404), ("as_colleague", 404), ("as_stranger", 404), ("as_lead", 403), ("as_coordination", 403),
        ("as_data_protection", 403), ("as_admin", 403),
    ],
)  # fmt: skip
def test_who_may_not_decide(request, case, who, status):
    with nothing_stored():
        assert decide(request.getfixturevalue(who), case).status_code == status
        assert request.getfixturevalue(who).get(url("clearing", case)).status_code == status


def test_cases_in_clearing(case, case_manager, post_of):
    post_of(status="planning")
    post_of(closed=True)
    assert set(Case.objects.visible_to(case_manager).in_clearing()) == {case}


def test_records_print_no_words(case):
    kept = ClearingDecisionFactory(case=case, reason="Geheim.", referred_to="Praxis")
    printed = f"{kept} {FirstInterviewFactory(case=case)}"
    assert not [word for word in ("Geheim", "Praxis") if word in printed]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_does_not_ask_per_row(as_case_manager, case, rows):
    for purpose in Consent.Purpose.values[:rows]:
        ConsentFactory(client=case.client, purpose=purpose)
        ClearingDecisionFactory(case=case)
    assert queries(lambda: as_case_manager.get(url("clearing", case))) == 7
    assert queries(lambda: as_case_manager.get(url("first_interview", case))) == 6
    assert queries(lambda: as_case_manager.get(url("special_notes", case))) == 7
