"""What a planning conference talks about, put together from the data for its day, and what it decided."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from reports.models import Conference, Decision, Evidence, Finding, FindingSource, Measure, Report
from reports.models.conference import Body
from reports.models.finding import STEPS
from reports.pages.evidence import Place, place_of_signal
from reports.pages.findings import Entry, entry_of, taken
from reports.pages.taken_up import at, findings_at
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
Told = dict[str, tuple[dict[str, Any], dict[str, Any]]]  # key of a signal -> its report, the signal


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
    evidence: list[Evidence]
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
    until = conference.later_on or day + UNTIL_NEXT
    reports, found = _last_reports(), _findings(conference, day)
    findings = [finding.pk for finding in found]
    told = _told(reports)
    evidence, measures = _evidence(findings, told), _measures(findings, until)
    items = _items(found, evidence, measures, day)
    return {
        "day": day,
        "until": until,
        "periods": [_label(report) for report in reports],
        "signals": _signals(told, evidence),
        "waiting": observations.waiting(taken()),
        "findings": [item for item in items if not item.unchecked],
        "checks": [item for item in items if item.unchecked],
        "measures": [(each, each.is_overdue(day)) for each in measures if each.is_open and each.due_on <= until],
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


def _told(reports: list[dict[str, Any]]) -> Told:
    """What stood out, each once, as the first of the reports has it."""
    told: Told = {}
    for report in reports:
        for signal in report["figures__signals"] or []:
            told.setdefault(signal["id"], (report, signal))
    return told


def _signals(told: Told, evidence: list[Evidence]) -> list[Signal]:
    """Without those that an open finding is about."""
    about = findings_at(_places(told), evidence)
    found = [
        Signal(report["pk"], key, sentence(signal), _label(report), about.get(place_of_signal(signal)))
        for key, (report, signal) in told.items()
    ]
    return [signal for signal in found if signal.finding is None or not signal.finding.is_open]


def _places(told: Told) -> set[Place]:
    return {place_of_signal(signal) for _report, signal in told.values()}


# --- Findings and measures


def _findings(conference: Conference, day: date) -> list[Finding]:
    """What lies with the body, is due, or has not moved; without what was decided in this meeting. That a measure went
    on or was judged there decides nothing about its finding."""
    lying = Q(status__in=WAITING_FOR.get(Body(conference.body), []))
    silent = Q(pk__in=Finding.objects.needing_attention(day))
    decided = conference.decisions.filter(step__in=STEPS).values("finding")
    rows = Finding.objects.open().filter(lying | silent).exclude(pk__in=decided)
    return list(rows.order_by("moved_on", "number").with_row_data())


def _items(found: list[Finding], evidence: list[Evidence], measures: list[Measure], day: date) -> list[Item]:
    keys = [finding.pk for finding in found]
    heard = observations.heard_by(FindingSource.objects.filter(finding__in=keys), "finding")
    evidence_of, measures_of = defaultdict(list), defaultdict(list)
    for each in evidence:
        evidence_of[each.finding_id].append(each)
    for measure in measures:
        measures_of[measure.finding_id].append((measure, measure.is_overdue(day)))
    return [
        Item(
            entry=entry_of(finding, measures_of[finding.pk], day),
            heard=heard.get(finding.pk, Heard(0, 0)),
            evidence=evidence_of[finding.pk],
            measures=measures_of[finding.pk],
        )
        for finding in found
    ]


def _evidence(findings: list[int], told: Told) -> list[Evidence]:
    """Of the findings on the agenda, and of whatever is about something that stood out."""
    rows = Evidence.objects.filter(Q(finding__in=findings) | at(_places(told))).select_related("finding", "report")
    return list(rows.defer("report__figures"))


def _measures(findings: list[int], until: date) -> list[Measure]:
    """Of the findings on the agenda, and those that are due by the next meeting."""
    due = Measure.objects.due_until(until).values("pk")
    rows = Measure.objects.filter(Q(finding__in=findings) | Q(pk__in=due))
    return list(rows.select_related("finding").order_by("due_on", "pk"))
