"""One Stadtbezirk in a frozen report: its published numbers beside those of the city and of the period before.

What is about places and staff, and what the city works on, is of today; the page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from districts.models import District
from kim.users.models import User
from reports import charts
from reports.catalogue import FLOW
from reports.models import Finding, Report
from reports.pages.situation import Option, contacts, offers
from reports.publishing import per_thousand, share_of
from reports.queries.load import capacity_words
from reports.rendering.tables import change
from reports.rendering.words import name_of
from reports.tables import Head

SETTLED_SHOWN = 3


@dataclass(frozen=True)
class Row:
    """A number of the Stadtbezirk, the share of the city it is, and how it changed since the period before."""

    name: str
    number: int | None
    share: int | None
    before: int | None
    change: str


@dataclass(frozen=True)
class TopicRow:
    """Persons with a topic; shares of those with any topic, in the Stadtbezirk and in the city."""

    name: str
    persons: int | None
    share: int | None
    city_share: int | None
    change: str
    bar: float


def page(report: Report, districts: Sequence[District], district: District, by: User, today: date) -> dict[str, Any]:
    before = Report.objects.current().filter(period=report.span.shifted(-1).key).first()
    now, then, key = report, before or Report(), str(district.number)  # an empty one publishes nothing
    words = capacity_words(district, by)
    persons, population = now.figure("districts", key, "persons"), Population(report, key)
    rows = [*_contact_rows(now, then, key), *_case_rows(now, then, key)]
    return {
        "report": report,
        "before": before if any(row.before is not None for row in rows) else None,
        "title": f"{district}, {report.label}",
        "district": district,
        "options": [Option(_address(report, each), each.name, each == district) for each in districts],
        "rows": rows,
        "topics": (topics := _topics(now, then, key)),
        "has_shares": any(row.share is not None for row in topics),
        "persons": persons,
        "consultations": now.figure("districts", key, "consultations"),
        "open": now.figure("district_cases", key, "open_end"),
        "person_share": share_of(persons, now.total("districts", "persons")),
        "population": population,
        "rate": per_thousand(persons, population.count),
        "contacts": [(contact, words.get(contact.pk, "")) for contact in contacts(district)],
        "offers": [offer for offer in offers(district) if offer.institutions],
        **_findings(district),
        "today": today,
    }


class Population:
    """Inhabitants from 18 to 27 as the report kept them; 0 where it kept none."""

    def __init__(self, report: Report, key: str) -> None:
        kept = report.figures.get("population") or {"districts": {}}
        self.count: int = kept["districts"].get(key, 0)
        self.year, self.source = kept.get("year"), kept.get("source", "")
        everybody = sum(kept["districts"].values())
        self.share = round(100 * self.count / everybody) if everybody else None


def _address(report: Report, district: District) -> str:
    return reverse("reports:report_district", args=[report.pk, district.number])


def _contact_rows(now: Report, then: Report, key: str) -> list[Row]:
    names = {"persons": _("Personen"), "consultations": _("Beratungen")}
    return [_row(name, "districts", column, now, then, key) for column, name in names.items()]


def _case_rows(now: Report, then: Report, key: str) -> list[Row]:
    return [
        _row(_("Fälle, %(name)s") % {"name": name}, "district_cases", column, now, then, key) for column, name in FLOW
    ]


def _row(name: str, table: str, column: str, now: Report, then: Report, key: str) -> Row:
    number, before = now.figure(table, key, column), then.figure(table, key, column)
    return Row(name, number, share_of(number, now.total(table, column)), before, change(number, before).text)


def _topics(now: Report, then: Report, key: str) -> list[TopicRow]:
    """In the order of the catalogue; nothing where the break-down is withheld."""
    table = "topic_by_district"
    heads = [Head(*head) for head in now.figures["tables"].get(table, {}).get("rows", ())]
    found = [(head, now.figure(table, head.key, key)) for head in heads]
    highest = max((persons or 0 for _head, persons in found), default=0)
    if all(persons is None for _head, persons in found):
        return []
    return [
        TopicRow(
            name=name_of(head),
            persons=persons,
            share=share_of(persons, now.total(table, key)),
            city_share=share_of(now.figure("topics", head.key, "persons"), now.total("topics", "persons")),
            change=change(persons, then.figure(table, head.key, key)).text,
            bar=charts.bar_length(persons, highest),
        )
        for head, persons in found
    ]


def _findings(district: District) -> dict[str, Any]:
    """What the city works on here, and the last that it has settled."""
    found = Finding.objects.filter(districts=district).prefetch_related("measures").order_by("-moved_on", "-number")
    rows = list(found)
    settled = [finding for finding in rows if not finding.is_open and finding.status != Finding.Status.DROPPED]
    return {"findings": [finding for finding in rows if finding.is_open], "settled": settled[:SETTLED_SHOWN]}
