"""The own work of a case manager: exact and live, for nobody else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from cases.models import Case, Consultation
from cases.models.consultation import ConsultationQuerySet
from districts.models import CaseManager
from reports.periods import Month


@dataclass(frozen=True)
class OwnFigures:
    """Exact counts of one case manager's own work in a period; what is open is counted today."""

    open: int
    capacity: int
    new: int
    closed: int
    persons: int
    consultations: int
    minutes: int  # all of the three below
    direct_minutes: int
    indirect_minutes: int
    waiting_minutes: int
    preparation: tuple[int, int]  # entries with preparation or follow-up work, minutes
    open_by_level: dict[str, int]
    minutes_by_kind: dict[str, tuple[int, int]]  # entries, minutes
    persons_by_topic: dict[int, tuple[int, int]]  # persons, consultations
    by_month: dict[Month, int]  # consultations of this year and the year before


def own_figures(case_manager: CaseManager, first: date, last: date, today: date) -> OwnFigures:
    """The cases that are the case manager's now, also long closed ones, and every consultation held for them.

    Counts only, never content. Protected tracks are included: these are the case manager's own people. A talk with
    several people is an entry in each file, but its time passed once.
    """
    cases = Case.objects.owned_by(case_manager.user)
    counted = (
        cases.order_by()
        .values_list("service_level")
        .annotate(
            open=Count("pk", filter=Q(closed_on=None)),
            new=Count("pk", filter=Q(opened_on__range=(first, last))),
            closed=Count("pk", filter=Q(closed_on__range=(first, last))),
        )
    )
    flows = {level: flow for level, *flow in counted}
    still_open, new, closed = (sum(flow[place] for flow in flows.values()) for place in range(3))
    logged = Consultation.objects.filter(case_manager=case_manager, held_on__lte=today).order_by()
    period = logged.filter(held_on__range=(first, last))
    entries = dict(period.values_list("kind").annotate(Count("pk")))
    time = _own_time(period)
    by_kind = {kind: (number, time.by_kind.get(kind, 0)) for kind, number in entries.items()}
    return OwnFigures(
        open=still_open,
        capacity=case_manager.capacity,
        new=new,
        closed=closed,
        persons=period.counted().aggregate(n=Count("case__client", distinct=True))["n"],
        consultations=sum(by_kind.get(kind, (0, 0))[0] for kind in Consultation.WITH_PERSON),
        minutes=sum(time.by_kind.values()) + time.preparation[1],
        direct_minutes=sum(time.by_kind.get(kind, 0) for kind in Consultation.WITH_PERSON) - time.waiting,
        indirect_minutes=sum(time.by_kind.get(kind, 0) for kind in Consultation.INDIRECT) + time.preparation[1],
        waiting_minutes=time.by_kind.get(Consultation.Kind.NO_SHOW, 0) + time.waiting,
        preparation=time.preparation,
        open_by_level={level: flows[level][0] if level in flows else 0 for level in Case.ServiceLevel.values},
        minutes_by_kind={kind: by_kind.get(kind, (0, 0)) for kind in Consultation.Kind.values},
        persons_by_topic=_own_topics(period),
        by_month=_own_months(logged, today),
    )


@dataclass(frozen=True)
class _Time:
    """Minutes of one's own work, joint talks once."""

    by_kind: dict[str, int]
    waiting: int  # within the minutes of talks with the person
    preparation: tuple[int, int]  # entries, minutes; beside all of them


def _own_time(period: ConsultationQuerySet) -> _Time:
    is_direct = Q(kind__in=Consultation.WITH_PERSON)
    rows = period.once_per_group().values_list("kind")
    sums = list(
        rows.annotate(
            spent=Sum("minutes"),
            waited=Coalesce(Sum("waiting_minutes", filter=is_direct), 0),
            prepared=Count("pk", filter=Q(indirect_minutes__gt=0)),
            preparing=Coalesce(Sum("indirect_minutes"), 0),
        )
    )
    return _Time(
        by_kind={kind: minutes for kind, minutes, *_ in sums},
        waiting=sum(row[2] for row in sums),
        preparation=(sum(row[3] for row in sums), sum(row[4] for row in sums)),
    )


def _own_topics(period: ConsultationQuerySet) -> dict[int, tuple[int, int]]:
    held = period.counted().filter(topics__isnull=False).annotate(main=Coalesce("topics__parent", "topics"))
    rows = held.values_list("main").annotate(Count("case__client", distinct=True), Count("pk", distinct=True))
    return {topic: (persons, consultations) for topic, persons, consultations in rows}


def _own_months(logged: ConsultationQuerySet, today: date) -> dict[Month, int]:
    since = logged.counted().filter(held_on__gte=date(today.year - 1, 1, 1))
    rows = since.values_list(ExtractYear("held_on"), ExtractMonth("held_on")).annotate(Count("pk"))
    counted = Counter({Month(year, month): number for year, month, number in rows})
    january = Month(today.year - 1, 1)
    return {month: counted[month] for month in (january.shifted(later) for later in range(24))}


SERVICE_LEVELS: Final = dict(Case.ServiceLevel.choices)
KINDS: Final = dict(Consultation.Kind.choices)
