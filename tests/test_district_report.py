"""One Stadtbezirk in a frozen report: published numbers alone, beside the city and the period before."""

import re

import pytest
from django.urls import reverse

from districts.models import District, Topic
from reports.models import Finding, Measure
from tests.case_forms import ago, queries, text_of
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    InstitutionFactory,
    LanguageFactory,
    ReportFactory,
    UserFactory,
)
from tests.report_figures import figures
from tests.test_reports import numbers_on

pytestmark = pytest.mark.django_db
KALK, PORZ = 8, 7


def url(report, number=KALK):
    return reverse("reports:report_district", args=[report.pk, number])


def with_population(persons=800, **withheld):
    """Large enough for shares in the Stadtbezirk."""
    kept = {"year": 2012, "source": "Stadt Köln", "districts": {"8": 20_000, "7": 60_000}}
    return figures(persons, withheld=withheld) | {"population": kept}


@pytest.fixture
def report(db):
    return ReportFactory(period="2026-3", figures=with_population())


def finding(status="steering", districts=(KALK,), **facts):
    made = Finding.objects.create(
        number=Finding.objects.next_number(2026), title=f"Bedarf {status}", description="Worum es geht.",
        barrier="waiting", status=status, created_by=UserFactory(), **facts,
    )  # fmt: skip
    made.districts.set(districts)
    return made


# --- The numbers


def test_the_page_shows_the_published_numbers_beside_the_city_and_the_period_before(as_coordination, report):
    before = ReportFactory(period="2026-2", figures=figures(500))
    ReportFactory(period="2026-1", figures=figures(5000))
    context = as_coordination.get(url(report)).context
    first = context["rows"][0]
    cell, old = (each.figure("districts", "8", "persons") for each in (report, before))
    total = report.figures["tables"]["districts"]["totals"]["persons"]
    assert (first.number, first.before, first.change) == (cell, old, f"+{cell - old}")
    assert first.share == round(100 * cell / total)
    assert context["rate"] == round(1000 * cell / 20_000, 1)
    assert context["population"].share == 25
    housing = next(row for row in context["topics"] if row.name == Topic.objects.get(code="housing").name)
    assert housing.persons == report.figure("topic_by_district", "housing", "8")
    assert len(context["topics"]) == Topic.objects.main().count()


def test_every_number_is_rounded_or_marked(as_coordination, report):
    ReportFactory(period="2026-2", figures=figures(500))
    for number in range(1, 10):
        found = numbers_on(text_of(as_coordination.get(url(report, number))).replace("Fassung 1", ""))
        assert [each for each in found if each % 5] == []
        assert len(found) > 20


def test_a_small_city_publishes_nothing(as_coordination):
    report = ReportFactory(period="2026-3", persons=20)
    page = as_coordination.get(url(report))
    assert {row.number for row in page.context["rows"]} == {None}
    assert page.context["topics"] == []
    assert "Diese Aufgliederung bleibt verborgen" in text_of(page)
    assert page.context["rate"] is None


def test_a_break_down_that_is_too_fine_stays_hidden(as_coordination):
    report = ReportFactory(period="2026-3", figures=with_population(topic_by_district="fine"))
    context = as_coordination.get(url(report)).context
    assert context["topics"] == []
    assert context["persons"]


def test_without_an_earlier_report_there_is_no_comparison(as_coordination, report):
    page = as_coordination.get(url(report))
    assert {row.change for row in page.context["rows"]} == {"–"}
    ReportFactory(period="2026-2", persons=20)  # one that says nothing is none to compare with
    assert "seit Q2/26" not in text_of(page) + text_of(as_coordination.get(url(report)))


def test_what_is_not_frozen_or_no_district_does_not_exist(as_coordination, report):
    building = ReportFactory(period="2026-2", building=True)
    assert [as_coordination.get(each).status_code for each in (url(building), url(report, 10))] == [404, 404]


# --- What is of today


def test_staff_and_institutions_of_the_district(as_coordination, as_case_manager, report):
    kalk = District.objects.get(number=KALK)
    own = CaseManagerFactory(user__name="Sichtbar", is_published=True, districts=[kalk], languages=[LanguageFactory()])
    own.post_share = "0.05"
    own.save()
    CaseFactory(case_manager=own)
    InstitutionFactory(district=kalk, topics=[Topic.objects.get(code="housing")])
    context = as_coordination.get(url(report)).context
    assert [(contact.name, word) for contact, word in context["contacts"]] == [("Sichtbar", "voll")]
    assert [len(offer.institutions) for offer in context["offers"]] == [1]
    colleagues = as_case_manager.get(url(report)).context["contacts"]
    assert [(contact.name, word) for contact, word in colleagues] == [("Sichtbar", "")]


def test_findings_and_measures_of_the_district(as_coordination, as_case_manager, report):
    shown, done = finding(), finding("checked")
    finding("dropped")
    finding(districts=(PORZ,))
    decision = shown.decisions.create(step="agree", text="Beschlossen.", after="agreed", created_by=shown.created_by)
    Measure.objects.create(finding=shown, decision=decision, text="Plätze", owner="Jugendamt", due_on=ago(-30))
    page = as_coordination.get(url(report))
    assert (page.context["findings"], page.context["settled"]) == ([shown], [done])
    assert "Plätze (Jugendamt, bis" in text_of(page)
    link = reverse("reports:finding", args=[shown.number])
    assert link in text_of(page)
    assert link not in text_of(as_case_manager.get(url(report)))


def test_the_live_page_leads_to_the_newest_report_and_back(as_case_manager, report):
    ReportFactory(period="2026-2")
    live = reverse("reports:district", args=[KALK])
    assert url(report) in text_of(as_case_manager.get(live))
    page = text_of(as_case_manager.get(url(report)))
    assert {live, whole := reverse("reports:report", args=[report.pk])} <= set(re.findall(r'href="([^"]+)"', page))
    assert f'href="bezirk/{KALK}/"' in text_of(as_case_manager.get(whole))


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_page_does_not_query_per_row(as_coordination, report, row_count):
    ReportFactory(period="2026-2")
    kalk = District.objects.get(number=KALK)
    for _ in range(row_count):
        CaseManagerFactory(is_published=True, districts=[kalk], languages=[LanguageFactory()])
        InstitutionFactory(district=kalk, topics=[Topic.objects.get(code="housing")])
        finding()
    assert queries(lambda: as_coordination.get(url(report))) == 11
