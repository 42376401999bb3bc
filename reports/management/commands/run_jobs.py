import logging
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

logger = logging.getLogger(__name__)

JOBS = [
    "freeze_due_reports",
    "build_situation",  # shows the reports that were made tonight
    "remind_of_findings",
    "announce_due_results",
    "delete_expired_drafts",
    "delete_expired_requests",
    "delete_expired_notices",
    "tidy_list_imports",
    "announce_expiring_consents",
    "announce_expiring_requests",
    "send_digests",
    "clearsessions",
]


class Command(BaseCommand):
    """What runs by itself, once a night by a timer. Each job may be repeated; one that fails stops no other."""

    help = "Nächtliche Arbeiten: Lage und Berichte, Abgelaufenes löschen, Ablaufendes ankündigen, Mail verschicken."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for job in JOBS:
            try:
                call_command(job, stdout=self.stdout)
                self.stdout.write(f"{job}: erledigt")
            except Exception:
                logger.exception("job %s failed", job)
                failed.append(job)
        if failed:
            raise CommandError(f"Nicht erledigt: {', '.join(failed)}. Die übrigen Arbeiten sind gelaufen.")
