"""Whether a measure helped: a published number of before beside the same number two periods after it was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from reports.catalogue import BY_KEY, MEDIANS, median_of
from reports.charts import Columns, Group, columns
from reports.models import Evidence, Report
from reports.periods import Period
from reports.publishing import share_of
from reports.rendering.tables import MEASURES
from reports.rendering.words import GROUPS, WITHHELD, name_of
from reports.tables import Head

PERIODS_LATER = 2
DARK, PALE = 1, 3  # styles of the columns


@dataclass(frozen=True)
class Point:
    """One period. `reason`: why there is no number; `is_done`: the measure was done in it."""

    span: Period
    value: int | None
    share: int | None
    reason: str
    is_done: bool

    @property
    def label(self) -> str:
        return self.span.label


@dataclass(frozen=True)
class Effect:
    """`end`: what the start is compared with; `awaited`: its period, if there is no report of it yet."""

    name: str
    table: str
    group: str  # of whom the shares are; "" where there are none
    points: tuple[Point, ...]
    end: Point | None
    awaited: Period | None
    done_on: date | None
    chart: Columns

    @property
    def start(self) -> Point:
        return self.points[0]

    @property
    def is_done_before(self) -> bool:
        return self.done_on is not None and self.done_on < self.start.span.start

    @property
    def is_done_after(self) -> bool:
        return self.done_on is not None and self.done_on > self.points[-1].span.end

    @property
    def change(self) -> int | None:
        """The difference of two published numbers, as a reader of both reports would work it out."""
        return None if self.end is None else _difference(self.start.value, self.end.value)

    @property
    def share_change(self) -> int | None:
        return None if self.end is None else _difference(self.start.share, self.end.share)

    @property
    def size(self) -> int:
        return abs(self.change or 0)

    @property
    def share_size(self) -> int:
        return abs(self.share_change or 0)

    @property
    def without_number(self) -> Point | None:
        """Of the two that are compared the first one that is withheld."""
        return next((point for point in (self.start, self.end) if point and point.value is None), None)


def effect_of(evidence: Evidence, done_on: date | None) -> Effect:
    """From the report of the evidence to the newest one of the same kind.

    Compared are the first period and the second one after that in which the measure was done.
    """
    rows = _stored(evidence)
    spans = [evidence.report.span]
    while spans[-1].start < max(row["starts_on"] for row in rows.values()):
        spans.append(spans[-1].shifted(1))
    points = tuple(_point(span, rows.get(span.key), evidence, done_on) for span in spans)
    wanted = None if done_on is None else _compared_with(spans[0], done_on)
    end = next((point for point in points if point.span == wanted), None)
    unit = _unit(evidence)
    return Effect(
        name=evidence.name,
        table=evidence.table,
        group=_group(evidence, rows[spans[0].key]["stored"])
        if any(point.share is not None for point in points)
        else "",
        points=points,
        end=end,
        awaited=None if end else wanted,
        done_on=done_on,
        chart=columns("effect", evidence.name, [(unit, DARK)], [_column(point, points[0], end) for point in points]),
    )


def _stored(evidence: Evidence) -> dict[str, dict[str, Any]]:
    """Of each period what its report has of the table: of the first as it was noted, of later ones as it is now."""
    later = Report.objects.current().filter(kind=evidence.report.kind, starts_on__gt=evidence.report.starts_on)
    rows = Report.objects.filter(Q(pk=evidence.report_id) | Q(pk__in=later.values("pk")))
    key = median_of(evidence.table)
    path = f"figures__medians__{key}" if key else f"figures__tables__{evidence.table}"
    return {row["period"]: {**row, "stored": row[path] or {}} for row in rows.values("period", "starts_on", path)}


def _compared_with(start: Period, done_on: date) -> Period:
    span = start
    while span.end < done_on:
        span = span.shifted(1)
    return span.shifted(PERIODS_LATER)


def _point(span: Period, row: Mapping[str, Any] | None, evidence: Evidence, done_on: date | None) -> Point:
    is_done = done_on is not None and span.start <= done_on <= span.end
    if row is None:
        return Point(span, None, None, _("Diesen Bericht gibt es nicht."), is_done)
    stored = row["stored"]
    if median_of(evidence.table):
        value, whole = stored.get(evidence.row), None
    else:
        value = stored.get("cells", {}).get(evidence.row, {}).get(evidence.column)
        whole = stored.get("totals", {}).get(evidence.column) if _has_shares(evidence) else None
    return Point(span, value, share_of(value, whole), _reason(stored, evidence) if value is None else "", is_done)


def _reason(stored: Mapping[str, Any], evidence: Evidence) -> str:
    if median_of(evidence.table):
        return _("Weniger als 20 Angaben.")
    if withheld := stored.get("withheld"):
        return str(WITHHELD[withheld])
    if evidence.row not in stored.get("cells", {}):
        return _("Diese Zeile hat der Bericht nicht.")
    return _("Zu wenige Fälle, oder es ließe sich auf Einzelne schließen.")


def _has_shares(evidence: Evidence) -> bool:
    """As in a report: of persons and of cases, not of consultations and not of movement."""
    return BY_KEY[evidence.table].crosses is not None or evidence.column in MEASURES


def _group(evidence: Evidence, stored: Mapping[str, Any]) -> str:
    """Of whom the share is: those of the table, of two attributes those of the column."""
    table = BY_KEY[evidence.table]
    group = str(GROUPS[table.population])
    column = next((name_of(Head(*each)) for each in stored["columns"] if each[0] == evidence.column), "")
    return f"{group}, {column}" if table.crosses else group


def _unit(evidence: Evidence) -> str:
    if key := median_of(evidence.table):
        return str(MEDIANS[key][2])
    return str(dict(BY_KEY[evidence.table].columns).get(evidence.column, _("Personen")))


def _column(point: Point, start: Point, end: Point | None) -> Group:
    """The two that are compared are dark; where nothing is compared yet, all are."""
    second = _("umgesetzt") if point.is_done else ""
    style = DARK if end is None or point in (start, end) else PALE
    return Group(point.span.short_label, [point.value], second, point.label, style)


def _difference(start: int | None, end: int | None) -> int | None:
    return None if start is None or end is None else end - start
