"""The fixed grid of periods: months, quarters, half-years and years of the calendar, nothing in between.

No free dates, so that no two figures can be subtracted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

CUT_OFF: Final = timedelta(days=15)  # after the end of a period: what is entered later counts in the next one
QUARTERS_SHOWN: Final = 5  # the running one and the four before
MONTHS_SHOWN: Final = 13


@dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @property
    def start(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def end(self) -> date:
        """The last day, included."""
        return self.shifted(1).start - timedelta(days=1)

    def shifted(self, months: int) -> Month:
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    @property
    def label(self) -> str:
        return date_format(self.start, "F Y")

    @property
    def short_label(self) -> str:
        return date_format(self.start, "b").capitalize()


class _Span:
    """What quarters, half-years and years have in common. Its key is what stands in URLs and in the stored figures."""

    kind: ClassVar[str]

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        raise NotImplementedError

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(month for quarter in self.quarters for month in quarter.months)

    @property
    def start(self) -> date:
        return self.months[0].start

    @property
    def end(self) -> date:
        """The last day, included."""
        return self.months[-1].end

    @property
    def cut_off(self) -> date:
        """The last day on which what belongs to the period is entered, included."""
        return self.end + CUT_OFF

    @property
    def due_on(self) -> date:
        """The first day on which its report can be made."""
        return self.cut_off + timedelta(days=1)

    def is_settled(self, today: date) -> bool:
        """Whether the period and the days for late entries are over."""
        return today > self.cut_off


@dataclass(frozen=True, order=True)
class Quarter(_Span):
    """A calendar quarter, "2026-3"."""

    kind: ClassVar[str] = "quarter"

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def from_key(cls, key: str) -> Quarter:
        year, number = key.split("-")
        return cls(int(year), int(number))

    @property
    def key(self) -> str:
        return f"{self.year}-{self.number}"

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return (self,)

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(Month(self.year, self.number * 3 - offset) for offset in (2, 1, 0))

    def shifted(self, quarters: int) -> Quarter:
        index = self.year * 4 + self.number - 1 + quarters
        return Quarter(index // 4, index % 4 + 1)

    @property
    def label(self) -> str:
        return _("%(number)s. Quartal %(year)s") % {"number": self.number, "year": self.year}

    @property
    def short_label(self) -> str:
        return _("Q%(number)s/%(year)s") % {"number": self.number, "year": self.year % 100}


@dataclass(frozen=True, order=True)
class Half(_Span):
    """A half-year of the calendar, "2026-H1"."""

    kind: ClassVar[str] = "half"

    year: int
    number: int

    @property
    def key(self) -> str:
        return f"{self.year}-H{self.number}"

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return tuple(Quarter(self.year, self.number * 2 - offset) for offset in (1, 0))

    def shifted(self, halves: int) -> Half:
        index = self.year * 2 + self.number - 1 + halves
        return Half(index // 2, index % 2 + 1)

    @property
    def label(self) -> str:
        return _("%(number)s. Halbjahr %(year)s") % {"number": self.number, "year": self.year}

    @property
    def short_label(self) -> str:
        return _("H%(number)s/%(year)s") % {"number": self.number, "year": self.year % 100}


@dataclass(frozen=True, order=True)
class Year(_Span):
    """A year of the calendar, "2026"."""

    kind: ClassVar[str] = "year"

    year: int

    @property
    def key(self) -> str:
        return str(self.year)

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return tuple(Quarter(self.year, number) for number in (1, 2, 3, 4))

    def shifted(self, years: int) -> Year:
        return Year(self.year + years)

    @property
    def label(self) -> str:
        return _("Jahr %(year)s") % {"year": self.year}

    @property
    def short_label(self) -> str:
        return str(self.year)


Period = Quarter | Half | Year


def period_from_key(key: str) -> Period:
    """ "2026-3", "2026-H1" or "2026"; raises ValueError for anything else."""
    found = re.fullmatch(r"(2\d{3})(?:-(?:([1-4])|H([12])))?", key, re.ASCII)
    if found is None:
        raise ValueError(f"Not a period: {key!r}")
    year, quarter, half = found.groups()
    if quarter:
        return Quarter(int(year), int(quarter))
    return Half(int(year), int(half)) if half else Year(int(year))


def settled_periods(first: date, today: date) -> tuple[Period, ...]:
    """Quarters, half-years and years whose cut-off is over and which end on this day or later.

    Oldest first, and what is inside another one before it.
    """
    found: list[Period] = []
    quarter = Quarter.of(first)
    while quarter.is_settled(today):
        ended: tuple[Period, ...] = (quarter, Half(quarter.year, (quarter.number + 1) // 2), Year(quarter.year))
        found += [period for period in ended if period.end == quarter.end]
        quarter = quarter.shifted(1)
    return tuple(found)


def coming_periods(today: date) -> tuple[Period, ...]:
    """Of each kind the one whose cut-off is over next."""
    quarter = Quarter.of(today).shifted(-1)
    half, year = Half(quarter.year, (quarter.number + 1) // 2), Year(quarter.year)
    return tuple(period if not period.is_settled(today) else period.shifted(1) for period in (quarter, half, year))


def shown_quarters(today: date) -> tuple[Quarter, ...]:
    """Oldest first; the last one is running. They always contain the shown months."""
    return tuple(Quarter.of(today).shifted(-back) for back in reversed(range(QUARTERS_SHOWN)))


def shown_months(today: date) -> tuple[Month, ...]:
    return tuple(Month.of(today).shifted(-back) for back in reversed(range(MONTHS_SHOWN)))
