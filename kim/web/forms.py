"""Form fields for what people in Germany type: dates, times, whole numbers, telephone numbers, mail addresses.

Every field says in a sentence what is wrong and how it would be right; none guesses (1.000 is not 1, 68 is not 2068).
"""

import datetime
import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kim.text import CleanCharFormField, clean

FIRST_YEAR, LAST_YEAR = 1900, 2100
LARGEST_NUMBER = 2**31 - 1  # what an integer column holds on every database

_GERMAN_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{1,4})")
_DIGITS_ONLY_DATE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})(?: ?Uhr)?")


class GermanDateField(forms.DateField):
    """A date typed as 31.12.2026, 1.3.2026, 31122026 or 2026-12-31 and always shown as 31.12.2026.

    Years have four digits and lie between 1900 and 2100. `not_in_future` and `not_in_past` compare with today in
    Europe/Berlin; today itself is always allowed. Error codes: invalid, short_year, impossible, year_range,
    in_future, in_past. The order day, month, year with points is the one of DIN 5008.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Bitte ein Datum in der Form TT.MM.JJJJ angeben, zum Beispiel 31.12.2026."),
        "short_year": _("Bitte das Jahr vierstellig angeben, zum Beispiel 31.12.2026."),
        "impossible": _("Das Datum %(date)s gibt es nicht."),
        "year_range": _("Das Jahr %(year)s ist nicht möglich. Bitte ein Jahr von %(first)s bis %(last)s angeben."),
        "in_future": _("Das Datum liegt in der Zukunft."),
        "in_past": _("Das Datum liegt in der Vergangenheit."),
    }

    def __init__(self, *, not_in_future: bool = False, not_in_past: bool = False, **kwargs: Any) -> None:
        self.not_in_future, self.not_in_past = not_in_future, not_in_past
        attrs = {"inputmode": "numeric", "placeholder": _("TT.MM.JJJJ"), "autocomplete": "off"}
        super().__init__(**{"widget": forms.DateInput(format="%d.%m.%Y", attrs=attrs), **kwargs})

    def to_python(self, value: Any) -> datetime.date | None:
        """The date, or None for an empty input; raises ValidationError."""
        if not isinstance(value, str):
            return super().to_python(value)
        text = clean(value)
        return self._parsed(text) if text else None

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and self.not_in_future and value > timezone.localdate():
            raise self._error("in_future")
        if value and self.not_in_past and value < timezone.localdate():
            raise self._error("in_past")

    def prepare_value(self, value: Any) -> Any:
        """What the input shows: a date in German order, even if it came in as ISO; what is no date as it was typed."""
        if isinstance(value, str):
            try:
                value = self.to_python(value) or value
            except ValidationError:
                return value
        return value.strftime("%d.%m.%Y") if isinstance(value, datetime.date) else value

    def _parsed(self, text: str) -> datetime.date:
        if found := _GERMAN_DATE.fullmatch(text) or _DIGITS_ONLY_DATE.fullmatch(text):
            day, month, year = found.groups()
        elif found := _ISO_DATE.fullmatch(text):
            year, month, day = found.groups()
        else:
            raise self._error("invalid")
        if len(year) < 4:
            raise self._error("short_year")
        if not FIRST_YEAR <= int(year) <= LAST_YEAR:
            raise self._error("year_range", year=year, first=FIRST_YEAR, last=LAST_YEAR)
        try:
            return datetime.date(int(year), int(month), int(day))
        except ValueError:
            raise self._error("impossible", date=f"{day:0>2}.{month:0>2}.{year}") from None

    def _error(self, code: str, **params: object) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=params)


class GermanTimeField(forms.TimeField):
    """A time of day typed as 14:30, 14.30, 1430 or 9:05 and always shown as 14:30. Error codes: invalid, impossible."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Bitte eine Uhrzeit angeben, zum Beispiel 14:30."),
        "impossible": _("Die Uhrzeit %(time)s gibt es nicht."),
    }

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "placeholder": "HH:MM", "autocomplete": "off"}
        super().__init__(**{"widget": forms.TimeInput(format="%H:%M", attrs=attrs), **kwargs})

    def to_python(self, value: Any) -> datetime.time | None:
        """The time, or None for an empty input; raises ValidationError."""
        if not isinstance(value, str):
            return super().to_python(value)
        text = clean(value)
        if not text:
            return None
        if not (found := _TIME.fullmatch(text)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        hour, minute = found.groups()
        try:
            return datetime.time(int(hour), int(minute))
        except ValueError:
            raise ValidationError(
                self.error_messages["impossible"], code="impossible", params={"time": f"{hour:0>2}:{minute}"}
            ) from None

    def prepare_value(self, value: Any) -> Any:
        """What the input shows: a time as 14:30; what is no time as it was typed."""
        if isinstance(value, str):
            try:
                value = self.to_python(value) or value
            except ValidationError:
                return value
        return value.strftime("%H:%M") if isinstance(value, datetime.time) else value


class WholeNumberField(forms.IntegerField):
    """A whole number in the digits 0 to 9, from `min_value` (0 if not given) to `max_value` (what the column holds).

    Shown as a text input with the number keyboard: browsers read 1.000 in a number input as 1.
    Error codes: invalid, grouped, negative, min_value, max_value.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Bitte nur die Ziffern 0 bis 9 verwenden, zum Beispiel 12."),
        "grouped": _("Bitte die Zahl ohne Punkt, Komma und Leerzeichen angeben, zum Beispiel 1000."),
        "negative": _("Die Zahl darf nicht negativ sein."),
        "min_value": _("Die Zahl muss mindestens %(limit_value)s sein."),
        "max_value": _("Die Zahl darf höchstens %(limit_value)s sein."),
    }

    def __init__(self, *, min_value: int = 0, max_value: int = LARGEST_NUMBER, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(min_value=min_value, max_value=max_value, **{"widget": forms.TextInput(attrs=attrs), **kwargs})

    def to_python(self, value: Any) -> int | None:
        """The number, or None for an empty input; raises ValidationError."""
        if value in self.empty_values:
            return None
        text = clean(str(value))
        if not text:
            return None
        if not re.fullmatch("[0-9]+", text):
            raise self._error(_what_is_wrong_with(text))
        digits = text.lstrip("0") or "0"
        if len(digits) > len(str(LARGEST_NUMBER)):  # before int(), which is slow on very long numbers
            raise self._error("max_value", limit_value=self.max_value)
        return int(digits)

    def _error(self, code: str, **params: object) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=params)


def _what_is_wrong_with(text: str) -> str:
    if re.fullmatch("[-\u2010-\u2015\u2212] ?[0-9]+", text):
        return "negative"
    return "grouped" if re.fullmatch(r"[0-9]+([., \u00a0\u202f'’][0-9]+)+", text) else "invalid"


class PhoneField(CleanCharFormField):
    """A telephone number as people write it, with spaces, brackets and remarks; at least four digits 0 to 9."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "few_digits": _("Bitte eine Telefonnummer mit mindestens vier Ziffern angeben, zum Beispiel 0221 12345.")
    }

    def __init__(self, *, max_length: int = 60, **kwargs: Any) -> None:
        widget = forms.TelInput(attrs={"autocomplete": "off"})
        super().__init__(max_length=max_length, **{"widget": widget, **kwargs})

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and len(re.findall("[0-9]", value)) < 4:
            raise ValidationError(self.error_messages["few_digits"], code="few_digits")


class WorldEmailValidator(EmailValidator):
    """Refuses addresses that lead nowhere in the outside world: a@localhost, a@[127.0.0.1], a@10.0.0.10."""

    message = _("Bitte eine vollständige E-Mail-Adresse angeben, zum Beispiel name@beispiel.de.")
    domain_allowlist: list[str] = []  # Django compares and deconstructs this as a list
    literal_regex = re.compile(r"(?!)")

    def validate_domain_part(self, domain_part: str) -> Any:
        return not domain_part.rpartition(".")[2].isdigit() and super().validate_domain_part(domain_part)


class WorldEmailField(CleanCharFormField):
    """A mail address that can be reached from the outside world (RFC 5321, public domain), at most 254 characters."""

    def __init__(self, *, max_length: int = 254, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "off"})
        validators = [WorldEmailValidator(), *kwargs.pop("validators", ())]
        super().__init__(max_length=max_length, validators=validators, **{"widget": widget, **kwargs})
