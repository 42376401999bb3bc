"""How often something open to everybody may be asked within an hour."""

from __future__ import annotations

from time import time
from typing import Final

from django.core.cache import cache
from django.http import HttpResponse

HOUR: Final = 3600


def is_called_too_often(key: str, most: int) -> bool:
    """Within this hour of the clock. Not by incr(): a cache in the database then forgets how long the count lives."""
    place = f"{key}:{int(time()) // HOUR}"
    calls = cache.get(place, 0) + 1
    cache.set(place, calls, HOUR)
    return bool(calls > most)


def later() -> HttpResponse:
    return HttpResponse(status=429, headers={"Retry-After": str(HOUR)})
