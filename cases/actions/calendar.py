"""The secret address of somebody's calendar: made, renewed, switched off."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases.models import CalendarFeed
from kim.audit.models import record
from kim.users.models import User

SEEN_STEP = timedelta(minutes=10)  # how exactly the last call is known; the price is a write


@transaction.atomic
def renew_feed(*, by: User) -> str:
    """Give the account a fresh address and return its secret, which is stored nowhere; the one before is void."""
    feed = CalendarFeed(user=by)
    token = feed.new_token()
    values = {"token_hash": feed.token_hash, "created_at": feed.created_at, "last_read_at": None}
    CalendarFeed.objects.update_or_create(user=by, defaults=values)
    record("calendar.renewed", by=by, organisation=by.case_manager.provider.code)
    return token


@transaction.atomic
def delete_feed(*, by: User) -> None:
    deleted, _by_model = CalendarFeed.objects.filter(user=by).delete()
    if deleted:
        record("calendar.deleted", by=by, organisation=by.case_manager.provider.code)


def note_reading(feed: CalendarFeed) -> None:
    """So that the owner sees whether a calendar still calls; programs ask all day, so this is no entry of the log."""
    now = timezone.now()
    long_ago = Q(last_read_at=None) | Q(last_read_at__lt=now - SEEN_STEP)
    CalendarFeed.objects.filter(long_ago, pk=feed.pk).update(last_read_at=now)
