"""Requests counted for the coordinating office: who has waited too long, and how many came in each month."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from cases.models import IntakeRequest, RequestCount
from cases.models.request import LATE, VERY_LATE
from cases.working_days import arrival_of_waiting_longer, months_before
from kim.permissions import Permission, may
from kim.privacy.rounding import rounded

SHOWN_MONTHS = 12


@dataclass(frozen=True)
class Overview:
    late: int  # waiting for more than 3 working days
    very_late: int  # for more than 10
    suspect: int  # perhaps spam, and nobody has decided


def overview_of(rows) -> Overview:
    """Of the rows that the office sees one by one, so the numbers are exact."""
    today = timezone.localdate()
    waits = Q(status__in=IntakeRequest.WAITING, is_suspect=False)
    late, very_late = (arrival_of_waiting_longer(days, today) for days in (LATE, VERY_LATE))
    numbers = rows.aggregate(
        late=Count("pk", filter=waits & Q(received_on__lte=late)),
        very_late=Count("pk", filter=waits & Q(received_on__lte=very_late)),
        suspect=Count("pk", filter=Q(is_suspect=True, is_spam=False)),
    )
    return Overview(**numbers)


@dataclass(frozen=True)
class Month:
    """Without protected wishes: whoever sees the others one by one, and may enter some, would count them by what is
    missing, however it is rounded. Rounded to five, because of what is deleted only the number is left."""

    month: date
    arrived: int
    admitted: int
    ended: int  # without a case, deleted or not
    open: int
    deleted: int
    spam: int


def months_of_requests(user) -> list[Month]:
    """The last twelve months, the latest first; for the coordinating office."""
    if not may(user, Permission.DISPATCH_REQUESTS):
        return []
    first = months_before(timezone.localdate().replace(day=1), SHOWN_MONTHS - 1)
    deleted = {row.month: row for row in RequestCount.objects.visible_to(user).filter(month__gte=first)}
    kept = defaultdict(dict, {row["month"]: row for row in _kept_since(first)})
    none = RequestCount()
    return [
        _month(month, kept[month], deleted.get(month, none)) for month in sorted({*kept, *deleted}, reverse=True)
    ]  # fmt: skip


def _kept_since(first: date):
    real, status = Q(is_suspect=False), IntakeRequest.Status
    rows = IntakeRequest.objects.without_protected().filter(received_on__gte=first).order_by()
    return (
        rows.annotate(month=TruncMonth("received_on"))
        .values("month")
        .annotate(
            arrived=Count("pk", filter=real),
            admitted=Count("pk", filter=real & Q(status=status.ADMITTED)),
            open=Count("pk", filter=real & Q(status__in=IntakeRequest.OPEN)),
            spam=Count("pk", filter=~real),
        )
    )


def _month(month: date, kept: dict, gone: RequestCount) -> Month:
    arrived, admitted, is_open = (kept.get(name, 0) for name in ("arrived", "admitted", "open"))
    return Month(
        month=month,
        arrived=rounded(arrived + gone.deleted),
        admitted=rounded(admitted),
        ended=rounded(arrived - admitted - is_open + gone.deleted),
        open=rounded(is_open),
        deleted=rounded(gone.deleted),
        spam=rounded(kept.get("spam", 0) + gone.spam),
    )
