"""Planning conferences: the agenda comes from the data, decisions flow back, and the minutes stay."""

from datetime import timedelta

import pytest

from reports.actions.findings import bundle
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
    words_of,
)
from tests.test_measures import german, measure_data, signal, verdict_data

pytestmark = pytest.mark.django_db
Status = Finding.Status


def in_days(number):
    return today() + timedelta(days=number)


def on_the_agenda(conference, part="findings"):
    return {item.finding for item in agenda(conference, today())[part]}


def signals_of(conference):
    return [(each.key, each.period) for each in agenda(conference, today())["signals"]]


def report_with_a_signal(period="2026-3", *signals):
    report = ReportFactory(period=period)
    report.figures["signals"] = [*signals] or [signal()]
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
    conference = Conference.objects.get(pk=conference.pk)
    assert [measure for measure, _late in agenda(conference, today())["measures"]] == [overdue, soon]


def test_the_agenda_is_for_the_day_of_the_meeting(as_coordination):
    conference = ConferenceFactory(held_on=in_days(10), body="office")
    due, late = FindingFactory(due_on=in_days(10)), FindingFactory(due_on=in_days(11))
    silent, quiet = FindingFactory(moved_on=in_days(-19)), FindingFactory(moved_on=in_days(-18))
    overdue = MeasureFactory(due_on=in_days(9))
    in_time, last = (MeasureFactory(due_on=in_days(days)) for days in (10, 101))
    MeasureFactory(due_on=in_days(102))
    assert on_the_agenda(conference) == {due, silent, overdue.finding}
    assert not on_the_agenda(conference) & {late, quiet}
    assert agenda(conference, today())["measures"] == [(overdue, True), (in_time, False), (last, False)]
    page = words_of(as_coordination.get(url("conference", conference.pk)))
    assert f"ist für den {german(in_days(10))} gerechnet" in page


def test_a_meeting_whose_minutes_are_still_open_goes_by_today():
    conference = ConferenceFactory(held_on=in_days(-60), body="office")
    ConferenceFactory(held_on=in_days(-20))
    finding, measure = FindingFactory(due_on=today()), MeasureFactory(due_on=in_days(-1))
    assert on_the_agenda(conference) == {finding, measure.finding}
    assert agenda(conference, today())["measures"] == [(measure, True)]


def test_an_entry_shows_what_one_asks_in_the_room(as_coordination, case_manager, lead):
    conference = ConferenceFactory()
    evidence = EvidenceFactory(finding=FindingFactory(status=Status.STEERING, responsible="Emre Vogt"))
    finding = evidence.finding
    seen = [released(case_manager), released(case_manager), released()]
    bundle(finding, observations=[each.pk for each in seen], by=finding.created_by)
    MeasureFactory(finding=finding, due_on=in_days(-1))
    MeasureFactory(finding=finding, due_on=today(), text="Ein Merkblatt", status="running")
    page = words_of(as_coordination.get(url("conference", conference.pk)))
    entry = page.partition("Zu entscheiden")[2].partition("Beschluss")[0]
    for said in (
        "Emre Vogt", "3 Beobachtungen von 2 Trägern",
        "Hürden: Zuständigkeit ungeklärt (3. Quartal 2026): 30",
        f"beider Ämter · Amt für Wohnen · bis {german(in_days(-1))} · geplant · überfällig",
        f"Ein Merkblatt · Amt für Wohnen · bis {german(today())} · läuft",
    ):  # fmt: skip
        assert said in entry
    assert entry.count("· überfällig") == 1
    shown = words_of(as_coordination.get(url("finding", finding.number)))
    assert "3 Beobachtungen von 2 Trägern" in shown


# --- What stands out


def test_a_signal_is_on_the_agenda_until_it_is_in_a_finding(as_coordination):
    conference, report = ConferenceFactory(), report_with_a_signal()
    assert [each.key for each in agenda(conference, today())["signals"]] == ["topic_district:housing:8"]
    page = as_coordination.get(url("conference", conference.pk)).text
    address = url("finding_new") + f"?bericht={report.pk}&auffaelligkeit=topic_district%3Ahousing%3A8"
    assert address.replace("&", "&amp;") in page
    as_coordination.post(f"{address}&konferenz={conference.pk}", finding_data())
    assert agenda(conference, today())["signals"] == []
    assert [line.step for line in minutes(conference)] == [Decision.OPENED]


@pytest.mark.parametrize("status", [Status.CHECKED, Status.NOT_LOCAL, Status.DROPPED])
def test_a_settled_finding_hides_nothing_and_is_named(as_coordination, status):
    conference, report = ConferenceFactory(), report_with_a_signal()
    place = {name: signal()[name] for name in ("table", "row", "column")}
    evidence = EvidenceFactory(finding=FindingFactory(status=status), report=ReportFactory(period="2025-4"), **place)
    (again,) = agenda(conference, today())["signals"]
    assert (again.finding, again.report) == (evidence.finding, report.pk)
    page = as_coordination.get(url("conference", conference.pk))
    assert f"war schon Bedarf {evidence.finding} ({status.label})" in words_of(page)
    assert f'<a href="{url("finding", evidence.finding.number)}">Bedarf {evidence.finding}</a>' in page.text
    EvidenceFactory(finding=FindingFactory(moved_on=in_days(-300)), report=ReportFactory(period="2025-3"), **place)
    assert agenda(conference, today())["signals"] == []


def test_evidence_of_another_place_hides_nothing():
    conference, _report = ConferenceFactory(), report_with_a_signal()
    for other in ({"column": "9"}, {"row": "health"}, {"table": "topics"}):
        place = {name: signal()[name] for name in ("table", "row", "column")} | other
        EvidenceFactory(**place)
    assert signals_of(conference) == [("topic_district:housing:8", "3. Quartal 2026")]


def test_of_reports_with_the_same_end_the_shortest_speaks_first_and_nothing_twice():
    conference, risen = ConferenceFactory(), signal() | {"id": "topic_district:housing:9", "column": "9"}
    report_with_a_signal("2026-1", signal() | {"id": "topic_district:housing:1", "column": "1"})
    report_with_a_signal("2026-H1", risen, signal())
    assert signals_of(conference) == [
        ("topic_district:housing:9", "1. Halbjahr 2026"), ("topic_district:housing:8", "1. Halbjahr 2026"),
    ]  # fmt: skip
    report_with_a_signal("2026-2")
    both = [("topic_district:housing:8", "2. Quartal 2026"), ("topic_district:housing:9", "1. Halbjahr 2026")]
    assert signals_of(conference) == both
    ReportFactory(period="2026", building=True)
    assert signals_of(conference) == both
    ReportFactory(period="2026-3")
    assert signals_of(conference) == []


def test_of_a_corrected_report_the_last_version_speaks():
    conference, _first = ConferenceFactory(), report_with_a_signal()
    ReportFactory(period="2026-3", second=True)
    assert signals_of(conference) == []


# --- Decisions


def test_a_decision_in_the_meeting_changes_the_finding_and_is_in_the_minutes(as_coordination):
    conference = ConferenceFactory(held_on=in_days(-2))
    finding = FindingFactory(status=Status.STEERING)
    page = as_coordination.get(url("conference", conference.pk))
    (_item, form), *_rest = page.context["findings"]
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
    forms = {item.finding: form for item, form in answer.context["findings"]}
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


def test_progress_of_a_measure_decides_nothing_about_its_finding(as_coordination):
    conference, finding = ConferenceFactory(), FindingFactory(status=Status.STEERING)
    measure = MeasureFactory(finding=finding)
    address = url("measure_change", measure.pk, konferenz=conference.pk)
    as_coordination.post(address, measure_data(measure, status="running"))
    assert on_the_agenda(conference) == {finding}
    as_coordination.post(url("conference", conference.pk), form_of(finding, "note", text="Im Herbst wieder."))
    assert on_the_agenda(conference) == set()


def test_an_effect_that_is_due_is_judged_in_the_meeting_and_is_in_its_minutes(as_coordination):
    conference = ConferenceFactory(body="steering_group")
    finding = FindingFactory(status=Status.DONE, due_on=today())
    first, second = (MeasureFactory(finding=finding, done=True, text=text) for text in ("Sprechstunde", "Merkblatt"))
    MeasureFactory(finding=FindingFactory(status=Status.DONE, due_on=in_days(1)), done=True)
    assert (on_the_agenda(conference), on_the_agenda(conference, "checks")) == (set(), {finding})
    for measure in (first, second):
        address = url("measure_effect", measure.pk, konferenz=conference.pk)
        assert f'href="{address}"' in as_coordination.get(url("conference", conference.pk)).text
        assert f'href="{url("conference", conference.pk)}"' in as_coordination.get(address).text
        answer = as_coordination.post(address, verdict_data(measure, verdict="partly", text=f"{measure.text} half."))
        assert answer["Location"] == url("conference", conference.pk)
        assert on_the_agenda(conference, "checks") == ({finding} if measure == first else set())
    assert [(line.step, line.measure, line.body) for line in minutes(conference)] == [
        (Decision.VERDICT, first, "steering_group"), (Decision.VERDICT, second, "steering_group"),
        ("check", None, "steering_group"),
    ]  # fmt: skip
    page = words_of(as_coordination.get(url("conference", conference.pk)))
    assert "Wirkung beurteilt: Merkblatt teilweise geholfen Merkblatt half." in page.partition("Niederschrift")[2]


def test_a_done_finding_that_is_judged_is_to_be_decided_about_as_before():
    conference = ConferenceFactory()
    finding = FindingFactory(status=Status.DONE, due_on=today())
    MeasureFactory(finding=finding, done=True, verdict="not", verdict_text="Nein.", verdict_on=today())
    assert (on_the_agenda(conference), on_the_agenda(conference, "checks")) == ({finding}, set())


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
    done = MeasureFactory(done=True)
    answer = as_coordination.post(url("measure_effect", done.pk, konferenz=conference.pk), verdict_data(done))
    assert answer["Location"] == url("finding", done.finding.number)
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
        finding = EvidenceFactory(finding=FindingFactory(status=Status.STEERING)).finding
        bundle(finding, observations=[released().pk], by=finding.created_by)
        done = FindingFactory(status=Status.DONE, due_on=today())
        EvidenceFactory(finding=done)
        MeasureFactory(finding=done, done=True)
        MeasureFactory(finding=FindingFactory(status=Status.AGREED, due_on=today()), done=True)
        released()
    assert queries(lambda: as_coordination.get(url("conference", conference.pk))) == 12


def test_a_number_that_no_database_can_look_for_decides_nothing(as_coordination):
    conference = ConferenceFactory()
    assert (
        as_coordination.post(url("conference", conference.pk), {"finding": "B\0", "step": "review"}).status_code == 200
    )
    assert not Decision.objects.exists()
