"""The calendar address: secret, shown once, void when renewed, and without a word about anybody."""

import time as clock
from datetime import UTC, date, datetime, time, timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.management import call_command
from django.urls import reverse
from icalendar import Calendar

from cases.models import CalendarFeed
from cases.views.calendar import MOST_CALLS
from kim.audit.models import Entry
from kim.users.models import User
from tests.case_forms import ago, logged, queries, text_of, url
from tests.factories import CalendarFeedFactory, CaseFactory, FollowUpFactory, SubstitutionFactory

SETTING, RENEW, DELETE = (url(name) for name in ("calendar_setting", "calendar_renew", "calendar_delete"))


def feed_url(token="geheime-adresse"):
    return reverse("cases:calendar_feed", args=[token])


@pytest.fixture
def feed(case_manager):
    return CalendarFeedFactory(user=case_manager)


@pytest.fixture
def post(case_manager):
    return case_manager.case_manager


def events(browser, token="geheime-adresse"):
    answer = browser.get(feed_url(token))
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content).walk("VEVENT")


# --- What it tells


def test_appointments_and_reminders_with_their_number_only(client, feed, post):
    case = CaseFactory(case_manager=post, client__family_name="Unverkennbar")
    FollowUpFactory(case=case, due_on=ago(-1), due_at=time(10), text="Zum Amt mitgehen.")
    FollowUpFactory(case=case, due_on=ago(-2), text="Anrufen.")
    FollowUpFactory(case=case, done=True)
    timed, whole_day = sorted(events(client), key=lambda event: str(event["summary"]), reverse=False)
    assert (timed["summary"], whole_day["summary"]) == (
        f"KIM: Termin {case.number}",
        f"KIM: Wiedervorlage {case.number}",
    )
    assert whole_day["dtstart"].dt == ago(-2)
    assert timed["dtend"].dt - timed["dtstart"].dt == timedelta(minutes=45)
    text = client.get(feed_url()).content.decode()
    for secret in ("Unverkennbar", case.client.given_names, "Amt", "Anrufen", str(case.track), post.user.name):
        assert secret not in text


def test_a_protected_case_has_not_even_its_number(client, feed, post):
    case = CaseFactory(case_manager=post, protected=True)
    for at in (None, time(10)):
        FollowUpFactory(case=case, due_at=at)
    assert {str(event["summary"]) for event in events(client)} == {"KIM-Termin"}
    text = client.get(feed_url()).content.decode()
    assert case.number not in text
    assert str(case.track) not in text


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2026, 12, 1), time(10), datetime(2026, 12, 1, 9, tzinfo=UTC)),
        (date(2026, 10, 24), time(10), datetime(2026, 10, 24, 8, tzinfo=UTC)),
        (date(2026, 10, 25), time(10), datetime(2026, 10, 25, 9, tzinfo=UTC)),
        (date(2027, 3, 27), time(0, 15), datetime(2027, 3, 26, 23, 15, tzinfo=UTC)),
        (date(2027, 3, 28), time(10), datetime(2027, 3, 28, 8, tzinfo=UTC)),
        (date(2027, 3, 28), time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # an hour that does not exist
    ],
)
def test_the_hour_is_the_one_of_cologne_in_summer_and_winter(client, feed, post, monkeypatch, day, at, utc):
    monkeypatch.setattr("cases.views.calendar.timezone.localdate", lambda: day)
    FollowUpFactory(case=CaseFactory(case_manager=post), due_on=day, due_at=at)
    (event,) = events(client)
    assert event["dtstart"].dt == utc


def test_whose_and_which_follow_ups(client, feed, post, colleague, case_manager):
    own = CaseFactory(case_manager=post)
    deputised = CaseFactory(case_manager=colleague.case_manager)
    FollowUpFactory(case=CaseFactory(case_manager=colleague.case_manager, protected=True))
    FollowUpFactory(case=CaseFactory(case_manager=post, closed=True))
    FollowUpFactory(case=CaseFactory())
    for case in (own, deputised):
        FollowUpFactory(case=case)
    for days in (29, -367):
        FollowUpFactory(case=own, due_on=ago(days))
    for days in (28, -366):
        FollowUpFactory(case=own, due_on=ago(days))
    assert {str(event["summary"])[-9:] for event in events(client)} == {own.number}
    assert len(events(client)) == 3
    SubstitutionFactory(absent=colleague.case_manager, deputy=post)
    assert {str(event["summary"])[-9:] for event in events(client)} == {own.number, deputised.number}


# --- Who reads it


def test_the_address_is_shown_once_and_kept_as_a_hash(as_case_manager, client, case_manager):
    page = as_case_manager.post(RENEW)
    address = page.context["address"]
    token = address.rsplit("/", 1)[1].removesuffix(".ics")
    assert address == f"http://testserver{feed_url(token)}"
    assert len(token) >= 43
    assert events(client, token) == []
    feed = CalendarFeed.objects.get()
    assert feed.user == case_manager
    assert token not in str(list(CalendarFeed.objects.values()))
    assert token not in text_of(as_case_manager.get(SETTING))
    assert token not in str(list(Entry.objects.values()))


def test_a_new_address_voids_the_old_one(as_case_manager, client, feed):
    assert client.get(feed_url()).status_code == 200
    as_case_manager.post(RENEW)
    assert client.get(feed_url()).status_code == 404
    as_case_manager.post(DELETE)
    as_case_manager.post(DELETE)
    assert not CalendarFeed.objects.exists()
    assert logged() == ["calendar.renewed", "calendar.deleted"]


@pytest.mark.parametrize("change", [{"is_active": False}, {"role_confirmed_at": None}, {"role": "lead"}])
def test_it_dies_with_the_account(client, feed, case_manager, change):
    none = client.get(feed_url("gibt-es-nicht--"))
    User.objects.filter(pk=case_manager.pk).update(**change)
    dead = client.get(feed_url())
    assert dead.status_code == none.status_code == 404
    assert text_of(dead).replace("geheime-adresse", "gibt-es-nicht--") == text_of(none)
    assert dead.headers == none.headers


@pytest.mark.parametrize("token", ["x", "geheime-adress", "geheime-adresse-", "%00", "GEHEIME-ADRESSE", "a" * 500])
def test_a_wrong_address_opens_nothing(client, feed, token):
    assert client.get(f"/kalender/{token}.ics").status_code == 404
    assert client.get("/kalender/.ics").status_code == 404


def test_a_feed_needs_no_login_and_stays_nowhere(client, feed):
    answer = client.get(feed_url())
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies
    assert client.post(feed_url()).status_code == 405


def test_nobody_sees_the_feed_of_somebody_else(as_colleague, feed):
    assert as_colleague.get(SETTING).context["feed"] is None
    as_colleague.post(DELETE)
    assert CalendarFeed.objects.get() == feed


def test_the_password_is_asked_again_for_a_new_address(as_case_manager):
    session = as_case_manager.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": clock.time() - 3600}]
    session.save()
    assert as_case_manager.post(RENEW).status_code == 302
    assert not CalendarFeed.objects.exists()


# --- How often it is read


def test_reading_is_seen_by_its_owner_and_not_in_the_log(as_case_manager, client, feed):
    assert "noch nie" in text_of(as_case_manager.get(SETTING))
    client.get(feed_url())
    assert "noch nie" not in text_of(as_case_manager.get(SETTING))
    seen = CalendarFeed.objects.get().last_read_at
    client.get(feed_url())
    assert CalendarFeed.objects.get().last_read_at == seen
    assert not logged()


def test_who_asks_all_the_time_has_to_wait_for_the_next_hour(client, feed, monkeypatch, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    call_command("createcachetable")
    now = 500_000 * 3600
    monkeypatch.setattr("kim.web.limits.time", lambda: now)
    answers = [client.get(feed_url()).status_code for _ in range(MOST_CALLS + 1)]
    assert answers == [200] * MOST_CALLS + [429]
    monkeypatch.setattr("kim.web.limits.time", lambda: now + 3599)
    assert client.get(feed_url()).status_code == 429
    monkeypatch.setattr("kim.web.limits.time", lambda: now + 3600)
    assert client.get(feed_url()).status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_the_feed_does_not_ask_per_row(client, feed, post, rows):
    for case in CaseFactory.create_batch(rows, case_manager=post):
        FollowUpFactory(case=case)
    assert queries(lambda: client.get(feed_url())) == 4
