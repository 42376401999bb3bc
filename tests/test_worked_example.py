"""Forty invented cases, counted and rounded by hand (tests/worked_example/), against the program."""

import pytest

from reports.catalogue import BY_KEY, MEDIANS
from reports.disclosure import published
from reports.periods import Quarter
from reports.queries.period import true_report
from reports.tables import PublishedTable
from tests.factories import ReportFactory
from tests.worked_city import build, lines

pytestmark = pytest.mark.django_db
THIRD, FOURTH = Quarter(2026, 3), Quarter(2026, 4)
LISTS = {THIRD: "third_quarter", FOURTH: "fourth_quarter"}
WITHHELD = {"-", PublishedTable.FEW, PublishedTable.FINE}


@pytest.fixture
def city(db):
    build()


def by_hand(quarter, number):
    """(table, row, column) -> what the list says. Without a row it is the total, without a column that of the row."""
    return {(line["table"], line["row"], line["column"]): line[number] for line in lines(LISTS[quarter])}


def counted(true):
    found = {}
    for key, table in true.tables.items():
        found |= by_place(key, table)
    found |= {(f"median_{median.key}", median.row, ""): f"{median.value:.1f}" for median in true.medians}
    return texts(found | staff(true.posts, true.speakers))


def shown(figures):
    found = {}
    for key, stored in figures["tables"].items():
        table = PublishedTable.read(key, stored)
        nothing = table.withheld or "-"
        found |= {place: nothing if number is None else number for place, number in by_place(key, table).items()}
    found |= {
        (f"median_{key}", row, ""): n for key, medians in figures["medians"].items() for row, n in medians.items()
    }
    return texts(found | staff(figures["posts"], figures["speakers"]))


def by_place(key, table):
    return {
        **{(key, row, column): number for (row, column), number in table.cells.items()},
        **{(key, "", column): number for column, number in table.totals.items()},
        **{(key, row, ""): number for row, number in table.row_totals.items()},
    }


def staff(posts, speakers):
    return {
        **{("posts", provider, ""): number for provider, number in posts.items()},
        **{("speakers", language, ""): number for language, number in speakers.items()},
    }


def texts(found):
    """What is not 0: the lists leave that out."""
    return {place: str(number) for place, number in found.items() if str(number) != "0"}


def told(numbers):
    return {place: text for place, text in numbers.items() if text not in WITHHELD}


@pytest.mark.parametrize("quarter", [THIRD, FOURTH])
def test_the_true_numbers_are_those_counted_by_hand(city, quarter):
    assert counted(true_report(quarter)) == texts(by_hand(quarter, "counted"))


@pytest.mark.parametrize(("quarter", "before"), [(THIRD, None), (FOURTH, THIRD)])
def test_the_published_numbers_are_those_rounded_by_hand(city, quarter, before):
    """A quarter is published beside the one before."""
    earlier = [ReportFactory.build(period=before.key, figures=published(true_report(before), []))] if before else []
    figures = published(true_report(quarter), earlier)
    numbers, wanted = shown(figures), texts(by_hand(quarter, "published"))
    assert told(numbers) == told(wanted)
    reasons = {key: table["withheld"] for key, table in figures["tables"].items()}
    for place, text in wanted.items():
        if text in WITHHELD:
            assert numbers.get(place, reasons.get(place[0], PublishedTable.FEW)) == text, place


def test_the_lists_name_every_table_of_the_catalogue_and_every_median():
    named = [{table for table, _row, _column in by_hand(quarter, "counted")} for quarter in LISTS]
    assert all(set(BY_KEY) <= tables for tables in named)
    assert {f"median_{key}" for key in MEDIANS} <= set.union(*named)
