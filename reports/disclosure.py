"""From true counts to the numbers of a report: the steps 3 to 7 of the table algorithm, one function for each.

Step 1 and 2, what is counted and which tables there are: reports/queries/period.py and reports/catalogue.py. Step 8
and 9, showing and limits, read only what is made here. What a reader can conclude, step 6 asks reports/relations.py
and reports/bounds.py; from there on nothing looks at a true count, so that what is withheld says nothing about one.
docs/zahlen.md explains the rules to readers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from kim.privacy.rounding import SMALLEST_POPULATION, rounded, withheld
from reports.bounds import Glance, Puzzle, Statement
from reports.catalogue import BY_KEY
from reports.models import Report
from reports.periods import Half, Period, Year
from reports.relations import CONSULTATIONS, MOVEMENT, PERSONS, STOCK, Part, Reader, Sheet, parts
from reports.tables import PublishedTable, TrueMedian, TrueReport, TrueTable

RULES_VERSION: Final = "1"  # goes up whenever a rule here or in reports/relations.py changes
SMALLEST_MEDIAN: Final = 20  # values
FIRST: Final = {MOVEMENT: STOCK, (CONSULTATIONS,): (PERSONS,)}  # columns that are not published without others

Tables = dict[str, PublishedTable]


def published(true: TrueReport, earlier: Sequence[Report], situations: Sequence[Sheet] = ()) -> dict[str, Any]:
    """The figures of a report as they are stored.

    `earlier`: frozen reports, of which those nearby are read; `situations`: what the Lage said about quarters nearby.
    """
    tables = {key: round_table(table) for key, table in true.tables.items()}
    audited = audit(true.period, tables, [*nearby(true.period, earlier), *situations])
    return {
        "tables": {key: table.stored() for key, table in audited.items()},
        "medians": medians(true.medians),
        "posts": {code: str(posts) for code, posts in true.posts.items()},
        "speakers": dict(true.speakers),
    }


# --- Steps 3 and 4


def round_table(true: TrueTable) -> PublishedTable:
    """3 FLOOR: a table about fewer than 30 is withheld as a whole. 4 ROUND: every cell and every margin by itself."""
    base = BY_KEY[true.key].base
    if withheld(true.population):
        return PublishedTable(true.key, true.rows, true.columns, {}, {}, {}, PublishedTable.FEW)
    cells: dict[tuple[str, str], int | None] = {cell: rounded(n, base) for cell, n in true.cells.items()}
    totals: dict[str, int | None] = {column: rounded(n, base) for column, n in true.totals.items()}
    if CONSULTATIONS in true.totals:
        for row in true.rows:
            cell = (row.key, CONSULTATIONS)
            cells[cell] = consultations(true.cells[cell], cells[row.key, PERSONS])
        totals[CONSULTATIONS] = consultations(true.totals[CONSULTATIONS], totals[PERSONS])
    row_totals = {row: rounded(n, base) for row, n in true.row_totals.items()}
    return PublishedTable(true.key, true.rows, true.columns, cells, totals, row_totals)


def consultations(number: int, persons: int | None) -> int | None:
    """From 30 on, and only beside persons: "0 persons, 40 consultations" would say that one person came forty times."""
    return rounded(number) if number >= SMALLEST_POPULATION and persons else None


# --- Step 5


def medians(true: Iterable[TrueMedian]) -> dict[str, dict[str, int]]:
    """5 DERIVED: medians of 20 values or more, in whole units. Shares are made when shown, from rounded numbers."""
    found: dict[str, dict[str, int]] = {}
    for median in true:
        if median.number >= SMALLEST_MEDIAN:
            found.setdefault(median.key, {})[median.row] = int(median.value + 0.5)
    return found


# --- Step 6


def nearby(period: Period, earlier: Iterable[Report]) -> list[Sheet]:
    """The newest version of every other period of the same year, and of the years beside it what is open when.

    Years do not overlap: one touches the next only by the cases open on the day between. An earlier version of the same
    period says nothing: what was counted has changed, nobody knows by how much.
    """
    newest: dict[str, Report] = {}
    for report in sorted(earlier, key=lambda report: report.version):
        if report.period != period.key and abs(report.span.year - period.year) <= 1:
            newest[report.period] = report
    return [
        Sheet(
            report.span,
            {
                key: PublishedTable.read(key, stored)
                for key, stored in report.figures["tables"].items()
                if key in BY_KEY and (report.span.year == period.year or BY_KEY[key].population == "cases")
            },
        )
        for report in newest.values()
    ]


def coming(sheet: Sheet, others: Sequence[Sheet]) -> list[Sheet]:
    """The half-year and the year this report completes, with nothing said yet: what they count follows from the parts.

    Two quarters that prove nothing about themselves may prove together how many it were in the half-year.
    """
    known = {sheet.period, *(other.period for other in others)}
    blank = {key: replace(table, cells={}, totals={}, row_totals={}) for key, table in sheet.tables.items()}

    def is_completed(whole: Period) -> bool:
        inside = [part.quarters for part in known if set(part.quarters) < set(whole.quarters)]
        return sheet.period.quarters in inside and set().union(*inside) == set(whole.quarters)

    year = sheet.period.year
    wholes: tuple[Period, ...] = (Half(year, 1), Half(year, 2), Year(year))
    return [Sheet(whole, blank) for whole in wholes if whole not in known and is_completed(whole)]


def audit(period: Period, tables: Tables, others: Sequence[Sheet]) -> Tables:
    """6 AUDIT: withhold break-downs until nobody can be proven to be one of 1 to 4 (of 1 to 9 in protected tracks).

    Parts are admitted in a fixed order – totals, tables of one attribute, tables of two – and one that would prove
    something about anybody in this or a nearby report is withheld as a whole. No repair of cells: whoever knows the
    program could infer the gap.
    """
    sheet = Sheet(period, tables)
    reader = Reader(sheet, [*others, *coming(sheet, others)])
    given = [reader.floor(sheet)]
    for other in others:
        given += [reader.floor(other), *(reader.said_by(other, part) for part in parts(other.catalogue.values()))]
    said = {part: reader.said_by(sheet, part) for part in parts()}
    puzzle = reader.puzzle
    puzzle.drop_contradictions([*given, *said.values()])
    refused: set[Part] = set()
    before: list[Part] = []
    found: set[int] | None = None
    while True:
        admitted = admit(puzzle, given, said, refused)
        statements = [said[part] for part in admitted]
        # Who knows less proves no more: after the first time only what was found is asked again.
        found = puzzle.given_away([*given, *statements], found if set(admitted) <= set(before) else None)
        found -= puzzle.given_away(given, found) if found else set()  # what is out already cannot be taken back
        if not found:
            return {key: keep(table, admitted) for key, table in tables.items()}
        refused.add(admitted[first_guilty(puzzle, given, statements, found)])
        before = admitted


def admit(puzzle: Puzzle, given: Sequence[Statement], said: Mapping[Part, Statement], refused: set[Part]) -> list[Part]:
    """The parts, in order, that give nothing away at a glance beside those before them."""
    glance = Glance(puzzle)
    glance.add(given, is_final=True)
    admitted: list[Part] = []
    for part, statement in said.items():
        if part not in refused and needs(part) <= set(admitted) and glance.add([statement]):
            admitted.append(part)
    return admitted


def first_guilty(puzzle: Puzzle, given: Sequence[Statement], said: Sequence[Statement], found: set[int]) -> int:
    """The place of the first statement that, beside those before it, gives away one of these counts; exactly."""

    def is_too_much(number: int) -> bool:
        return bool(puzzle.given_away([*given, *said[: number + 1]], found, is_one_enough=True))

    return bisect_left(range(len(said)), True, key=is_too_much)


def needs(part: Part) -> set[Part]:
    """Without which parts this one is not published: its total, its first columns, the tables it crosses."""
    table = None if part.is_total else BY_KEY[part.key]
    needed = set()
    if part.columns in FIRST:
        needed.add(part._replace(columns=FIRST[part.columns]))
    if table is not None:
        needed |= {Part(key, (PERSONS,)) for key in table.crosses or ()}
        needed |= set() if table.crosses else {Part(table.population, part.columns, True)}
    return needed


def keep(table: PublishedTable, admitted: Sequence[Part]) -> PublishedTable:
    """What is admitted of a table: of one attribute the totals stay, and columns go as a whole or not at all."""
    if table.withheld:
        return table
    if BY_KEY[table.key].crosses:
        is_kept = Part(table.key, ()) in admitted
        return table if is_kept else replace(table, cells={}, totals={}, row_totals={}, withheld=table.FINE)
    of_rows = {c for part in admitted if part.key == table.key and not part.is_total for c in part.columns}
    of_group = {
        c for part in admitted if part.key == BY_KEY[table.key].population and part.is_total for c in part.columns
    }
    return replace(
        table,
        cells={cell: n if cell[1] in of_rows else None for cell, n in table.cells.items()} if of_rows else {},
        totals={column: n if column in of_group else None for column, n in table.totals.items()},
        withheld="" if of_rows else table.FINE,
    )
