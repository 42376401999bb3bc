"""What is noted about the database of the state: transferred, left out, or a note taken back."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from cases.models import Case, StateRecord
from kim.audit.models import record
from kim.users.models import User


@transaction.atomic
def note_transferred(cases: Iterable[Case], *, on: date, by: User) -> None:
    """The cases stand in the database of the state as they were when they were read: open, or closed on their day."""
    for case in cases:
        values = {"noted_on": on, "closed_on": case.closed_on, "is_withheld": False, "noted_by": by}
        StateRecord.objects.update_or_create(case=case, defaults=values)
        record("state_database.transferred", by=by, subject=case)


@transaction.atomic
def note_withheld(case: Case, *, on: date, by: User) -> None:
    """The person does not want it; nobody is reminded of the case again."""
    values = {"noted_on": on, "closed_on": None, "is_withheld": True, "noted_by": by}
    StateRecord.objects.update_or_create(case=case, defaults=values)
    record("state_database.withheld", by=by, subject=case)


@transaction.atomic
def take_note_back(case: Case, *, by: User) -> None:
    """Noted by mistake; taken back twice, it is taken back once."""
    if StateRecord.objects.filter(case=case).delete()[0]:
        record("state_database.taken_back", by=by, subject=case)
