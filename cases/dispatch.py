"""Who could take a request: a ranked proposal with its reasons in words. Pure: facts in, proposals out, no database.

The points, and why: the wished track decides most; a shared language saves an interpreter in every talk; the own
Stadtbezirk saves a journey; a free place means a talk this week. Who is absent or has just returned the request comes
last, but stays in the list, because nobody else may be there. Case managers of protected tracks are never candidates
for other requests (see cases.candidates), and free capacity is a word: exact numbers are for the own lead only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

TRACK, LANGUAGE, DISTRICT, CITYWIDE, FREE, SCARCE = 8, 5, 4, 2, 3, 1
OTHER_TRACK, ABSENT, RETURNED = -4, -6, -10
SCARCE_FROM = 0.8  # of the places taken
EVERYBODY_SPEAKS = "de"


class Capacity(StrEnum):
    FREE = "free"
    SCARCE = "scarce"
    FULL = "full"

    @property
    def word(self) -> str:
        return {"free": _("frei"), "scarce": _("wenig frei"), "full": _("voll")}[self.value]


def capacity_of(taken: int, places: int) -> Capacity:
    """Free below four fifths of the places, then scarce, then full; a post without places is full."""
    if taken >= places:
        return Capacity.FULL
    return Capacity.SCARCE if taken >= SCARCE_FROM * places else Capacity.FREE


@dataclass(frozen=True)
class Wish:
    """What the office may know of a request."""

    district: int | None = None
    track: int | None = None
    language: str | None = None
    returned_from: int | None = None


@dataclass(frozen=True)
class Candidate:
    """A case manager as the proposal sees them."""

    pk: int
    name: str
    provider: int
    provider_name: str
    capacity: Capacity
    districts: frozenset[int] = frozenset()  # none: the whole city
    tracks: frozenset[int] = frozenset()
    languages: frozenset[str] = frozenset()
    has_citywide_track: bool = False
    absent_until: date | None = None


@dataclass(frozen=True)
class Reason:
    """One sentence for or against; `points` may be negative or 0."""

    text: str
    points: int


@dataclass(frozen=True)
class Proposal:
    candidate: Candidate
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def points(self) -> int:
        return sum(reason.points for reason in self.reasons)


def ranked(wish: Wish, candidates: Iterable[Candidate]) -> list[Proposal]:
    """The best first; equals in the order of their names."""
    proposals = [Proposal(each, tuple(reasons(wish, each))) for each in candidates]
    return sorted(proposals, key=lambda proposal: (-proposal.points, proposal.candidate.name, proposal.candidate.pk))


def reasons(wish: Wish, candidate: Candidate) -> Iterable[Reason]:
    if wish.track is not None:
        yield _about_the_track(wish.track, candidate)
    if wish.language is not None and wish.language != EVERYBODY_SPEAKS:
        if wish.language in candidate.languages:
            yield Reason(_("spricht die Sprache"), LANGUAGE)
        else:
            yield Reason(_("spricht die Sprache nicht"), 0)
    yield from _about_the_place(wish.district, candidate)
    points = {Capacity.FREE: FREE, Capacity.SCARCE: SCARCE, Capacity.FULL: 0}[candidate.capacity]
    yield Reason(candidate.capacity.word, points)
    if candidate.absent_until is not None:
        yield Reason(_("abwesend bis %(day)s") % {"day": f"{candidate.absent_until:%d.%m.%Y}"}, ABSENT)
    if wish.returned_from is not None and wish.returned_from == candidate.provider:
        yield Reason(_("der Träger hat die Anfrage zurückgegeben"), RETURNED)


def _about_the_track(track: int, candidate: Candidate) -> Reason:
    if track in candidate.tracks:
        return Reason(_("hat den gewünschten Schwerpunkt"), TRACK)
    return Reason(_("hat einen anderen Schwerpunkt"), OTHER_TRACK)


def _about_the_place(district: int | None, candidate: Candidate) -> Iterable[Reason]:
    if district is not None and district in candidate.districts:
        yield Reason(_("arbeitet in diesem Stadtbezirk"), DISTRICT)
    elif candidate.has_citywide_track or not candidate.districts:
        yield Reason(_("arbeitet stadtweit"), CITYWIDE)
    elif district is not None:
        yield Reason(_("arbeitet in einem anderen Stadtbezirk"), 0)
