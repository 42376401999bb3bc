"""Logs without people: a database error repeats the row it refused, names included; an address may be a secret."""

import logging
import re
from typing import Any

_ROW = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)
_SECRET = re.compile(
    r"(?<=/kalender/)[\w-]+(?=\.ics)|(?<=/passwort/neu/)[\w-]+|(?<=[^\w]/b/)[\w-]+|(?<=/anmeldung/danke/)[\w:-]+"
)


class PrivateFormatter(logging.Formatter):
    """Leaves out what PostgreSQL quotes of a row, and addresses that open something without a login.

    The exception, the constraint and the place in the code stay.
    """

    def format(self, record: logging.LogRecord) -> str:
        return _SECRET.sub("(left out)", super().format(record))

    def formatException(self, ei: Any) -> str:
        return _ROW.sub(r"\1: (left out)", super().formatException(ei))
