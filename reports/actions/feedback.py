"""The second door to cases, and a narrow one: the only module that may call `cases.actions.outcomes`, and nothing else.

An answer goes back to those who saw something; nothing comes along from there. docs/adr/012-bedarfe.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from cases.actions import outcomes
from kim.users.models import User
from reports.models import Finding


def tell_writers(finding: Finding, *, text: str, by: User | None) -> None:
    """Where the finding stands now, to everybody whose observation is in it."""
    keys = finding.sources.values_list("observation", flat=True)
    outcomes.tell_outcome(keys, outcome=finding.status, title=finding.title, text=text, by=by)


def tell_set_aside(keys: Iterable[UUID], *, reason: str, by: User) -> None:
    outcomes.tell_outcome(keys, outcome=Finding.Status.DROPPED, title="", text=reason, by=by)


def remind(finding: Finding) -> None:
    outcomes.remind_office(reverse("reports:finding", args=[finding.number]))
