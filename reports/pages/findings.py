"""The board of findings, its inbox, and the page of one finding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Min, Prefetch, Q

from reports.models import Conference, Evidence, Finding, FindingSource, Measure
from reports.queries import observations

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


def _entry(finding: Finding, running: int, overdue: int, today: date) -> Entry:
    return Entry(finding, finding.is_due(today), finding.is_still(today) and not running, overdue)


def board(page: str | None, today: date) -> dict[str, Any]:
    columns: dict[str, list[Entry]] = {status: [] for status in Finding.OPEN}
    for entry in entries(Finding.objects.open().order_by("moved_on", "number"), today):
        columns[entry.finding.status].append(entry)
    settled = Finding.objects.settled().order_by("-moved_on", "-number")
    return {
        "waiting": observations.waiting(taken()),
        "columns": [(Finding.Status(status).label, found) for status, found in columns.items()],
        "page": Paginator(settled, SETTLED_PAGE).get_page(page),
        "is_turned": page is not None,
        "conferences": Conference.objects.open()[:CONFERENCES],
    }


def inbox(page: str | None, chosen: dict[str, Any]) -> Any:
    return observations.inbox(taken(), page, **chosen)


def finding_page(finding: Finding, today: date) -> dict[str, Any]:
    keys = finding.sources.values("observation")
    evidence = Evidence.objects.select_related("report").defer("report__figures")
    measures = [(measure, measure.is_overdue(today)) for measure in finding.measures.all()]
    running, overdue = sum(measure.is_open for measure, _late in measures), sum(late for _measure, late in measures)
    return {
        "finding": finding,
        "entry": _entry(finding, running, overdue, today),
        "unchecked": [measure for measure, _late in measures if measure.status == "done" and not measure.verdict],
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
