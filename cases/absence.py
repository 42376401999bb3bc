"""What is to be done for an absent colleague: one list for the deputy, from the files a deputy may open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case, FollowUp, IntakeRequest
from cases.worklist import NAME, Rows, Scope, first_rows, follow_ups
from districts.models import CaseManager, Substitution
from kim.users.models import User

SHOWN = 50  # more than on Mein Tag: this page has nothing else


@dataclass(frozen=True)
class Link:
    """Something beside the files that waits for the absent person, and where it is."""

    label: str
    url: str


def requests(absent: CaseManager, user: User) -> list[Link]:
    """What the absent person has accepted and not ended; with a protected wish never."""
    rows = IntakeRequest.objects.visible_to(user).open().filter(case_manager=absent).order_by("received_on", "pk")
    text = _("Anfrage %(number)s, %(status)s seit %(day)s")
    return [
        Link(
            text % {"number": row.number, "status": row.get_status_display(), "day": f"{row.received_on:%d.%m.%Y}"},
            reverse("cases:request_detail", args=[row.number]),
        )
        for row in rows.only("number", "status", "received_on")[:SHOWN]
    ]


MORE: list[Callable[[CaseManager, User], list[Link]]] = [requests]


def deputised(user: User) -> QuerySet[Substitution]:
    """Substitutions that are in force today and in which the user stands in."""
    rows = Substitution.objects.in_force().filter(deputy__user=user)
    return rows.select_related("absent__user", "absent__provider")


def absence_list(substitution: Substitution, user: User, day: date) -> dict[str, object]:
    """Never a case of a protected track: visible_to leaves them out for a deputy."""
    cases = Case.objects.visible_to(user).filter(case_manager=substitution.absent).open()
    people = cases.select_related("client")
    silent = people.silent(day).only(*NAME, "last_contact_on").order_by("last_contact_on", "opened_on")
    pauses = people.filter(status=Case.Status.PAUSED, paused_until__lte=day).only(*NAME, "paused_until")
    return {
        "appointments": _appointments(cases, day),
        "follow_ups": follow_ups(Scope(user, cases, day)),
        "silent": first_rows(silent, SHOWN),
        "pauses_over": first_rows(pauses.order_by("paused_until"), SHOWN),
        "more": [link for question in MORE for link in question(substitution.absent, user)],
        "open_cases": cases.count(),
    }


def _appointments(cases: QuerySet[Case], day: date) -> Rows:
    """Follow-ups with a time of day, from today to the end of the substitution and beyond."""
    rows = FollowUp.objects.open().filter(case__in=cases, due_on__gte=day, due_at__isnull=False)
    return first_rows(rows.select_related("case__client").order_by("due_on", "due_at"), SHOWN)
