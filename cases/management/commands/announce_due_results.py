from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases.actions.referrals import announce_due_results


class Command(BaseCommand):
    """Each result is asked for once per day somebody set; for the nightly timer, harmless to repeat."""

    help = "Erinnert an Vermittlungen, bei denen das Ergebnis fehlt."

    def handle(self, *args: Any, **options: Any) -> None:
        announce_due_results(timezone.localdate())
