from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports.demo.findings import build_findings
from reports.models import Finding


class Command(BaseCommand):
    """The demonstration city goes on: what its observations show, what was decided, whether it helped."""

    help = "Bündelt die Beobachtungen der Demo-Stadt zu Bedarfen (nur mit DEMO=true)."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--if-empty", action="store_true", help="nichts tun, wenn es schon Bedarfe gibt")

    def handle(self, *args: Any, if_empty: bool, **options: Any) -> None:
        is_filled = Finding.objects.exists()
        if if_empty and (is_filled or not settings.DEMO):
            return
        if is_filled or not settings.DEMO:
            raise CommandError("Nur mit DEMO=true und ohne vorhandene Bedarfe. Nichts wurde geändert.")
        self.stdout.write(f"Bedarfe der Demo-Stadt: {build_findings(timezone.localdate())}.")
