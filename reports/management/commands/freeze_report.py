from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports.freezing import freeze
from reports.models import Report


class Command(BaseCommand):
    """Makes a report that was asked for. The page starts it; it may be started by hand where a run broke off."""

    help = "Erstellt einen angeforderten Bericht."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pk", type=int, help="Nummer des Berichts")

    def handle(self, *args: Any, pk: int, **options: Any) -> None:
        report = Report.objects.filter(pk=pk).first()
        if report is None:
            raise CommandError("Diesen Bericht gibt es nicht.")
        try:
            freeze(report)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{report} festgeschrieben.")
