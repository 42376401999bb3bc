import logging
from imaplib import IMAP4
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from imap_tools import ImapToolsError

from cases.actions.answers import deliver_due
from cases.actions.mailbox import Outcome, fetch_mails, forget_receipts
from cases.mailbox.server import opened

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """For a timer of its own, every few minutes; harmless to repeat, to run twice at once and to kill."""

    help = "Holt Mails aus dem Postfach für Anfragen und verschickt Antworten, die noch warten."

    def handle(self, *args: Any, **options: Any) -> None:
        sent, waiting = deliver_due()
        self.stdout.write(f"Antworten: {sent} verschickt, {waiting} nicht.")
        if not settings.IMAP_URL:
            self.stdout.write("IMAP_URL ist nicht gesetzt: Es wird kein Postfach gelesen.")
            return
        try:
            with opened() as server:
                counts = fetch_mails(server)
        except (OSError, IMAP4.error, ImapToolsError) as error:
            logger.exception("The mailbox cannot be read.")
            raise CommandError("Das Postfach ist nicht zu lesen. Der nächste Lauf versucht es wieder.") from error
        forget_receipts()
        self.stdout.write(", ".join(f"{outcome.label}: {counts[outcome]}" for outcome in Outcome))
        if counts["failed"] or counts["unfiled"]:
            raise CommandError(
                f"{counts['failed']} Mails ließen sich nicht ablegen, {counts['unfiled']} nicht verschieben. "
                "Sie liegen noch im Posteingang; der nächste Lauf versucht es wieder."
            )
