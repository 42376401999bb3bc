"""The log only grows, says who did what, and notices what was done to it."""

from dataclasses import dataclass
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from kim.audit.models import Entry, record
from tests.at_once import at_once
from tests.audit_triggers import triggers_off


@dataclass
class Thing:
    audit_name: str = "case:K-7F3K-9Q"
    audit_organisation: str = "drk"


@dataclass
class Person:
    pk: int = 7
    role: str = "case_manager"


class Reason(models.TextChoices):
    MOVED = "moved", "verzogen"


@pytest.fixture
def three(db):
    return [
        record("case.opened", by=Person(), subject=Thing()),
        record("case.read", by=Person(8, "lead"), subject=Thing()),
        record("report.exported", by=None, organisation="caritas", report="caseload"),
    ]


def verify(**options):
    out = StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


def tamper(statement, *params):
    with triggers_off(connection), connection.cursor() as cursor:
        cursor.execute(statement, params)


def test_entry_says_who_did_what(db):
    entry = record(
        "case.closed",
        by=Person(),
        subject=Thing(),
        reason=Reason.MOVED,
        count=3,
        final=True,
        old=None,
        fields=["status", "closed_on"],
    )
    entry = Entry.objects.get(pk=entry.pk)
    assert (entry.action, entry.actor, entry.actor_role) == ("case.closed", "7", "case_manager")
    assert (entry.organisation, entry.subject) == ("drk", "case:K-7F3K-9Q")
    assert entry.details == {
        "reason": "moved",
        "count": 3,
        "final": True,
        "old": None,
        "fields": ["status", "closed_on"],
    }
    assert entry.mac == entry.computed_mac()


def test_entries_form_a_chain(three):
    assert [entry.previous for entry in three] == ["", three[0].mac, three[1].mac]
    assert "3 Einträge" in verify()
    assert three[2].mac in verify()


def test_words_of_the_log(three):
    opened, read, exported = three
    assert set(Entry.objects.of("case:K-7F3K-9Q")) == {opened, read}
    assert set(Entry.objects.reads()) == {read, exported}
    assert set(Entry.objects.for_organisation("caritas")) == {exported}
    assert set(Entry.objects.by(Person())) == {opened}
    assert set(Entry.objects.by(None)) == {exported}


def test_costs_two_queries_and_a_lock(db, django_assert_num_queries):
    with django_assert_num_queries(3 if connection.vendor == "postgresql" else 2):
        record("case.read", by=Person(), subject=Thing())


def test_needs_a_transaction(db, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(transaction.get_connection(), "in_atomic_block", False)
        with pytest.raises(RuntimeError, match="atomic"):
            record("case.opened", by=None)
    assert not Entry.objects.exists()


def test_vanishes_with_the_change_it_reports(db):
    def change():
        with transaction.atomic():
            record("case.opened", by=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1.5, TypeError),
        ({"a": 1}, TypeError),
        (Thing(), TypeError),
        ([["a"]], TypeError),
        (("a",), TypeError),
        (b"a", TypeError),
        ("x" * 201, ValueError),
        (["x" * 201], ValueError),
        ("a\x00", ValueError),
        ("a\nb", ValueError),
    ],
)
def test_details_are_codes_only(db, value, error):
    with pytest.raises(error) as refused:
        record("case.opened", by=None, note=value)
    assert "x" * 10 not in str(refused.value)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("action", ["opened", "Case.opened", "case.", "case opened", "case.opened\n"])
def test_action_is_noun_and_verb(db, action):
    with pytest.raises(ValueError, match="noun and a verb"):
        record(action, by=None)


def test_needs_a_key(db, settings):
    settings.AUDIT_KEY = ""
    with pytest.raises(ImproperlyConfigured, match="AUDIT_KEY"):
        record("case.opened", by=None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = '9'",
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET id = id + 100",
        "DELETE FROM audit_entry WHERE subject = 'case:K-7F3K-9Q'",
    ],
)
def test_database_refuses_changes(three, statement):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert "3 Einträge" in verify()


def test_orm_cannot_change_either(three):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        three[0].save()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        three[0].delete()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Entry.objects.all().delete()


def test_database_refuses_replacing(three):
    if connection.vendor == "postgresql":
        statement = "TRUNCATE audit_entry"
    else:
        statement = (
            "INSERT OR REPLACE INTO audit_entry SELECT id, at, action, '9', actor_role, organisation, subject, "
            "details, previous, mac FROM audit_entry"
        )
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_chain_never_forks(three):
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(at=three[0].at, action="case.read", previous=three[1].mac, mac="0" * 64)


@pytest.mark.parametrize("column", ["action", "actor", "actor_role", "organisation", "subject", "mac"])
def test_finds_an_edited_entry(three, column):
    tamper(f"UPDATE audit_entry SET {column} = 'x' WHERE id = %s", three[1].pk)
    with pytest.raises(CommandError, match=f"Eintrag {three[1].pk}:"):
        verify()


def test_finds_edited_details_and_times(three):
    for change, back in (
        ("details = '{}'", 'details = \'{"report": "caseload"}\''),
        ("at = '2020-01-01 00:00:00'", None),
    ):
        tamper(f"UPDATE audit_entry SET {change} WHERE id = %s", three[2].pk)
        with pytest.raises(CommandError, match=f"Eintrag {three[2].pk}:"):
            verify()
        if back:
            tamper(f"UPDATE audit_entry SET {back} WHERE id = %s", three[2].pk)
            assert "3 Einträge" in verify()


def test_finds_a_removed_entry(three):
    tamper("DELETE FROM audit_entry WHERE id = %s", three[1].pk)
    with pytest.raises(CommandError, match=f"Eintrag {three[2].pk}:"):
        verify()


def test_finds_a_removed_beginning(three):
    tamper("DELETE FROM audit_entry WHERE id = %s", three[0].pk)
    with pytest.raises(CommandError, match=f"Eintrag {three[1].pk}:"):
        verify()


def test_finds_exchanged_entries(three):
    first, second, _third = (entry.pk for entry in three)
    for old, new in ((first, -1), (second, first), (-1, second)):
        tamper("UPDATE audit_entry SET id = %s WHERE id = %s", new, old)
    with pytest.raises(CommandError, match=f"Eintrag {first}:"):
        verify()


def test_finds_an_entry_sealed_with_another_key(three, settings):
    settings.AUDIT_KEY = "another"
    with pytest.raises(CommandError, match=f"Eintrag {three[0].pk}:"):
        verify()


def test_finds_a_cut_tail(three):
    head = three[2].mac
    assert "3 Einträge" in verify(expect_head=head)
    record("case.read", by=None)
    assert "4 Einträge" in verify(expect_head=head)
    tamper("DELETE FROM audit_entry WHERE id >= %s", three[2].pk)
    assert "2 Einträge" in verify()
    record("case.read", by=None)
    with pytest.raises(CommandError, match="Das Ende fehlt"):
        verify(expect_head=head)


def test_notices_missing_triggers(three):
    with triggers_off(connection), pytest.raises(CommandError, match="audit_entry_no_delete"):
        verify()
    assert "3 Einträge" in verify()


def test_triggers_return_after_a_failure(three):
    with pytest.raises(ZeroDivisionError), triggers_off(connection):
        raise ZeroDivisionError
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        three[0].delete()


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_keep_one_chain():

    def write():
        for _ in range(10):
            with transaction.atomic():
                record("case.read", by=None)

    at_once(*[write] * 4)
    assert "40 Einträge" in verify()
