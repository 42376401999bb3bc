"""What is still open in a case when somebody closes it or gives it away, and how each thing is settled."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.file_summary import FileSummary, summary_of
from cases.models import Case, Goal, Need

BACK = "?zurueck=abschluss"  # what is settled from the closing page leads back to it


@dataclass(frozen=True)
class OpenItem:
    """One thing; `url` settles it on a page of its own, the buttons (value and label) with one click at `post_url`."""

    text: str
    url: str = ""
    post_url: str = ""
    buttons: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class OpenItems:
    """One kind of thing, what closing does to it, and the things as they stand in the file."""

    label: str
    consequence: str
    items: list[OpenItem]


def _to(name: str, case: Case, pk: object) -> str:
    return reverse(f"cases:{name}", args=[case.number, pk]) + BACK


def goals(case: Case, summary: FileSummary) -> OpenItems:
    buttons = ((Goal.Status.REACHED.value, _("Erreicht")), (Goal.Status.PARTLY.value, _("Teilweise")))
    items = []
    for row in summary.goals.all:
        if row.code not in Goal.SETTLED:
            url = _to("goal_progress", case, row.pk)
            items.append(OpenItem(row.text, url, post_url=url, buttons=buttons))
    consequence = ngettext(
        "Ein Ziel ist noch offen. Wie ist es ausgegangen?",
        "%(total)s Ziele sind noch offen. Wie sind sie ausgegangen?",
        len(items),
    ) % {"total": len(items)}
    return OpenItems(_("Offene Ziele"), consequence, items)


def needs(case: Case, summary: FileSummary) -> OpenItems:
    """By topic and urgency; their texts stay in the file."""
    items = [
        OpenItem(
            f"{row.name}, {row.label}",
            _to("need_change", case, row.pk),
            post_url=_to("need_met", case, row.pk),
            buttons=((Need.Status.MET.value, _("Erfüllt")),),
        )
        for row in summary.needs.all
    ]
    consequence = ngettext(
        "Ein Bedarf ist noch offen; so zählt er nicht als erfüllt.",
        "%(total)s Bedarfe sind noch offen; so zählen sie nicht als erfüllt.",
        len(items),
    ) % {"total": len(items)}
    return OpenItems(_("Offene Bedarfe"), consequence, items)


def referrals(case: Case, summary: FileSummary) -> OpenItems:
    items = [
        OpenItem(f"{row.since:%d.%m.%Y}: {row.title or '–'}", _to("referral_result", case, row.pk))
        for row in summary.referrals.all
    ]
    consequence = ngettext(
        "Bei einer Vermittlung steht das Ergebnis noch aus; danach wird nicht mehr gefragt.",
        "Bei %(total)s Vermittlungen steht das Ergebnis noch aus; danach wird nicht mehr gefragt.",
        len(items),
    ) % {"total": len(items)}
    return OpenItems(_("Laufende Vermittlungen"), consequence, items)


def follow_ups(case: Case, summary: FileSummary) -> OpenItems:
    rows = list(case.follow_ups.open().only("case", "text", "due_on"))
    consequence = ngettext(
        "Eine Wiedervorlage ist noch offen; sie wird mit dem Abschluss erledigt.",
        "%(total)s Wiedervorlagen sind noch offen; sie werden mit dem Abschluss erledigt.",
        len(rows),
    ) % {"total": len(rows)}
    return OpenItems(_("Wiedervorlagen"), consequence, [OpenItem(f"{row.due_on:%d.%m.%Y}: {row.text}") for row in rows])


def handovers(case: Case, summary: FileSummary) -> OpenItems:
    items = [OpenItem(_("an %(name)s") % {"name": row.name}) for row in summary.handovers.all]
    return OpenItems(_("Übergaben"), _("Die Übergabe läuft noch; sie endet mit dem Abschluss."), items)


# One for each kind of record that can be open, in the order in which it is settled.
SOURCES: list[Callable[[Case, FileSummary], OpenItems]] = [goals, needs, referrals, follow_ups, handovers]


def open_items(case: Case) -> list[OpenItems]:
    """The kinds of which something is open; follow-ups are one query, all others together another."""
    summary = summary_of(case)
    return [found for source in SOURCES if (found := source(case, summary)).items]
