"""Erasure forgets nothing, encrypted text stays unreadable, published counts say nothing about a person."""

from io import StringIO
from typing import ClassVar

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from kim.privacy.fields import DecryptionError, EncryptedTextField
from kim.privacy.management.commands import rotate_encryption_keys
from kim.privacy.models import PersonalData
from kim.privacy.rounding import rounded, share, withheld
from kim.text import CleanTextFormField
from kim.web.accounts import MFAAdapter

KEY, NEW_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRET = "Frau Ö. hat\nSchulden"
COUNTS = st.integers(min_value=0, max_value=10**6)
BASES = st.sampled_from([5, 10])


# --- Declared for erasure


def own_models():
    return [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in {"kim", "districts", "cases", "reports"}
    ]


def test_every_model_of_cases_declares_every_field():
    for model in own_models():
        if model._meta.app_label == "cases":
            assert issubclass(model, PersonalData), f"{model.__name__} must derive from PersonalData."
        if issubclass(model, PersonalData):
            assert model.undeclared_fields() == set(), f"{model.__name__}: personal or not?"
            assert model.misdeclared_fields() == set(), f"{model.__name__}: declared twice or not a field."


def test_what_points_at_a_person_is_about_a_person():
    for model in own_models():
        targets = [
            field.related_model for field in model._meta.get_fields() if field.is_relation and not field.auto_created
        ]
        if any(isinstance(target, type) and issubclass(target, PersonalData) for target in targets):
            assert issubclass(model, PersonalData), (
                f"{model.__name__} points at a person and must derive from PersonalData."
            )


@isolate_apps("kim.privacy")
def test_undeclared_and_misdeclared_fields_are_named():
    class Topic(models.Model):
        class Meta:
            app_label = "privacy"

        def __str__(self):
            return ""

    class Visitor(PersonalData):
        personal: ClassVar = {"first_name": "", "ghost": "", "number": ""}
        not_personal: ClassVar = {"id", "number"}

        number = models.CharField(max_length=5)
        first_name = models.CharField(max_length=5)
        last_name = models.CharField(max_length=5)
        topics = models.ManyToManyField(Topic)

        class Meta:
            app_label = "privacy"

        def __str__(self):
            return self.number

    assert Visitor.undeclared_fields() == {"last_name", "topics"}
    assert Visitor.misdeclared_fields() == {"ghost", "number"}


# --- Encrypted text


@pytest.fixture
def note_table(db, settings):
    settings.FIELD_ENCRYPTION_KEYS = [KEY]
    with isolate_apps("kim.privacy"):

        class Note(models.Model):
            body = EncryptedTextField(blank=True, null=True, max_length=50)

            class Meta:
                app_label = "privacy"
                db_table = "test_encrypted_note"

            def __str__(self):
                return str(self.pk)

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE test_encrypted_note (id bigint PRIMARY KEY, body text)")
        yield Note


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM test_encrypted_note ORDER BY id")
        return [body for (body,) in cursor.fetchall()]


def rotate(monkeypatch, *found):
    monkeypatch.setattr(rotate_encryption_keys.apps, "get_models", lambda **options: list(found))
    out = StringIO()
    call_command("rotate_encryption_keys", stdout=out)
    return out.getvalue()


def test_the_database_holds_tokens_only(note_table):
    note = note_table.objects.create(pk=1, body="  Frau O\u0308. hat\r\nSchulden ")
    assert note.body == SECRET
    note_table.objects.bulk_create([note_table(pk=2, body=SECRET), note_table(pk=3, body=""), note_table(pk=4)])
    token, other_token, empty, null = stored()
    assert (empty, null) == ("", None)
    assert token != other_token
    assert Fernet(KEY).decrypt(token).decode() == SECRET
    assert list(note_table.objects.order_by("pk").values_list("body", flat=True)) == [SECRET, SECRET, "", None]


def test_update_and_bulk_update_encrypt(note_table):
    note = note_table.objects.create(pk=1, body="alt")
    note_table.objects.update(body=SECRET)
    assert Fernet(KEY).decrypt(stored()[0]).decode() == SECRET
    note.body = "neu"
    note_table.objects.bulk_update([note], ["body"])
    assert Fernet(KEY).decrypt(stored()[0]).decode() == "neu"
    note.refresh_from_db()
    assert note.body == "neu"


def test_only_emptiness_can_be_searched(note_table):
    full, empty = note_table.objects.create(pk=1, body=SECRET), note_table.objects.create(pk=2, body="")
    null = note_table.objects.create(pk=3)
    assert list(note_table.objects.filter(body="")) == [empty]
    assert list(note_table.objects.filter(body__isnull=True)) == [null]
    assert list(note_table.objects.exclude(body="").exclude(body=None)) == [full]
    for condition in (
        {"body": SECRET},
        {"body__icontains": "x"},
        {"body__in": [""]},
        {"body__gt": ""},
        {"body__unknown": 1},
        {"body": models.F("id")},
    ):
        with pytest.raises(FieldError, match="encrypted"):
            note_table.objects.filter(**condition)


def test_a_wrong_key_says_so_without_the_value(note_table, settings):
    note_table.objects.create(pk=1, body=SECRET)
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY]
    with pytest.raises(DecryptionError, match=r"privacy\.Note\.body") as refused:
        note_table.objects.get()
    assert stored()[0] not in str(refused.value)
    assert refused.value.__context__ is None
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY, KEY]
    assert note_table.objects.get().body == SECRET


@pytest.mark.parametrize("keys", [[], ["short"], ["ä" * 44]])
def test_missing_or_bad_keys_say_so(note_table, settings, keys):
    settings.FIELD_ENCRYPTION_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEYS") as refused:
        note_table.objects.create(pk=1, body=SECRET)
    assert "short" not in str(refused.value)


def test_length_counts_the_open_text(note_table):
    note = note_table(pk=1, body="ö" * 50)
    note.full_clean()
    note.save()
    assert len(stored()[0]) > 50
    assert isinstance(note_table._meta.get_field("body").formfield(), CleanTextFormField)
    _name, path, args, kwargs = note_table._meta.get_field("body").deconstruct()
    assert (path, args) == ("kim.privacy.fields.EncryptedTextField", [])
    assert kwargs == {"blank": True, "null": True, "max_length": 50}


def test_rotation(note_table, settings, monkeypatch):
    monkeypatch.setattr(rotate_encryption_keys, "BATCH", 2)
    note_table.objects.bulk_create([note_table(pk=pk, body=SECRET) for pk in range(1, 6)])
    note_table.objects.create(pk=6, body="")
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY, KEY]
    note_table.objects.create(pk=7, body="neu")
    assert "Neu verschlüsselt: 5, schon aktuell: 1," in rotate(monkeypatch, note_table)
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY]
    assert list(note_table.objects.order_by("pk").values_list("body", flat=True)) == [SECRET] * 5 + ["", "neu"]
    before = stored()
    assert "Neu verschlüsselt: 0, schon aktuell: 6," in rotate(monkeypatch, note_table)
    assert stored() == before


def test_rotation_keeps_an_edit_in_between(note_table, settings, monkeypatch):
    note_table.objects.create(pk=1, body="alt")
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY, KEY]
    fits = rotate_encryption_keys._fits

    def edited_meanwhile(key, token):
        note_table.objects.update(body="neuer Text")
        return fits(key, token)

    monkeypatch.setattr(rotate_encryption_keys, "_fits", edited_meanwhile)
    assert "Neu verschlüsselt: 0, schon aktuell: 0, inzwischen geändert: 1" in rotate(monkeypatch, note_table)
    assert note_table.objects.get().body == "neuer Text"


def test_rotation_reports_unreadable_values(note_table, settings, monkeypatch):
    note_table.objects.create(pk=1, body=SECRET)
    before = stored()
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY]
    with pytest.raises(CommandError, match="1 Werte passen zu keinem Schlüssel"):
        rotate(monkeypatch, note_table)
    assert stored() == before


def test_rotation_covers_the_second_factor(case_manager, settings):
    settings.FIELD_ENCRYPTION_KEYS = [KEY]
    secret, codes = MFAAdapter().encrypt("GEHEIM"), [MFAAdapter().encrypt("12345678"), "gesperrt"]
    device = Authenticator.objects.create(user=case_manager, type="totp", data={"secret": secret, "used": 3})
    paper = Authenticator.objects.create(user=case_manager, type="recovery_codes", data={"migrated_codes": codes})
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY, KEY]
    out = StringIO()
    call_command("rotate_encryption_keys", stdout=out)
    call_command("rotate_encryption_keys", stdout=out)
    first, second = out.getvalue().splitlines()
    assert "Neu verschlüsselt: 2, schon aktuell: 0," in first
    assert "Neu verschlüsselt: 0, schon aktuell: 2," in second
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY]
    device.refresh_from_db()
    paper.refresh_from_db()
    assert MFAAdapter().decrypt(device.data.pop("secret")) == "GEHEIM"
    assert device.data == {"used": 3}
    assert MFAAdapter().decrypt(paper.data["migrated_codes"][0]) == "12345678"
    assert paper.data["migrated_codes"][1] == "gesperrt"
    settings.FIELD_ENCRYPTION_KEYS = [KEY]
    with pytest.raises(CommandError, match="2 Werte passen zu keinem Schlüssel"):
        call_command("rotate_encryption_keys", stdout=out)


# --- Published counts


@pytest.mark.parametrize(
    ("n", "five", "ten"),
    [
        (0, 0, 0),
        (2, 0, 0),
        (3, 5, 0),
        (4, 5, 0),
        (5, 5, 10),
        (7, 5, 10),
        (8, 10, 10),
        (14, 15, 10),
        (15, 15, 20),
    ],
)
def test_rounded(n, five, ten):
    assert (rounded(n), rounded(n, base=10)) == (five, ten)


@given(COUNTS, BASES)
def test_rounded_is_a_near_multiple_and_stays_put(n, base):
    result = rounded(n, base)
    assert result % base == 0
    assert abs(result - n) <= base // 2
    assert rounded(result, base) == result


@given(COUNTS, COUNTS, BASES)
def test_rounded_keeps_the_order(a, b, base):
    low, high = sorted((a, b))
    assert rounded(low, base) <= rounded(high, base)


@pytest.mark.parametrize(
    ("n", "error"), [(-1, ValueError), (1.0, TypeError), ("1", TypeError), (True, TypeError), (None, TypeError)]
)
def test_what_is_no_count_is_refused(n, error):
    for question in (rounded, withheld, lambda n: share(n, 100), lambda n: share(0, n)):
        with pytest.raises(error):
            question(n)


def test_base_is_a_positive_number():
    with pytest.raises(ValueError, match="base"):
        rounded(1, base=0)


def test_share():
    assert share(12, 50) == share(10, 50) == 20
    assert share(0, 100) == 0
    assert share(99, 99) == 100
    assert share(5, 47) is None
    assert share(5, 48) == 10
    with pytest.raises(ValueError, match="part"):
        share(2, 1)


@given(COUNTS, COUNTS, BASES)
def test_share_tells_no_more_than_the_rounded_numbers(a, b, base):
    part, whole = sorted((a, b))
    assert share(part, whole, base) == share(rounded(part, base), rounded(whole, base), base)
    assert (share(part, whole, base) is None) == (rounded(whole, base) < 50)
    assert share(part, whole, base) in {None, *range(101)}


def test_withheld():
    assert [withheld(n) for n in (0, 29, 30, 500)] == [True, True, False, False]
