"""When people come: working days, quieter in summer and at Christmas, a little more every month."""

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from itertools import accumulate
from random import Random

import holidays

SEASON = {1: 1.1, 2: 1.05, 3: 1.0, 4: 0.95, 5: 1.0, 6: 0.95, 7: 0.75, 8: 0.7, 9: 1.2, 10: 1.15, 11: 1.15, 12: 0.65}
PERIOD = timedelta(days=730)
GROWTH = 0.35  # busier at the end of the period than at its beginning


class Calendar:
    def __init__(self, rng: Random, today: date) -> None:
        self.rng, self.today, self.start = rng, today, today - PERIOD
        closed = holidays.country_holidays("DE", subdiv="NW", years=range(self.start.year, today.year + 2))
        days = (self.start + timedelta(days=number) for number in range(PERIOD.days + 1))
        self.days = [day for day in days if day.weekday() < 5 and day not in closed]
        self._closed = closed
        self._sums = [0.0, *accumulate(SEASON[day.month] * (1 + GROWTH * self.share(day)) for day in self.days)]

    def share(self, day: date) -> float:
        """How far into the period a day lies: 0 at its beginning, 1 today."""
        return (day - self.start) / PERIOD

    def between(self, first: date, last: date) -> date:
        """A working day, the first and the last included; the first itself if there is none."""
        low, high = bisect_left(self.days, first), bisect_right(self.days, last)
        if low >= high:
            return first
        drawn = self._sums[low] + self.rng.random() * (self._sums[high] - self._sums[low])
        return self.days[min(bisect_right(self._sums, drawn) - 1, high - 1)]

    def ahead(self, days: int) -> date:
        """The first working day so many days from today on."""
        day = self.today + timedelta(days=days)
        while day.weekday() >= 5 or day in self._closed:
            day += timedelta(days=1)
        return day
