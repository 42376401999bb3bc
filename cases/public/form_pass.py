"""What the public form brings along instead of a session: which form it is and since when, signed."""

import json
import time
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import signing

SALT, RECEIPT_SALT = "registration", "registration.receipt"
HASTY_SECONDS = 3  # nobody reads and fills it in faster
LIFE_SECONDS = RECEIPT_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class FormPass:
    key: uuid.UUID
    issued: int  # seconds since 1970

    @classmethod
    def new(cls, *, seconds_ago=0):
        return cls(uuid.uuid4(), int(time.time()) - seconds_ago)

    @classmethod
    def read(cls, text):
        """None for one that we have not signed."""
        try:
            key, issued = signing.loads(text, salt=SALT)
        except signing.BadSignature:
            return None
        return cls(uuid.UUID(key), issued)

    def __str__(self):
        return signing.dumps([self.key.hex, self.issued], salt=SALT)

    @property
    def is_hasty(self):
        return time.time() - self.issued < HASTY_SECONDS

    @property
    def is_over(self):
        return time.time() - self.issued > LIFE_SECONDS

    def form_key(self, said):
        """The same for the same words on the same form: sent twice it is one request, corrected it is another."""
        return uuid.uuid5(self.key, json.dumps(said, sort_keys=True))


def receipt_for(number):
    return signing.dumps(number, salt=RECEIPT_SALT)


def number_on(receipt):
    """None for one that is not ours, or too old."""
    try:
        return signing.loads(receipt, salt=RECEIPT_SALT, max_age=RECEIPT_SECONDS)
    except signing.BadSignature:
        return None


def is_from_here(request):
    """Whether the form was sent from our own page; a browser that says nothing about it is believed."""
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    return not origin or urlsplit(origin).netloc == request.get_host()
