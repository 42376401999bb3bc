from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from cases.actions.requests import PAGES, page_of
from cases.models import FormSource, IntakeRequest, Notice, RequestCount
from districts.models import Track
from kim.audit.models import record

READ = ("number", "received_on", "is_suspect", "track")


class Command(BaseCommand):
    """A request that became no case lives for six months, spam for a week, where a form came from for a day.

    For the nightly timer, harmless to repeat.
    What remains is a number for the month in which it came; of protected wishes nothing, see cases.request_counts.
    """

    help = "Löscht Anfragen ohne Fall nach sechs Monaten, Spam nach sieben Tagen."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        # Held: somebody may call back this very moment. In the order of judge_requests, which holds many, too.
        expired = list(IntakeRequest.objects.expired().select_for_update().order_by("pk").only(*READ))
        Notice.objects.filter(path__in=[page_of(each, page) for each in expired for page in PAGES]).delete()
        IntakeRequest.objects.filter(pk__in=[each.pk for each in expired]).delete()
        protected = set(Track.objects.filter(is_protected=True).values_list("pk", flat=True))
        self.count([each for each in expired if each.track_id not in protected])
        FormSource.objects.expired().delete()
        if expired:
            record("requests.expired", by=None, count=len(expired))

    def count(self, expired: list[IntakeRequest]) -> None:
        found: Counter[tuple[date, bool]] = Counter(
            (each.received_on.replace(day=1), each.is_suspect) for each in expired
        )
        for (month, is_spam), number in found.items():
            RequestCount.add(month, deleted=0 if is_spam else number, spam=number if is_spam else 0)
