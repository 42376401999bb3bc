"""Whether a measure helped: a published number at the start beside the same number two periods later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from reports.charts import Columns, Group, columns
from reports.models import Evidence, Report

PERIODS_LATER = 2


@dataclass(frozen=True)
class Point:
    """One period. `value` is None where the number is withheld, or the report is still to come (`expected_on`)."""

    label: str
    short_label: str
    value: int | None
    expected_on: date | None = None


@dataclass(frozen=True)
class Effect:
    name: str
    points: tuple[Point, ...]
    chart: Columns

    @property
    def start(self) -> Point:
        return self.points[0]

    @property
    def end(self) -> Point:
        return self.points[-1]

    @property
    def change(self) -> int | None:
        """The difference of two published numbers, as a reader of both reports would work it out."""
        return None if None in (self.start.value, self.end.value) else self.end.value - self.start.value

    @property
    def size(self) -> int:
        return abs(self.change or 0)


def effect_of(evidence: Evidence) -> Effect:
    """From the report the evidence is of over the following ones of the same kind."""
    spans = [evidence.report.span.shifted(number) for number in range(PERIODS_LATER + 1)]
    later = Report.objects.current().filter(period__in=[span.key for span in spans[1:]])
    frozen = {report.period: report for report in later}
    points = [Point(spans[0].label, spans[0].short_label, evidence.value)]
    for span in spans[1:]:
        report = frozen.get(span.key)
        value = report.figure(evidence.table, evidence.row, evidence.column) if report else None
        expected_on = None if report else span.cut_off + timedelta(days=1)
        points.append(Point(span.label, span.short_label, value, expected_on))
    groups = [Group(point.short_label, [point.value], name=point.label) for point in points]
    title = _("Vom Anfang bis zwei Zeiträume später")
    return Effect(evidence.name, tuple(points), columns("effect", title, [(evidence.name, 1)], groups))
