"""Which finding is about what stands out in a report: one rule for the analysis and for the agenda of a conference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reports.models import Evidence, Finding
from reports.pages.evidence import Place, place_of_signal


def findings_about(signals: Iterable[dict[str, Any]]) -> dict[Place, Finding]:
    """By the place of a signal: the open finding it is evidence of, else the one that was settled last.

    Whatever report the evidence came from. Only an open finding is at work; after a settled one it is a relapse.
    """
    places = {place_of_signal(signal) for signal in signals}
    rows = Evidence.objects.filter(row__in={row for _table, row, _column in places}).select_related("finding")
    found: dict[Place, Finding] = {}
    for each in rows.order_by("finding__moved_on", "finding__number"):
        place = each.table, each.row, each.column
        if place in places and (each.finding.is_open or place not in found or not found[place].is_open):
            found[place] = each.finding
    return found
