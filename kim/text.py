"""One normalising class for all text: what people type is kept as they wrote it, and nothing invisible comes along.

Accepted: every script of the world, combining marks, emoji, HTML (it is just text). Refused: control characters,
direction controls and code points that no database or spreadsheet can hold.
Source: Unicode Standard Annex 9 (bidirectional controls), Annex 15 (NFC); OWASP ASVS 5.0, V1.1, V2.2 (canonical input).
"""

import re
import unicodedata
from typing import TYPE_CHECKING, Any, ClassVar

from anyascii import anyascii
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Tab, LF and CR are missing on purpose: they are decided by `multiline`.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# The property Bidi_Control: text that is shown in another order than it is stored.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Lone surrogates cannot be written as UTF-8, noncharacters cannot be written as XML (XLSX).
_IMPOSSIBLE = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")
# Read from both ends by str.strip: a regular expression would search long spaces inside a text again and again.
_AT_ENDS = " \t\n\u00a0\u00ad\u1680\u180e\u202f\u205f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200E)))
MOST_MARKS = 30  # on one letter; Unicode Standard Annex 15, stream-safe text. More of them cost the square of time.
# Visible to nobody although they are letters, marks or symbols to Unicode.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})

_TOO_LONG = _("Der Text ist zu lang: %(show_value)d Zeichen, erlaubt sind höchstens %(limit_value)d.")


def clean(value: str, multiline: bool = False) -> str:
    """The text in Unicode form NFC, without spaces and zero-width characters at both ends; "" if nothing is visible.

    Line ends become LF. `multiline` allows LF and tab inside the text, a single line refuses them. ZWJ and ZWNJ stay
    inside words (Persian, Sinhala, emoji). Raises ValidationError with a sentence that names the character and where
    it stands, counted from 1; codes: "control", "direction", "impossible", "marks", "line_break". Never shortens.
    """
    _refuse(
        _CONTROL,
        value,
        "control",
        _("Der Text enthält an Stelle %(position)d ein Steuerzeichen (%(character)s). Bitte dieses Zeichen entfernen."),
    )
    _refuse(
        _DIRECTION,
        value,
        "direction",
        _(
            "Der Text enthält an Stelle %(position)d ein unsichtbares Zeichen, das die Schreibrichtung ändert "
            "(%(character)s). Bitte den Text ohne dieses Zeichen eingeben."
        ),
    )
    _refuse(
        _IMPOSSIBLE,
        value,
        "impossible",
        _(
            "Der Text enthält an Stelle %(position)d ein Zeichen, das es nicht gibt (%(character)s). "
            "Bitte dieses Zeichen entfernen."
        ),
    )
    _refuse_piled_marks(value)
    text = _LINE_END.sub("\n", unicodedata.normalize("NFC", value)).strip(_AT_ENDS)
    if not multiline and ("\n" in text or "\t" in text):
        raise ValidationError(
            _("Hier ist nur eine Zeile möglich. Bitte Zeilenumbrüche und Tabulatoren entfernen."), code="line_break"
        )
    return "" if all(map(_is_invisible, text)) else text


def without_hidden(value: str) -> str:
    """What the public types, without the characters clean() refuses: nobody there knows how they came in."""
    for hidden in (_CONTROL, _DIRECTION, _IMPOSSIBLE):
        value = hidden.sub("", value)
    return value


def mended(value: str, multiline: bool = False) -> str:
    """As clean(), but what it would refuse is left out: for text that nobody can be asked to correct, such as a mail.

    A line break becomes a space where only one line is possible.
    """
    value = without_hidden(value)
    if not multiline:
        value = re.sub(r"\s+", " ", value)
    return clean(_without_piles(value), multiline)


def _without_piles(value: str) -> str:
    if value.isascii():
        return value
    kept, pile = [], 0
    for character in value:
        pile = pile + 1 if unicodedata.combining(character) else 0
        if pile <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _refuse(forbidden: re.Pattern[str], value: str, code: str, sentence: "StrOrPromise") -> None:
    if found := forbidden.search(value):
        params = {"position": found.start() + 1, "character": f"U+{ord(found.group()):04X}"}
        raise ValidationError(sentence, code=code, params=params)


def _refuse_piled_marks(value: str) -> None:
    if value.isascii():
        return
    pile = 0
    for position, character in enumerate(value, start=1):
        pile = pile + 1 if unicodedata.combining(character) else 0
        if pile > MOST_MARKS:
            raise ValidationError(
                _("Der Text enthält an Stelle %(position)d zu viele Zeichen über oder unter einem Buchstaben."),
                code="marks",
                params={"position": position},
            )


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cf", "Zs", "Cc"} or _BLANK.match(character) is not None


def folded(text: str) -> str:
    """Lower-case ASCII words, single spaces: `Öztürk-Şahin` -> `ozturk sahin`."""
    return re.sub(r"[^a-z0-9]+", " ", anyascii(text).lower()).strip()


def folded_german(text: str) -> str:
    """As `folded`, with the German way of writing umlauts out: `Öztürk` -> `oeztuerk`."""
    return folded(text.translate(_GERMAN))


class CleanCharFormField(forms.CharField):
    """One line of clean text; too long is refused with a sentence.

    The HTML attribute maxlength is left out, because browsers silently cut pasted text at it.
    """

    multiline = False
    default_error_messages: ClassVar[dict[str, Any]] = {"max_length": _TOO_LONG}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})  # clean() strips, and more than spaces

    def to_python(self, value: Any) -> Any:
        """The clean text, or `empty_value` if nothing is visible; raises what clean() raises."""
        if value in self.empty_values:
            return self.empty_value
        return clean(str(value), self.multiline) or self.empty_value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class CleanTextFormField(CleanCharFormField):
    """Clean text of several lines; see CleanCharFormField."""

    multiline = True
    widget = forms.Textarea


class CleanCharField(models.CharField):
    """A column for one line of clean text: cleaned in forms, in full_clean() and again on every way into the database.

    Lengths count characters (code points) after cleaning. Saving refused text raises the ValidationError of clean().
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"max_length": _TOO_LONG}

    def to_python(self, value: Any) -> Any:
        return _cleaned(super().to_python(value), multiline=False)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Cleans the attribute itself, so that the object in hand equals the stored row."""
        return _clean_attribute(self, model_instance, multiline=False)

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """update() and bulk_update() come past pre_save, but not past here."""
        return super().get_db_prep_save(_cleaned(value, multiline=False), connection)

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield(*args, **{"form_class": CleanCharFormField, **kwargs})


class CleanTextField(models.TextField):
    """A column for clean text of several lines; as CleanCharField. `max_length` is checked here too, if given."""

    default_error_messages: ClassVar[dict[str, Any]] = {"max_length": _TOO_LONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    def to_python(self, value: Any) -> Any:
        return _cleaned(super().to_python(value), multiline=True)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Cleans the attribute itself, so that the object in hand equals the stored row."""
        return _clean_attribute(self, model_instance, multiline=True)

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """update() and bulk_update() come past pre_save, but not past here."""
        return super().get_db_prep_save(_cleaned(value, multiline=True), connection)

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield(*args, **{"form_class": CleanTextFormField, **kwargs})


def share_pattern() -> str:
    """How per cent are written in the language of the reader; the line does not break before the sign."""
    return gettext("%(share)s %%").replace(" ", "\N{NO-BREAK SPACE}")


def label_of(choices: type[models.TextChoices], value: str) -> str:
    """As Django's get_…_display(), which builds the whole table of choices again for every row of a list."""
    try:
        return str(choices(value).label)
    except ValueError:
        return value


def _cleaned(value: Any, *, multiline: bool) -> Any:
    return clean(value, multiline) if isinstance(value, str) else value


def _clean_attribute(field: "models.Field[Any, Any]", instance: models.Model, *, multiline: bool) -> Any:
    value = _cleaned(getattr(instance, field.attname), multiline=multiline)
    setattr(instance, field.attname, value)
    return value
