"""What belongs to the report of a period.

Late entries. A record counts in a period if its day is in it and it was entered by the cut-off of the period. Entered
later, it counts in the period after: if its day is in the quarter directly before, and it was entered after that
quarter's cut-off and by the own one. What is older than that counts in stocks only. Protected tracks are left out,
also what was recorded before a case came to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from districts.models import Track
from reports.periods import Period, Quarter
from reports.queries.common import persons


def midnight_after(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


@dataclass(frozen=True)
class Frame:
    """One period, the protected tracks, and who is the same person as whom."""

    period: Period
    protected: frozenset[int]
    person_of: Mapping[int, int]

    @classmethod
    def of(cls, period: Period) -> Frame:
        protected = Track.objects.filter(is_protected=True).values_list("pk", flat=True)
        return cls(period, frozenset(protected), persons())

    def person(self, client: int) -> int:
        return self.person_of.get(client, client)

    # --- What counts

    @cached_property
    def before(self) -> Quarter:
        """The quarter directly before."""
        return Quarter.of(self.period.start).shifted(-1)

    def known(self) -> Q:
        """Entered by the cut-off."""
        return Q(created_at__lt=midnight_after(self.period.cut_off))

    def is_late(self, day: str) -> Q:
        """Of the quarter before, entered after its cut-off and by the own one."""
        of_before = Q(**{f"{day}__range": (self.before.start, self.before.end)})
        return of_before & Q(created_at__gte=midnight_after(self.before.cut_off)) & self.known()

    def within(self, day: str) -> Q:
        return Q(**{f"{day}__range": (self.period.start, self.period.end)})

    def counts(self, day: str) -> Q:
        return (self.within(day) & self.known()) | self.is_late(day)

    def unprotected(self, *tracks: str) -> Q:
        """None of these tracks is a protected one; a record without a case has no track of a case."""
        allowed = Q()
        for track in tracks:
            allowed &= Q(**{f"{track}__isnull": True}) | ~Q(**{f"{track}__in": self.protected})
        return allowed
