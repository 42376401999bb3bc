"""Withdrawing what a person agreed to (Art. 7 Abs. 3 DSGVO): at once, and with everything that hangs on it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions.consents import hold
from cases.actions.files import close_case
from cases.actions.stopping import stop_handovers
from cases.models import Case, ConfidentialityRelease, Consent
from kim.audit.models import record
from kim.users.models import User


@transaction.atomic
def withdraw_consent(consent: Consent, *, case: Case, by: User) -> bool:
    """Withdraw at once. Returns whether that ended a case, because it cannot go on without. Raises ValidationError."""
    hold(consent.client)
    _withdraw(consent)
    ended = case_ended_by(consent)
    if ended:
        close_case(
            ended,
            on=timezone.localdate(),
            reason=Case.ClosingReason.CONSENT_WITHDRAWN,
            note="",
            follow_up_service="",
            by=by,
        )
    after_withdrawal(consent, by=by)
    record("consent.withdrawn", by=by, subject=case)
    return ended is not None


@transaction.atomic
def withdraw_release(release: ConfidentialityRelease, *, case: Case, by: User) -> None:
    hold(release.client)
    _withdraw(release)
    record("release.withdrawn", by=by, subject=case)


def _withdraw(agreement: Consent | ConfidentialityRelease) -> None:
    """One conditional UPDATE decides between two clicks."""
    agreement.withdraw()
    standing = type(agreement).objects.in_force().filter(pk=agreement.pk)
    if not standing.update(withdrawn_on=agreement.withdrawn_on):
        raise ValidationError(_("Das ist schon widerrufen."))


def case_ended_by(consent: Consent) -> Case | None:
    """The open case of the person that cannot go on without this consent; it need not be the file one is looking at."""
    case = consent.client.cases.open().select_related("track", "provider", "client").first()
    ends = {Consent.Purpose.DOCUMENTATION.value} | (case.required_consents() if case else set())
    return case if case and consent.purpose in ends else None


def after_withdrawal(consent: Consent, *, by: User) -> None:
    """What else stops with a consent, inside the transaction of its withdrawal: one line for each purpose concerned.

    What asks for a consent in force needs no line: special notes lock themselves, case conferences are refused.
    """
    if consent.purpose == Consent.Purpose.HANDOVER:
        stop_handovers(consent.client, by=by)
