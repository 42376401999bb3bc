"""Findings and measures: each refusal and each border by itself, below forms and pages."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cases.models import Observation
from districts.models import Topic
from kim.audit.models import Entry
from reports.actions.conferences import close_conference, remind_of_findings
from reports.actions.findings import bundle, decide, note_evidence, open_finding, set_aside
from reports.models import Decision, Finding, FindingSource, Measure
from reports.models.finding import FindingQuerySet, FindingSourceQuerySet
from tests.factories import ReportFactory, today
from tests.findings import ConferenceFactory, EvidenceFactory, FindingFactory, MeasureFactory, released

pytestmark = pytest.mark.django_db
Status = Finding.Status
ADVISED = {"agree", "not_local", "drop", "note"}


def on(days):
    return today() - timedelta(days=days)


def decided(finding, step, *, by, due_on=None, **given):
    decision = Decision(finding=finding, step=step, text="So ist es beschlossen.", decided_on=on(3))
    return decide(decision, opened_version=finding.version, due_on=due_on, by=by, **given)


# --- Which step is possible where, and where it leads


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        (Status.BUNDLED, {"review", "drop", "note"}),
        (Status.REVIEW, ADVISED | {"working_group", "steering"}),
        (Status.WORKING_GROUP, ADVISED | {"steering"}),
        (Status.STEERING, ADVISED | {"working_group"}),
        (Status.AGREED, {"agree", "finish", "resume", "note"}),
        (Status.DONE, {"check", "resume", "note"}),
        (Status.CHECKED, {"resume"}),
        (Status.NOT_LOCAL, {"resume"}),
        (Status.DROPPED, {"resume"}),
    ],
)
def test_what_can_be_decided_in_each_stand(status, steps):
    assert set(Finding(status=status).steps) == steps


@pytest.mark.parametrize(
    ("status", "step", "after"),
    [
        (Status.BUNDLED, "review", Status.REVIEW), (Status.REVIEW, "working_group", Status.WORKING_GROUP),
        (Status.WORKING_GROUP, "steering", Status.STEERING), (Status.STEERING, "agree", Status.AGREED),
        (Status.AGREED, "agree", Status.AGREED), (Status.DONE, "check", Status.CHECKED),
        (Status.REVIEW, "not_local", Status.NOT_LOCAL), (Status.BUNDLED, "drop", Status.DROPPED),
        (Status.CHECKED, "resume", Status.REVIEW), (Status.STEERING, "note", Status.STEERING),
    ],
)  # fmt: skip
def test_where_a_step_leads(status, step, after):
    finding = FindingFactory(status=status)
    finding.move(step, due_on=None)
    assert Finding.objects.get().status == after


# --- What waits


@pytest.mark.parametrize(
    ("status", "due", "silent", "is_due", "is_still"),
    [
        (Status.REVIEW, 0, 0, True, False), (Status.REVIEW, -1, 60, False, False),
        (Status.REVIEW, None, 28, False, False), (Status.REVIEW, None, 29, False, True),
        (Status.DROPPED, 0, 60, False, False), (Status.DROPPED, None, 60, False, False),
    ],
)  # fmt: skip
def test_only_what_is_open_can_be_due_or_still(status, due, silent, is_due, is_still):
    finding = Finding(status=status, due_on=None if due is None else on(due), moved_on=on(silent))
    assert (finding.is_due(today()), finding.is_still(today())) == (is_due, is_still)


@pytest.mark.parametrize(
    ("status", "due", "is_overdue"),
    [("running", 1, True), ("running", 0, False), ("done", 1, False), ("given_up", 1, False)],
)
def test_only_an_open_measure_can_be_overdue_and_not_on_its_day(status, due, is_overdue):
    assert Measure(status=status, due_on=on(due)).is_overdue(today()) is is_overdue


# --- What the database refuses


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"status": "running", "done_on": on(1)}, "measure_done_with_day"),
        ({"status": "done", "done_on": None}, "measure_done_with_day"),
        ({"verdict": "helped", "verdict_on": None}, "measure_verdict_with_day"),
        ({"verdict": "", "verdict_on": on(1)}, "measure_verdict_with_day"),
    ],
)
def test_a_measure_has_its_days_and_no_others(wrong, constraint):
    measure = MeasureFactory(done=True)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Measure.objects.filter(pk=measure.pk).update(**wrong)


@pytest.mark.parametrize("is_bundled", [True, False])
def test_an_observation_is_in_a_finding_or_set_aside_with_a_reason(coordination, is_bundled):
    observation = released()
    if is_bundled:
        bundle(FindingFactory(), observations=[observation.pk], by=coordination)
    else:
        set_aside([observation.pk], reason="Schon geregelt.", by=coordination)
    wrong = {"reason": "Und doch nicht."} if is_bundled else {"reason": ""}
    with pytest.raises(IntegrityError, match="finding_source_bundled_or_set_aside"), transaction.atomic():
        FindingSource.objects.update(**wrong)


# --- What an action refuses, whatever the form let through


@pytest.mark.parametrize("status", [Status.CHECKED, Status.NOT_LOCAL, Status.DROPPED])
def test_a_closed_finding_takes_no_observation(coordination, status):
    finding, observation = FindingFactory(status=status), released()
    with pytest.raises(ValidationError, match="schon abgeschlossen"):
        bundle(finding, observations=[observation.pk], by=coordination)
    assert not FindingSource.objects.exists()


def test_an_agreement_names_its_measure(coordination):
    finding = FindingFactory(status=Status.STEERING)
    with pytest.raises(ValidationError, match="Bitte die Maßnahme"):
        decided(finding, "agree", by=coordination)
    assert Finding.objects.get().status == Status.STEERING
    decided(finding, "agree", by=coordination, measure=Measure(text="Sprechstunde", owner="Amt", due_on=on(-30)))
    assert Measure.objects.get().decision == Decision.objects.get()


def test_only_a_finding_that_is_done_gets_a_day_by_itself(coordination):
    finding = FindingFactory(status=Status.AGREED)
    MeasureFactory(finding=finding, done=True)
    decided(finding, "note", by=coordination)
    assert Finding.objects.get().due_on is None
    decided(finding, "finish", by=coordination)
    assert Finding.objects.get().due_on == on(3) + timedelta(days=182)


@pytest.mark.parametrize("day", [on(-10), on(-400)])
def test_a_day_that_is_named_stays(coordination, day):
    finding = FindingFactory(status=Status.AGREED)
    MeasureFactory(finding=finding, done=True)
    decided(finding, "finish", by=coordination, due_on=day)
    assert Finding.objects.get().due_on == day


@pytest.mark.parametrize(
    ("step", "feedback", "told"), [("note", "", 0), ("note", "Wir sind dran.", 1), ("steering", "", 1)]
)
def test_the_writers_are_told_of_a_new_stand_or_in_words(coordination, step, feedback, told):
    finding = FindingFactory(status=Status.REVIEW)
    bundle(finding, observations=[released().pk], by=coordination)
    before = Entry.objects.filter(action="observation.outcome_told").count()
    decided(finding, step, by=coordination, feedback=feedback)
    assert Entry.objects.filter(action="observation.outcome_told").count() == before + told
    assert Observation.objects.get().outcome_text == feedback


def test_a_conference_is_closed_once(coordination):
    conference = ConferenceFactory()
    close_conference(conference, by=coordination)
    with pytest.raises(ValidationError, match="schon abgeschlossen"):
        close_conference(conference, by=coordination)
    assert Entry.objects.filter(action="conference.closed").count() == 1


# --- Of two in the same moment, and twice


def new_finding(by):
    finding = Finding(title="Zur gleichen Zeit", description="-", barrier="costs")
    links = {"topics": [Topic.objects.get(code="housing")]}
    return open_finding(finding, links=links, observations=[], evidence=None, conference=None, by=by)


def numbers(monkeypatch, *found):
    """What the next free numbers seem to be, one after the other."""
    waiting = iter(found)
    monkeypatch.setattr(FindingQuerySet, "next_number", lambda self, year: next(waiting))


def test_a_number_that_somebody_took_meanwhile_is_counted_anew(coordination, monkeypatch):
    FindingFactory(number="B-2026-001")
    numbers(monkeypatch, "B-2026-001", "B-2026-002")
    assert new_finding(coordination).number == "B-2026-002"


def test_a_number_is_not_looked_for_without_end(coordination, monkeypatch):
    FindingFactory(number="B-2026-001")
    numbers(monkeypatch, *["B-2026-001"] * 5)
    with pytest.raises(ValidationError):
        new_finding(coordination)
    assert Finding.objects.count() == 1


def test_an_observation_that_somebody_took_meanwhile_is_refused_in_words(coordination, monkeypatch):
    def taken(self, rows):
        raise IntegrityError

    monkeypatch.setattr(FindingSourceQuerySet, "bulk_create", taken)
    with pytest.raises(ValidationError, match="schon in einem Bedarf"):
        bundle(FindingFactory(), observations=[released().pk], by=coordination)


def test_a_figure_is_noted_once_and_so_it_is_logged(coordination):
    evidence = EvidenceFactory.build(finding=FindingFactory(), report=ReportFactory())
    assert [note_evidence(evidence, by=coordination) for _click in range(2)] == [True, False]
    assert Entry.objects.filter(action="finding.evidence_added").count() == 1


def test_where_nothing_waits_nothing_is_logged():
    FindingFactory()
    assert remind_of_findings(today()) == 0
    assert not Entry.objects.filter(action="finding.reminded").exists()
