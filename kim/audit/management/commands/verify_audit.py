import hmac
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from kim.audit.models import Entry

TRIGGERS = {
    "sqlite": {"audit_entry_no_update", "audit_entry_no_delete", "audit_entry_no_replace"},
    "postgresql": {"audit_entry_no_update", "audit_entry_no_delete", "audit_entry_no_truncate"},
}
LIVE_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass AND tgenabled = 'O'",
}


class Command(BaseCommand):
    """Walks the whole log and names the first entry that was edited, moved or whose predecessor is missing.

    The end of the log can only be judged from outside: note the printed mac elsewhere and hand it in as --expect-head;
    it must still be somewhere in the chain. Also fails if a trigger is missing. Exits non-zero on any finding.
    """

    help = "Prüft das Protokoll: Kette, Prüfsummen und Schutz vor Änderungen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect-head",
            metavar="MAC",
            default="",
            help="Prüfsumme eines früheren Laufs; sie muss noch in der Kette stehen.",
        )

    def handle(self, *args: Any, expect_head: str, **options: Any) -> None:
        count, head, expected = 0, "", expect_head.strip().lower()
        is_expected_met = not expected
        for entry in Entry.objects.order_by("id").iterator(chunk_size=1000):
            if entry.previous != head:
                raise CommandError(f"Eintrag {entry.pk}: Der vorige Eintrag fehlt, wurde verschoben oder ersetzt.")
            if entry.at is None or not hmac.compare_digest(entry.mac.encode(), entry.computed_mac().encode()):
                raise CommandError(f"Eintrag {entry.pk}: Der Inhalt passt nicht zur Prüfsumme.")
            count, head = count + 1, entry.mac
            is_expected_met = is_expected_met or head == expected
        if not is_expected_met:
            raise CommandError(
                f"Das Ende fehlt: Die erwartete Prüfsumme steht nicht in der Kette ({count} Einträge, "
                f"letzte Prüfsumme {head or 'keine'})."
            )
        if missing := missing_triggers():
            raise CommandError(f"Die Kette ist in Ordnung, aber der Schutz fehlt: {', '.join(sorted(missing))}.")
        self.stdout.write(f"Protokoll unversehrt: {count} Einträge, letzte Prüfsumme {head or 'keine'}.")


def missing_triggers() -> set[str]:
    """Names of the triggers that should refuse changes to the log but are absent or switched off."""
    with connection.cursor() as cursor:
        cursor.execute(LIVE_TRIGGERS[connection.vendor])
        return TRIGGERS[connection.vendor] - {name for (name,) in cursor.fetchall()}
