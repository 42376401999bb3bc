"""What the pages show: stored figures put in order. Nothing is counted here, and nothing exact is known here.

A number is None where it is withheld; templates write it with the filter `figure`, charts with the same function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import F, FilteredRelation, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from districts.models import CaseManager, District, Topic
from reports import charts
from reports.charts import Cell, Grid, Line
from reports.models import Situation
from reports.periods import Month, Quarter
from reports.publishing import per_thousand, share_of, shown

FRESH_FOR: Final = timedelta(days=2)  # a nightly job that has missed two nights is broken


@dataclass(frozen=True)
class Option:
    key: str
    label: str
    is_current: bool


@dataclass(frozen=True)
class KeyFigure:
    label: str
    value: int | None
    hint: str


@dataclass(frozen=True)
class Row:
    """One line of a table: its head and its published numbers."""

    label: str
    persons: int | None = None
    consultations: int | None = None
    rate: float | None = None
    share: int | None = None
    city_share: int | None = None
    bar: float = 0
    url: str = ""
    number: int = 0
    is_current: bool = False
    is_running: bool = False


class Figures:
    """The stored figures of one day, asked by quarter."""

    def __init__(self, situation: Situation) -> None:
        self.as_of: date = situation.as_of
        self.heads: dict[str, Any] = situation.figures["heads"]
        self.months: list[dict[str, Any]] | None = situation.figures["months"]
        self._quarters: dict[str, Any] = situation.figures["quarters"]
        self.keys = sorted(self._quarters)

    def __getitem__(self, key: str) -> dict[str, Any]:
        return self._quarters[key]

    def chosen(self, key: str | None) -> str:
        """One of the stored quarters; anything else means the running one."""
        return key if key in self._quarters else self.keys[-1]

    def before(self, key: str) -> str | None:
        index = self.keys.index(key)
        return self.keys[index - 1] if index else None

    def is_running(self, key: str) -> bool:
        return self.as_of < Quarter.from_key(key).end

    def options(self, current: str) -> list[Option]:
        return [Option(key, Quarter.from_key(key).label, key == current) for key in reversed(self.keys)]

    def value(self, key: str | None, table: str, row: str, measure: str) -> int | None:
        """One published number; None if it, its row or its table is withheld."""
        return (((self._quarters.get(key or "") or {}).get(table) or {}).get(row) or {}).get(measure)

    def total(self, key: str | None, measure: str) -> int | None:
        return ((self._quarters.get(key or "") or {}).get("total") or {}).get(measure)


def name_of(head: dict[str, Any]) -> str:
    """Of a stored head, in the language of the reader."""
    return head["name_en"] if get_language() == "en" and head.get("name_en") else head["name"]


def district_name(head: dict[str, Any]) -> str:
    """In tables headed "Stadtbezirk"."""
    return head["name"] or _("ohne Stadtbezirk")


# --- Lage


def situation_page(situation: Situation, districts: Sequence[District], key: str | None, today: date) -> dict[str, Any]:
    figures = Figures(situation)
    key = figures.chosen(key)
    rows = _district_rows(figures, key)
    step = charts.scale(row.persons for row in rows[:-1])
    return {
        **_frame(figures, key, today),
        "key_figures": _key_figures(figures, key),
        "districts": rows,
        "has_districts": figures[key]["districts"] is not None,
        "population": _population(figures.heads["districts"]) if any(row.rate for row in rows) else None,
        "map": _map(rows, districts, step, key),
        "topics": _topic_rows(figures, key),
        "heat": _heat(figures, key),
        "providers": _provider_rows(figures, key),
        "trend": _trend(figures),
        "trend_rows": _trend_rows(figures),
        "quarters": [_quarter_row(figures, each, key) for each in figures.keys],
    }


def _frame(figures: Figures, key: str, today: date) -> dict[str, Any]:
    return {
        "as_of": figures.as_of,
        "is_stale": today - figures.as_of > FRESH_FOR,
        "quarter": Quarter.from_key(key),
        "is_running": figures.is_running(key),
        "of_report": figures[key].get("report"),
        "options": figures.options(key),
    }


def _key_figures(figures: Figures, key: str) -> list[KeyFigure]:
    def change(now: int | None, before: int | None) -> str:
        if figures.is_running(key):
            return _("bis zum %(day)s") % {"day": f"{figures.as_of:%d.%m.%Y}"}
        if now is None or before is None:
            return ""
        if now == before:
            return _("wie im Quartal davor")
        return _("%(change)s zum Quartal davor") % {"change": ("+" if now > before else "−") + shown(abs(now - before))}

    last = figures.before(key)

    def contacts(measure: str) -> tuple[int | None, str]:
        now, before = figures.total(key, measure), figures.total(last, measure)
        return now, change(now, before)

    return [
        KeyFigure(_("Personen beraten"), *contacts("persons")),
        KeyFigure(_("Beratungen"), *contacts("consultations")),
    ]


def _district_row(figures: Figures, key: str, head: dict[str, Any]) -> Row:
    number = head["number"]
    persons = figures.value(key, "districts", str(number), "persons")
    return Row(
        label=district_name(head),
        number=number,
        url=f"{reverse('reports:district', args=[number])}?quartal={key}" if number else "",
        persons=persons,
        consultations=figures.value(key, "districts", str(number), "consultations"),
        rate=per_thousand(persons, head["population"]["count"]) if head["population"] else None,
    )


def _district_rows(figures: Figures, key: str) -> list[Row]:
    """In the order of their numbers; "ohne Stadtbezirk" is the last."""
    return [_district_row(figures, key, head) for head in figures.heads["districts"]]


def _population(heads: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Year and source of the inhabitants; one import fills all Stadtbezirke."""
    return next((head["population"] for head in heads if head["population"]), None)


def _map(rows: list[Row], districts: Sequence[District], step: int, key: str) -> charts.Map:
    by_number = {row.number: row for row in rows}
    areas = []
    for district in districts:
        row = by_number.get(district.number) or Row(str(district))
        number = shown(row.persons) if row.persons is not None else _("zu wenige Fälle")
        label = _("%(district)s: %(number)s Personen") % {"district": district, "number": number}
        areas.append(charts.area(district, row.persons, step, label=label, url=row.url))
    title = _("Beratene Personen nach Stadtbezirk, %(quarter)s") % {"quarter": Quarter.from_key(key).label}
    return charts.Map(id="karte", title=title, areas=tuple(areas), classes=charts.classes(step, areas))


def _topic_rows(figures: Figures, key: str, district: int | None = None) -> list[Row]:
    """City-wide, or of one Stadtbezirk with the shares of the city beside it; empty where the table is withheld."""
    quarter, city = figures[key], figures.total(key, "persons")
    if quarter["topics"] is None or (district is not None and quarter["topic_by_district"] is None):
        return []
    whole = city if district is None else figures.value(key, "districts", str(district), "persons")

    def persons_of(code: str) -> int | None:
        if district is None:
            return figures.value(key, "topics", code, "persons")
        return figures.value(key, "topic_by_district", code, str(district))

    highest = max(persons_of(head["code"]) or 0 for head in figures.heads["topics"])
    return [
        Row(
            label=name_of(head),
            number=position,
            persons=persons_of(head["code"]),
            consultations=figures.value(key, "topics", head["code"], "consultations"),
            share=share_of(persons_of(head["code"]), whole),
            city_share=share_of(figures.value(key, "topics", head["code"], "persons"), city),
            bar=charts.bar_length(persons_of(head["code"]), highest),
        )
        for position, head in enumerate(figures.heads["topics"], 1)
    ]


def _heat(figures: Figures, key: str) -> Grid | None:
    table = figures[key]["topic_by_district"]
    if table is None:
        return None
    step = charts.scale(number for row in table.values() for number in row.values())
    numbers = [str(head["number"]) for head in figures.heads["districts"]]
    rows = [
        Line(
            label=name_of(head),
            cells=tuple(
                Cell(number, charts.class_of(number, step))
                for number in (figures.value(key, "topic_by_district", head["code"], n) for n in numbers)
            ),
            total=figures.value(key, "topics", head["code"], "persons"),
        )
        for head in figures.heads["topics"]
    ]
    return Grid(tuple(district_name(head) for head in figures.heads["districts"]), tuple(rows))


def _provider_rows(figures: Figures, key: str) -> list[Row]:
    if figures[key]["providers"] is None:
        return []
    return [
        Row(head["name"], **{m: figures.value(key, "providers", head["code"], m) for m in ("persons", "consultations")})
        for head in figures.heads["providers"]
    ]


def _trend(figures: Figures) -> charts.Columns | None:
    if figures.months is None:
        return None
    months = [(Month(row["year"], row["month"]), row) for row in figures.months]
    return charts.columns(
        "verlauf",
        _("Beratene Personen und Beratungen je Monat, ganz Köln"),
        [(_("Personen"), 1), (_("Beratungen"), 2)],
        [
            charts.Group(
                label=month.short_label,
                second=str(month.year) if month.number == 1 or index == 0 else "",
                name=month.label,
                values=(row["persons"], row["consultations"]),
            )
            for index, (month, row) in enumerate(months)
        ],
    )


def _trend_rows(figures: Figures) -> list[Row]:
    """The running month is the last."""
    return [
        Row(Month(row["year"], row["month"]).label, persons=row["persons"], consultations=row["consultations"])
        for row in figures.months or []
    ]


def _quarter_row(figures: Figures, each: str, key: str) -> Row:
    contacts = {measure: figures.total(each, measure) for measure in ("persons", "consultations")}
    return Row(Quarter.from_key(each).label, **contacts, is_current=each == key, is_running=figures.is_running(each))


# --- One Stadtbezirk


def district_page(situation: Situation, district: District, key: str | None, today: date) -> dict[str, Any]:
    figures = Figures(situation)
    key = figures.chosen(key)
    head = next((h for h in figures.heads["districts"] if h["number"] == district.number), None)
    if head is None:
        head = {"number": district.number, "name": district.name, "population": None}
    row = _district_row(figures, key, head)
    quarters = [
        replace(
            _district_row(figures, each, head),
            label=Quarter.from_key(each).label,
            is_current=each == key,
            is_running=figures.is_running(each),
        )
        for each in figures.keys
    ]
    return {
        **_frame(figures, key, today),
        "row": row,
        "rate_population": head["population"],
        "quarters": quarters,
        "quarter_chart": charts.columns(
            "quartale",
            _("Beratene Personen und Beratungen je Quartal, %(district)s") % {"district": district},
            [(_("Personen"), 1), (_("Beratungen"), 2)],
            [
                charts.Group(
                    label=Quarter.from_key(each).short_label,
                    name=Quarter.from_key(each).label,
                    values=(line.persons, line.consultations),
                )
                for each, line in zip(figures.keys, quarters, strict=True)
            ],
        ),
        "topics": (topics := _topic_rows(figures, key, district.number)),
        "has_shares": any(topic.share is not None for topic in topics),
    }


@dataclass
class Contact:
    """A case manager as published for the Stadtbezirk."""

    pk: int
    name: str
    provider: str
    languages: list[str]


def contacts(district: District) -> list[Contact]:
    """Published case managers of the Stadtbezirk; no track, because some tracks are nobody's business."""
    name = "languages__name_en" if get_language() == "en" else "languages__name"
    rows = CaseManager.objects.active().filter(districts=district, is_published=True)
    people: dict[int, Contact] = {}
    for pk, person, provider, language in rows.order_by("user__name", "pk", name).values_list(
        "pk", "user__name", "provider__name", name
    ):
        contact = people.setdefault(pk, Contact(pk, person, provider, []))
        if language:
            contact.languages.append(language)
    return list(people.values())


@dataclass
class Offer:
    """A main topic and the institutions that help with it."""

    topic: int
    name: str
    institutions: set[int]


def offers(district: District) -> list[Offer]:
    """By main topic: active institutions of the Stadtbezirk and those for the whole city. Public, so exact."""
    serving = Q(institutions__district=district) | Q(institutions__district=None)
    here = FilteredRelation("institutions", condition=Q(institutions__is_active=True) & serving)
    rows = Topic.objects.annotate(here=here).order_by(F("parent").asc(nulls_first=True), "position", "pk")
    found: dict[int, Offer] = {}
    for topic, parent, name, name_en, institution in rows.values_list("pk", "parent", "name", "name_en", "here"):
        if parent is None and topic not in found:
            found[topic] = Offer(topic, name_of({"name": name, "name_en": name_en}), set())
        if institution is not None:
            found[parent or topic].institutions.add(institution)
    return list(found.values())
