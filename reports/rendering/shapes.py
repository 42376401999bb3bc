"""What a rendered report consists of: text and numbers in the language of the reader, the same for every way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reports.charts import Columns, Map


class Kind(StrEnum):
    """What a column holds. Only counts are published numbers; the others are worked out from them, or about staff."""

    COUNT = "count"
    SHARE = "share"  # whole per cent
    CHANGE = "change"  # difference of two published numbers
    RATE = "rate"  # per 1,000 inhabitants
    STAFF = "staff"  # posts and languages of staff, exact
    MEDIAN = "median"


@dataclass(frozen=True)
class Column:
    key: str
    name: str
    kind: Kind

    @property
    def is_derived(self) -> bool:
        return self.kind != Kind.COUNT


@dataclass(frozen=True)
class Value:
    """A number and how it is written. None: withheld, or nothing to say here (then the text is empty).

    `step` is the class of a heat map, 1 to 5.
    """

    number: int | float | None
    text: str
    step: int = 0

    @property
    def is_withheld(self) -> bool:
        return self.number is None and bool(self.text)


@dataclass(frozen=True)
class Row:
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

    def lines(self) -> Iterator[tuple[Row, list[tuple[Column, Value]]]]:
        """The rows people read, each value with its column."""
        for row in self.shown_rows:
            yield row, list(zip(self.columns, row.values, strict=True))


@dataclass(frozen=True)
class Chapter:
    key: str
    title: str
    tables: tuple[RenderedTable, ...]

    @property
    def figures(self) -> list[KeyFigure]:
        return [table.figure for table in self.tables if table.figure]

    @property
    def shown_tables(self) -> list[RenderedTable]:
        return [table for table in self.tables if not table.figure]


@dataclass(frozen=True)
class FindingLine:
    """What the city works on, as it stood on the day of the freezing."""

    number: str
    title: str
    status: str


@dataclass(frozen=True)
class Fact:
    term: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """A whole report."""

    period: str
    file_stem: str  # neutral: bericht-2026-3-fassung-1
    version: int
    cut_off: date
    frozen_at: datetime
    notice: str  # that a newer version replaces this one
    summary: tuple[str, ...]
    signals: tuple[str, ...]  # what stands out, as sentences
    chapters: tuple[Chapter, ...]
    findings: tuple[FindingLine, ...]
    method: tuple[Fact, ...]
    sources: tuple[str, ...]

    @property
    def tables(self) -> list[RenderedTable]:
        """All of them, in the order of the chapters: what the files hold."""
        return [table for chapter in self.chapters for table in chapter.tables]
