"""The nightly job: true figures in, published figures stored. The only caller of `true_situation`."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from kim.audit.models import record
from reports.models import Situation
from reports.publishing import RULES_VERSION, catalogue_version, published
from reports.queries import true_situation


def build_situation(today: date | None = None) -> Situation:
    """Count as of today (Europe/Berlin) and store the published figures of the day; a second run replaces the first."""
    true = true_situation(today or timezone.localdate())
    with transaction.atomic():
        situation, _created = Situation.objects.update_or_create(
            as_of=true.today,
            defaults={
                "computed_at": timezone.now(),
                "catalogue_version": catalogue_version(true.heads),
                "program_version": RULES_VERSION,
                "figures": published(true),
            },
        )
        record("situation.built", by=None, subject=situation, rules=RULES_VERSION)
    return situation
