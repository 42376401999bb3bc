"""Giving a case to a colleague or, with the person's consent and both leads, to another Träger.

Every step takes rows in one order (consent, account, case, hand-over) and changes them by conditional UPDATEs: of two
at once one wins.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.actions.files import end_case
from cases.actions.notices import notify
from cases.actions.observations import leads_of
from cases.models import Case, Client, Consent, Handover, Notice, TransferNote
from cases.workload import able_colleagues
from districts.models import CaseManager, Track
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM
from kim.users.models import User

Status = Handover.Status
NO_CONSENT = gettext_lazy("Dafür fehlt die Einwilligung der Person in die Übergabe an einen anderen Träger.")
NO_MORE = gettext_lazy("Der Fall hat sich inzwischen geändert und wird nicht mehr übergeben.")
BROUGHT_ALONG = ("given_names", "family_name", "pseudonym", "birth_date", "interpreter_needed")
CHANNELS = ("phone", "email", "preferred_channel", "contact_note")


# --- Proposing and taking back


def propose_handover(handover: Handover, *, by: User) -> Handover:
    """Save a validated hand-over once, however often its form is sent, and tell who has to look at it.

    Raises ValidationError when another one is open, or when the case changed hands or was closed meanwhile.
    """
    handover.created_by = by
    try:
        with transaction.atomic():
            if handover.is_external:
                check_may_leave(handover.case)
            elif handover.to_case_manager:
                check_can_receive(handover.case, handover.to_case_manager, by=by)
            _check_still_mine(handover.case, by)
            handover.save(force_insert=True)
            _tell_receiver(handover, by=by)
            record("handover.proposed", by=by, subject=handover.case, external=handover.is_external)
            return handover
    except IntegrityError:
        if first := handover.first_result(by):
            return first
        if Handover.objects.open().filter(case=handover.case).exists():
            raise ValidationError(_("Für diesen Fall läuft schon eine Übergabe.")) from None
        raise ValidationError(NOT_YOUR_FORM) from None


def _check_still_mine(case: Case, by: User) -> None:
    """Also waits for whoever is just closing the case or giving it to somebody else."""
    if not Case.objects.open().filter(pk=case.pk, case_manager=by.case_manager).update(version=F("version")):
        raise ValidationError(_("Der Fall ist abgeschlossen oder liegt nicht mehr bei Ihnen."))


def check_can_receive(case: Case, to: CaseManager, *, by: User) -> None:
    """A protected case goes only to somebody who serves its track; nobody's account is closed meanwhile."""
    User.objects.held(to.user_id)
    if not able_colleagues(by).filter(pk=to.pk).exists():
        raise ValidationError(_("%(name)s kann zurzeit keine Fälle übernehmen.") % {"name": to})
    if case.track.is_protected and not to.tracks.filter(pk=case.track_id).exists():
        raise ValidationError(_("Diese Person kann den Fall nicht übernehmen. Bitte neu wählen."))


def check_may_leave(case: Case) -> None:
    """Raises the sentence of why_not_leave; waits for somebody who is just withdrawing the consent."""
    Consent.objects.select_for_update().filter(client=case.client_id, purpose=Consent.Purpose.HANDOVER).first()
    if sentence := why_not_leave(case):
        raise ValidationError(sentence)


def check_may_arrive(case: Case) -> None:
    """The same, in words that do not tell another Träger that the track has become a protected one."""
    if case.track.is_protected:
        raise ValidationError(NO_MORE)
    check_may_leave(case)


def why_not_leave(case: Case) -> str:
    """Another Träger gets nothing without the person's consent, and of a protected track nothing at all."""
    if case.track.is_protected:
        return _(
            "Dieser Fall wird nicht über KIM an einen anderen Träger gegeben. Bitte begleiten Sie die Person dorthin."
        )
    if not Consent.objects.in_force().filter(client=case.client_id, purpose=Consent.Purpose.HANDOVER).exists():
        return str(NO_CONSENT)
    return ""


def _tell_receiver(handover: Handover, *, by: User) -> None:
    if handover.to_case_manager:
        path = reverse("cases:handover_answer", args=[handover.pk])
        notify([handover.to_case_manager.user], Notice.Kind.HANDOVER_PROPOSED, path=path, by=by)
    else:
        _tell_leads(handover.provider_id, handover, by=by)


def _tell_leads(provider_id: int, handover: Handover, *, by: User) -> None:
    path = reverse("cases:team_handover", args=[handover.pk])
    notify(leads_of(provider_id), Notice.Kind.HANDOVER_PROPOSED, path=path, by=by)


@transaction.atomic
def withdraw_handover(handover: Handover, *, by: User) -> None:
    """The one who offered takes it back while nobody has answered."""
    handover.check_open()
    _decide(handover, Status.WITHDRAWN, by=by)
    record("handover.withdrawn", by=by, subject=handover.case)


# --- Answering


@transaction.atomic
def accept_handover(handover: Handover, *, by: User) -> None:
    """The colleague takes over: the case changes hands, consultations keep theirs."""
    if handover.is_external or handover.to_case_manager is None:
        raise ValidationError(_("Über diese Übergabe entscheidet die Teamleitung."))
    handover.check_awaits_answer()
    check_can_receive(handover.case, handover.to_case_manager, by=by)
    _claim_case(handover, case_manager=handover.to_case_manager)
    _decide(handover, Status.ACCEPTED, by=by)
    _tell_giver(handover, Notice.Kind.HANDOVER_ACCEPTED, by=by)
    record(
        "case.handed_over", by=by, subject=handover.case,
        old=handover.from_case_manager_id, new=handover.to_case_manager_id,
    )  # fmt: skip


def _claim_case(handover: Handover, **changes: Any) -> None:
    """Take the row of the case as long as it is open and with who offered it."""
    mine = Case.objects.open().filter(pk=handover.case_id, case_manager=handover.from_case_manager_id)
    if not mine.update(version=F("version") + 1, **changes):
        raise ValidationError(_("Der Fall ist inzwischen abgeschlossen oder liegt bei jemand anderem."))


@transaction.atomic
def decline_handover(handover: Handover, *, reason: str, by: User) -> None:
    """The colleague or the receiving lead says no and why."""
    handover.check_awaits_answer()
    _decline(handover, reason=reason, by=by)


@transaction.atomic
def refuse_release(handover: Handover, *, reason: str, by: User) -> None:
    """The own lead keeps the case here and says why."""
    handover.check_awaits_release()
    _decline(handover, reason=reason, by=by)


def _decline(handover: Handover, *, reason: str, by: User) -> None:
    _decide(handover, Status.DECLINED, by=by, reason=reason)
    _tell_giver(handover, Notice.Kind.HANDOVER_DECLINED, by=by)
    record("handover.declined", by=by, subject=handover.case)


@transaction.atomic
def release_handover(handover: Handover, *, by: User) -> None:
    """The own lead lets it go to the other Träger's lead."""
    handover.check_awaits_release()
    check_may_leave(handover.case)
    waiting = Handover.objects.filter(pk=handover.pk, status=Status.PROPOSED)
    if not waiting.update(status=Status.RELEASED, released_by=by, released_at=timezone.now()):
        _refuse_late(handover)
    handover.status = Status.RELEASED
    _tell_leads(handover.to_provider_id, handover, by=by)
    record("handover.released", by=by, subject=handover.case)


def _decide(handover: Handover, status: str, *, by: User, reason: str = "") -> None:
    """From exactly the status that was looked at, so that of two answers one counts."""
    same = Handover.objects.filter(pk=handover.pk, status=handover.status)
    moment = timezone.now()
    if not same.update(status=status, decided_by=by, decided_at=moment, reason=reason):
        _refuse_late(handover)
    handover.status, handover.decided_by, handover.decided_at, handover.reason = status, by, moment, reason


def _refuse_late(handover: Handover) -> None:
    handover.refresh_from_db(fields=["status"])
    handover.check_open()
    raise ValidationError(_("Die Übergabe wurde inzwischen geändert. Bitte ansehen und noch einmal entscheiden."))


def _tell_giver(handover: Handover, kind: str, *, by: User) -> None:
    notify([handover.from_case_manager.user], kind, path=reverse("cases:handover_inbox"), by=by)


# --- Arriving from another Träger


@transaction.atomic
def accept_from_provider(handover: Handover, *, to: CaseManager, by: User) -> Case:
    """Open a new file here with what the person agreed to give along, and close the old one where it stays.

    Each Träger is the controller of its own file (Art. 4 Nr. 7 DSGVO): name, contact, languages, topics and the words
    of the giver are copied; consultations, notes and everything else stay.
    """
    handover.check_awaits_answer()
    check_may_arrive(handover.case)
    check_can_receive(handover.case, to, by=by)
    _claim_case(handover)
    _decide(handover, Status.ACCEPTED, by=by)
    old = Case.objects.select_related("client", "track", "district", "provider").get(pk=handover.case_id)
    if old.track.is_protected:  # since a moment ago
        raise ValidationError(NO_MORE)
    new = _open_new(old, to=to, by=by)
    TransferNote.objects.create(case=new, from_provider=handover.provider, text=handover.summary)
    end_case(
        old, on=timezone.localdate(), reason=Case.ClosingReason.OTHER_SERVICE, note="",
        follow_up_service=handover.to_provider.name, by=by,
    )  # fmt: skip
    path = reverse("cases:handover_list", args=[new.number])
    notify([to.user], Notice.Kind.CASE_RECEIVED, path=path, case=new, by=by)
    _tell_giver(handover, Notice.Kind.HANDOVER_ACCEPTED, by=by)
    record("case.closed", by=by, subject=old, reason=Case.ClosingReason.OTHER_SERVICE)
    record("case.opened", by=by, subject=new, new_client=True, service_level=new.service_level)
    return new


def _open_new(old: Case, *, to: CaseManager, by: User) -> Case:
    person = {name: getattr(old.client, name) for name in _brought_along(old.client)}
    client = Client.objects.create(provider=to.provider, created_by=by, **person)
    client.languages.set(old.client.languages.all())
    new = Case(
        client=client, provider=to.provider, case_manager=to, track=_track_for(old, to), district=old.district,
        access_route=Case.AccessRoute.PROVIDER, created_by=by, age_reason=_("Von einem anderen Träger übernommen."),
    )  # fmt: skip
    new.set_age()
    if new.age_at_opening is None or new.track.covers_age(new.age_at_opening):
        new.age_reason = ""
    new.save(force_insert=True)
    new.topics.set(old.topics.without_health())
    return new


def _brought_along(client: Client) -> tuple[str, ...]:
    """Who does not want to be called or written to any more is not called or written to from elsewhere either."""
    unwanted = client.consents.forbid(Consent.Purpose.CONTACT_CHANNELS, timezone.localdate())
    return BROUGHT_ALONG if unwanted else BROUGHT_ALONG + CHANNELS


def _track_for(old: Case, to: CaseManager) -> Track:
    """The same track where the colleague serves it, else their first one that needs no consent to special data."""
    served = list(to.tracks.filter(is_protected=False))
    if not served:
        raise ValidationError(_("Diese Person kann den Fall nicht übernehmen. Bitte neu wählen."))
    return next((track for track in served if track.pk == old.track_id), served[0])
