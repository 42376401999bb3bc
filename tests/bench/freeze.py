"""Freezes the report of the last year once more, all reports around it being frozen: `python -m tests.bench.freeze`."""

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from cases.models import Consultation  # noqa: E402
from reports.freezing import freeze  # noqa: E402
from reports.models import Report  # noqa: E402
from reports.periods import Year  # noqa: E402

if __name__ == "__main__":
    year = Year(timezone.localdate().year - 1)
    Report.objects.filter(period=year.key).delete()
    report = Report.of(year)
    report.save()
    freeze(report)
    facts = {
        "consultations": Consultation.objects.filter(held_on__year=year.year).count(),
        "consultations_before": Consultation.objects.filter(held_on__year=year.year - 1).count(),
        "frozen_before": Report.objects.frozen().exclude(pk=report.pk).count(),
    }
    print(json.dumps(facts))
