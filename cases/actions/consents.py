"""Recording what a person agrees to: consents per purpose, releases from confidentiality per recipient."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.models import Case, Client, ConfidentialityRelease, Consent
from cases.shown_notices import in_language, notice_for, notices_of
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM
from kim.users.models import User


def hold(client: Client) -> None:
    """Until the transaction ends nobody else changes what this person agreed to. (SQLite has one writer anyway.)"""
    Client.objects.select_for_update().only("pk").get(pk=client.pk)


@transaction.atomic
def give_consent(consent: Consent, *, case: Case, by: User) -> None:
    """Keep what the person agreed to; sent twice, it is kept once. Raises ValidationError.

    The log names no purpose: that of a protected track would tell what the track tells (Art. 9 DSGVO).
    """
    hold(case.client)
    consent.follow(case.client.consents.last_word(consent.purpose))
    if keep_consents([consent], case.client, by=by):
        record("consent.given", by=by, subject=case)


def keep_consents(consents: Iterable[Consent], client: Client, *, by: User) -> list[Consent]:
    """Store those the person has not given yet; one that is in force for good stands. Returns the new ones."""
    return [consent for consent in consents if _keep(consent, client, by)]


def _keep(consent: Consent, client: Client, by: User) -> bool:
    earlier = client.consents.last_word(consent.purpose)
    if earlier and earlier.stands_against(consent):
        return False
    consent.follow(earlier)
    if earlier and not earlier.withdrawn_on:
        Consent.objects.filter(pk=earlier.pk).update(replaced_on=timezone.localdate())
    consent.client, consent.recorded_by = client, by
    _remember_notice(consent, client)
    consent.save(force_insert=True)
    return True


def _remember_notice(consent: Consent, client: Client) -> None:
    """The one of that day: in the language it was shown in, where somebody said so, else in one the person reads."""
    notices = notices_of(client, consent.given_on)
    shown = in_language(consent.notice_language, notices) if consent.notice_language else notice_for(client, notices)
    consent.notice_version, consent.notice_language = (shown.version, shown.spoken.code) if shown else ("", "")


def give_release(release: ConfidentialityRelease, *, case: Case, by: User) -> ConfidentialityRelease:
    """Save a validated release once, however often its form is sent."""
    release.client, release.created_by = case.client, by
    try:
        with transaction.atomic():
            release.save(force_insert=True)
            record("release.given", by=by, subject=case)
            return release
    except IntegrityError:
        first = release.first_result(by)
        if first is None or first.client_id != case.client_id:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first
