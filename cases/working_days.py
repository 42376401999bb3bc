"""How long somebody waits, in days and in working days of Nordrhein-Westfalen."""

from datetime import date, timedelta
from functools import lru_cache

import holidays


@lru_cache(maxsize=32)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DE", subdiv="NW", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday without the public holidays of Nordrhein-Westfalen; 24 and 31 December are working days."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def working_days_between(first: date, last: date, most: int = 30) -> int:
    """Working days after the first day up to and with the last; counting stops at `most`."""
    count, day = 0, first
    while day < last and count < most:
        day += timedelta(days=1)
        count += is_working_day(day)
    return count


def arrival_of_waiting_longer(working_days: int, today: date) -> date:
    """Whoever came on this day or before has waited for more than so many working days."""
    count, day = 0, today
    while count <= working_days:
        count += is_working_day(day)
        day -= timedelta(days=1)
    return day


def months_before(day: date, months: int) -> date:
    """The same day some months earlier, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(day)
