"""Attacks that were tried once and must stay without success."""

import time

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from cases.duplicates import known_people
from cases.models import Case, Consent
from districts import actions
from kim.audit.models import Entry
from kim.text import MOST_MARKS, clean
from kim.web.middleware import SESSION_SECOND_FACTOR
from tests.case_forms import german, shown, url
from tests.factories import (
    PASSWORD,
    CaseFactory,
    MembershipFactory,
    ProviderFactory,
    TrackFactory,
)
from tests.test_accounts import code_for, set_up_second_factor

# --- An admin who wants to read case files


def test_a_deputy_moved_to_another_traeger_takes_no_file_along(case_manager, deputy):
    case = CaseFactory(case_manager=case_manager.case_manager)
    assert case in Case.objects.visible_to(deputy)
    elsewhere = ProviderFactory()
    with pytest.raises(ValidationError):
        actions.refuse_move(deputy.case_manager, elsewhere)
    deputy.case_manager.provider = elsewhere  # whichever way it came about, past the form
    deputy.case_manager.save()
    assert case not in Case.objects.visible_to(deputy)


def test_who_is_stood_in_for_cannot_be_moved_either(case_manager, deputy):
    with pytest.raises(ValidationError):
        actions.refuse_move(case_manager.case_manager, ProviderFactory())


def test_ones_own_case_stays_at_its_traeger(case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)
    case_manager.case_manager.provider = ProviderFactory()
    case_manager.case_manager.save()
    assert case not in Case.objects.visible_to(case_manager)


@pytest.mark.parametrize(
    "query",
    [
        "users/user/?password__startswith=md5",
        "users/user/?last_login__isnull=0",
        "districts/casemanager/?user__password__startswith=md5",
        "districts/casemanager/?cases__id__gt=0",
        "districts/casemanager/?cases__client__given_names__startswith=A",
        "districts/casemanager/?consultations__id__isnull=0",
        "districts/privacynotice/?text__contains=a",
    ],
)
def test_the_admin_cannot_ask_for_columns_that_are_no_filter(as_admin, query):
    assert as_admin.get(f"/verwaltung/{query}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "users/user/?role__exact=lead&is_active__exact=1&role_confirmed_at__isempty=0",
        "districts/casemanager/?provider__id__exact=1&user__is_active__exact=1&tracks__id__exact=1",
        "districts/substitution/?absent__provider__id__exact=1&starts_on__year=2026",
        "districts/topic/?parent__id__exact=1",
    ],
)
def test_the_filters_of_the_admin_work(as_admin, query):
    assert as_admin.get(f"/verwaltung/{query}").status_code == 200


@pytest.mark.parametrize("day", ["starts_on__year=9999", "starts_on__year=9999&starts_on__month=12&starts_on__day=31"])
def test_the_way_through_the_years_ends_somewhere(as_admin, day):
    assert as_admin.get(f"/verwaltung/districts/substitution/?{day}").status_code == 400


# --- A stolen password


def test_a_session_from_before_the_second_factor_is_asked_for_a_code(db):
    lead = MembershipFactory().user
    thief, owner = Browser(), Browser()
    for browser in (thief, owner):
        browser.post(reverse("account_login"), {"login": lead.email, "password": PASSWORD})
    secret = set_up_second_factor(owner)
    assert owner.get(reverse("cases:team")).status_code == 200
    for name in ("cases:team", "mfa_index", "mfa_view_recovery_codes", "mfa_deactivate_totp"):
        answer = thief.get(reverse(name))
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_reauthenticate"))
    thief.post(reverse("account_reauthenticate"), {"password": PASSWORD})  # the password is not enough
    assert thief.get(reverse("cases:team"))["Location"] == reverse("mfa_reauthenticate")
    thief.post(reverse("mfa_reauthenticate"), {"code": code_for(secret)})
    assert thief.get(reverse("cases:team")).status_code == 200
    assert thief.session[SESSION_SECOND_FACTOR]


# --- Work for the server


FOR_AGES = 20  # seconds of work, not of waiting; with the square of the length it would be minutes


@pytest.mark.parametrize("text", ["x" + " " * 300_000 + "x", "x" + "\u200b \n" * 100_000 + "x"])
def test_long_spaces_inside_a_text_cost_nothing(text):
    begun = time.process_time()
    clean(text, multiline=True)
    assert time.process_time() - begun < FOR_AGES


def test_piled_up_marks_are_refused_before_they_cost_time():
    assert clean("n" + "\u0323\u0304" * (MOST_MARKS // 2))
    begun = time.process_time()
    with pytest.raises(ValidationError) as refused:
        clean("a" + "\u0301\u0323" * 200_000)
    assert refused.value.code == "marks"
    assert time.process_time() - begun < FOR_AGES


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "cases:consultation_create"])
def test_a_file_is_refused_before_it_is_read(db, name):
    file = SimpleUploadedFile("x.bin", b"0" * 3_000_000)
    browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    browser.get(reverse("account_login"))  # the cookie without which nothing is read at all
    assert browser.post(reverse(name), {"file": file, "login": "a@b.example"}).status_code == 400


def test_a_slow_mail_server_does_not_hold_the_log(case_manager, admin_user, monkeypatch):
    seen = []
    monkeypatch.setattr(actions, "send_invitation", lambda user: seen.append(Entry.objects.count()))
    before = Entry.objects.count()
    actions.invite(case_manager, by=admin_user)
    assert (seen, Entry.objects.count()) == ([before], before + 1)


# --- Who is a client?


@pytest.mark.parametrize("name", ["z", "Za", "Zar", "U", "a", "Z U", "Unver"])
def test_a_beginning_of_a_name_and_a_birth_date_tell_nothing(colleague, case_manager, name):
    case = CaseFactory(
        case_manager=case_manager.case_manager, client__given_names="Zarife", client__family_name="Unverkennbar"
    )
    assert known_people(name, case.client.birth_date, user=colleague).hints == []
    for whole in ("Zarife", "unverkenbar", "Unverkennbar Zarife"):
        assert known_people(whole, case.client.birth_date, user=colleague).hints


def test_the_log_does_not_name_the_purpose_of_a_consent(as_case_manager, case_manager, as_lead):
    protected = TrackFactory(protected=True)
    case_manager.case_manager.tracks.add(protected)
    case = CaseFactory(case_manager=case_manager.case_manager)
    typed = shown(as_case_manager.get(url("change", case))) | {
        "track": protected.pk,
        "orientation_given_on": german(case.opened_on),
        "orientation_form": "written",
    }
    assert as_case_manager.post(url("change", case), typed).status_code == 302
    assert Consent.objects.get().purpose == "orientation"
    assert Entry.objects.get(action="case.changed").details == {"fields": ["track"]}
    assert Entry.objects.get(action="consent.given").details == {}
    assert "orientation" not in as_lead.get(reverse("cases:audit_log")).text
