"""What is due for a case manager: the lists of Mein Tag, each with its true length and its first rows."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Count, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from cases.models import Case, Draft, FollowUp
from kim.users.models import User

SHOWN = 8
AHEAD = timedelta(days=7)
NAME = ("number", "client__given_names", "client__family_name", "client__pseudonym")
CASE_NAME = tuple(f"case__{name}" for name in NAME)
OVERDUE, TODAY, COMING = "overdue", "today", "coming"


@dataclass(frozen=True)
class Rows:
    """The first rows of a list and how many there are in all."""

    rows: list[Any]
    total: int

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def first_rows(queryset: QuerySet[Any], shown: int = SHOWN) -> Rows:
    """Rows and true total in one query."""
    rows = list(queryset.annotate(total=Window(Count("pk")))[:shown])
    return Rows(rows, rows[0].total if rows else 0)


def follow_ups(cases: QuerySet[Case], day: date) -> dict[str, Rows]:
    """Open follow-ups up to a week ahead, as overdue, today and coming, in one query."""
    bucket = Choice(
        When(due_on__lt=day, then=Value(OVERDUE)), When(due_on=day, then=Value(TODAY)), default=Value(COMING)
    )
    rows = (
        FollowUp.objects.open()
        .filter(case__in=cases, due_on__lte=day + AHEAD)
        .annotate(bucket=bucket)
        .annotate(
            place=Window(RowNumber(), partition_by="bucket", order_by=FollowUp._meta.ordering),
            total=Window(Count("pk"), partition_by="bucket"),
        )
        .filter(place__lte=SHOWN)
        .select_related("case__client")
        .only("text", "due_on", "due_at", "done_at", *CASE_NAME)
    )
    found: dict[str, list[FollowUp]] = {OVERDUE: [], TODAY: [], COMING: []}
    for row in rows:
        found[row.bucket].append(row)
    return {name: Rows(items, items[0].total if items else 0) for name, items in found.items()}


def worklist(user: User, day: date) -> dict[str, Any]:
    """Everything Mein Tag shows; the number of queries does not depend on the number of rows."""
    cases = Case.objects.visible_to(user)
    with_people = cases.select_related("client")
    with_ages = cases.select_related("client", "track").only(*NAME, "client__birth_date", "track__max_age")
    return {
        "follow_ups": follow_ups(cases.open(), day),
        "silent": first_rows(
            with_people.silent(day).only(*NAME, "last_contact_on").order_by("last_contact_on", "opened_on")
        ),
        "ageing_out": first_rows(with_ages.ageing_out(day).order_by("client__birth_date")),
        "pauses_over": first_rows(
            with_people.filter(status=Case.Status.PAUSED, paused_until__lte=day)
            .only(*NAME, "paused_until")
            .order_by("paused_until")
        ),
        "drafts": first_rows(
            Draft.objects.filter(Q(case=None) | Q(case__in=cases), user=user)
            .select_related("case__client")
            .only("saved_at", "is_group", *CASE_NAME)
        ),
    }
