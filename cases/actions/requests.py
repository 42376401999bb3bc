"""Requests from their arrival to the case or their end: each step and its audit entry are one transaction."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.actions.notices import notify
from cases.candidates import (
    candidates_for,
    leads_of,
    matching_staff,
    office,
    receiving_providers,
    specialised_provider,
)
from cases.forms.dispatch import CorrectionForm
from cases.forms.requests import SELF, TEAM, RequestChangeForm
from cases.models import Case, IntakeRequest, Notice
from cases.workload import able_colleagues
from districts.models import CaseManager, District, Institution, Language, Provider, Topic
from kim.audit.models import record
from kim.permissions import Permission, may
from kim.records import NOT_YOUR_FORM
from kim.users.models import User

PAGES = ("cases:request_detail", "cases:request_give", "cases:dispatch_request")
NOBODY_FOR_THIS_WISH = gettext_lazy(
    "Für diesen Wunsch ist zurzeit niemand da. Bitte bieten Sie eine Begleitung ohne diesen Wunsch an, "
    "oder fragen Sie später noch einmal."
)


def page_of(request: IntakeRequest, name: str = "cases:request_detail") -> str:
    return reverse(name, args=[request.number])


# --- Arrival


def enter_request(
    request: IntakeRequest, *, topics: Iterable[Topic], destination: str, by: User | None
) -> IntakeRequest:
    """Save a validated request once, however often its form is sent, and send it where it belongs.

    `by` is nobody when it came by itself, by the public form or by mail. A protected wish goes straight to a Träger
    that serves the track, whatever the destination: to `request.provider`, if one is asked for. Raises ValidationError
    when nobody serves it: a request that nobody may see must not come into being.
    """
    try:
        with transaction.atomic():
            request.created_by = by
            _send(request, destination, by)
            request.save(force_insert=True)
            request.topics.set(topics)
            _announce(request, by)
            record("request.entered", by=by, subject=request)
            return request
    except IntegrityError:
        first = request.first_result(by)
        if first is None:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first


def _send(request: IntakeRequest, destination: str, by: User | None) -> None:
    if by and destination == SELF:
        by = User.objects.held(by.pk)
        if not may(by, Permission.WORK_ON_CASES):
            raise ValidationError(_("Ihr Zugang hat sich geändert. Bitte neu anmelden."))
    own = Provider.objects.of(by).first() if by else None
    if request.is_protected and request.provider is not None:
        _refuse_unless_served(request)
    elif request.is_protected:
        request.provider = _protected_target(request, own if destination in (SELF, TEAM) else None)
    elif destination in (SELF, TEAM):
        request.provider = own
    if request.provider is None:
        return
    request.status, request.assigned_at = IntakeRequest.Status.ASSIGNED, timezone.now()
    desk: CaseManager | None = getattr(by, "case_manager", None)
    if destination != SELF or desk is None or request.provider_id != desk.provider_id:
        return
    if not request.is_protected or _serves(desk, request):
        request.case_manager, request.accepted_at = desk, timezone.now()


def _refuse_unless_served(request: IntakeRequest) -> None:
    if not any(each.provider == request.provider_id for each in candidates_for(request.track)):
        raise ValidationError({"track": NOBODY_FOR_THIS_WISH})


def _protected_target(request: IntakeRequest, own: Provider | None) -> Provider:
    if own and any(each.provider == own.pk for each in candidates_for(request.track)):
        return own
    target = specialised_provider(request)
    if target is None:
        raise ValidationError({"track": NOBODY_FOR_THIS_WISH})
    return target


def _serves(desk: CaseManager, request: IntakeRequest) -> bool:
    return request.track is not None and desk.tracks.filter(pk=request.track.pk).exists()


def _announce(request: IntakeRequest, by: User | None) -> None:
    """Tell those where a request lies that nobody has accepted; a lead may open no protected one, only give it.

    The office hears of what came by itself. Of what may be spam the office has a count on its page, and whoever may
    read it at a Träger hears once, until they have looked: else it were deleted unseen.
    """
    if request.is_suspect:
        if request.provider is not None:
            suspect = reverse("cases:request_list") + "?state=suspect"
            notify(matching_staff(request), Notice.Kind.REQUEST_DOUBTFUL, path=suspect)
        return
    if request.case_manager is not None:
        return
    if request.provider is None:
        if by is None:
            notify(office(), Notice.Kind.REQUEST_NEW, path=page_of(request, "cases:dispatch_request"))
        return
    arrived = Notice.Kind.REQUEST_ARRIVED
    page = "cases:request_give" if request.is_protected else "cases:request_detail"
    notify(leads_of(request.provider), arrived, path=page_of(request, page), by=by)
    notify(matching_staff(request), arrived, path=page_of(request), by=by)


# --- Who has it


def keepers_of(request: IntakeRequest) -> tuple[Iterable[User], str]:
    """Who has accepted it, and the page they look at; the office for what lies with no Träger.

    The lead where nobody has accepted it, or whose account has ended: one with a protected wish they only give.
    """
    if request.provider is None:
        return office(), page_of(request, "cases:dispatch_request")
    if request.case_manager is not None and request.case_manager.user.is_active:
        return [request.case_manager.user], page_of(request)
    page = "cases:request_give" if request.is_protected else "cases:request_detail"
    return leads_of(request.provider), page_of(request, page)


def announce_deletion(request: IntakeRequest) -> bool:
    """Say it once; False when another run was quicker. Called inside the transaction of the nightly job."""
    unannounced = IntakeRequest.objects.unannounced().filter(pk=request.pk)
    if not unannounced.update(deletion_announced_at=timezone.now()):
        return False
    keepers, page = keepers_of(request)
    notify(keepers, Notice.Kind.REQUEST_EXPIRING, path=page)
    return True


# --- Steps


def _step(request: IntakeRequest, name: str, *, by: User, **facts: Any) -> None:
    """Take the step; what was said about the request before is no news any more."""
    request.move(name, by=by, **facts)
    Notice.objects.unread().filter(path__in=[page_of(request, page) for page in PAGES]).delete()


@transaction.atomic
def assign_request(request: IntakeRequest, *, provider: Provider, by: User) -> None:
    """Send a request to a Träger, or to another one while nobody has accepted it."""
    if not receiving_providers().filter(pk=provider.pk).exists():
        raise ValidationError(_("Dieser Träger nimmt zurzeit keine Anfragen an."))
    if request.provider_id == provider.pk:
        raise ValidationError(_("Die Anfrage liegt schon bei diesem Träger."))
    before = request.provider.code if request.provider else ""
    _step(request, "assign", by=by, provider=provider, assigned_at=timezone.now())
    _announce(request, by)
    if before:
        record("request.withdrawn_from", by=by, subject=request, organisation=before)
    record("request.assigned", by=by, subject=request)


@transaction.atomic
def shelve_request(request: IntakeRequest, *, by: User) -> None:
    """Put a request on the waiting list that no Träger has room for."""
    _step(request, "shelve", by=by)
    record("request.put_on_waiting_list", by=by, subject=request)


@transaction.atomic
def unshelve_request(request: IntakeRequest, *, by: User) -> None:
    _step(request, "unshelve", by=by)
    record("request.taken_off_waiting_list", by=by, subject=request)


@transaction.atomic
def cancel_request(request: IntakeRequest, *, reason: str, by: User) -> None:
    """End a request that lies with the coordinating office."""
    _step(request, "cancel", by=by, end_reason=reason)
    record("request.ended", by=by, subject=request, reason=reason)


@transaction.atomic
def correct_request(request: IntakeRequest, *, form: CorrectionForm, by: User) -> None:
    """The office knows better where somebody lives or what they speak, while the request lies with it."""
    request.version = form.opened_version
    _step(request, "correct", by=by, **{name: form.cleaned_data[name] for name in form.Meta.fields})
    record("request.corrected", by=by, subject=request, fields=form.changed_data)


@transaction.atomic
def take_request(request: IntakeRequest, *, by: User) -> None:
    """Accept it as one's own. Of two who do so at once one gets it; the other reads ChangedMeanwhile or a sentence."""
    account = User.objects.held(by.pk)
    desk = getattr(account, "case_manager", None)
    _step(request, "take", by=account, case_manager=desk, accepted_at=timezone.now())
    record("request.accepted", by=by, subject=request)


@transaction.atomic
def give_request(request: IntakeRequest, *, to: CaseManager, by: User) -> None:
    """The lead hands it to somebody of the team; with a protected wish to nobody who does not serve the track."""
    User.objects.held(to.user_id)
    if not able_colleagues(by).filter(pk=to.pk).exists() or (request.is_protected and not _serves(to, request)):
        raise ValidationError({"to": _("%(name)s kann diese Anfrage nicht übernehmen.") % {"name": to}})
    old = request.case_manager_id
    if old == to.pk:
        raise ValidationError({"to": _("Die Anfrage liegt schon bei %(name)s.") % {"name": to}})
    _step(request, "give", by=by, case_manager=to, accepted_at=timezone.now())
    notify([to.user], Notice.Kind.REQUEST_ASSIGNED, path=page_of(request), by=by)
    record("request.given", by=by, subject=request, old=old, new=to.pk)


@transaction.atomic
def change_request(request: IntakeRequest, *, form: RequestChangeForm, by: User) -> None:
    """Save what was wrong or missing over the version that was opened; what was said about it before stays news."""
    request.version = form.opened_version
    request.move("edit", by=by, **{name: form.cleaned_data[name] for name in form.Meta.fields})
    record("request.changed", by=by, subject=request, fields=form.changed_data)


@transaction.atomic
def return_request(
    request: IntakeRequest,
    *,
    reason: str,
    note: str,
    by: User,
    language: Language | None = None,
    district: District | None = None,
) -> None:
    """Give it back to the coordinating office; one with a protected wish goes on to another Träger that serves it.

    What has become known of language or district counts at once, for whoever is looked for next.
    """
    before = request.provider
    request.language, request.district = language or request.language, district or request.district
    facts: dict[str, Any] = {"return_reason": reason, "return_note": note, "returned_from": before}
    facts |= {"provider": None, "case_manager": None, "accepted_at": None, "assigned_at": None}
    facts |= {"language": request.language, "district": request.district}
    if request.is_protected:
        target = specialised_provider(request)
        if target is None:
            raise ValidationError(_("Es gibt zurzeit keinen anderen Träger, der diese Anfrage übernehmen kann."))
        facts |= {"status": IntakeRequest.Status.ASSIGNED, "provider": target, "assigned_at": timezone.now()}
    _step(request, "return", by=by, **facts)
    if request.provider is None:
        notify(office(), Notice.Kind.REQUEST_RETURNED, path=page_of(request, "cases:dispatch_request"), by=by)
    _announce(request, by)
    organisation = before.code if before else ""
    record("request.returned", by=by, subject=request, organisation=organisation, reason=reason)


@transaction.atomic
def note_first_contact(request: IntakeRequest, *, by: User) -> None:
    _step(request, "contact", by=by, first_contact_at=request.first_contact_at or timezone.now())
    record("request.first_contact", by=by, subject=request)


def note_answer(request: IntakeRequest, *, by: User) -> None:
    """Somebody has written to the person. Called inside the transaction that stores the mail."""
    _step(request, "answer", by=by)
    record("request.answered", by=by, subject=request)


@transaction.atomic
def put_on_waiting_list(request: IntakeRequest, *, by: User) -> None:
    _step(request, "wait", by=by)
    record("request.put_on_waiting_list", by=by, subject=request)


@transaction.atomic
def take_off_waiting_list(request: IntakeRequest, *, by: User) -> None:
    """Back to where it was: with a first contact or still without."""
    spoken = {"status": IntakeRequest.Status.FIRST_CONTACT} if request.first_contact_at else {}
    _step(request, "resume", by=by, **spoken)
    record("request.taken_off_waiting_list", by=by, subject=request)


@transaction.atomic
def end_request(
    request: IntakeRequest, *, outcome: str, reason: str, institution: Institution | None, note: str, by: User
) -> None:
    """Not taken: `outcome` is the step refer, withdraw or unreachable; six months later the request is deleted."""
    _step(request, outcome, by=by, end_reason=reason, referred_to=institution, end_note=note)
    record("request.ended", by=by, subject=request, reason=reason)


def admit_request(request: IntakeRequest, *, case: Case, by: User) -> None:
    """The request has become this case. Called inside the transaction that opens the case."""
    _step(request, "admit", by=by, case=case)
    record("request.admitted", by=by, subject=request)


@transaction.atomic
def record_reading(request: IntakeRequest, *, by: User) -> None:
    """What has come in is read then; a lead who looks in takes no news from whoever answers."""
    record("request.read", by=by, subject=request)
    if request.has_news and not may(by, Permission.LEAD_TEAM):
        IntakeRequest.objects.filter(pk=request.pk).update(has_news=False)
