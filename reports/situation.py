"""The nightly job: true figures in, published figures stored. The only caller of `true_situation`."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from kim.audit.models import record
from reports.models import Situation
from reports.publishing import RULES_VERSION, catalogue_version, published
from reports.queries.situation import TrueSituation, true_situation


def build_situation(today: date | None = None) -> Situation:
    """Count as of today (Europe/Berlin) and store the published figures of the day; a second run replaces the first."""
    true = true_situation(today or timezone.localdate())
    figures = published(true)
    _keep_settled_quarters(figures, true)
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


def _keep_settled_quarters(figures: dict[str, Any], true: TrueSituation) -> None:
    """A quarter stands 15 days after its end: what is entered later changes no figure that was already read.

    Otherwise a number that steps from one night to the next would tell about the one record that moved it.
    """
    settled = {quarter.quarter.key: quarter.quarter.cut_off for quarter in true.quarters}
    earlier = Situation.objects.filter(
        as_of__lt=true.today, program_version=RULES_VERSION, catalogue_version=catalogue_version(true.heads)
    ).order_by("-as_of")
    previous = earlier.first()
    for key, day in settled.items():
        if previous is not None and previous.as_of >= day and key in previous.figures["quarters"]:
            figures["quarters"][key] = previous.figures["quarters"][key]
