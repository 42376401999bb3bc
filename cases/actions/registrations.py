"""Requests from the public form and the mailbox: a flood of them hides none that is real."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from cases.actions.requests import enter_request
from cases.forms.requests import OFFICE
from cases.models import FormSource, IntakeRequest, Suspicion
from districts.models import Topic

TRUSTED_AN_HOUR, TRUSTED_A_DAY = 40, 100  # more than Köln ever sends; beyond, a request is taken for spam
TRUSTED_OF_ONE_SOURCE = 20  # forms from one place in the net a day; a shelter or a school shares one address
TRUSTED_OF_ONE = 10  # new requests by mail from one address a day; an office that helps many may write several
TRUSTED_OF_ONE_TEXT = 3  # the same words a day; a group that is helped may copy a short sentence
LONG_TEXT, COMPARED = 60, 300  # characters of a text that counts; how many of the last ones are opened to compare
SUSPECT_A_DAY = 2000  # and beyond that, none is taken at all


class TooManyRequests(Exception):
    """More came in than anybody could read."""


def register(request: IntakeRequest, *, topics: Iterable[Topic], address: str, looks_like: str = "") -> IntakeRequest:
    """Take in a request of the form; one that is doubtful, or one too many, as perhaps spam. Raises TooManyRequests.

    `address` in the net is counted and forgotten, `looks_like` is the Suspicion the form itself has raised.
    """
    from_there = FormSource.note(address)
    forms = _came_by(IntakeRequest.Channel.FORM)
    _suspect(request, looks_like or _too_many(from_there, TRUSTED_OF_ONE_SOURCE, request, forms) or _flood(forms))
    if request.is_suspect and forms.filter(is_suspect=True).count() >= SUSPECT_A_DAY:
        raise TooManyRequests
    return enter_request(request, topics=topics, destination=OFFICE, by=None)


def look_at_mail(request: IntakeRequest, *, is_forged: bool) -> None:
    """Mark a request by mail that may be spam. None is turned away.

    Not by the hour: what came in while the mailbox was out of reach comes at once.
    """
    mails = _came_by(IntakeRequest.Channel.MAIL)
    trusted = mails.filter(is_suspect=False)  # what is forged uses up nothing of whom it names
    from_there = trusted.filter(email=request.email).count() if request.email else 0
    forged = Suspicion.FORGED if is_forged else ""
    _suspect(request, forged or _too_many(from_there, TRUSTED_OF_ONE, request, mails) or _flood_of_a_day(trusted))


def _suspect(request: IntakeRequest, suspicion: str) -> None:
    request.suspicion, request.is_suspect = suspicion, bool(suspicion)


def _too_many(from_there: int, trusted: int, request: IntakeRequest, others: QuerySet[IntakeRequest]) -> str:
    """Of one source, or of one text."""
    if from_there >= trusted:
        return Suspicion.ONE_SOURCE
    return Suspicion.REPEATED if _is_repeated(request.message, others) else ""


def _flood(forms: QuerySet[IntakeRequest]) -> str:
    trusted = forms.filter(is_suspect=False)
    of_this_hour = trusted.filter(created_at__gte=timezone.now() - timedelta(hours=1))
    return _flood_of_a_day(trusted) or (Suspicion.FLOOD if of_this_hour.count() >= TRUSTED_AN_HOUR else "")


def _flood_of_a_day(trusted: QuerySet[IntakeRequest]) -> str:
    return Suspicion.FLOOD if trusted.count() >= TRUSTED_A_DAY else ""


def _is_repeated(text: str, others: QuerySet[IntakeRequest]) -> bool:
    """Whether the same long text came several times already. Stored texts are encrypted, so they are opened for it."""
    text = _bare(text)
    if len(text) < LONG_TEXT:
        return False
    latest = others.order_by("-created_at").values_list("message", flat=True)[:COMPARED]
    return sum(_bare(each) == text for each in latest) >= TRUSTED_OF_ONE_TEXT


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold()


def _came_by(channel: str) -> QuerySet[IntakeRequest]:
    """What came by itself within a day."""
    since = timezone.now() - timedelta(days=1)
    return IntakeRequest.objects.filter(channel=channel, created_by=None, created_at__gte=since)
