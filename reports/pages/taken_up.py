"""Which finding is about what stands out in a report: one rule for the analysis and for the agenda of a conference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from reports.models import Evidence, Finding
from reports.pages.evidence import Place, place_of_signal


def findings_about(signals: Iterable[dict[str, Any]]) -> dict[Place, Finding]:
    """By the place of a signal: the open finding it is evidence of, else the one that was settled last.

    Whatever report the evidence came from. Only an open finding is at work; after a settled one it is a relapse.
    """
    places = {place_of_signal(signal) for signal in signals}
    return findings_at(places, Evidence.objects.filter(at(places)).select_related("finding"))


def at(places: Iterable[Place]) -> Q:
    """Evidence that may be of one of these places: more than that, but read with little effort."""
    return Q(row__in={row for _table, row, _column in places})


def findings_at(places: set[Place], evidence: Iterable[Evidence]) -> dict[Place, Finding]:
    found: dict[Place, Finding] = {}
    for each in sorted(evidence, key=lambda each: (each.finding.moved_on, each.finding.number)):
        place = each.table, each.row, each.column
        if place in places and (each.finding.is_open or place not in found or not found[place].is_open):
            found[place] = each.finding
    return found
