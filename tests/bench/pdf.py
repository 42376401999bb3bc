"""The PDF of the last year's report, first in this process and later: `python -m tests.bench.pdf`."""

import json
import os
import statistics

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()

from django.urls import reverse  # noqa: E402

from kim.users.models import Role, User  # noqa: E402
from reports.exports import files  # noqa: E402
from reports.models import Report  # noqa: E402
from tests.bench.browser import Browser  # noqa: E402

LATER = 5

if __name__ == "__main__":
    year = Report.objects.current().filter(kind=Report.Kind.YEAR).newest_first()[0]
    browser = Browser(User.objects.filter(role=Role.COORDINATION).order_by("pk")[0])
    browser.log_in()
    path = reverse("reports:report_pdf", args=[year.pk])
    times = []
    for _ in range(1 + LATER):
        files._pdf.cache_clear()
        answer = browser.ask(path)
        assert answer.status == 200, answer.location
        times.append(answer.seconds)
    print(json.dumps({"first": times[0], "later": statistics.median(times[1:])}))
