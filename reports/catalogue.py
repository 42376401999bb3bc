"""The fixed catalogue of a report: which tables there are, in which order, and what each one counts.

One-way tables count one attribute; `crosses` names the two one-way tables of a two-way one. There is no table of three
attributes and none that crosses anything with a Träger. Protected tracks are in one table only, city-wide and rounded
to 10. Rules of publishing: reports/disclosure.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kim.privacy.rounding import BASE, PROTECTED_BASE
from reports.models.report import MEDIAN

CATALOGUE_VERSION: Final = "2"  # goes up whenever a table, its rows by rule or its meaning changes

Text = str | Promise


class Section(StrEnum):
    """The chapters of a report, in order."""

    FLOW = "flow"
    PLACES = "places"
    PERSONS = "persons"
    TOPICS = "topics"
    BARRIERS = "barriers"
    LANGUAGES = "languages"
    METHOD = "method"
    CLOSING = "closing"


SECTIONS: Final[dict[Section, Text]] = {
    Section.FLOW: _("Bestand und Bewegung"),
    Section.PLACES: _("Stadtbezirke und Träger"),
    Section.PERSONS: _("Wer beraten wird"),
    Section.TOPICS: _("Themen"),
    Section.BARRIERS: _("Bedarfe, Hürden und Vermittlungen"),
    Section.LANGUAGES: _("Sprachen"),
    Section.METHOD: _("Pläne und Ziele"),
    Section.CLOSING: _("Zugang und Abschluss"),
}

PERSONS: Final[tuple[tuple[str, Text], ...]] = (("persons", _("Personen")),)
CONTACTS: Final[tuple[tuple[str, Text], ...]] = (*PERSONS, ("consultations", _("Beratungen")))
CASES: Final[tuple[tuple[str, Text], ...]] = (("cases", _("Fälle")),)
FLOW: Final[tuple[tuple[str, Text], ...]] = (
    ("open_start", _("offen am Anfang")),
    ("new", _("neu")),
    ("closed", _("abgeschlossen")),
    ("open_end", _("offen am Ende")),
)


@dataclass(frozen=True)
class Table:
    """One table. `population`: the group it speaks about; tables of the same group share their total.

    `is_partition`: everybody is in exactly one row, so the rows add up to the total; otherwise somebody may be in
    several rows, or in none. `columns` are the measures of a one-way table; a two-way one counts persons, and its
    columns are the rows of the second table it crosses. `is_yes_only`: one row beside the total, never its complement.
    """

    key: str
    section: Section
    title: Text
    population: str
    columns: tuple[tuple[str, Text], ...] = PERSONS
    is_partition: bool = False
    crosses: tuple[str, str] | None = None
    is_yes_only: bool = False
    base: int = BASE
    note: Text = ""


TABLES: Final[tuple[Table, ...]] = (
    Table("flow", Section.FLOW, _("Fälle nach Art der Hilfe"), "cases", FLOW, is_partition=True),
    Table("contacts", Section.FLOW, _("Personen und Beratungen nach Art der Hilfe"), "persons", CONTACTS),
    Table("districts", Section.PLACES, _("Personen und Beratungen nach Stadtbezirk"), "persons", CONTACTS),
    Table("district_cases", Section.PLACES, _("Fälle nach Stadtbezirk"), "cases", FLOW, is_partition=True),
    Table("providers", Section.PLACES, _("Personen nach Träger"), "persons"),
    Table("specialised", Section.PLACES, _("Spezialisierte Angebote"), "specialised", base=PROTECTED_BASE),
    Table("age", Section.PERSONS, _("Alter bei Beginn"), "persons", is_partition=True),
    Table("sex", Section.PERSONS, _("Geschlecht"), "persons", is_partition=True),
    Table("residence", Section.PERSONS, _("Aufenthalt"), "persons", is_partition=True),
    Table("entry", Section.PERSONS, _("Zeit seit der Einreise"), "persons", is_partition=True),
    Table("legal_spheres", Section.PERSONS, _("Rechtskreise"), "persons"),
    Table("nationalities", Section.PERSONS, _("Staatsangehörigkeiten"), "persons"),
    Table("sex_by_age", Section.PERSONS, _("Geschlecht und Alter"), "persons", is_partition=True,
          crosses=("sex", "age")),
    Table(
        "residence_by_age", Section.PERSONS, _("Aufenthalt und Alter"), "persons", is_partition=True,
        crosses=("residence", "age"),
    ),
    Table("topics_start", Section.TOPICS, _("Themen zu Beginn"), "persons_new"),
    Table("topics", Section.TOPICS, _("Themen im Verlauf"), "persons_with_topic", CONTACTS),
    Table("topic_by_district", Section.TOPICS, _("Themen nach Stadtbezirk"), "persons_with_topic",
          crosses=("topics", "districts")),
    Table("topic_by_age", Section.TOPICS, _("Themen nach Alter"), "persons_with_topic", crosses=("topics", "age")),
    Table("needs", Section.BARRIERS, _("Bedarfe nach Stand"), "persons_with_need"),
    Table("barriers", Section.BARRIERS, _("Hürden"), "persons_with_barrier"),
    Table("barrier_topics", Section.BARRIERS, _("Themen, in denen Hilfe nicht zustande kam"), "persons_with_barrier"),
    Table("barrier_by_topic", Section.BARRIERS, _("Hürden nach Thema"), "persons_with_barrier",
          crosses=("barriers", "barrier_topics")),
    Table("referrals", Section.BARRIERS, _("Vermittlungen nach Thema"), "persons_referred"),
    Table("referral_results", Section.BARRIERS, _("Vermittlungen nach Ergebnis"), "persons_referred"),
    Table("languages", Section.LANGUAGES, _("Sprachen der beratenen Personen"), "persons"),
    Table("interpreting", Section.LANGUAGES, _("Sprachmittlung"), "persons"),
    Table("plans", Section.METHOD, _("Case Management mit gültigem Plan"), "managed_cases", CASES, is_yes_only=True),
    Table("goals", Section.METHOD, _("Ziele nach Ergebnis"), "persons_with_goal"),
    Table("hurdles", Section.METHOD, _("Nicht erreichte Ziele: Hürde im System"), "persons_with_failed_goal",
          is_yes_only=True),
    Table("access_routes", Section.CLOSING, _("Zugangswege"), "cases_new", CASES, is_partition=True),
    Table("closing_reasons", Section.CLOSING, _("Gründe für den Abschluss"), "cases_closed", CASES, is_partition=True),
    Table("durations", Section.CLOSING, _("Dauer bis zum Abschluss"), "cases_closed", CASES, is_partition=True),
)  # fmt: skip

# Names of sheets, of at most 31 letters, where the title is longer (of a median: median_ and its key).
SHORT_TITLES: Final[dict[str, Text]] = {
    "contacts": _("Personen nach Art der Hilfe"),
    "districts": _("Personen nach Stadtbezirk"),
    "barrier_topics": _("Themen ohne Hilfe"),
    "plans": _("Gültiger Plan"),
    "hurdles": _("Nicht erreichte Ziele"),
    "median_first_contact": _("Wochen bis zum Gespräch"),
    "median_waiting": _("Wochen bis zur Vermittlung"),
}

BY_KEY: Final[dict[str, Table]] = {table.key: table for table in TABLES}

# Medians: key -> section, name, unit. Published from 20 values on, in whole units.
MEDIANS: Final[dict[str, tuple[Section, Text, Text]]] = {
    "first_contact": (Section.FLOW, _("Von der Anfrage bis zum ersten Gespräch"), _("Wochen")),
    "waiting": (Section.BARRIERS, _("Wartezeit, bis eine Vermittlung gelang"), _("Wochen")),  # also by topic
    "plan": (Section.METHOD, _("Vom Beginn bis zum Plan"), _("Wochen")),
    "duration": (Section.CLOSING, _("Dauer abgeschlossener Fälle"), _("Monate")),
}


def median_of(table: str) -> str:
    """The key of a median that is named like a table; "" for a table."""
    return table.removeprefix(MEDIAN) if table.startswith(MEDIAN) else ""
