"""From released observations to a finding, and every decision about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kim.audit.models import record
from kim.records import NOT_YOUR_FORM
from kim.users.models import User
from reports.actions.feedback import tell_set_aside, tell_writers
from reports.models import Conference, Decision, Evidence, Finding, FindingSource, Measure
from reports.models.conference import Body
from reports.queries.observations import released

EFFECT_AFTER = timedelta(days=182)  # when nobody names a day to look at the effect
TRIES = 5  # for a free number, when several open a finding in the same moment
CLOSED = _("Dieser Bedarf ist schon abgeschlossen.")
TAKEN = _("Eine der Beobachtungen ist schon in einem Bedarf oder nicht mehr freigegeben. Bitte neu auswählen.")


def open_finding(
    finding: Finding,
    *,
    links: dict[str, Any],
    observations: Iterable[UUID],
    evidence: Evidence | None,
    conference: Conference | None,
    by: User,
) -> Finding:
    """Save a validated finding once, however often its form is sent. `links`: topics, districts, institutions."""
    finding.created_by = by
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                finding.number = Finding.objects.next_number(timezone.localdate().year)
                finding.save(force_insert=True)
                _link(finding, links)
                _take(finding, observations)
                if evidence is not None:
                    evidence.finding = finding
                    evidence.save(force_insert=True)
                _write(finding, Decision.OPENED, by=by, conference=conference)
                tell_writers(finding, text="", by=by)
                record("finding.opened", by=by, subject=finding)
                return finding
        except IntegrityError:
            finding.pk = None
            if first := finding.first_result(by):
                return first
    raise ValidationError(NOT_YOUR_FORM)


@transaction.atomic
def change_finding(finding: Finding, *, links: dict[str, Any], opened_version: int, by: User) -> None:
    """Save over the version that was opened; raises ChangedMeanwhile."""
    finding.save_version(opened_version)
    _link(finding, links)
    record("finding.changed", by=by, subject=finding)


@transaction.atomic
def bundle(finding: Finding, *, observations: Iterable[UUID], by: User) -> None:
    """More observations that show the same; all of them, or none."""
    if not finding.is_open:
        raise ValidationError(CLOSED)
    _take(finding, observations)
    _touch(finding)
    _write(finding, Decision.BUNDLED, by=by)
    tell_writers(finding, text="", by=by)
    record("finding.bundled", by=by, subject=finding)


@transaction.atomic
def set_aside(observations: Iterable[UUID], *, reason: str, by: User) -> None:
    """Out of the inbox without a finding; whoever wrote them reads the reason."""
    keys = list(observations)
    _take(None, keys, reason=reason)
    tell_set_aside(keys, reason=reason, by=by)
    record("finding.set_aside", by=by, organisation="city", count=len(keys))


@transaction.atomic
def decide(
    decision: Decision,
    *,
    opened_version: int,
    due_on: date | None,
    measure: Measure | None = None,
    feedback: str = "",
    by: User,
) -> Decision:
    """Take the step of a validated decision over the version that was opened; raises ChangedMeanwhile.

    `measure` is what an agreement agrees on.
    """
    finding, was = decision.finding, decision.finding.status
    if decision.step == "agree" and measure is None:
        raise ValidationError(_("Bitte die Maßnahme, die zuständige Stelle und die Frist angeben."))
    if decision.step == "finish" and due_on is None:
        due_on = decision.decided_on + EFFECT_AFTER
    finding.version = opened_version
    finding.move(decision.step, due_on=due_on)
    decision.created_by, decision.after = by, finding.status
    decision.save(force_insert=True)
    if measure is not None:
        measure.finding, measure.decision = finding, decision
        measure.save(force_insert=True)
    if feedback or finding.status != was:
        tell_writers(finding, text=feedback, by=by)
    record("finding.decided", by=by, subject=finding, step=decision.step, body=decision.body)
    return decision


@transaction.atomic
def note_evidence(evidence: Evidence, *, by: User) -> bool:
    """Whether it is new: a second click finds the figure noted."""
    kept = {name: getattr(evidence, name) for name in ("report", "table", "row", "column")}
    texts = {name: getattr(evidence, name) for name in ("label", "label_en", "value")}
    _evidence, is_new = evidence.finding.evidence.get_or_create(**kept, defaults=texts)
    if is_new:
        record("finding.evidence_added", by=by, subject=evidence.finding, report=evidence.report.period)
    return is_new


@transaction.atomic
def take_up(evidence: Evidence, *, text: str, conference: Conference | None, by: User) -> bool:
    """What stood out joins a finding that is open: its figure as evidence, `text` in the history.

    Whether it is new: a second click or a second person doubles nothing.
    """
    if not note_evidence(evidence, by=by):
        return False
    if not Finding.objects.open().filter(pk=evidence.finding_id).update(moved_on=timezone.localdate()):
        raise ValidationError(CLOSED)
    _write(evidence.finding, Decision.EVIDENCE, text=text, conference=conference, by=by)
    return True


@transaction.atomic
def remove_evidence(evidence: Evidence, *, by: User) -> None:
    if evidence.measures.exists():
        raise ValidationError(_("An dieser Zahl wird die Wirkung einer Maßnahme gemessen."))
    evidence.delete()
    record("finding.evidence_removed", by=by, subject=evidence.finding, report=evidence.report.period)


# --- Measures


@transaction.atomic
def advance(
    measure: Measure, *, opened_version: int, note: str, conference: Conference | None = None, by: User
) -> None:
    """Save what became of a measure over the version that was opened, and add it to the history of its finding."""
    if measure.status != Measure.Status.DONE and measure.verdict:
        raise ValidationError(_("Die Wirkung ist schon beurteilt, die Maßnahme bleibt umgesetzt."))
    measure.save_version(opened_version)
    _touch(measure.finding)
    _write(measure.finding, Decision.MEASURE, text=note, measure=measure, conference=conference, by=by)
    record("measure.changed", by=by, subject=measure, status=measure.status)


@transaction.atomic
def judge(
    measure: Measure, *, verdict: str, text: str, opened_version: int, conference: Conference | None = None, by: User
) -> None:
    """Say whether it helped. With the last verdict of a finding that is done, its effect is checked."""
    measure.judge(verdict, text)
    measure.save_version(opened_version)
    finding = measure.finding
    _write(finding, Decision.VERDICT, text=text, measure=measure, after=verdict, conference=conference, by=by)
    is_last = not finding.measures.filter(status=Measure.Status.DONE, verdict="").exists()
    if "check" in finding.steps and is_last:
        finding.move("check", due_on=None)
        _write(finding, "check", conference=conference, by=by)
    else:
        _touch(finding)
    tell_writers(finding, text=text, by=by)
    record("measure.judged", by=by, subject=measure, verdict=verdict)


# --- Parts


def _link(finding: Finding, links: dict[str, Any]) -> None:
    for name, rows in links.items():
        getattr(finding, name).set(rows)


def _take(finding: Finding | None, keys: Iterable[UUID], reason: str = "") -> None:
    wanted = set(keys)
    seen = released(wanted)
    if len(seen) != len(wanted) or FindingSource.objects.filter(observation__in=wanted).exists():
        raise ValidationError(TAKEN)
    rows = [
        FindingSource(
            finding=finding, observation=each.key, topic=each.topic, barrier=each.barrier, district=each.district,
            released_on=each.released_on, reason=reason,
        )
        for each in seen
    ]  # fmt: skip
    try:
        with transaction.atomic():
            FindingSource.objects.bulk_create(rows)
    except IntegrityError:  # somebody else took one in the same moment
        raise ValidationError(TAKEN) from None


def _touch(finding: Finding) -> None:
    finding.moved_on = timezone.localdate()
    Finding.objects.filter(pk=finding.pk).update(moved_on=finding.moved_on)


def _write(
    finding: Finding,
    step: str,
    *,
    by: User,
    text: str = "",
    measure: Measure | None = None,
    after: str = "",
    conference: Conference | None = None,
) -> None:
    """A line of the history that no form of its own asks for. `after`: what it led to, if that is not a stand."""
    Decision.objects.create(
        finding=finding, step=step, text=text, measure=measure, conference=conference, created_by=by,
        after=after or (measure or finding).status, body=conference.body if conference else Body.OFFICE,
    )  # fmt: skip
