"""The geometry of the charts: numbers in, coordinates out. Pure functions; templates/reports/charts/ draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.publishing import shown

WIDTH: Final = 720
HEIGHT: Final = 300
LEFT, RIGHT, TOP = 84, 8, 16  # room for the text, which is larger on a phone
LINE: Final = 46  # below the axis; a second line of labels takes half as much again
CLASSES: Final = 5
FINE: Final = 250  # up to here the classes of a map fit closely, beyond they are round
SPACIOUS: Final = 6  # groups that have room for every label, even on a phone
MAP_WIDTH, MAP_HEIGHT = 1000, 1074


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    style: int
    text: str  # what the tooltip says: the same number as the table


@dataclass(frozen=True)
class Tick:
    at: float
    label: str
    second: str = ""  # a second line below, such as the year
    is_minor: bool = False  # may be left out where there is little room


@dataclass(frozen=True)
class Columns:
    """Upright bars in groups, one bar per series; a withheld number leaves its place empty."""

    id: str
    title: str
    series: tuple[tuple[str, int], ...]  # name and style
    bars: tuple[Bar, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: float = HEIGHT - LINE


@dataclass(frozen=True)
class Group:
    label: str
    values: Sequence[int | None]
    second: str = ""
    name: str = ""  # in full, for the tooltip
    style: int = 0  # instead of that of the series


@dataclass(frozen=True)
class Small:
    """A few columns without an axis, beside their name, in hundredths of their box; `text` says the numbers."""

    label: str
    values: tuple[int | None, ...]
    bars: tuple[Bar, ...]
    text: str

    @property
    def last(self) -> int | None:
        return self.values[-1]


@dataclass(frozen=True)
class Class:
    """A step of the colour scale: index 1 to 5, from the lightest."""

    index: int
    label: str


@dataclass(frozen=True)
class Area:
    number: int
    name: str
    outline: str
    x: int
    y: int
    value: str
    label: str  # for the link
    step: int  # 0 where the number is withheld
    url: str


@dataclass(frozen=True)
class Cell:
    """A number of a heat map with its class, or a share: how it stands to the city's, and whether that stands out."""

    number: int | None
    step: int = 0
    is_above: bool = False
    is_below: bool = False
    is_outstanding: bool = False


@dataclass(frozen=True)
class Line:
    label: str
    cells: tuple[Cell, ...]
    total: int | None


@dataclass(frozen=True)
class Grid:
    """A table of two attributes."""

    columns: tuple[str, ...]
    rows: tuple[Line, ...]


@dataclass(frozen=True)
class Map:
    id: str
    title: str
    areas: tuple[Area, ...]
    classes: tuple[Class, ...]
    width: int = MAP_WIDTH
    height: int = MAP_HEIGHT


def round_step(highest: float, steps: int) -> int:
    """The smallest of 5, 10, 20, 25, 50, 100 ... of which `steps` exceed or reach the highest value."""
    scale = 1
    while True:
        for base in (5, 10, 20, 25):
            if base * scale * steps >= highest:
                return base * scale
        scale *= 10


def columns(id: str, title: str, series: Sequence[tuple[str, int]], groups: Sequence[Group]) -> Columns:
    """Bars from zero; the axis ends at the first round number above the highest value."""
    highest = max((value for group in groups for value in group.values if value is not None), default=0)
    step = round_step(highest, 5)
    steps = max(-(-highest // step), 1)
    floor = HEIGHT - LINE * (1.5 if any(group.second for group in groups) else 1)
    slot = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    width = min(slot * 0.76 / max(len(series), 1), 44)
    centres = [LEFT + slot * (index + 0.5) for index in range(len(groups))]
    bars = [
        _bar(centre + width * (place - len(series) / 2), floor, width, (floor - TOP) * value / (step * steps),
             group.style or style, f"{group.name or group.label}: {shown(value)} {name}")
        for centre, group in zip(centres, groups, strict=True)
        for place, (value, (name, style)) in enumerate(zip(group.values, series, strict=True))
        if value
    ]  # fmt: skip
    return Columns(
        id=id,
        title=title,
        series=tuple(series),
        bars=tuple(bars),
        y_ticks=tuple(Tick(round(floor - (floor - TOP) * n / steps, 1), shown(n * step)) for n in range(steps + 1)),
        x_ticks=tuple(
            Tick(round(centre, 1), group.label, group.second, is_minor=bool(index % 2) and len(groups) > SPACIOUS)
            for index, (centre, group) in enumerate(zip(centres, groups, strict=True))
        ),
        bottom=floor,
    )


def _bar(x: float, floor: float, width: float, height: float, style: int, text: str) -> Bar:
    return Bar(round(x, 1), round(floor - height, 1), round(width * 0.92, 1), round(height, 1), style, text)


def small(label: str, names: Sequence[str], values: Sequence[int | None], highest: int) -> Small:
    """One column for each value from edge to edge, the last one stressed; a withheld number leaves its place empty."""
    last = len(values) - 1
    width = min(80 / len(values), 12)
    texts = [f"{name}: {shown(value)}" for name, value in zip(names, values, strict=True)]
    bars = []
    for place, (value, text) in enumerate(zip(values, texts, strict=True)):
        if value is not None:
            x, height = (100 - width) * (place / last if last else 1), max(bar_length(value, highest), 1)
            bars.append(Bar(round(x, 1), 100 - height, width, height, 1 if place == last else 3, text))
    return Small(label, tuple(values), tuple(bars), f"{label}, {', '.join(texts)}")


def area(district: Any, value: int | None, step: int, *, label: str, url: str = "") -> Area:
    """A Stadtbezirk on the map, coloured by a published number; `step` is the width of a class."""
    return Area(
        number=district.number,
        name=district.name,
        outline=district.outline,
        x=district.label_x,
        y=district.label_y,
        value=shown(value),
        label=label,
        step=class_of(value, step),
        url=url,
    )


def bar_length(value: int | None, highest: int | None) -> float:
    """Of a hundred."""
    return round(100 * value / highest, 1) if value and highest else 0


def scale(values: Iterable[int | None]) -> int:
    """The width of one class, so that all published values fit into five."""
    highest = max((value for value in values if value is not None), default=0) + 5
    return -(-highest // (5 * CLASSES)) * 5 if highest <= FINE else round_step(highest, CLASSES)


def class_of(value: int | None, step: int) -> int:
    """1 to 5; 0 where the number is withheld."""
    return 0 if value is None else min(value // step, CLASSES - 1) + 1


def classes(step: int, areas: Iterable[Area]) -> tuple[Class, ...]:
    """Those that colour an area. Both ends are published numbers: 0–20, 25–45 ..."""
    used = {area.step for area in areas} - {0}
    return tuple(Class(n, _from_to((n - 1) * step, n * step - 5)) for n in sorted(used))


def _from_to(low: int, high: int) -> str:
    return shown(low) if low == high else f"{shown(low)} – {shown(high)}"
