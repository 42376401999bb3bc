"""Appointments and follow-ups as a calendar other programs can read: when, and nothing about whom.

The number of a case may leave the file, for a protected track not even that. What is to be done stays inside.
Times are written in UTC, so that every calendar shows the right hour before and after the clocks change (RFC 5545).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from cases.models import Case, FollowUp
from kim.users.models import User

BEFORE, AHEAD = timedelta(days=28), timedelta(days=366)
LENGTH = timedelta(minutes=45)  # nobody says how long an appointment takes
MOST = 1000


def shown_follow_ups(user: User, day) -> list[FollowUp]:
    """What the feed holds: open follow-ups of open cases the user may see, from four weeks ago to a year ahead."""
    cases = Case.objects.visible_to(user).open()
    rows = FollowUp.objects.open().filter(case__in=cases, due_on__range=(day - BEFORE, day + AHEAD))
    rows = rows.select_related("case__track")
    return list(rows.only("due_on", "due_at", "created_at", "case__number", "case__track__is_protected")[:MOST])


def calendar_of(follow_ups: Iterable[FollowUp]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//KIM Koeln//Kalender//DE")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "KIM")
    calendar.add("x-wr-timezone", settings.TIME_ZONE)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for follow_up in follow_ups:
        calendar.add_component(_event(follow_up))
    return calendar.to_ical()


def _event(follow_up: FollowUp) -> Event:
    event = Event()
    event.add("uid", f"{follow_up.pk}@kim-koeln")
    event.add("dtstamp", follow_up.created_at.astimezone(UTC))
    event.add("summary", _title(follow_up))
    event.add("class", "PRIVATE")
    event.add("url", settings.SITE_URL.rstrip("/") + reverse("cases:today"))
    if follow_up.due_at is None:
        event.add("dtstart", follow_up.due_on)
        event.add("dtend", follow_up.due_on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    else:
        start = datetime.combine(follow_up.due_on, follow_up.due_at, tzinfo=ZoneInfo(settings.TIME_ZONE))
        event.add("dtstart", start.astimezone(UTC))
        event.add("dtend", start.astimezone(UTC) + LENGTH)
    return event


def _title(follow_up: FollowUp) -> str:
    if follow_up.case.track.is_protected:
        return _("KIM-Termin")
    if follow_up.due_at is None:
        return _("KIM: Wiedervorlage %(number)s") % {"number": follow_up.case.number}
    return _("KIM: Termin %(number)s") % {"number": follow_up.case.number}
