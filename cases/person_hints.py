"""What in a text may lead to a person: hints for whoever writes or releases it, never a verdict.

Each hint quotes the place, so that it can be found; it does not say whose name or number it is.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz

from cases.models import Client
from cases.numbers import PATTERN
from cases.search import folded, folded_german, skeleton

SHORTEST_NAME = 3
SHORTEST_SKELETON = 3
LONG_ENOUGH, LIKENESS = 5, 82  # letters and per cent, for what is written down as it was heard
MOST = 12  # hints; more help nobody

_WORD = re.compile(r"[^\W\d_]{2,60}")
_MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_PATTERNS = (
    (_("E-Mail-Adresse"), re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}")),
    (_("Bankverbindung"), re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b", re.IGNORECASE)),
    (_("Fallnummer"), re.compile(PATTERN, re.IGNORECASE)),
    (_("genaues Datum"), re.compile(r"\b\d{1,2}\. ?\d{1,2}\. ?(?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b")),
    (_("genaues Datum"), re.compile(rf"\b\d{{1,2}}\. ?(?:{_MONTHS}) (?:19|20)\d{{2}}\b")),
    (_("Telefonnummer"), re.compile(r"(?<![\w.])(?:\+|0)\d[\d ()/-]{5,20}\d(?![\w.])")),
    (_("Name"), re.compile(r"\b(?:Frau|Herrn?|Fr\.|Hr\.|Familie|Dr\.)\s{1,3}[A-ZÄÖÜ][\w-]{1,40}")),
    (_("Anschrift"), re.compile(r"\b\w{2,40}(?:straße|strasse|str\.|gasse|weg|platz|allee)\s{1,3}\d{1,4}\b")),
)


@dataclass(frozen=True)
class Hint:
    """A place in the text, and what it looks like."""

    kind: str
    found: str


def person_hints(text: str, client: Client | None = None) -> list[Hint]:
    """What to look at again; with a client also their name in any spelling and script."""
    hints: dict[Hint, None] = {}
    for kind, pattern in _PATTERNS:
        hints.update((Hint(str(kind), found.group().strip()), None) for found in pattern.finditer(text))
    if client is not None:
        hints.update((Hint(str(_("Name")), word), None) for word in _words_of_the_name(text, client))
    return list(hints)[:MOST]


def _words_of_the_name(text: str, client: Client) -> list[str]:
    names = (client.given_names, client.family_name, client.pseudonym)
    parts = [part for name in names for part in _WORD.findall(name)]
    spelled = {form for part in parts for form in (folded(part), folded_german(part)) if len(form) >= SHORTEST_NAME}
    sounds = {sound for part in parts if len(sound := skeleton(part).replace(" ", "")) >= SHORTEST_SKELETON}
    return [word for word in dict.fromkeys(_WORD.findall(text)) if _is_like(word, spelled, sounds)]


def _is_like(word: str, spelled: set[str], sounds: set[str]) -> bool:
    """Any word that is spelled like a part of the name; one written like a name also when it sounds like it."""
    if {folded(word), folded_german(word)} & spelled:
        return True
    if word[0] != word[0].upper():  # scripts without capitals pass
        return False
    if skeleton(word).replace(" ", "") in sounds:
        return True
    return any(len(form) >= LONG_ENOUGH and fuzz.ratio(folded(word), form) >= LIKENESS for form in spelled)
