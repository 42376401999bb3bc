"""The languages of the public pages, and how a sentence is said in them. The rest of the application has its own two.

The language stands in the address (/ar/kontakt/), so a page can be shared, printed and kept, and needs no cookie.
Sentences are written in German and looked up in gettext catalogues of their own (locale/<code>/LC_MESSAGES/public.po,
`make messages`). What a catalogue lacks is said in plain German, then in German, and carries that language.

A new string: {% say "…" %} in a template under templates/public, say("…") in code, say_lazy("…") for a label of a
form, mark("…") for a string that is said later. tests/test_public_languages.py wants it in every language.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation.trans_real import parse_accept_lang_header

DOMAIN = "public"
SOURCE = "de"
PLAIN = "de-simple"  # registered with IANA: "simplified form"


class PageLanguage(NamedTuple):
    """The code is the one of BCP 47: it stands in the address, in `lang` and in `hreflang`."""

    code: str
    endonym: str
    is_rtl: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if self.is_rtl else "ltr"


LANGUAGES = {
    language.code: language
    for language in (
        PageLanguage("de", "Deutsch"),
        PageLanguage("de-simple", "Einfaches Deutsch"),
        PageLanguage("en", "English"),
        PageLanguage("ar", "العربية", is_rtl=True),
        PageLanguage("fa", "فارسی", is_rtl=True),
        PageLanguage("tr", "Türkçe"),
        PageLanguage("ku", "Kurdî (Kurmancî)"),
        PageLanguage("uk", "Українська"),
        PageLanguage("ru", "Русский"),
        PageLanguage("fr", "Français"),
        PageLanguage("es", "Español"),
        PageLanguage("ti", "ትግርኛ"),
        PageLanguage("ro", "Română"),
        PageLanguage("bg", "Български"),
    )
}
# What browsers call it -> our code. Dari readers read Farsi; kmr and ku are both Kurmanji.
ALSO_CALLED = {"kmr": "ku", "prs": "fa", "mo": "ro"}

_current: ContextVar[str] = ContextVar("language of the public page", default=SOURCE)


class _Nothing(gettext.NullTranslations):
    """Gettext answers with the question itself when a string is missing; we must tell the two apart."""

    def gettext(self, message: str) -> str:
        return ""


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    path = settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if not path.exists():
        return _Nothing()
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    catalogue.add_fallback(_Nothing())
    return catalogue


def current() -> PageLanguage:
    return LANGUAGES[_current.get()]


@contextmanager
def speaking(code: str) -> Iterator[PageLanguage]:
    """Inside, the public strings are said in this language, and what Django says in English or else in German."""
    token = _current.set(code)
    try:
        with translation.override("en" if code == "en" else "de"):
            yield LANGUAGES[code]
    finally:
        _current.reset(token)


def said(text: str) -> tuple[str, PageLanguage]:
    """The German sentence in the current language, or as near as there is, and the language it is in."""
    for code in (_current.get(), PLAIN):
        if code == SOURCE:
            break
        if translated := _catalogue(code).gettext(text):
            return translated, LANGUAGES[code]
    return text, LANGUAGES[SOURCE]


def say(text: str, **values: object) -> str:
    translated, _language = said(text)
    return translated % values if values else translated


say_lazy = lazy(say, str)


def mark(text: str) -> str:
    """For the catalogues only: the string is said later."""
    return text


def negotiated(accept_language: str) -> str:
    """The first language of the browser that we have."""
    found = (nearest(name) for name, _priority in parse_accept_lang_header(accept_language))
    return next(filter(None, found), SOURCE)


def nearest(name: str) -> str:
    """Our code for a language that others call so; "" for one we do not have."""
    primary = name.partition("-")[0]
    codes = (name, primary, ALSO_CALLED.get(primary, ""))
    return next((code for code in codes if code in LANGUAGES), "")
