"""Form fields read what people in Germany type, and say in a sentence what is wrong."""

import datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kim.web.forms import GermanDateField, GermanTimeField, PhoneField, WholeNumberField, WorldEmailField


def message(field, value):
    with pytest.raises(ValidationError) as refused:
        field.clean(value)
    assert len(refused.value.messages) == 1
    return refused.value.messages[0]


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        ("31.12.2026", (2026, 12, 31)),
        ("1.3.2026", (2026, 3, 1)),
        (" 01. 03. 2026\u200b", (2026, 3, 1)),
        ("2026-12-31", (2026, 12, 31)),
        ("29.02.2024", (2024, 2, 29)),
        ("01012026", (2026, 1, 1)),
        ("01.01.1900", (1900, 1, 1)),
        ("31.12.2100", (2100, 12, 31)),
    ],
)
def test_date_is_read(typed, date):
    assert GermanDateField().clean(typed) == datetime.date(*date)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("31.12.68", "Bitte das Jahr vierstellig angeben, zum Beispiel 31.12.2026."),
        ("1.1.69", "Bitte das Jahr vierstellig angeben, zum Beispiel 31.12.2026."),
        ("31.02.2026", "Das Datum 31.02.2026 gibt es nicht."),
        ("29.2.2026", "Das Datum 29.02.2026 gibt es nicht."),
        ("2026-13-01", "Das Datum 01.13.2026 gibt es nicht."),
        ("01.01.0001", "Das Jahr 0001 ist nicht möglich. Bitte ein Jahr von 1900 bis 2100 angeben."),
        ("01.01.9999", "Das Jahr 9999 ist nicht möglich. Bitte ein Jahr von 1900 bis 2100 angeben."),
        ("gestern", "Bitte ein Datum in der Form TT.MM.JJJJ angeben, zum Beispiel 31.12.2026."),
        ("12/31/2026", "Bitte ein Datum in der Form TT.MM.JJJJ angeben, zum Beispiel 31.12.2026."),
        ("٣١.١٢.٢٠٢٦", "Bitte ein Datum in der Form TT.MM.JJJJ angeben, zum Beispiel 31.12.2026."),
    ],
)
def test_date_is_refused(typed, sentence):
    assert message(GermanDateField(), typed) == sentence


def test_date_knows_today():
    today, day = timezone.localdate(), datetime.timedelta(days=1)
    past, future = GermanDateField(not_in_future=True), GermanDateField(not_in_past=True)
    assert past.clean(today.isoformat()) == future.clean(today.isoformat()) == today
    assert message(past, (today + day).isoformat()) == "Das Datum liegt in der Zukunft."
    assert message(future, (today - day).isoformat()) == "Das Datum liegt in der Vergangenheit."


def test_empty_date():
    assert GermanDateField(required=False).clean(" ") is None
    with pytest.raises(ValidationError):
        GermanDateField().clean("")


class Appointment(forms.Form):
    day = GermanDateField()
    time = GermanTimeField()
    minutes = WholeNumberField(max_value=600)
    phone = PhoneField(required=False)
    mail = WorldEmailField(required=False)


@pytest.mark.parametrize(
    ("form", "day", "time"),
    [
        (Appointment(initial={"day": datetime.date(2026, 3, 1), "time": datetime.time(9, 5)}), "01.03.2026", "09:05"),
        (Appointment(initial={"day": "2026-03-01", "time": "905"}), "01.03.2026", "09:05"),
        (Appointment({"day": "2026-03-01", "time": "9.05"}), "01.03.2026", "09:05"),
        (Appointment({"day": "31.02.2026", "time": "25:00"}), "31.02.2026", "25:00"),
    ],
)
def test_date_and_time_are_shown_the_german_way(form, day, time):
    assert f'value="{day}"' in str(form["day"])
    assert f'value="{time}"' in str(form["time"])


def test_inputs_are_text_inputs_that_keep_nothing():
    form = Appointment()
    for name in ("day", "time", "minutes"):
        assert 'type="text"' in str(form[name])
        assert 'inputmode="numeric"' in str(form[name])
    for name in form.fields:
        assert 'autocomplete="off"' in str(form[name])
    assert 'placeholder="TT.MM.JJJJ"' in str(form["day"])
    assert not Appointment({"day": "2026-03-01"}, initial={"day": datetime.date(2026, 3, 1)})["day"]._has_changed()


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)))
def test_date_returns_as_it_was_shown(date):
    field = GermanDateField()
    assert field.clean(field.prepare_value(date)) == field.clean(date.isoformat()) == date


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("14:30", (14, 30)),
        ("14.30", (14, 30)),
        ("1430", (14, 30)),
        ("9:05", (9, 5)),
        ("905", (9, 5)),
        ("00:00", (0, 0)),
        ("14:30 Uhr", (14, 30)),
    ],
)
def test_time_is_read(typed, time):
    assert GermanTimeField().clean(typed) == datetime.time(*time)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("25:00", "Die Uhrzeit 25:00 gibt es nicht."),
        ("24:00", "Die Uhrzeit 24:00 gibt es nicht."),
        ("9:60", "Die Uhrzeit 09:60 gibt es nicht."),
        ("14", "Bitte eine Uhrzeit angeben, zum Beispiel 14:30."),
        ("mittags", "Bitte eine Uhrzeit angeben, zum Beispiel 14:30."),
    ],
)
def test_time_is_refused(typed, sentence):
    assert message(GermanTimeField(), typed) == sentence


@pytest.mark.parametrize(("typed", "number"), [("0", 0), ("12", 12), (" 007 ", 7), (15, 15), ("0" * 50 + "3", 3)])
def test_number_is_read(typed, number):
    assert WholeNumberField().clean(typed) == number


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1.000", "Bitte die Zahl ohne Punkt, Komma und Leerzeichen angeben, zum Beispiel 1000."),
        ("1 000", "Bitte die Zahl ohne Punkt, Komma und Leerzeichen angeben, zum Beispiel 1000."),
        ("1,5", "Bitte die Zahl ohne Punkt, Komma und Leerzeichen angeben, zum Beispiel 1000."),
        ("1_0", "Bitte nur die Ziffern 0 bis 9 verwenden, zum Beispiel 12."),
        ("٣", "Bitte nur die Ziffern 0 bis 9 verwenden, zum Beispiel 12."),
        ("１２", "Bitte nur die Ziffern 0 bis 9 verwenden, zum Beispiel 12."),
        ("zwölf", "Bitte nur die Ziffern 0 bis 9 verwenden, zum Beispiel 12."),
        ("-5", "Die Zahl darf nicht negativ sein."),
        ("−5", "Die Zahl darf nicht negativ sein."),
        ("1", "Die Zahl muss mindestens 2 sein."),
        ("11", "Die Zahl darf höchstens 10 sein."),
        ("9" * 5000, "Die Zahl darf höchstens 10 sein."),
    ],
)
def test_number_is_refused(typed, sentence):
    assert message(WholeNumberField(min_value=2, max_value=10), typed) == sentence


def test_number_fits_the_column():
    assert message(WholeNumberField(), "2147483648") == "Die Zahl darf höchstens 2147483647 sein."
    assert WholeNumberField(required=False).clean("") is None


@pytest.mark.parametrize("typed", ["0221 / 123-45", "+49 (0)221 12345", "112 0", "0171 2345678 (Bruder, nach 18 Uhr)"])
def test_phone_is_read(typed):
    assert PhoneField().clean(f" {typed}\u200b ") == typed


@pytest.mark.parametrize("typed", ["keine", "112", "--"])
def test_phone_needs_four_digits(typed):
    assert message(PhoneField(), typed).startswith("Bitte eine Telefonnummer mit mindestens vier Ziffern")


def test_phone_is_one_clean_line():
    assert "U+202A" in message(PhoneField(), "\u202a0221 12345\u202c")
    assert "zu lang" in message(PhoneField(), "0221" * 20)
    assert PhoneField(required=False).clean("") == ""


@pytest.mark.parametrize("typed", ["a@beispiel.de", "a.b+c@sub.example.org", "a@müller.de", "a@xn--mller-kva.de"])
def test_mail_is_read(typed):
    assert WorldEmailField().clean(f" {typed} ") == typed


@pytest.mark.parametrize(
    "typed",
    [
        "a@localhost",
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "a@10.0.0.10",
        "a@127.0.0.1",
        "a",
        "a@",
        "a@b",
        "a b@c.de",
        "a@b.de, c@d.de",
    ],
)
def test_mail_that_leads_nowhere_is_refused(typed):
    assert message(WorldEmailField(), typed) == (
        "Bitte eine vollständige E-Mail-Adresse angeben, zum Beispiel name@beispiel.de."
    )
