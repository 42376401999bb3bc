"""Freezes the report of the last year, also where it is there already: `python -m tests.bench.freeze`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from reports.freezing import freeze  # noqa: E402
from reports.models import Report  # noqa: E402
from reports.periods import Year  # noqa: E402

if __name__ == "__main__":
    year = Year(timezone.localdate().year - 1)
    Report.objects.filter(period=year.key).delete()
    report = Report.of(year)
    report.save()
    freeze(report)
