"""Forty invented cases, counted and rounded by hand (tests/worked_example/), against the program."""

import csv
from datetime import date
from pathlib import Path

import pytest

from districts.models import District
from reports.disclosure import published
from reports.periods import Quarter
from reports.queries.period import true_report
from reports.tables import PublishedTable
from tests.factories import CaseManagerFactory, ClientFactory
from tests.periods import JULY, case, talk

pytestmark = pytest.mark.django_db
THIRD = Quarter(2026, 3)
FOLDER = Path(__file__).parent / "worked_example"


def lines(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def true():
    own = CaseManagerFactory()
    for line in lines("cases.csv"):
        opened_on = date.fromisoformat(line["opened_on"])
        client = ClientFactory(
            provider=own.provider,
            given_names=line["initials"],
            birth_date=date(opened_on.year - int(line["age"]), 1, 15),
            sex=line["sex"],
            residence_group=line["residence"],
        )
        ending = {"closed": True, "closed_on": date.fromisoformat(line["closed_on"])} if line["closed_on"] else {}
        of = case(
            own, client=client, opened_on=opened_on, where=int(line["district"]), service_level=line["kind"],
            access_route=line["route"], **ending,
        )  # fmt: skip
        for _ in range(int(line["consultations"])):
            talk(of, on=JULY, topics=line["topics"].split())
        if line["also_in"]:
            talk(of, on=JULY, district=District.objects.get(number=line["also_in"]))
    return true_report(THIRD)


def expected(name, value):
    """Table -> what the file says of its rows and of its totals."""
    cells, totals = {}, {}
    for line in lines(name):
        of = cells if line["row"] else totals
        key = (line["row"], line["column"]) if line["row"] else line["column"]
        of.setdefault(line["table"], {})[key] = line[value]
    return cells, totals


def test_the_true_tables_are_those_counted_by_hand(true):
    cells, totals = expected("expected_true.csv", "count")
    for key in cells:
        table = true.tables[key]
        assert {cell: str(n) for cell, n in table.cells.items() if n} == cells[key]
        assert {column: str(n) for column, n in table.totals.items() if n} == totals[key]


def test_the_published_tables_are_those_rounded_by_hand(true):
    cells, totals = expected("expected_published.csv", "number")
    figures = published(true, [])
    for key in cells:
        table = PublishedTable.read(key, figures["tables"][key])
        assert {cell: shown(table, n) for cell, n in table.cells.items() if is_told(cell, n, cells[key])} == cells[key]
        told = {column: table.totals.get(column) for column in totals[key]}
        assert {c: shown(table, n) if n is None else str(n) for c, n in told.items()} == totals[key]
        assert not any(n for column, n in table.totals.items() if column not in told)


def is_told(cell, number, cells):
    """Zeros are not in the file, and of what is withheld only rows that hold somebody."""
    return bool(number) or cell in cells


def shown(table, number):
    return str(number) if number is not None else table.withheld or "-"
