"""`manage.py demo_city`: an empty database becomes a believable Cologne of invented people."""

import sys
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.demo.city import build_city
from cases.models import Client
from districts.models import Institution, Provider
from kim.users.models import User

CLIENTS, CONSULTATIONS = 553, 6000  # about 320 active and 250 closed cases
FEWEST = 3  # consultations for each person


class Command(BaseCommand):
    help = "Füllt eine leere Datenbank mit einer erfundenen Stadt (nur mit DEMO=true)."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--scale", type=int, default=1, help="so viele Male die übliche Größe")
        parser.add_argument("--clients", type=int, help="Zahl der Personen")
        parser.add_argument("--consultations", type=int, help="Zahl der Beratungen")
        parser.add_argument("--seed", type=int, default=50667, help="gleiche Zahl, gleiche Stadt (am selben Tag)")
        parser.add_argument("--today", type=date.fromisoformat, help="Tag, auf den alles zuläuft, z. B. 2026-11-20")
        parser.add_argument("--if-empty", action="store_true", help="bei einer gefüllten Datenbank nichts tun")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and (not settings.DEMO or is_filled()):
            return
        clients = options["clients"] or CLIENTS * options["scale"]
        consultations = options["consultations"] or round(CONSULTATIONS * clients / CLIENTS)
        refuse_unless_possible(clients, consultations)
        counts = build_city(
            seed=options["seed"],
            today=options["today"] or timezone.localdate(),
            clients=clients,
            consultations=consultations,
            progress=show_progress,
        )
        self.stdout.write(
            "Demo-Stadt geladen: {clients} Personen, {cases} Fälle, {consultations} Beratungen, "
            "{follow_ups} Wiedervorlagen, {requests} Anfragen.".format(**counts)
        )


def is_filled() -> bool:
    return any(model.objects.exists() for model in (Client, User, Provider, Institution))


def refuse_unless_possible(clients: int, consultations: int) -> None:
    if not settings.DEMO:
        raise CommandError("Die Demo-Stadt lässt sich nur laden, wenn DEMO=true gesetzt ist. Nichts wurde geändert.")
    if is_filled():
        raise CommandError(
            "Die Datenbank ist nicht leer. Die Demo-Stadt wird nur in eine leere Datenbank geladen, "
            "damit sie sich nie mit echten Daten mischt. Nichts wurde geändert."
        )
    if clients < 100 or consultations < FEWEST * clients:
        raise CommandError("Bitte mindestens 100 Personen und für jede Person mindestens drei Beratungen angeben.")


def show_progress(done: int, total: int) -> None:
    """A bar on a terminal, nothing anywhere else."""
    if not sys.stderr.isatty():
        return
    width = 40
    filled = width * done // total
    sys.stderr.write(f"\r[{'█' * filled}{'·' * (width - filled)}] {100 * done // total:3d} %")
    sys.stderr.write("\n" if done >= total else "")
    sys.stderr.flush()
