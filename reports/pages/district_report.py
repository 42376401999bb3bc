"""One Stadtbezirk in a frozen report: its published numbers beside those of the city and of the periods before.

What is about places and staff, and what the city works on, is of today; the page says so. Printed it has two pages:
of lists without an end paper has the first few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from districts.models import District
from kim.permissions import Permission, may
from kim.users.models import User
from reports import charts
from reports.catalogue import FLOW
from reports.models import Finding, Report
from reports.pages.analysis import PERIODS_SHOWN, Development, drawn, outstanding
from reports.pages.situation import Option, contacts, offers
from reports.periods import Period, period_from_key
from reports.publishing import per_thousand, share_of
from reports.queries.load import capacity_words
from reports.rendering.tables import change
from reports.rendering.words import name_of
from reports.tables import Cell, Head

SETTLED_SHOWN = 3
TOPICS_DRAWN: Final = 8
STAFF_SHOWN: Final = 30  # more are only counted; who looks for one of them filters Kontakt
LEAST_SCALE: Final = 20  # persons or cases at the top of a column
TOPICS: Final = "topic_by_district"
CELLS: Final = {  # tables with numbers of a Stadtbezirk -> their place in the figures
    table: f"figures__tables__{table}__cells" for table in ("districts", "district_cases", TOPICS)
}
SCALES: Final[tuple[tuple[Cell, ...], ...]] = (  # what is drawn, and what of it to one scale
    (("districts", "persons"),),
    (("districts", "consultations"),),
    (("district_cases", "open_end"), ("district_cases", "new"), ("district_cases", "closed")),
)


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

    @property
    def is_compared(self) -> bool:
        return self.share is not None and self.city_share is not None


@dataclass(frozen=True)
class Here:
    """What the report of a period publishes about the Stadtbezirk.

    By table and column; of topics by table and code.
    """

    period: Period
    numbers: Mapping[Cell, int | None]

    @classmethod
    def read(cls, period: Period, cells: Mapping[str, Any], key: str) -> Here:
        numbers: dict[Cell, int | None] = {(TOPICS, topic): row.get(key) for topic, row in cells[TOPICS].items()}
        for table in ("districts", "district_cases"):
            numbers |= {(table, column): number for column, number in cells[table].get(key, {}).items()}
        return cls(period, numbers)

    def __getitem__(self, cell: Cell) -> int | None:
        return self.numbers.get(cell)

    @property
    def is_told(self) -> bool:
        """Whether it publishes anything."""
        return any(number is not None for number in self.numbers.values())


@dataclass(frozen=True)
class Listed:
    """A list for the screen; paper has the first few and says how many more there are, `hidden` ones included.

    How many fit beside each other on two pages: tests/browser/test_district_page.py.
    """

    rows: Sequence[Any]
    printed: int
    hidden: int = 0

    @property
    def first(self) -> str:
        """What paper has, as text."""
        return ", ".join(map(str, self.rows[: self.printed]))

    @property
    def rest(self) -> str:
        return ", ".join(map(str, self.rows[self.printed :]))

    @property
    def more(self) -> int:
        return max(len(self.rows) - self.printed, 0) + self.hidden


def page(report: Report, districts: Sequence[District], district: District, by: User, today: date) -> dict[str, Any]:
    key, works_on_findings = str(district.number), may(by, Permission.WORK_ON_FINDINGS)
    periods = _periods(report, key)
    now = periods[-1]
    before = next((each for each in periods if each.period == report.span.shifted(-1)), Here(now.period, {}))
    persons, population = now["districts", "persons"], Population(report, key)
    rows = _rows(report, now, before)
    signals = [signal for signal in report.signals if signal["district"] == key]
    return {
        "report": report,
        "before": before.period if any(row.before is not None for row in rows) else None,
        "title": f"{district}, {report.label}",
        "district": district,
        "options": [Option(_address(report, each), each.name, each == district) for each in districts],
        "rows": rows,
        "topics": (topics := _topics(report, now, before, key)),
        "has_shares": any(row.share is not None for row in topics),
        "is_compared": any(row.is_compared for row in topics),
        "outstanding": Listed(outstanding(signals, with_findings=works_on_findings), printed=3),
        "has_development": any(each.is_told for each in periods[:-1]),
        "number_lines": _number_lines(periods),
        "topic_lines": _topic_lines(report, periods),
        "persons": persons,
        "consultations": now["districts", "consultations"],
        "open": now["district_cases", "open_end"],
        "person_share": share_of(persons, report.total("districts", "persons")),
        "population": population,
        "rate": per_thousand(persons, population.count),
        "contacts": _staff(district, by),
        "offers": Listed([offer for offer in offers(district) if offer.institutions], printed=8),
        "findings": Listed(findings := _findings(district), printed=4),
        "open_findings": sum(finding.is_open for finding, _measures in findings),
        "works_on_findings": works_on_findings,
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


# --- Numbers


def _periods(report: Report, key: str) -> list[Here]:
    """The report and the current ones of its kind before it, the oldest first; of those only what is read here."""
    earlier = Report.objects.current().filter(kind=report.kind, starts_on__lt=report.starts_on).order_by("-starts_on")
    rows = earlier.values("period", *CELLS.values())[: PERIODS_SHOWN - 1]
    past = [
        Here.read(period_from_key(row["period"]), {table: row[path] or {} for table, path in CELLS.items()}, key)
        for row in rows
    ]
    own = {table: report.figures["tables"].get(table, {}).get("cells", {}) for table in CELLS}
    return [*reversed(past), Here.read(report.span, own, key)]


def _names() -> dict[Cell, str]:
    contacts = {("districts", "persons"): _("Personen"), ("districts", "consultations"): _("Beratungen")}
    cases = {("district_cases", column): _("Fälle, %(name)s") % {"name": name} for column, name in FLOW}
    return contacts | cases


def _rows(report: Report, now: Here, before: Here) -> list[Row]:
    return [
        Row(
            name=name,
            number=now[cell],
            share=share_of(now[cell], report.total(*cell)),
            before=before[cell],
            change=change(now[cell], before[cell]).text,
        )
        for cell, name in _names().items()
    ]


def _topic_heads(report: Report) -> list[Head]:
    return [Head(*head) for head in report.figures["tables"].get(TOPICS, {}).get("rows", ())]


def _topics(report: Report, now: Here, before: Here, key: str) -> list[TopicRow]:
    """In the order of the catalogue; nothing where the break-down is withheld."""
    found = [(head, now[TOPICS, head.key]) for head in _topic_heads(report)]
    highest = max((persons or 0 for _head, persons in found), default=0)
    if all(persons is None for _head, persons in found):
        return []
    return [
        TopicRow(
            name=name_of(head),
            persons=persons,
            share=share_of(persons, report.total(TOPICS, key)),
            city_share=share_of(report.figure("topics", head.key, "persons"), report.total("topics", "persons")),
            change=change(persons, before[TOPICS, head.key]).text,
            bar=charts.bar_length(persons, highest),
        )
        for head, persons in found
    ]


# --- Development


def _number_lines(periods: Sequence[Here]) -> Development:
    names = _names()
    lines = [_lines(periods, {cell: Head(cell[1], names[cell]) for cell in cells}) for cells in SCALES]
    return Development(lines[0].periods, tuple(row for each in lines for row in each.rows))


def _topic_lines(report: Report, periods: Sequence[Here]) -> Development:
    """The largest by their newest published number; equal ones in the order of the catalogue."""

    def newest(head: Head) -> int:
        return next((number for each in reversed(periods) if (number := each[TOPICS, head.key]) is not None), 0)

    largest = sorted(_topic_heads(report), key=newest, reverse=True)[:TOPICS_DRAWN]
    return _lines(periods, {(TOPICS, head.key): head for head in largest})


def _lines(periods: Sequence[Here], heads: Mapping[Cell, Head]) -> Development:
    """To one scale; without those of which no period publishes anything."""
    numbers = {cell: [each[cell] for each in periods] for cell in heads}
    told = {cell: values for cell, values in numbers.items() if any(value is not None for value in values)}
    shown = [heads[cell] for cell in told]
    return drawn([each.period for each in periods], shown, list(told.values()), least=LEAST_SCALE)


# --- Of today


def _staff(district: District, by: User) -> Listed:
    """Whom one can ask, the languages, and whether there is room, for those who may know; no more than are read."""
    words, found = capacity_words(district, by), contacts(district)
    rows = [(each, Listed(each.languages, printed=3), words.get(each.pk, "")) for each in found[:STAFF_SHOWN]]
    return Listed(rows, printed=5, hidden=len(found) - len(rows))


def _findings(district: District) -> list[tuple[Finding, Listed]]:
    """What the city works on here, then the last that it has settled; each with its measures."""
    found = Finding.objects.filter(districts=district).prefetch_related("measures").order_by("-moved_on", "-number")
    rows = list(found)
    settled = [finding for finding in rows if not finding.is_open and finding.status != Finding.Status.DROPPED]
    shown = [*(finding for finding in rows if finding.is_open), *settled[:SETTLED_SHOWN]]
    return [(finding, Listed(finding.measures.all(), printed=1)) for finding in shown]
