"""What a report may publish: the rules one by one, and what somebody can prove who has every report and a solver."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports import publishing
from reports.bounds import Puzzle
from reports.catalogue import BY_KEY, TABLES
from reports.disclosure import audit, coming, keep, medians, nearby, published, round_table
from reports.models import Report, Situation
from reports.overlap import sheet_of
from reports.periods import Half, Quarter, Year, period_from_key
from reports.relations import Part, Sheet
from reports.tables import Head, PublishedTable, TrueMedian, TrueTable
from tests.attacker import Attacker
from tests.invented_city import CONTACTS, DISTRICTS, QUARTERS, ROWS, TOPICS, YEAR, City

FIRST, SECOND, HALF = Quarter(YEAR, 1), Quarter(YEAR, 2), Half(YEAR, 1)


def freeze(city, *periods, lage=()):
    """The reports of these periods, one after the other; each knows those before it and these quarters of the Lage."""
    done = []
    for period in periods:
        told = [sheet_of(situation, quarter) for quarter, situation in lage if quarter.end <= period.end]
        done.append(Report.of(period, figures=published(city.true(period), done, told)))
    return done


def situations(city, *periods):
    """The Lage as it counted the quarters among these, each on the day of its report."""
    return [
        (quarter, Situation(as_of=quarter.due_on, figures=publishing.published(city.situation(quarter))))
        for quarter in periods
        if isinstance(quarter, Quarter)
    ]


def said_in(lage):
    """As the attacker reads it: the tables of each quarter in the shape of those of a report."""
    return {quarter.key: dict(tables_in(situation.figures, quarter)) for quarter, situation in lage}


def tables_in(figures, quarter):
    told = figures["quarters"][quarter.key]
    for key, columns in (("districts", CONTACTS), ("providers", CONTACTS), ("topics", CONTACTS)):
        group = "topics" if key == "topics" else "total"
        totals = (told["total"] or {}) if key == "districts" else {}
        yield key, stored(ROWS[key], columns, told[key] or {}, totals, is_few=told[group] is None)
    crossed = told["topic_by_district"] or {}
    yield "topic_by_district", stored(TOPICS, DISTRICTS, crossed, {}, is_few=told["topics"] is None)
    if figures["months"]:
        months = {str(row["month"]): row for row in figures["months"]}
        yield "months", stored(months, CONTACTS, months, {}, is_few=told["total"] is None)


def stored(rows, columns, lines, totals, *, is_few=False):
    return {
        "rows": [[row] for row in rows], "columns": [[column] for column in columns],
        "cells": {row: {column: lines.get(row, {}).get(column) for column in columns} for row in rows},
        "totals": totals, "row_totals": {}, "withheld": PublishedTable.FEW if is_few else "",
    }  # fmt: skip


def tables_of(reports):
    return {report.period: report.figures["tables"] for report in reports}


def one_way(key, numbers, total, population=None):
    columns = tuple(Head(column, column) for column, _ in BY_KEY[key].columns)
    cells = {(row, column.key): n for row, line in numbers.items() for column, n in zip(columns, line, strict=True)}
    totals = {column.key: n for column, n in zip(columns, total, strict=True)}
    return TrueTable(key, tuple(Head(row, row) for row in numbers), columns, cells, totals, population or total[0])


def gate(*true, period=FIRST, others=()):
    return audit(period, {table.key: round_table(table) for table in true}, others)


def sheet(period, *true):
    return Sheet(period, gate(*true, period=period))


# --- 3 Floor, 4 round, 5 derived


@pytest.mark.parametrize(("population", "is_withheld"), [(0, True), (29, True), (30, False)])
def test_a_table_about_fewer_than_thirty_is_withheld_with_its_total(population, is_withheld):
    table = round_table(one_way("sex", {"male": [population], "female": [0]}, [population]))
    assert table.withheld == (PublishedTable.FEW if is_withheld else "")
    assert (table.cells, table.totals, table.row_totals) == ({}, {}, {}) or not is_withheld
    assert [head.key for head in table.rows] == ["male", "female"]


def test_every_cell_and_every_margin_is_rounded_from_its_own_value():
    table = round_table(one_way("sex", {"male": [33], "female": [33], "diverse": [2]}, [68]))
    assert [table[row, "persons"] for row in ("male", "female", "diverse")] == [35, 35, 0]
    assert table.totals == {"persons": 70}


def test_protected_tracks_are_rounded_to_ten():
    table = round_table(one_way("specialised", {"lsbti": [14], "disability": [25]}, [34]))
    assert table.cells == {("lsbti", "persons"): 10, ("disability", "persons"): 30}
    assert table.totals == {"persons": 30}


@pytest.mark.parametrize(
    ("persons", "talks", "shown"), [(10, 29, None), (10, 30, 30), (2, 300, None), (3, 300, 300), (0, 40, None)]
)
def test_consultations_from_thirty_on_and_only_beside_persons(persons, talks, shown):
    numbers = {"1": [persons, talks], "2": [100, 400]}
    table = round_table(one_way("districts", numbers, [persons + 100, talks + 400]))
    assert table["1", "consultations"] == shown
    assert table["2", "consultations"] == 400


def test_medians_only_from_twenty_values_and_in_whole_units():
    values = [
        TrueMedian("waiting", "", 3.5, 20),
        TrueMedian("waiting", "housing", 9.0, 19),
        TrueMedian("plan", "", 2.4, 99),
    ]
    assert medians(values) == {"waiting": {"": 4}, "plan": {"": 2}}


# --- 6 Audit: what is withheld, and what stays


def test_a_break_down_that_proves_somebody_is_withheld_and_its_total_stays():
    """35 and 5 add up to 35: at least 33 and at most 37 leave 4 at most for the small row, and it is 3 at least."""
    table = gate(one_way("residence", {"eu": [33], "unknown": [4]}, [37]))["residence"]
    assert (table.withheld, table.totals, table.cells) == (PublishedTable.FINE, {"persons": 35}, {})
    assert set(table.stored()["cells"]["eu"].values()) == {None}


def test_a_break_down_that_proves_nothing_stays():
    """30 and 5 add up to 35: 3 to 7 persons, as the rounded number says by itself."""
    true = one_way("residence", {"eu": [31], "unknown": [4]}, [35])
    assert gate(true)["residence"] == round_table(true)


def test_columns_of_movement_go_as_a_whole_and_stock_stays():
    """0 and 5 new less 0 closed is 0: at most 2 + 2 cases are new."""
    rows = {"1": [0, 3, 1, 2], "2": [40, 9, 9, 40], "8": [50, 8, 8, 50]}
    true = one_way("district_cases", rows, [sum(line[n] for line in rows.values()) for n in range(4)], population=110)
    table = gate(true)["district_cases"]
    assert table.withheld == ""
    assert {cell[1] for cell, number in table.cells.items() if number is None} == {"new", "closed"}
    assert None not in table.totals.values()


def test_two_quarters_without_and_a_half_year_with_would_prove_three_or_four():
    """0 to 2 persons in each quarter cannot be 5 or more in both."""
    small = one_way("sex", {"male": [60], "diverse": [2], "female": [60]}, [122])
    others = [sheet(FIRST, small), sheet(SECOND, small)]
    both = one_way("sex", {"male": [110], "diverse": [3], "female": [110]}, [223])
    assert gate(both, period=HALF)["sex"].withheld == ""
    assert gate(both, period=HALF, others=others)["sex"].withheld == PublishedTable.FINE
    assert gate(both, period=HALF, others=others[:1])["sex"].withheld == ""


def test_a_table_of_two_attributes_falls_with_one_it_crosses():
    tables = {table.key: round_table(table) for table in City(1, 300).true(Year(YEAR)).tables.values()}
    parts = [Part("age", ("persons",)), Part("sex_by_age", ())]
    assert keep(tables["sex"], parts).withheld == PublishedTable.FINE
    assert keep(tables["sex_by_age"], parts).withheld == ""
    fine = keep(tables["sex_by_age"], parts[:1])
    assert (fine.withheld, fine.cells, fine.totals, fine.row_totals) == (PublishedTable.FINE, {}, {}, {})


def test_what_contradicts_the_reports_before_proves_nothing():
    """A correction may have made the quarters false; from what cannot be, nobody concludes."""
    few = one_way("sex", {"male": [100], "diverse": [0], "female": [100]}, [200])
    many = one_way("sex", {"male": [30], "diverse": [20], "female": [30]}, [80])
    assert gate(many, period=HALF, others=[sheet(FIRST, few), sheet(SECOND, few)])["sex"].withheld == ""


def test_tables_that_contradict_each_other_are_not_published():
    wrong = one_way("sex", {"male": [100], "female": [100]}, [300])
    with pytest.raises(ValueError, match="contradict"):
        gate(wrong)


def test_the_newest_version_of_every_other_period_of_the_year_is_read_and_stock_beside_it():
    tables = {key: table.stored() for key, table in gate(one_way("sex", {"male": [40]}, [40])).items()}
    tables["flow"] = round_table(one_way("flow", {"brief": [30, 5, 5, 30]}, [30, 5, 5, 30], 35)).stored()

    def report(key, version=1):
        return Report.of(period_from_key(key), version=version, figures={"tables": tables})

    reports = [
        report("2026-1", 2),
        report("2026-1"),
        report("2026"),
        report("2025-4"),
        report("2024"),
        report("2026-2"),
    ]
    found = {sheet.period.key: set(sheet.tables) for sheet in nearby(SECOND, reports)}
    assert found == {"2026-1": {"sex", "flow"}, "2026": {"sex", "flow"}, "2025-4": {"flow"}}


# --- Bounds


def test_a_puzzle_is_solved_in_whole_numbers():
    """Twice something is 3 to 5: 2 exactly, although halves would leave more room."""
    puzzle = Puzzle()
    one, two, both = (puzzle.count((name,)) for name in ("one", "two", "both"))
    puzzle.equal((one, two), (both,))
    puzzle.equal((one,), (two,))
    assert puzzle.given_away([{("both",): (3, 5)}]) == {one, two, both}
    assert puzzle.given_away([{("both",): (0, 5)}]) == set()
    assert puzzle.given_away([{("both",): (3, 10)}]) == set()


def loose_puzzle(*sums):
    """Counts a, b, c and so on; each sum says that two of them make a third, which holds only between reports."""
    puzzle = Puzzle()
    puzzle.is_firm = False
    for one, two, both in sums:
        puzzle.equal((puzzle.count((one,)), puzzle.count((two,))), (puzzle.count((both,)),))
    return puzzle


@pytest.mark.parametrize(
    ("sums", "exactly", "left"),
    [
        (("abc",), {"a": 2, "b": 3, "c": 5}, 1),  # nothing is wrong
        (
            ("abc", "ade"),
            {"a": 2, "b": 3, "c": 9, "d": 1, "e": 3},
            1,
        ),  # one sum is, and no fractions are needed to see it
        (("abz", "bcz", "acz"), {"z": 1}, 2),  # in halves all three would hold, in whole numbers two at most
    ],
)
def test_what_contradicts_what_is_published_is_forgotten_and_no_more(sums, exactly, left):
    puzzle = loose_puzzle(*sums)
    said = {(name,): (number, number) for name, number in exactly.items()}
    puzzle.drop_contradictions([said])
    assert len(puzzle._relations) == left
    puzzle.drop_contradictions([said])
    assert len(puzzle._relations) == left


def test_what_is_true_by_construction_may_not_be_contradicted():
    puzzle = Puzzle()
    one, two = puzzle.count(("one",)), puzzle.count(("two",))
    puzzle.equal((one,), (two,))
    with pytest.raises(ValueError, match="contradict"):
        puzzle.drop_contradictions([{("one",): (1, 1), ("two",): (2, 2)}])


# --- 7 Stored


def test_what_is_stored_is_published_numbers_only():
    """Multiples of the base or nothing, for every table and total; posts and languages of staff as they are."""
    figures = published(City(3, 200).true(FIRST), [])
    assert set(figures["tables"]) == {table.key for table in TABLES}
    assert (figures["posts"], figures["speakers"]) == ({"p1": "1.5"}, {"ar": 4})
    for key, table in figures["tables"].items():
        lines = [*table["cells"].values(), table["totals"], table["row_totals"]]
        numbers = [number for line in lines for number in line.values()]
        assert all(number is None or number % BY_KEY[key].base == 0 for number in numbers)
        assert not table["withheld"] or not any(line[c] for line in table["cells"].values() for c in line)


# --- Attacked


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([40, 90, 150, 300, 600]), st.permutations([FIRST, SECOND, HALF]))
@example(2630, 300, [HALF, SECOND, FIRST])  # the Lage stands for quarters that have no report yet, and has no cases
def test_nobody_is_proven_from_two_quarters_their_half_year_and_the_lage(seed, persons, periods):
    city = City(seed, persons)
    lage = situations(city, *periods)
    assert Attacker(tables_of(freeze(city, *periods, lage=lage)), said_in(lage)).proven() == set()


def test_nobody_is_proven_from_a_year_its_quarters_and_the_one_before():
    city, periods = City(7, 700), (*QUARTERS, Year(YEAR))
    lage = situations(city, *periods)
    assert Attacker(tables_of(freeze(city, *periods, lage=lage)), said_in(lage)).proven() == set()


def test_two_quarters_may_say_nothing_and_yet_prove_the_half_year():
    """Eight were there, three came twice, twelve were left: two have gone at least, and in each quarter two at most."""
    city = City(0, 320)
    first, second = freeze(city, FIRST, SECOND)
    assert first.figure("district_cases", "6", "closed") == 0
    assert second.figure("district_cases", "6", "closed") is None
    assert coming(Sheet(SECOND, {}), [Sheet(FIRST, {})]) == [Sheet(HALF, {})]
    assert coming(Sheet(SECOND, {}), []) == coming(Sheet(HALF, {}), [Sheet(FIRST, {}), Sheet(SECOND, {})]) == []
    half, quarters = Sheet(Half(YEAR, 2), {}), [Sheet(Quarter(YEAR, number), {}) for number in (1, 2)]
    assert coming(half, quarters) == [Sheet(Year(YEAR), {})]


def test_the_attacker_is_dangerous():
    """Rounding alone would not do: without the gate the same reports give people away."""
    city = City(0, 300)
    periods = (*QUARTERS[1:3], HALF)
    rounded = {p.key: {k: round_table(t).stored() for k, t in city.true(p).tables.items()} for p in periods}
    assert len(Attacker(rounded).proven()) > 20


def test_cases_in_the_lage_would_give_people_away():
    """Open, new and closed cases by kind of help and by Stadtbezirk, beside reports that have passed the gate."""
    city = City(0, 150)
    reports = tables_of(freeze(city, FIRST, SECOND))
    cases = {
        quarter.key: {key: moved(city.true(quarter).tables[key]) for key in ("flow", "district_cases")}
        for quarter in (FIRST, SECOND)
    }
    assert Attacker(reports).proven() == set()
    assert {name[1] for name in Attacker(reports, cases).proven()} == {"district_cases"}


def moved(table):
    rounded, columns = round_table(table), ("new", "closed", "open_end")
    lines = {row.key: {column: rounded[row.key, column] for column in columns} for row in table.rows}
    return stored(lines, columns, lines, {column: rounded.totals[column] for column in columns})


# --- What the Lage said before


def lage_of(quarter, rows):
    """The Lage as it stood on the cut-off, with persons and consultations of these Stadtbezirke alone."""
    total = {column: sum(line[column] or 0 for line in rows.values()) for column in CONTACTS}
    heads = {"districts": [{"number": int(row)} for row in rows], "topics": [{"code": "work"}]}
    told = {"total": total, "districts": rows, "providers": None, "topics": None, "topic_by_district": None}
    heads["providers"] = [{"code": "p1"}]
    return sheet_of(Situation(figures={"heads": heads, "quarters": {quarter.key: told}, "months": None}), quarter)


def test_what_the_lage_has_shown_of_the_quarters_is_out_already():
    """Nobody or two in Porz in each quarter, said by the Lage alone: three or four would be in the half-year."""
    few = {"7": {"persons": 0, "consultations": None}, "8": {"persons": 60, "consultations": 100}}
    both = one_way("districts", {"7": [3, 9], "8": [118, 200]}, [121, 209])
    lage = [lage_of(quarter, few) for quarter in (FIRST, SECOND)]
    assert gate(both, period=HALF)["districts"].withheld == ""
    assert gate(both, period=HALF, others=lage[:1])["districts"].withheld == ""
    assert gate(both, period=HALF, others=lage)["districts"].withheld == PublishedTable.FINE
    true = one_way("districts", {"7": [2, 6], "8": [60, 100]}, [62, 106])
    silent = [Sheet(quarter, {"districts": keep(round_table(true), [])}) for quarter in (FIRST, SECOND)]
    assert gate(both, period=HALF, others=silent)["districts"].withheld == ""
    assert gate(both, period=HALF, others=[*silent, *lage])["districts"].withheld == PublishedTable.FINE


def test_from_a_lage_that_contradicts_nobody_concludes():
    """Somebody was entered on the last day: the report counts more than the Lage did."""
    many = {"7": {"persons": 20, "consultations": 60}, "8": {"persons": 60, "consultations": 100}}
    true = one_way("districts", {"7": [31, 90], "8": [60, 100]}, [91, 190])
    assert gate(true, others=[lage_of(FIRST, many)])["districts"] == round_table(true)


def test_the_lage_has_months_and_the_consultations_of_a_traeger():
    city = City(3, 200)
    ((quarter, situation),) = situations(city, FIRST)
    told = sheet_of(situation, quarter)
    figures = situation.figures["quarters"]["2026-1"]
    assert told.tables["districts"].totals == figures["total"]
    assert told.tables["providers"]["p1", "consultations"] == figures["providers"]["p1"]["consultations"]
    assert told.tables["topic_by_district"]["work", "8"] == figures["topic_by_district"]["work"]["8"]
    assert {head.key for head in told.tables["months"].rows} == {"1", "2", "3"}
    del situation.figures["months"][0]
    assert "months" not in sheet_of(situation, quarter).tables  # the oldest quarter has not all of them
