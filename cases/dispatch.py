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

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
        return str(WORDS[self])


WORDS = {
    Capacity.FREE: gettext_lazy("frei"),
    Capacity.SCARCE: gettext_lazy("wenig frei"),
    Capacity.FULL: gettext_lazy("voll"),
}


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

    text: str | Promise
    points: int


HAS_TRACK = Reason(gettext_lazy("hat den gewünschten Schwerpunkt"), TRACK)
HAS_OTHER_TRACK = Reason(gettext_lazy("hat einen anderen Schwerpunkt"), OTHER_TRACK)
SPEAKS = Reason(gettext_lazy("spricht die Sprache"), LANGUAGE)
SPEAKS_NOT = Reason(gettext_lazy("spricht die Sprache nicht"), 0)
IS_NEAR = Reason(gettext_lazy("arbeitet in diesem Stadtbezirk"), DISTRICT)
IS_CITYWIDE = Reason(gettext_lazy("arbeitet stadtweit"), CITYWIDE)
IS_FAR = Reason(gettext_lazy("arbeitet in einem anderen Stadtbezirk"), 0)
HAS_ROOM = {
    capacity: Reason(WORDS[capacity], points)
    for capacity, points in ((Capacity.FREE, FREE), (Capacity.SCARCE, SCARCE), (Capacity.FULL, 0))
}
HAS_RETURNED = Reason(gettext_lazy("der Träger hat die Anfrage zurückgegeben"), RETURNED)


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
        yield HAS_TRACK if wish.track in candidate.tracks else HAS_OTHER_TRACK
    if wish.language is not None and wish.language != EVERYBODY_SPEAKS:
        yield SPEAKS if wish.language in candidate.languages else SPEAKS_NOT
    if wish.district is not None and wish.district in candidate.districts:
        yield IS_NEAR
    elif candidate.has_citywide_track or not candidate.districts:
        yield IS_CITYWIDE
    elif wish.district is not None:
        yield IS_FAR
    yield HAS_ROOM[candidate.capacity]
    if candidate.absent_until is not None:
        yield Reason(_("abwesend bis %(day)s") % {"day": f"{candidate.absent_until:%d.%m.%Y}"}, ABSENT)
    if wish.returned_from is not None and wish.returned_from == candidate.provider:
        yield HAS_RETURNED
