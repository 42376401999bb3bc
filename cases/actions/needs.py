"""Needs and the network: what an assessment found, what became of a need, who already helps."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cases.actions.guards import hold_open
from cases.models import Assessment, Need, NeedRating, NetworkContact
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM, ChangedMeanwhile
from kim.users.models import User


@dataclass(frozen=True)
class ChangedNeed:
    """A need that was changed in the form, with the version that was opened."""

    need: Need
    opened_version: int


def assess(
    assessment: Assessment, *, opened_number: int, new: Iterable[Need], changed: Iterable[ChangedNeed], by: User
) -> Assessment:
    """Save what was found for all topics at once, and keep how every need stands on this day.

    Returns the stored assessment: on a repeated submit the one the first submit made. Raises ChangedMeanwhile when
    somebody else assessed the case or changed one of the needs since the form was opened.
    """
    try:
        with transaction.atomic():
            return _assess(assessment, opened_number=opened_number, new=new, changed=changed, by=by)
    except IntegrityError:
        if first := assessment.first_result(by):
            return first
        raise ChangedMeanwhile from None


def _assess(
    assessment: Assessment, *, opened_number: int, new: Iterable[Need], changed: Iterable[ChangedNeed], by: User
) -> Assessment:
    if first := assessment.first_result(by):
        return first
    case = assessment.case
    hold_open(case)
    latest = case.assessments.aggregate(latest=Max("number"))["latest"] or 0
    if latest != opened_number:
        raise ChangedMeanwhile
    for each in changed:
        each.need.save_version(each.opened_version)
    for need in new:
        need.save(force_insert=True)
    assessment.number, assessment.created_by = latest + 1, by
    assessment.save(force_insert=True)
    NeedRating.objects.bulk_create(
        NeedRating(assessment=assessment, need=need, urgency=need.urgency, status=need.status)
        for need in case.needs.order_by("created_at", "pk")
    )
    record("need.assessed", by=by, subject=case)
    return assessment


def add_need(need: Need, *, by: User) -> Need:
    """Save a need that came up between two assessments, once however often its form is sent."""
    need.created_by = by
    try:
        with transaction.atomic():
            hold_open(need.case)
            need.save(force_insert=True)
            record("need.added", by=by, subject=need.case)
            return need
    except IntegrityError:
        if first := need.first_result(by):
            return first
        raise ValidationError(NOT_YOUR_FORM) from None


@transaction.atomic
def change_need(need: Need, *, opened_version: int, fields: list[str], by: User) -> None:
    """Save over the version that was opened; raises ChangedMeanwhile."""
    hold_open(need.case)
    need.save_version(opened_version)
    record("need.changed", by=by, subject=need.case, fields=fields)


@transaction.atomic
def meet_need(need: Need, *, by: User) -> None:
    """Say that a need is met. Of two clicks at once one counts, the other reads that it is done."""
    hold_open(need.case)
    if need.status == Need.Status.MET:
        raise ValidationError(_("Dieser Bedarf ist schon als erfüllt eingetragen."))
    version = need.version
    need.settle(Need.Status.MET)
    need.save_version(version)
    record("need.met", by=by, subject=need.case)


def add_contact(contact: NetworkContact, *, by: User) -> NetworkContact:
    contact.created_by = by
    try:
        with transaction.atomic():
            hold_open(contact.case)
            contact.save(force_insert=True)
            record("network.added", by=by, subject=contact.case)
            return contact
    except IntegrityError:
        if first := contact.first_result(by):
            return first
        raise ValidationError(NOT_YOUR_FORM) from None


@transaction.atomic
def change_contact(contact: NetworkContact, *, opened_version: int, fields: list[str], by: User) -> None:
    """Save over the version that was opened; raises ChangedMeanwhile."""
    hold_open(contact.case)
    contact.save_version(opened_version)
    record("network.changed", by=by, subject=contact.case, fields=fields)


@transaction.atomic
def remove_contact(contact: NetworkContact, *, by: User) -> None:
    """Third parties need not stay: what is no longer needed is deleted, and the log keeps only that it was."""
    hold_open(contact.case)
    contact.delete()
    record("network.removed", by=by, subject=contact.case)
