"""The fixed grid of periods: calendar quarters and months, nothing in between, so no two figures can be subtracted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

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


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter; its key ("2026-3") is what stands in URLs and in the stored figures."""

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
    def start(self) -> date:
        return self.months[0].start

    @property
    def end(self) -> date:
        """The last day, included."""
        return self.months[-1].end

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


def shown_quarters(today: date) -> tuple[Quarter, ...]:
    """Oldest first; the last one is running. They always contain the shown months."""
    return tuple(Quarter.of(today).shifted(-back) for back in reversed(range(QUARTERS_SHOWN)))


def shown_months(today: date) -> tuple[Month, ...]:
    return tuple(Month.of(today).shifted(-back) for back in reversed(range(MONTHS_SHOWN)))
