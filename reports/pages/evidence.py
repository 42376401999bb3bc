"""Figures of frozen reports as evidence: which there are to choose from, and how one is called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, override

from reports.catalogue import BY_KEY
from reports.models import Evidence, Report
from reports.tables import Head

Place = tuple[str, str, str]  # table, row, column


def tables_of(report: Report) -> list[tuple[str, str]]:
    """Key and title of each table of the report that is not withheld, in the order of the catalogue."""
    stored = report.figures.get("tables", {})
    return [(key, str(table.title)) for key, table in BY_KEY.items() if key in stored and not stored[key]["withheld"]]


def heads(report: Report, table: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Rows and columns of a table to choose from."""
    stored = report.figures["tables"][table]
    rows, columns = ([Head(*head) for head in stored[name]] for name in ("rows", "columns"))
    return [(head.key, _name(head)) for head in rows], [(head.key, _name(head)) for head in columns]


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
    return f"{BY_KEY[table].title}: {', '.join(places)}"


def _name(head: Head) -> str:
    return head.name_en if get_language() == "en" and head.name_en else head.name


def signal_of(report: Report, key: str) -> dict[str, Any] | None:
    return next((signal for signal in report.signals if signal["id"] == key), None)


def place_of_signal(signal: dict[str, Any]) -> Place:
    """Where the figure stands that a signal is about, as evidence has it: of a table of one column the first."""
    return signal["table"], signal["row"], signal["column"] or "persons"


def evidence_of_signal(report: Report, signal: dict[str, Any]) -> Evidence | None:
    """The figure a signal is about; None where it is no cell of a table, as with waiting."""
    stored = report.figures.get("tables", {}).get(signal["table"])
    if signal["table"] not in BY_KEY or stored is None or stored["withheld"]:
        return None
    return evidence_of(report, *place_of_signal(signal))
