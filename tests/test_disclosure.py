"""What a report may publish: the rules one by one, and what somebody can prove who has every report and a solver."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.bounds import Puzzle
from reports.catalogue import BY_KEY, TABLES
from reports.disclosure import audit, keep, medians, nearby, published, round_table
from reports.models import Report
from reports.periods import Half, Quarter, Year, period_from_key
from reports.relations import Part, Sheet
from reports.tables import Head, PublishedTable, TrueMedian, TrueTable
from tests.attacker import Attacker
from tests.invented_city import QUARTERS, YEAR, City

FIRST, SECOND, HALF = Quarter(YEAR, 1), Quarter(YEAR, 2), Half(YEAR, 1)


def freeze(city, *periods, before=()):
    """The reports of these periods, one after the other; each knows those before it."""
    done = list(before)
    for period in periods:
        done.append(Report.of(period, figures=published(city.true(period), done)))
    return done


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


@settings(max_examples=3)
@given(st.integers(0, 10_000), st.sampled_from([40, 90, 150, 300, 600]), st.permutations([FIRST, SECOND, HALF]))
def test_nobody_is_proven_from_two_quarters_and_their_half_year(seed, persons, periods):
    reports = freeze(City(seed, persons), *periods)
    assert Attacker(tables_of(reports)).proven() == set()


def test_nobody_is_proven_from_a_year_its_quarters_and_the_one_before():
    assert Attacker(tables_of(freeze(City(7, 700), *QUARTERS, Year(YEAR)))).proven() == set()


def test_the_attacker_is_dangerous():
    """Rounding alone would not do: without the gate the same reports give people away."""
    city = City(0, 300)
    periods = (*QUARTERS[1:3], HALF)
    rounded = {p.key: {k: round_table(t).stored() for k, t in city.true(p).tables.items()} for p in periods}
    assert len(Attacker(rounded).proven()) > 20
