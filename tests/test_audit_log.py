"""The log as a lead and data protection read it: metadata of the own Träger."""

from datetime import datetime
from unittest.mock import patch

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kim.audit.models import Entry, record
from kim.users.models import Role
from tests.factories import CaseFactory, CaseManagerFactory, MembershipFactory, UserFactory

LOG = reverse("cases:audit_log")


def log(action, *, at=None, **kwargs):
    moment = timezone.make_aware(datetime.fromisoformat(at)) if at else timezone.now()
    with transaction.atomic(), patch("kim.audit.models.timezone.now", return_value=moment):
        return record(action, **kwargs)


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


def shown(browser, **query):
    return [line.entry for line in browser.get(LOG, query).context["lines"]]


@pytest.mark.parametrize("browser", ["as_case_manager", "as_coordination", "as_admin"])
def test_who_may_not_read_the_log(request, browser):
    assert request.getfixturevalue(browser).get(LOG).status_code == 403


def test_reading_needs_a_confirmed_role(client_of, provider):
    user = MembershipFactory(provider=provider, user__role=Role.DATA_PROTECTION, user__role_confirmed_at=None).user
    assert client_of(user).get(LOG).status_code == 403


@pytest.mark.parametrize("browser", ["as_lead", "as_data_protection"])
def test_the_log_ends_at_the_own_traeger(request, browser, case, stranger):
    own = log("case.read", by=case.case_manager.user, subject=case)
    log("case.read", by=stranger, subject=CaseFactory(case_manager=stranger.case_manager))
    log("report.exported", by=None)
    assert shown(request.getfixturevalue(browser)) == [own]


def test_data_protection_of_the_city_sees_what_belongs_to_no_traeger(client_of, case):
    log("case.read", by=case.case_manager.user, subject=case)
    nobodys, citys = log("report.exported", by=None), log("report.exported", by=None, organisation="city")
    assert shown(client_of(UserFactory(role=Role.DATA_PROTECTION))) == [citys, nobodys]


def test_a_lead_without_a_traeger_sees_nothing(client_of, db):
    log("report.exported", by=None)
    assert shown(client_of(UserFactory(role=Role.LEAD))) == []


def test_a_line_says_who_did_what_in_words(as_data_protection, case):
    log("case.read", by=case.case_manager.user, subject=case)
    page = as_data_protection.get(LOG).content.decode()
    for text in ("Leyla Fall", "Fallmanagement", "Akte gelesen", case.number):
        assert text in page


def test_an_unknown_action_or_account_is_shown_as_it_is_stored(as_data_protection, case):
    gone = UserFactory(name="Gerda Gegangen")
    log("case.turned_upside_down", by=gone, subject=case)
    pk = gone.pk
    gone.delete()
    page = as_data_protection.get(LOG).content.decode()
    assert "case.turned_upside_down" in page
    assert f"Konto {pk}" in page
    assert "Gerda" not in page


def test_the_system_has_a_name(as_data_protection, case):
    log("case.erased", by=None, subject=case)
    (line,) = as_data_protection.get(LOG).context["lines"]
    assert (line.who, line.role) == ("System", "")


def test_of_details_only_field_names_and_colleagues_are_shown(as_data_protection, case, colleague, case_manager):
    old, new = case.case_manager, colleague.case_manager
    log("client.changed", by=case_manager, subject=case, fields=["phone", "unheard_of"])
    log("case.closed", by=case_manager, subject=case, reason="deceased")
    log("consent.given", by=case_manager, subject=case, purpose="special_category")
    log("case.reassigned", by=case_manager, subject=case, old=old.pk, new=new.pk)
    log("consultation.logged", by=case_manager, subject=case, deputy=False)
    log("substitution.granted", by=case_manager, organisation="am-dom", absent=old.pk, deputy=10**6,
        starts_on="2026-12-31")  # fmt: skip
    log("role.confirmed", by=case_manager, organisation="am-dom", staff=colleague.pk, role="lead")
    response = as_data_protection.get(LOG)
    assert [line.details for line in reversed(response.context["lines"])] == [
        ["Telefon, unheard_of"],
        ["Grund"],
        ["Zweck"],
        ["bisher: Leyla Fall", "jetzt: Kolja Kollegium"],
        [],
        ["abwesend: Leyla Fall", "Vertretung: Nummer 1000000", "erster Tag: 31.12.2026"],
        ["Zugang: Kolja Kollegium", "Rolle: Teamleitung"],
    ]
    assert "deceased" not in response.content.decode()
    assert "special_category" not in response.content.decode()


def test_no_client_is_named(as_data_protection, case):
    log("case.read", by=case.case_manager.user, subject=case)
    assert case.client.family_name not in as_data_protection.get(LOG).content.decode()


def test_filter_by_group(as_lead, case):
    log("case.read", by=None, subject=case)
    created = log("staff.created", by=None, organisation="am-dom")
    confirmed = log("role.confirmed", by=None, organisation="am-dom")
    assert shown(as_lead, group="staff") == [confirmed, created]


def test_a_group_is_a_noun_and_not_its_beginning(as_lead, case):
    opened = log("case.opened", by=None, subject=case)
    log("casework.opened", by=None, subject=case)
    assert shown(as_lead, group="case") == [opened]


@pytest.mark.parametrize("spelling", ["{}", "{} ", "k{}"])
def test_filter_by_number_in_every_spelling(as_lead, case, spelling):
    entry = log("case.read", by=None, subject=case)
    log("case.read", by=None, subject=CaseFactory(case_manager=case.case_manager))
    typed = spelling.format(case.number) if spelling != "k{}" else case.number.lower().replace("-", "")
    assert shown(as_lead, number=typed) == [entry]


def test_a_foreign_number_shows_nothing(as_lead, stranger):
    foreign = CaseFactory(case_manager=stranger.case_manager)
    log("case.read", by=None, subject=foreign)
    assert shown(as_lead, number=foreign.number) == []


def test_filter_by_period_counts_days_in_cologne(as_lead, case):
    before = log("case.read", by=None, subject=case, at="2026-06-30T23:59")
    first = log("case.read", by=None, subject=case, at="2026-07-01T00:00")
    last = log("case.read", by=None, subject=case, at="2026-07-31T23:59")
    after = log("case.read", by=None, subject=case, at="2026-08-01T00:00")
    assert shown(as_lead, first="1.7.2026", last="31.7.2026") == [last, first]
    assert shown(as_lead, last="30.6.2026") == [before]
    assert shown(as_lead, first="1.8.2026") == [after]


def test_filter_reads_only(as_lead, case):
    read = log("case.read", by=None, subject=case)
    log("case.opened", by=None, subject=case)
    assert shown(as_lead, reads="on") == [read]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"number": "K-7F3K-9Z"}, "number"),
        ({"number": "\x00"}, "number"),
        ({"first": "31.2.2026"}, "first"),
        ({"first": "2.1.2026", "last": "1.1.2026"}, "last"),
        ({"group": "x"}, "group"),
    ],
)
def test_a_wrong_filter_is_named_and_shows_nothing(as_lead, case, query, field):
    log("case.read", by=None, subject=case)
    response = as_lead.get(LOG, query)
    assert set(response.context["form"].errors) == {field}
    assert response.context["lines"] == []


def test_pages_of_fifty_and_a_page_that_is_none(as_lead, case):
    for _row in range(51):
        log("case.read", by=None, subject=case)
    assert [len(shown(as_lead, page=page)) for page in ("1", "2", "99", "x")] == [50, 1, 1, 50]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_does_not_query_per_row(as_data_protection, provider, rows, django_assert_num_queries):
    for _row in range(rows):
        case = CaseFactory(case_manager=CaseManagerFactory(provider=provider))
        post = case.case_manager
        log("case.reassigned", by=post.user, subject=case, old=post.pk, new=post.pk)
    with django_assert_num_queries(LOG_QUERIES):
        as_data_protection.get(LOG)


LOG_QUERIES = 7  # session, user, Träger, count, page, accounts, colleagues


def test_reading_the_log_leaves_no_entry(as_lead, case):
    log("case.read", by=None, subject=case, at="2026-01-01T12:00")
    as_lead.get(LOG)
    assert Entry.objects.count() == 1
