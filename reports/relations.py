"""What somebody who holds published tables in his hands knows of the true counts behind them.

Each published number is an interval. The rest is how counts hang together: rows and their total, two tables of one
group of persons, a quarter and its year, a report and what the Lage said before. `Reader` writes it all down as one
puzzle (reports/bounds.py); he sees nothing that is not published. Relations between reports are what he will assume; a
correction may make them false.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NamedTuple

from kim.privacy.rounding import BASE, SMALLEST_POPULATION
from reports.bounds import Bounds, Name, Puzzle, Statement
from reports.catalogue import BY_KEY, TABLES, Table
from reports.periods import Half, Period, Year
from reports.tables import PublishedTable

PERSONS, CONSULTATIONS = "persons", "consultations"
ON_THE_BOOKS = "on_the_books"  # cases open on a day of the period
STOCK, MOVEMENT = ("open_start", "open_end"), ("new", "closed")
FEW: Final[Bounds] = (0, SMALLEST_POPULATION - 1)
MANY: Final[Bounds] = (SMALLEST_POPULATION, None)

# The same count under two names: group and column -> table or group, row, column.
SAME: Final[Mapping[tuple[str, str], tuple[str, str, str]]] = {
    ("cases_new", "cases"): ("cases", "", "new"),
    ("cases_closed", "cases"): ("cases", "", "closed"),
    ("managed_cases", "cases"): ("flow", "case_management", "open_end"),
}
# Groups of persons inside other groups.
INSIDE: Final = (("persons_with_topic", "persons"), ("persons_with_failed_goal", "persons_with_goal"))
FAILED_GOALS: Final = ("not_reached", "given_up")
BESIDE: Final = {("interpreting", "needed")}  # a row that says something else than the others; they do without it
CHANGING_ROWS: Final = "nationalities"  # which rows it has depends on the figures, and with them who is in the last one


@dataclass(frozen=True)
class Sheet:
    """The tables of one report, or of a quarter in the Lage, which has a catalogue of its own."""

    period: Period
    tables: Mapping[str, PublishedTable]
    catalogue: Mapping[str, Table] = field(default_factory=lambda: BY_KEY)
    is_situation: bool = False

    @property
    def source(self) -> str:
        """The first part of the names of its counts: a report may have counted otherwise than the Lage."""
        return f"{self.period.key}/Lage" if self.is_situation else self.period.key


class Part(NamedTuple):
    """What is published or withheld together: some columns of a table, or of the total of a group (`is_total`)."""

    key: str  # of the table or the group
    columns: tuple[str, ...]
    is_total: bool = False


def parts(tables: Iterable[Table] = TABLES) -> list[Part]:
    """In the order in which they are admitted: totals, tables of one attribute, tables of two."""
    tables, groups = list(tables), dict[str, Table]()
    for table in tables:
        groups.setdefault(table.population, table)
    totals = [Part(key, columns, True) for key, table in groups.items() for columns in _columns(table)]
    one_way = [Part(table.key, columns) for table in tables if not table.crosses for columns in _columns(table)]
    return totals + one_way + [Part(table.key, ()) for table in tables if table.crosses]


def _columns(table: Table) -> tuple[tuple[str, ...], ...]:
    """Stock before movement, persons before consultations: the second is not published without the first."""
    keys = tuple(key for key, _ in table.columns)
    return (STOCK, MOVEMENT) if set(keys) == {*STOCK, *MOVEMENT} else tuple((key,) for key in keys)


def interval(number: int, base: int) -> Bounds:
    """The true counts that are published as this number. Base 5: 0 -> 0-2, 5 -> 3-7; base 10: 0 -> 0-4, 10 -> 5-14."""
    least = number - base // 2
    return max(0, least), least + base - 1


class Reader:
    """`own` is the report to be made: its tables hang together. Others may be older than today's rules."""

    def __init__(self, own: Sheet, others: Iterable[Sheet] = ()) -> None:
        self.puzzle = Puzzle()
        sheets = (own, *others)
        self._names: dict[str, dict[Name, int]] = {sheet.source: {} for sheet in sheets}
        for sheet in sheets:
            self._learn(sheet)
            self.puzzle.is_firm = False
        # Who speaks for a period: its report, before there is one the Lage.
        by_rank = sorted(sheets, key=lambda sheet: not sheet.is_situation)
        self._sources = {sheet.period: sheet.source for sheet in by_rank}
        self._situations = {sheet.source for sheet in sheets if sheet.is_situation}
        self._compare()
        for sheet in sheets:
            self._compare_counts(sheet.source, self._sources[sheet.period])

    def _count(self, source: str, key: str, row: str, column: str) -> int:
        name = _name(source, key, row, column)
        base = BY_KEY[key].base if key in BY_KEY else BASE
        return self._names[source].setdefault(name[1:], self.puzzle.count(name, base))

    # --- Within one report

    def _learn(self, sheet: Sheet) -> None:
        for key, published in sheet.tables.items():
            if (table := sheet.catalogue.get(key)) is None:
                continue
            if table.crosses:
                self._learn_crossed(sheet.source, table, table.crosses, published)
            else:
                self._learn_rows(sheet.source, table, published)
        self._learn_groups(sheet.source)

    def _learn_rows(self, source: str, table: Table, published: PublishedTable) -> None:
        rows, puzzle = [head.key for head in published.rows], self.puzzle
        for column, _ in table.columns:
            total = self._count(source, table.population, "", column)
            cells = [self._count(source, table.key, row, column) for row in rows]
            for cell in cells:
                puzzle.inside((cell,), total, is_people=column != CONSULTATIONS)
            # A consultation is in one Stadtbezirk and of one kind, although a person may be in several.
            if table.is_partition or (column == CONSULTATIONS and table.population == PERSONS):
                puzzle.equal(cells, (total,))
            elif not table.is_yes_only:
                puzzle.cover([c for c, r in zip(cells, rows, strict=True) if (table.key, r) not in BESIDE], total)
        for key, row in ((table.population, ""), *((table.key, row) for row in rows)):
            columns = {column: self._count(source, key, row, column) for column, _ in table.columns}
            if CONSULTATIONS in columns:  # nobody is counted without one
                puzzle.inside((columns[PERSONS],), columns[CONSULTATIONS], is_people=False)
            if "open_start" in columns:
                puzzle.equal((columns["open_start"], columns["new"]), (columns["closed"], columns["open_end"]))

    def _learn_crossed(self, source: str, table: Table, crosses: tuple[str, str], published: PublishedTable) -> None:
        rows, columns = [head.key for head in published.rows], [head.key for head in published.columns]
        by_row, by_column = (BY_KEY[key] for key in crosses)
        for row in rows:
            cells = [self._count(source, table.key, row, column) for column in columns]
            self._add_up(cells, self._count(source, by_row.key, row, PERSONS), by_column)
        margins = [self._count(source, *_margin(table, column)) for column in columns]
        for column, margin in zip(columns, margins, strict=True):
            cells = [self._count(source, table.key, row, column) for row in rows]
            self._add_up(cells, margin, by_row)
            if by_column.population != table.population:
                self.puzzle.inside((margin,), self._count(source, by_column.key, column, PERSONS))
        if by_column.population != table.population:
            self._add_up(margins, self._count(source, table.population, "", PERSONS), by_column)

    def _add_up(self, cells: list[int], margin: int, across: Table) -> None:
        for cell in cells:
            self.puzzle.inside((cell,), margin)
        if across.is_partition:
            self.puzzle.equal(cells, (margin,))
        else:
            self.puzzle.cover(cells, margin)

    def _learn_groups(self, source: str) -> None:
        def group(key: str, column: str = PERSONS) -> int:
            return self._count(source, key, "", column)

        puzzle = self.puzzle
        for part, whole in INSIDE:
            puzzle.inside((group(part),), group(whole))
        puzzle.inside((group("persons_with_topic", CONSULTATIONS),), group(PERSONS, CONSULTATIONS), is_people=False)
        puzzle.inside((group("persons_new"),), group("cases", "new"), is_people=False)
        puzzle.equal((group("cases", "open_start"), group("cases", "new")), (group("cases", ON_THE_BOOKS),))
        failed = [self._count(source, "goals", row, PERSONS) for row in FAILED_GOALS]
        for count in failed:
            puzzle.inside((count,), group("persons_with_failed_goal"))
        puzzle.cover(failed, group("persons_with_failed_goal"))

    # --- Between reports

    def _compare(self) -> None:
        for source in self._sources.values():  # late entries count in one of the two
            unmet, barred = ("needs", "unmet", PERSONS), ("persons_with_barrier", "", PERSONS)
            self.puzzle.inside((self._count(source, *unmet),), self._count(source, *barred))
        for whole in self._sources:
            pieces, is_complete = self._pieces(whole)
            if pieces:
                self._compare_periods(whole, pieces, is_complete)
        self._compare_days()

    def _pieces(self, whole: Period) -> tuple[list[Period], bool]:
        """Reports that divide a period; and whether they leave nothing over. A half-year stands for its quarters."""
        if isinstance(whole, Year):
            halves = [Half(whole.year, number) for number in (1, 2)]
            found = [([half], True) if half in self._sources else self._pieces(half) for half in halves]
            return [piece for pieces, _ in found for piece in pieces], all(is_complete for _, is_complete in found)
        quarters = whole.quarters if isinstance(whole, Half) else ()
        return [q for q in quarters if q in self._sources], all(q in self._sources for q in quarters)

    def _compare_periods(self, whole: Period, pieces: Sequence[Period], is_complete: bool) -> None:
        """Events add up; persons of a part are among those of the whole, who are in some part."""
        names = [self._names[self._sources[piece]] for piece in pieces]
        # What a report does not name it has not; of what the Lage does not name it says nothing.
        are_reports = not self._situations.intersection(self._sources[piece] for piece in pieces)
        for key, count in self._names[self._sources[whole]].items():
            table, row, column = key
            is_event = column in (*MOVEMENT, CONSULTATIONS, "cases")
            if _is_stock(*key) or column == ON_THE_BOOKS or (table == CHANGING_ROWS and row == "other"):
                continue
            found = [known[key] for known in names if key in known]
            is_named = len(found) == len(pieces) or (are_reports and table != CHANGING_ROWS)
            is_closed = is_complete and is_named
            if is_event and is_closed:
                self.puzzle.equal(found, (count,))
            elif is_event:
                self.puzzle.inside(found, count)
            else:
                for part in found:
                    self.puzzle.inside((part,), count)
                if is_closed:
                    self.puzzle.cover(found, count)

    def _compare_days(self) -> None:
        """What was open on a day is the same in every report that says it."""
        days: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for period, source in self._sources.items():
            for key, count in self._names[source].items():
                if _is_stock(*key):
                    table, row, column = key
                    day = period.start if column == "open_start" else period.end + timedelta(days=1)
                    days[table, row, "" if column in STOCK else column, day].append(count)
        for first, *others in days.values():
            for other in others:
                self.puzzle.equal((first,), (other,))

    def _compare_counts(self, situation: str, report: str) -> None:
        """What the Lage said about a quarter, and what the report says."""
        for name, count in self._names[situation].items():
            if situation != report and name in self._names[report]:
                self.puzzle.equal((count,), (self._names[report][name],))

    # --- What is said

    def floor(self, sheet: Sheet) -> Statement:
        """Whether a table speaks about 30 or more is seen at once."""
        said: dict[Name, Bounds] = {}
        for key, published in sheet.tables.items():
            if table := sheet.catalogue.get(key):
                column = ON_THE_BOOKS if table.population == "cases" else table.columns[0][0]
                bounds = FEW if published.withheld == published.FEW else MANY
                said[_name(sheet.source, table.population, "", column)] = bounds
        return said

    def said_by(self, sheet: Sheet, part: Part) -> Statement:
        """The intervals of what is published of a part."""
        said: dict[Name, Bounds] = {}
        for key, published in sheet.tables.items():
            table = sheet.catalogue.get(key)
            if table is None or part.key != (table.population if part.is_total else key):
                continue
            if part.is_total:
                said |= _said(sheet.source, table, part, {"": {} if table.crosses else published.totals})
            elif table.crosses:
                said |= _said_crossed(sheet.source, table, published)
            else:
                lines = {h.key: {c.key: published[h.key, c.key] for c in published.columns} for h in published.rows}
                said |= _said(sheet.source, table, part, lines)
        return said


def _name(source: str, key: str, row: str, column: str) -> Name:
    if not row:
        key, row, column = SAME.get((key, column), (key, row, column))
    return (source, key, row, column)


def _margin(table: Table, column: str) -> tuple[str, str, str]:
    """The total of a column: a row of the table it crosses if that is about the same persons, else its own count."""
    of = BY_KEY[table.crosses[1]] if table.crosses else table
    return (of.key, column, PERSONS) if of.population == table.population else (table.key, "", column)


def _said(source: str, table: Table, part: Part, lines: Mapping[str, Mapping[str, int | None]]) -> dict[Name, Bounds]:
    said: dict[Name, Bounds] = {}
    shown = {column for line in lines.values() for column, number in line.items() if number is not None}
    for row, line in lines.items():
        for column in shown.intersection(part.columns):
            if (number := line[column]) is not None:
                said[_name(source, part.key, row, column)] = interval(number, table.base)
            elif column == CONSULTATIONS and line.get(PERSONS):
                said[_name(source, part.key, row, column)] = FEW  # the others in the column are shown
    return said


def _said_crossed(source: str, table: Table, published: PublishedTable) -> dict[Name, Bounds]:
    numbers = {(table.key, row, column): number for (row, column), number in published.cells.items()}
    numbers |= {_margin(table, column): number for column, number in published.totals.items()}
    return {_name(source, *name): interval(n, table.base) for name, n in numbers.items() if n is not None}


def _is_stock(key: str, row: str, column: str) -> bool:
    return column in STOCK or key == "plans" or (key, row) == ("needs", "open")
