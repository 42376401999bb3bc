"""Many requests at once, or slowly all day long: why each is doubtful, and that none is lost."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases.actions import registrations
from cases.models import FormSource, IntakeRequest, Suspicion
from kim import settings as product
from kim.privacy.cache_keys import hidden
from tests.at_once import at_once
from tests.factories import IntakeRequestFactory
from tests.registration import PHONE, send, sent

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "203.0.113.5", "198.51.100.7"
TEXT = "Gewinnen Sie jetzt ein neues Telefon, einfach auf den Link klicken und die Adresse eingeben."


@pytest.fixture
def clock(monkeypatch):
    """The moment it is for the counter of places; a test moves it on."""
    start = timezone.now().replace(minute=30, second=0, microsecond=0)
    moment = SimpleNamespace(now=start)
    monkeypatch.setattr("cases.models.form_source.timezone", SimpleNamespace(now=lambda: moment.now))
    return moment


def from_there(client, address, number, **said):
    client.defaults["REMOTE_ADDR"] = address
    return sent(client, phone=f"0221 {number:06}", **said)


# --- Why


@pytest.mark.parametrize(
    ("said", "reason"),
    [({}, ""), ({"homepage": "x"}, "trap"), ({"seconds": 0}, "hasty"), ({"seconds": 0, "homepage": "x"}, "trap")],
)
def test_why_a_request_is_doubtful_is_kept_with_it(said, reason, client):
    intake = sent(client, phone=PHONE, **said)
    assert (intake.suspicion, intake.is_suspect) == (reason, bool(reason))


def test_too_many_on_the_whole(client, monkeypatch):
    monkeypatch.setattr(registrations, "TRUSTED_AN_HOUR", 1)
    assert [from_there(client, HERE, 1).suspicion, from_there(client, ELSEWHERE, 2).suspicion] == ["", "flood"]


def test_the_same_long_text_again_and_again(client):
    first = [from_there(client, f"192.0.2.{number}", number, message=TEXT) for number in range(3)]
    again = from_there(client, HERE, 7, message=f"  {TEXT.upper()}\n")
    other = from_there(client, ELSEWHERE, 8, message=TEXT + " Danke!")
    assert [intake.suspicion for intake in (*first, again, other)] == ["", "", "", "repeated", ""]
    IntakeRequest.objects.update(created_at=timezone.now() - timedelta(hours=24))
    assert not from_there(client, HERE, 9, message=TEXT).is_suspect


def test_a_short_sentence_may_be_copied_by_a_whole_group(client):
    short = "x" * (registrations.LONG_TEXT - 1)
    rows = [from_there(client, HERE, number, message=short) for number in range(5)]
    assert not any(intake.is_suspect for intake in rows)


def test_whoever_may_read_it_sees_why_and_so_does_the_list(client, case_manager, as_case_manager):
    desk = case_manager.case_manager
    intake = IntakeRequestFactory(provider=desk.provider, is_suspect=True, suspicion="repeated")
    for page in (
        as_case_manager.get(reverse("cases:request_list"), {"state": "suspect"}),
        as_case_manager.get(reverse("cases:request_detail", args=[intake.number])),
    ):
        assert "immer derselbe Text" in page.text


def test_a_step_forgets_the_suspicion(case_manager, as_case_manager):
    intake = IntakeRequestFactory(provider=case_manager.case_manager.provider, is_suspect=True, suspicion="trap")
    as_case_manager.post(reverse("cases:request_take", args=[intake.number]))
    intake.refresh_from_db()
    assert (intake.suspicion, intake.is_suspect, intake.case_manager) == ("", False, case_manager.case_manager)


def test_only_what_is_doubtful_can_be_spam():
    rows = IntakeRequest.objects.filter(pk=IntakeRequestFactory().pk)
    with pytest.raises(IntegrityError, match="request_spam_is_suspect"), transaction.atomic():
        rows.update(is_spam=True)


# --- A slow flood


def test_one_every_five_minutes_all_day_is_one_flood_and_loses_none(client, clock):
    """Twenty are believed on the first day, and none on the second, as long as it goes on."""
    for number in range(2 * 288):
        client.defaults["REMOTE_ADDR"] = HERE
        before = FormSource.note(HERE)
        assert (before >= registrations.TRUSTED_OF_ONE_SOURCE) == (number >= registrations.TRUSTED_OF_ONE_SOURCE)
        clock.now += timedelta(minutes=5)
    assert from_there(client, HERE, 1).suspicion == Suspicion.ONE_SOURCE
    assert from_there(client, ELSEWHERE, 2).suspicion == ""


def test_the_twentieth_of_a_place_is_believed_and_the_next_is_kept_aside(client):
    reasons = [from_there(client, HERE, number).suspicion for number in range(registrations.TRUSTED_OF_ONE_SOURCE + 2)]
    assert reasons == [""] * registrations.TRUSTED_OF_ONE_SOURCE + ["one_source"] * 2
    assert not from_there(client, ELSEWHERE, 99).is_suspect


def test_addresses_of_ipv4_written_as_ipv6_are_no_one_place(client, monkeypatch):
    """As a proxy writes them that listens to both; as networks of IPv6 they would all be the same home."""
    monkeypatch.setattr(registrations, "TRUSTED_OF_ONE_SOURCE", 1)
    reasons = [from_there(client, f"::ffff:{where}", 1).suspicion for where in (HERE, ELSEWHERE)]
    assert [*reasons, from_there(client, HERE, 2).suspicion] == ["", "", "one_source"]


def test_a_place_is_believed_again_after_a_quiet_day(clock):
    for _number in range(30):
        FormSource.note(HERE)
    clock.now += timedelta(hours=24)
    assert FormSource.note(HERE) == 30
    clock.now += timedelta(hours=1)
    assert FormSource.note(HERE) == 1


def test_one_a_minute_is_never_turned_away(client, settings):
    assert settings.ACCOUNT_RATE_LIMITS["registration"] == "120/h/ip,1500/d/ip"
    assert 24 * 60 < 1500 < registrations.SUSPECT_A_DAY  # nor does it use up what is kept of all others
    rows = [from_there(client, HERE, number) for number in range(61)]
    assert IntakeRequest.objects.count() == len(rows)


def test_beyond_all_measure_the_form_says_whom_to_call(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "registration": "2/h/ip"}
    for number in range(2):
        from_there(client, HERE, number)
    answer = send(client, phone=PHONE, message="Ich suche Hilfe.")
    assert (answer.status_code, "Ich suche Hilfe." in answer.text) == (429, True)
    assert not from_there(client, ELSEWHERE, 3).is_suspect


def test_the_addresses_of_a_household_count_together(clock):
    assert [FormSource.note(f"2001:db8:1:2:{last}::1") for last in range(3)] == [0, 1, 2]
    assert FormSource.note("2001:db8:1:3::1") == 0


@pytest.mark.django_db(transaction=True)
def test_none_is_missed_that_comes_at_the_same_moment(clock):
    counted = at_once(*[lambda: FormSource.note(HERE)] * 5)
    assert FormSource.objects.get().sent == 5
    assert max(counted) == 4


# --- What is kept of a place


def test_no_address_is_kept_anywhere(client):
    intake = from_there(client, HERE, 1)
    kept = [*FormSource.objects.values_list(), *IntakeRequest.objects.filter(pk=intake.pk).values_list()]
    assert HERE not in str(kept)
    assert FormSource.objects.get().sent == 1


def test_the_hash_is_not_that_of_the_address_alone(settings):
    FormSource.note(HERE)
    settings.SECRET_KEY = "another-secret-another-secret-another-secret"
    FormSource.note(HERE)
    assert FormSource.objects.values("key").distinct().count() == 2


def test_the_counter_is_forgotten_after_a_day(clock):
    FormSource.note(HERE)
    clock.now += timedelta(hours=24)
    call_command("delete_expired_requests")
    assert FormSource.objects.count() == 1
    clock.now += timedelta(hours=1)
    call_command("delete_expired_requests")
    assert not FormSource.objects.exists()


def test_the_counters_of_the_cache_name_no_address_and_are_not_pushed_out():
    options = product.CACHES["default"]
    assert options["BACKEND"].endswith("DatabaseCache")
    assert options["KEY_FUNCTION"] == f"{hidden.__module__}.{hidden.__name__}"
    assert options["OPTIONS"]["MAX_ENTRIES"] >= 20_000
    call_command("createcachetable", "cache_of_the_product", verbosity=0)
    cache = DatabaseCache("cache_of_the_product", {**options, "KEY_FUNCTION": hidden})
    cache.set(f"allauth:rl:registration:ip:{HERE}", [1.0], 60)
    assert cache.get(f"allauth:rl:registration:ip:{HERE}") == [1.0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM cache_of_the_product")
        assert HERE not in str(cursor.fetchall())
        cursor.execute("DROP TABLE cache_of_the_product")
