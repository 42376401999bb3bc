"""The public pages are complete in fourteen languages; a string that is missing in one says which one it is in."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template import Context, Template

from kim.web import languages
from kim.web.languages import LANGUAGES, PLAIN, SOURCE, negotiated, said, say, say_lazy, speaking
from tests.public_strings import catalogue_of, strings, translated

PLACEHOLDER = re.compile(r"%\(\w+\)s")
SCRIPTS = {  # a letter that every longer sentence of the language has
    "ar": "[\u0600-\u06ff]",
    "fa": "[\u0600-\u06ff]",
    "uk": "[\u0400-\u04ff]",
    "ru": "[\u0400-\u04ff]",
    "bg": "[\u0400-\u04ff]",
    "ti": "[\u1200-\u137f]",
}
each_translated = pytest.mark.parametrize("code", translated())


@pytest.fixture
def gap(monkeypatch):
    """A language whose catalogue is empty."""

    def empty(*codes):
        known = languages._catalogue
        monkeypatch.setattr(
            languages, "_catalogue", lambda code: languages._Nothing() if code in codes else known(code)
        )

    return empty


def test_the_languages_are_the_fourteen():
    assert list(LANGUAGES) == [
        "de",
        "de-simple",
        "en",
        "ar",
        "fa",
        "tr",
        "ku",
        "uk",
        "ru",
        "fr",
        "es",
        "ti",
        "ro",
        "bg",
    ]
    assert {code for code, language in LANGUAGES.items() if language.is_rtl} == {"ar", "fa"}


@each_translated
def test_every_string_is_there_in_every_language(code):
    catalogue = polib.pofile(catalogue_of(code))
    assert [entry.msgid for entry in catalogue] == strings(), "run `make messages`"
    assert [entry.msgid for entry in catalogue if not entry.msgstr.strip() or entry.fuzzy] == []
    for entry in catalogue:
        assert sorted(PLACEHOLDER.findall(entry.msgstr)) == sorted(PLACEHOLDER.findall(entry.msgid)), entry.msgstr
        assert "<" not in entry.msgstr


@each_translated
def test_the_compiled_catalogue_is_the_readable_one(code):
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(catalogue_of(code, "mo"))}
    assert compiled == {entry.msgid: entry.msgstr for entry in polib.pofile(catalogue_of(code))}


@pytest.mark.parametrize(("code", "letter"), SCRIPTS.items())
def test_a_translation_is_written_in_its_script(code, letter):
    for entry in polib.pofile(catalogue_of(code)):
        assert re.search(letter, entry.msgstr), entry.msgid


def test_no_two_languages_share_their_sentences():
    """A catalogue that was copied and forgotten."""
    whole = {code: [entry.msgstr for entry in polib.pofile(catalogue_of(code))] for code in translated()}
    assert len({tuple(texts) for texts in whole.values()}) == len(whole)
    long = [text for code, texts in whole.items() if code != PLAIN for text in texts if len(text) > 40]
    assert not set(long) & {text for text in strings() if len(text) > 40}


# --- Saying something


def test_a_sentence_is_said_in_the_language_of_the_page():
    assert say("Kostenlos") == "Kostenlos"
    label = say_lazy("Kostenlos")
    with speaking("en"):
        assert say("Kostenlos") == str(label) == "Free of charge"
        with speaking("tr"):
            assert str(label) == "Ücretsiz"
        assert say("Stadtbezirk %(name)s", name="Kalk") == "City district Kalk"
    assert str(label) == "Kostenlos"


def test_what_is_missing_is_said_in_plain_german_and_then_in_german(gap):
    gap("ti")
    with speaking("ti"):
        assert said("Impressum") == ("Wer macht diese Seite?", LANGUAGES[PLAIN])
    gap("ti", PLAIN)
    with speaking("ti"):
        assert said("Impressum") == ("Impressum", LANGUAGES[SOURCE])


def test_a_string_that_fell_back_carries_its_language(gap):
    gap("ar")
    template = Template("{% load public %}{% say 'Anzeigen' %}|{% say_plain 'Anzeigen' %}")
    with speaking("ar"):
        assert template.render(Context()) == '<span lang="de-simple" dir="ltr">Zeigen</span>|Zeigen'
    with speaking("fr"):
        assert template.render(Context()) == "Afficher|Afficher"


def test_what_is_said_and_what_is_put_into_it_stay_text():
    template = Template("{% load public %}{% say 'Datenschutz: %(provider)s' provider=name %}")
    with speaking("ar"):
        shown = template.render(Context({"name": "<script>alert(1)</script> 100 % & mehr"}))
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 100 % &amp; mehr" in shown


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "de"),
        ("de-DE,de;q=0.9", "de"),
        ("ar-SY,ar;q=0.9,en;q=0.5", "ar"),
        ("zh-CN,fa-AF;q=0.8", "fa"),
        ("prs", "fa"),
        ("kmr-TR,tr;q=0.5", "ku"),
        ("ti-ER", "ti"),
        ("DE-simple", "de-simple"),
        ("xx,yy", "de"),
        ("*", "de"),
        ("en;q=0,ru", "ru"),
        ("../../etc/passwd", "de"),
        ("a" * 10_000, "de"),
        (",;q=%00,", "de"),
    ],
)
def test_the_first_look_is_in_the_language_of_the_browser(header, code):
    assert negotiated(header) == code


# --- What Django makes of it


def test_the_application_itself_keeps_its_two_languages():
    assert [code for code, _name in settings.LANGUAGES] == ["de", "en"]
    assert {path.parent.parent.name for path in Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po")} == {
        "en"
    }
