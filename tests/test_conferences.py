"""Planning conferences: the agenda comes from the data, decisions flow back, and the minutes stay."""

from datetime import timedelta

import pytest

from reports.models import Conference, Decision, Finding
from reports.models.report import checksum_of
from reports.pages.agenda import agenda, minutes
from tests.case_forms import queries, text_of
from tests.factories import ReportFactory, today
from tests.findings import (
    ConferenceFactory,
    EvidenceFactory,
    FindingFactory,
    MeasureFactory,
    finding_data,
    form_of,
    released,
    url,
)
from tests.test_measures import german, measure_data, signal

pytestmark = pytest.mark.django_db
Status = Finding.Status


def in_days(number):
    return today() + timedelta(days=number)


def on_the_agenda(conference):
    return {entry.finding for entry in agenda(conference, today())["findings"]}


def report_with_a_signal():
    report = ReportFactory()
    report.figures["signals"] = [signal()]
    report.checksum = checksum_of(report.figures)
    report.save()
    return report


@pytest.mark.parametrize(
    ("body", "lying"),
    [
        ("steering_committee", "steering"), ("steering_group", "steering"), ("working_group", "working_group"),
        ("project_group", "working_group"), ("office", None),
    ],
)  # fmt: skip
def test_the_agenda_has_what_lies_with_the_body_and_what_waits(body, lying):
    findings = {status: FindingFactory(status=status) for status in Status}
    due = FindingFactory(status=Status.REVIEW, due_on=today())
    silent = FindingFactory(moved_on=in_days(-30))
    FindingFactory(status=Status.DROPPED, due_on=in_days(-1))
    expected = {due, silent} | ({findings[lying]} if lying else set())
    assert on_the_agenda(ConferenceFactory(body=body)) == expected


def test_measures_are_asked_for_until_the_next_meeting():
    conference = ConferenceFactory()
    overdue, soon, later = (MeasureFactory(due_on=in_days(days)) for days in (-1, 30, 90))
    MeasureFactory(due_on=in_days(92))
    MeasureFactory(done=True, due_on=in_days(-1))
    shown = agenda(conference, today())["measures"]
    assert shown == [(overdue, True), (soon, False), (later, False)]
    ConferenceFactory(held_on=in_days(31))
    assert [measure for measure, _late in agenda(conference, today())["measures"]] == [overdue, soon]


def test_a_signal_is_on_the_agenda_until_it_is_in_a_finding(as_coordination):
    conference, report = ConferenceFactory(), report_with_a_signal()
    assert [each.key for each in agenda(conference, today())["signals"]] == ["topic_district:housing:8"]
    page = as_coordination.get(url("conference", conference.pk)).text
    address = url("finding_new") + f"?bericht={report.pk}&auffaelligkeit=topic_district%3Ahousing%3A8"
    assert address.replace("&", "&amp;") in page
    as_coordination.post(f"{address}&konferenz={conference.pk}", finding_data())
    assert agenda(conference, today())["signals"] == []
    assert [line.step for line in minutes(conference)] == [Decision.OPENED]
    Finding.objects.update(status=Status.DROPPED)
    assert len(agenda(conference, today())["signals"]) == 1


def test_a_decision_in_the_meeting_changes_the_finding_and_is_in_the_minutes(as_coordination):
    conference = ConferenceFactory(held_on=in_days(-2))
    finding = FindingFactory(status=Status.STEERING)
    page = as_coordination.get(url("conference", conference.pk))
    (_entry, form), *_rest = page.context["rows"]
    assert (form["body"].value(), form["decided_on"].value()) == ("steering_committee", german(in_days(-2)))
    data = form_of(
        finding, "agree", body="steering_committee", decided_on=german(in_days(-2)),
        measure_text="Sprechstunde", measure_owner="Sozialamt", measure_due_on=german(in_days(40)),
    )  # fmt: skip
    for _click in range(2):
        assert as_coordination.post(url("conference", conference.pk), data).status_code == 302
    finding.refresh_from_db()
    assert (finding.status, finding.decisions.get().conference) == (Status.AGREED, conference)
    assert finding not in on_the_agenda(conference)
    text = text_of(as_coordination.get(url("conference", conference.pk)))
    assert "Sprechstunde" in text.partition("Niederschrift")[2]


def test_what_is_refused_stays_at_its_place_with_what_was_typed(as_coordination):
    conference = ConferenceFactory()
    finding, other = FindingFactory(status=Status.STEERING), FindingFactory(status=Status.STEERING)
    data = form_of(finding, "agree", measure_text="Nur der Text")
    answer = as_coordination.post(url("conference", conference.pk), data)
    forms = {entry.finding: form for entry, form in answer.context["rows"]}
    assert forms[finding].errors
    assert forms[finding]["measure_text"].value() == "Nur der Text"
    assert not forms[other].is_bound
    assert not Decision.objects.exists()


def test_of_two_who_decide_in_the_meeting_the_second_is_told(as_coordination):
    conference, finding = ConferenceFactory(), FindingFactory(status=Status.STEERING)
    stale = form_of(finding, "drop", text="Nein.")
    finding.move("note", due_on=None)
    answer = as_coordination.post(url("conference", conference.pk), stale)
    assert "Inzwischen hat jemand anderes entschieden" in text_of(answer)
    assert Finding.objects.get().status == Status.STEERING


def test_progress_from_the_agenda_leads_back_and_is_in_the_minutes(as_coordination):
    conference, measure = ConferenceFactory(), MeasureFactory(due_on=in_days(-1))
    address = url("measure_change", measure.pk, konferenz=conference.pk)
    answer = as_coordination.post(address, measure_data(measure, status="running"))
    assert answer["Location"] == url("conference", conference.pk)
    assert [line.measure for line in minutes(conference)] == [measure]


def test_a_closed_conference_shows_its_minutes_and_takes_nothing_more(as_coordination):
    conference, finding = ConferenceFactory(), FindingFactory(status=Status.STEERING)
    for _click in range(2):
        as_coordination.post(url("conference_close", conference.pk))
    closed_at = Conference.objects.get().closed_at
    assert closed_at
    data = form_of(finding, "drop", text="Nein.")
    page = as_coordination.post(url("conference", conference.pk), data)
    assert "Zu entscheiden" not in text_of(page)
    assert "Niederschrift" in text_of(page)
    assert Finding.objects.get().status == Status.STEERING
    measure = MeasureFactory()
    late = url("measure_change", measure.pk, konferenz=conference.pk)
    as_coordination.post(late, measure_data(measure))
    assert minutes(conference) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("title", "x" * 500), ("body", "runde"), ("held_on", "bald"), ("held_on", "1.1.1800")],
)
def test_a_conference_that_cannot_be_is_refused(as_coordination, field, value):
    data = {"form_key": "5f0c7b52-6a3c-4a53-8b1c-0d7a3f3f9d10", "title": "Herbst", "body": "office"}
    data |= {"held_on": "1.12.2026", field: value}
    assert field in as_coordination.post(url("conference_new"), data).context["form"].errors
    assert not Conference.objects.exists()


def test_a_second_click_calls_one_conference(as_coordination):
    data = {
        "form_key": "5f0c7b52-6a3c-4a53-8b1c-0d7a3f3f9d10", "title": "Herbst", "body": "steering_group",
        "held_on": "1.12.2026",
    }  # fmt: skip
    answers = [as_coordination.post(url("conference_new"), data) for _click in range(2)]
    assert {answer["Location"] for answer in answers} == {url("conference", Conference.objects.get().pk)}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_agenda_asks_no_more_for_more_rows(as_coordination, rows):
    conference = ConferenceFactory()
    report_with_a_signal()
    for _row in range(rows):
        MeasureFactory(due_on=in_days(-1))
        EvidenceFactory(finding=FindingFactory(status=Status.STEERING))
        released()
    assert queries(lambda: as_coordination.get(url("conference", conference.pk))) == 12


def test_a_number_that_no_database_can_look_for_decides_nothing(as_coordination):
    conference = ConferenceFactory()
    assert (
        as_coordination.post(url("conference", conference.pk), {"finding": "B\0", "step": "review"}).status_code == 200
    )
    assert not Decision.objects.exists()
