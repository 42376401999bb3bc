"""Requests from the public form and the mailbox: a flood of them hides none that is real."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from cases.actions.requests import enter_request
from cases.forms.requests import OFFICE
from cases.models import IntakeRequest
from districts.models import Topic

TRUSTED_AN_HOUR, TRUSTED_A_DAY = 40, 100  # more than Köln ever sends; beyond, a request is taken for spam
TRUSTED_OF_ONE = 10  # new requests by mail from one address a day; an office that helps many may write several
SUSPECT_A_DAY = 200  # and beyond that, none is taken at all


class TooManyRequests(Exception):
    """More came in than anybody could read."""


def register(request: IntakeRequest, *, topics: Iterable[Topic], is_doubtful: bool) -> IntakeRequest:
    """Take in a request; one that is doubtful, or one too many, as perhaps spam. Raises TooManyRequests."""
    trusted, suspect = (_came_by(IntakeRequest.Channel.FORM).filter(is_suspect=each) for each in (False, True))
    an_hour_ago = timezone.now() - timedelta(hours=1)
    request.is_suspect = (
        is_doubtful
        or trusted.count() >= TRUSTED_A_DAY
        or trusted.filter(created_at__gte=an_hour_ago).count() >= TRUSTED_AN_HOUR
    )
    if request.is_suspect and suspect.count() >= SUSPECT_A_DAY:
        raise TooManyRequests
    return enter_request(request, topics=topics, destination=OFFICE, by=None)


def is_one_mail_too_many(sender: str) -> bool:
    """Not by the hour: what came in while the mailbox was out of reach comes at once. None is turned away."""
    mails = _came_by(IntakeRequest.Channel.MAIL)
    trusted = mails.filter(is_suspect=False)  # what is forged uses up nothing of whom it names
    from_one = trusted.filter(email=sender).count() if sender else 0
    return from_one >= TRUSTED_OF_ONE or trusted.count() >= TRUSTED_A_DAY


def _came_by(channel: str) -> QuerySet[IntakeRequest]:
    """What came by itself within a day."""
    since = timezone.now() - timedelta(days=1)
    return IntakeRequest.objects.filter(channel=channel, created_by=None, created_at__gte=since)
