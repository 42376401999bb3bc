"""What leaves a trace: reports that leave the house, by file or by link."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from kim.audit.models import record
from kim.users.models import User
from reports.models import Report, ReportLink


def note_export(report: Report, *, what: str, by: User) -> None:
    with transaction.atomic():
        record("report.exported", by=by, subject=report, what=what)


@transaction.atomic
def share_report(report: Report, *, label: str, valid_until: date, by: User) -> str:
    """Make a link to this report and return its secret, which is stored nowhere."""
    link = ReportLink(report=report, label=label, valid_until=valid_until, created_by=by)
    token = link.new_token()
    link.full_clean()
    link.save()
    record("report.shared", by=by, subject=report, link=link.pk, until=valid_until.isoformat())
    return token


@transaction.atomic
def revoke_link(link: ReportLink, *, by: User) -> None:
    link.revoke()
    link.save(update_fields=["revoked_at"])
    record("report.unshared", by=by, subject=link.report, link=link.pk)
