"""Load against capacity, for the coordinating office: exact and of today, about posts and not about persons.

Protected tracks are left out of every exact count, cases and places alike, together with everybody who serves one: a
Träger whose posts are of such a track would tell an exact number of people with a disability, say (Art. 9 DSGVO). They
are one line for the whole city: posts and places exact, cases rounded to 10. Nothing here is about one case manager.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from cases.candidates import able_staff, general_staff, keys_by_staff
from cases.dispatch import EVERYBODY_SPEAKS, capacity_of
from cases.models import Case, IntakeRequest
from districts.models import CaseManager, District, Language, Track
from kim.permissions import Permission, may
from kim.privacy.rounding import PROTECTED_BASE, rounded, withheld
from kim.users.models import User

WINDOW: Final = timedelta(weeks=13)  # a quarter: long enough for a rate, short enough to be the present one
CITYWIDE: Final = 0  # where those work who have no Stadtbezirk of their own
NO_TRACK: Final = 0  # of somebody new whose tracks are not entered yet; such a row is not shown
UNIT: Final = 2520  # a place, so that whole numbers can be shared among up to ten
ENOUGH_STAFF: Final = 3  # from here on a number of free places is nobody's in particular


@dataclass(frozen=True)
class Load:
    """Of a Träger, a Stadtbezirk or a track: open cases, what is promised beside, places, and what came and went.

    `free` is the places of those who can take on a case; that a colleague carries too much takes none of them away.
    """

    key: int
    name: str
    staff: int = 0
    cases: int = 0
    accepted: int = 0  # requests that a case manager has taken on and not opened a case for
    places: int = 0
    free: int = 0
    opened: int = 0  # in the window
    closed: int = 0

    @property
    def taken(self) -> int:
        return self.cases + self.accepted


@dataclass(frozen=True)
class Spoken:
    """A language: who speaks it, where among them a place is free, and who waits for it."""

    code: str
    name: str
    staff: int
    free: int
    places: int
    waiting: int

    @property
    def is_missing(self) -> bool:
        return bool(self.waiting) and not self.free


@dataclass(frozen=True)
class Specialised:
    """All protected tracks together. `cases` is a multiple of 10, or None for fewer than 30."""

    posts: Decimal
    places: int
    cases: int | None


@dataclass(frozen=True)
class CityLoad:
    total: Load
    providers: tuple[Load, ...]
    districts: tuple[Load, ...]
    tracks: tuple[Load, ...]
    languages: tuple[Spoken, ...]
    waiting: dict[int, int]  # Stadtbezirk -> requests; CITYWIDE where it is not known
    specialised: Specialised


# --- Reading


@dataclass
class _Desk:
    """A case manager while it is counted; never leaves this module."""

    provider: int
    provider_name: str
    posts: Decimal
    is_able: bool
    districts: list[int]
    tracks: list[int]
    places: int = 0
    is_protected: bool = False
    taken: int = 0

    @property
    def free(self) -> int:
        return max(self.places - self.taken, 0)


class _Row(NamedTuple):
    """Cases or requests that are alike in all that matters here."""

    case_manager: int | None
    district: int | None
    track: int | None
    cases: int = 0
    opened: int = 0
    closed: int = 0
    accepted: int = 0
    waiting: int = 0
    language: str | None = None

    @property
    def taken(self) -> int:
        return self.cases + self.accepted


def _desks(
    districts: dict[int, list[int]], tracks: dict[int, Track], on_track: dict[int, list[int]]
) -> dict[int, _Desk]:
    staff = CaseManager.objects.annotate(is_able=Q(pk__in=able_staff().values("pk"))).order_by()
    desks = {}
    for pk, provider, name, posts, is_able in staff.values_list(
        "pk", "provider", "provider__name", "post_share", "is_able"
    ):
        own = [tracks[track] for track in sorted(on_track.get(pk, ()))]
        desks[pk] = _Desk(
            provider=provider,
            provider_name=name,
            posts=posts,
            is_able=is_able,
            districts=sorted(districts.get(pk, ())) or [CITYWIDE],
            tracks=[track.pk for track in own] or [NO_TRACK],
            places=int(posts * min(track.cases_per_post for track in own)) if own and is_able else 0,
            is_protected=any(track.is_protected for track in own),
        )
    return desks


def _cases(today: date) -> list[_Row]:
    since = today - WINDOW
    recent = Q(closed_on=None) | Q(closed_on__gt=since) | Q(opened_on__gt=since)
    counted = Case.objects.filter(recent).order_by().values_list("case_manager", "district", "track")
    rows = counted.annotate(
        cases=Count("pk", filter=Q(closed_on=None)),
        opened=Count("pk", filter=Q(opened_on__gt=since, opened_on__lte=today)),
        closed=Count("pk", filter=Q(closed_on__gt=since, closed_on__lte=today)),
    )
    return [_Row(*row) for row in rows]


def _requests() -> list[_Row]:
    rows = IntakeRequest.objects.open().without_protected().order_by()
    rows = rows.values_list("case_manager", "district", "track", "language", "status").annotate(number=Count("pk"))
    return [
        _Row(
            staff,
            district,
            track,
            accepted=number if staff else 0,
            waiting=number if status in IntakeRequest.WAITING else 0,
            language=language,
        )
        for staff, district, track, language, status, number in rows
    ]


# --- Adding up


@dataclass
class _Tally:
    """What has been added up for one row of a table; places are counted in UNITs and rounded once, at the end."""

    staff: int = 0
    cases: int = 0
    accepted: int = 0
    opened: int = 0
    closed: int = 0
    places: int = 0
    free: int = 0

    def add(self, row: _Row) -> None:
        self.cases += row.cases
        self.accepted += row.accepted
        self.opened += row.opened
        self.closed += row.closed


class _Sums:
    def __init__(self) -> None:
        self.tallies: dict[int, _Tally] = defaultdict(_Tally)

    def add(self, key: int, row: _Row) -> None:
        self.tallies[key].add(row)

    def share(self, keys: list[int], desk: _Desk) -> None:
        """What a desk has, once all that it has taken is known; equally among its keys."""
        places, free = desk.places * UNIT // len(keys), desk.free * UNIT // len(keys)
        for key in keys:
            tally = self.tallies[key]
            tally.staff += desk.is_able
            tally.places += places
            tally.free += free

    def load(self, key: int, name: str) -> Load:
        tally = asdict(self.tallies[key])
        places, free = ((tally.pop(column) + UNIT // 2) // UNIT for column in ("places", "free"))
        return Load(key, name, places=places, free=free, **tally)

    def loads(self, names: dict[int, str]) -> tuple[Load, ...]:
        """In the order of the names; without those where nobody works and nothing is open."""
        found = (self.load(key, name) for key, name in names.items())
        return tuple(load for load in found if load.staff or load.taken)


def city_load(today: date) -> CityLoad:
    """A case counts where its case manager works: in their Stadtbezirk, and of several in the one of the case.

    The places of somebody with several Stadtbezirke or tracks are shared equally among them.
    """
    tracks = Track.objects.in_bulk()
    districts = dict(District.objects.order_by("number").values_list("number", "name"))
    desks = _desks(keys_by_staff(CaseManager.districts, "district"), tracks, keys_by_staff(CaseManager.tracks, "track"))
    general = {pk: desk for pk, desk in desks.items() if not desk.is_protected}
    by_provider, by_district, by_track = _Sums(), _Sums(), _Sums()
    cases, requests, specialised = _cases(today), _requests(), 0
    for row in (*cases, *requests):
        desk = general.get(row.case_manager or 0)
        if desk is None or (row.track and tracks[row.track].is_protected):
            specialised += row.cases
            continue
        desk.taken += row.taken
        by_provider.add(desk.provider, row)
        by_district.add(row.district if row.district in desk.districts else desk.districts[0], row)
        by_track.add(row.track or desk.tracks[0], row)
    for each in general.values():
        by_provider.share([each.provider], each)
        by_district.share(each.districts, each)
        by_track.share(each.tracks, each)
    providers = by_provider.loads(_providers(general.values()))
    return CityLoad(
        total=_total(providers),
        providers=providers,
        districts=by_district.loads(districts | {CITYWIDE: ""}),
        tracks=by_track.loads({track.pk: str(track) for track in tracks.values() if not track.is_protected}),
        languages=_languages(general, requests),
        waiting=_waiting(requests),
        specialised=_specialised(desks.values(), specialised),
    )


def _total(providers: Iterable[Load]) -> Load:
    """Everybody works for one Träger, so nothing is counted twice or shared."""
    columns = ("staff", "cases", "accepted", "places", "free", "opened", "closed")
    return Load(0, "", **{column: sum(getattr(load, column) for load in providers) for column in columns})


def _providers(desks: Iterable[_Desk]) -> dict[int, str]:
    names = sorted({(desk.provider_name, desk.provider) for desk in desks})
    return {key: name for name, key in names}


def _waiting(requests: list[_Row]) -> dict[int, int]:
    waiting: Counter[int] = Counter()
    for row in requests:
        waiting[row.district or CITYWIDE] += row.waiting
    return dict(waiting)


def _languages(general: dict[int, _Desk], requests: list[_Row]) -> tuple[Spoken, ...]:
    """The missing ones first, then those that are asked for most; German is everybody's."""
    waiting: Counter[str] = Counter()
    for row in requests:
        if row.language:
            waiting[row.language] += row.waiting
    staff, free, places = Counter[str](), Counter[str](), Counter[str]()
    for pk, codes in keys_by_staff(CaseManager.languages, "language").items():
        desk = general.get(pk)
        if desk is None or not desk.is_able:
            continue
        free_there = desk.free
        for code in codes:
            staff[code] += 1
            free[code] += free_there
            places[code] += desk.places
    asked = {code for code, number in waiting.items() if number}
    shown = (asked | set(staff)) - {EVERYBODY_SPEAKS}
    found = [
        Spoken(code, name, staff=staff[code], free=free[code], places=places[code], waiting=waiting[code])
        for code, name in Language.objects.named()
        if code in shown
    ]
    return tuple(sorted(found, key=lambda row: (not row.is_missing, -row.waiting, row.name)))


def _specialised(desks: Iterable[_Desk], cases: int) -> Specialised:
    own = [desk for desk in desks if desk.is_protected and desk.is_able]
    return Specialised(
        posts=sum((desk.posts for desk in own), Decimal(0)),
        places=sum(desk.places for desk in own),
        cases=None if withheld(cases) else rounded(cases, PROTECTED_BASE),
    )


def free_word(spoken: Spoken) -> str:
    """As the proposals of the Einsatz say it: frei, wenig frei, voll."""
    return capacity_of(spoken.places - spoken.free, spoken.places).word


def capacity_words(district: District, by: User) -> dict[int, str]:
    """Case manager -> frei, wenig frei, voll, as in the proposals of the Einsatz and for the same people."""
    if not may(by, Permission.DISPATCH_REQUESTS):
        return {}
    staff = general_staff().filter(districts=district).order_by().values_list("pk", "post_share")
    theirs = Case.objects.open().filter(case_manager=OuterRef("pk")).order_by().values("case_manager")
    open_cases = Coalesce(Subquery(theirs.annotate(number=Count("pk")).values("number")), 0)
    rows = list(staff.annotate(per_post=Min("tracks__cases_per_post"), open_cases=open_cases))
    accepted = IntakeRequest.objects.open().filter(case_manager__in=[row[0] for row in rows]).order_by()
    numbers = dict(accepted.values_list("case_manager").annotate(Count("pk")))
    return {
        pk: capacity_of(cases + numbers.get(pk, 0), int(posts * (per_post or 0))).word
        for pk, posts, per_post, cases in rows
    }
