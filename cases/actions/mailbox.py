"""Mail that comes in: each becomes a request, a message to one, or is only filed; exactly once, whatever happens."""

import logging
import re
from collections import Counter
from collections.abc import Iterable
from imaplib import IMAP4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from imap_tools import MailboxCopyError, MailboxFolderCreateError, MailboxMoveError

from cases.actions.notices import notify
from cases.actions.registrations import look_at_mail
from cases.actions.requests import enter_request, keepers_of, page_of
from cases.candidates import deputies_of, matching_staff
from cases.forms.requests import OFFICE
from cases.mailbox.cleaning import shortened
from cases.mailbox.kinds import Kind
from cases.mailbox.parsing import Mail, read
from cases.mailbox.server import Folder, Server
from cases.models import IntakeRequest, MailReceipt, Notice, RequestMessage
from cases.numbers import REQUEST_PATTERN
from kim.audit.models import record

logger = logging.getLogger(__name__)

Outcome = MailReceipt.Outcome
Direction, State = RequestMessage.Direction, RequestMessage.State
FOLDERS = {
    Outcome.REQUEST: Folder.DONE,
    Outcome.REPLY: Folder.DONE,
    Outcome.SURPLUS: Folder.SURPLUS,
    Outcome.BOUNCE: Folder.AUTOMATIC,
    Outcome.AUTOMATIC: Folder.AUTOMATIC,
}
NOT_FILED = (MailboxMoveError, MailboxCopyError, MailboxFolderCreateError)
ON_THE_WAY = (State.SENDING, State.SENT, State.UNCERTAIN)
MOST_NUMBERS = 20
REPLIES_A_DAY = 20  # to one request: more than anybody who needs help writes, and as many as somebody reads
READ_WITH = (
    "case__case_manager__user",
    "case__track",
    "case_manager__user",
    "provider",
    "track",
)  # what is asked of a request


def own_addresses() -> frozenset[str]:
    return frozenset({settings.MAILBOX_ADDRESS.lower(), settings.DEFAULT_FROM_EMAIL.lower()} - {""})


def fetch_mails(server: Server) -> Counter[str]:
    """Deal with all that waits, one mail after the other; what fails stays where it is, and the others go on.

    A mail is stored with its receipt in one transaction and moved afterwards. Killed in between, the next run finds
    the receipt and only moves it. Counts by outcome, and "failed" and "unfiled".
    """
    counts: Counter[str] = Counter()
    for uid in server.waiting():
        try:
            outcome = _deal_with(server, uid, counts)
        except (IMAP4.abort, OSError):  # the connection is gone, and with it all others
            raise
        except Exception:
            logger.exception("Mail %s in the mailbox could not be stored.", uid)
            counts["failed"] += 1
            continue
        if outcome is not None:
            _file(server, uid, FOLDERS[outcome], counts)
    return counts


def _deal_with(server: Server, uid: str, counts: Counter[str]) -> Outcome | None:
    place = server.place_of(uid)
    if receipt := MailReceipt.objects.seen_again(place):
        return Outcome(receipt.outcome)
    found = server.fetch(uid)
    if found is None:
        return None
    raw, is_cut = found
    mail = read(raw, own_addresses=own_addresses(), is_cut=is_cut)
    outcome, is_new = receive(mail, place)
    counts[outcome] += is_new
    return outcome


def _file(server: Server, uid: str, folder: str, counts: Counter[str]) -> None:
    try:
        server.file(uid, folder)
    except NOT_FILED:
        logger.exception("Mail %s is stored, but could not be moved; the next run tries again.", uid)
        counts["unfiled"] += 1


def receive(mail: Mail, place: str) -> tuple[Outcome, bool]:
    """What became of a mail, and whether by this call. The receipt decides: of two runs one can write it."""
    try:
        with transaction.atomic():
            request = _request_of(mail) if mail.kind is Kind.PERSON else None
            outcome = _outcome_of(mail, request)
            MailReceipt.objects.create(key=mail.key, place=place, outcome=outcome)
            if outcome == Outcome.BOUNCE:
                _note_bounce(mail)
            elif outcome == Outcome.REPLY and request is not None:
                _attach(mail, request)
            elif outcome == Outcome.SURPLUS and request is not None:
                IntakeRequest.objects.filter(pk=request.pk).update(mails_left_out=F("mails_left_out") + 1)
            elif outcome == Outcome.REQUEST:
                _enter(mail)
            return outcome, True
    except IntegrityError:
        first = MailReceipt.objects.filter(key=mail.key).first()
        if first is None:
            raise
        return Outcome(first.outcome), False


def _outcome_of(mail: Mail, request: IntakeRequest | None) -> Outcome:
    if request is not None:
        return Outcome.SURPLUS if _is_one_too_many(mail, request) else Outcome.REPLY
    if mail.kind is Kind.PERSON:
        return Outcome.REQUEST
    return Outcome.BOUNCE if mail.kind is Kind.BOUNCE else Outcome.AUTOMATIC


# --- Where it belongs


def _request_of(mail: Mail) -> IntakeRequest | None:
    """The request a mail is about, if it may add to it.

    It must answer one of our own mails, whose Message-ID nobody guesses. From the address of the request it may also
    answer an earlier mail from there or give the number. A stranger who guesses a number begins a new request.
    """
    for message in _answered_by(mail):
        if (message.is_answer or _is_from(mail, message.request)) and _takes_mail(message.request):
            return message.request
    return next((each for each in _named_in(mail) if _is_from(mail, each) and _takes_mail(each)), None)


def _answered_by(mail: Mail) -> Iterable[RequestMessage]:
    if not mail.references:
        return []
    return RequestMessage.objects.answering(mail.references).select_related(*(f"request__{name}" for name in READ_WITH))


def _named_in(mail: Mail) -> Iterable[IntakeRequest]:
    numbers = set(re.findall(REQUEST_PATTERN, f"{mail.subject}\n{mail.text}\n{mail.quoted}")[:MOST_NUMBERS])
    return IntakeRequest.objects.filter(number__in=numbers).select_related(*READ_WITH) if numbers else []


def _is_from(mail: Mail, request: IntakeRequest) -> bool:
    return _is_address_of(request, mail.sender, is_forged=mail.is_forged)


def _is_address_of(request: IntakeRequest, address: str, *, is_forged: bool) -> bool:
    return bool(address) and not is_forged and address == request.email.lower()


def _is_one_too_many(mail: Mail, request: IntakeRequest) -> bool:
    """Counted apart for the address of the request and all others together: nobody else uses up what the person has."""
    came = request.messages.came_within_a_day().only("address", "is_forged", "request")
    is_own = _is_from(mail, request)
    alike = [each for each in came if _is_address_of(request, each.address, is_forged=each.is_forged) == is_own]
    return len(alike) >= REPLIES_A_DAY


def _takes_mail(request: IntakeRequest) -> bool:
    """Whether somebody would read it there. Who was sent away or whose case has ended asks anew."""
    if request.case is not None:
        return request.case.closed_on is None
    return request.is_open or request.status == IntakeRequest.Status.UNREACHABLE


def _tell_readers(request: IntakeRequest) -> None:
    """Who has the case or the request and who stands in, and where nobody has accepted it, whoever it fits.

    The lead where the account of who has it has ended: nobody else sees it until they give it to somebody. A deputy
    hears of nothing protected. The office hears that there is news about a request in its queue, and reads none of it.
    """
    arrived = Notice.Kind.REPLY_ARRIVED
    if request.case is not None:
        keeper = request.case.case_manager
        standing_in = [] if request.case.track.is_protected else deputies_of(keeper)
        notify([keeper.user, *standing_in], arrived, path=page_of(request), case=request.case)
    elif request.case_manager is not None:
        keepers, page = keepers_of(request)
        notify(keepers, arrived, path=page)
        if not request.is_protected:
            notify(deputies_of(request.case_manager), arrived, path=page_of(request))
    elif request.provider is not None:
        notify(matching_staff(request), arrived, path=page_of(request))
    elif not request.is_suspect:
        keepers, page = keepers_of(request)
        notify(keepers, arrived, path=page)


# --- What it makes


def _enter(mail: Mail) -> None:
    """A new request for the coordinating office, which sees that it is there and not what it says."""
    message, is_cut = shortened("\n\n".join(filter(None, (mail.subject, mail.text))))
    request = IntakeRequest(
        source=IntakeRequest.Source.UNKNOWN,
        channel=IntakeRequest.Channel.MAIL,
        has_agreed=False,
        name=mail.name,
        email=mail.sender,
        message=message,
    )
    look_at_mail(request, is_forged=mail.is_forged)
    enter_request(request, topics=[], destination=OFFICE, by=None)
    _message(mail, request, text="", is_shortened=mail.is_shortened or is_cut).save()


def _attach(mail: Mail, request: IntakeRequest) -> None:
    _message(mail, request, text=mail.text, is_shortened=mail.is_shortened).save()
    stored = IntakeRequest.objects.filter(pk=request.pk)
    stored.update(last_action_at=timezone.now(), has_news=True)
    stored.heard_of_again()
    _tell_readers(request)
    record("request.mail_received", by=None, subject=request)
    if stored.reached():
        record("request.reopened", by=None, subject=request)


def _message(mail: Mail, request: IntakeRequest, *, text: str, is_shortened: bool) -> RequestMessage:
    return RequestMessage(
        request=request,
        direction=Direction.IN,
        state=State.RECEIVED,
        address=mail.sender,
        subject=mail.subject,
        text=text,
        quoted=mail.quoted,
        attachment_list="\n".join(f"{each.size} {each.name}" for each in mail.attachments),
        is_shortened=is_shortened,
        is_forged=mail.is_forged,
        message_id=mail.message_id,
    )


def _note_bounce(mail: Mail) -> None:
    """A mail of ours came back: whoever wrote it reads that."""
    returned = RequestMessage.objects.sent_by_us().answering(mail.references).select_related("request", "created_by")
    message = returned.first()
    if message and RequestMessage.objects.settle(message.pk, ON_THE_WAY, State.BOUNCED):
        tell_about_failure(message)


def tell_about_failure(message: RequestMessage) -> None:
    """Called inside the transaction that notes it."""
    if message.created_by is not None:
        notify([message.created_by], Notice.Kind.ANSWER_FAILED, path=page_of(message.request))
    record("request.answer_failed", by=None, subject=message.request)


@transaction.atomic
def forget_receipts() -> None:
    """Ninety days after the mail was last seen in its place; until then it would be known again."""
    deleted, _by_model = MailReceipt.objects.expired().delete()
    if deleted:
        record("mails.forgotten", by=None, count=deleted)
