"""Where a new finding comes from: chosen observations, something that stood out in a report, a meeting."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils.translation import override

from districts.models import Barrier, District, Topic
from reports.models import Conference, Evidence, Finding, Report
from reports.pages.evidence import evidence_of_signal, place_of_signal, signal_of
from reports.queries.observations import Seen, released
from reports.signals import sentence

MOST = 100
LONGEST_PK = 18


@dataclass(frozen=True)
class Target:
    """An open finding that something that stood out may belong to. `has_figure`: it is worked on there already."""

    finding: Finding
    is_likely: bool
    has_figure: bool


@dataclass(frozen=True)
class Origin:
    """`targets`: where the signal may go instead of into a new finding; none without a figure."""

    observations: list[Seen]
    evidence: Evidence | None
    conference: Conference | None
    signal: str  # its sentence
    note: str  # the same in German, as it is kept
    initial: dict[str, Any]
    targets: list[Target]

    @property
    def likely(self) -> list[Target]:
        return [target for target in self.targets if target.is_likely]

    @property
    def others(self) -> list[Target]:
        return [target for target in self.targets if not target.is_likely]

    def as_action(self) -> dict[str, Any]:
        keys = [each.key for each in self.observations]
        return {"observations": keys, "evidence": self.evidence, "conference": self.conference}


def origin_of(query: QueryDict) -> Origin:
    """From the query string; what is in it and does not exist is left out."""
    seen = released(_keys(query.getlist("beobachtung")))
    report = row_of(Report.objects.current(), query.get("bericht"))
    signal = signal_of(report, query.get("auffaelligkeit", "")) if report else None
    evidence = evidence_of_signal(report, signal) if report and signal else None
    return Origin(
        observations=seen,
        evidence=evidence,
        conference=row_of(Conference.objects.open(), query.get("konferenz")),
        signal=sentence(signal) if signal else "",
        note=_in_german(signal) if signal else "",
        initial=_from_signal(signal) if signal else _from_observations(seen),
        targets=_targets(signal) if signal and evidence else [],
    )


def _in_german(signal: dict[str, Any]) -> str:
    with override("de"):
        return sentence(signal)


def _targets(signal: dict[str, Any]) -> list[Target]:
    """The open findings: first the likely ones, then those of the same topic elsewhere, then the rest."""
    place = dict(zip(("table", "row", "column"), place_of_signal(signal), strict=True))
    figure = Evidence.objects.filter(finding=OuterRef("pk"), **place)
    found = []
    for finding in Finding.objects.open().with_row_data().annotate(has_figure=Exists(figure)):
        is_about, is_there = _is_about(finding, signal), _is_there(finding, signal)
        is_likely = finding.has_figure or (is_about and is_there)
        found.append((not is_likely, not is_about, Target(finding, is_likely, finding.has_figure)))
    return [target for *_rank, target in sorted(found, key=lambda each: each[:2])]


def _is_about(finding: Finding, signal: dict[str, Any]) -> bool:
    """The same topic; where the signal names none, the same barrier."""
    if signal["topic"]:
        return signal["topic"] in {topic.code for topic in finding.topics.all()}
    return bool(signal["barrier"]) and signal["barrier"] == finding.barrier


def _is_there(finding: Finding, signal: dict[str, Any]) -> bool:
    """In the same Stadtbezirk; a finding without one is about all of Cologne."""
    numbers = {str(district.number) for district in finding.districts.all()}
    return not signal["district"] or not numbers or signal["district"] in numbers


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
