from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from cases.actions.requests import announce_deletion
from cases.models import IntakeRequest
from kim.audit.models import record


class Command(BaseCommand):
    """Each open request is announced once, four weeks ahead; for the nightly timer, harmless to repeat."""

    help = "Sagt den Zuständigen, welche offenen Anfragen in vier Wochen gelöscht werden."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        news = IntakeRequest.objects.expiring().unannounced()
        rows = news.select_related("track", "provider", "case_manager__user").order_by("pk")
        if count := sum(announce_deletion(each) for each in rows):
            record("requests.announced", by=None, count=count)
