"""Notes on health, disability, orientation and identity (Art. 9 DSGVO): kept with the person's consent only."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cases.actions.consents import hold
from cases.models import Case, Client
from kim.audit.models import record
from kim.records import ChangedMeanwhile
from kim.users.models import User


@transaction.atomic
def save_special_notes(notes: dict[str, str], *, case: Case, opened_version: int, by: User) -> None:
    """Save over the version that was opened; all of it or nothing. Raises ValidationError or ChangedMeanwhile.

    The log names no field: it would tell what the note is about.
    """
    hold(case.client)
    in_force = case.client.consents.in_force().purposes()
    if any(Client.SPECIAL_NOTES[name] not in in_force for name in notes):
        raise ValidationError(_("Dafür fehlt die Einwilligung. Nichts ist gespeichert."))
    opened = Client.objects.filter(pk=case.client_id, version=opened_version)
    if not opened.update(version=F("version") + 1, **notes):
        raise ChangedMeanwhile
    record("client.notes_changed", by=by, subject=case)


@transaction.atomic
def erase_locked_notes(case: Case, *, by: User) -> None:
    """Erase for good what nobody may read any more because its consent is withdrawn or has expired."""
    hold(case.client)
    client = Client.objects.only(*Client.SPECIAL_NOTES).get(pk=case.client_id)
    locked = client.locked_notes(client.consents.in_force().purposes())
    if not locked:
        raise ValidationError(_("Es ist nichts gesperrt."))
    Client.objects.filter(pk=client.pk).update(version=F("version") + 1, **dict.fromkeys(locked, ""))
    record("client.notes_erased", by=by, subject=case)
