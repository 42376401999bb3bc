"""Figures of frozen reports as evidence: which there are to choose from, and how one is called.

A median is named like a table whose rows are topics: `median_waiting`, its one column `median`.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from reports.catalogue import BY_KEY, MEDIANS, median_of
from reports.models import Evidence, Report
from reports.models.report import MEDIAN
from reports.tables import Head

COLUMN: Final = "median"
Heads = list[tuple[str, str]]  # key and name
Place = tuple[str, str, str]  # table, row, column


def titles() -> dict[str, str]:
    """What there may be to choose from, in the order of the catalogue."""
    return {key: title_of(key) for key in (*BY_KEY, *(MEDIAN + key for key in MEDIANS))}


def title_of(table: str) -> str:
    key = median_of(table)
    return _("%(name)s (Median)") % {"name": MEDIANS[key][1]} if key else str(BY_KEY[table].title)


def is_published(report: Report, table: str) -> bool:
    """Whether the report has it and did not withhold it as a whole."""
    if key := median_of(table):
        return key in report.figures["medians"]
    stored = report.figures["tables"].get(table)
    return stored is not None and not stored["withheld"]


def heads(report: Report, table: str) -> tuple[Heads, Heads]:
    """Rows and columns of a table to choose from."""
    tables = report.figures["tables"]
    if key := median_of(table):
        topics = dict(_named(tables.get("topics", {}).get("rows", [])))
        rows = [(row, topics.get(row, row) if row else _("alle")) for row in report.figures["medians"][key]]
        return rows, [(COLUMN, str(MEDIANS[key][2]))]
    return _named(tables[table]["rows"]), _named(tables[table]["columns"])


def _named(stored: list[list[str]]) -> Heads:
    return [(head.key, _name(head)) for head in (Head(*each) for each in stored)]


def evidence_of(report: Report, table: str, row: str, column: str) -> Evidence:
    """The published number with its name in both languages; still of no finding."""
    with override("de"):
        label = _label(report, table, row, column)
    with override("en"):
        label_en = _label(report, table, row, column)
    return Evidence(
        report=report, table=table, row=row, column=column, label=label, label_en=label_en,
        value=report.figure(table, row, column),
    )  # fmt: skip


def _label(report: Report, table: str, row: str, column: str) -> str:
    rows, columns = heads(report, table)
    places = [dict(rows).get(row, row)]
    if len(columns) > 1:
        places.append(dict(columns).get(column, column))
    return f"{title_of(table)}: {', '.join(places)}"


def _name(head: Head) -> str:
    return head.name_en if get_language() == "en" and head.name_en else head.name


def signal_of(report: Report, key: str) -> dict[str, Any] | None:
    return next((signal for signal in report.signals if signal["id"] == key), None)


def place_of_signal(signal: dict[str, Any]) -> Place:
    """Where the figure stands that a signal is about, as evidence has it: of a table of one column the first."""
    return signal["table"], signal["row"], signal["column"] or (COLUMN if median_of(signal["table"]) else "persons")


def evidence_of_signal(report: Report, signal: dict[str, Any]) -> Evidence | None:
    """The figure a signal is about; None where the report does not publish it."""
    place = place_of_signal(signal)
    return None if report.figure(*place) is None else evidence_of(report, *place)
