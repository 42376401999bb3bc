from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from cases.models import Draft
from kim.audit.models import record


class Command(BaseCommand):
    """Drafts live fourteen days; for the nightly timer, harmless to repeat."""

    help = "Löscht Entwürfe, die seit vierzehn Tagen niemand angerührt hat."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        deleted, _by_model = Draft.objects.expired().delete()
        if deleted:
            record("drafts.expired", by=None, count=deleted)
