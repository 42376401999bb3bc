from argparse import SUPPRESS
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from reports.freezing import freeze_due_reports


class Command(BaseCommand):
    """Makes every report whose cut-off is over; for a timer once a night, harmless to repeat."""

    help = "Erstellt die Berichte, deren Stichtag vorbei ist und die es noch nicht gibt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, default=None, help=SUPPRESS)  # for tests
        parser.add_argument("--but-newest", action="store_true", help="ohne das letzte Quartal, Halbjahr und Jahr")

    def handle(self, *args: Any, today: date | None, but_newest: bool, **options: Any) -> None:
        made, failed = freeze_due_reports(today or timezone.localdate(), but_newest=but_newest)
        if made:
            self.stdout.write(f"Berichte festgeschrieben: {', '.join(report.label for report in made)}")
        if failed:
            raise CommandError(f"Nicht erstellt: {', '.join(report.label for report in failed)}")
