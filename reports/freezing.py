"""The report job: count, round, find what stands out, store once. Alone in calling `true_report` and `true_past`.

True figures live in this process and as long as it does. The run is in no transaction until it stores, so that others
see how far it is, and a run that is killed leaves a row that says so and nothing else.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from districts.models import Population
from kim.audit.models import record
from reports import disclosure, signals
from reports.catalogue import CATALOGUE_VERSION
from reports.models import Report, Situation
from reports.overlap import sheet_of
from reports.periods import Period, Quarter, Year, settled_periods
from reports.queries.period import first_day, true_past, true_report
from reports.relations import Sheet
from reports.standing import findings_of

QUARTERS_BACK = 8

logger = logging.getLogger(__name__)


def freeze(report: Report) -> None:
    """Make a report that was asked for. Raises ValidationError if it is frozen already or being made."""
    report.claim()
    _make(report)


def _make(report: Report) -> None:
    try:
        figures = _figures(report)
        report.freeze(figures, catalogue_version=CATALOGUE_VERSION, program_version=disclosure.RULES_VERSION)
        with transaction.atomic():
            report.store()
            record("report.frozen", by=report.requested_by, subject=report, checksum=report.checksum)
    except BaseException:
        report.note_failure()
        raise


def _figures(report: Report) -> dict[str, Any]:
    period = report.span
    before = Report.objects.current().filter(period=period.shifted(-1).key).first()
    counted = 80 if before is None else 60
    true = true_report(period, progress=lambda percent: report.note_progress(counted * percent // 100))
    true_before = before and true_past(before.span)
    report.note_progress(80)
    figures = disclosure.published(true, _nearby(report), _situations(report))
    report.note_progress(95)
    figures["signals"] = signals.find(true, true_before, figures, before and before.figures)
    return figures | {"findings": findings_of(report.starts_on, report.cut_off), "population": _population()}


def _nearby(report: Report) -> list[Report]:
    """What a reader may lay beside it: the frozen reports of its year and of the years before and after."""
    year = report.span.year
    near = Report.objects.frozen().filter(starts_on__year__gte=year - 1, starts_on__year__lte=year + 1)
    return list(near.exclude(pk=report.pk).order_by("starts_on", "ends_on", "version"))


def _situations(report: Report) -> list[Sheet]:
    """What the Lage said about the quarters of the year when it last counted them itself.

    Not of a quarter that has been corrected: its report counts something else, nobody knows by how much.
    """
    corrected = set(Report.objects.filter(version__gt=1).values_list("period", flat=True))
    quarters = [quarter for quarter in Year(report.span.year).quarters if quarter.key not in corrected]
    last = [(quarter, Situation.objects.last_count_of(quarter)) for quarter in quarters]
    return [sheet_of(situation, quarter) for quarter, situation in last if situation]


def _population() -> dict[str, Any]:
    """The latest year of which inhabitants from 18 to 27 are known in the Stadtbezirke; public figures, with source."""
    rows = Population.objects.filter(band=Population.Band.FROM_18_TO_27).order_by("year")
    newest = rows.last()
    if newest is None:
        return {}
    counts = dict(rows.filter(year=newest.year).values_list("district", "count"))
    districts = {str(number): count for number, count in sorted(counts.items())}
    return {"year": newest.year, "source": newest.source, "districts": districts}


# --- What is due


def reportable_periods(today: date) -> tuple[Period, ...]:
    """Over, with their cut-off, of the last two years and not before the first consultation; oldest first."""
    first = first_day()
    return () if first is None else settled_periods(max(first, Quarter.of(today).shifted(-QUARTERS_BACK).start), today)


def freeze_due_reports(today: date, *, but_newest: bool = False) -> tuple[list[Report], list[Report]]:
    """Make the first version of every report that is due, and whatever was asked for and is not made: made, failed.

    One that fails stops no other; one that is being made elsewhere is left alone. `but_newest` leaves the last quarter,
    half-year and year for another run.
    """
    known = set(Report.objects.values_list("period", flat=True))
    waiting = [report for report in Report.objects.exclude(status=Report.Status.FROZEN) if report.may_begin]
    due = reportable_periods(today)
    if but_newest:
        due = tuple(period for period in due if period.shifted(1) in due)
    waiting += [Report.of(period) for period in due if period.key not in known]
    waiting.sort(key=lambda report: (report.ends_on, -report.starts_on.toordinal()))  # what is inside another one first
    made, failed = [], []
    for report in waiting:
        if not _is_claimed(report):
            continue
        try:
            _make(report)
            made.append(report)
        except Exception:
            logger.exception("report %s failed", report.period)
            failed.append(report)
    return made, failed


def _is_claimed(report: Report) -> bool:
    """Whether this run makes it; otherwise somebody else has begun."""
    try:
        with transaction.atomic():
            if report._state.adding:
                report.save(force_insert=True)
            report.claim()
        return True
    except (IntegrityError, ValidationError):
        return False
