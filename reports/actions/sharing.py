"""What leaves a trace: reports that leave the house, by file or by link."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kim.audit.models import record
from kim.users.models import User
from reports.models import Report, ReportLink
from reports.models.link import LINK_TAKEN


def note_export(report: Report, *, what: str, by: User) -> None:
    with transaction.atomic():
        record("report.exported", by=by, subject=report, what=what)


def share_report(report: Report, *, label: str, valid_until: date, by: User) -> str:
    """Make a link to this report and return its secret, which is stored nowhere. Raises ValidationError.

    Two people may name the same recipient in the same moment: the database takes one of them.
    """
    link = ReportLink(report=report, label=label, valid_until=valid_until, created_by=by)
    token = link.new_token()
    link.full_clean()
    try:
        with transaction.atomic():
            link.save()
            record("report.shared", by=by, subject=report, link=link.pk, until=valid_until.isoformat())
    except IntegrityError:
        raise ValidationError(LINK_TAKEN) from None
    return token


@transaction.atomic
def revoke_link(link: ReportLink, *, by: User) -> None:
    link.revoke()
    link.save(update_fields=["revoked_at"])
    record("report.unshared", by=by, subject=link.report, link=link.pk)
