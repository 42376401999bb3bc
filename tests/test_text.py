"""What people type is kept as they wrote it, and nothing invisible comes along."""

import unicodedata

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from kim.text import CleanCharField, CleanCharFormField, CleanTextField, CleanTextFormField, clean

NAMES = [
    "محمد عبد الله",
    "ተስፋይ ገብረእግዚኣብሄር",
    "Ștefan Țîrlea",
    "Nguyễn Thị Hồng",
    "Олександр",
    "Suharto",
    "O’Connor-Şahin",
    "می\u200cخواهم",
    "ශ්\u200dරී",
    "👩\u200d👩\u200d👧",
    "李",
    "الطَّاهِر",
    "<b>Ö</b> & Söhne",
]


@pytest.fixture
def note_model():
    """A table with one line and several lines of clean text."""
    with isolate_apps("kim.privacy"):

        class Note(models.Model):
            title = CleanCharField(max_length=10)
            body = CleanTextField(blank=True, max_length=20)

            class Meta:
                app_label = "privacy"
                db_table = "test_clean_note"

            def __str__(self):
                return str(self.pk)

        yield Note


@pytest.fixture
def note_table(db, note_model):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE test_clean_note (id bigint PRIMARY KEY, title varchar(10), body text)")
    return note_model


@pytest.mark.parametrize("name", NAMES)
def test_names_of_the_world_stay_as_they_are(name):
    assert clean(name) == name


def test_composes_and_strips():
    assert clean(" \ufeff\u200bMu\u0308ller\u200d\u00a0\n") == "Müller"


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "\u200d\u2060\ufeff", "\u3164", "\u2800", "\u00ad", "\ufe0f", "\t\n"]
)
def test_invisible_text_is_empty(text):
    assert clean(text) == ""


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x01",
        "\x1b",
        "\x1c",
        "\x0b",
        "\x7f",
        "\x85",
        "\x9f",
        "\u061c",
        "\u200e",
        "\u200f",
        "\u202a",
        "\u202e",
        "\u2066",
        "\u2069",
        "\ud800",
        "\ufffe",
        "\U0010ffff",
    ],
)
@pytest.mark.parametrize("multiline", [False, True])
def test_refuses_and_names_the_character(character, multiline):
    for text, position in ((f"ab{character}c", 3), (f"abc{character}", 4)):
        with pytest.raises(ValidationError, match=f"Stelle {position} .*U\\+{ord(character):04X}"):
            clean(text, multiline)


def test_lines():
    assert clean("a\r\nb\rc\u2028d\n\te\n", multiline=True) == "a\nb\nc\nd\n\te"
    for text in ("a\nb", "a\r\nb", "a\tb"):
        with pytest.raises(ValidationError, match="nur eine Zeile"):
            clean(text)


@given(st.text(), st.booleans())
def test_cleaning_twice_changes_nothing(text, multiline):
    try:
        once = clean(text, multiline)
    except ValidationError:
        return
    assert clean(once, multiline) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\x00" not in once
    once.encode()


def test_form_field():
    field = CleanCharFormField(max_length=5)
    assert field.clean(" Müll ") == "Müll"
    with pytest.raises(ValidationError, match="zu lang: 6 Zeichen, erlaubt sind höchstens 5"):
        field.clean("Müller")
    with pytest.raises(ValidationError) as refused:
        field.clean("\u200b")
    assert refused.value.error_list[0].code == "required"
    assert CleanCharFormField(required=False).clean(None) == ""
    assert CleanTextFormField().clean("a\r\nb") == "a\nb"
    assert "maxlength" not in field.widget.attrs
    assert not CleanTextFormField().has_changed("a\nb", "a\r\nb")


def test_model_form(note_model):
    class NoteForm(forms.ModelForm):
        class Meta:
            model = note_model
            fields = ("title", "body")

    assert type(NoteForm().fields["title"]) is CleanCharFormField
    assert type(NoteForm().fields["body"]) is CleanTextFormField
    form = NoteForm({"title": " Ö ", "body": "a\r\nb"})
    assert form.is_valid()
    assert (form.instance.title, form.instance.body) == ("Ö", "a\nb")
    form = NoteForm({"title": "x" * 11, "body": "y" * 21})
    assert form.errors == {
        "title": ["Der Text ist zu lang: 11 Zeichen, erlaubt sind höchstens 10."],
        "body": ["Der Text ist zu lang: 21 Zeichen, erlaubt sind höchstens 20."],
    }
    form = NoteForm({"title": "a\x00b", "body": ""})
    assert list(form.errors) == ["title"]
    assert "U+0000" in form.errors["title"][0]


def test_full_clean_speaks_german(note_model):
    with pytest.raises(ValidationError) as refused:
        note_model(title="x" * 11, body="y" * 21).full_clean()
    assert refused.value.message_dict == {
        "title": ["Der Text ist zu lang: 11 Zeichen, erlaubt sind höchstens 10."],
        "body": ["Der Text ist zu lang: 21 Zeichen, erlaubt sind höchstens 20."],
    }
    with pytest.raises(ValidationError, match="title"):
        note_model(title="\u200b").full_clean()


def test_every_way_into_the_database_is_clean(note_table):
    note = note_table.objects.create(pk=1, title=" u\u0308 ", body="a\r\nb")
    assert (note.title, note.body) == ("ü", "a\nb")
    note_table.objects.update(title=" o\u0308 ")
    assert note_table.objects.values_list("title", flat=True).get() == "ö"
    note.body = "c\r\nd"
    note_table.objects.bulk_update([note], ["body"])
    assert note_table.objects.get().body == "c\nd"
    for way in (
        lambda: note_table.objects.create(pk=2, title="\x00"),
        lambda: note_table.objects.bulk_create([note_table(pk=2, title="\x00")]),
        lambda: note_table.objects.update(body="\x00"),
    ):
        with pytest.raises(ValidationError, match=r"U\+0000"):
            way()


def test_deconstructs_to_itself():
    for field in (CleanCharField("Titel", max_length=10, blank=True), CleanTextField(max_length=20), CleanTextField()):
        _name, path, args, kwargs = field.deconstruct()
        again = type(field)(*args, **kwargs)
        assert path == f"kim.text.{type(field).__name__}"
        assert again.deconstruct()[1:] == (path, args, kwargs)
        assert "validators" not in kwargs
