"""The drawing of the network: numbers in, coordinates out. The list beside it says the same in words."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cases.models import NetworkContact

SIZE: Final = 700
CENTRE: Final = SIZE / 2
RINGS: Final = {"near": (60, 150), "middle": (150, 220), "far": (220, 290)}  # radius inside and outside
DOT: Final = 15
CAPTION: Final = 315


@dataclass(frozen=True)
class Dot:
    number: int
    x: float
    y: float
    kind: str
    label: str


@dataclass(frozen=True)
class Caption:
    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True)
class Ring:
    radius: float
    label: str
    y: float  # of its label


@dataclass(frozen=True)
class NetworkMap:
    dots: tuple[Dot, ...]
    captions: tuple[Caption, ...]
    rings: tuple[Ring, ...]
    spokes: tuple[tuple[float, float, float, float], ...]
    size: int = SIZE
    centre: float = CENTRE


def network_map(contacts: Sequence[NetworkContact]) -> NetworkMap:
    """Each kind has its sector, each closeness its ring; contacts are numbered as in the list."""
    kinds = list(NetworkContact.Kind)
    sector = 2 * math.pi / len(kinds)
    cells = defaultdict(list)
    for number, contact in enumerate(contacts, start=1):
        cells[contact.kind, contact.closeness].append((number, contact))
    dots = [
        dot
        for (kind, closeness), members in cells.items()
        for dot in _cell(members, kinds.index(NetworkContact.Kind(kind)) * sector, sector, *RINGS[closeness])
    ]
    return NetworkMap(
        dots=tuple(sorted(dots, key=lambda dot: dot.number)),
        captions=tuple(_caption(str(kind.label), (place + 0.5) * sector) for place, kind in enumerate(kinds)),
        rings=tuple(
            Ring(outer, str(NetworkContact.Closeness(closeness).label), CENTRE - outer + 18)
            for closeness, (_inner, outer) in RINGS.items()
        ),
        spokes=tuple(
            (*_at(RINGS["near"][0], place * sector), *_at(RINGS["far"][1], place * sector))
            for place in range(len(kinds))
        ),
    )


def _at(radius: float, angle: float) -> tuple[float, float]:
    """Angles count clockwise from the top."""
    return round(CENTRE + radius * math.sin(angle), 1), round(CENTRE - radius * math.cos(angle), 1)


def _cell(members: list, start: float, sector: float, inner: float, outer: float) -> list[Dot]:
    """Side by side on the middle of the ring; in two or more rows where there are many."""
    middle = (inner + outer) / 2
    fitting = max(1, int(middle * sector * 0.9 // (2 * DOT + 2)))
    rows = math.ceil(len(members) / fitting)
    dots = []
    for place, (number, contact) in enumerate(members):
        row, column = divmod(place, fitting)
        in_row = min(fitting, len(members) - row * fitting)
        radius = inner + (outer - inner) * (row + 1) / (rows + 1)
        x, y = _at(radius, start + sector * (column + 1) / (in_row + 1))
        dots.append(Dot(number, x, y, contact.kind, contact.label))
    return dots


def _caption(text: str, angle: float) -> Caption:
    x, y = _at(CAPTION, angle)
    side = math.sin(angle)
    anchor = "middle" if abs(side) < 0.2 else "start" if side > 0 else "end"
    return Caption(x, y, anchor, text)
