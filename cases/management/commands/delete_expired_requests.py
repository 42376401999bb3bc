from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from cases.actions.requests import PAGES, page_of
from cases.models import IntakeRequest, Notice
from kim.audit.models import record


class Command(BaseCommand):
    """A request that became no case lives for six months; for the nightly timer, harmless to repeat."""

    help = "Löscht beendete Anfragen ohne Fall sechs Monate nach der letzten Bearbeitung."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        # Held: somebody who could not be reached may call back this very moment.
        expired = list(IntakeRequest.objects.expired().select_for_update().only("number"))
        Notice.objects.filter(path__in=[page_of(each, page) for each in expired for page in PAGES]).delete()
        IntakeRequest.objects.filter(pk__in=[each.pk for each in expired]).delete()
        if expired:
            record("requests.expired", by=None, count=len(expired))
