"""The true figures of a period, for the freezing job alone: the whole catalogue, counted once.

A fixed number of questions whatever there is to count; the database groups, persons are kept as numbers in sets, and
no record and no encrypted column is ever loaded. What belongs to a period: period_frame; the rows: period_rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum

from cases.models import Consultation
from districts.models import CaseManager
from reports.catalogue import TABLES
from reports.periods import Period
from reports.queries import period_cases as cases
from reports.queries import period_method as method
from reports.queries import period_persons as people
from reports.queries.common import city
from reports.queries.period_frame import Frame
from reports.tables import TrueMedian, TrueReport, TrueTable

CENT = Decimal("0.01")
Counted = Iterable[TrueTable | TrueMedian]


def true_report(period: Period, *, progress: Callable[[int], None] = lambda percent: None) -> TrueReport:
    """Count everything; `progress` hears per cent. Only reports.freezing may ask, and keeps nothing of the answer."""
    tables: dict[str, TrueTable] = {}
    medians: list[TrueMedian] = []
    frame = Frame.of(period)
    waits = method.waits(frame)
    for percent, counted in _steps(frame):
        for found in counted:
            if isinstance(found, TrueTable):
                tables[found.key] = found
            else:
                medians.append(found)
        progress(percent)
    return TrueReport(
        period=period,
        tables={table.key: tables[table.key] for table in TABLES},
        medians=(*medians, *method.waiting(waits)),
        posts=_posts(),
        speakers=_speakers(),
        waits=waits,
    )


def true_past(period: Period) -> TrueReport:
    """As `true_report`, but no more than reports.signals compares the period after it with; half the work."""
    frame = Frame.of(period)
    tables = (next(people.topic_tables(frame, people.Attributes())), next(method.barrier_tables(frame)))
    return TrueReport(period, {table.key: table for table in tables}, (), {}, {}, method.waits(frame))


def _steps(frame: Frame) -> Iterator[tuple[int, Counted]]:
    """Per cent of the time it takes, and what is counted by then."""
    contacts = people.counted_contacts(frame)
    yield 30, ()
    attributes = people.known_attributes(frame, contacts)
    yield 45, people.contact_tables(contacts, attributes)
    yield 50, people.person_tables(attributes, contacts.everybody)
    yield 85, people.topic_tables(frame, attributes)
    yield 88, (people.first_topics_table(frame), people.specialised_table(frame))
    yield 92, (*cases.flow_tables(frame), cases.access_table(frame), *cases.first_contact(frame))
    endings, durations = cases.closing_tables(frame)
    yield 94, (*endings, *durations, cases.plans_table(frame), *cases.time_to_plan(frame))
    yield 96, (method.needs_table(frame), *method.barrier_tables(frame))
    yield 98, method.referral_tables(frame)
    yield 100, method.goal_tables(frame)


# --- Staff: posts and languages are known of today only


def _posts() -> dict[str, Decimal]:
    shares = CaseManager.objects.active().order_by().values_list("provider__code").annotate(Sum("post_share"))
    return {code: posts.quantize(CENT) for code, posts in shares}  # the same text on every database


def _speakers() -> dict[str, int]:
    spoken = CaseManager.objects.active().filter(languages__isnull=False).order_by()
    return dict(spoken.values_list("languages").annotate(Count("pk")))


def first_day() -> date | None:
    """The day of the first consultation that counts; before it there is nothing to report.

    The first of an order is found in the index, a minimum over a join is not.
    """
    return city(Consultation.objects.counted()).order_by("held_on").values_list("held_on", flat=True).first()
