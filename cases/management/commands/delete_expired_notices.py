from typing import Any

from django.core.management.base import BaseCommand

from cases.actions.notices import delete_expired_notices


class Command(BaseCommand):
    """Notices live ninety days; for the nightly timer, harmless to repeat."""

    help = "Löscht Hinweise, die älter als neunzig Tage sind."

    def handle(self, *args: Any, **options: Any) -> None:
        delete_expired_notices()
