from typing import Any

from django.core.management.base import BaseCommand

from cases.actions.list_imports import tidy_up


class Command(BaseCommand):
    """Unfinished lists live fourteen days, rows of finished ones until the night; harmless to repeat."""

    help = "Löscht angefangene Listen nach vierzehn Tagen und die Zeilen eingelesener Listen nach ihrem Tag."

    def handle(self, *args: Any, **options: Any) -> None:
        tidy_up()
