"""What an answer by mail may say: neutral subjects, a fixed list of placeholders, words that do not belong there."""

import re
from collections.abc import Iterable

from kim.text import folded, folded_german
from kim.web.languages import LANGUAGES, SOURCE, mark, say, speaking

NEUTRAL = mark("Antwort auf Ihre Nachricht")  # says nothing about who answers
NAMED = mark("Antwort von KIM Köln")
_PLACEHOLDER = re.compile(r"\{(name|nummer|telefon|sprechzeiten)\}")
# Telephone numbers, dates and times; addresses of mails and pages.
_LEFT_TO_RIGHT = re.compile(r"[+(]?\d[\d \xa0()/.:–-]*\d|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[^\s<>]+")
# Beginnings of words about health, tracks and residence, folded. Whoever reads along must learn nothing from a mail.
_DELICATE = (
    "lsbt", "lgbt", "schwul", "lesbisch", "queer", "transgender", "transident", "transsex", "homosex", "bisex", "gay",
    "lesbian", "behinder", "schwerbehind", "disab", "handicap", "krank", "erkrank", "diagnos", "depress", "therap",
    "psych", "trauma", "sucht", "drogen", "hiv", "schwanger", "pregnan", "illness", "disease", "duldung", "geduldet",
    "aufenthalt", "asyl", "abschieb", "ausreise", "auslaenderbehoerde", "residence", "deport", "refugee", "fluechtling",
    "straf", "gewalt", "violence",
)  # fmt: skip


def subject(language: str, *, is_neutral: bool) -> str:
    with speaking(language if language in LANGUAGES else SOURCE):
        return say(NEUTRAL if is_neutral else NAMED)


def filled(text: str, values: dict[str, str]) -> str:
    """Plain replacement, never a template: what is no placeholder stays as it stands."""
    lines = text.split("\n")
    kept = [line for line in lines if all(values.get(name) for name in _PLACEHOLDER.findall(line))]
    return "\n".join(_PLACEHOLDER.sub(lambda found: values[found[1]], line) for line in kept)


def isolated(text: str, language: str) -> str:
    """As it is sent and looked at: in a language that is written from the right, numbers and addresses are set apart.

    Otherwise the groups of a telephone number are shown in the order of the words around it (Unicode TR 9, isolates).
    """
    if language not in LANGUAGES or not LANGUAGES[language].is_rtl:
        return text
    return _LEFT_TO_RIGHT.sub("\N{LEFT-TO-RIGHT ISOLATE}\\g<0>\N{POP DIRECTIONAL ISOLATE}", text)


def delicate_words(text: str, also: Iterable[str] = ()) -> list[str]:
    """Words of the text that say something about health, a track or residence, each once, in their order."""
    names = {word for name in also for word in folded(name).split() if len(word) > 4}
    found = [word for word in re.findall(r"[\w-]+", text) if _is_delicate(word, names)]
    return list(dict.fromkeys(found))


def _is_delicate(word: str, names: set[str]) -> bool:
    forms = {folded_german(word), *folded(word).split()}
    return any(form in names or form.startswith(_DELICATE) for form in forms)
