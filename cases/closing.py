"""What is still open in a case when somebody closes it or gives it away."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Case, Handover


@dataclass(frozen=True)
class OpenItems:
    """One kind of thing, what closing does to it, and the things as they stand in the file."""

    label: str
    consequence: str
    items: list[str]


def follow_ups(case: Case) -> OpenItems:
    rows = list(case.follow_ups.open().only("case", "text", "due_on"))
    consequence = ngettext(
        "Eine Wiedervorlage ist noch offen; sie wird mit dem Abschluss erledigt.",
        "%(total)s Wiedervorlagen sind noch offen; sie werden mit dem Abschluss erledigt.",
        len(rows),
    ) % {"total": len(rows)}
    return OpenItems(_("Wiedervorlagen"), consequence, [f"{row.due_on:%d.%m.%Y}: {row.text}" for row in rows])


def handovers(case: Case) -> OpenItems:
    rows = Handover.objects.open().filter(case=case).select_related("to_provider", "to_case_manager__user")
    return OpenItems(_("Übergaben"), _("Die Übergabe läuft noch; sie endet mit dem Abschluss."), [
        _("an %(name)s") % {"name": row.goes_to} for row in rows
    ])  # fmt: skip


SOURCES: list[Callable[[Case], OpenItems]] = [follow_ups, handovers]  # one for each kind of record that can be open


def open_items(case: Case) -> list[OpenItems]:
    """The kinds of which something is open, each with one query."""
    return [found for source in SOURCES if (found := source(case)).items]
