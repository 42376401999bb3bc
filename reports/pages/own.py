"""What a case manager sees about the own work: exact, live, for nobody else. Nothing of it is stored or cached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from districts.models import CaseManager, Topic
from reports import charts
from reports.pages.situation import Option
from reports.periods import Month, shown_quarters
from reports.queries.own import KINDS, SERVICE_LEVELS, own_figures


@dataclass(frozen=True)
class Row:
    label: str
    count: int
    second: int = 0
    bar: float = 0
    number: int = 0


def periods(today: date) -> dict[str, tuple[str, date, date]]:
    """Key -> name, first and last day: the five quarters, newest first, then this year and the year before."""
    quarters = {q.key: (q.label, q.start, q.end) for q in reversed(shown_quarters(today))}
    years = (today.year, today.year - 1)
    return quarters | {str(y): (_("Jahr %(year)s") % {"year": y}, date(y, 1, 1), date(y, 12, 31)) for y in years}


def page(case_manager: CaseManager, topics: Sequence[Topic], key: str | None, today: date) -> dict[str, Any]:
    offered = periods(today)
    key = key if key in offered else next(iter(offered))
    label, first, last = offered[key]
    figures = own_figures(case_manager, first, last, today)
    by_kind = [(name, *figures.minutes_by_kind[kind]) for kind, name in KINDS.items()]
    by_kind.append((_("Vor- und Nachbereitung"), *figures.preparation))
    by_topic = [(str(topic), *figures.persons_by_topic.get(topic.pk, (0, 0))) for topic in topics]
    return {
        "figures": figures,
        "period": label,
        "options": [Option(each, name, each == key) for each, (name, *_days) in offered.items()],
        "load": charts.bar_length(min(figures.open, figures.capacity), figures.capacity),
        "free": max(figures.capacity - figures.open, 0),
        "kinds": _rows(by_kind, by_second=True),
        "topics": _rows(by_topic),
        "levels": _rows([(name, figures.open_by_level[level], 0) for level, name in SERVICE_LEVELS.items()]),
        "years": (today.year - 1, today.year),
        "year_chart": _year_chart(figures.by_month, today),
        "year_rows": [
            (date_format(month.start, "F"), figures.by_month[month.shifted(-12)], figures.by_month[month])
            for month in (Month(today.year, n) for n in range(1, 13))
        ],
    }


def _rows(rows: list[tuple[str, int, int]], *, by_second: bool = False) -> list[Row]:
    highest = max((row[2] if by_second else row[1] for row in rows), default=0)
    return [
        Row(label, count, second, charts.bar_length(second if by_second else count, highest), number)
        for number, (label, count, second) in enumerate(rows, 1)
    ]


def _year_chart(by_month: dict[Month, int], today: date) -> charts.Columns:
    years = (today.year - 1, today.year)
    return charts.columns(
        "jahre",
        _("Beratungen je Monat, %(last)s und %(this)s") % {"last": years[0], "this": years[1]},
        [(str(years[0]), 3), (str(years[1]), 1)],
        [
            charts.Group(
                label=month.short_label,
                name=date_format(month.start, "F"),
                values=[by_month[month.shifted(-12)], by_month[month]],
            )
            for month in (Month(today.year, n) for n in range(1, 13))
        ],
    )
