"""Puts counts into the shape of a true table: every row in every column, each total counted on its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Final

from reports.catalogue import BY_KEY
from reports.queries.period_rows import heads
from reports.tables import Head, TrueMedian, TrueTable

PERSONS: Final = "persons"
CONSULTATIONS: Final = "consultations"
People = Mapping[str, set[int]]  # key of a row -> different persons


def by_persons(key: str, rows: tuple[Head, ...], people: People, everybody: set[int]) -> TrueTable:
    """Different persons by one attribute; `everybody` is whom the table speaks about."""
    cells = {(row.key, PERSONS): len(people.get(row.key, ())) for row in rows}
    return TrueTable(key, rows, heads(*BY_KEY[key].columns), cells, {PERSONS: len(everybody)}, len(everybody))


def by_contacts(
    key: str, rows: tuple[Head, ...], people: People, talks: Mapping[str, int], everybody: set[int], all_talks: int
) -> TrueTable:
    """Different persons, and consultations beside them."""
    cells = {(row.key, PERSONS): len(people.get(row.key, ())) for row in rows}
    cells |= {(row.key, CONSULTATIONS): talks.get(row.key, 0) for row in rows}
    totals = {PERSONS: len(everybody), CONSULTATIONS: all_talks}
    return TrueTable(key, rows, heads(*BY_KEY[key].columns), cells, totals, len(everybody))


def crossed(
    key: str, rows: tuple[Head, ...], columns: tuple[Head, ...], people: Mapping[tuple[str, str], set[int]],
    everybody: set[int],
) -> TrueTable:  # fmt: skip
    """Different persons by two attributes."""
    cells = {(row.key, column.key): len(people.get((row.key, column.key), ())) for row in rows for column in columns}

    def together(place: int, wanted: str) -> int:
        return len(set().union(*(found for pair, found in people.items() if pair[place] == wanted)))

    totals = {column.key: together(1, column.key) for column in columns}
    row_totals = {row.key: together(0, row.key) for row in rows}
    return TrueTable(key, rows, columns, cells, totals, len(everybody), row_totals)


def by_cases(key: str, rows: tuple[Head, ...], number: Mapping[str, int], population: int) -> TrueTable:
    """Cases by one attribute; each is in one row at most."""
    cells = {(row.key, "cases"): number.get(row.key, 0) for row in rows}
    return TrueTable(key, rows, heads(*BY_KEY[key].columns), cells, {"cases": population}, population)


def by_flow(key: str, rows: tuple[Head, ...], flows: Mapping[str, Counter[str]], on_the_books: int) -> TrueTable:
    """Open at the start, new, closed, open at the end."""
    columns, none = heads(*BY_KEY[key].columns), Counter[str]()
    cells = {(row.key, column.key): flows.get(row.key, none)[column.key] for row in rows for column in columns}
    totals = {column.key: sum(flow[column.key] for flow in flows.values()) for column in columns}
    return TrueTable(key, rows, columns, cells, totals, on_the_books)


def medians(key: str, values: Mapping[str, Iterable[float]]) -> tuple[TrueMedian, ...]:
    """One for each row that has a value; "" is the row of all."""
    known = {row: list(numbers) for row, numbers in values.items()}
    return tuple(
        TrueMedian(key, row, float(median(numbers)), len(numbers)) for row, numbers in known.items() if numbers
    )
