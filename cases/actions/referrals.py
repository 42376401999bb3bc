"""Linking: sending on, correcting, and noting what came of it.

A referral says where the person was sent, never what the institution was told. Where the application once notes that
data was handed over, its one place is add_referral: it must ask there for a release from confidentiality.
"""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actions.notices import notify
from cases.candidates import deputies_of
from cases.forms.referrals import ReferralChangeForm, ReferralResultForm
from cases.models import Case, Notice, Referral
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM
from kim.users.models import User


def add_referral(referral: Referral, *, case: Case, by: User) -> Referral:
    """Save a validated referral once, however often its form is sent. Refused when the case was closed meanwhile."""
    referral.case, referral.created_by = case, by
    try:
        with transaction.atomic():
            refuse_closed(case)
            referral.save(force_insert=True)
            record("referral.made", by=by, subject=case)
            return referral
    except IntegrityError:
        first = referral.first_result(by)
        if first is None:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first


def refuse_closed(case: Case) -> None:
    """The UPDATE changes nothing; it waits for a colleague who is just closing the case."""
    if not Case.objects.open().filter(pk=case.pk).update(last_contact_on=F("last_contact_on")):
        raise ValidationError(_("Der Fall ist abgeschlossen. Vermitteln lässt sich nur aus einem offenen Fall."))


@transaction.atomic
def change_referral(referral: Referral, *, opened_version: int, form: ReferralChangeForm, by: User) -> None:
    """Save over the version that was opened; raises ChangedMeanwhile."""
    referral.save_version(opened_version)
    record("referral.changed", by=by, subject=referral.case, fields=form.changed_data)


@transaction.atomic
def enter_result(referral: Referral, *, opened_version: int, form: ReferralResultForm, by: User) -> None:
    """Save what came of it over the version that was opened; raises ChangedMeanwhile."""
    referral.save_version(opened_version)
    record("referral.result_entered", by=by, subject=referral.case)


def announce_due_results(day: date) -> int:
    """Ask for each result whose day has come, once. Returns how many were asked for."""
    due = Referral.objects.result_due(day).unannounced().select_related("case__track", "case__case_manager__user")
    announced = sum(_announce(referral, day) for referral in due)
    if announced:
        with transaction.atomic():
            record("referral.results_asked", by=None, count=announced)
    return announced


@transaction.atomic
def _announce(referral: Referral, day: date) -> bool:
    """One conditional UPDATE decides, so that two runs at once tell nobody twice."""
    claimed = Referral.objects.result_due(day).unannounced().filter(pk=referral.pk).update(announced_on=day)
    if claimed:
        path = reverse("cases:referral_list", args=[referral.case.number])
        notify(_in_charge(referral.case, day), Notice.Kind.REFERRAL_RESULT_DUE, path=path, case=referral.case)
    return bool(claimed)


def _in_charge(case: Case, day: date) -> list[User]:
    """Whose case it is, and who stands in today where a deputy may see it."""
    standing_in = [] if case.track.is_protected else deputies_of(case.case_manager, day)
    return [case.case_manager.user, *standing_in]
