"""Measures: what was done about a finding, by whom, and whether the published number moved afterwards."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import override

from cases.models import Observation
from kim.audit.models import Entry
from reports.actions.findings import bundle
from reports.models import Decision, Evidence, Finding, Measure, Report
from reports.models.report import checksum_of
from reports.pages.effect import DARK, effect_of
from reports.pages.evidence import evidence_of
from reports.publishing import share_of
from tests.case_forms import queries, text_of
from tests.factories import ReportFactory, today
from tests.findings import EvidenceFactory, FindingFactory, MeasureFactory, released, url
from tests.report_figures import figures

pytestmark = pytest.mark.django_db
Status = Finding.Status


def german(day):
    return day.strftime("%d.%m.%Y")


def measure_data(measure, **fields):
    return {
        "version": measure.version, "text": measure.text, "owner": measure.owner, "due_on": german(measure.due_on),
        "status": measure.status, "done_on": "", "evidence": "", "note": "Der erste Termin steht.", **fields,
    }  # fmt: skip


def verdict_data(measure, **fields):
    return {"version": measure.version, "verdict": "helped", "text": "Die Wartezeit ist kürzer.", **fields}


def plain(response):
    """What is read on the page: without tags, and each space one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text_of(response))).split()).replace(" :", ":")


def with_figure(period, value, persons=300):
    """A report in which so many persons found nobody responsible."""
    report = ReportFactory(period=period, persons=persons)
    report.figures["tables"]["barriers"]["cells"]["responsibility"]["persons"] = value
    report.checksum = checksum_of(report.figures)
    report.save()
    return report


# --- Evidence


def test_a_figure_is_chosen_in_two_steps_without_a_script(as_coordination):
    finding, report = FindingFactory(), with_figure("2026-3", 30)
    address = url("evidence_add", finding.number, report=report.pk, table="barriers")
    assert "Zuständigkeit ungeklärt" in text_of(as_coordination.get(address))
    for _click in range(2):
        as_coordination.post(address, {"row": "responsibility", "column": "persons"})
    evidence = Evidence.objects.get()
    assert (evidence.value, evidence.report, evidence.finding) == (30, report, finding)
    assert evidence.name == "Hürden: Zuständigkeit ungeklärt"
    with override("en"):
        assert evidence.name.endswith("responsibility (en)")
    page = text_of(as_coordination.get(url("finding", finding.number)))
    assert "3. Quartal 2026" in page


def test_of_a_crossed_table_both_heads_are_named(as_coordination):
    finding, report = FindingFactory(), ReportFactory()
    address = url("evidence_add", finding.number, report=report.pk, table="topic_by_district")
    as_coordination.post(address, {"row": "housing", "column": "8"})
    evidence = Evidence.objects.get()
    assert evidence.name == "Themen nach Stadtbezirk: Wohnen, Kalk"
    assert evidence.value == report.figure("topic_by_district", "housing", "8")


def test_what_is_withheld_or_not_there_is_no_evidence(as_coordination):
    finding, report = FindingFactory(), ReportFactory(persons=20)
    building = ReportFactory(period="2026-2", building=True)
    for query in (
        {"report": report.pk, "table": "barriers"}, {"report": building.pk, "table": "barriers"},
        {"report": "9" * 40, "table": "barriers"}, {"report": report.pk, "table": "cases"}, {"report": "x"},
    ):  # fmt: skip
        address = url("evidence_add", finding.number, **query)
        assert as_coordination.get(address).context["form"] is None
        as_coordination.post(address, {"row": "responsibility", "column": "persons"})
    whole = url("evidence_add", finding.number, report=ReportFactory(period="2026-1").pk, table="barriers")
    assert as_coordination.post(whole, {"row": "nichts", "column": "persons"}).context["form"].errors["row"]
    assert not Evidence.objects.exists()


def test_evidence_goes_unless_an_effect_is_measured_by_it(as_coordination):
    evidence, used = EvidenceFactory(), EvidenceFactory(report=ReportFactory(period="2026-2"))
    MeasureFactory(finding=used.finding, evidence=used)
    for each in (evidence, used):
        as_coordination.post(url("evidence_remove", each.pk))
    assert Evidence.objects.get() == used


# --- Its progress


def test_what_became_of_a_measure_goes_into_the_history(as_coordination):
    measure = MeasureFactory()
    data = measure_data(measure, status="done", done_on=german(today()))
    answer = as_coordination.post(url("measure_change", measure.pk), data)
    assert answer["Location"] == url("finding", measure.finding.number)
    measure.refresh_from_db()
    assert (measure.status, measure.done_on) == ("done", today())
    line = measure.finding.decisions.first()
    assert (line.step, line.measure, line.after, line.text) == ("measure", measure, "done", "Der erste Termin steht.")
    assert Entry.objects.filter(action="measure.changed", subject=f"measure:{measure.pk}").count() == 1


def test_of_two_who_write_down_the_progress_the_second_sees_both(as_coordination):
    measure = MeasureFactory()
    as_coordination.post(url("measure_change", measure.pk), measure_data(measure, owner="Sozialamt"))
    answer = as_coordination.post(url("measure_change", measure.pk), measure_data(measure, owner="Jobcenter"))
    assert {each.label for each in answer.context["form"].differences} >= {"Zuständig"}
    assert Measure.objects.get().owner == "Sozialamt"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"status": "done"}, "done_on"), ({"done_on": "1.1.2026"}, "done_on"), ({"due_on": ""}, "due_on"),
        ({"status": "done", "done_on": "31.12.2099"}, "done_on"), ({"status": "fertig"}, "status"),
        ({"owner": "x" * 500}, "owner"), ({"text": ""}, "text"), ({"note": ""}, "note"),
        ({"evidence": "77"}, "evidence"),
    ],
)  # fmt: skip
def test_a_progress_that_cannot_be_is_refused(as_coordination, wrong, field):
    measure = MeasureFactory()
    answer = as_coordination.post(url("measure_change", measure.pk), measure_data(measure, **wrong))
    assert field in answer.context["form"].errors
    assert Measure.objects.get().version == 1


def test_evidence_of_another_finding_measures_nothing(as_coordination):
    measure, foreign = MeasureFactory(), EvidenceFactory()
    answer = as_coordination.post(url("measure_change", measure.pk), measure_data(measure, evidence=foreign.pk))
    assert "evidence" in answer.context["form"].errors


def test_a_measure_is_done_on_a_day():
    measure = MeasureFactory()
    with pytest.raises(IntegrityError, match="measure_done_with_day"):
        Measure.objects.filter(pk=measure.pk).update(status="done")


# --- Its effect


def test_the_effect_is_the_difference_of_two_published_numbers(as_coordination):
    start = with_figure("2025-1", 30)
    for period, value in (("2025-2", 40), ("2025-3", 35), ("2025-4", 30), ("2026-1", 10), ("2026-2", 5)):
        with_figure(period, value)
    with_figure("2026-H1", 5)  # of another kind
    evidence = EvidenceFactory(report=start)
    measure = MeasureFactory(
        finding=evidence.finding, evidence=evidence, status=Measure.Status.DONE, done_on=date(2025, 9, 30)
    )
    effect = effect_of(evidence, measure.done_on)
    assert [(point.value, point.is_done) for point in effect.points] == [
        (30, False), (40, False), (35, True), (30, False), (10, False), (5, False),
    ]  # fmt: skip
    assert (effect.start.span.key, effect.end.span.key, effect.change) == ("2025-1", "2026-1", -20)
    answer = as_coordination.get(url("measure_effect", measure.pk))
    page = plain(answer)
    assert "30 am Anfang (1. Quartal 2025), 10 zwei Zeiträume nach der Umsetzung (1. Quartal 2026): 20 weniger" in page
    for bar in ("1. Quartal 2025: 30 Personen", "2. Quartal 2026: 5 Personen"):
        assert f"<title>{bar}</title>" in answer.text
    assert "3. Quartal 2025 umgesetzt" in page
    assert [(bar.text[:15], bar.style) for bar in effect.chart.bars if bar.style == DARK] == [
        ("1. Quartal 2025", DARK), ("1. Quartal 2026", DARK),
    ]  # fmt: skip
    assert [tick.second for tick in effect.chart.x_ticks] == ["", "", "umgesetzt", "", "", ""]


@pytest.mark.parametrize(
    ("done_on", "end"),
    [
        (date(2025, 6, 30), "2025-4"), (date(2025, 7, 1), "2026-1"), (date(2025, 12, 31), "2026-2"),
        (date(2026, 1, 1), None), (date(2025, 1, 1), "2025-3"), (date(2024, 12, 31), "2025-3"),
    ],
)  # fmt: skip
def test_compared_is_the_second_period_after_the_one_in_which_the_measure_was_done(done_on, end):
    evidence = EvidenceFactory(report=with_figure("2025-1", 30))
    for period in ("2025-2", "2025-3", "2025-4", "2026-1", "2026-2"):
        with_figure(period, 20)
    effect = effect_of(evidence, done_on)
    assert (effect.end and effect.end.span.key) == end
    assert (effect.awaited and effect.awaited.key) == (None if end else "2026-3")
    assert effect.is_done_before is (done_on < date(2025, 1, 1))
    assert not effect.is_done_after


def test_a_measure_done_before_its_first_number_has_no_number_of_before(as_coordination):
    evidence = EvidenceFactory(report=with_figure("2025-1", 30))
    with_figure("2025-3", 30)
    measure = MeasureFactory(
        finding=evidence.finding, evidence=evidence, status=Measure.Status.DONE, done_on=date(2024, 12, 31)
    )
    page = plain(as_coordination.get(url("measure_effect", measure.pk)))
    assert "30 zwei Zeiträume später (3. Quartal 2025): unverändert" in page
    assert "Eine Zahl von davor ist nicht dabei." in page
    assert "Diesen Bericht gibt es nicht." in page.partition("2. Quartal 2025 ")[2]


def test_a_measure_done_after_the_last_number_can_have_no_effect_yet(as_coordination):
    evidence = EvidenceFactory(report=with_figure("2025-1", 30))
    with_figure("2025-2", 10)
    measure = MeasureFactory(
        finding=evidence.finding, evidence=evidence, status=Measure.Status.DONE, done_on=date(2025, 7, 1)
    )
    page = plain(as_coordination.get(url("measure_effect", measure.pk)))
    assert "Die Maßnahme war erst danach umgesetzt; eine Wirkung kann hier noch nicht stehen." in page
    assert "Verglichen wird mit dem Bericht 1. Quartal 2026; den gibt es frühestens am 16.04.2026." in page
    assert "20 weniger" not in page
    Measure.objects.update(done_on=date(2025, 6, 30))
    page = plain(as_coordination.get(url("measure_effect", measure.pk)))
    assert "erst danach umgesetzt" not in page
    assert "Verglichen wird mit dem Bericht 4. Quartal 2025; den gibt es frühestens am 16.01.2026." in page


@pytest.mark.parametrize(
    ("period", "done_on", "last", "day"),
    [
        ("2025-3", date(2025, 9, 1), "1. Quartal 2026", "16.04.2026"),
        ("2025-H1", date(2025, 5, 1), "1. Halbjahr 2026", "16.07.2026"),
        ("2024", date(2024, 3, 1), "Jahr 2026", "16.01.2027"),
    ],
)
def test_what_is_not_out_yet_is_announced(as_coordination, period, done_on, last, day):
    evidence = EvidenceFactory(report=with_figure(period, 30))
    measure = MeasureFactory(finding=evidence.finding, evidence=evidence, status=Measure.Status.DONE, done_on=done_on)
    page = plain(as_coordination.get(url("measure_effect", measure.pk)))
    assert f"Verglichen wird mit dem Bericht {last}; den gibt es frühestens am {day}." in page


def test_before_the_measure_is_done_the_way_there_is_drawn_and_nothing_compared(as_coordination):
    evidence = EvidenceFactory(report=with_figure("2025-1", 30))
    for period in ("2025-2", "2025-3"):
        with_figure(period, 10)
    measure = MeasureFactory(finding=evidence.finding, evidence=evidence)
    page = plain(as_coordination.get(url("measure_effect", measure.pk)))
    assert "Die Maßnahme ist noch nicht umgesetzt." in page
    assert "Beurteilen lässt sich nur eine umgesetzte Maßnahme." in page
    assert "3. Quartal 2025" in page
    assert "weniger" not in page


def test_beside_the_counts_stands_the_share_of_the_published_total(as_coordination):
    """More people in all: the count goes up, the share goes down."""
    evidence = EvidenceFactory(report=with_figure("2025-1", 30, persons=300))
    with_figure("2025-3", 35, persons=500)
    effect = effect_of(evidence, date(2025, 1, 1))
    totals = [Report.objects.get(period=period).total("barriers", "persons") for period in ("2025-1", "2025-3")]
    assert totals == [110, 185]
    assert [point.share for point in (effect.start, effect.end)] == [27, 19]
    assert (effect.change, effect.share_change) == (5, -8)
    measure = MeasureFactory(
        finding=evidence.finding, evidence=evidence, status=Measure.Status.DONE, done_on=date(2025, 1, 1)
    )
    page = plain(as_coordination.get(url("measure_effect", measure.pk)))
    assert "5 mehr" in page
    assert "Als Anteil 27 % und 19 %: 8 Prozentpunkte weniger" in page
    assert "Anteil an: Personen, bei denen Hilfe nicht zustande kam" in page


@pytest.mark.parametrize(("persons", "has_share"), [(135, True), (125, False)])
def test_a_share_needs_fifty(persons, has_share):
    report = with_figure("2025-1", 20, persons=persons)
    assert report.total("barriers", "persons") == (50 if has_share else 45)
    effect = effect_of(EvidenceFactory(report=report), None)
    assert (effect.start.share is not None) is has_share
    assert bool(effect.group) is has_share


def test_of_consultations_and_movement_there_is_no_share_of_a_crossed_table_that_of_its_column():
    report = ReportFactory(period="2025-1")
    places = (("topics", "housing", "consultations"), ("flow", "advice", "new"), ("topic_by_district", "housing", "8"))
    effects = [effect_of(evidence_of(report, *place), None) for place in places]
    assert [effect.start.share is None for effect in effects[:2]] == [True, True]
    crossed = effects[2]
    whole = report.total("topic_by_district", "8")
    assert crossed.start.share == (share_of(crossed.start.value, whole) if whole >= 50 else None)
    assert [effect.chart.series[0][0] for effect in effects] == ["Beratungen", "neu", "Personen"]


def test_a_withheld_number_is_a_dash_with_its_reason(as_coordination):
    evidence = EvidenceFactory(report=with_figure("2025-1", 30))
    ReportFactory(period="2025-2", figures=figures(300, withheld={"barriers": "fine"}))
    with_figure("2025-3", None)
    ReportFactory(period="2025-4", persons=20)
    measure = MeasureFactory(
        finding=evidence.finding, evidence=evidence, status=Measure.Status.DONE, done_on=date(2025, 3, 1)
    )
    effect = effect_of(evidence, measure.done_on)
    assert effect.change is None
    assert [bool(point.reason) for point in effect.points] == [False, True, True, True]
    page = plain(as_coordination.get(url("measure_effect", measure.pk)))
    assert "Ein Vergleich ist nicht möglich. Die Zahl für 3. Quartal 2025 fehlt:" in page
    assert "Aufgliederung zu fein" in page.partition("2. Quartal 2025 ")[2]
    assert "weniger als 30 Personen oder Fälle" in page.partition("4. Quartal 2025")[2]


def test_a_corrected_report_counts_in_its_last_version():
    evidence = EvidenceFactory(report=with_figure("2025-1", 30))
    with_figure("2025-3", 50)
    second = ReportFactory(period="2025-3", second=True)
    assert effect_of(evidence, date(2025, 1, 1)).end.value == second.figure("barriers", "responsibility", "persons")


def test_the_last_verdict_closes_the_finding_and_reaches_the_writers(as_coordination, case_manager, coordination):
    finding = FindingFactory(status=Status.DONE)
    bundle(finding, observations=[released(case_manager).pk], by=coordination)
    first, second = (MeasureFactory(finding=finding, done=True) for _ in range(2))
    MeasureFactory(finding=finding, status=Measure.Status.GIVEN_UP)
    as_coordination.post(url("measure_effect", first.pk), verdict_data(first))
    finding.refresh_from_db()
    assert (finding.status, finding.decisions.first().step) == (Status.DONE, Decision.VERDICT)
    as_coordination.post(url("measure_effect", second.pk), verdict_data(second, verdict="not", text="Leider nein."))
    finding.refresh_from_db()
    second.refresh_from_db()
    assert (finding.status, finding.decisions.first().step) == (Status.CHECKED, "check")
    assert (second.verdict, second.verdict_on) == ("not", today())
    verdicts = finding.decisions.filter(step=Decision.VERDICT).order_by("pk")
    assert [(line.measure, line.get_after_display()) for line in verdicts] == [
        (first, "geholfen"), (second, "nicht geholfen"),
    ]  # fmt: skip
    told = Observation.objects.get()
    assert (told.outcome, told.outcome_text) == ("checked", "Leider nein.")


@pytest.mark.parametrize("wrong", [{"verdict": "vielleicht"}, {"text": ""}, {"text": "x" * 1001}, {"version": "x"}])
def test_a_verdict_that_cannot_be_is_refused(as_coordination, wrong):
    measure = MeasureFactory(done=True)
    assert as_coordination.post(url("measure_effect", measure.pk), verdict_data(measure, **wrong)).status_code == 200
    assert Measure.objects.get().verdict == ""


def test_a_stale_verdict_is_refused(as_coordination):
    measure = MeasureFactory(done=True)
    as_coordination.post(url("measure_effect", measure.pk), verdict_data(measure))
    again = as_coordination.post(url("measure_effect", measure.pk), verdict_data(measure, verdict="not"))
    assert "Inzwischen hat jemand anderes entschieden" in text_of(again)
    assert Measure.objects.get().verdict == "helped"


def test_what_is_not_done_has_no_effect_and_what_is_judged_stays_done(as_coordination):
    planned, done = MeasureFactory(), MeasureFactory(done=True)
    with pytest.raises(ValidationError, match="nur eine umgesetzte"):
        planned.judge("helped", "Ja.")
    as_coordination.post(url("measure_effect", done.pk), verdict_data(done))
    done.refresh_from_db()
    answer = as_coordination.post(url("measure_change", done.pk), measure_data(done, status="running"))
    assert "bleibt umgesetzt" in text_of(answer)


def test_without_a_day_the_effect_is_looked_at_after_half_a_year(as_coordination, coordination):
    finding = FindingFactory(status=Status.AGREED)
    MeasureFactory(finding=finding, done=True)
    from_form = as_coordination.get(url("finding", finding.number)).context["form"]
    data = {name: from_form[name].value() or "" for name in from_form.fields}
    data |= {"step": "finish", "decided_on": german(today())}
    as_coordination.post(url("finding", finding.number), data)
    assert Finding.objects.get().due_on == today() + timedelta(days=182)


def test_the_page_of_an_effect_asks_the_same_for_any_report(as_coordination):
    evidence = EvidenceFactory(report=with_figure("2026-1", 30))
    measure = MeasureFactory(finding=evidence.finding, evidence=evidence, done=True)
    assert queries(lambda: as_coordination.get(url("measure_effect", measure.pk))) == 4
    with_figure("2026-2", 30)
    with_figure("2026-3", 30)
    assert queries(lambda: as_coordination.get(url("measure_effect", measure.pk))) == 4


def signal():
    return {
        "id": "topic_district:housing:8", "kind": "topic_district", "table": "topic_by_district", "row": "housing",
        "column": "8", "topic": "housing", "barrier": "", "district": "8", "part": 45, "whole": 100, "share": 45,
        "city_share": 30, "names": {"topic": ["Wohnen", "Housing"], "district": ["Kalk", "Kalk"]},
    }  # fmt: skip
