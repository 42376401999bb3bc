"""Who read this file: the log's answer for the case manager who keeps it."""

from dataclasses import dataclass
from datetime import datetime

from cases.models import Case
from kim.audit.models import Entry
from kim.users.models import Role, User

MOST = 50


@dataclass(frozen=True)
class Reading:
    """One look at the file."""

    at: datetime
    name: str
    role: str
    is_print: bool


def readers_of(case: Case) -> list[Reading]:
    """The latest fifty readings and prints of a file, newest first, with names where the account still exists."""
    entries = list(Entry.objects.of(case.audit_name).reads()[:MOST])
    names = dict(
        User.objects.filter(pk__in={entry.actor for entry in entries if entry.actor}).values_list("pk", "name")
    )
    roles = dict(Role.choices)
    return [
        Reading(
            at=entry.at,
            name=names.get(int(entry.actor), f"#{entry.actor}") if entry.actor else "–",
            role=str(roles.get(entry.actor_role, entry.actor_role)),
            is_print=entry.action.endswith(".printed"),
        )
        for entry in entries
    ]
