"""The words beside the numbers: heads of the first column, names of the groups, notes."""

from __future__ import annotations

from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reports.catalogue import Text
from reports.tables import Head, PublishedTable

NO_DISTRICT: Final = "0"  # key of the row "ohne Stadtbezirk"
NOT_STATED: Final = "not_stated"  # of the row "keine Angabe"

HEADS: Final[dict[str, Text]] = {  # one-way tables; a two-way one has the head of its rows
    "flow": _("Art der Hilfe"),
    "contacts": _("Art der Hilfe"),
    "districts": _("Stadtbezirk"),
    "district_cases": _("Stadtbezirk"),
    "providers": _("Träger"),
    "specialised": _("Angebot"),
    "age": _("Alter"),
    "sex": _("Geschlecht"),
    "residence": _("Aufenthalt"),
    "entry": _("Zeit seit der Einreise"),
    "legal_spheres": _("Rechtskreis"),
    "nationalities": _("Staatsangehörigkeit"),
    "topics_start": _("Thema"),
    "topics": _("Thema"),
    "needs": _("Stand"),
    "barriers": _("Hürde"),
    "barrier_topics": _("Thema"),
    "referrals": _("Thema"),
    "referral_results": _("Ergebnis"),
    "languages": _("Sprache"),
    "interpreting": _("Sprachmittlung"),
    "plans": _("Plan"),
    "goals": _("Ergebnis"),
    "hurdles": _("Hürde"),
    "access_routes": _("Zugangsweg"),
    "closing_reasons": _("Grund"),
    "durations": _("Dauer"),
}

GROUPS: Final[dict[str, Text]] = {  # what the total of a population is called
    "cases": _("alle Fälle"),
    "cases_new": _("neue Fälle"),
    "cases_closed": _("abgeschlossene Fälle"),
    "managed_cases": _("offene Fälle im Case Management"),
    "persons": _("alle beratenen Personen"),
    "persons_new": _("Personen mit einem neuen Fall"),
    "persons_with_topic": _("Personen mit einem Thema"),
    "persons_with_need": _("Personen mit einem Bedarf"),
    "persons_with_barrier": _("Personen, bei denen Hilfe nicht zustande kam"),
    "persons_referred": _("vermittelte Personen"),
    "persons_with_goal": _("Personen mit einem entschiedenen Ziel"),
    "persons_with_failed_goal": _("Personen mit einem nicht erreichten Ziel"),
    "specialised": _("Personen in spezialisierten Angeboten"),
}

WITHHELD: Final[dict[str, Text]] = {
    PublishedTable.FEW: _("Zu wenige Fälle: Diese Tabelle spräche über weniger als 30 Personen oder Fälle."),
    PublishedTable.FINE: _(
        "Aufgliederung zu fein: Aus den Zahlen ließe sich auf einzelne Personen schließen. Deshalb fehlt sie."
    ),
}

MISSING: Final[dict[str, Text]] = {  # the same before a list of tables
    PublishedTable.FEW: _("Zu wenige Fälle (weniger als 30 Personen oder Fälle):"),
    PublishedTable.FINE: _("Aufgliederung zu fein (es ließe sich auf einzelne Personen schließen):"),
}


def name_of(head: Head, language: str | None = None) -> str:
    """As it was stored, in this language or that of the reader."""
    return head.name_en if (language or get_language()) == "en" and head.name_en else head.name
