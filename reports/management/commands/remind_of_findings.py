from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from reports.actions.conferences import remind_of_findings


class Command(BaseCommand):
    """Tells the coordinating office once a week which findings wait for somebody; for a timer once a night."""

    help = "Erinnert die Fachstelle an Bedarfe, bei denen sich nichts bewegt."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Erinnert: {remind_of_findings(timezone.localdate())}")
