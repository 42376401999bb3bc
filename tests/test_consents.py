"""Consents per purpose: given, renewed, expired and withdrawn, at once and whatever is still open in another tab."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from cases.actions.consents import give_consent
from cases.actions.consultations import log_consultation
from cases.actions.files import open_case
from cases.actions.special_notes import save_special_notes
from cases.actions.withdrawals import withdraw_consent
from cases.forms.consultations import ConsultationForm
from cases.models import Case, Consent, Consultation, Notice
from kim.audit.models import Entry
from tests.at_once import at_once, refusals
from tests.case_forms import (
    ago,
    consultation_data,
    errors,
    german,
    logged,
    nothing_stored,
    queries,
    said,
    shown,
    text_of,
    url,
)
from tests.factories import (
    CaseFactory,
    ClientFactory,
    ConsentFactory,
    ConsultationFactory,
    PrivacyNoticeFactory,
    ReleaseFactory,
    TrackFactory,
)

Purpose = Consent.Purpose
ART_9 = ["health", "orientation"]


@pytest.fixture
def post(case_manager):
    return case_manager.case_manager


@pytest.fixture
def case(post):
    return CaseFactory(case_manager=post)


def consent(**typed):
    return {"purpose": "documentation", "form": "written", "given_on": german(ago(0)), "valid_until": ""} | typed


def give(browser, case, **typed):
    return browser.post(url("consents", case), consent(**typed))


# --- In force, expired, withdrawn: never two of them


@pytest.mark.parametrize(
    ("valid_until", "in_force"), [(None, True), (ago(-1), True), (ago(0), True), (ago(1), False), (ago(20), False)]
)
def test_the_last_valid_day_still_counts(db, valid_until, in_force):
    given = ConsentFactory(valid_until=valid_until)
    assert Consent.objects.in_force().exists() is in_force
    assert given.is_in_force is in_force


def test_in_force_is_asked_for_a_day(db):
    ConsentFactory(given_on=ago(10), valid_until=ago(-10))
    days = {days: Consent.objects.in_force(ago(days)).exists() for days in (11, 10, 0, -10, -11)}
    assert days == {11: False, 10: True, 0: True, -10: True, -11: False}


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "in_force"),
        ({"valid_until": ago(-31)}, "in_force"),
        ({"valid_until": ago(-30)}, "expiring"),
        ({"valid_until": ago(0)}, "expiring"),
        ({"valid_until": ago(1)}, "expired"),
        ({"withdrawn_on": ago(0)}, "withdrawn"),
        ({"withdrawn_on": ago(1), "valid_until": ago(1)}, "withdrawn"),
        ({"replaced_on": ago(0)}, "replaced"),
    ],
)
def test_states(db, values, state):
    assert ConsentFactory(**values).state == state


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("consent_valid_after_given", {"valid_until": ago(21)}),
        ("consent_withdrawn_after_given", {"withdrawn_on": ago(21)}),
        ("consent_expired_or_withdrawn", {"valid_until": ago(5), "withdrawn_on": ago(4)}),
        ("consent_renewed_or_withdrawn", {"replaced_on": ago(5), "withdrawn_on": ago(4)}),
    ],
)
def test_what_the_database_refuses(db, constraint, values):
    given = ConsentFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Consent.objects.filter(pk=given.pk).update(**values)


def test_what_has_expired_is_not_withdrawn_any_more(db):
    with pytest.raises(ValidationError, match="gilt schon nicht mehr"):
        ConsentFactory(valid_until=ago(1)).withdraw()
    last_day = ConsentFactory(valid_until=ago(0))
    last_day.withdraw()
    assert last_day.withdrawn_on == ago(0)


# --- Giving


@pytest.mark.parametrize("purpose", Purpose.values)
def test_every_purpose_is_given_once(as_case_manager, case_manager, case, purpose):
    PrivacyNoticeFactory(provider=case.provider, version="03/2026")
    answer = give(as_case_manager, case, purpose=purpose, valid_until=german(ago(-60)))
    assert answer.url == url("consents", case)
    with nothing_stored():
        assert give(as_case_manager, case, purpose=purpose, valid_until=german(ago(-60))).status_code == 302
    given = Consent.objects.get()
    assert (given.client, given.purpose, given.form, given.given_on) == (case.client, purpose, "written", ago(0))
    assert (given.valid_until, given.notice_version, given.recorded_by) == (ago(-60), "03/2026", case_manager)
    assert logged() == ["consent.given"]
    assert Entry.objects.get().details == {}


def test_what_is_in_force_for_good_is_not_given_again(as_case_manager, case):
    give(as_case_manager, case)
    with nothing_stored():
        answer = give(as_case_manager, case, form="electronic")
    assert errors(answer) == {"__all__": "Für diesen Zweck liegt schon eine Einwilligung vor."}
    assert "Für diesen Zweck liegt schon eine Einwilligung vor." in text_of(answer)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"purpose": "health", "form": "oral"}, "form", "mündliche Einwilligung nicht"),
        ({"purpose": "orientation", "form": "oral"}, "form", "mündliche Einwilligung nicht"),
        ({"given_on": german(ago(-1))}, "given_on", "Zukunft"),
        ({"given_on": ""}, "given_on", "zwingend"),
        ({"given_on": "31.02.2026"}, "given_on", "gibt es nicht"),
        ({"purpose": "x"}, "purpose", "keine gültige Auswahl"),
        ({"purpose": "special_category"}, "purpose", "keine gültige Auswahl"),
        ({"purpose": ""}, "purpose", "zwingend"),
        ({"purpose": "\x00"}, "purpose", ""),
        ({"form": ""}, "form", "zwingend"),
        ({"form": "<script>"}, "form", "keine gültige Auswahl"),
        ({"valid_until": german(ago(1))}, "valid_until", "Vergangenheit"),
        ({"valid_until": "morgen"}, "valid_until", "TT.MM.JJJJ"),
    ],
)
def test_a_consent_that_cannot_be(as_case_manager, case, typed, field, sentence):
    with nothing_stored():
        answer = give(as_case_manager, case, **typed)
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]


@pytest.mark.parametrize("purpose", ART_9)
def test_by_word_of_mouth_is_not_even_offered_for_art_9(as_case_manager, case, case_manager, purpose):
    forms = {row.purpose: form for row, form in as_case_manager.get(url("consents", case)).context["rows"]}
    assert "oral" not in str(forms[purpose]["form"])
    assert "oral" in str(forms["case_conference"]["form"])
    oral = Consent(purpose=purpose, form="oral", given_on=ago(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        give_consent(oral, case=case, by=case_manager)
    assert not Consent.objects.exists()


def test_one_that_ends_is_renewed_and_both_stay_on_record(as_case_manager, case):
    old = ConsentFactory(client=case.client, valid_until=ago(-3))
    give(as_case_manager, case)
    old.refresh_from_db()
    assert (old.replaced_on, old.withdrawn_on, old.valid_until) == (ago(0), None, ago(-3))
    new = Consent.objects.in_force().get()
    assert (new.pk != old.pk, new.valid_until) == (True, None)


def test_an_expired_one_is_given_anew(as_case_manager, case):
    ConsentFactory(client=case.client, valid_until=ago(3))
    give(as_case_manager, case, given_on=german(ago(1)))
    assert Consent.objects.in_force().get().given_on == ago(1)
    assert Consent.objects.count() == 2


def test_nothing_is_given_before_the_last_withdrawal(as_case_manager, case, case_manager):
    """A form left open in another tab does not undo what the person has said since."""
    ConsentFactory(client=case.client, withdrawn_on=ago(2))
    with nothing_stored():
        answer = give(as_case_manager, case, given_on=german(ago(3)))
        late = Consent(purpose="documentation", form="written", given_on=ago(3))
        with pytest.raises(ValidationError, match="Zuletzt erteilt oder widerrufen"):
            give_consent(late, case=case, by=case_manager)
    assert german(ago(2)) in errors(answer)["given_on"]
    assert give(as_case_manager, case, given_on=german(ago(2))).status_code == 302


def test_the_page_says_how_every_purpose_stands(as_case_manager, case):
    Case.objects.filter(pk=case.pk).update(service_level="case_management")
    ConsentFactory(client=case.client, purpose="health", valid_until=ago(-3))
    ConsentFactory(client=case.client, purpose="orientation", withdrawn_on=ago(0))
    ConsentFactory(client=case.client, purpose="handover", valid_until=ago(1))
    ConsentFactory(client=case.client, purpose="case_conference")
    answer = as_case_manager.get(url("consents", case))
    states = {row.purpose: (row.state, row.is_needed) for row, _form in answer.context["rows"]}
    assert states == {
        "documentation": ("missing", True),
        "health": ("expiring", False),
        "orientation": ("withdrawn", False),
        "contact_channels": ("missing", False),
        "case_conference": ("in_force", False),
        "handover": ("expired", False),
    }
    for words in (f"endet am {german(ago(-3))}", f"widerrufen am {german(ago(0))}", "abgelaufen", "fehlt", "erteilt"):
        assert words in text_of(answer)
    assert "orientation" not in answer.request["PATH_INFO"]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("as_colleague", 404), ("as_stranger", 404), ("as_lead", 403), ("as_coordination", 403),
        ("as_data_protection", 403), ("as_admin", 403),
    ],
)  # fmt: skip
def test_who_may_not(request, case, who, status, method):
    given = ConsentFactory(client=case.client)
    browser = request.getfixturevalue(who)
    with nothing_stored():
        for target in (url("consents", case), url("consent_withdraw", case, given.pk)):
            assert getattr(browser, method)(target, consent(purpose="handover")).status_code == status


def test_the_deputy_records_and_withdraws(as_deputy, deputy, case):
    give(as_deputy, case, purpose="handover")
    given = Consent.objects.get()
    assert given.recorded_by == deputy
    as_deputy.post(url("consent_withdraw", case, given.pk))
    assert not Consent.objects.in_force().exists()


# --- The consent a case needs


def test_a_track_needs_the_consent_to_what_it_reveals(as_case_manager, post):
    post.tracks.add(lsbti := TrackFactory(protected=True))
    disability = TrackFactory(code="disability")
    case = CaseFactory(case_manager=post)
    fields = as_case_manager.get(url("change", case)).context["form"].fields
    assert {"documentation_given_on", "orientation_given_on"} <= set(fields)
    assert "health_given_on" not in fields
    assert CaseFactory(track=lsbti).required_consents() == {"orientation"}
    assert CaseFactory(track=disability).required_consents() == {"health"}
    assert CaseFactory(track=disability, service_level="case_management").required_consents() == {
        "documentation",
        "health",
    }


def test_an_expired_consent_is_asked_for_again(as_case_manager, case):
    ConsentFactory(client=case.client, valid_until=ago(1))
    typed = shown(as_case_manager.get(url("change", case))) | {"service_level": "case_management"}
    with nothing_stored():
        assert list(errors(as_case_manager.post(url("change", case), typed))) == ["documentation_given_on"]
    typed |= {"documentation_given_on": german(ago(0)), "documentation_form": "written"}
    assert as_case_manager.post(url("change", case), typed).status_code == 302
    assert Consent.objects.in_force().get().given_on == ago(0)


def test_a_consent_withdrawn_meanwhile_keeps_the_case_as_it_was(as_case_manager, case, monkeypatch):
    given = ConsentFactory(client=case.client)
    typed = shown(as_case_manager.get(url("change", case))) | {"service_level": "case_management"}
    monkeypatch.setattr("cases.views.files.consents_in_force", lambda client: frozenset({"documentation"}))
    Consent.objects.filter(pk=given.pk).update(withdrawn_on=ago(0))
    with nothing_stored():
        answer = as_case_manager.post(url("change", case), typed)
    assert "Es fehlt eine Einwilligung." in errors(answer)["__all__"]


@pytest.mark.parametrize("values", [{"service_level": "case_management"}, {"protected": True}])
def test_no_case_is_opened_without_its_consent_past_the_form(db, post, case_manager, values):
    values = dict(values)
    track = TrackFactory(protected=values.pop("protected", False))
    former = CaseFactory(case_manager=post, closed=True)
    late = Case(
        client=former.client, case_manager=post, provider=post.provider, created_by=case_manager, track=track, **values
    )
    with nothing_stored(), pytest.raises(ValidationError, match="Es fehlt eine Einwilligung"):
        open_case(late, topics=[], consents=[], by=case_manager)


def test_the_file_says_which_consent_is_missing(as_case_manager, case):
    Case.objects.filter(pk=case.pk).update(service_level="case_management")
    words = "Für diesen Fall fehlt eine Einwilligung: Führen der Akte."
    assert words in text_of(as_case_manager.get(url("detail", case)))
    ConsentFactory(client=case.client, valid_until=ago(0))
    assert words not in text_of(as_case_manager.get(url("detail", case)))
    Consent.objects.update(valid_until=ago(1))
    assert words in text_of(as_case_manager.get(url("detail", case)))


# --- Withdrawing


def withdraw(browser, case, given):
    return browser.post(url("consent_withdraw", case, given.pk))


@pytest.mark.parametrize("level", Case.ServiceLevel.values)
def test_without_the_consent_to_a_file_the_case_ends(as_case_manager, case, level):
    Case.objects.filter(pk=case.pk).update(service_level=level)
    given = ConsentFactory(client=case.client)
    page = text_of(as_case_manager.get(url("consent_withdraw", case, given.pk)))
    assert "wird mit dem Grund „Einwilligung widerrufen“ abgeschlossen" in page
    withdraw(as_case_manager, case, given)
    case.refresh_from_db()
    given.refresh_from_db()
    assert (case.closing_reason, case.closed_on, given.withdrawn_on) == ("consent_withdrawn", ago(0), ago(0))
    with nothing_stored():
        assert "schon widerrufen" in said(withdraw(as_case_manager, case, given))
    assert logged() == ["case.closed", "consent.withdrawn"]


def test_a_protected_case_ends_with_its_own_consent(as_case_manager, post):
    case = CaseFactory(case_manager=post, protected=True)
    other, own = (ConsentFactory(client=case.client, purpose=purpose) for purpose in ART_9)
    withdraw(as_case_manager, case, other)
    case.refresh_from_db()
    assert case.is_open
    withdraw(as_case_manager, case, own)
    case.refresh_from_db()
    assert case.closing_reason == "consent_withdrawn"


@pytest.mark.parametrize("purpose", [*ART_9, "contact_channels", "case_conference", "handover"])
def test_other_withdrawals_leave_the_case_open(as_deputy, case, purpose):
    given = ConsentFactory(client=case.client, purpose=purpose)
    assert "Der Widerruf gilt sofort." in text_of(as_deputy.get(url("consent_withdraw", case, given.pk)))
    withdraw(as_deputy, case, given)
    case.refresh_from_db()
    given.refresh_from_db()
    assert (case.is_open, given.withdrawn_on) == (True, ago(0))
    assert logged() == ["consent.withdrawn"]
    assert Entry.objects.get().details == {}


def test_a_withdrawal_in_the_old_file_ends_the_new_case_too(as_case_manager, post):
    former = CaseFactory(case_manager=post, closed=True)
    given = ConsentFactory(client=former.client)
    case = CaseFactory(case_manager=post, client=former.client, service_level="case_management")
    withdraw(as_case_manager, former, given)
    case.refresh_from_db()
    assert case.closing_reason == "consent_withdrawn"


def test_of_two_withdrawals_one_counts(db, case, case_manager):
    given = ConsentFactory(client=case.client, purpose="handover")
    first, second = (Consent.objects.get(pk=given.pk) for _ in range(2))
    withdraw_consent(first, case=case, by=case_manager)
    with nothing_stored(), pytest.raises(ValidationError, match="schon widerrufen"):
        withdraw_consent(second, case=case, by=case_manager)


def test_a_renewed_consent_is_withdrawn_by_the_new_one(as_case_manager, case):
    old = ConsentFactory(client=case.client, purpose="handover", replaced_on=ago(1), valid_until=ago(-1))
    with nothing_stored():
        assert "gilt schon nicht mehr" in said(withdraw(as_case_manager, case, old))


def test_withdrawing_takes_no_more_clicks_than_giving(as_case_manager, case):
    """Both are one click on the page of consents and one to confirm."""
    ConsentFactory(client=case.client)
    page = text_of(as_case_manager.get(url("consents", case)))
    assert page.count("<summary>Eintragen") == 5
    assert page.count("/widerrufen/") == 1
    question = as_case_manager.get(url("consent_withdraw", case, Consent.objects.get().pk))
    assert text_of(question).count('<form class="confirm" method="post">') == 1


def test_a_consent_of_another_person_does_not_exist_here(as_case_manager, post, case, stranger):
    others = [ConsentFactory(client=CaseFactory(case_manager=who).client).pk for who in (post, stranger.case_manager)]
    with nothing_stored():
        for pk in [*others, 0, 10**30]:
            for method in ("get", "post"):
                assert getattr(as_case_manager, method)(url("consent_withdraw", case, pk)).status_code == 404


# --- What a withdrawal stops


@pytest.mark.parametrize(
    ("values", "warns"),
    [
        ({"withdrawn_on": ago(0)}, True),
        ({"valid_until": ago(1)}, True),
        ({"valid_until": ago(0)}, False),
        ({"purpose": "handover", "withdrawn_on": ago(0)}, False),
    ],
)
def test_the_file_warns_of_channels_that_may_not_be_used(as_case_manager, as_deputy, case, values, warns):
    ConsentFactory(client=case.client, **{"purpose": "contact_channels"} | values)
    for browser in (as_case_manager, as_deputy):
        assert ("Nicht anrufen und nicht schreiben" in text_of(browser.get(url("detail", case)))) is warns


CREATE = reverse("cases:consultation_create")


def conference(case, days=0):
    return consultation_data(case, kind="case_conference", held_on=german(ago(days)))


@pytest.mark.parametrize(
    ("values", "days", "fine"),
    [
        ({"withdrawn_on": ago(2)}, 0, False),
        ({"withdrawn_on": ago(2)}, 2, False),
        ({"withdrawn_on": ago(2)}, 3, True),
        ({"valid_until": ago(2)}, 1, False),
        ({"valid_until": ago(2)}, 2, True),
        ({}, 0, True),
        ({"purpose": "handover", "withdrawn_on": ago(2)}, 0, True),
    ],
)
def test_no_case_conference_after_the_withdrawal(as_case_manager, case, values, days, fine):
    ConsentFactory(client=case.client, **{"purpose": "case_conference"} | values)
    answer = as_case_manager.post(CREATE, conference(case, days))
    assert Consultation.objects.exists() is fine
    if not fine:
        assert "willigt nicht mehr in Fallkonferenzen ein" in errors(answer)["kind"]
        assert "Über den Sprachkurs gesprochen." in text_of(answer)
        assert as_case_manager.post(CREATE, consultation_data(case, kind="network")).status_code == 302


def test_an_agreement_anew_allows_conferences_again(as_case_manager, case):
    ConsentFactory(client=case.client, purpose="case_conference", withdrawn_on=ago(0))
    ConsentFactory(client=case.client, purpose="case_conference", given_on=ago(0))
    assert as_case_manager.post(CREATE, conference(case)).status_code == 302


def test_a_conference_is_refused_past_the_form_too(case, case_manager):
    form = ConsultationForm(conference(case), user=case_manager, case=case, case_manager=case.case_manager)
    assert form.is_valid()
    ConsentFactory(client=case.client, purpose="case_conference", withdrawn_on=ago(0))
    with nothing_stored(), pytest.raises(ValidationError, match="willigt nicht mehr in Fallkonferenzen"):
        log_consultation(form.instance, topics=[], follow_up=None, by=case_manager)


def test_an_office_talk_does_not_become_a_conference(as_case_manager, case):
    ConsentFactory(client=case.client, purpose="case_conference", withdrawn_on=ago(1))
    talk, old = ConsultationFactory(case=case, held_on=ago(0)), ConsultationFactory(case=case, kind="case_conference")
    target = url("consultation_change", case, talk.pk)
    typed = shown(as_case_manager.get(target)) | {"kind": "case_conference"}
    with nothing_stored():
        answer = as_case_manager.post(target, typed)
    assert list(errors(answer)) == ["kind"]
    target = url("consultation_change", case, old.pk)
    assert as_case_manager.post(target, shown(as_case_manager.get(target)) | {"note": "Neu."}).status_code == 302


# --- At the same moment


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_is_kept(case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)

    def giving(form):
        return lambda: give_consent(Consent(purpose="health", form=form, given_on=ago(0)), case=case, by=case_manager)

    refused = "Für diesen Zweck liegt schon eine Einwilligung vor."
    assert refusals(at_once(giving("written"), giving("electronic"))) == [refused]
    pk = Consent.objects.get().pk

    def withdrawing():
        withdraw_consent(Consent.objects.get(pk=pk), case=case, by=case_manager)

    def noting():
        save_special_notes({"health_note": "Notiz."}, case=case, opened_version=1, by=case_manager)

    assert refusals(at_once(withdrawing, withdrawing)) == ["Das ist schon widerrufen."]
    assert refusals(at_once(noting)) == ["Dafür fehlt die Einwilligung. Nichts ist gespeichert."]


# --- What expires soon


def expiring(user):
    return set(Consent.objects.visible_to(user).expiring())


def test_what_expires_within_thirty_days(post, case_manager, deputy, colleague, stranger, lead, case):
    def consent_of(case, days, **values):
        return ConsentFactory(client=case.client, valid_until=ago(-days), **values)

    soon = {consent_of(case, 30), consent_of(case, 0, purpose="health")}
    consent_of(case, 31, purpose="orientation")
    consent_of(case, -1, purpose="handover")
    ConsentFactory(client=case.client, purpose="contact_channels")
    consent_of(case, 5, purpose="case_conference", withdrawn_on=ago(0))
    consent_of(CaseFactory(case_manager=post, closed=True), 5)
    consent_of(CaseFactory(case_manager=stranger.case_manager), 5)
    assert expiring(case_manager) == expiring(deputy) == soon
    assert expiring(colleague) == expiring(lead) == set()


def night():
    call_command("announce_expiring_consents")


def test_each_is_announced_once(case, case_manager):
    ConsentFactory(client=case.client, valid_until=ago(-30))
    ConsentFactory(client=case.client, purpose="health", valid_until=ago(-31))
    night()
    night()
    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.case) == (case_manager, "consent_expiring", case)
    assert notice.path == url("consents", case)
    assert Entry.objects.get(action="consent.announced").details == {"count": 1}
    Notice.objects.update(read_at="2026-01-01T00:00Z")
    night()
    assert Notice.objects.count() == 1


def test_a_release_is_announced_too_and_a_closed_case_is_not(case, case_manager, post):
    ReleaseFactory(client=case.client, valid_until=ago(-30))
    for values in ({"closed": True}, {}):
        silent = CaseFactory(case_manager=post, **values)
        ConsentFactory(client=silent.client, valid_until=ago(-31 if not values else -3))
    ConsentFactory(client=ClientFactory(), valid_until=ago(-3))  # nobody's case
    night()
    assert Notice.objects.get().case == case


def test_the_jobs_of_the_night_announce(case):
    ConsentFactory(client=case.client, valid_until=ago(0))
    call_command("run_jobs")
    assert Notice.objects.count() == 1


# --- How much the page asks the database


@pytest.mark.parametrize("rows", [1, 6])
def test_the_page_does_not_ask_per_row(as_case_manager, case, rows):
    for purpose in Purpose.values[:rows]:
        ConsentFactory(client=case.client, purpose=purpose)
        ConsentFactory(client=case.client, purpose=purpose, withdrawn_on=ago(3))
        ReleaseFactory(client=case.client)
    assert queries(lambda: as_case_manager.get(url("consents", case))) == 8


# --- The old purpose


def test_the_old_consent_to_special_data_becomes_that_of_the_track(db):
    name_purposes = import_module("cases.migrations.0005_consents_per_purpose").name_purposes
    health, lsbti = CaseFactory(track__code="disability"), CaseFactory(protected=True)
    both = [health, lsbti, CaseFactory()]
    for case in both:
        ConsentFactory(client=case.client, purpose="special_category")
        ConsentFactory(client=case.client)
    name_purposes(apps, None)
    found = [set(case.client.consents.values_list("purpose", flat=True)) for case in both]
    assert found == [{"documentation", "health"}, {"documentation", "orientation"}, {"documentation", "health"}]


@pytest.mark.parametrize("name", ["consents", "clearing", "handover_list"])
def test_whoever_reads_a_page_of_the_file_is_in_the_log(name, as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)
    as_case_manager.get(url(name, case))
    assert logged() == ["case.read"]
