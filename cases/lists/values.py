"""What people write in a list for an entry of a catalogue: label, code, abbreviation, in any spelling."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Client, Consent
from cases.search import folded, folded_german

UNKNOWN = _("„%(value)s“ ist nicht bekannt.")
SEVERAL = _("„%(value)s“ kann mehreres heißen: %(names)s.")
EXAMPLES = format_lazy("{} {}", UNKNOWN, _("Möglich ist: %(names)s."))
_SEPARATORS = re.compile(r"\s*(?:[,;/|\n]|\bund\b|\bu\.|&|\+)\s*")
_BEGINNING = 3  # letters that are enough of a name


class Choices:
    """Finds the value for what was written; every spelling is looked up once and then remembered."""

    def __init__(self, labels: Mapping[Any, Iterable[str]], *, extra: Mapping[str, Any] | None = None) -> None:
        """`labels`: value -> how it is called, the first name is the one shown. `extra`: other spelling -> value."""
        self.shown = {value: next(iter(names)) for value, names in labels.items()}
        self.exact: dict[str, Any] = {}
        for value, names in labels.items():
            for name in names:
                for key in (folded(name), folded_german(name)):
                    self.exact.setdefault(key, value)
        self.exact |= {folded_german(key): value for key, value in (extra or {}).items() if value in self.shown}
        self.exact.pop("", None)
        self.known: dict[str, Any] = {}

    def find(self, written: str) -> Any:
        """The value. Raises ValidationError: unknown, or more than one begins like this."""
        if written not in self.known:
            self.known[written] = self._look_up(written)
        found = self.known[written]
        if isinstance(found, ValidationError):
            raise found
        return found

    def find_all(self, written: str) -> list[Any]:
        """One whole name, or several with signs between them; each value once."""
        try:
            return [self.find(written)]
        except ValidationError as error:
            parts = [part for part in _SEPARATORS.split(written) if part]
            if len(parts) < 2:
                raise error from None
        return list(dict.fromkeys(self.find(part) for part in parts))

    def _look_up(self, written: str) -> Any:
        for key in (folded_german(written), folded(written)):
            if key in self.exact:
                return self.exact[key]
        key = folded_german(written)
        begun = {value for name, value in self.exact.items() if len(key) >= _BEGINNING and name.startswith(key)}
        if len(begun) == 1:
            return begun.pop()
        names = sorted(str(self.shown[value]) for value in begun or (self.shown if len(self.shown) <= 12 else ()))
        message = SEVERAL if begun else EXAMPLES if names else UNKNOWN
        code = "several" if begun else "unknown"
        return ValidationError(message, code, {"value": written[:60], "names": ", ".join(names[:12])})


def of_choices(choices: type, extra: Mapping[str, Any] | None = None) -> Choices:
    return Choices({value: (str(label), value) for value, label in choices.choices}, extra=extra)


Residence = Client.ResidenceGroup
Level = Client.GermanLevel
Route = Case.AccessRoute

SEX = {"w": "female", "f": "female", "frau": "female", "m": "male", "mann": "male", "herr": "male", "d": "diverse",
       "divers": "diverse", "x": "diverse", "female": "female", "male": "male", "k a": "not_stated",
       "ka": "not_stated", "ohne angabe": "not_stated"}  # fmt: skip
YES = frozenset({"ja", "j", "yes", "y", "x", "1", "wahr", "true", "notwendig", "erforderlich"})
NO = frozenset({"nein", "n", "no", "0", "falsch", "false", "-", "–", "nicht notwendig"})
RESIDENCE = {
    "eu": Residence.EU, "eu buerger": Residence.EU, "freizuegigkeit": Residence.EU, "ewr": Residence.EU,
    "gestattung": Residence.IN_PROCEDURE, "asylverfahren": Residence.IN_PROCEDURE,
    "im verfahren": Residence.IN_PROCEDURE,
    "geduldet": Residence.TOLERATED, "deutsche staatsangehoerigkeit": Residence.GERMAN,
    "aufenthaltserlaubnis humanitaer": Residence.HUMANITARIAN, "fluechtling": Residence.HUMANITARIAN,
    "subsidiaer": Residence.HUMANITARIAN, "24": Residence.HUMANITARIAN, "25": Residence.HUMANITARIAN,
    "aufenthaltserlaubnis": Residence.TEMPORARY, "befristet": Residence.TEMPORARY,
    "niederlassungserlaubnis": Residence.PERMANENT, "unbefristet": Residence.PERMANENT,
    "daueraufenthalt eu": Residence.PERMANENT, "fiktion": Residence.PROVISIONAL,
    "ungeklaert": Residence.UNKNOWN, "unbekannt": Residence.UNKNOWN, "keine angabe": Residence.UNKNOWN,
    "k a": Residence.UNKNOWN,
}  # fmt: skip
GERMAN = {
    "keine": Level.NONE, "kein deutsch": Level.NONE, "0": Level.NONE, "a0": Level.NONE, "a1 1": Level.A1,
    "a1 2": Level.A1, "a2 1": Level.A2, "a2 2": Level.A2, "b1 1": Level.B1, "b1 2": Level.B1, "b2 1": Level.B2,
    "b2 2": Level.B2, "c1": Level.C1, "c2": Level.C1, "muttersprache": Level.C1,
}  # fmt: skip
ROUTES = {
    "selbst": Route.SELF, "selbstmelder": Route.SELF, "eigeninitiative": Route.SELF, "familie": Route.FAMILY,
    "freunde": Route.FAMILY, "traeger": Route.PROVIDER, "jmd": Route.MIGRATION_ADVICE, "mbe": Route.MIGRATION_ADVICE,
    "jc": Route.JOBCENTER, "agentur": Route.EMPLOYMENT_AGENCY, "arbeitsagentur": Route.EMPLOYMENT_AGENCY,
    "schule": Route.SCHOOL, "berufskolleg": Route.SCHOOL, "abh": Route.IMMIGRATION_OFFICE,
    "auslaenderbehoerde": Route.IMMIGRATION_OFFICE, "sozialamt": Route.SOCIAL_OFFICE,
    "wohnungsamt": Route.SOCIAL_OFFICE,
    "wohnheim": Route.ACCOMMODATION, "unterkunft": Route.ACCOMMODATION, "ehrenamt": Route.VOLUNTEERS,
    "streetwork": Route.OUTREACH, "sonstiges": Route.OTHER, "andere": Route.OTHER,
}  # fmt: skip
LEVELS = {
    "cm": "case_management", "fallmanagement": "case_management", "kurz": "brief", "beratung": "brief",
    "verweis": "signposting", "weiterverweisung": "signposting",
}  # fmt: skip
FORMS = {
    "schriftl": Consent.Form.WRITTEN, "unterschrift": Consent.Form.WRITTEN, "digital": Consent.Form.ELECTRONIC,
    "online": Consent.Form.ELECTRONIC, "muendl": Consent.Form.ORAL, "telefonisch": Consent.Form.ORAL,
}  # fmt: skip
LANGUAGES = {
    "persisch": "fa", "farsi": "fa", "kurmandschi": "ku", "kurmanci": "ku", "kurmanji": "ku", "sorani": "ckb",
    "pashto": "ps", "paschto": "ps", "tigrinisch": "ti", "somalisch": "so", "roma": "rom",
}  # fmt: skip
NATIONALITIES = {  # as an adjective; how countries are called stands in the catalogue
    "syrisch": "SY", "afghanisch": "AF", "irakisch": "IQ", "iranisch": "IR", "ukrainisch": "UA", "tuerkisch": "TR",
    "turkei": "TR", "eritreisch": "ER", "somalisch": "SO", "deutsch": "DE", "nigerianisch": "NG", "guineisch": "GN",
    "marokkanisch": "MA", "albanisch": "AL", "kosovarisch": "XK", "serbisch": "RS", "bulgarisch": "BG",
    "rumaenisch": "RO", "polnisch": "PL", "italienisch": "IT", "griechisch": "GR", "russisch": "RU",
    "staatenlos": "XX", "ungeklaert": "ZZ", "unbekannt": "ZZ", "aethiopisch": "ET", "ghanaisch": "GH",
    "mazedonisch": "MK", "libanesisch": "LB", "tunesisch": "TN", "algerisch": "DZ", "aegyptisch": "EG",
    "pakistanisch": "PK", "indisch": "IN", "chinesisch": "CN", "vietnamesisch": "VN", "spanisch": "ES",
    "kroatisch": "HR", "bosnisch": "BA",
}  # fmt: skip


def yes_or_no(written: str) -> bool:
    key = written.strip().casefold()
    if key in YES or key in NO:
        return key in YES
    raise ValidationError(EXAMPLES, "unknown", {"value": written[:60], "names": "ja, nein"})


# --- Dates and telephone numbers as spreadsheets spoil them

_SERIAL = re.compile(r"[1-9][0-9]{3,4}")
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
_SPOILT_NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_POINT_ZERO = re.compile(r"([0-9]{4,})[.,]0+")
SPOILT = _("Excel hat aus der Nummer „%(value)s“ eine gerundete Zahl gemacht. Bitte die richtige Nummer eintragen.")
DAY_ZERO, DAY_ZERO_1904 = date(1899, 12, 30), date(1904, 1, 1)
FIRST_SERIAL, LAST_SERIAL = 3000, 73000  # 1908 to 2099; beyond, a number is no day of anybody's life


def as_date_text(written: str, *, starts_1904: bool = False) -> str:
    """The day behind a number of Excel, and a date without its midnight; anything else as it is."""
    text = _MIDNIGHT.sub("", written)
    if _SERIAL.fullmatch(text) and FIRST_SERIAL <= int(text) <= LAST_SERIAL:
        return f"{(DAY_ZERO_1904 if starts_1904 else DAY_ZERO) + timedelta(days=int(text)):%d.%m.%Y}"
    return text


def as_phone(written: str) -> str:
    """A number without the point and zero of a float. Raises ValidationError where digits are lost."""
    if _SPOILT_NUMBER.fullmatch(written) or re.fullmatch(r"[0-9]+,[0-9]*[1-9]", written):
        raise ValidationError(SPOILT, "spoilt_number", {"value": written[:60]})
    found = _POINT_ZERO.fullmatch(written)
    return found[1] if found else written


def as_year(written: str, *, date_of: Callable[[str], date | None]) -> str:
    """The year of a whole date, of 2015.0, or the text."""
    if found := re.fullmatch(r"([0-9]{4})[.,]0", written):
        return found[1]
    if re.fullmatch(r"[0-9]{4}", written):
        return written
    try:
        day = date_of(written)
    except ValidationError:
        return written
    return str(day.year) if day else written
