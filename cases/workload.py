"""Who carries how much at a Träger, and who can take over. Pure questions: a user in, rows without content out."""

from dataclasses import dataclass

from django.db.models import Count, Min, Prefetch, Q, QuerySet
from django.utils import timezone

from cases.models import Case, FollowUp
from cases.models.case import is_silent
from districts.models import CaseManager, Language, Provider, Substitution
from kim.permissions import NEEDS_CONFIRMED_ROLE, Permission, may, roles_with
from kim.users.models import User

SHOWN_OF_USER = ("user__name", "user__is_active", "user__role_confirmed_at")
SHOWN_OF_SUBSTITUTION = ("absent__user__name", "deputy__user__name", "ends_on")


@dataclass(frozen=True)
class Desk:
    """The load of one case manager; exact, and only for the lead of the same Träger."""

    case_manager: CaseManager
    open: int = 0
    silent: int = 0
    overdue: int = 0

    @property
    def capacity(self) -> int:
        return self.case_manager.capacity

    @property
    def is_full(self) -> bool:
        return self.open >= self.capacity

    @property
    def percent(self) -> int:
        """How long the bar is; a desk without capacity is full as soon as one case lies on it."""
        if not self.capacity:
            return 100 if self.open else 0
        return min(100, round(100 * self.open / self.capacity))


def desks(user: User) -> list[Desk]:
    """Every case manager of the user's Träger; those who have left only while cases still lie with them."""
    if not may(user, Permission.LEAD_TEAM):
        return []
    cases = Case.objects.listed_for(user)
    load = _load_per_case_manager(cases)
    overdue = _overdue_per_case_manager(cases)
    staff = (
        CaseManager.objects.colleagues_of(user).select_related("user").annotate(per_post=Min("tracks__cases_per_post"))
    )
    staff = staff.filter(Q(user__is_active=True) | Q(pk__in=load)).only("post_share", *SHOWN_OF_USER)
    current = (
        Substitution.objects.in_force().select_related("absent__user", "deputy__user").only(*SHOWN_OF_SUBSTITUTION)
    )
    staff = staff.prefetch_related(
        Prefetch("languages", Language.objects.only("name", "name_en"), to_attr="shown_languages"),
        Prefetch("substitutions", current, to_attr="absences_today"),
        Prefetch("deputising", current, to_attr="deputising_today"),
    )
    return [Desk(row, *load.get(row.pk, (0, 0)), overdue.get(row.pk, 0)) for row in staff]


def _load_per_case_manager(cases: QuerySet[Case]) -> dict[int, tuple[int, int]]:
    """How many open cases each one has, and how many of them are silent."""
    silent = Count("pk", filter=is_silent(timezone.localdate()))
    rows = cases.open().order_by().values_list("case_manager").annotate(open=Count("pk"), silent=silent)
    return {case_manager: (open_cases, silent_cases) for case_manager, open_cases, silent_cases in rows}


def _overdue_per_case_manager(cases: QuerySet[Case]) -> dict[int, int]:
    late = FollowUp.objects.open().filter(due_on__lt=timezone.localdate(), case__in=cases.open())
    return dict(late.order_by().values_list("case__case_manager").annotate(Count("pk")))


def able_colleagues(user: User) -> QuerySet[CaseManager]:
    """Who can take over cases or stand in at the user's Träger: active, confirmed, and working on cases."""
    return (
        CaseManager.objects.colleagues_of(user)
        .active()
        .filter(user__role__in=roles_with(Permission.WORK_ON_CASES))
        .with_load()
    )


def staff_to_confirm(user: User) -> QuerySet[User]:
    """Colleagues at the lead's Träger whose role needs a confirmation, given or not; never the lead themself."""
    if not may(user, Permission.LEAD_TEAM):
        return User.objects.none()
    own = Provider.objects.of(user)
    return (
        User.objects.filter(Q(case_manager__provider__in=own) | Q(membership__provider__in=own))
        .filter(is_active=True, role__in=roles_with(*NEEDS_CONFIRMED_ROLE))
        .exclude(pk=user.pk)
    )


def staff_of(user: User) -> QuerySet[User]:
    """Whose account the lead may close: everybody active at the own Träger with their open cases, never the lead."""
    return staff_to_confirm(user).annotate(
        open_cases=Count("case_manager__cases", filter=Q(case_manager__cases__closed_on=None), distinct=True)
    )


def substitutions_listed_for(user: User) -> QuerySet[Substitution]:
    """All of the Träger for its lead; for others those in which they are absent or deputise."""
    rows = Substitution.objects.select_related("absent__user", "deputy__user")
    if may(user, Permission.LEAD_TEAM):
        return rows.filter(absent__provider__in=Provider.objects.of(user))
    if may(user, Permission.GRANT_SUBSTITUTIONS):
        return rows.filter(Q(absent__user=user) | Q(deputy__user=user))
    return rows.none()


def substitutions_ruled_by(user: User) -> QuerySet[Substitution]:
    """Those the user may end: a lead all of the Träger, a case manager those for their own cases."""
    rows = substitutions_listed_for(user)
    return rows if may(user, Permission.LEAD_TEAM) else rows.filter(absent__user=user)
