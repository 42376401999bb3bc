"""Measures: what was done about a finding, by whom, and whether the published number moved afterwards."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import override

from cases.models import Observation
from kim.audit.models import Entry
from reports.actions.findings import bundle
from reports.models import Decision, Evidence, Finding, Measure
from reports.models.report import checksum_of
from reports.pages.effect import effect_of
from tests.case_forms import queries, text_of
from tests.factories import ReportFactory, today
from tests.findings import EvidenceFactory, FindingFactory, MeasureFactory, finding_data, released, url

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
    start = with_figure("2025-4", 80)
    with_figure("2026-1", 75)
    with_figure("2026-2", 55)
    with_figure("2026-3", 5)  # three periods later: not asked for
    evidence = EvidenceFactory(report=start, value=80)
    effect = effect_of(evidence)
    assert [point.value for point in effect.points] == [80, 75, 55]
    assert effect.change == -25
    measure = MeasureFactory(finding=evidence.finding, evidence=evidence, done=True)
    page = " ".join(text_of(as_coordination.get(url("measure_effect", measure.pk))).split())
    assert "80 am Anfang (4. Quartal 2025), 55 zwei Zeiträume später (2. Quartal 2026)" in page
    assert "25 weniger" in page
    for bar in ("4. Quartal 2025: 80", "1. Quartal 2026: 75", "2. Quartal 2026: 55"):
        assert f"<title>{bar}" in page


@pytest.mark.parametrize(
    ("period", "last", "day"),
    [
        ("2026-3", "1. Quartal 2027", "16.04.2027"), ("2026-H1", "1. Halbjahr 2027", "16.07.2027"),
        ("2025", "Jahr 2027", "16.01.2028"),
    ],
)  # fmt: skip
def test_what_is_not_out_yet_is_announced(as_coordination, period, last, day):
    evidence = EvidenceFactory(report=with_figure(period, 30))
    measure = MeasureFactory(finding=evidence.finding, evidence=evidence)
    page = " ".join(text_of(as_coordination.get(url("measure_effect", measure.pk))).split())
    assert f"Die Zahl für {last} liegt ab {day} vor." in page
    assert "Beurteilen lässt sich nur eine umgesetzte Maßnahme." in page


def test_a_withheld_number_makes_no_difference(as_coordination):
    evidence = EvidenceFactory(report=with_figure("2026-1", 30))
    with_figure("2026-3", None)
    measure = MeasureFactory(finding=evidence.finding, evidence=evidence, done=True)
    assert effect_of(evidence).change is None
    assert "zurückgehalten" in text_of(as_coordination.get(url("measure_effect", measure.pk)))


def test_a_corrected_report_counts_in_its_last_version():
    evidence = EvidenceFactory(report=with_figure("2026-1", 30))
    with_figure("2026-3", 50)
    second = ReportFactory(period="2026-3", second=True)
    assert effect_of(evidence).end.value == second.figure("barriers", "responsibility", "persons")


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


def test_a_signal_becomes_a_finding_with_its_figure(as_coordination):
    report = ReportFactory()
    report.figures["signals"] = [signal()]
    report.checksum = checksum_of(report.figures)
    report.save()
    address = url("finding_new", bericht=report.pk, auffaelligkeit="topic_district:housing:8")
    form = as_coordination.get(address).context["form"]
    assert "Kalk" in form.initial["description"]
    assert form.initial["districts"] == [8]
    as_coordination.post(address, finding_data())
    evidence = Evidence.objects.get()
    assert (evidence.table, evidence.row, evidence.column) == ("topic_by_district", "housing", "8")
    assert evidence.finding == Finding.objects.get()


def signal():
    return {
        "id": "topic_district:housing:8", "kind": "topic_district", "table": "topic_by_district", "row": "housing",
        "column": "8", "topic": "housing", "barrier": "", "district": "8", "part": 45, "whole": 100, "share": 45,
        "city_share": 30, "names": {"topic": ["Wohnen", "Housing"], "district": ["Kalk", "Kalk"]},
    }  # fmt: skip
