"""Cases of a period: what is open, new and closed, how they came, why and when they ended.

District and kind of help are those of today. A late opening is new, as if the case had been opened on the first day,
and closed as well if it ended before that; so open at the start + new - closed = open at the end, in every row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from cases.models import Case, IntakeRequest, SupportPlan
from reports.queries import period_rows as rows
from reports.queries.period_frame import Frame, midnight_after
from reports.queries.period_tables import by_cases, by_flow, medians
from reports.tables import TrueMedian, TrueTable

CHUNK = 5000
DAYS_OF_A_MONTH, DAYS_OF_A_WEEK = 365.25 / 12, 7


def known_cases(frame: Frame) -> QuerySet[Case]:
    return Case.objects.filter(frame.known(), frame.unprotected("track")).order_by()


def is_open_at_end(frame: Frame) -> Q:
    end = frame.period.end
    return Q(opened_on__lte=end) & (Q(closed_on=None) | Q(closed_on__gt=end))


def is_closed(frame: Frame) -> Q:
    return frame.within("closed_on") | (frame.is_late("opened_on") & Q(closed_on__lt=frame.period.start))


# --- Stock and movement


def flow_tables(frame: Frame) -> Iterator[TrueTable]:
    start = frame.period.start
    open_start = Q(opened_on__lt=start) & ~frame.is_late("opened_on") & (Q(closed_on=None) | Q(closed_on__gte=start))
    is_new = frame.counts("opened_on")
    counted = known_cases(frame).values_list("district", "service_level").annotate(
        open_start=Count("pk", filter=open_start),
        new=Count("pk", filter=is_new),
        closed=Count("pk", filter=is_closed(frame)),
        open_end=Count("pk", filter=is_open_at_end(frame)),
        on_the_books=Count("pk", filter=open_start | is_new),
    )  # fmt: skip
    districts: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    on_the_books = 0
    for district, level, *numbers, books in counted:
        flow = dict(zip(("open_start", "new", "closed", "open_end"), numbers, strict=True))
        districts[str(district or rows.NO_DISTRICT)].update(flow)
        kinds[rows.kind_of_help(level)].update(flow)
        on_the_books += books
    yield by_flow("flow", rows.kinds_of_help(), kinds, on_the_books)
    yield by_flow("district_cases", rows.districts(), districts, on_the_books)


# --- Beginning


def access_table(frame: Frame) -> TrueTable:
    new = known_cases(frame).filter(frame.counts("opened_on"))
    number = {route or rows.NOT_STATED: n for route, n in new.values_list("access_route").annotate(Count("pk"))}
    return by_cases("access_routes", rows.access_routes(), number, sum(number.values()))


def first_contact(frame: Frame) -> tuple[TrueMedian, ...]:
    """Weeks from the day a request came in to the first talk, of talks in the period."""
    first, last = midnight_after(frame.before.end), midnight_after(frame.period.end)
    asked = IntakeRequest.objects.filter(first_contact_at__gte=first, first_contact_at__lt=last).order_by()
    found = asked.filter(frame.unprotected("track", "case__track")).values_list("received_on", "first_contact_at")
    days = [(timezone.localdate(at) - received_on).days for received_on, at in found.iterator(chunk_size=CHUNK)]
    return medians("first_contact", {"": [number / DAYS_OF_A_WEEK for number in days if number >= 0]})


# --- Ending


def closing_tables(frame: Frame) -> tuple[tuple[TrueTable, ...], tuple[TrueMedian, ...]]:
    reasons: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    months = []
    closed = known_cases(frame).filter(is_closed(frame)).values_list("closing_reason", "opened_on", "closed_on")
    for reason, opened_on, closed_on in closed.iterator(chunk_size=CHUNK):
        assert closed_on is not None  # a closed case has its day
        days = (closed_on - opened_on).days
        reasons[reason] += 1
        lengths[rows.band_of(days, rows.DURATIONS)] += 1
        months.append(days / DAYS_OF_A_MONTH)
    tables = (
        by_cases("closing_reasons", rows.closing_reasons(), reasons, len(months)),
        by_cases("durations", rows.durations(), lengths, len(months)),
    )
    return tables, medians("duration", {"": months})


# --- Plans


def plans_table(frame: Frame) -> TrueTable:
    """Case Management open at the end: with a plan that was in force on that day."""
    managed = known_cases(frame).filter(is_open_at_end(frame), service_level=Case.ServiceLevel.CASE_MANAGEMENT)
    end = frame.period.end
    in_force = SupportPlan.objects.filter(case=OuterRef("pk"), agreed_on__lte=end)
    in_force = in_force.filter(Q(superseded_on=None) | Q(superseded_on__gt=end))
    counted = managed.aggregate(all=Count("pk"), planned=Count("pk", filter=Q(Exists(in_force))))
    return by_cases("plans", rows.with_plan(), {rows.YES: counted["planned"]}, counted["all"])


def time_to_plan(frame: Frame) -> tuple[TrueMedian, ...]:
    """Weeks from the opening to the first plan, of cases whose first plan was agreed in the period."""
    cases = Case.objects.filter(frame.unprotected("track")).order_by().annotate(first=Min("plans__agreed_on"))
    found = cases.filter(frame.within("first")).values_list("opened_on", "first").iterator(chunk_size=CHUNK)
    weeks = [(first - opened_on).days / DAYS_OF_A_WEEK for opened_on, first in found if first is not None]
    return medians("plan", {"": weeks})
