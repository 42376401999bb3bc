"""Answers by mail: written into the outbox with the step they are, sent after that, and never twice."""

import logging
import uuid
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions.mailbox import tell_about_failure
from cases.actions.requests import note_answer, note_first_contact
from cases.mailbox.writing import isolated, subject
from cases.models import IntakeRequest, RequestMessage
from cases.models.request_message import RETRIED_FOR
from kim.records import NOT_YOUR_FORM
from kim.users.models import User

logger = logging.getLogger(__name__)

State = RequestMessage.State
QUIET = {"X-Auto-Response-Suppress": "OOF, AutoReply"}


def is_discreet(request: IntakeRequest) -> bool:
    """Whether not even the sender may say who answers: the person has asked for it, or the wish is protected."""
    return request.neutral_subject or request.is_protected


def can_be_answered(request: IntakeRequest) -> bool:
    return bool(request.email and settings.MAILBOX_ADDRESS)


def subject_for(request: IntakeRequest, language: str) -> str:
    return subject(language, is_neutral=is_discreet(request))


def sender_for(request: IntakeRequest) -> str:
    return settings.MAILBOX_ADDRESS if is_discreet(request) else f"KIM Köln <{settings.MAILBOX_ADDRESS}>"


def answer_request(
    request: IntakeRequest, *, text: str, language: str, form_key: uuid.UUID, is_first_contact: bool, by: User
) -> RequestMessage:
    """Put an answer into the outbox once, however often its form is sent, and send it when that is certain.

    Raises what a step raises, and ValidationError where there is nobody to write to.
    """
    if not can_be_answered(request):
        raise ValidationError(_("Für diese Anfrage gibt es keinen Weg per E-Mail."))
    message = RequestMessage(
        request=request,
        direction=RequestMessage.Direction.OUT,
        state=State.QUEUED,
        form_key=form_key,
        address=request.email,
        subject=subject_for(request, language),
        text=text,
        language=language,
        message_id=f"<{uuid.uuid4()}@{settings.MAILBOX_ADDRESS.rpartition('@')[2]}>",
        in_reply_to=_last_received(request),
        created_by=by,
    )
    try:
        with transaction.atomic():
            message.save(force_insert=True)
            note_answer(request, by=by)
            if is_first_contact:
                note_first_contact(request, by=by)
            transaction.on_commit(lambda: deliver(message))
            return message
    except IntegrityError:
        first = message.first_result(by)
        if first is None or first.request_id != request.pk:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first


def _last_received(request: IntakeRequest) -> str:
    received = request.messages.filter(direction=RequestMessage.Direction.IN).first()
    return received.message_id if received else ""


# --- On the way


def deliver(message: RequestMessage) -> str:
    """Send what waits, and return the state it is in then.

    What certainly did not go out is tried again or has failed; where the server fell silent after it had the text,
    nobody knows, and it stays for somebody to look at.
    """
    if not RequestMessage.objects.claim(message.pk):
        return message.state
    after = _sent(message)
    if after == State.QUEUED and timezone.now() - message.created_at > RETRIED_FOR:
        after = State.FAILED
    with transaction.atomic():
        RequestMessage.objects.settle(message.pk, [State.SENDING], after)
        if after in RequestMessage.FAILURES:
            tell_about_failure(message)
    return after


def _sent(message: RequestMessage) -> str:
    """Tries once. Logs which message, never to whom."""
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException):
        logger.exception("The mail server did not take message %s; it is tried again.", message.pk)
        return State.QUEUED
    try:
        _email(message, connection).send()
        return State.SENT
    except (SMTPResponseException, SMTPRecipientsRefused) as refusal:
        logger.warning("The mail server refused message %s with %s.", message.pk, _code_of(refusal))
        return State.QUEUED if 400 <= _code_of(refusal) < 500 else State.FAILED
    except Exception:
        logger.exception("Nobody knows whether message %s went out.", message.pk)
        return State.UNCERTAIN
    finally:
        _hang_up(connection)


def _code_of(refusal: SMTPResponseException | SMTPRecipientsRefused) -> int:
    if isinstance(refusal, SMTPRecipientsRefused):
        return max(code for code, _words in refusal.recipients.values())
    return int(refusal.smtp_code)


def _email(message: RequestMessage, connection: BaseEmailBackend) -> EmailMessage:
    headers = {"Message-ID": message.message_id, **QUIET}
    if message.in_reply_to:
        headers |= {"In-Reply-To": message.in_reply_to, "References": message.in_reply_to}
    return EmailMessage(
        message.subject,
        isolated(message.text, message.language) + "\n",
        sender_for(message.request),
        [message.address],
        headers=headers,
        connection=connection,
    )


def _hang_up(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, SMTPException):  # it has the mail; how it says goodbye does not matter
        logger.info("The mail server did not say goodbye.")


def deliver_due() -> tuple[int, int]:
    """Try again what waits, and own up to what a killed process may have sent; how many went out, how many did not."""
    for message in RequestMessage.objects.stuck().select_related("request__provider", "created_by"):
        with transaction.atomic():
            if RequestMessage.objects.settle(message.pk, [State.SENDING], State.UNCERTAIN):
                tell_about_failure(message)
    due = RequestMessage.objects.due().select_related("request__track", "request__provider", "created_by")
    states = [deliver(message) for message in due.order_by("pk")]
    sent = states.count(State.SENT)
    return sent, len(states) - sent
