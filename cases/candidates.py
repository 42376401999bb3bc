"""Who could take a request now, read for cases.dispatch; and what is asked for beside what is offered."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, QuerySet

from cases.dispatch import EVERYBODY_SPEAKS, Candidate, Wish, capacity_of, ranked
from cases.models import Case, IntakeRequest
from districts.models import CaseManager, Language, Provider, Substitution, Track
from kim.permissions import Permission, roles_with
from kim.users.models import User


def able_staff() -> QuerySet[CaseManager]:
    """Can log in, confirmed by the lead, works on requests, at a Träger that takes part."""
    takes = roles_with(Permission.WORK_ON_CASES)
    return CaseManager.objects.active().filter(user__role__in=takes, provider__is_active=True)


def general_staff() -> QuerySet[CaseManager]:
    """Without everybody who serves a protected track: those are proposed for nothing else."""
    return able_staff().exclude(tracks__in=Track.objects.filter(is_protected=True))


def candidates_for(track: Track | None) -> list[Candidate]:
    """For a protected wish those who serve the track, else everybody who serves no protected one."""
    staff = able_staff().filter(tracks=track) if track and track.is_protected else general_staff()
    return _loaded(staff)


def keys_by_staff(relation: Any, key: str) -> dict[int, list[Any]]:
    """Case manager -> keys of one of the many-to-many relations, in no order."""
    found: dict[int, list[Any]] = defaultdict(list)
    for case_manager, value in relation.through.objects.values_list("casemanager", key):
        found[case_manager].append(value)
    return found


def _loaded(staff: QuerySet[CaseManager]) -> list[Candidate]:
    """Bare rows put together here: the whole city is ranked for one request."""
    facts = list(Track.objects.order_by().values_list("pk", "cases_per_post", "is_citywide"))
    per_post = {track: cases for track, cases, _is_citywide in facts}
    citywide = {track for track, _cases, is_citywide in facts if is_citywide}
    districts = keys_by_staff(CaseManager.districts, "district")
    tracks = keys_by_staff(CaseManager.tracks, "track")
    languages = keys_by_staff(CaseManager.languages, "language")
    absences = Substitution.objects.in_force().order_by().values_list("absent")
    absent_until = dict(absences.annotate(Max("ends_on")))
    taken = _taken()
    return [
        Candidate(
            pk=pk,
            name=name,
            provider=provider,
            provider_name=provider_name,
            capacity=capacity_of(taken[pk], int(posts * min((per_post[track] for track in tracks[pk]), default=0))),
            districts=frozenset(districts[pk]),
            tracks=frozenset(tracks[pk]),
            languages=frozenset(languages[pk]),
            has_citywide_track=not citywide.isdisjoint(tracks[pk]),
            absent_until=absent_until.get(pk),
        )
        for pk, posts, name, provider, provider_name in staff.order_by().values_list(
            "pk", "post_share", "user__name", "provider", "provider__name"
        )
    ]


def _taken() -> dict[int, int]:
    """Open cases and accepted requests of each case manager: both will need their time."""
    taken: dict[int, int] = defaultdict(int)
    for rows in (Case.objects.open(), IntakeRequest.objects.open().exclude(case_manager=None)):
        for pk, number in rows.order_by().values_list("case_manager").annotate(number=Count("*")):
            taken[pk] += number
    return taken


def wish_of(request: IntakeRequest) -> Wish:
    return Wish(request.district_id, request.track_id, request.language_id, request.returned_from_id)


def specialised_provider(request: IntakeRequest) -> Provider | None:
    """Where a request with a protected wish goes: the Träger of the best who serves the track, not the one it left."""
    left = {request.provider_id, request.returned_from_id}
    found = [each for each in candidates_for(request.track) if each.provider not in left]
    proposals = ranked(wish_of(request), found)
    return Provider.objects.get(pk=proposals[0].candidate.provider) if proposals else None


def receiving_providers() -> QuerySet[Provider]:
    """Where the office may send a request without a protected wish."""
    return Provider.objects.filter(pk__in=general_staff().order_by().values("provider")).order_by("name")


# --- Whom a notice reaches


def office() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=roles_with(Permission.DISPATCH_REQUESTS))


def leads_of(provider: Provider) -> QuerySet[User]:
    leads = User.objects.filter(is_active=True, role_confirmed_at__isnull=False, membership__provider=provider)
    return leads.filter(role__in=roles_with(Permission.LEAD_TEAM))


def deputies_of(absent: CaseManager, day: date | None = None) -> QuerySet[User]:
    """Who stands in today; ask it only about what a deputy may see."""
    in_force = Substitution.objects.in_force(day).filter(absent=absent, deputy__provider=absent.provider_id)
    return User.objects.filter(is_active=True, case_manager__deputising__in=in_force)


def matching_staff(request: IntakeRequest) -> list[User]:
    """Who at the Träger of the request fits the wish; with a protected wish all who serve the track."""
    wish = wish_of(request)
    team = [each for each in candidates_for(request.track) if each.provider == request.provider_id]
    if request.track is not None:
        team = [each for each in team if request.track_id in each.tracks]
    if wish.district is not None and not request.is_protected:
        near = [each for each in team if wish.district in each.districts or each.has_citywide_track]
        team = near or team
    return list(User.objects.filter(case_manager__in=[each.pk for each in team]))


# --- What is asked for beside what is offered


@dataclass(frozen=True)
class Waiting:
    """How many wait for one district, track and language; an empty name: not known, or no wish."""

    district: str
    track: str
    language: str
    requests: int


@dataclass(frozen=True)
class Asked:
    """A language: how many open requests ask for it, how many case managers speak it."""

    language: str
    requests: int
    case_managers: int

    @property
    def is_missing(self) -> bool:
        return bool(self.requests) and not self.case_managers


def waiting_list(requests: QuerySet[IntakeRequest]) -> list[Waiting]:
    """Waiting requests by district, track and language, the longest rows first; give it rows without protected ones."""
    by = ("district__name", "track", "language")
    rows = list(requests.waiting().order_by().values_list(*by).annotate(number=Count("pk")))
    tracks = {track.pk: str(track) for track in Track.objects.filter(is_protected=False)}
    languages = dict(Language.objects.named())
    found = [
        Waiting(district or "", tracks.get(track, ""), languages.get(language, ""), number)
        for district, track, language, number in rows
    ]
    return sorted(found, key=lambda row: (-row.requests, row.district, row.track, row.language))


def languages_asked(requests: QuerySet[IntakeRequest]) -> list[Asked]:
    """Open requests by language beside the active case managers who speak it; German is everybody's."""
    asked = dict(requests.open().exclude(language=None).order_by().values_list("language").annotate(Count("pk")))
    spoken = dict(
        Language.objects.filter(case_managers__in=general_staff())
        .order_by()
        .values_list("pk")
        .annotate(number=Count("case_managers", distinct=True))
    )
    names = dict(Language.objects.named())
    found = [
        Asked(names[code], asked.get(code, 0), spoken.get(code, 0))
        for code in (set(asked) | set(spoken)) - {EVERYBODY_SPEAKS}
    ]
    return sorted(found, key=lambda row: (not row.is_missing, -row.requests, row.language))
