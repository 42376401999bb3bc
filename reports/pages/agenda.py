"""What a planning conference talks about, put together from the data for its day, and what it decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, Q

from reports.models import Conference, Decision, Evidence, Finding, FindingSource, Measure, Report
from reports.models.conference import Body
from reports.models.finding import STEPS
from reports.pages.evidence import place_of_signal
from reports.pages.findings import Entry, entries, taken
from reports.pages.taken_up import findings_about
from reports.periods import period_from_key
from reports.queries import observations
from reports.queries.observations import Heard
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
    """Something that stood out in a report and that no open finding is about; `finding` was, and is settled."""

    report: int
    key: str
    text: str
    period: str
    finding: Finding | None


@dataclass(frozen=True)
class Item:
    """A finding on the agenda, with what one asks about it in the room. `measures`: each, and whether it is overdue."""

    entry: Entry
    heard: Heard
    measures: list[tuple[Measure, bool]]

    @property
    def finding(self) -> Finding:
        return self.entry.finding

    @property
    def unchecked(self) -> list[Measure]:
        """What is done about a finding that is done, and nobody has judged yet."""
        is_done = self.finding.status == Finding.Status.DONE
        return [measure for measure, _late in self.measures if is_done and measure.is_unchecked]


def agenda(conference: Conference, today: date) -> dict[str, Any]:
    """For the day of the meeting: what is due by then is due, though it may not be today."""
    day = max(today, conference.held_on)
    reports, until, items = _last_reports(), _until(day), _items(conference, day)
    return {
        "day": day,
        "until": until,
        "periods": [_label(report) for report in reports],
        "signals": _signals(reports),
        "waiting": observations.waiting(taken()),
        "findings": [item for item in items if not item.unchecked],
        "checks": [item for item in items if item.unchecked],
        "measures": [(measure, measure.is_overdue(day)) for measure in _measures(until)],
    }


def minutes(conference: Conference) -> list[Decision]:
    """In the order in which they were written down."""
    return list(conference.decisions.with_row_data().order_by("created_at", "pk"))


# --- What stands out


def _last_reports() -> list[dict[str, Any]]:
    """Those that ended last, up to one of each kind; the shortest period first, because it withholds least."""
    rows = Report.objects.current().order_by("-ends_on", "-starts_on")
    found = list(rows.values("pk", "period", "ends_on", "figures__signals")[: len(Report.Kind)])
    return [row for row in found if row["ends_on"] == found[0]["ends_on"]]


def _label(report: dict[str, Any]) -> str:
    return period_from_key(report["period"]).label


def _signals(reports: list[dict[str, Any]]) -> list[Signal]:
    """Each once, as the first of the reports has it; without those that an open finding is about."""
    told: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for report in reports:
        for signal in report["figures__signals"] or []:
            told.setdefault(signal["id"], (report, signal))
    about = findings_about(signal for _report, signal in told.values())
    found = [
        Signal(report["pk"], key, sentence(signal), _label(report), about.get(place_of_signal(signal)))
        for key, (report, signal) in told.items()
    ]
    return [signal for signal in found if signal.finding is None or not signal.finding.is_open]


# --- Findings and measures


def _items(conference: Conference, day: date) -> list[Item]:
    """What lies with the body, is due, or has not moved; without what was decided in this meeting. That a measure went
    on or was judged there decides nothing about its finding."""
    lying = Q(status__in=WAITING_FOR.get(Body(conference.body), []))
    silent = Q(pk__in=Finding.objects.needing_attention(day))
    decided = conference.decisions.filter(step__in=STEPS).values("finding")
    rows = Finding.objects.open().filter(lying | silent).exclude(pk__in=decided).order_by("moved_on", "number")
    evidence = Prefetch("evidence", Evidence.objects.select_related("report").defer("report__figures"))
    found = entries(rows.prefetch_related("measures", evidence), day)
    heard = _heard(entry.finding.pk for entry in found)
    return [
        Item(entry, heard[entry.finding.pk], [(each, each.is_overdue(day)) for each in entry.finding.measures.all()])
        for entry in found
    ]


def _heard(findings: Iterable[int]) -> dict[int, Heard]:
    groups: dict[int, list[Any]] = {finding: [] for finding in findings}
    for finding, key in FindingSource.objects.filter(finding__in=groups).values_list("finding", "observation"):
        groups[finding].append(key)
    return observations.heard(groups)


def _measures(until: date):
    return Measure.objects.due_until(until).select_related("finding").order_by("due_on", "pk")


def _until(day: date) -> date:
    """The next meeting, or three months from this one."""
    later = Conference.objects.filter(held_on__gt=day).order_by("held_on").first()
    return later.held_on if later else day + UNTIL_NEXT
