"""Names in every spelling: محمد finds Mohammed, Öztürk is found by oeztuerk and ozturk, Müller by Mueller.

Each client carries folded copies of the name; a search compares folded words and, for words long enough, their
consonants, because scripts such as Arabic do not write the vowels. What is found is ranked by likeness.
"""

import re
from itertools import groupby

from django.db.models import Q
from rapidfuzz import fuzz

from kim.text import folded, folded_german

_SOUNDS = [("sch", "s"), ("sh", "s"), ("ch", "k"), ("kh", "k"), ("gh", "g"), ("ph", "f"), ("th", "t"), ("dh", "d")]
_CLASSES = str.maketrans("ptdckqgszxjvw", "bttkkkksssyyy")  # y stands for what is no consonant everywhere
_ARABIC_ARTICLE = re.compile(r"\bال")
_ARTICLES = {"al", "el", "ul"}  # Al-Halabi is also Halabi
_MIN_SKELETON = 2
_LIKENESS = 72


def skeleton(text: str) -> str:
    """The consonants of each folded word by class of sound: `mohammed`, `muhamet` and `محمد` -> `mhmt`."""
    words = []
    for word in folded(text).split():
        for spelling, sound in _SOUNDS:
            word = word.replace(spelling, sound)
        consonants = re.sub(r"[aeiouy]", "", word.translate(_CLASSES))
        words.append("".join(character for character, _ in groupby(consonants)))
    return " ".join(word for word in words if word)


def phone_digits(text: str) -> str:
    """The digits after country code and leading zero: `+49 221 55-12` and `0221/5512` -> `2215512`."""
    digits = re.sub(r"\D", "", text.replace("+", "00", 1) if text.strip().startswith("+") else text)
    digits = re.sub(r"^0049", "", digits)
    return digits.lstrip("0")


def search_text(*names: str) -> str:
    """What a client is found by, with a space at both ends so that word starts can be matched."""
    words: dict[str, None] = {}
    for name in names:
        for form in (folded(name), folded_german(name)):
            words.update(dict.fromkeys(form.split()))
    return f" {' '.join(words)} " if words else ""


def search_skeleton(*names: str) -> str:
    """The consonants a client is found by: word by word, and run together (عبد الرحمن is also Abdulrahman).

    The whole name is run together in both orders, because an article alone is too short to compare (العلي, Al-Ali).
    Words with the Arabic article are kept with and without it (الحلبي is also Halabi).
    """
    words: dict[str, None] = {}
    for name in (*names, " ".join(names), " ".join(reversed(names))):
        for form in (skeleton(name), skeleton(_ARABIC_ARTICLE.sub("", name))):
            words.update(dict.fromkeys([*form.split(), form.replace(" ", "")]))
    words.pop("", None)
    return f" {' '.join(words)} " if words else ""


def name_condition(query: str, prefix: str = "") -> Q:
    """Every word of the query must start a word of the name, as written or by its consonants."""
    condition = Q()
    words = folded(query).split()
    if not words:
        return Q(pk__in=[])
    for word in [word for word in words if word not in _ARTICLES] or words:
        condition &= Q(**{f"{prefix}search_text__contains": f" {word}"}) | _sounds_like(skeleton(word), prefix)
    return condition | _sounds_like(skeleton(query).replace(" ", ""), prefix)


def whole_name_condition(query: str, prefix: str = "") -> Q:
    """As `name_condition`, but a beginning does not do: whoever asks must know the words of the name."""
    words = folded(query).split()
    if not words:
        return Q(pk__in=[])
    condition = Q()
    for word in [word for word in words if word not in _ARTICLES] or words:
        condition &= Q(**{f"{prefix}search_text__contains": f" {word} "}) | _sounds_like(skeleton(word), prefix, " ")
    return condition | _sounds_like(skeleton(query).replace(" ", ""), prefix, " ")


def whole_name_matches(query: str, text: str, consonants: str) -> bool:
    """`whole_name_condition` without a database: `text` and `consonants` are what a client is found by."""
    words = folded(query).split()
    if not words:
        return False
    is_said = [
        f" {word} " in text or _holds(skeleton(word), consonants)
        for word in [word for word in words if word not in _ARTICLES] or words
    ]
    return all(is_said) or _holds(skeleton(query).replace(" ", ""), consonants)


def _holds(word: str, consonants: str) -> bool:
    return len(word) >= _MIN_SKELETON and f" {word} " in consonants


def _sounds_like(consonants: str, prefix: str, end: str = "") -> Q:
    if len(consonants) < _MIN_SKELETON:
        return Q(pk__in=[])
    return Q(**{f"{prefix}search_skeleton__contains": f" {consonants}{end}"})


def likeness(query: str, candidate_text: str) -> float:
    """0 to 100: how much the query looks like the best part of a stored search text."""
    return fuzz.WRatio(folded(query), candidate_text.strip())


def looks_like(query: str, candidate_text: str) -> bool:
    return likeness(query, candidate_text) >= _LIKENESS
