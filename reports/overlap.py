"""Where the Lage and the reports overlap: the tables of a quarter that both have, each in the shape of the other.

A frozen quarter is shown in the Lage as its report has it. Before that the Lage has counted it itself: what it said by
then is known to whoever reads the report, and reports/disclosure.py takes it as published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from reports.catalogue import BY_KEY, CONTACTS, Section, Table
from reports.models import Report, Situation
from reports.periods import Quarter
from reports.relations import PERSONS, Sheet
from reports.tables import Head, PublishedTable

Lines = Mapping[str, Mapping[str, int | None]]  # row -> column -> published number

# The Lage has consultations by Träger, and months.
CATALOGUE: Final[dict[str, Table]] = {
    "districts": BY_KEY["districts"],
    "providers": replace(BY_KEY["providers"], columns=CONTACTS),
    "months": Table("months", Section.FLOW, "", PERSONS, CONTACTS),
    "topics": BY_KEY["topics"],
    "topic_by_district": BY_KEY["topic_by_district"],
}


def quarter_of(report: Report) -> dict[str, Any]:
    """What the Lage shows of a quarter with a frozen report: its numbers, and None for what it withholds."""
    tables = report.figures["tables"]
    total = tables["districts"]["totals"]
    return {
        "report": {"pk": report.pk, "version": report.version},
        "total": total if total.get(PERSONS) is not None else None,
        **{key: _cells(tables[key]) for key in ("districts", "topics", "providers", "topic_by_district")},
    }


def _cells(stored: Mapping[str, Any]) -> Lines | None:
    return None if stored["withheld"] else stored["cells"]


def sheet_of(situation: Situation, quarter: Quarter) -> Sheet:
    """What the Lage said about a quarter that it counted itself."""
    heads, told = situation.figures["heads"], situation.figures["quarters"][quarter.key]
    districts = [str(head["number"]) for head in heads["districts"]]
    topics, providers = ([head["code"] for head in heads[name]] for name in ("topics", "providers"))
    contacts = [column for column, _ in CONTACTS]
    few, few_topics = (PublishedTable.FEW if told[name] is None else "" for name in ("total", "topics"))
    tables = [
        _table("districts", districts, contacts, told["districts"], few, told["total"]),
        _table("providers", providers, contacts, told["providers"], few),
        _table("topics", topics, contacts, told["topics"], few_topics),
        _table("topic_by_district", topics, districts, told["topic_by_district"], few_topics),
    ]
    numbers = {month.number for month in quarter.months}
    months = {
        str(row["month"]): {column: row[column] for column in contacts}
        for row in situation.figures["months"] or ()
        if row["year"] == quarter.year and row["month"] in numbers
    }
    if len(months) == len(numbers):  # a quarter long ago has some of its months only
        tables.append(_table("months", months, contacts, months, few))
    return Sheet(quarter, {table.key: table for table in tables}, CATALOGUE, is_situation=True)


def _table(
    key: str,
    rows: Iterable[str],
    columns: Iterable[str],
    lines: Lines | None,
    withheld: str,
    totals: Mapping[str, int | None] | None = None,
) -> PublishedTable:
    return PublishedTable(
        key,
        tuple(Head(row, row) for row in rows),
        tuple(Head(column, column) for column in columns),
        {(row, column): number for row, line in (lines or {}).items() for column, number in line.items()},
        totals or {},
        {},
        withheld,
    )
