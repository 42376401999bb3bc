"""What a lead decides about the team, and who stands in for whom: change and audit entry in one transaction."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions.notices import notify
from cases.actions.stopping import stop_handovers_of
from cases.models import Case, Notice, Reopening
from cases.workload import able_colleagues, staff_of, staff_to_confirm
from districts.actions import deactivate
from districts.models import CaseManager, Provider, Substitution
from kim.audit.models import record
from kim.users.models import User

# --- Handing over many cases at once


@dataclass
class Reassignment:
    """What handing chosen cases to a colleague means. The log and the lists name cases by number only."""

    to: CaseManager
    movable: list[Case] = field(default_factory=list)
    off_track: list[Case] = field(default_factory=list)  # movable, but on a track the colleague does not serve
    gone: list[Case] = field(default_factory=list)  # closed or in other hands since they were chosen
    settled: list[Case] = field(default_factory=list)  # already with this colleague
    refused: list[Case] = field(default_factory=list)  # only a colleague serving the track may receive them


@dataclass(frozen=True)
class Load:
    case_manager: CaseManager
    before: int
    after: int

    @property
    def is_over(self) -> bool:
        return self.after > self.case_manager.capacity


def plan_reassignment(chosen: dict[Case, int], *, to: CaseManager) -> Reassignment:
    """Sort the chosen cases (each with the id of the case manager it had when chosen) by what can happen to them.

    A protected case goes only to somebody who serves its track; for the others a missing track is a warning.
    """
    plan, tracks = Reassignment(to), set(to.tracks.values_list("pk", flat=True))
    for case, expected in chosen.items():
        if case.case_manager_id == to.pk:
            plan.settled.append(case)
        elif not case.is_open or case.case_manager_id != expected:
            plan.gone.append(case)
        elif case.track_id in tracks:
            plan.movable.append(case)
        elif case.track.is_protected:
            plan.refused.append(case)
        else:
            plan.movable.append(case)
            plan.off_track.append(case)
    return plan


def loads(plan: Reassignment) -> list[Load]:
    """Open cases before and after, the receiving colleague first."""
    given = Counter(case.case_manager_id for case in plan.movable)
    staff = {case_manager.pk: case_manager for case_manager in CaseManager.objects.with_load().filter(
        pk__in=[plan.to.pk, *given])}  # fmt: skip
    now = staff[plan.to.pk].open_cases
    receiving = Load(staff.pop(plan.to.pk), now, now + len(plan.movable))
    return [receiving, *(Load(giver, giver.open_cases, giver.open_cases - given[pk]) for pk, giver in staff.items())]


@transaction.atomic
def reassign_cases(chosen: dict[Case, int], *, to: CaseManager, by: User) -> Reassignment:
    """Hand the chosen cases to a colleague; what changed since it was chosen stays where it is.

    One conditional UPDATE per case decides, so two leads cannot both move it. Consultations keep their case manager.
    Raises ValidationError when the colleague cannot take over any more.
    """
    User.objects.held(to.user_id)
    if not able_colleagues(by).filter(pk=to.pk).exists():
        raise ValidationError({"to": _("%(name)s kann zurzeit keine Fälle übernehmen.") % {"name": to}})
    plan = plan_reassignment(chosen, to=to)
    moved = [case for case in plan.movable if _claim(case, expected=chosen[case], to=to, by=by)]
    plan.gone += [case for case in plan.movable if case not in moved]
    plan.movable = moved
    stop_handovers_of(moved, by=by)
    if moved:
        notify([to.user], Notice.Kind.CASE_RECEIVED, path=reverse("cases:list"), by=by)
    for case in moved:  # only now: the log makes others wait, who may hold one of the rows above
        record("case.reassigned", by=by, subject=case, old=chosen[case], new=to.pk)
    return plan


def _claim(case: Case, *, expected: int, to: CaseManager, by: User) -> int:
    mine = Case.objects.listed_for(by).open().filter(pk=case.pk, case_manager=expected)
    return mine.update(case_manager=to, version=F("version") + 1)


# --- Reopening


@transaction.atomic
def accept_reopening(case: Case, *, opened_version: int, by: User) -> None:
    """Open a closed case again, asked for or not. Raises ValidationError or ChangedMeanwhile."""
    history = Reopening.of(case, by=by)
    case.reopen()
    try:
        with transaction.atomic():
            case.save_version(opened_version)
            history.save()
    except IntegrityError:  # somebody opened another case for the person at the same moment
        raise ValidationError(_("Für diese Person ist bereits ein Fall offen.")) from None
    _tell_reopening_decided(case, by=by)
    record("case.reopened", by=by, subject=case)


@transaction.atomic
def decline_reopening(case: Case, *, opened_version: int, by: User) -> None:
    case.decline_reopening()
    case.save_version(opened_version)
    _tell_reopening_decided(case, by=by)
    record("case.reopening_declined", by=by, subject=case)


def _tell_reopening_decided(case: Case, *, by: User) -> None:
    path = reverse("cases:detail", args=[case.number])
    notify([case.case_manager.user], Notice.Kind.REOPENING_DECIDED, path=path, case=case, by=by)


# --- Confirming roles


@transaction.atomic
def confirm_role(user: User, *, role: str, by: User) -> None:
    """Let a role at the own Träger count: exactly the one the lead has seen, should an admin change it meanwhile."""
    waiting = staff_to_confirm(by).filter(pk=user.pk, role=role, role_confirmed_at=None)
    if not User.objects.filter(pk__in=waiting.values("pk"), role=role, role_confirmed_at=None).update(
        role_confirmed_at=timezone.now()
    ):
        raise ValidationError(_("Dieser Zugang ist schon bestätigt oder hat sich inzwischen geändert."))
    organisation = Provider.objects.of(by).values_list("code", flat=True).first()
    record("role.confirmed", by=by, organisation=organisation or "", staff=user.pk, role=role)


# --- Leaving


@transaction.atomic
def close_account(user: User, *, by: User) -> None:
    """End a colleague's account; refused while cases, requests or hand-overs hang on it. Sessions end at once."""
    if not staff_of(by).filter(pk=user.pk).exists():
        raise ValidationError(_("Dieser Zugang ist schon geschlossen."))
    deactivate(user, by=by)


# --- Substitutions


@transaction.atomic
def grant_substitution(substitution: Substitution, *, by: User) -> Substitution:
    """Save a validated substitution. Raises ValidationError when it collides with another one on the same days."""
    provider = Provider.objects.select_for_update().get(pk=substitution.absent.provider_id)  # one grant at a time
    if not able_colleagues(by).filter(pk=substitution.deputy_id).exists():
        message = _("%(name)s kann zurzeit niemanden vertreten.") % {"name": substitution.deputy}
        raise ValidationError({"deputy": message})
    _refuse_collisions(substitution)
    substitution.created_by = by
    substitution.save()
    _tell_deputy(substitution, by=by)
    record("substitution.granted", by=by, organisation=provider.code, **_who_and_when(substitution))
    return substitution


def _tell_deputy(substitution: Substitution, *, by: User) -> None:
    """To the list of what is to be done, or before the first day to the dates."""
    has_begun = substitution.starts_on <= timezone.localdate()
    path = reverse("cases:substitution_list")
    if has_begun:
        path = reverse("cases:substitution_worklist", args=[substitution.pk])
    notify([substitution.deputy.user], Notice.Kind.SUBSTITUTION_GRANTED, path=path, by=by)


def _refuse_collisions(substitution: Substitution) -> None:
    absent, deputy = substitution.absent, substitution.deputy
    same_days = Substitution.objects.filter(
        starts_on__lte=substitution.ends_on, ends_on__gte=substitution.starts_on
    ).select_related("absent__user", "deputy__user")
    if double := same_days.filter(absent=absent, deputy=deputy).first():
        message = _("%(deputy)s vertritt %(absent)s schon vom %(first)s bis %(last)s.")
        raise ValidationError({"deputy": message % _words(double)})
    if away := same_days.filter(absent=deputy).first():
        message = _("%(absent)s ist in dieser Zeit selbst abwesend (%(first)s bis %(last)s).")
        raise ValidationError({"deputy": message % _words(away)})
    if busy := same_days.filter(deputy=absent).first():
        message = _(
            "%(deputy)s vertritt vom %(first)s bis %(last)s selbst %(absent)s. Bitte zuerst diese Vertretung beenden."
        )
        raise ValidationError(message % _words(busy))


def _words(substitution: Substitution) -> dict[str, Any]:
    return {
        "absent": substitution.absent,
        "deputy": substitution.deputy,
        "first": substitution.starts_on.strftime("%d.%m.%Y"),
        "last": substitution.ends_on.strftime("%d.%m.%Y"),
    }


def _who_and_when(substitution: Substitution) -> dict[str, Any]:
    return {
        "absent": substitution.absent_id,
        "deputy": substitution.deputy_id,
        "starts_on": substitution.starts_on.isoformat(),
        "ends_on": substitution.ends_on.isoformat(),
    }


@transaction.atomic
def end_substitution(substitution: Substitution, *, by: User) -> None:
    """End it at once: yesterday becomes its last day; one that began today or is still to come is deleted.

    The log keeps who should have stood in for whom. Raises ValidationError when it is over already.
    """
    today = timezone.localdate()
    same = Substitution.objects.not_over(today).filter(pk=substitution.pk, ends_on=substitution.ends_on)
    if substitution.starts_on < today:
        ended = same.update(ends_on=today - timedelta(days=1))
    else:
        ended, _rows = same.delete()
    if not ended:
        raise ValidationError(_("Die Vertretung ist schon beendet."))
    organisation = substitution.absent.provider.code
    record("substitution.ended", by=by, organisation=organisation, **_who_and_when(substitution))
