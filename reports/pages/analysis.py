"""Bedarfsanalyse: what stands out in a frozen report, its break-downs, and how it came to this over eight periods.

Everything is read from stored figures. Of the chosen report all of them, of the others only what the lines need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from reports import charts
from reports.charts import Cell, Grid, Line
from reports.models import Finding, Report
from reports.pages.evidence import place_of_signal
from reports.pages.taken_up import findings_about
from reports.periods import Period, period_from_key
from reports.publishing import share_of
from reports.rendering.words import name_of
from reports.signals import ALARM, SMALLEST_GAP, sentence
from reports.tables import Head, PublishedTable

PERIODS_SHOWN: Final = 8
LINES: Final = {  # what the development is drawn from -> its place in the figures
    "topics": "figures__tables__topics",
    "barriers": "figures__tables__barriers",
    "waiting": "figures__medians__waiting",
}


@dataclass(frozen=True)
class Option:
    key: int
    label: str
    is_current: bool


@dataclass(frozen=True)
class Outstanding:
    """A signal in words. `part` of `whole` persons, where it is about a share; `finding`: the one that is about it."""

    key: str
    text: str
    part: int | None
    whole: int | None
    finding: Finding | None


@dataclass(frozen=True)
class Development:
    """Small columns for each row of a table, all drawn to the same scale; a withheld number leaves a gap."""

    periods: tuple[str, ...]
    rows: tuple[charts.Small, ...]

    @property
    def last(self) -> str:
        return self.periods[-1]


def page(reports: Sequence[Report], key: str | None, *, with_findings: bool) -> dict[str, Any]:
    """`reports`: the current ones without their figures, newest first. A key of none of them means the newest quarter:
    a half-year or a year of the same end withholds more."""
    quarter = next((report for report in reports if report.kind == Report.Kind.QUARTER), reports[0])
    chosen = next((report for report in reports if str(report.pk) == key), quarter)
    alike = [report for report in reports if report.kind == chosen.kind]
    past = alike[alike.index(chosen) :][:PERIODS_SHOWN]
    options = alike[:PERIODS_SHOWN] if chosen in alike[:PERIODS_SHOWN] else [*alike[: PERIODS_SHOWN - 1], chosen]
    figures = chosen.figures
    return {
        "report": chosen,
        "kinds": [
            Option(newest.pk, newest.get_kind_display(), newest.kind == chosen.kind) for newest in _kinds(reports)
        ],
        "options": [Option(each.pk, each.span.short_label, each == chosen) for each in options],
        "outstanding": outstanding(chosen.signals, with_findings=with_findings),
        "has_before": any(report.period == chosen.span.shifted(-1).key for report in alike),
        "topics": _heat(figures, "topic_by_district", "topics"),
        "shares": _shares(chosen),
        "barriers": _heat(figures, "barrier_by_topic", "barriers"),
        **_developments([report.pk for report in past]),
        "alarm": round(100 * ALARM),
        "gap": SMALLEST_GAP,
    }


def _kinds(reports: Iterable[Report]) -> list[Report]:
    """The newest report of each kind, in the order of the kinds."""
    newest: dict[str, Report] = {}
    for report in reports:
        newest.setdefault(report.kind, report)
    return [newest[kind] for kind in Report.Kind.values if kind in newest]


def outstanding(signals: Sequence[dict[str, Any]], *, with_findings: bool) -> list[Outstanding]:
    about = findings_about(signals) if with_findings else {}
    return [
        Outstanding(
            key=signal["id"],
            text=sentence(signal),
            part=signal.get("part"),
            whole=signal.get("whole"),
            finding=about.get(place_of_signal(signal)),
        )
        for signal in signals
    ]


# --- Tables of two attributes


def _table(figures: Mapping[str, Any], key: str) -> PublishedTable | None:
    stored = figures["tables"].get(key)
    return None if not stored or stored["withheld"] else PublishedTable.read(key, stored)


def _heat(figures: Mapping[str, Any], key: str, margin: str) -> Grid | None:
    """Persons by two attributes; the totals of the rows come from the table of one."""
    table, whole = _table(figures, key), _table(figures, margin)
    if table is None:
        return None
    step = charts.scale(table.cells.values())
    rows = [
        Line(
            label=name_of(row),
            cells=tuple(
                Cell(number, charts.class_of(number, step))
                for number in (table[row.key, column.key] for column in table.columns)
            ),
            total=whole[row.key, "persons"] if whole else None,
        )
        for row in table.rows
    ]
    return Grid(tuple(name_of(column) for column in table.columns), tuple(rows))


def _shares(report: Report) -> Grid | None:
    """Of the persons with a topic in each Stadtbezirk, beside the city's; None where no share may be printed."""
    table, city = _table(report.figures, "topic_by_district"), _table(report.figures, "topics")
    if table is None or city is None:
        return None
    columns = [column for column in table.columns if share_of(0, table.totals[column.key]) is not None]
    stand_out = {(each["row"], each["column"]) for each in report.signals if each["table"] == table.key}
    rows = []
    for row in table.rows:
        all_over = share_of(city[row.key, "persons"], city.totals["persons"])
        cells = [
            _compared(
                share_of(table[row.key, column.key], table.totals[column.key]),
                all_over,
                is_outstanding=(row.key, column.key) in stand_out,
            )
            for column in columns
        ]
        rows.append(Line(name_of(row), tuple(cells), all_over))
    return Grid(tuple(name_of(column) for column in columns), tuple(rows)) if columns else None


def _compared(percent: int | None, city: int | None, *, is_outstanding: bool) -> Cell:
    gap = 0 if percent is None or city is None else percent - city
    return Cell(percent, is_above=gap >= SMALLEST_GAP, is_below=gap <= -SMALLEST_GAP, is_outstanding=is_outstanding)


# --- Development


def _developments(keys: list[int]) -> dict[str, Development]:
    rows = Report.objects.filter(pk__in=keys).order_by("starts_on").values("period", *LINES.values())
    stored = [{"period": row["period"], **{name: row[path] or {} for name, path in LINES.items()}} for row in rows]
    periods = [period_from_key(row["period"]) for row in stored]
    tables = {
        name: [PublishedTable.read(name, row[name]) if row[name] else None for row in stored]
        for name in ("topics", "barriers")
    }
    heads = {name: _heads(found) for name, found in tables.items()}
    persons = {
        name: drawn(periods, heads[name], [[_persons(table, head.key) for table in found] for head in heads[name]])
        for name, found in tables.items()
    }
    waits = {head: [row["waiting"].get(head.key) for row in stored] for head in (_all_topics(), *heads["topics"])}
    told = {head: weeks for head, weeks in waits.items() if any(week is not None for week in weeks)}
    waiting = drawn(periods, list(told), list(told.values()))
    return {"topic_lines": persons["topics"], "barrier_lines": persons["barriers"], "waiting_lines": waiting}


def _all_topics() -> Head:
    return Head("", _("alle Themen"))


def _heads(tables: Sequence[PublishedTable | None]) -> list[Head]:
    """Every row of any of the periods, those of the last one first and in its order."""
    found: dict[str, Head] = {}
    for table in reversed(tables):
        for head in table.rows if table else ():
            found.setdefault(head.key, head)
    return list(found.values())


def _persons(table: PublishedTable | None, row: str) -> int | None:
    return None if table is None or table.withheld else table[row, "persons"]


def drawn(
    periods: Sequence[Period], heads: Sequence[Head], numbers: Sequence[Sequence[int | None]], *, least: int = 0
) -> Development:
    """`least`: how high the scale reaches at any rate, so that what rounding does among small numbers looks small."""
    highest = max((value for row in numbers for value in row if value is not None), default=0)
    labels = [period.short_label for period in periods]
    rows = [
        charts.small(name_of(head), labels, row, max(highest, least)) for head, row in zip(heads, numbers, strict=True)
    ]
    return Development(tuple(labels), tuple(rows))
