"""Headers of a mail, as they were sent and as they read."""

import codecs
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32

LONGEST_HEADER = 2000
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})  # names of Python


class _ShortHeaders(Compat32):
    """The parameters of a header cost the square of its length, and a mail may bring one of ten megabytes."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: 5 * LONGEST_HEADER]


SHORT_HEADERS = _ShortHeaders()


def each_header(message: Message, name: str) -> Iterator[str]:
    """The headers of this name, each on one line; bytes beyond ASCII as UTF-8, which many send against the rules."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            data = str(value).encode("utf-8", "surrogateescape")
            yield re.sub(r"\s+", " ", decoded_bytes(data, None)).strip()


def header(message: Message, name: str) -> str:
    """The first of this name, "" without one."""
    return next(each_header(message, name), "")[:LONGEST_HEADER]


def decoded(value: str) -> str:
    """The words of a header (RFC 2047); what says it is encoded and is not stays as it is."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):  # broken base64
        return value
    return "".join(each if isinstance(each, str) else decoded_bytes(each, charset) for each, charset in pieces)


def decoded_bytes(data: bytes, charset: str | None) -> str:
    """In the charset it names; else, or where it does not fit, as UTF-8, else as Windows writes it."""
    for name in (charset or "utf-8", "utf-8"):
        try:
            if codecs.lookup(name).name not in _NO_CHARSETS:
                return data.decode(name)
        except (ValueError, LookupError):
            continue
    return data.decode("cp1252", "replace")
