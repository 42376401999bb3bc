"""The two shapes of a table: true counts, which live as long as the freezing job, and published numbers, which stay.

A published table is what a report stores (`Report.figures["tables"][key]`, see `PublishedTable.stored`) and all that
screens, charts, files and the printed page ever learn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from reports.periods import Period

Cell = tuple[str, str]  # key of the row, key of the column


@dataclass(frozen=True)
class Head:
    """A row or a column: its key, and its name in both languages as it was on the day."""

    key: str
    name: str
    name_en: str = ""


@dataclass(frozen=True)
class TrueTable:
    """True counts. `cells` has every row in every column, zeros included.

    `totals`: column -> count over all rows, counted on its own (a person in two rows is one). `row_totals` the same
    for rows, in tables of two attributes. `population`: how many persons or cases the table speaks about.
    """

    key: str
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    cells: Mapping[Cell, int]
    totals: Mapping[str, int]
    population: int
    row_totals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TrueMedian:
    """A median and how many values it is of; `row` is the key of a row or "" for all."""

    key: str
    row: str
    value: float
    number: int


@dataclass(frozen=True)
class TrueReport:
    """Everything the catalogue asks for, counted once. `posts` and `speakers` are about staff, and exact.

    `waits`: main topic, or "" for all -> days until a referral with an answer in the period was accepted, one number
    each. Medians do not tell whether waiting has lengthened beyond chance; reports.signals compares these.
    """

    period: Period
    tables: Mapping[str, TrueTable]
    medians: tuple[TrueMedian, ...]
    posts: Mapping[str, Decimal]  # code of the Träger -> posts on the last day
    speakers: Mapping[str, int]  # code of a language -> case managers who counsel in it on the last day
    waits: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedTable:
    """Multiples of the base, or None for what is withheld. `withheld`: "" or why the whole break-down is missing."""

    FEW = "few"  # fewer than 30 persons or cases
    FINE = "fine"  # somebody could be worked out

    key: str
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    cells: Mapping[Cell, int | None]
    totals: Mapping[str, int | None]
    row_totals: Mapping[str, int | None]
    withheld: str = ""

    def __getitem__(self, cell: Cell) -> int | None:
        return self.cells.get(cell)

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it: cells by row and column."""
        return {
            "rows": [[head.key, head.name, head.name_en] for head in self.rows],
            "columns": [[head.key, head.name, head.name_en] for head in self.columns],
            "cells": {
                row.key: {col.key: self.cells.get((row.key, col.key)) for col in self.columns} for row in self.rows
            },
            "totals": dict(self.totals),
            "row_totals": dict(self.row_totals),
            "withheld": self.withheld,
        }

    @classmethod
    def read(cls, key: str, stored: Mapping[str, Any]) -> PublishedTable:
        cells = {(row, column): value for row, line in stored["cells"].items() for column, value in line.items()}
        return cls(
            key=key,
            rows=tuple(Head(*head) for head in stored["rows"]),
            columns=tuple(Head(*head) for head in stored["columns"]),
            cells=cells,
            totals=stored["totals"],
            row_totals=stored["row_totals"],
            withheld=stored["withheld"],
        )
