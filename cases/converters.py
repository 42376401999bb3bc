"""Numbers of cases and requests in URLs."""

from cases.numbers import PATTERN, REQUEST_PATTERN


class CaseNumberConverter:
    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


class RequestNumberConverter(CaseNumberConverter):
    regex = REQUEST_PATTERN
