"""Who wrote a mail: a person, or a machine whose mail must not become a request (RFC 3834, RFC 3464)."""

import re
from email.message import Message
from enum import StrEnum
from itertools import islice

from cases.mailbox.headers import LONGEST_HEADER, decoded, each_header, header


class Kind(StrEnum):
    PERSON = "person"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"  # a mail of ours did not arrive


_MACHINES = re.compile(r"(mailer-daemon|postmaster|mail-daemon|bounces?)\b", re.IGNORECASE)
_ABSENT = re.compile(
    r"\W*(abwesenheits(notiz|nachricht)|automatische (antwort|abwesenheit)|automatic reply|auto(matic)?[ -]?reply|"
    r"out of (the )?office|réponse automatique|respuesta automática|otomatik yanıt|автоответ|автоматический ответ)",
    re.IGNORECASE,
)
_ANOTHER_SENDER = re.compile(r"@[^\s<>,;@]+ *>? *[,;]|@[^\s<>@]+>[^<>]*<")
_BULK = {"bulk", "junk", "list", "auto_reply", "auto-reply"}


def kind_of(message: Message, *, sender: str, own_addresses: frozenset[str], has_text: bool) -> Kind:
    """A bounce is looked for first: it is automatic, too, and it is news for whoever wrote the mail that came back."""
    report = str(message.get_param("report-type") or "") if message.get_content_type() == "multipart/report" else ""
    if report.lower() == "delivery-status" or (not report and _is_from_a_mail_server(message)):
        return Kind.BOUNCE if _has_failed(message) else Kind.AUTOMATIC
    if report or sender in own_addresses or _says_so(message):
        return Kind.AUTOMATIC
    if not has_text and any(part.get_content_type() == "text/calendar" for part in _near(message)):
        return Kind.AUTOMATIC
    return Kind.PERSON


def _is_from_a_mail_server(message: Message) -> bool:
    return header(message, "Return-Path") == "<>" and bool(_MACHINES.search(header(message, "From")))


def _has_failed(message: Message) -> bool:
    """Not merely delayed. A report that does not say so (it is no proper one) counts as failed."""
    actions = [header(block, "Action").lower() for part in _near(message) for block in _blocks(part)]
    said = [action for action in actions if action]
    return "failed" in said or not said


def _blocks(part: Message) -> list[Message]:
    inside = part.get_payload()
    is_status = part.get_content_type() == "message/delivery-status" and isinstance(inside, list)
    return [each for each in inside if isinstance(each, Message)][:50] if is_status else []


def _says_so(message: Message) -> bool:
    submitted = header(message, "Auto-Submitted").lower() or "no"
    return (
        not submitted.startswith("no")
        or header(message, "Precedence").lower() in _BULK
        or any(header(message, name) for name in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond"))
        or bool(_ABSENT.match(decoded(header(message, "Subject"))))
        or bool(_MACHINES.match(header(message, "From").rpartition("<")[2]))
    )


def is_forged(message: Message) -> bool:
    """What the receiving server found out stands on top; a line that the sender put in can only accuse the sender.

    Without DMARC it is forged where the server may not send for that domain and no signature says otherwise. Of two
    senders nobody knows which of them the server has looked at (RFC 7489, section 6.6.1).
    """
    senders = list(islice(each_header(message, "From"), 2))
    found = [value.lower() for value in islice(each_header(message, "Authentication-Results"), 5)]
    return (
        len(senders) > 1
        or any(len(each) > LONGEST_HEADER for each in senders)  # only the beginning is read
        or any(_ANOTHER_SENDER.search(re.sub(r'"[^"]*"', "", each)) for each in senders)
        or any(re.search(r"\bdmarc ?= ?fail", value) for value in found)
        or _comes_from_elsewhere(found)
    )


def _comes_from_elsewhere(found: list[str]) -> bool:
    """Only what the receiving server signs with its name, which it takes out of what others bring (RFC 8601, 5)."""
    server = found[0].partition(";")[0] if found else ""
    own = " ".join(value for value in found if value.partition(";")[0] == server)
    return bool(re.search(r"\bspf ?= ?fail", own)) and not re.search(r"\b(dkim|dmarc) ?= ?pass", own)


def _near(message: Message) -> list[Message]:
    """The mail and what lies up to two envelopes inside."""
    found = [message]
    for part in found:
        inside = part.get_payload()
        if isinstance(inside, list) and len(found) < 50:
            found += [each for each in inside if isinstance(each, Message)]
    return found[:50]
