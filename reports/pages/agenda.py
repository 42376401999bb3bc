"""What a planning conference talks about, put together from the data of the day, and what it decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from reports.models import Conference, Decision, Evidence, Finding, Measure, Report
from reports.models.conference import Body
from reports.pages.findings import Entry, entries, taken
from reports.queries import observations
from reports.signals import sentence

UNTIL_NEXT = timedelta(days=91)  # where no later conference is called yet
WAITING_FOR = {  # what lies with a body
    Body.WORKING_GROUP: [Finding.Status.WORKING_GROUP],
    Body.PROJECT_GROUP: [Finding.Status.WORKING_GROUP],
    Body.STEERING_GROUP: [Finding.Status.STEERING],
    Body.STEERING_COMMITTEE: [Finding.Status.STEERING],
}


@dataclass(frozen=True)
class Signal:
    """Something that stood out in the last report and is in no finding."""

    key: str
    text: str


def agenda(conference: Conference, today: date) -> dict[str, Any]:
    report = Report.objects.current().newest_first().first()
    until = _until(conference)
    return {
        "report": report,
        "signals": _signals(report) if report else [],
        "waiting": observations.waiting(taken()),
        "findings": _findings(conference, today),
        "until": until,
        "measures": [(measure, measure.is_overdue(today)) for measure in _measures(until)],
    }


def minutes(conference: Conference) -> list[Decision]:
    """In the order in which they were written down."""
    return list(conference.decisions.with_row_data().order_by("created_at", "pk"))


def _signals(report: Report) -> list[Signal]:
    """Without those whose figure is evidence of a finding that was not dropped."""
    known = Evidence.objects.exclude(finding__status=Finding.Status.DROPPED)
    places = set(known.values_list("table", "row", "column"))
    first = {key: stored["columns"][0][0] for key, stored in report.figures.get("tables", {}).items()}
    return [
        Signal(signal["id"], sentence(signal))
        for signal in report.signals
        if (signal["table"], signal["row"], signal["column"] or first.get(signal["table"], "")) not in places
    ]


def _findings(conference: Conference, today: date) -> list[Entry]:
    """What lies with the body, is due, or has not moved; without what was decided in this meeting."""
    lying = Q(status__in=WAITING_FOR.get(Body(conference.body), []))
    silent = Q(pk__in=Finding.objects.needing_attention(today))
    rows = Finding.objects.open().filter(lying | silent).exclude(decisions__conference=conference)
    return entries(rows.order_by("moved_on", "number").prefetch_related("measures"), today)


def _measures(until: date):
    return Measure.objects.due_until(until).select_related("finding").order_by("due_on", "pk")


def _until(conference: Conference) -> date:
    """The next meeting, or three months from this one."""
    later = Conference.objects.filter(held_on__gt=conference.held_on).order_by("held_on").first()
    return later.held_on if later else conference.held_on + UNTIL_NEXT
