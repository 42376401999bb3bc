"""What an answer by mail may say: neutral subjects, a fixed list of placeholders, words that do not belong there."""

import re
from collections.abc import Iterable

from kim.text import folded, folded_german
from kim.web.languages import LANGUAGES, SOURCE, mark, say, speaking

NEUTRAL = mark("Antwort auf Ihre Nachricht")  # says nothing about who answers
NAMED = mark("Antwort von KIM Köln")
_PLACEHOLDER = re.compile(r"\{(name|nummer|telefon|sprechzeiten)\}")
# On a line of their own numbers keep their order among words from the right, also while somebody writes.
_BEFORE_NUMBERS = re.compile(r"(?<=\S)[ \t]*(?=\{(?:telefon|sprechzeiten)\})")
# Telephone numbers, dates and times, never a part of a request's number; addresses of mails and pages.
_LEFT_TO_RIGHT = re.compile(
    r"(?<![A-Za-z0-9-])[+(]?\d[\d \xa0()/.:–-]*\d|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[^\s<>]+"
)
_LEGAL_FORM = re.compile(r" (?:e v|ev|g?gmbh|gug|ug|ggmbh)$")  # folded


def subject(language: str, *, is_neutral: bool) -> str:
    with speaking(language if language in LANGUAGES else SOURCE):
        return say(NEUTRAL if is_neutral else NAMED)


def filled(text: str, values: dict[str, str], language: str = SOURCE) -> str:
    """Plain replacement, never a template: what is no placeholder stays as it stands."""
    lines = text.split("\n")
    kept = "\n".join(line for line in lines if all(values.get(name) for name in _PLACEHOLDER.findall(line)))
    if _is_from_the_right(language):
        kept = _BEFORE_NUMBERS.sub("\n", kept)
    return _PLACEHOLDER.sub(lambda found: values[found[1]], kept)


def isolated(text: str, language: str) -> str:
    """As it is sent and looked at: in a language that is written from the right, numbers and addresses are set apart.

    Otherwise the groups of a telephone number are shown in the order of the words around it (Unicode TR 9, isolates).
    """
    if not _is_from_the_right(language):
        return text
    return _LEFT_TO_RIGHT.sub("\N{LEFT-TO-RIGHT ISOLATE}\\g<0>\N{POP DIRECTIONAL ISOLATE}", text)


def _is_from_the_right(language: str) -> bool:
    return language in LANGUAGES and LANGUAGES[language].is_rtl


def names_in(text: str, names: Iterable[str]) -> list[str]:
    """Which of these names the text has, in whatever case and with whatever ending, with or without its legal form."""
    said = f" {folded(text)} {folded_german(text)} "
    return [name for name in names if any(f" {each}" in said for each in _ways_to_say(name))]


def _ways_to_say(name: str) -> set[str]:
    return {short for way in (folded(name), folded_german(name)) if (short := _LEGAL_FORM.sub("", way))}
