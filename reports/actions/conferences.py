"""Calling a planning conference and closing its minutes; and the nightly word about what nobody has moved."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kim.audit.models import record
from kim.records import NOT_YOUR_FORM
from kim.users.models import User
from reports.actions.feedback import remind
from reports.models import Conference, Finding


def open_conference(conference: Conference, *, by: User) -> Conference:
    """Save a validated conference once, however often its form is sent."""
    conference.created_by = by
    try:
        with transaction.atomic():
            conference.save(force_insert=True)
            record("conference.opened", by=by, subject=conference)
            return conference
    except IntegrityError:
        if first := conference.first_result(by):
            return first
        raise ValidationError(NOT_YOUR_FORM) from None


@transaction.atomic
def close_conference(conference: Conference, *, by: User) -> None:
    """From now on its page shows the minutes only."""
    conference.close()
    conference.save(update_fields=["closed_at"])
    record("conference.closed", by=by, subject=conference)


@transaction.atomic
def remind_of_findings(today: date) -> int:
    """Once a week for each finding that waits for somebody."""
    waiting = list(Finding.objects.needing_attention(today).unreminded(today))
    for finding in waiting:
        remind(finding)
    Finding.objects.filter(pk__in=[finding.pk for finding in waiting]).update(reminded_on=today)
    if waiting:
        record("finding.reminded", by=None, count=len(waiting))
    return len(waiting)
