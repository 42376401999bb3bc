"""The board of findings, its inbox, and the page of one finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Min, Prefetch, Q
from django.utils.translation import gettext as _

from reports.models import Conference, Evidence, Finding, FindingSource, Measure
from reports.queries import observations

SETTLED = [status for status in Finding.Status if status not in Finding.OPEN]
SETTLED_PAGE = 20
CONFERENCES = 3


@dataclass(frozen=True)
class Entry:
    """A finding on the board, and why it asks for attention."""

    finding: Finding
    is_due: bool
    is_still: bool
    overdue: int  # measures

    @property
    def is_waiting(self) -> bool:
        return self.is_due or self.is_still or bool(self.overdue)


@dataclass(frozen=True)
class Choice:
    """One of the ways in which findings are settled, or "" for all of them."""

    key: str
    label: str
    count: int
    is_current: bool


def taken():
    """The numbers of the observations that are in a finding or set aside."""
    return FindingSource.objects.values("observation")


def entries(rows: Any, today: date) -> list[Entry]:
    """In the order of the rows."""
    running = Q(measures__status__in=Measure.OPEN)
    rows = rows.with_row_data().annotate(
        running=Count("measures", filter=running),
        overdue=Count("measures", filter=running & Q(measures__due_on__lt=today)),
    )
    return [_entry(row, row.running, row.overdue, today) for row in rows]


def entry_of(finding: Finding, measures: Iterable[tuple[Measure, bool]], today: date) -> Entry:
    """From all its measures, each with whether it is overdue."""
    measures = list(measures)
    return _entry(finding, sum(each.is_open for each, _late in measures), sum(late for _each, late in measures), today)


def _entry(finding: Finding, running: int, overdue: int, today: date) -> Entry:
    return Entry(finding, finding.is_due(today), finding.is_still(today) and not running, overdue)


def board(settled_as: str | None, page: str | None, today: date) -> dict[str, Any]:
    columns: dict[str, list[Entry]] = {status: [] for status in Finding.OPEN}
    for entry in entries(Finding.objects.open().order_by("moved_on", "number"), today):
        columns[entry.finding.status].append(entry)
    return {
        "waiting": observations.waiting(taken()),
        "columns": [(Finding.Status(status).label, found) for status, found in columns.items()],
        "conferences": Conference.objects.open()[:CONFERENCES],
        **_settled(settled_as, page),
    }


def _settled(settled_as: str | None, page: str | None) -> dict[str, Any]:
    """What is settled in one way, or in any; last moved first."""
    rows = Finding.objects.settled()
    counts = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    chosen = settled_as if settled_as in SETTLED else ""
    shown = rows.filter(status=chosen) if chosen else rows
    ways = [Choice(status, status.label, counts.get(status, 0), status == chosen) for status in SETTLED]
    return {
        "choices": [Choice("", _("alle"), sum(counts.values()), not chosen), *ways] if counts else [],
        "page": Paginator(shown.order_by("-moved_on", "-number"), SETTLED_PAGE).get_page(page),
    }


def inbox(page: str | None, chosen: dict[str, Any]) -> Any:
    return observations.inbox(taken(), page, **chosen)


def finding_page(finding: Finding, today: date) -> dict[str, Any]:
    keys = finding.sources.values("observation")
    evidence = Evidence.objects.select_related("report").defer("report__figures")
    measures = [(measure, measure.is_overdue(today)) for measure in finding.measures.all()]
    return {
        "finding": finding,
        "entry": entry_of(finding, measures, today),
        "unchecked": [measure for measure, _late in measures if measure.is_unchecked],
        "observations": observations.released(keys),
        "providers": observations.providers(keys),
        "evidence": evidence.filter(finding=finding),
        "measures": measures,
        "history": finding.decisions.with_row_data(),
    }


def with_facts(rows):
    """A finding with what its page names beside it."""
    links = (Prefetch(name) for name in ("topics", "districts", "institutions", "measures"))
    return rows.prefetch_related(*links).annotate(first_seen_on=Min("sources__released_on"))
