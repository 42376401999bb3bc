"""The directory's letter box. It is here and not in districts, because it tells people inside the application."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from cases.actions.notices import notify
from cases.models import Notice
from districts.actions import provider_of
from districts.models import DirectoryReport, Institution
from districts.models.directory_reports import ANSWERED_ALREADY
from kim.audit.models import record
from kim.permissions import Permission, roles_with
from kim.records import NOT_YOUR_FORM
from kim.users.models import User


def report_change(report: DirectoryReport, *, by: User) -> DirectoryReport:
    """Save a validated report once and tell those who keep the entry; a second submit answers with the first."""
    report.reported_by, report.provider = by, provider_of(by)
    try:
        with transaction.atomic():
            report.save(force_insert=True)
            notify(_keepers(report.institution), Notice.Kind.DIRECTORY_REPORT, path=_page(), by=by)
            record("directory.reported", by=by, subject=report)
            return report
    except IntegrityError:
        first = DirectoryReport.objects.filter(form_key=report.form_key, reported_by=by).first()
        if first is None:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first


@transaction.atomic
def answer_report(report: DirectoryReport, *, status: str, answer: str, by: User) -> None:
    """Answer once; of two who answer at the same time the second reads why not."""
    report.settle(status=status, answer=answer, by=by)
    fields = {name: getattr(report, name) for name in ("status", "answer", "answered_by", "answered_at")}
    if not DirectoryReport.objects.open().filter(pk=report.pk).update(**fields):
        raise ValidationError(ANSWERED_ALREADY)
    notify([report.reported_by], Notice.Kind.DIRECTORY_ANSWERED, path=_page(), by=by)
    record("directory.answered", by=by, subject=report)


def _page() -> str:
    return reverse("cases:directory_reports")


def _keepers(institution: Institution | None) -> QuerySet[User]:
    """The city's staff who keep the directory, and the Träger that last checked the entry."""
    whose = Q(case_manager=None, membership=None)
    if institution and institution.checked_by_id:
        provider = institution.checked_by_id
        whose |= Q(case_manager__provider=provider) | Q(membership__provider=provider)
    return User.objects.filter(whose, role__in=roles_with(Permission.KEEP_DIRECTORY), is_active=True)
