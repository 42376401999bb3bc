"""A city to be counted: records with the day they happened on and the day they were entered on."""

from datetime import date, datetime, time

from django.utils import timezone

from districts.models import District, Topic
from reports.periods import period_from_key
from reports.queries.period import true_report
from tests.factories import CaseFactory, ConsultationFactory

KALK, PORZ = 8, 7
JULY = date(2026, 7, 10)  # in the third quarter, whose cut-off is 15.10.2026


def at(day, hour=12, minute=0):
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def case(by, *, opened_on=JULY, entered=None, where=KALK, **fields):
    district = District.objects.get(number=where) if where else None
    created_at = at(entered or opened_on)
    return CaseFactory(case_manager=by, opened_on=opened_on, created_at=created_at, district=district, **fields)


def closed(by, *, on, **fields):
    return case(by, closed=True, closed_on=on, **fields)


def talk(of, *, on=JULY, entered=None, topics=(), **fields):
    topics = [Topic.objects.get(code=code) for code in topics]
    return ConsultationFactory(case=of, held_on=on, created_at=at(entered or on), topics=topics, **fields)


def counted(key="2026-3"):
    return true_report(period_from_key(key)).tables


def column(table, name="persons"):
    """What is not zero, by row."""
    return {row.key: table.cells[row.key, name] for row in table.rows if table.cells[row.key, name]}
