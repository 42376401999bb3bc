"""An observation on its way: written, proposed, released by the lead, or returned with a reason."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.actions.notices import notify
from cases.models import Notice, Observation
from kim.audit.models import record
from kim.permissions import Permission, may
from kim.records import NOT_YOUR_FORM, ChangedMeanwhile
from kim.users.models import User

CHANGED = _("Die Beobachtung wurde inzwischen geändert. Bitte ansehen und noch einmal entscheiden.")


def write_observation(observation: Observation, *, propose: bool, by: User) -> Observation:
    """Save a validated observation once, however often its form is sent; as a draft or proposed to the lead."""
    observation.created_by = by
    try:
        with transaction.atomic():
            if propose:
                observation.propose()
            observation.save(force_insert=True)
            _tell_leads(observation, by=by)
            record("observation.written", by=by, subject=observation, status=observation.status)
            return observation
    except IntegrityError:
        first = observation.first_result(by)
        if first is None:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first


@transaction.atomic
def change_observation(observation: Observation, *, opened_version: int, propose: bool, by: User) -> None:
    """Save over the version that was opened; raises ChangedMeanwhile."""
    observation.edit()
    if propose:
        observation.propose()
    observation.save_version(opened_version)
    _tell_leads(observation, by=by)
    record("observation.changed", by=by, subject=observation, status=observation.status)


@transaction.atomic
def take_back(observation: Observation, *, by: User) -> None:
    observation.take_back()
    _save(observation)
    record("observation.taken_back", by=by, subject=observation)


@transaction.atomic
def discard(observation: Observation, *, by: User) -> None:
    """Delete what nobody but the writer has to answer for any more."""
    observation.edit()
    gone, _rows = Observation.objects.filter(pk=observation.pk, version=observation.version).delete()
    if not gone:
        raise ValidationError(CHANGED)
    record("observation.discarded", by=by, subject=observation)


@transaction.atomic
def release(observation: Observation, *, opened_version: int, by: User) -> None:
    """Let the city read it; exactly the text the lead has seen."""
    observation.release(by)
    _save(observation, opened_version)
    _answer(observation, by=by)
    record("observation.released", by=by, subject=observation)


@transaction.atomic
def return_to_writer(observation: Observation, *, reason: str, opened_version: int, by: User) -> None:
    observation.return_to_writer(reason)
    _save(observation, opened_version)
    _answer(observation, by=by)
    record("observation.returned", by=by, subject=observation)


def _save(observation: Observation, opened_version: int | None = None) -> None:
    try:
        observation.save_version(opened_version or observation.version)
    except ChangedMeanwhile:
        raise ValidationError(CHANGED) from None


def _answer(observation: Observation, *, by: User) -> None:
    path = reverse("cases:observation_change", args=[observation.pk])
    notify([observation.created_by], Notice.Kind.OBSERVATION_ANSWERED, path=path, by=by)


def _tell_leads(observation: Observation, *, by: User) -> None:
    if observation.is_proposed:
        path = reverse("cases:team_observations")
        notify(leads_of(observation.provider_id), Notice.Kind.OBSERVATION_TO_RELEASE, path=path, by=by)


def leads_of(provider_id: int) -> list[User]:
    """Who leads the team of a Träger."""
    staff = User.objects.filter(membership__provider=provider_id, is_active=True)
    return [user for user in staff if may(user, Permission.LEAD_TEAM)]
