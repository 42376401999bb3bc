"""Where everything random comes from: the same seed and the same day give the same city."""

import uuid
from datetime import date, datetime, time
from random import Random

from django.utils import timezone

from cases.demo.calendar import Calendar
from cases.numbers import ALPHABET, CASE, check_character


class Draws:
    def __init__(self, rng: Random, today: date) -> None:
        self.rng, self.today = rng, today
        self.calendar = Calendar(rng, today)
        self.zone = timezone.get_current_timezone()
        self.used_numbers: set[str] = set()

    def uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def number(self, prefix: str = CASE) -> str:
        while True:
            body = "".join(self.rng.choices(ALPHABET, k=5))
            if body not in self.used_numbers:
                self.used_numbers.add(body)
                return f"{prefix}-{body[:4]}-{body[4]}{check_character(body)}"

    def at(self, day: date, hour: int | None = None) -> datetime:
        if hour is None:
            hour = self.rng.randrange(9, 18) if day < self.today else 8
        return datetime.combine(day, time(hour, self.rng.randrange(60), self.rng.randrange(60)), self.zone)

    def weighted(self, weights: dict[str, int]) -> str:
        return self.rng.choices(tuple(weights), tuple(weights.values()))[0]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def day(self, first: date, last: date) -> date:
        """A working day between two days, or the last one where they are the wrong way round."""
        return self.calendar.between(min(first, last), last)
