"""A run that goes on past midnight stays on the day it began.

Tests reckon days when they are collected, in their factories and in their own lines, and take them for the same day.
"""

import os
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

BERLIN = ZoneInfo("Europe/Berlin")
SLOWER = 50  # the last ten minutes take eight hours; two rows written one after the other still differ
_now = timezone.now
_began = datetime.fromisoformat(os.environ.setdefault("TESTS_BEGAN_AT", _now().isoformat()))  # one for all workers
_late = datetime.combine(_began.astimezone(BERLIN), time(23, 50), BERLIN).astimezone(UTC)


def now() -> datetime:
    """The time; from ten minutes to midnight on it passes more slowly."""
    moment = _now()
    return moment if moment < _late else _late + (moment - _late) / SLOWER


def stay() -> None:
    """Before any model is loaded: fields keep the function that was there."""
    timezone.now = now
