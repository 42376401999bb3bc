from argparse import SUPPRESS
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.actions.digests import send_digests


class Command(BaseCommand):
    """The daily mail, at most one a day and account; harmless to repeat, and a repetition sends what failed."""

    help = "Verschickt an Werktagen die Mail mit dem, was ansteht; ohne Namen, Fallnummern und Schwerpunkte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, default=None, help=SUPPRESS)  # for tests

    def handle(self, *args: Any, today: date | None, **options: Any) -> None:
        sent, failed = send_digests(today or timezone.localdate())
        self.stdout.write(f"{sent} Mails verschickt.")
        if failed:
            raise CommandError(f"{failed} Mails ließen sich nicht verschicken. Der nächste Lauf versucht es wieder.")
