"""Releases from confidentiality: to whom one may speak, what for, and until when."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from cases.actions.withdrawals import withdraw_release
from cases.models import ConfidentialityRelease
from kim.audit.models import Entry
from tests.case_forms import ago, errors, german, logged, nothing_stored, said, text_of, url
from tests.factories import CaseFactory, ClientFactory, InstitutionFactory, ReleaseFactory

HUGE = "9" * 40


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


@pytest.fixture
def institution(db):
    return InstitutionFactory(name="Jobcenter Ost (Test)")


def release(**typed):
    return {
        "institution": "",
        "recipient_name": "Frau Dr. Sommer",
        "concerns": "Termine und Befunde.",
        "form": "written",
        "given_on": german(ago(0)),
        "valid_until": "",
        "form_key": str(uuid.uuid4()),
    } | typed


def give(browser, case, **typed):
    return browser.post(url("release_give", case), release(**typed))


# --- Giving


def test_a_release_to_an_institution_or_to_somebody_by_name(as_case_manager, case_manager, case, institution):
    give(as_case_manager, case, institution=institution.pk, recipient_name="", valid_until=german(ago(-90)))
    answer = give(as_case_manager, case, form="oral")
    assert answer.url == url("consents", case)
    named, listed = sorted(ConfidentialityRelease.objects.all(), key=lambda each: each.institution_id or 0)
    assert (named.recipient, named.form, named.valid_until) == ("Frau Dr. Sommer", "oral", None)
    assert (listed.recipient, listed.form, listed.valid_until) == (institution.name, "written", ago(-90))
    assert {named.client, listed.client} == {case.client}
    assert (named.created_by, named.concerns) == (case_manager, "Termine und Befunde.")
    page = text_of(as_case_manager.get(url("consents", case)))
    for words in ("Frau Dr. Sommer", institution.name, "Termine und Befunde."):
        assert words in page
    assert sorted(logged()) == ["case.read", "release.given", "release.given"]
    assert list(Entry.objects.values_list("details", flat=True)) == [{}, {}, {}]


def test_the_same_form_twice_is_one_release(as_case_manager, case):
    typed = release()
    first, second = (as_case_manager.post(url("release_give", case), typed) for _ in range(2))
    assert first.url == second.url == url("consents", case)
    assert ConfidentialityRelease.objects.count() == 1


def test_a_form_key_used_elsewhere_stores_nothing(as_case_manager, as_stranger, stranger, case, case_manager):
    typed = release()
    as_stranger.post(url("release_give", CaseFactory(case_manager=stranger.case_manager)), typed)
    other = release()
    as_case_manager.post(url("release_give", CaseFactory(case_manager=case_manager.case_manager)), other)
    with nothing_stored():
        for used in (typed, other):
            answer = as_case_manager.post(url("release_give", case), used)
            assert errors(answer) == {"__all__": "Dieses Formular gehört nicht hierher. Bitte neu öffnen."}


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"recipient_name": ""}, "recipient_name", "nicht beides"),
        ({"recipient_name": " \u200b "}, "recipient_name", "nicht beides"),
        ({"recipient_name": "a" * 201}, "recipient_name", "zu lang"),
        ({"recipient_name": "a\x00"}, "recipient_name", "Steuerzeichen"),
        ({"concerns": ""}, "concerns", "zwingend"),
        ({"concerns": "a\u202e"}, "concerns", "Schreibrichtung"),
        ({"institution": HUGE}, "institution", ""),
        ({"institution": "\x00"}, "institution", ""),
        ({"institution": "0"}, "institution", ""),
        ({"form": "spoken"}, "form", "keine gültige Auswahl"),
        ({"given_on": german(ago(-1))}, "given_on", "Zukunft"),
        ({"given_on": "31.02.2026"}, "given_on", "gibt es nicht"),
        ({"valid_until": german(ago(1))}, "valid_until", "Vergangenheit"),
        ({"form_key": "x"}, "form_key", ""),
    ],
)
def test_a_release_that_cannot_be(as_case_manager, case, typed, field, sentence):
    with nothing_stored():
        answer = give(as_case_manager, case, **typed)
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]


def test_not_to_two_recipients_nor_to_a_closed_institution(as_case_manager, case, institution):
    closed = InstitutionFactory(is_active=False)
    with nothing_stored():
        both = give(as_case_manager, case, institution=institution.pk)
        retired = give(as_case_manager, case, institution=closed.pk, recipient_name="")
    assert list(errors(both)) == ["recipient_name"]
    assert list(errors(retired)) == ["institution"]
    assert "Termine und Befunde." in text_of(both)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("release_has_one_recipient", {"recipient_name": ""}),
        ("confidentialityrelease_valid_after_given", {"valid_until": ago(21)}),
        ("confidentialityrelease_withdrawn_after_given", {"withdrawn_on": ago(21)}),
        ("confidentialityrelease_expired_or_withdrawn", {"valid_until": ago(5), "withdrawn_on": ago(4)}),
    ],
)
def test_what_the_database_refuses(db, constraint, values):
    given = ReleaseFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ConfidentialityRelease.objects.filter(pk=given.pk).update(**values)


def test_two_recipients_are_refused_by_the_database(institution):
    given = ReleaseFactory()
    with pytest.raises(IntegrityError, match="release_has_one_recipient"), transaction.atomic():
        ConfidentialityRelease.objects.filter(pk=given.pk).update(institution=institution)


def test_who_and_what_for_are_unreadable_in_the_database(db):
    given = ReleaseFactory(recipient_name="Frau Dr. Sommer", concerns="Schwangerschaft")
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient_name, concerns FROM cases_confidentialityrelease")
        stored = " ".join(cursor.fetchone())
    assert not [word for word in ("Sommer", "Schwangerschaft") if word in stored]
    assert "Sommer" not in str(given)


# --- Whether one may speak


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({}, True),
        ({"valid_until": ago(0)}, True),
        ({"valid_until": ago(1)}, False),
        ({"withdrawn_on": ago(0)}, False),
    ],
)
def test_one_may_speak_while_a_release_is_in_force(institution, values, allowed):
    given = ReleaseFactory(institution=institution, **values)
    releases = ConfidentialityRelease.objects
    assert releases.all().allow(given.client, institution) is allowed
    assert not releases.all().allow(ClientFactory(), institution)
    assert not releases.all().allow(given.client, InstitutionFactory())
    assert not releases.all().allow(given.client, institution, ago(21))
    assert set(releases.to(institution)) == {given}


def test_rows_are_those_of_visible_people(case_manager, deputy, colleague, stranger, lead, case):
    own = ReleaseFactory(client=case.client)
    foreign = ReleaseFactory(client=CaseFactory(case_manager=stranger.case_manager).client)
    releases = ConfidentialityRelease.objects
    assert set(releases.visible_to(case_manager)) == set(releases.visible_to(deputy)) == {own}
    assert set(releases.visible_to(stranger)) == {foreign}
    assert not releases.visible_to(colleague)
    assert not releases.visible_to(lead)


# --- Withdrawing


def withdraw(browser, case, given):
    return browser.post(url("release_withdraw", case, given.pk))


def test_a_release_is_withdrawn_at_once(as_deputy, case, institution):
    given = ReleaseFactory(client=case.client, institution=institution)
    question = text_of(as_deputy.get(url("release_withdraw", case, given.pk)))
    assert institution.name in question
    assert "Der Widerruf gilt sofort." in question
    assert withdraw(as_deputy, case, given).url == url("consents", case)
    assert not ConfidentialityRelease.objects.all().allow(case.client, institution)
    with nothing_stored():
        assert "schon widerrufen" in said(withdraw(as_deputy, case, given))
    assert logged() == ["release.withdrawn"]


def test_of_two_withdrawals_one_counts(case, case_manager):
    given = ReleaseFactory(client=case.client)
    first, second = (ConfidentialityRelease.objects.get(pk=given.pk) for _ in range(2))
    withdraw_release(first, case=case, by=case_manager)
    with nothing_stored(), pytest.raises(ValidationError, match="schon widerrufen"):
        withdraw_release(second, case=case, by=case_manager)


def test_a_release_of_another_person_does_not_exist_here(as_case_manager, case, case_manager, stranger):
    desks = (case_manager.case_manager, stranger.case_manager)
    others = [ReleaseFactory(client=CaseFactory(case_manager=desk).client).pk for desk in desks]
    with nothing_stored():
        for pk in [*others, uuid.uuid4()]:
            for method in ("get", "post"):
                assert getattr(as_case_manager, method)(url("release_withdraw", case, pk)).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [("as_colleague", 404), ("as_stranger", 404), ("as_lead", 403), ("as_coordination", 403), ("as_admin", 403)],
)
def test_who_may_not(request, case, who, status):
    given = ReleaseFactory(client=case.client)
    browser = request.getfixturevalue(who)
    with nothing_stored():
        assert give(browser, case).status_code == status
        assert withdraw(browser, case, given).status_code == status
