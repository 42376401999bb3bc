"""Linking: sending on, asking what came of it, and what a result must say."""

import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from cases.actions.referrals import announce_due_results
from cases.models import Case, Consultation, Notice, Referral
from districts.models import Barrier, Institution, Topic
from tests.case_forms import (
    ago,
    consultation_data,
    errors,
    german,
    logged,
    nothing_stored,
    queries,
    said,
    text_of,
    url,
    without_none,
)
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ConsultationFactory,
    InstitutionFactory,
    ReferralFactory,
    SubstitutionFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db
HUGE = "9" * 40
FAILED = ["rejected", "waiting_list", "not_gone"]


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


@pytest.fixture
def institution(db):
    return InstitutionFactory(name="Wohnhilfe Mülheim")


@pytest.fixture
def referral(case, institution):
    return ReferralFactory(case=case, institution=institution)


def referral_data(institution=None, **typed):
    data = {
        "institution": getattr(institution, "pk", institution) or "",
        "other_institution": "",
        "topic": Topic.objects.get(code="housing").pk,
        "kind": "appointment",
        "made_on": german(timezone.localdate()),
        "ask_again_on": german(ago(-14)),
        "note": "Termin am Dienstag.",
        "form_key": str(uuid.uuid4()),
    }
    return without_none(data | typed)


def result_data(referral, **typed):
    data = {
        "version": referral.version,
        "result": "accepted",
        "barrier": "",
        "result_on": german(timezone.localdate()),
        "waiting_days": "",
        "ask_again_on": "",
        "note": "",
    }
    return without_none(data | typed)


def create(browser, case, **typed):
    return browser.post(url("referral_create", case), referral_data(**typed))


def enter(browser, referral, **typed):
    return browser.post(url("referral_result", referral.case, referral.pk), result_data(referral, **typed))


# --- Sending on


def test_a_referral_is_stored_as_typed(as_case_manager, case_manager, case, institution):
    response = create(as_case_manager, case, institution=institution)
    assert response.url == url("referral_list", case)
    made = Referral.objects.get()
    assert (made.case, made.institution, made.kind, made.topic.code) == (case, institution, "appointment", "housing")
    assert (made.made_on, made.ask_again_on) == (timezone.localdate(), ago(-14))
    assert (made.result, made.note, made.created_by) == ("open", "Termin am Dienstag.", case_manager)
    assert logged(action__startswith="referral.") == ["referral.made"]


def test_a_fresh_form_knows_today_two_weeks_and_the_institution_of_the_link(as_case_manager, case, institution):
    page = as_case_manager.get(url("referral_create", case), {"einrichtung": institution.pk})
    initial = page.context["form"].initial
    assert (initial["made_on"], initial["ask_again_on"]) == (timezone.localdate(), ago(-14))
    assert f'<option value="{institution.pk}" selected>' in text_of(page)


@pytest.mark.parametrize(("codes", "topic"), [([], None), (["housing"], "housing"), (["housing", "family"], None)])
def test_the_topic_of_a_case_that_has_but_one_is_chosen(as_case_manager, case, codes, topic):
    case.topics.set(Topic.objects.filter(code__in=codes))
    chosen = as_case_manager.get(url("referral_create", case)).context["form"]["topic"].value()
    assert chosen == (topic and Topic.objects.get(code=topic).pk)


@pytest.mark.parametrize("key", ["x", "\x00", HUGE, "0", ""])
def test_a_link_with_a_key_that_is_none_opens_an_empty_form(as_case_manager, case, key):
    page = as_case_manager.get(url("referral_create", case), {"einrichtung": key})
    assert page.status_code == 200
    assert not Referral.objects.exists()


def test_an_institution_that_the_directory_does_not_know_is_named(as_case_manager, case):
    create(as_case_manager, case, other_institution="Verein im Hinterhof")
    assert Referral.objects.get().where == "Verein im Hinterhof"
    assert "Verein im Hinterhof" in text_of(as_case_manager.get(url("referral_list", case)))


def test_a_second_submit_answers_with_the_first(as_case_manager, case, institution):
    typed = referral_data(institution)
    for _time in range(2):
        assert as_case_manager.post(url("referral_create", case), typed).url == url("referral_list", case)
    assert Referral.objects.count() == 1


def test_somebody_elses_form_key_makes_nothing(as_case_manager, as_colleague, case, colleague, institution):
    typed = referral_data(institution)
    theirs = CaseFactory(case_manager=colleague.case_manager)
    as_colleague.post(url("referral_create", theirs), typed)
    with nothing_stored():
        assert "gehört nicht hierher" in errors(as_case_manager.post(url("referral_create", case), typed))["__all__"]


def test_a_deputy_sends_on_too(as_deputy, deputy, case, institution):
    create(as_deputy, case, institution=institution)
    assert Referral.objects.get().created_by == deputy


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({}, "institution", "eine Einrichtung wählen"),
        ({"institution": "0"}, "institution", ""),
        ({"institution": HUGE}, "institution", ""),
        ({"institution": "\x00"}, "institution", ""),
        ({"other_institution": "a" * 201}, "other_institution", "zu lang"),
        ({"other_institution": "a\x00"}, "other_institution", "Steuerzeichen"),
        ({"other_institution": "V", "topic": ""}, "topic", "zwingend erforderlich"),
        ({"other_institution": "V", "topic": HUGE}, "topic", ""),
        ({"other_institution": "V", "topic": "\x00"}, "topic", ""),
        ({"other_institution": "V", "kind": None}, "kind", "zwingend erforderlich"),
        ({"other_institution": "V", "kind": "x"}, "kind", ""),
        ({"other_institution": "V", "made_on": "31.02.2026"}, "made_on", "gibt es nicht"),
        ({"other_institution": "V", "made_on": german(ago(-1))}, "made_on", "Zukunft"),
        ({"other_institution": "V", "made_on": german(ago(31))}, "made_on", "vor der Eröffnung des Falls"),
        ({"other_institution": "V", "ask_again_on": german(ago(1))}, "ask_again_on", "schon vorbei"),
        ({"other_institution": "V", "note": "a\u202e"}, "note", "Schreibrichtung"),
        ({"other_institution": "V", "form_key": "x"}, "form_key", ""),
        ({"other_institution": "V", "form_key": None}, "form_key", "zwingend erforderlich"),
    ],
)
def test_every_field_refuses_in_german_and_keeps_the_rest(as_case_manager, case, typed, field, sentence):
    with nothing_stored():
        answer = as_case_manager.post(url("referral_create", case), referral_data(**{"note": "<b>bleibt</b>"} | typed))
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]
    if field != "note":
        assert escape("<b>bleibt</b>") in text_of(answer)


def test_the_day_of_opening_and_no_reminder_are_possible(as_case_manager, case, institution):
    create(as_case_manager, case, institution=institution, made_on=german(case.opened_on), ask_again_on="")
    assert (Referral.objects.get().made_on, Referral.objects.get().ask_again_on) == (case.opened_on, None)


def test_two_institutions_are_one_too_many(as_case_manager, case, institution):
    answer = create(as_case_manager, case, institution=institution, other_institution="Verein")
    assert "nur eine Einrichtung" in errors(answer)["other_institution"]


def test_a_closed_institution_or_a_retired_topic_is_no_choice(as_case_manager, case):
    gone, old = InstitutionFactory(is_active=False), TopicFactory(code="old", valid_until=ago(1))
    with nothing_stored():
        assert "institution" in errors(create(as_case_manager, case, institution=gone))
        assert "topic" in errors(create(as_case_manager, case, other_institution="V", topic=old.pk))


def test_nothing_is_sent_on_from_a_closed_case(as_case_manager, case_manager, institution):
    case = CaseFactory(case_manager=case_manager.case_manager, closed=True)
    for response in (as_case_manager.get(url("referral_create", case)), create(as_case_manager, case)):
        assert response.url == url("referral_list", case)
        assert "aus einem offenen Fall" in said(response)
    assert not Referral.objects.exists()


def test_a_case_closed_while_the_form_was_sent_takes_no_referral(as_case_manager, case, institution, monkeypatch):
    """The page still knew the case as open; the UPDATE of the action finds it closed."""
    closing = {"status": "closed", "closed_on": timezone.localdate(), "closing_reason": "goals_reached"}
    monkeypatch.setattr(
        "cases.views.referrals.new_referral", lambda *_: Case.objects.filter(pk=case.pk).update(**closing) and {}
    )
    answer = create(as_case_manager, case, institution=institution)
    assert "abgeschlossen" in errors(answer)["__all__"]
    assert not Referral.objects.exists()


# --- Changing


def test_a_referral_is_corrected(as_case_manager, referral):
    typed = referral_data(other_institution="Anderer Verein", version=referral.version, made_on=german(ago(3)))
    as_case_manager.post(url("referral_change", referral.case, referral.pk), typed)
    referral.refresh_from_db()
    assert (referral.institution, referral.where, referral.made_on) == (None, "Anderer Verein", ago(3))
    assert logged(action__startswith="referral.") == ["referral.changed"]


def test_a_reminder_that_is_over_does_not_keep_one_from_correcting(as_case_manager, case, institution):
    referral = ReferralFactory(case=case, due=True)
    typed = referral_data(institution, version=1, ask_again_on=german(ago(1)), made_on=german(ago(5)))
    assert as_case_manager.post(url("referral_change", case, referral.pk), typed).status_code == 302


def test_a_closed_institution_and_a_retired_topic_stay(as_case_manager, case):
    topic = TopicFactory(code="old", valid_until=ago(1))
    referral = ReferralFactory(case=case, institution=InstitutionFactory(is_active=False), topic=topic)
    typed = referral_data(referral.institution, topic=topic.pk, version=1, note="Neu.")
    assert as_case_manager.post(url("referral_change", case, referral.pk), typed).status_code == 302


def test_the_day_cannot_move_behind_the_result(as_case_manager, case, institution):
    referral = ReferralFactory(case=case, failed=True)
    typed = referral_data(institution, version=1, made_on=german(ago(1)))
    answer = as_case_manager.post(url("referral_change", case, referral.pk), typed)
    assert "vor der Vermittlung" in errors(answer)["made_on"]


@pytest.mark.parametrize("name", ["referral_change", "referral_result"])
def test_of_two_who_change_the_second_sees_both_texts(as_case_manager, referral, name):
    Referral.objects.update(version=2, note="Zuerst gespeichert.")
    typed = {**referral_data(referral.institution), **result_data(referral), "note": "Danach getippt."}
    answer = as_case_manager.post(url(name, referral.case, referral.pk), typed)
    assert "note" in {each.label.lower().replace("notiz", "note") for each in answer.context["form"].differences}
    for text in ("Zuerst gespeichert.", "Danach getippt."):
        assert text in text_of(answer)
    assert Referral.objects.get().note == "Zuerst gespeichert."


# --- What came of it


def test_an_open_door_counts_the_days(as_case_manager, referral):
    enter(as_case_manager, referral, result_on=german(ago(3)), ask_again_on=german(ago(-14)))
    referral.refresh_from_db()
    assert (referral.result, referral.result_on, referral.waiting_days) == ("accepted", ago(3), 7)
    assert referral.ask_again_on is None
    assert logged(action__startswith="referral.") == ["referral.result_entered"]


@pytest.mark.parametrize(("typed", "days"), [("0", 0), ("40", 40), ("3650", 3650)])
def test_days_that_somebody_knows_better_are_kept(as_case_manager, referral, typed, days):
    enter(as_case_manager, referral, waiting_days=typed)
    assert Referral.objects.get().waiting_days == days


@pytest.mark.parametrize("result", FAILED)
def test_a_closed_door_names_its_barrier(as_case_manager, referral, result):
    answer = enter(as_case_manager, referral, result=result)
    assert "woran es lag" in errors(answer)["barrier"]
    enter(as_case_manager, referral, result=result, barrier="language")
    referral.refresh_from_db()
    assert (referral.result, referral.barrier, referral.waiting_days) == (result, "language", None)


@pytest.mark.parametrize("result", ["accepted", "unknown"])
def test_no_barrier_without_a_failure(as_case_manager, referral, result):
    answer = enter(as_case_manager, referral, result=result, barrier="costs")
    assert "gehört nur zu" in errors(answer)["barrier"]
    assert Referral.objects.get().is_open


def test_from_the_waiting_list_somebody_is_accepted_later(as_case_manager, referral):
    asked = ago(-21)
    enter(as_case_manager, referral, result="waiting_list", barrier="waiting", ask_again_on=german(asked))
    referral.refresh_from_db()
    assert (referral.ask_again_on, referral.is_unfinished) == (asked, True)
    enter(as_case_manager, referral, result="accepted")
    referral.refresh_from_db()
    assert (referral.result, referral.barrier, referral.waiting_days) == ("accepted", "", 10)


def test_a_result_by_mistake_is_taken_back(as_case_manager, case):
    referral = ReferralFactory(case=case, failed=True)
    enter(as_case_manager, referral, result="open", barrier="capacity", ask_again_on=german(ago(-7)))
    referral.refresh_from_db()
    assert (referral.result, referral.result_on, referral.barrier, referral.waiting_days) == ("open", None, "", None)
    assert referral.ask_again_on == ago(-7)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"result": None}, "result", "zwingend erforderlich"),
        ({"result": "x"}, "result", ""),
        ({"result": "\x00"}, "result", ""),
        ({"barrier": "x", "result": "rejected"}, "barrier", ""),
        ({"result_on": ""}, "result_on", "seit wann"),
        ({"result_on": german(ago(11))}, "result_on", "vor der Vermittlung am"),
        ({"result_on": german(ago(-1))}, "result_on", "Zukunft"),
        ({"result_on": "31.02.2026"}, "result_on", "gibt es nicht"),
        ({"waiting_days": "-1"}, "waiting_days", "nicht negativ"),
        ({"waiting_days": "3651"}, "waiting_days", "höchstens"),
        ({"waiting_days": HUGE}, "waiting_days", "höchstens"),
        ({"waiting_days": "1.000"}, "waiting_days", "ohne Punkt"),
        ({"ask_again_on": german(ago(1))}, "ask_again_on", "schon vorbei"),
        ({"note": "a\x00"}, "note", "Steuerzeichen"),
        ({"version": ""}, "version", ""),
        ({"version": HUGE}, "version", ""),
    ],
)
def test_a_result_refuses_in_german(as_case_manager, referral, typed, field, sentence):
    with nothing_stored():
        answer = enter(as_case_manager, referral, **typed)
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]


def test_the_day_of_the_referral_is_possible(as_case_manager, referral):
    enter(as_case_manager, referral, result_on=german(referral.made_on))
    assert Referral.objects.get().waiting_days == 0


def test_one_tap_on_the_list_brings_the_result_along(as_case_manager, referral):
    page = text_of(as_case_manager.get(url("referral_list", referral.case)))
    target = url("referral_result", referral.case, referral.pk)
    assert f'href="{target}?ergebnis=rejected"' in page
    form = as_case_manager.get(target, {"ergebnis": "rejected"}).context["form"]
    assert (form["result"].value(), form["result_on"].value()) == ("rejected", german(timezone.localdate()))
    for nonsense in ("x", "\x00", HUGE):
        assert as_case_manager.get(target, {"ergebnis": nonsense}).context["form"]["result"].value() is None


def test_a_result_comes_late_in_a_closed_case(as_case_manager, case_manager):
    referral = ReferralFactory(case=CaseFactory(case_manager=case_manager.case_manager, closed=True))
    enter(as_case_manager, referral)
    assert Referral.objects.get().result == "accepted"


# --- What must never be false, past the form


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("referral_one_institution", {"other_institution": "Verein"}),
        ("referral_result_with_date", {"result": "accepted"}),
        ("referral_result_with_date", {"result_on": ago(1)}),
        ("referral_result_after_made", {"result": "accepted", "result_on": ago(11)}),
        ("referral_barrier_when_failed", {"result": "rejected", "result_on": ago(1)}),
        ("referral_barrier_when_failed", {"barrier": Barrier.COSTS}),
        ("referral_barrier_when_failed", {"result": "unknown", "result_on": ago(1), "barrier": Barrier.COSTS}),
    ],
)
def test_the_database_refuses_half_results(referral, name, values):
    with pytest.raises(IntegrityError, match=name):
        Referral.objects.update(**values)


def test_an_erased_referral_is_possible(referral):
    Referral.objects.update(**Referral.personal)
    assert Referral.objects.get().where == ""


# --- Words for lists


def test_open_failed_and_due(case):
    coming, due = ReferralFactory(case=case), ReferralFactory(case=case, due=True)
    today = ReferralFactory(case=case, ask_again_on=timezone.localdate())
    rejected, accepted = ReferralFactory(case=case, failed=True), ReferralFactory(case=case, accepted=True)
    waiting = {"result": "waiting_list", "result_on": ago(5), "barrier": "waiting"}
    waits, waits_due = ReferralFactory(case=case, **waiting), ReferralFactory(case=case, due=True, **waiting)
    never = ReferralFactory(case=case, ask_again_on=None)
    elsewhere = ReferralFactory(due=True, case=CaseFactory(closed=True))
    assert set(Referral.objects.open()) == {coming, due, today, never, elsewhere}
    assert set(Referral.objects.failed()) == {rejected, waits, waits_due}
    assert set(Referral.objects.result_due()) == {due, today, waits_due}
    assert set(Referral.objects.result_due(ago(1))) == {due, waits_due}
    assert accepted not in Referral.objects.failed()
    assert {each for each in Referral.objects.all() if each.is_result_due} == {due, today, waits_due, elsewhere}


def test_a_list_begins_with_what_is_open_then_the_newest(as_case_manager, case):
    old_open = ReferralFactory(case=case, made_on=ago(29))
    new_done = ReferralFactory(case=case, accepted=True, made_on=ago(3))
    old_done = ReferralFactory(case=case, failed=True, made_on=ago(20))
    new_open = ReferralFactory(case=case, made_on=ago(1))
    page = as_case_manager.get(url("referral_list", case)).context["page"]
    assert list(page) == [new_open, old_open, new_done, old_done]


# --- Who sees it


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("case_manager", True),
        ("deputy", True),
        ("colleague", False),
        ("stranger", False),
        ("lead", False),
        ("coordination", False),
        ("data_protection", False),
        ("admin_user", False),
    ],
)
def test_who_sees_the_referrals_of_a_case(request, referral, who, sees):
    assert Referral.objects.visible_to(request.getfixturevalue(who)).exists() is sees


def test_the_referrals_of_a_protected_case_are_not_the_deputys(case_manager, deputy):
    referral = ReferralFactory(case=CaseFactory(case_manager=case_manager.case_manager, protected=True))
    assert set(Referral.objects.visible_to(case_manager)) == {referral}
    assert not Referral.objects.visible_to(deputy).exists()


def test_reading_the_list_is_in_the_log(as_case_manager, referral):
    as_case_manager.get(url("referral_list", referral.case))
    assert logged(subject=referral.case.audit_name) == ["referral.read"]


def test_what_is_typed_is_text(as_case_manager, case):
    evil = "<img src=x onerror=alert(1)>"
    ReferralFactory(case=case, institution=None, other_institution=evil, note=evil)
    page = text_of(as_case_manager.get(url("referral_list", case)))
    assert escape(evil) in page
    assert "<img src=x" not in page


def test_the_printed_file_holds_the_referrals(as_case_manager, case):
    referral = ReferralFactory(case=case, failed=True, note="Nur donnerstags.")
    page = text_of(as_case_manager.get(url("print", case)))
    for text in (referral.where, "Hürde: Kapazität", "Nur donnerstags."):
        assert text in page


def test_the_log_says_in_words_what_happened(as_case_manager, as_lead, referral):
    enter(as_case_manager, referral)
    page = text_of(as_lead.get(url("audit_log"), {"group": "referral"}))
    assert "Ergebnis einer Vermittlung eingetragen" in page
    assert referral.where not in page


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_does_not_query_per_row(as_case_manager, case, rows):
    ReferralFactory.create_batch(rows, case=case)
    # session, user, case, count, page, two of the log
    assert queries(lambda: as_case_manager.get(url("referral_list", case))) == 7


# --- From the directory to a case and back


def test_the_directory_leads_to_a_case_and_to_the_form(as_case_manager, case, institution):
    detail = text_of(as_case_manager.get(reverse("districts:institution_detail", args=[institution.pk])))
    choose = reverse("cases:referral_choose", args=[institution.pk])
    assert choose in detail
    target = f"{url('referral_create', case)}?einrichtung={institution.pk}"
    assert target not in text_of(as_case_manager.get(choose))
    assert target in text_of(as_case_manager.post(choose, {"q": case.client.family_name}))
    Case.objects.update(last_contact_on=ago(1))
    assert target in text_of(as_case_manager.get(choose))


def test_only_open_and_visible_cases_are_offered(as_colleague, as_case_manager, case, institution):
    choose = reverse("cases:referral_choose", args=[institution.pk])
    target = url("referral_create", case)
    assert target in text_of(as_case_manager.post(choose, {"q": case.number}))
    assert target not in text_of(as_colleague.post(choose, {"q": case.number}))
    case.close(on=timezone.localdate(), reason="goals_reached")
    case.save()
    assert "keinen offenen Fall" in text_of(as_case_manager.post(choose, {"q": case.number}))


@pytest.mark.parametrize("query", ["\x00", "\u202e", "a" * 300])
def test_a_broken_search_says_so(as_case_manager, institution, query):
    page = as_case_manager.post(reverse("cases:referral_choose", args=[institution.pk]), {"q": query})
    assert errors(page)["q"]
    assert escape(errors(page)["q"]) in text_of(page)


def test_from_a_case_the_directory_begins_with_its_district(as_case_manager, case):
    here, city = InstitutionFactory(district=case.district), InstitutionFactory()
    elsewhere = InstitutionFactory(district_id=5, languages=["ar"])
    search = url("referral_search", case)
    page = as_case_manager.get(search)
    assert set(page.context["page"]) == {here, city}
    assert f"{url('referral_create', case)}?einrichtung={here.pk}" in text_of(page)
    assert set(as_case_manager.get(search, {"district": ""}).context["page"]) == {here, city, elsewhere}
    assert set(as_case_manager.get(search, {"district": "", "language": "ar"}).context["page"]) == {elsewhere}
    fragment = as_case_manager.get(search, {"district": "5"}, headers={"HX-Request": "true"})
    assert "<html" not in text_of(fragment)
    assert url("referral_create", case) in text_of(fragment)


@pytest.mark.parametrize("rows", [1, 20])
def test_choosing_does_not_query_per_row(as_case_manager, case, case_manager, rows):
    facts = {"district": case.district, "topics": Topic.objects.all()[:3], "languages": ["ar"]}
    institution = InstitutionFactory.create_batch(rows, **facts)[0]
    CaseFactory.create_batch(rows, case_manager=case_manager.case_manager, last_contact_on=ago(2))
    choose = reverse("cases:referral_choose", args=[institution.pk])
    assert queries(lambda: as_case_manager.get(choose)) == 4  # session, user, institution, recent cases
    assert (
        queries(lambda: as_case_manager.get(url("referral_create", case))) == 6
    )  # session, user, case, topics, 2 lists
    # session, user, case, 3 lists of choices, count, page, topics, languages; with everything chosen also the names
    search, topic = url("referral_search", case), Topic.objects.main().first().pk
    assert queries(lambda: as_case_manager.get(search)) == 10
    chosen = {"topic": topic, "district": case.district_id, "language": "ar", "name": "stelle"}
    assert queries(lambda: as_case_manager.get(search, chosen)) == 11


# --- The nightly question


def notices():
    return set(Notice.objects.values_list("user__name", "kind", "path", "case__number"))


def test_a_due_result_is_asked_for_once(case_manager, case):
    ReferralFactory(case=case, due=True)
    ReferralFactory(case=case, due=True)
    ReferralFactory(case=case)
    asked = {(case_manager.name, "referral_result_due", url("referral_list", case), case.number)}
    assert announce_due_results(timezone.localdate()) == 2
    assert notices() == asked
    Notice.objects.update(read_at=timezone.now())
    call_command("announce_due_results")
    assert Notice.objects.count() == 1
    assert logged(action="referral.results_asked") == ["referral.results_asked"]


def test_a_new_day_is_asked_for_again(case):
    referral = ReferralFactory(case=case, due=True)
    today = timezone.localdate()
    announce_due_results(today)
    Referral.objects.update(ask_again_on=today + timedelta(days=7))
    Notice.objects.all().delete()
    assert announce_due_results(today + timedelta(days=6)) == 0
    assert announce_due_results(today + timedelta(days=7)) == 1
    assert announce_due_results(today + timedelta(days=8)) == 0
    assert Notice.objects.get().case == referral.case


def test_a_deputy_is_asked_too_but_not_about_a_protected_case(case_manager, case, deputy, colleague):
    SubstitutionFactory(absent=case_manager.case_manager, over=True, deputy=colleague.case_manager)
    ReferralFactory(case=case, due=True)
    ReferralFactory(case=CaseFactory(case_manager=case_manager.case_manager, protected=True), due=True)
    announce_due_results(timezone.localdate())
    told = sorted(Notice.objects.values_list("user__name", flat=True))
    assert told == sorted([case_manager.name, case_manager.name, deputy.name])
    assert Notice.objects.get(user=deputy).case == case


def test_the_night_runs_the_question(case):
    ReferralFactory(case=case, due=True)
    call_command("run_jobs")
    call_command("run_jobs")
    assert Notice.objects.get().kind == Notice.Kind.REFERRAL_RESULT_DUE


# --- Accompaniment


def unfolded(response):
    return response.context["form"].more_is_open()


def test_an_accompaniment_shows_where_and_how_long(as_case_manager, case, institution):
    typed = consultation_data(case, kind="accompaniment", institution=institution.pk, waiting_minutes="25")
    as_case_manager.post(url("consultation_create"), typed)
    for name in ("detail", "consultation_list", "print"):
        page = text_of(as_case_manager.get(url(name, case)))
        assert institution.name in page
        assert "25 Minuten gewartet" in page


def test_an_accompaniment_is_asked_for_its_institution_but_not_held_up(as_case_manager, case):
    create_url = url("consultation_create")
    assert not unfolded(as_case_manager.get(create_url, {"fall": case.number}))
    refused = as_case_manager.post(create_url, consultation_data(case, kind="accompaniment", held_on="x"))
    assert unfolded(refused)
    as_case_manager.post(create_url, consultation_data(case, kind="accompaniment"))
    assert Consultation.objects.get().institution is None


def test_a_stored_accompaniment_opens_unfolded(as_case_manager, case):
    walk, talk = ConsultationFactory(case=case, kind="accompaniment"), ConsultationFactory(case=case)
    assert unfolded(as_case_manager.get(url("consultation_change", case, walk.pk)))
    assert not unfolded(as_case_manager.get(url("consultation_change", case, talk.pk)))


def test_no_institution_of_a_referral_disappears(referral):
    assert referral.institution in Institution.objects.active()
    with pytest.raises(IntegrityError):
        referral.institution.delete()


def test_a_case_of_another_traeger_is_not_asked_about_here(case_manager, case):
    ReferralFactory(due=True, case=CaseFactory(case_manager=CaseManagerFactory()))
    announce_due_results(timezone.localdate())
    assert not Notice.objects.filter(user=case_manager).exists()
