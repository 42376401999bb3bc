"""Bedarfsanalyse: what the page shows of frozen reports, and to whom it offers to take something up."""

import re

import pytest
from django.urls import reverse

from reports import charts
from reports.models import Evidence, Finding, Report
from reports.pages.taken_up import findings_about
from reports.signals import sentence
from reports.situation import build_situation
from tests.factories import ReportFactory, days_ago
from tests.findings import EvidenceFactory, FindingFactory, words_of
from tests.report_figures import SIGNAL as HOUSING
from tests.report_figures import figures
from tests.test_reports import numbers_on

URL = reverse("reports:analysis")
QUARTERS = [f"{year}-{number}" for year in (2024, 2025, 2026) for number in (1, 2, 3, 4)][:11]  # up to 2026-3
TAKE_UP = "bericht={}&amp;auffaelligkeit=topic_district%3Ahousing%3A8"


def report(period="2026-3", *signals, persons=1000, withheld=None, **fields):
    """1,000 persons, 135 of them in Kalk; everywhere the same topics."""
    stored = figures(persons, withheld=withheld) | {"signals": list(signals)}
    return ReportFactory(period=period, persons=persons, figures=stored, **fields)


def test_before_the_first_report_the_page_says_when_there_will_be_one(as_coordination):
    ReportFactory(building=True)
    page = as_coordination.get(URL)
    assert "Noch kein Bericht" in page.text
    assert "report" not in page.context


def test_what_stands_out_is_a_sentence_that_the_office_can_take_up(as_coordination, as_case_manager):
    stored = report("2026-3", HOUSING)
    page = as_coordination.get(URL).text
    assert sentence(HOUSING) in page
    assert "70 von 155 Personen" in page
    assert f'href="{reverse("reports:finding_new")}?{TAKE_UP.format(stored.pk)}"' in page
    seen = as_case_manager.get(URL).text
    assert sentence(HOUSING) in seen
    assert "auffaelligkeit" not in seen
    assert reverse("reports:findings") not in seen


def test_what_is_taken_up_leads_to_its_finding_until_that_is_dropped(as_coordination, coordination):
    stored = report("2026-3", HOUSING)
    finding = Finding.objects.create(
        number="B-2026-007", title="Wohnen in Kalk", description="…", barrier="capacity", created_by=coordination
    )
    place = {name: HOUSING[name] for name in ("table", "row", "column")}
    Evidence.objects.create(finding=finding, report=stored, label="Wohnen, Kalk", value=70, **place)
    page = as_coordination.get(URL).text
    assert "Bedarf B-2026-007" in page
    assert TAKE_UP.format(stored.pk) not in page
    Finding.objects.update(status=Finding.Status.DROPPED)
    assert TAKE_UP.format(stored.pk) in as_coordination.get(URL).text


@pytest.mark.parametrize("status", Finding.Status)
def test_an_open_finding_is_at_work_and_a_settled_one_was(as_coordination, as_case_manager, status):
    stored = report("2026-3", HOUSING)
    place = {name: HOUSING[name] for name in ("table", "row", "column")}
    known = EvidenceFactory(finding=FindingFactory(status=status), report=report("2026-1"), **place).finding
    answer = as_coordination.get(URL)
    assert f'href="{reverse("reports:finding", args=[known.number])}"' in answer.text
    assert (TAKE_UP.format(stored.pk) in answer.text) is not known.is_open
    was = f"war schon Bedarf {known} ({status.label})" in words_of(answer)
    assert was is not known.is_open
    assert known.number not in as_case_manager.get(URL).text


@pytest.mark.parametrize("newer", [False, True])
def test_an_open_finding_goes_before_a_settled_one_and_the_last_settled_before_the_rest(db, newer):
    place = {name: HOUSING[name] for name in ("table", "row", "column")}
    stored = report("2026-3")
    findings = {
        status: FindingFactory(status=status, moved_on=days_ago(days if newer else 10 - days))
        for days, status in enumerate(["checked", "dropped", "review"])
    }
    for finding in findings.values():
        EvidenceFactory(finding=finding, report=stored, **place)
    assert findings_about([HOUSING]) == {tuple(place.values()): findings["review"]}
    findings["review"].evidence.all().delete()
    assert findings_about([HOUSING]) == {tuple(place.values()): findings["checked" if newer else "dropped"]}
    assert findings_about([HOUSING | {"column": "9"}]) == {}


def test_nothing_that_stands_out_is_said_too_and_what_could_not_be_compared(as_coordination):
    report("2026-2")
    text = as_coordination.get(URL).text
    assert "Nichts, was sich über den Zufall hinaus" in text
    assert "Anstiege sind deshalb nicht geprüft" in text
    report("2026-3")
    assert "Anstiege sind deshalb nicht geprüft" not in as_coordination.get(URL).text


def test_any_current_report_can_be_chosen_and_nothing_else(as_coordination):
    quarter, half = report("2026-2"), report("2026-H1")
    replaced, newest = report("2026-3"), report("2026-3", second=True)
    building = ReportFactory(period="2026", building=True)
    chosen = {quarter.pk: quarter, half.pk: half, replaced.pk: newest, building.pk: newest, "": newest, "٣": newest}
    for pk, expected in chosen.items():
        assert as_coordination.get(f"{URL}?bericht={pk}").context["report"] == expected
    newer = report("2026-H2")
    assert as_coordination.get(URL).context["report"] == newest
    page = as_coordination.get(f"{URL}?bericht={half.pk}")
    assert [option.label for option in page.context["kinds"]] == ["Quartal", "Halbjahr"]
    assert [option.label for option in page.context["options"]] == ["H2/26", "H1/26"]
    Report.objects.filter(kind=Report.Kind.QUARTER).delete()
    assert as_coordination.get(URL).context["report"] == newer


def test_the_development_shows_eight_periods_of_a_kind_up_to_the_chosen_one(as_coordination):
    for place, period in enumerate(QUARTERS):
        report(period, persons=500 + 100 * place)
    report("2025")
    lines = as_coordination.get(URL).context["topic_lines"]
    assert lines.periods == ("Q4/24", "Q1/25", "Q2/25", "Q3/25", "Q4/25", "Q1/26", "Q2/26", "Q3/26")
    first = lines.rows[0].values
    assert list(first) == sorted(first)
    oldest = Report.objects.get(period="2024-2")
    page = as_coordination.get(f"{URL}?bericht={oldest.pk}").context
    assert page["topic_lines"].periods == ("Q1/24", "Q2/24")
    assert len(page["options"]) == 8
    assert page["options"][-1].is_current


def test_what_is_withheld_leaves_a_gap_or_a_sentence(as_coordination):
    report("2026-1")
    report("2026-2", withheld={"barriers": "fine"})
    report("2026-3", withheld={"topic_by_district": "fine"})
    page = as_coordination.get(URL)
    barrier = page.context["barrier_lines"].rows[0]
    assert [value is None for value in barrier.values] == [False, True, False]
    assert len(barrier.bars) == 2
    assert page.context["topics"] is page.context["shares"] is None
    assert page.text.count("Zu wenige Fälle: Diese Aufgliederung bleibt verborgen") == 2
    assert page.context["barriers"] is not None


def test_a_report_of_too_few_people_shows_no_number(as_coordination):
    report(persons=20)
    page = as_coordination.get(URL)
    assert page.status_code == 200
    assert page.context["topics"] is page.context["barriers"] is page.context["shares"] is None
    assert not any(row.bars for row in page.context["topic_lines"].rows)


def test_shares_stand_beside_the_citys_from_fifty_persons_on(as_coordination):
    stored = report("2026-3", HOUSING)
    table = stored.figures["tables"]["topic_by_district"]
    table["cells"]["housing"] |= {"8": 70, "1": 30}
    table["totals"] |= {"8": 155, "1": 400, "9": 50, "0": 45}
    Report.objects.update(figures=stored.figures)
    grid = as_coordination.get(URL).context["shares"]
    assert "ohne Stadtbezirk" not in grid.columns
    assert "Mülheim" in grid.columns
    housing = next(row for row in grid.rows if row.label == "Wohnen")
    cells = dict(zip(grid.columns, housing.cells, strict=True))
    assert (housing.total, cells["Kalk"].number, cells["Innenstadt"].number) == (26, 45, 8)
    assert cells["Kalk"].is_above
    assert cells["Kalk"].is_outstanding
    assert cells["Innenstadt"].is_below
    assert not cells["Innenstadt"].is_outstanding


def test_every_count_on_the_page_is_a_published_one(as_coordination):
    for period in QUARTERS[-4:]:
        report(period, HOUSING)
    numbers = numbers_on(as_coordination.get(URL).text)
    assert len(numbers) > 300
    assert [number for number in numbers if number % 5] == []


@pytest.mark.parametrize("number", [1, 8])
def test_the_page_asks_no_more_for_eight_reports_than_for_one(number, as_coordination, django_assert_num_queries):
    for period in QUARTERS[-number:]:
        report(period, HOUSING)
    with django_assert_num_queries(6):  # session, user, reports, figures of the chosen one, evidence, lines
        as_coordination.get(URL)


def test_the_lines_are_read_without_the_rest_of_the_figures(as_coordination, django_assert_num_queries):
    for period in QUARTERS[-3:]:
        report(period)
    with django_assert_num_queries(5) as queries:
        as_coordination.get(URL)
    whole = [query["sql"] for query in queries if re.search(r'SELECT[^(]*"reports_report"."figures"[ ,]', query["sql"])]
    assert len(whole) == 1


def test_lage_leads_to_the_analysis(as_case_manager):
    build_situation()
    assert URL not in re.findall(r'href="([^"]+)"', as_case_manager.get(reverse("districts:institution_list")).text)
    assert URL in as_case_manager.get(reverse("reports:situation")).text


def test_small_columns_share_a_scale_and_leave_gaps():
    chart = charts.small("Wohnen", ["Q1/26", "Q2/26", "Q3/26"], [50, None, 0], 100)
    assert [(bar.height, bar.style, bar.text) for bar in chart.bars] == [(50, 3, "Q1/26: 50"), (1, 1, "Q3/26: 0")]
    assert all(bar.y + bar.height == 100 for bar in chart.bars)
    assert chart.text == "Wohnen, Q1/26: 50, Q2/26: –, Q3/26: 0"
