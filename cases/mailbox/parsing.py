"""A mail taken apart. Whatever arrives is read as far as possible; nothing here raises for what a sender wrote."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr

from django.core.exceptions import ValidationError

from cases.mailbox.cleaning import one_line, own_and_quoted, shortened, text_of_html, tidy
from cases.mailbox.headers import SHORT_HEADERS, decoded, decoded_bytes, each_header, header
from cases.mailbox.kinds import Kind, is_forged, kind_of
from kim.web.forms import WorldEmailValidator

READ_WHOLE = 10 * 1024 * 1024  # bytes; of a larger mail the beginning is read
BEGINNING = 1024 * 1024
MOST_PARTS = 200
MOST_LINES = 250_000  # twice what the largest mail has that is read
MOST_ATTACHMENTS = 50
LONGEST_NAME, LONGEST_SUBJECT, LONGEST_FILE_NAME, LONGEST_ADDRESS = 200, 200, 120, 254
MOST_REFERENCES = 100

_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f-\U0010ffff]{1,250}>")
_NAMED = re.compile(r"(.*)<([^<>\s]+)>")
_DELIMITER = b"\n--"
_is_address = WorldEmailValidator()


@dataclass(frozen=True)
class Attachment:
    name: str
    size: int


@dataclass(frozen=True)
class Mail:
    """What is kept of a mail. `key` is the same for the same mail, however often it is delivered."""

    key: str
    kind: Kind
    message_id: str
    references: tuple[str, ...]  # the mails it answers, of a bounce the mail that came back
    sender: str  # "" where nobody could be answered
    name: str
    subject: str
    text: str
    quoted: str
    attachments: tuple[Attachment, ...]
    is_shortened: bool
    is_forged: bool  # the mail server says that the address is not the sender's


def read(raw: bytes, *, own_addresses: frozenset[str], is_cut: bool = False) -> Mail:
    """`is_cut`: only the beginning of the mail was fetched."""
    limited = _limited(raw)
    message = _parsed(limited)
    text, attachments = _contents(message)
    own, quoted = own_and_quoted(text)
    own, is_long = shortened(own)
    quoted, is_long_quote = shortened(quoted)
    name, sender = _sender(message)
    kind = kind_of(message, sender=sender, own_addresses=own_addresses, has_text=bool(own))
    ids = _ID.findall(header(message, "Message-ID"))
    return Mail(
        key=_key(message, raw),
        kind=kind,
        message_id=ids[0] if ids else "",
        references=_references(message, kind, limited),
        sender=sender,
        name=name,
        subject=one_line(decoded(header(message, "Subject")), LONGEST_SUBJECT),
        text=own,
        quoted=quoted,
        attachments=attachments,
        is_shortened=is_long or is_long_quote or is_cut or len(limited) < len(raw),
        is_forged=is_forged(message),
    )


def _limited(raw: bytes) -> bytes:
    """Up to where the number of parts and of lines is still one that people send: the parser asks of each line
    whether it ends one of the parts around it."""
    *_lines, rest = raw.split(b"\n", MOST_LINES)
    raw = raw[: len(raw) - len(rest)] if len(_lines) == MOST_LINES else raw
    place = -1
    for _number in range(MOST_PARTS * 10):
        place = raw.find(_DELIMITER, place + 1)
        if place < 0:
            return raw
    return raw[:place]


def _parsed(raw: bytes) -> Message:
    parser = BytesParser(policy=SHORT_HEADERS)
    try:
        return parser.parsebytes(raw)
    except (RecursionError, ValueError, LookupError):  # parts nested beyond all sense
        return parser.parsebytes(raw, headersonly=True)


def _key(message: Message, raw: bytes) -> str:
    """From what the sender wrote, not from what servers on the way added."""
    headers = [header(message, name) for name in ("Message-ID", "Date", "From", "Subject")]
    end = re.search(rb"\r?\n\r?\n", raw)
    digest = hashlib.sha256("\0".join(headers).encode())
    digest.update(raw[end.end() :][:BEGINNING] if end else b"")
    return digest.hexdigest()


# --- Headers


def _sender(message: Message) -> tuple[str, str]:
    """Name and address. Without a name the part before the @, which is what people call themselves."""
    line = header(message, "From")
    found = _NAMED.fullmatch(line)
    try:
        name, address = (found[1].strip(' "'), found[2]) if found else parseaddr(line)
    except RecursionError:  # brackets within brackets
        name, address = "", ""
    name = one_line(decoded(name), LONGEST_NAME)
    if not name or "@" in name:  # an address as a name would pass itself off as the sender
        name = one_line(address.partition("@")[0], LONGEST_NAME)
    try:
        _is_address(address)
    except ValidationError:
        return name, ""
    return name, address.lower() if len(address) <= LONGEST_ADDRESS else ""


def _references(message: Message, kind: Kind, raw: bytes) -> tuple[str, ...]:
    found = _ID.findall(header(message, "In-Reply-To"))
    found += [each for line in each_header(message, "References") for each in _ID.findall(line)]
    if kind is Kind.BOUNCE:  # the mail that came back is quoted with its headers
        returned = raw[:BEGINNING].decode("latin-1")
        found += _ID.findall("".join(re.findall(r"(?im)^message-id:\s*(<[^<>\s]{1,250}>)", returned)[:MOST_REFERENCES]))
    own = _ID.findall(header(message, "Message-ID"))
    return tuple(dict.fromkeys(each for each in found if each not in own))[-MOST_REFERENCES:]


# --- The body


def _contents(message: Message) -> tuple[str, tuple[Attachment, ...]]:
    plain: list[str] = []
    markup: list[str] = []
    attachments: list[Attachment] = []
    for part in _parts(message):
        kind = part.get_content_type()
        name = _file_name(part)
        if kind in ("text/plain", "text/html") and not name and part.get_content_disposition() != "attachment":
            (plain if kind == "text/plain" else markup).append(_text(part))
        elif name or part.get_content_disposition() == "attachment":
            attachments.append(Attachment(name or one_line(kind, LONGEST_FILE_NAME), _size(part)))
    text = tidy("\n".join(plain))
    if not text:
        text = tidy("\n".join(text_of_html(each) for each in markup))
    return text, tuple(attachments[:MOST_ATTACHMENTS])


def _parts(message: Message) -> Iterator[Message]:
    """The leaves, in their order; a mail inside a mail is one of them."""
    waiting = [message]
    for _number in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        inside = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting += reversed([each for each in inside if isinstance(each, Message)])
        else:
            yield part


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    return decoded_bytes(data, part.get_content_charset())


def _file_name(part: Message) -> str:
    try:
        name = decoded(part.get_filename() or "")
    except (ValueError, LookupError, TypeError):
        name = "?"
    if not name and part.get_content_type() == "message/rfc822":
        name = "E-Mail"
    return one_line(re.sub(r".*[/\\]", "", name[:1000]), LONGEST_FILE_NAME)


def _size(part: Message) -> int:
    if part.is_multipart():
        try:
            return len(part.as_bytes())
        except (RecursionError, ValueError, LookupError):  # it can be read and not be written again
            return 0
    data = part.get_payload(decode=True)
    return len(data) if isinstance(data, bytes) else 0
