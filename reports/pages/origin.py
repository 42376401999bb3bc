"""Where a new finding comes from: chosen observations, something that stood out in a report, a meeting."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from districts.models import Barrier, District, Topic
from reports.models import Conference, Evidence, Report
from reports.pages.evidence import evidence_of_signal, signal_of
from reports.queries.observations import Seen, released
from reports.signals import sentence

MOST = 100
LONGEST_PK = 18


@dataclass(frozen=True)
class Origin:
    observations: list[Seen]
    evidence: Evidence | None
    conference: Conference | None
    signal: str  # its sentence
    initial: dict[str, Any]

    def as_action(self) -> dict[str, Any]:
        keys = [each.key for each in self.observations]
        return {"observations": keys, "evidence": self.evidence, "conference": self.conference}


def origin_of(query: QueryDict) -> Origin:
    """From the query string; what is in it and does not exist is left out."""
    seen = released(_keys(query.getlist("beobachtung")))
    report = row_of(Report.objects.current(), query.get("bericht"))
    signal = signal_of(report, query.get("auffaelligkeit", "")) if report else None
    return Origin(
        observations=seen,
        evidence=evidence_of_signal(report, signal) if report and signal else None,
        conference=row_of(Conference.objects.open(), query.get("konferenz")),
        signal=sentence(signal) if signal else "",
        initial=_from_signal(signal) if signal else _from_observations(seen),
    )


def _keys(texts: list[str]) -> list[uuid.UUID]:
    keys = []
    for text in texts[:MOST]:
        try:
            keys.append(uuid.UUID(text))
        except ValueError:
            continue
    return keys


def row_of(rows: Any, text: str | None) -> Any:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= LONGEST_PK
    return rows.filter(pk=text).first() if is_number else None


def _from_observations(seen: list[Seen]) -> dict[str, Any]:
    """All their topics and places, and the barrier that is named most often."""
    if not seen:
        return {}
    return {
        "topics": sorted({each.topic.parent_id or each.topic.pk for each in seen}),
        "districts": sorted({each.district.pk for each in seen if each.district}),
        "institutions": sorted({each.institution.pk for each in seen if each.institution}),
        "barrier": Counter(each.barrier for each in seen).most_common(1)[0][0],
    }


def _from_signal(signal: dict[str, Any]) -> dict[str, Any]:
    district = signal["district"]
    return {
        "description": sentence(signal),
        "topics": list(Topic.objects.filter(code=signal["topic"]).values_list("pk", flat=True)),
        "districts": list(District.objects.filter(number=district).values_list("pk", flat=True)) if district else [],
        "barrier": signal["barrier"] if signal["barrier"] in Barrier.values else "",
    }
