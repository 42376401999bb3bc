"""The nightly job: true figures in, published figures stored. The only caller of `true_situation`."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from kim.audit.models import record
from reports.models import Report, Situation
from reports.overlap import quarter_of
from reports.publishing import RULES_VERSION, catalogue_version, published
from reports.queries.situation import TrueSituation, true_situation


def build_situation(today: date | None = None) -> Situation:
    """Count as of today (Europe/Berlin) and store the published figures of the day; a second run replaces the first."""
    true = true_situation(today or timezone.localdate())
    figures = published(true)
    _keep_what_stands(figures, true)
    _show_reports(figures)
    with transaction.atomic():
        situation, _created = Situation.objects.update_or_create(
            as_of=true.today,
            defaults={
                "computed_at": timezone.now(),
                "catalogue_version": catalogue_version(true.heads),
                "program_version": RULES_VERSION,
                "figures": figures,
            },
        )
        record("situation.built", by=None, subject=situation, rules=RULES_VERSION)
    return situation


def _keep_what_stands(figures: dict[str, Any], true: TrueSituation) -> None:
    """A quarter and its months stand 15 days after its end: what is entered later changes no figure already read.

    Otherwise a number that steps from one night to the next would tell about the one record that moved it.
    """
    previous = Situation.objects.filter(
        as_of__lt=true.today, program_version=RULES_VERSION, catalogue_version=catalogue_version(true.heads)
    ).newest()
    if previous is None:
        return
    standing = [quarter.quarter for quarter in true.quarters if previous.as_of >= quarter.quarter.cut_off]
    told = previous.figures["quarters"]
    figures["quarters"] |= {quarter.key: told[quarter.key] for quarter in standing if quarter.key in told}
    days = {month.start for quarter in standing for month in quarter.months}
    months = {day: row for row in previous.figures["months"] or () if (day := _first_day(row)) in days}
    figures["months"] = figures["months"] and [months.get(_first_day(row), row) for row in figures["months"]]


def _first_day(row: dict[str, Any]) -> date:
    return date(row["year"], row["month"], 1)


def _show_reports(figures: dict[str, Any]) -> None:
    """A quarter with a frozen report is shown as the report has it, in its current version."""
    for report in Report.objects.current().filter(period__in=figures["quarters"]):
        figures["quarters"][report.period] = quarter_of(report)
