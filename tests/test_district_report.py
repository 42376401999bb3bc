"""One Stadtbezirk in a frozen report: published numbers alone, beside the city and the periods before."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from districts.models import District, Topic
from reports.models import Finding, Measure, Report
from reports.signals import sentence
from tests.case_forms import ago, queries, text_of
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    InstitutionFactory,
    LanguageFactory,
    ReportFactory,
    UserFactory,
)
from tests.findings import MeasureFactory
from tests.report_figures import SIGNAL, figures
from tests.test_reports import numbers_on

pytestmark = pytest.mark.django_db
KALK, PORZ = 8, 7
QUARTERS = [f"{year}-{number}" for year in (2024, 2025, 2026) for number in (1, 2, 3, 4)][:11]  # up to 2026-3


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


def test_shares_stand_beside_the_citys_from_fifty_persons_on(as_coordination, report):
    table = report.figures["tables"]["topic_by_district"]
    table["cells"]["housing"] |= {"8": 20, "7": 20}
    table["totals"] |= {"8": 50, "7": 45}
    Report.objects.update(figures=report.figures)
    kalk, porz = (
        next(row for row in as_coordination.get(url(report, number)).context["topics"] if row.name == "Wohnen")
        for number in (KALK, PORZ)
    )
    assert (kalk.persons, kalk.share, porz.persons, porz.share) == (20, 40, 20, None)
    assert kalk.city_share == porz.city_share == 26
    as_coordination.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    with translation.override(None):  # for the language of the answer lasts
        in_english = as_coordination.get(url(report)).text
    assert (">40%<" in in_english, " %<" in in_english) == (True, False)


# --- What stands out


def test_what_stands_out_here_is_a_sentence_that_the_office_can_take_up(as_coordination, as_case_manager):
    elsewhere = SIGNAL | {"id": "topic_district:housing:7", "column": "7", "district": "7"}
    all_over = SIGNAL | {"id": "topic_rise:work", "district": "", "column": ""}
    report = ReportFactory(figures=with_population() | {"signals": [elsewhere, SIGNAL, all_over]})
    page = as_coordination.get(url(report))
    assert [each.key for each in page.context["outstanding"].rows] == [SIGNAL["id"]]
    assert sentence(SIGNAL) in page.text
    assert "70 von 155 Personen" in page.text
    take_up = f"{reverse('reports:finding_new')}?bericht={report.pk}&amp;auffaelligkeit=topic_district%3Ahousing%3A8"
    assert f'href="{take_up}"' in page.text
    seen = as_case_manager.get(url(report)).text
    assert sentence(SIGNAL) in seen
    assert "auffaelligkeit" not in seen


def test_where_nothing_stands_out_the_page_says_whether_that_was_looked_at(as_coordination):
    compared = ReportFactory(period="2026-3", figures=with_population())
    too_fine = ReportFactory(period="2026-2", figures=with_population(topic_by_district="fine"))
    too_few = ReportFactory(period="2026-1", figures=with_population(300))  # 40 in Kalk
    nothing, unasked = "Nichts, was sich hier über den Zufall hinaus", "Nicht verglichen: Dafür braucht es 50 Personen"
    for report, expected in ((compared, nothing), (too_fine, unasked), (too_few, unasked)):
        text = text_of(as_coordination.get(url(report)))
        assert [words for words in (nothing, unasked) if words in text] == [expected]


# --- Development


def test_the_development_shows_eight_periods_of_a_kind_up_to_this_one(as_coordination):
    for place, period in enumerate(QUARTERS):
        ReportFactory(period=period, figures=figures(500 + 100 * place))
    corrected = ReportFactory(period="2026-1", second=True, figures=figures(3000))
    ReportFactory(period="2025")
    report = Report.objects.get(period="2026-2")
    context = as_coordination.get(url(report)).context
    lines = {row.label: row for row in context["number_lines"].rows}
    assert context["number_lines"].periods == context["topic_lines"].periods
    assert context["topic_lines"].periods == ("Q3/24", "Q4/24", "Q1/25", "Q2/25", "Q3/25", "Q4/25", "Q1/26", "Q2/26")
    assert list(lines) == ["Personen", "Beratungen", "Fälle, offen am Ende", "Fälle, neu", "Fälle, abgeschlossen"]
    persons = lines["Personen"].values
    assert persons[-1] == report.figure("districts", "8", "persons")
    assert persons[-2] == corrected.figure("districts", "8", "persons")
    assert context["rows"][0].before == persons[-2]
    assert lines["Fälle, neu"].last == report.figure("district_cases", "8", "new")


def test_the_largest_topics_come_first(as_coordination, report):
    ReportFactory(period="2026-2", figures=figures(500))
    cells = report.figures["tables"]["topic_by_district"]["cells"]
    cells["health"]["8"], cells["family"]["8"] = 300, 0
    Report.objects.filter(pk=report.pk).update(figures=report.figures)
    labels = [row.label for row in as_coordination.get(url(report)).context["topic_lines"].rows]
    assert (labels[0], labels[1], labels[-1]) == ("Gesundheit", "Deutsch-Spracherwerb", "Familie")


def test_what_is_withheld_leaves_a_gap_and_a_dash(as_coordination):
    ReportFactory(period="2026-1", figures=figures(800))
    ReportFactory(period="2026-2", figures=figures(800, withheld={"topic_by_district": "fine", "districts": "fine"}))
    page = as_coordination.get(url(ReportFactory(period="2026-3", figures=figures(800))))
    for lines in ("number_lines", "topic_lines"):
        row = page.context[lines].rows[0]
        assert [value is None for value in row.values] == [False, True, False]
        assert len(row.bars) == 2
        assert ", Q2/26: –, " in row.text
    assert {row.before for row in page.context["rows"][:2]} == {None}


def test_without_an_earlier_number_there_is_no_development(as_coordination, report):
    ReportFactory(period="2026-2", persons=20)
    assert "Entwicklung" not in text_of(as_coordination.get(url(report)))
    ReportFactory(period="2026-1", figures=figures(800))
    assert "Entwicklung" in text_of(as_coordination.get(url(report)))


def test_small_numbers_are_drawn_small(as_coordination):
    for period in ("2026-2", "2026-3"):
        report = ReportFactory(period=period, figures=figures(100))
    row = as_coordination.get(url(report)).context["topic_lines"].rows[0]
    assert (row.last, row.bars[-1].height) == (5, 25)


# --- What is of today


@pytest.mark.parametrize(("staff", "left_out"), [(2, False), (3, True)])
def test_of_very_many_colleagues_the_rest_is_counted(as_coordination, report, monkeypatch, staff, left_out):
    monkeypatch.setattr("reports.pages.district_report.STAFF_SHOWN", 2)
    CaseManagerFactory.create_batch(staff, districts=[KALK], is_published=True)
    page = as_coordination.get(url(report))
    assert len(page.context["contacts"].rows) == 2
    assert ("und 1 weitere" in page.text) == left_out


def test_staff_and_institutions_of_the_district(as_coordination, as_case_manager, report):
    kalk = District.objects.get(number=KALK)
    own = CaseManagerFactory(user__name="Sichtbar", is_published=True, districts=[kalk], languages=[LanguageFactory()])
    own.post_share = "0.05"
    own.save()
    CaseFactory(case_manager=own)
    InstitutionFactory(district=kalk, topics=[Topic.objects.get(code="housing")])
    context = as_coordination.get(url(report)).context
    assert [(contact.name, word) for contact, _languages, word in context["contacts"].rows] == [("Sichtbar", "voll")]
    assert [len(offer.institutions) for offer in context["offers"].rows] == [1]
    colleagues = as_case_manager.get(url(report)).context["contacts"].rows
    assert [(contact.name, word) for contact, _languages, word in colleagues] == [("Sichtbar", "")]


def test_findings_and_measures_of_the_district(as_coordination, as_case_manager, report):
    shown, done = finding(), finding("checked")
    finding("dropped")
    finding(districts=(PORZ,))
    decision = shown.decisions.create(step="agree", text="Beschlossen.", after="agreed", created_by=shown.created_by)
    Measure.objects.create(finding=shown, decision=decision, text="Plätze", owner="Jugendamt", due_on=ago(-30))
    page = as_coordination.get(url(report))
    assert [found for found, _measures in page.context["findings"].rows] == [shown, done]
    assert page.context["open_findings"] == 1
    assert re.search(r"Plätze</span>.*\(Jugendamt, bis", text_of(page), re.DOTALL)
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
def test_the_page_does_not_query_per_row(as_coordination, row_count):
    for period in QUARTERS[-1 - row_count :]:
        report = ReportFactory(period=period, figures=with_population() | {"signals": [SIGNAL] * row_count})
    kalk = District.objects.get(number=KALK)
    for _ in range(row_count):
        CaseManagerFactory(is_published=True, districts=[kalk], languages=[LanguageFactory()])
        InstitutionFactory(district=kalk, topics=[Topic.objects.get(code="housing")])
        MeasureFactory(finding=finding(status="agreed"))
    assert queries(lambda: as_coordination.get(url(report))) == 12


def test_of_earlier_reports_only_the_tables_by_district_are_read(as_coordination, report):
    for period in QUARTERS[-4:-1]:
        ReportFactory(period=period)
    with CaptureQueriesContext(connection) as asked:
        as_coordination.get(url(report))
    whole = [each["sql"] for each in asked if re.search(r'SELECT[^(]*"reports_report"."figures"[ ,]', each["sql"])]
    assert len(whole) == 1
