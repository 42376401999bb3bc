from argparse import SUPPRESS
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reports.situation import build_situation


class Command(BaseCommand):
    """Counts the figures of the city and stores them, rounded; for a timer once a night, harmless to repeat."""

    help = "Berechnet die Lage von heute. Ein zweiter Lauf am selben Tag ersetzt den ersten."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, default=None, help=SUPPRESS)  # for tests

    def handle(self, *args: Any, today: date | None, **options: Any) -> None:
        situation = build_situation(today)
        self.stdout.write(f"Lage vom {situation.as_of:%d.%m.%Y} gespeichert.")
