"""Papers that run out: noted, corrected, taken care of."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.forms.documents import DocumentChangeForm
from cases.models import Case, ExpiringDocument
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM
from kim.users.models import User


def add_document(document: ExpiringDocument, *, case: Case, by: User) -> ExpiringDocument:
    """Save a validated document once, however often its form is sent."""
    document.created_by = by
    try:
        with transaction.atomic():
            document.save(force_insert=True)
            record("document.added", by=by, subject=case)
            return document
    except IntegrityError:
        first = document.first_result(by)
        if first is None:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first


@transaction.atomic
def change_document(
    document: ExpiringDocument, *, case: Case, opened_version: int, form: DocumentChangeForm, by: User
) -> None:
    """Save over the version that was opened; raises ChangedMeanwhile."""
    document.save_version(opened_version)
    record("document.changed", by=by, subject=case, fields=form.changed_data)


@transaction.atomic
def complete_document(document: ExpiringDocument, *, case: Case, by: User) -> None:
    """Tick it off; of two who do so at once the second reads that it is done."""
    document.complete(by)
    open_row = ExpiringDocument.objects.open().filter(pk=document.pk)
    if not open_row.update(done_at=document.done_at, done_by=by):
        raise ValidationError(_("Das ist schon erledigt."))
    record("document.completed", by=by, subject=case)
