"""What a column of a list can mean, and what its heading and its values suggest."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.lists.reading import Line
from cases.search import folded, folded_german

HEADER_WITHIN = 10  # the first rows among which the headings are looked for
SAMPLES = 40


@dataclass(frozen=True)
class Column:
    """Something a list can say about a person or their case. `words` are headings people give it, folded."""

    name: str
    label: Promise
    words: frozenset[str]


def _column(name: str, label: Promise, words: str) -> Column:
    return Column(name, label, frozenset(folded_german(word) for word in words.split(",")))


COLUMNS = {
    column.name: column
    for column in (
        _column("full_name", _("Name (Vor- und Nachname in einer Spalte)"),
                "name,klient,klientin,klient*in,person,vor und nachname,vorname nachname,nachname vorname,full name,"
                "client,client name,name vorname,vorname name,teilnehmer,teilnehmer*in,tn"),
        _column("given_names", _("Vorname"), "vorname,vornamen,rufname,first name,given name,given names,firstname"),
        _column("family_name", _("Nachname"),
                "nachname,familienname,zuname,last name,family name,surname,lastname,familiennamen"),
        _column("pseudonym", _("Pseudonym"), "pseudonym,alias,deckname,kürzel,spitzname"),
        _column("birth_date", _("Geburtsdatum"),
                "geburtsdatum,geb,geb datum,geboren,geboren am,geburtstag,gebdatum,gebdat,birth date,date of birth,"
                "dob,birthday,birthdate,geb am"),
        _column("sex", _("Geschlecht"), "geschlecht,gender,sex,m/w/d,w/m/d,m/w,g"),
        _column("phone", _("Telefon"),
                "telefon,telefonnummer,tel,tel nr,handy,handynummer,mobil,mobilnummer,mobile,phone,phone number,"
                "rufnummer,festnetz"),
        _column("email", _("E-Mail-Adresse"),
                "e-mail,email,mail,e-mail-adresse,mailadresse,email address,emailadresse"),
        _column("contact_note", _("Was wir beim Kontakt lassen sollen"),
                "kontakthinweis,hinweis kontakt,hinweis zum kontakt,kontaktnotiz,contact note,nicht kontaktieren,"
                "was wir beim kontakt lassen sollen"),
        _column("languages", _("Sprachen"),
                "sprache,sprachen,muttersprache,erstsprache,herkunftssprache,language,languages,mother tongue,"
                "first language"),
        _column("interpreter_needed", _("braucht Sprachmittlung"),
                "sprachmittlung,dolmetscher,dolmetscher*in,dolmetschen,braucht sprachmittlung,interpreter,"
                "interpreter needed"),
        _column("nationalities", _("Staatsangehörigkeiten"),
                "staatsangehörigkeit,staatsangehörigkeiten,nationalität,staatsbürgerschaft,herkunftsland,land,"
                "nationality,nationalities,citizenship,country,sta"),
        _column("quarter", _("Stadtteil"), "stadtteil,veedel,ortsteil,quarter,wohnort stadtteil"),
        _column("entry_year", _("Jahr der Einreise"),
                "einreise,einreisejahr,jahr der einreise,einreise jahr,in deutschland seit,year of entry,entry year,"
                "in d seit"),
        _column("residence_group", _("Aufenthalt"),
                "aufenthalt,aufenthaltsstatus,aufenthaltstitel,status aufenthalt,titel,residence,residence status,"
                "residence permit"),
        _column("german_level", _("Deutsch"),
                "deutsch,deutschniveau,sprachniveau,deutschkenntnisse,niveau,german,german level,sprachstand"),
        _column("opened_on", _("eröffnet am"),
                "eröffnet am,eröffnet,eröffnung,fallbeginn,beginn,aufnahme,aufnahmedatum,aufgenommen am,start,seit,"
                "opened,opened on,start date,erstkontakt,datum"),
        _column("service_level", _("Art der Hilfe"),
                "art der hilfe,art,hilfeart,leistung,beratungsart,service level,service,intensität"),
        _column("documentation_given_on", _("Einwilligung in die Fallakte vom"),
                "einwilligung,einwilligung vom,einwilligung am,dse,datenschutzerklärung,consent,consent date,"
                "einwilligung in die fallakte vom,einverständnis"),
        _column("documentation_form", _("Form der Einwilligung"),
                "form der einwilligung,einwilligung form,form,consent form"),
        _column("track", _("Schwerpunkt"), "schwerpunkt,programm,projekt,track,programme,angebot"),
        _column("district", _("Stadtbezirk"), "stadtbezirk,bezirk,district"),
        _column("access_route", _("Zugangsweg"),
                "zugangsweg,zugang,vermittelt durch,zuweisung,kam über,access route,referred by,zugang über"),
        _column("topics", _("Themen zu Beginn"), "thema,themen,anliegen,topics,topic,themen zu beginn,beratungsthemen"),
        _column("last_contact_on", _("letzter Kontakt"),
                "letzter kontakt,letzter kontakt am,zuletzt,last contact,letzte beratung,letztes gespräch"),
        _column("age_reason", _("Begründung für das Alter"),
                "begründung alter,begründung für das alter,altersbegründung,age reason"),
        _column("case_manager", pgettext_lazy("person", "Fallmanager*in"),
                "fallmanager,fallmanagerin,fallmanager*in,zuständig,berater,beraterin,berater*in,bearbeiter,"
                "case manager,betreuer,betreuerin,ansprechperson,mitarbeiter,mitarbeiterin"),
    )
}  # fmt: skip
NAMES = ("full_name", "given_names", "family_name", "pseudonym")

# Art. 9 DSGVO: never read from a list, whatever it is mapped to.
_SPECIAL = re.compile(
    r"\b(religion\w*|konfession|glaube|behinder\w*|gdb|schwerbehind\w*|krank\w*|diagnos\w*|gesundheit\w*|hiv|"
    r"sexuell\w*|lsbt\w*|lgbt\w*|orientierung|ethni\w*|gewerkschaft\w*|partei|disab\w*|health|ethnic\w*|medikament\w*)\b"
)


def is_special(heading: str) -> bool:
    """Whether a heading announces special categories of data (Art. 9 DSGVO)."""
    return bool(_SPECIAL.search(folded_german(heading)) or _SPECIAL.search(folded(heading)))


def meaning_of(heading: str) -> str:
    """The column a heading names, as people write it; "" for an unknown one."""
    spellings = {folded_german(heading), folded(heading)} - {""}
    exact = next((name for name, column in COLUMNS.items() if spellings & column.words), "")
    if exact:
        return exact
    words = {word for spelling in spellings for word in spelling.split() if len(word) > 3}
    return next((name for name, column in COLUMNS.items() if words & column.words), "")


def looks_like_headings(line: Line) -> bool:
    """At least two of its cells, and half of those filled, are headings people give a column."""
    filled = [cell for cell in line.cells if cell]
    known = sum(bool(meaning_of(cell)) for cell in filled if len(cell) < 60 and not _DIGIT.search(cell))
    return known >= 2 and known * 2 >= len(filled)


_DIGIT = re.compile(r"\d")


def headings_among(lines: Sequence[Line]) -> list[int]:
    """Positions of the rows that may hold the headings, the likeliest first."""
    first = lines[:HEADER_WITHIN]
    likely = [line.position for line in first if looks_like_headings(line)]
    return likely or [max(first, key=lambda line: sum(map(bool, line.cells))).position]


def signature(headings: Iterable[str]) -> str:
    """The same for every file with these headings in this order."""
    return hashlib.sha256("\x1f".join(folded_german(heading) for heading in headings).encode()).hexdigest()


def guess(headings: Sequence[str], samples: Sequence[Sequence[str]], *, allowed: Iterable[str]) -> dict[str, int]:
    """Which column of the file is what: by its heading, else by its values. Nothing is taken twice."""
    found: dict[str, int] = {}
    allowed = set(allowed)
    for column, heading in enumerate(headings):
        name = meaning_of(heading)
        if name in allowed and name not in found:
            found[name] = column
    taken = set(found.values())
    for column in range(len(headings)):
        values = [row[column] for row in samples[:SAMPLES] if column < len(row) and row[column]]
        name = "" if column in taken or not values else _by_values(values)
        if name in allowed and name not in found:
            found[name] = column
    if "full_name" in found and "given_names" in found and "family_name" not in found:
        found["family_name"] = found.pop("full_name")  # Name, Vorname
    if "family_name" in found and "full_name" in found:
        del found["full_name"]
    return found


_SHAPES = (
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.\w+")),
    ("german_level", re.compile(r"[ABC][12](\.\d)?", re.IGNORECASE)),
    ("sex", re.compile(r"[wmd]|weiblich|männlich|divers", re.IGNORECASE)),
    ("phone", re.compile(r"(\+|0)[\d\s/()-]{6,20}")),
)
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(\d{4})|(\d{4})-\d\d-\d\d.*")


def _by_values(values: list[str]) -> str:
    for name, shape in _SHAPES:
        if sum(bool(shape.fullmatch(value)) for value in values) >= 0.8 * len(values):
            return name
    years = sorted(int(found[1] or found[2]) for value in values if (found := _DATE.fullmatch(value)))
    if len(years) >= 0.8 * len(values):
        return "birth_date" if years[len(years) // 2] < 2013 else "opened_on"
    return ""
