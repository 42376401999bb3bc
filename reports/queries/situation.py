"""The true figures of the city on a day, for the nightly job alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count
from django.db.models.functions import Coalesce

from reports.periods import Month, Quarter, shown_months, shown_quarters
from reports.queries.common import (
    NO_DISTRICT,
    Contacts,
    Heads,
    consultations,
    drawn_heads,
    person_behind,
    persons,
)


@dataclass(frozen=True)
class TrueQuarter:
    quarter: Quarter
    total: Contacts
    by_district: dict[int, Contacts]
    by_topic: dict[str, Contacts]
    by_provider: dict[str, Contacts]
    topic_by_district: dict[str, dict[int, int]]  # persons
    persons_with_topic: int


@dataclass(frozen=True)
class TrueSituation:
    today: date
    heads: Heads
    quarters: tuple[TrueQuarter, ...]
    months: dict[Month, Contacts]
    persons_of_months: int


def true_situation(today: date) -> TrueSituation:
    """The true figures of the city on a day. Only reports.situation may ask, and it keeps nothing of the answer.

    A person counts once per period and table, whoever counselled, also across Träger and Stadtbezirke.
    """
    heads, person_of = drawn_heads(), persons()
    months: dict[Month, _Tally] = {}
    quarters = tuple(_true_quarter(quarter, today, heads, person_of, months) for quarter in shown_quarters(today))
    trend = {month: months[month] for month in shown_months(today)}
    return TrueSituation(
        today=today,
        heads=heads,
        quarters=quarters,
        months={month: tally.contacts for month, tally in trend.items()},
        persons_of_months=len(set().union(*(tally.persons for tally in trend.values()))),
    )


# --- Counting


@dataclass
class _Tally:
    persons: set[int] = field(default_factory=set)
    consultations: int = 0

    def add(self, person: int | None, consultations: int) -> None:
        self.consultations += consultations
        if person is not None:
            self.persons.add(person)

    @property
    def contacts(self) -> Contacts:
        return Contacts(len(self.persons), self.consultations)


def _true_quarter(
    quarter: Quarter, today: date, heads: Heads, person_of: dict[int, int], months: dict[Month, _Tally]
) -> TrueQuarter:
    total = _Tally()
    districts: dict[int, _Tally] = defaultdict(_Tally)
    providers: dict[str, _Tally] = defaultdict(_Tally)
    for month in quarter.months:
        tally = months[month] = _Tally()
        for client, district, provider, number in _contact_rows(month, today):
            person = person_behind(client, person_of)
            for cell in (total, tally, districts[district or NO_DISTRICT], providers[provider]):
                cell.add(person, number)
    topics: dict[str, _Tally] = defaultdict(_Tally)
    crossed: dict[tuple[str, int], set[int]] = defaultdict(set)
    codes = {topic["id"]: topic["code"] for topic in heads.topics}
    for client, district, topic, number in _topic_rows(quarter, today):
        person = person_behind(client, person_of)
        topics[codes[topic]].add(person, number)
        if person is not None:
            crossed[codes[topic], district or NO_DISTRICT].add(person)
    numbers = [district["number"] for district in heads.districts]
    return TrueQuarter(
        quarter=quarter,
        total=total.contacts,
        by_district={number: districts[number].contacts for number in numbers},
        by_topic={code: topics[code].contacts for code in codes.values()},
        by_provider={head["code"]: providers[head["code"]].contacts for head in heads.providers},
        topic_by_district={code: {n: len(crossed[code, n]) for n in numbers} for code in codes.values()},
        persons_with_topic=len(set().union(*(tally.persons for tally in topics.values()))),
    )


def _contact_rows(month: Month, today: date) -> Iterator[tuple[int | None, int | None, str, int]]:
    rows = consultations(month.start, month.end, today).values_list("case__client", "district", "provider__code")
    return rows.annotate(number=Count("pk")).iterator(chunk_size=5000)


def _topic_rows(quarter: Quarter, today: date) -> Iterator[tuple[int | None, int | None, int, int]]:
    """A subtopic counts as its main topic; a consultation with two subtopics of one main topic counts once."""
    held = consultations(quarter.start, quarter.end, today).filter(topics__isnull=False)
    rows = held.annotate(main=Coalesce("topics__parent", "topics")).values_list("case__client", "district", "main")
    return rows.annotate(number=Count("pk", distinct=True)).iterator(chunk_size=5000)
