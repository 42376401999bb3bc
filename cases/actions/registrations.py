"""Requests from the public form: the same way as every other, and a flood of them hides none that is real."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from cases.actions.requests import enter_request
from cases.forms.requests import OFFICE
from cases.models import IntakeRequest
from districts.models import Topic

TRUSTED_AN_HOUR, TRUSTED_A_DAY = 40, 100  # more than Köln ever sends; beyond, a request is taken for spam
SUSPECT_A_DAY = 200  # and beyond that, none is taken at all


class TooManyRequests(Exception):
    """More came in than anybody could read."""


def register(request: IntakeRequest, *, topics: Iterable[Topic], is_doubtful: bool) -> IntakeRequest:
    """Take in a request; one that is doubtful, or one too many, as perhaps spam. Raises TooManyRequests."""
    request.is_suspect = is_doubtful or _is_flooded(is_suspect=False, most=TRUSTED_A_DAY)
    request.is_suspect = request.is_suspect or _is_flooded(is_suspect=False, most=TRUSTED_AN_HOUR, hours=1)
    if request.is_suspect and _is_flooded(is_suspect=True, most=SUSPECT_A_DAY):
        raise TooManyRequests
    return enter_request(request, topics=topics, destination=OFFICE, by=None)


def _is_flooded(*, is_suspect: bool, most: int, hours: int = 24) -> bool:
    since = timezone.now() - timedelta(hours=hours)
    rows = IntakeRequest.objects.filter(channel=IntakeRequest.Channel.FORM, created_by=None, created_at__gte=since)
    return rows.filter(is_suspect=is_suspect).count() >= most
