"""Links to a report: shown once, for one report, without a trace of whoever opens them, and over when they are over."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from kim.audit.models import Entry
from kim.privacy.tokens import hash_of
from reports.actions.sharing import share_report
from reports.forms.sharing import ReportLinkForm
from reports.models import ReportLink
from reports.views.links import MOST_CALLS
from tests.case_forms import errors, said
from tests.factories import ReportFactory, ReportLinkFactory, today

pytestmark = pytest.mark.django_db
TOKEN = "geheimer-link"
FILES = ("shared", "shared_pdf", "shared_xlsx", "shared_csv")


@pytest.fixture
def report(db):
    return ReportFactory()


@pytest.fixture
def link(report):
    return ReportLinkFactory(report=report, token=TOKEN)


def address(name="shared", token=TOKEN):
    return reverse(f"reports:{name}", kwargs={"token": token, **({"table": "topics"} if name == "shared_csv" else {})})


def make(browser, report, **data):
    data = {"label": "Integrationsrat", "valid_until": f"{today() + timedelta(days=90):%d.%m.%Y}", **data}
    return browser.post(reverse("reports:link_create", args=[report.pk]), data)


def nothing():
    """What an address answers that never was one."""
    return page_of(Browser().get(address(token="x" * 43)))


def page_of(answer):
    """Without what is new in every answer, and without the way back after a change of the language."""
    text = re.sub(r'(nonce|value)="[^"]*"|"X-CSRFToken": ?"[^"]*"', "", answer.text)
    return answer.status_code, text, answer["Cache-Control"]


# --- Made and withdrawn


def test_the_address_is_shown_once_and_opens_the_report(as_coordination, coordination, report):
    answer = make(as_coordination, report)
    found = re.search(rf'value="{settings.SITE_URL}(/b/[\w-]+/)"', answer.text)[1]
    assert "Im 3. Quartal 2026 wurden 300 Personen beraten." in Browser().get(found).text
    link = ReportLink.objects.get()
    assert (link.report, link.created_by, link.label) == (report, coordination, "Integrationsrat")
    assert link.token_hash == hash_of(found.split("/")[2])
    page = as_coordination.get(reverse("reports:report", args=[report.pk])).text
    assert "Integrationsrat" in page
    assert found not in page


def test_it_is_logged_without_the_secret(as_coordination, report):
    make(as_coordination, report)
    link = ReportLink.objects.get()
    as_coordination.post(reverse("reports:link_revoke", args=[report.pk, link.pk]))
    entries = Entry.objects.filter(subject=report.audit_name).order_by("pk")
    assert [(each.action, each.details["link"]) for each in entries] == [
        ("report.shared", link.pk),
        ("report.unshared", link.pk),
    ]


def test_a_second_click_makes_no_second_link(as_coordination, report):
    make(as_coordination, report)
    assert set(errors(make(as_coordination, report))) == {"label"}
    assert ReportLink.objects.count() == 1
    ReportLink.objects.update(revoked_at=timezone.now())
    assert make(as_coordination, report).context["address"]


def test_the_database_knows_one_link_for_each_as_well(link):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportLinkFactory(report=link.report, label=link.label)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "\u200b"}, "label"),
        ({"label": "x" * 121}, "label"),
        ({"valid_until": ""}, "valid_until"),
        ({"valid_until": "31.02.2027"}, "valid_until"),
        ({"valid_until": "01.01.2020"}, "valid_until"),
        ({"valid_until": "31.12.2099"}, "valid_until"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(as_coordination, report, data, field):
    assert set(errors(make(as_coordination, report, **data))) == {field}
    assert not ReportLink.objects.exists()


@pytest.mark.parametrize("label", ["", "x" * 121])
def test_what_no_form_let_through_makes_no_link_either(coordination, report, label):
    with pytest.raises(ValidationError):
        share_report(report, label=label, valid_until=today(), by=coordination)
    assert not ReportLink.objects.exists()


def test_what_is_typed_stays_text(as_coordination, report):
    make(as_coordination, report, label="<script>alert(1)</script>")
    assert "<script>alert(1)" not in as_coordination.get(reverse("reports:report", args=[report.pk])).text


def test_a_link_is_withdrawn_once(as_coordination, link):
    url = reverse("reports:link_revoke", args=[link.report.pk, link.pk])
    assert "öffnet nichts mehr" in said(as_coordination.post(url))
    assert "schon zurückgezogen" in said(as_coordination.post(url))
    assert Entry.objects.filter(action="report.unshared").count() == 1


def test_a_link_of_another_report_is_not_there(as_coordination, link):
    other = ReportFactory(period="2026-2")
    assert as_coordination.post(reverse("reports:link_revoke", args=[other.pk, link.pk])).status_code == 404


def test_others_see_no_links(as_case_manager, link):
    assert link.label not in as_case_manager.get(reverse("reports:report", args=[link.report.pk])).text


@pytest.mark.parametrize("links", [1, 3])
def test_the_page_asks_the_same_whatever_links_there_are(as_coordination, report, links, django_assert_num_queries):
    for number in range(links):
        ReportLinkFactory(report=report, label=f"Gremium {number}")
    page = reverse("reports:report", args=[report.pk])
    as_coordination.get(page)
    with django_assert_num_queries(5):  # session, account, report, those beside it, links with who made them
        as_coordination.get(page)


# --- Opened by anybody


def test_it_opens_without_login_session_or_cookie(link):
    browser = Browser()
    for name in FILES:
        answer = browser.get(address(name))
        assert answer.status_code == 200, name
        assert not answer.cookies
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Cache-Control"] == "no-store"
    assert "csrf" not in browser.get(address()).text.replace("X-CSRFToken", "")


def test_it_says_the_same_as_the_page_of_the_report(as_coordination, link):
    inside = as_coordination.get(reverse("reports:report", args=[link.report.pk])).text
    inside, links = re.subn(r'<a href="bezirk/\d/">(.*?)</a>', r"\1", inside)  # these pages need a login
    assert links
    outside = Browser().get(address()).text
    (body,) = re.findall(r'<div class="report">.*?</dl>', inside, re.DOTALL)
    assert body in outside
    assert "Links zu diesem Bericht" not in outside


def test_who_is_logged_in_sees_nothing_of_it_there(as_case_manager, link):
    assert Browser().get(address()).text == as_case_manager.get(address()).text


def test_it_speaks_english_if_asked(link):
    answer = Browser().get(address(), {"sprache": "en"})
    assert "Learning German" in answer.text
    assert '<html lang="en"' in answer.text
    assert '<html lang="de"' in Browser().get(address(), {"sprache": "xx"}).text


@pytest.mark.parametrize("ending", ["revoked", "over", "building", "wrong"])
def test_what_opens_nothing_any_more_answers_as_if_it_had_never_been(link, ending):
    token = TOKEN
    if ending == "revoked":
        ReportLink.objects.update(revoked_at=timezone.now())
    elif ending == "over":
        ReportLink.objects.update(valid_until=today() - timedelta(days=1))
    elif ending == "building":
        type(link.report).objects.update(status="building")
    else:
        token = TOKEN.upper()
    for name in FILES:
        assert page_of(Browser().get(address(name, token))) == nothing(), name


def test_the_last_day_counts(link):
    ReportLink.objects.update(valid_until=today())
    assert Browser().get(address()).status_code == 200


@pytest.mark.parametrize("token", ["'", "%00", "a" * 5000, "../../etc", "=1+1", "🙂"])
def test_nonsense_in_the_address_is_missing(token):
    assert Browser().get(f"/b/{token}/").status_code == 404


def test_a_table_that_is_not_there_is_missing(link):
    assert Browser().get(reverse("reports:shared_csv", args=[TOKEN, "gibt-es-nicht"])).status_code == 404


def test_a_link_is_not_asked_without_end(link, monkeypatch):
    monkeypatch.setattr("reports.views.links.MOST_CALLS", 2)
    monkeypatch.setattr("kim.web.limits.time", lambda: 500_000 * 3600)  # within one hour of the clock
    answers = [Browser().get(address()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "3600"
    assert MOST_CALLS > 100  # a council reads together


def test_a_replaced_version_says_so_to_whoever_holds_its_link(link):
    ReportFactory(second=True)
    assert "durch eine neue ersetzt" in Browser().get(address()).text


def test_posting_to_a_link_is_the_wrong_method(link):
    assert {Browser().post(address(name)).status_code for name in FILES} == {405}


def test_two_people_making_the_same_link_in_one_moment_get_one(as_coordination, report, monkeypatch):
    """Both have passed every check before either of them saved."""
    ReportLinkFactory(report=report, label="Integrationsrat")
    for check in ("clean", "_post_clean"):
        monkeypatch.setattr(ReportLinkForm, check, lambda form: None)
    monkeypatch.setattr(ReportLink, "full_clean", lambda link: None)
    assert "Dafür gibt es schon einen Link." in make(as_coordination, report).text
    assert report.links.count() == 1
