"""Where the city's findings stand when a report is frozen: what was decided about them, and whether it helped.

Kept is what the office writes for everybody to read and what is chosen from lists; no description, no text of a
decision, nothing of a Träger. How many observed a need is rounded, and left out below 5: with eleven Träger, a few
would say who they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Prefetch

from kim.privacy.rounding import BASE, rounded
from reports.models import Decision, Finding, Measure
from reports.models.finding import STEPS
from reports.queries import observations

ORDER = list(Finding.Status.values)


def findings_of(first: date, cut_off: date) -> list[dict[str, Any]]:
    """Opened by the cut-off, and open today or settled since the first day of the period; by status, then number."""
    decided = Decision.objects.filter(step__in=STEPS).order_by("decided_on", "created_at", "pk")
    rows = Finding.objects.reported(first, cut_off).prefetch_related(
        "topics", "districts", "measures", "sources", Prefetch("decisions", decided, to_attr="decided")
    )
    findings = sorted(rows, key=lambda each: (ORDER.index(each.status), each.number))
    heard = observations.heard({each.pk: [source.observation for source in each.sources.all()] for each in findings})
    return [
        _kept(each, _published(heard[each.pk].observations), _published(heard[each.pk].providers)) for each in findings
    ]


def _kept(finding: Finding, seen: int | None, providers: int | None) -> dict[str, Any]:
    """Codes of what is chosen from a list, so that it is read in either language."""
    return {
        "number": finding.number,
        "title": finding.title,
        "status": finding.status,
        "topics": [[topic.code, topic.name, topic.name_en] for topic in finding.topics.all()],
        "barrier": finding.barrier,
        "districts": [[str(district.number), district.name] for district in finding.districts.all()],
        "observations": seen,
        "providers": providers,
        "decision": _last(finding.decided),
        "measures": [_measure(measure) for measure in finding.measures.all()],
    }


def _published(number: int) -> int | None:
    return None if number < BASE else rounded(number)


def _last(decided: Iterable[Decision]) -> dict[str, str] | None:
    for decision in reversed(list(decided)):
        return {"step": decision.step, "body": decision.body, "on": decision.decided_on.isoformat()}
    return None


def _measure(measure: Measure) -> dict[str, str]:
    return {
        "text": measure.text,
        "owner": measure.owner,
        "due_on": measure.due_on.isoformat(),
        "status": measure.status,
        "verdict": measure.verdict,
    }
