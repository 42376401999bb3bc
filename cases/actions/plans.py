"""Making a plan, agreeing on it, looking at it again, and how far its goals are."""

import uuid
from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions.files import enter_phase
from cases.actions.guards import hold_open
from cases.models import Case, Goal, PlanReview, Step, SupportPlan
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM
from kim.users.models import User

BEFORE_IMPLEMENTATION = (Case.Status.CLEARING, Case.Status.ASSESSMENT, Case.Status.PLANNING)


def draft_of(case: Case, *, by: User) -> SupportPlan:
    """The draft of a case; if there is none, a new one that starts as a copy of the agreed plan.

    Of two clicks at once one makes it and both work on it. Raises ValidationError in a closed case.
    """
    if draft := case.plans.drafts().first():
        return draft
    try:
        with transaction.atomic():
            return _new_draft(case, by)
    except IntegrityError:
        return case.plans.drafts().get()


def _new_draft(case: Case, by: User) -> SupportPlan:
    hold_open(case)
    agreed = case.plans.agreed().first()
    number = (case.plans.aggregate(latest=Max("number"))["latest"] or 0) + 1
    draft = SupportPlan(case=case, number=number, created_by=by, intro=agreed.intro if agreed else "")
    draft.save(force_insert=True)
    if agreed is not None:
        _copy_goals(agreed, draft, by)
    record("plan.drafted", by=by, subject=case)
    return draft


def _copy_goals(source: SupportPlan, target: SupportPlan, by: User) -> None:
    for goal in source.goals.prefetch_related("steps"):
        steps = list(goal.steps.all())
        before = goal.pk
        goal.pk, goal.form_key, goal.continues_id = uuid.uuid4(), uuid.uuid4(), before
        goal.plan, goal.version, goal.created_by, goal.created_at = target, 1, by, timezone.now()
        goal.save(force_insert=True)
        for step in steps:
            step.continues_id, step.pk, step.goal = step.pk, uuid.uuid4(), goal
            step.save(force_insert=True)


def _claim_draft(plan: SupportPlan) -> None:
    """Only a draft changes its goals. One conditional UPDATE decides between a change and an agreement."""
    drafts = SupportPlan.objects.drafts().filter(pk=plan.pk)
    if not drafts.update(version=F("version") + 1):
        raise ValidationError(_("Dieser Plan ist inzwischen vereinbart. Für Änderungen bitte den Plan fortschreiben."))


@transaction.atomic
def change_intro(plan: SupportPlan, *, opened_version: int, by: User) -> None:
    """Save over the version that was opened; raises ChangedMeanwhile."""
    hold_open(plan.case)
    if not plan.is_draft:
        raise ValidationError(_("Dieser Plan ist inzwischen vereinbart. Für Änderungen bitte den Plan fortschreiben."))
    plan.save_version(opened_version)
    record("plan.changed", by=by, subject=plan.case, fields=["intro"])


def add_goal(goal: Goal, *, case: Case, steps: Sequence[Step], by: User) -> Goal:
    """Save a goal with its steps in the draft; the first goal of a case makes the draft. Once for each form."""
    goal.created_by = by
    if first := goal.first_result(by):
        return first
    try:
        with transaction.atomic():
            if case.plans.agreed().exists() and not case.plans.drafts().exists():
                raise ValidationError(_("Der Plan ist vereinbart. Für ein neues Ziel bitte den Plan fortschreiben."))
            goal.plan = draft_of(case, by=by)
            hold_open(case)
            _claim_draft(goal.plan)
            goal.position = goal.plan.goals.count()
            goal.save(force_insert=True)
            _keep_steps(goal, steps)
            record("goal.added", by=by, subject=case)
            return goal
    except IntegrityError:
        if first := goal.first_result(by):
            return first
        raise ValidationError(NOT_YOUR_FORM) from None


@transaction.atomic
def change_goal(goal: Goal, *, opened_version: int, steps: Sequence[Step], fields: list[str], by: User) -> None:
    """Save a goal and exactly these steps over the version that was opened; raises ChangedMeanwhile."""
    hold_open(goal.plan.case)
    _claim_draft(goal.plan)
    goal.save_version(opened_version)
    _keep_steps(goal, steps)
    record("goal.changed", by=by, subject=goal.plan.case, fields=fields)


def _keep_steps(goal: Goal, steps: Sequence[Step]) -> None:
    goal.steps.exclude(pk__in=[step.pk for step in steps]).delete()
    for position, step in enumerate(steps):
        step.goal, step.position = goal, position
        step.save()


@transaction.atomic
def remove_goal(goal: Goal, *, by: User) -> None:
    hold_open(goal.plan.case)
    _claim_draft(goal.plan)
    goal.delete()
    record("goal.removed", by=by, subject=goal.plan.case)


@transaction.atomic
def discard_draft(plan: SupportPlan, *, by: User) -> None:
    hold_open(plan.case)
    _claim_draft(plan)
    plan.delete()
    record("plan.discarded", by=by, subject=plan.case)


@transaction.atomic
def agree_plan(
    plan: SupportPlan,
    *,
    opened_version: int,
    agreed_on: date,
    agreed_how: str,
    review_on: date,
    start_implementation: bool,
    by: User,
) -> None:
    """Put exactly the draft that was looked at into force; the plan before it is superseded on the same day.

    What was reached meanwhile on the old plan stands in the new one. Raises ChangedMeanwhile when the draft was
    changed or agreed since, ValidationError when it may not be agreed.
    """
    case = plan.case
    hold_open(case)
    old = case.plans.agreed().select_for_update().first()
    if old is not None and plan.is_draft:
        _supersede(old, on=agreed_on)
    plan.agree(on=agreed_on, how=agreed_how, review_on=review_on)
    plan.save_version(opened_version)
    if old is not None:
        _carry_progress(plan)
    if start_implementation and case.status in BEFORE_IMPLEMENTATION:
        enter_phase(case, phase=Case.Status.IMPLEMENTATION, by=by)
    record("plan.agreed", by=by, subject=case)


def _supersede(old: SupportPlan, *, on: date) -> None:
    if old.agreed_on is not None and on < old.agreed_on:
        raise ValidationError(
            {
                "agreed_on": _("Der bisherige Plan ist vom %(day)s; der neue kann nicht älter sein.")
                % {"day": f"{old.agreed_on:%d.%m.%Y}"}
            }
        )
    SupportPlan.objects.agreed().filter(pk=old.pk).update(
        status=SupportPlan.Status.SUPERSEDED, superseded_on=on, version=F("version") + 1
    )


def _carry_progress(plan: SupportPlan) -> None:
    for goal in plan.goals.exclude(continues=None).select_related("continues"):
        facts = {name: getattr(goal.continues, name) for name in ("status", "is_system_hurdle", "settled_on")}
        Goal.objects.filter(pk=goal.pk).update(**facts)
    for step in Step.objects.filter(goal__plan=plan).exclude(continues=None).select_related("continues"):
        Step.objects.filter(pk=step.pk).update(done_on=step.continues.done_on if step.continues else None)


@transaction.atomic
def keep_plan(plan: SupportPlan, *, opened_version: int, next_on: date, by: User) -> None:
    """The review found nothing to change: the plan goes on until the next one. Raises ChangedMeanwhile."""
    hold_open(plan.case)
    was_due_on = plan.review_on
    plan.keep_until(next_on)
    plan.save_version(opened_version)
    assert was_due_on is not None  # an agreed plan has a day of review
    PlanReview.objects.create(plan=plan, was_due_on=was_due_on, next_on=next_on, recorded_by=by)
    record("plan.reviewed", by=by, subject=plan.case)


def _hold_agreed(plan: SupportPlan) -> None:
    """Progress belongs to the plan in force; a colleague who is just agreeing on the next one waits."""
    in_force = SupportPlan.objects.select_for_update().agreed().filter(pk=plan.pk)
    if not list(in_force.values_list("pk")):
        raise ValidationError(_("Dieser Stand gehört nicht zum vereinbarten Plan. Bitte den Plan neu öffnen."))


@transaction.atomic
def settle_goal(goal: Goal, *, status: str, is_system_hurdle: bool | None, by: User) -> None:
    """Say how far a goal is. Of two people at once one is first, the other is told (ChangedMeanwhile)."""
    hold_open(goal.plan.case)
    _hold_agreed(goal.plan)
    version = goal.version
    goal.settle(status, is_system_hurdle=is_system_hurdle)
    goal.save_version(version)
    record("goal.settled", by=by, subject=goal.plan.case)


@transaction.atomic
def mark_step(step: Step, *, is_done: bool, by: User) -> None:
    """Tick a step off, or take that back."""
    plan = step.goal.plan
    hold_open(plan.case)
    _hold_agreed(plan)
    unlike = Step.objects.filter(pk=step.pk, done_on__isnull=is_done)
    if not unlike.update(done_on=timezone.localdate() if is_done else None):
        raise ValidationError(_("Das ist schon eingetragen."))
    record("step.done" if is_done else "step.reopened", by=by, subject=plan.case)


@transaction.atomic
def record_takeaway(case: Case, *, by: User) -> None:
    record("plan.printed", by=by, subject=case)
