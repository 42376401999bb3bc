"""Logs without people: a database error repeats the row it refused, names included."""

import logging
import re
from typing import Any

_ROW = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)


class PrivateFormatter(logging.Formatter):
    """Leaves out what PostgreSQL quotes of a row; the exception, the constraint and the place in the code stay."""

    def formatException(self, ei: Any) -> str:
        return _ROW.sub(r"\1: (left out)", super().formatException(ei))
