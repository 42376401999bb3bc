"""Numbers such as K-7F3K-9Q (a case) and A-7F3K-9Q (a request): random, speakable, and wrong when mistyped.

Five random characters of Crockford's base 32 (no I, L, O, U) and a check character. The check is a weighted sum in
GF(32), so every single wrong character and every swap of two neighbours is noticed.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}"
CASE, REQUEST = "K", "A"
PATTERN, REQUEST_PATTERN = f"{CASE}-{SYMBOLS}", f"{REQUEST}-{SYMBOLS}"
_QUOTED = re.compile(rf"(?<![\w-]){REQUEST_PATTERN}(?![\w-])", re.IGNORECASE)
_LOOKALIKES = str.maketrans("ILO", "110")


def _double(value: int) -> int:
    """Multiply by x in GF(32) with the polynomial x⁵ + x² + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def check_character(body: str) -> str:
    """The sixth character for five others."""
    total = 0
    for character in body:
        total = _double(total ^ ALPHABET.index(character))
    return ALPHABET[total]


def new_number(prefix: str = CASE) -> str:
    """A fresh random number; the caller relies on the unique constraint for the rare repetition."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(5))
    symbols = body + check_character(body)
    return f"{prefix}-{symbols[:4]}-{symbols[4:]}"


def new_request_number() -> str:
    return new_number(REQUEST)


def quoted_requests(text: str) -> set[str]:
    """The numbers of requests that a text names, in capitals or not."""
    return {number for found in _QUOTED.findall(text) if (number := normalised(found, REQUEST))}


def normalised(text: str, prefix: str = CASE) -> str | None:
    """Read a number as people type it (`k7f3k9q`, `K-7F3K 9Q`, O for 0); None when it cannot be one."""
    symbols = re.sub(r"[\s.–-]", "", text.upper()).translate(_LOOKALIKES)
    if not re.fullmatch(f"{prefix}[{ALPHABET}]{{6}}", symbols) or check_character(symbols[1:6]) != symbols[6]:
        return None
    return f"{prefix}-{symbols[1:5]}-{symbols[5:]}"
