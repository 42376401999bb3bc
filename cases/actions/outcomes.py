"""The door through which the city answers: what became of an observation, and what waits at its own desk.

All that reports may change of cases. It names observations by their number and learns nothing in return.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cases.actions.notices import notify
from cases.models import Notice, Observation
from kim.audit.models import record
from kim.permissions import Permission, roles_with
from kim.users.models import User


@transaction.atomic
def tell_outcome(observations: Iterable[UUID], *, outcome: str, title: str, text: str, by: User | None) -> None:
    """Write to released observations what became of them, and tell those who wrote them under the bell."""
    rows = Observation.objects.released().filter(pk__in=list(observations))
    rows.update(outcome=outcome, outcome_title=title, outcome_text=text, outcome_on=timezone.localdate())
    for observation in rows.only("provider__code", "created_by").select_related("provider", "created_by"):
        path = reverse("cases:observation_change", args=[observation.pk])
        notify([observation.created_by], Notice.Kind.OBSERVATION_OUTCOME, path=path, by=by)
        record("observation.outcome_told", by=by, subject=observation, outcome=outcome)


def remind_office(path: str) -> None:
    """A notice for everybody at the coordinating office."""
    office = User.objects.filter(role__in=roles_with(Permission.WORK_ON_FINDINGS), is_active=True)
    notify(office, Notice.Kind.FINDING_WAITS, path=path)
