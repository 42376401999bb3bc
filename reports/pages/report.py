"""The page of a report: which stored figures it shows, and its body, which is written once and kept.

A frozen report never changes, so neither does its body: it is kept in the memory of the process under everything it
depends on, the language among it. The same goes for the PDF.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.db.models import F
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from reports.models import Report
from reports.rendering import Rendered, rendered

PERIODS: Final = 8  # in the chart over the periods, this one included
CHARTED: Final = ("districts", "flow")  # tables whose totals it draws
KEPT: Final = 32  # bodies; each is some 200 KB


@dataclass(frozen=True)
class Edition:
    """A frozen report with the frozen ones it is shown beside, each by number and checksum, the oldest first."""

    this: tuple[int, str]
    earlier: tuple[tuple[int, str], ...]
    is_replaced: bool
    language: str


def edition_of(report: Report) -> Edition:
    """Beside it stand the newest versions of up to seven periods of the same kind before it."""
    rows = Report.objects.frozen().filter(kind=report.kind, starts_on__lte=report.starts_on)
    newest: dict[str, tuple[int, str]] = {}
    is_replaced = False
    for pk, period, version, checksum in rows.order_by("-starts_on", "-version").values_list(
        "pk", "period", "version", "checksum"
    )[: PERIODS * Report.VERSIONS]:
        if period != report.period:
            newest.setdefault(period, (pk, checksum))
        elif version > report.version:
            is_replaced = True
    earlier = tuple(reversed(list(newest.values())[: PERIODS - 1]))
    return Edition((report.pk, report.checksum), earlier, is_replaced, get_language() or "de")


def rendered_edition(edition: Edition) -> Rendered:
    wanted = [pk for pk, _checksum in (*edition.earlier, edition.this)]
    found = Report.objects.in_bulk(wanted[-2:]) | _with_totals(wanted[:-2])
    *earlier, this = (found[pk] for pk in wanted)
    return rendered(this, earlier, is_replaced=edition.is_replaced)


def _with_totals(wanted: list[int]) -> dict[int, Report]:
    """Reports that know no more than the chart over the periods draws: all figures of six take as long as the page."""
    totals = {f"{key}_totals": F(f"figures__tables__{key}__totals") for key in CHARTED}
    found = Report.objects.light().annotate(**totals).in_bulk(wanted)
    for report in found.values():
        report.figures = {"tables": {key: {"totals": getattr(report, f"{key}_totals") or {}} for key in CHARTED}}
    return found


@lru_cache(maxsize=KEPT)
def body(edition: Edition, *, district_pages: str = "") -> SafeString:
    """`district_pages`: where those of its Stadtbezirke are, for whoever is logged in."""
    context = {"report": rendered_edition(edition), "district_pages": district_pages}
    return render_to_string("reports/_report.html", context)
