"""What a rendered report consists of: text and numbers in the language of the reader, the same for every way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext as _

from reports.charts import Columns, Map


class Kind(StrEnum):
    """What a column holds. Only counts are published numbers; the rest is worked out of them, about staff, or words."""

    COUNT = "count"
    SHARE = "share"  # whole per cent
    CHANGE = "change"  # difference of two published numbers
    RATE = "rate"  # per 1,000 inhabitants
    STAFF = "staff"  # posts and languages of staff, exact
    MEDIAN = "median"
    TEXT = "text"


@dataclass(frozen=True)
class Column:
    key: str
    name: str
    kind: Kind

    @property
    def is_derived(self) -> bool:
        return self.kind != Kind.COUNT


class Value(NamedTuple):
    """A number and how it is written. None: withheld, or nothing to say here (then the text is empty).

    `step` is the class of a heat map, 1 to 5.
    """

    number: int | float | None
    text: str
    step: int = 0

    @property
    def is_withheld(self) -> bool:
        return self.number is None and bool(self.text)


class Row(NamedTuple):
    key: str
    name: str
    values: tuple[Value, ...]
    bar: float | None = None  # length of a hundred
    bar_text: str = ""  # what the bar says: the number of the table
    is_total: bool = False
    is_minor: bool = False  # left out where people read, present in the files


@dataclass(frozen=True)
class KeyFigure:
    """A number on its own: a median."""

    label: str
    value: str
    hint: str
    is_known: bool = True


@dataclass(frozen=True)
class RenderedTable:
    """`withheld` is the reason in words; such a table has its total at most.

    `figure`: what stands in its place where people read, because it has one number only.
    """

    key: str
    title: str
    head: str  # above the names of the rows
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str
    withheld: str = ""
    is_heat: bool = False
    map: Map | None = None
    chart: Columns | None = None
    figure: KeyFigure | None = None
    short: str = ""  # a title of at most 31 letters, where the title itself is longer

    @property
    def is_missing(self) -> bool:
        """Withheld, and nothing left to show."""
        return bool(self.withheld) and not self.rows

    @property
    def shown_rows(self) -> list[Row]:
        return [row for row in self.rows if not row.is_minor]

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a page."""
        return self.is_heat or bool(self.picture)

    @property
    def picture(self) -> Map | Columns | None:
        return self.map or self.chart

    @property
    def has_bars(self) -> bool:
        return any(row.bar is not None for row in self.rows)


@dataclass(frozen=True)
class Chapter:
    """`missing`: why tables of it are not there, and which; a sentence for each reason, none if the whole report is."""

    key: str
    title: str
    tables: tuple[RenderedTable, ...]
    missing: tuple[str, ...] = ()

    @property
    def figures(self) -> list[KeyFigure]:
        return [table.figure for table in self.tables if table.figure]

    @property
    def shown_tables(self) -> list[RenderedTable]:
        return [table for table in self.tables if not table.figure and not table.is_missing]

    @property
    def has_numbers(self) -> bool:
        return bool(self.shown_tables) or any(figure.is_known for figure in self.figures)


@dataclass(frozen=True)
class MeasureLine:
    text: str
    owner: str
    due_on: str
    status: str
    verdict: str  # empty until its effect is judged


@dataclass(frozen=True)
class FindingLine:
    """A structural need as it stood on the day of the freezing; `decision`, `body`, `decided_on` of the last one.

    `seen`: how many observed it, in words; empty where that may not be said.
    """

    number: str
    title: str
    topics: str
    barrier: str
    districts: str
    observations: Value
    providers: Value
    seen: str
    status: str
    is_open: bool
    decision: str
    body: str
    decided_on: str
    measures: tuple[MeasureLine, ...]


@dataclass(frozen=True)
class Findings:
    """For whoever reads, and the same as a table for the files."""

    lines: tuple[FindingLine, ...]
    note: str
    table: RenderedTable


@dataclass(frozen=True)
class Fact:
    term: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """A whole report. `is_withheld`: it publishes no table at all, and the summary says why."""

    period: str
    file_stem: str  # neutral: bericht-2026-3-fassung-1
    version: int
    cut_off: date
    frozen_at: datetime
    notice: str  # that a newer version replaces this one
    summary: tuple[str, ...]
    signals: tuple[str, ...]  # what stands out, as sentences
    chapters: tuple[Chapter, ...]
    findings: Findings | None
    method: tuple[Fact, ...]
    sources: tuple[str, ...]
    is_withheld: bool = False

    @property
    def title(self) -> str:
        return _("Bericht %(period)s") % {"period": self.period}

    @property
    def edition(self) -> str:
        return _("Fassung %(version)s, Stichtag %(day)s") % {
            "version": self.version,
            "day": f"{self.cut_off:%d.%m.%Y}",
        }

    @property
    def origin(self) -> str:
        """Where a table comes from that somebody reads without the rest."""
        return f"KIM Köln: {self.title}, {self.edition}"

    @property
    def tables(self) -> list[RenderedTable]:
        """All that count, in the order of the chapters."""
        return [table for chapter in self.chapters for table in chapter.tables]

    @property
    def files(self) -> list[RenderedTable]:
        """What leaves as CSV, and as a sheet of the XLSX."""
        return [*self.tables, self.findings.table] if self.findings else self.tables

    @property
    def shown_chapters(self) -> list[Chapter]:
        """What people read; of a report without tables only what still has a number."""
        return [chapter for chapter in self.chapters if chapter.has_numbers or not self.is_withheld]
