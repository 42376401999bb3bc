"""How often reports.signals names something: in made-up cities where nothing deviates, and where something does.

`python -m tests.signal_study` draws thousands of cities and writes the figures into docs/zahlen.md, "Was auffällt".
`drawn(...)` is one city in two periods, drawn person by person: Stadtbezirke of unequal size, people counselled in two
of them, several topics a person, people who come back with the topics they had. Only what the signals read is counted.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
if __name__ == "__main__":
    django.setup()

from kim.privacy.rounding import rounded, withheld
from reports.periods import Quarter
from reports.signals import SMALLEST_WAITS, find
from reports.tables import Head, PublishedTable, TrueReport, TrueTable

PERIODS = (Quarter(2026, 1), Quarter(2026, 2))
DISTRICTS = {"1": 10, "2": 5, "3": 6, "4": 10, "5": 10, "6": 14, "7": 11, "8": 17, "9": 14, "0": 3}  # of a hundred
TOPICS = {"housing": 34, "work": 30, "language": 26, "school": 22, "residence": 18, "health": 14, "family": 10,
          "leisure": 6}  # of a hundred persons  # fmt: skip
BARRIERS = {"waiting": 28, "capacity": 22, "legal": 14, "language": 10, "responsibility": 8, "documents": 7,
            "costs": 5, "discrimination": 3, "accessibility": 2, "other": 1}  # of a hundred  # fmt: skip
ELSEWHERE = 0.08  # of the persons are counselled in a second Stadtbezirk as well
RETURNING = 0.45  # of the persons of a period come again in the next
LASTING = 0.6  # of what somebody came with is the same next time
FAILING = 0.35  # of the persons meet a barrier, half of them in a second topic as well
WAIT_DAYS = 28


@dataclass(frozen=True)
class Plan:
    """A city. Deviations are of the second period, in points of per cent; nothing is planted by default."""

    persons: int = 600
    topic_in_district: int = 0  # housing in Kalk
    barrier_in_topic: int = 0  # documents in work
    topic_rises: int = 0  # school
    barrier_grows: int = 0  # legal
    waits_longer: float = 1.0  # times as long, everywhere
    habits: float = 0.0  # how differently the Stadtbezirke write topics down (spread of the factor)
    intensity: Mapping[str, float] = field(default_factory=dict)  # Stadtbezirk -> topics of a person, times


@dataclass
class Person:
    district: str
    second: str
    openness: float  # some have many topics, some one
    topics: set[str] = field(default_factory=set)
    barriers: dict[str, str] = field(default_factory=dict)  # topic -> barrier


def drawn(plan: Plan, random: Random) -> list[dict[str, Any]]:
    """What the second report of this city names."""
    people: list[Person] = []
    told = []
    habits = {(t, d): max(0.0, random.gauss(1, plan.habits)) for t in TOPICS for d in DISTRICTS}
    for period in PERIODS:
        now = plan if period == PERIODS[1] else Plan(plan.persons, habits=plan.habits, intensity=plan.intensity)
        stay = [person for person in people if random.random() < RETURNING]
        new = [_newcomer(random) for _ in range(plan.persons - len(stay))]
        people = stay + new
        for person in people:
            _give_topics(person, now, habits, random)
            _give_barriers(person, now, random)
        told.append(_counted(period, people, now, random))
    before, true = told
    return find(true, before, published(true), published(before))


def _newcomer(random: Random) -> Person:
    district = _one_of(DISTRICTS, random)
    second = _one_of(DISTRICTS, random) if random.random() < ELSEWHERE else ""
    return Person(district, second, random.gammavariate(4, 0.25))


def _give_topics(person: Person, plan: Plan, habits: Mapping[tuple[str, str], float], random: Random) -> None:
    had, person.topics = person.topics, set()
    chances = {}
    for topic, percent in TOPICS.items():
        more = plan.topic_in_district if (topic, person.district) == ("housing", "8") else 0
        more += plan.topic_rises if topic == "school" else 0
        often = person.openness * plan.intensity.get(person.district, 1.0) * habits[topic, person.district]
        chances[topic] = percent * often + more
        lasts = bool(had) and not more and random.random() < LASTING
        if topic in had if lasts else random.random() * 100 < chances[topic]:
            person.topics.add(topic)
    if not person.topics:
        person.topics.add(_one_of(chances, random))


def _give_barriers(person: Person, plan: Plan, random: Random) -> None:
    person.barriers = {}
    if random.random() >= FAILING:
        return
    topics = sorted(person.topics)
    random.shuffle(topics)
    for topic in topics[: 1 + (random.random() < 0.5)]:
        weights = _raised(BARRIERS, "legal", plan.barrier_grows)
        if topic == "work":
            weights = _raised(weights, "documents", plan.barrier_in_topic)
        same = person.barriers and random.random() < 0.4
        person.barriers[topic] = next(iter(person.barriers.values())) if same else _one_of(weights, random)


def _raised(weights: Mapping[str, float], key: str, points: int) -> dict[str, float]:
    """One of them so many points of per cent more likely."""
    whole = sum(weights.values())
    goal, rest = weights[key] / whole + points / 100, whole - weights[key]
    return {**weights, key: goal * rest / (1 - goal)}


def _one_of(weights: Mapping[str, float], random: Random) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


# --- Counting


def _counted(period: Quarter, people: Iterable[Person], plan: Plan, random: Random) -> TrueReport:
    places: dict[tuple[str, str], set[int]] = defaultdict(set)
    hurdles: dict[tuple[str, str], set[int]] = defaultdict(set)
    waits: dict[str, list[int]] = defaultdict(list)
    for number, person in enumerate(people):
        for topic in sorted(person.topics):  # a set of words has another order in each process
            elsewhere = person.second and random.random() < 0.5
            places[topic, person.second if elsewhere else person.district].add(number)
            if topic not in person.barriers and random.random() < 0.25:
                days = round(WAIT_DAYS * random.lognormvariate(0, 0.8) * plan.waits_longer)
                waits[topic].append(days)
                waits[""].append(days)
        for topic, barrier in person.barriers.items():
            hurdles[barrier, topic].add(number)
    tables = {
        "topics": _one_way("topics", TOPICS, places),
        "topic_by_district": _two_way("topic_by_district", TOPICS, DISTRICTS, places),
        "barriers": _one_way("barriers", BARRIERS, hurdles),
        "barrier_by_topic": _two_way("barrier_by_topic", BARRIERS, TOPICS, hurdles),
        "referrals": _one_way("referrals", TOPICS, {}),
    }
    return TrueReport(period, tables, (), {}, {}, {topic: tuple(days) for topic, days in waits.items()})


def _heads(keys: Iterable[str]) -> tuple[Head, ...]:
    return tuple(Head(key, key.title(), key.title()) for key in keys)


def _one_way(key: str, rows: Iterable[str], cells: Mapping[tuple[str, str], set[int]]) -> TrueTable:
    persons = {row: set().union(*(who for (r, _c), who in cells.items() if r == row)) for row in rows}
    everybody = len(set().union(*persons.values()))
    counts = {(row, "persons"): len(who) for row, who in persons.items()}
    return TrueTable(key, _heads(rows), _heads(["persons"]), counts, {"persons": everybody}, everybody)


def _two_way(
    key: str, rows: Iterable[str], columns: Iterable[str], cells: Mapping[tuple[str, str], set[int]]
) -> TrueTable:
    counts = {(row, column): len(cells.get((row, column), ())) for row in rows for column in columns}
    totals = {c: len(set().union(*(who for (_r, col), who in cells.items() if col == c))) for c in columns}
    row_totals = {r: len(set().union(*(who for (row, _c), who in cells.items() if row == r))) for r in rows}
    everybody = len(set().union(*cells.values()))
    return TrueTable(key, _heads(rows), _heads(columns), counts, totals, everybody, row_totals)


def published(true: TrueReport) -> dict[str, Any]:
    """Rounded, without the audit of break-downs: whatever it withholds could only make signals fewer."""
    tables = {}
    for key, table in true.tables.items():
        few = withheld(table.population)
        tables[key] = PublishedTable(
            key, table.rows, table.columns,
            {cell: None if few else rounded(count) for cell, count in table.cells.items()},
            {column: None if few else rounded(count) for column, count in table.totals.items()},
            {row: None if few else rounded(count) for row, count in table.row_totals.items()},
            PublishedTable.FEW if few else "",
        ).stored()  # fmt: skip
    waits = {t: sorted(days)[len(days) // 2] / 7 for t, days in true.waits.items() if len(days) >= SMALLEST_WAITS}
    return {"tables": tables, "medians": {"waiting": {topic: round(weeks) for topic, weeks in waits.items()}}}


# --- The figures of docs/zahlen.md

PAGE = Path(__file__).parent.parent / "docs" / "zahlen.md"
START, END = "<!-- Anfang: python -m tests.signal_study -->", "<!-- Ende: python -m tests.signal_study -->"
SIZES = (300, 600, 1500)
QUIET, LOUD = 1000, 100  # cities of a figure
UNEVEN = {"1": 0.6, "6": 0.7, "8": 1.5}
SILENT: tuple[tuple[str, int, Plan], ...] = (
    ("nichts", QUIET, Plan()),
    ("wie viele Themen jemand hat: 0,6- bis 1,5-mal so viele", QUIET, Plan(intensity=UNEVEN)),
    ("wie oft ein Thema aufgeschrieben wird: etwas (Streuung 15 %)", LOUD, Plan(habits=0.15)),
    ("wie oft ein Thema aufgeschrieben wird: deutlich (Streuung 30 %)", LOUD, Plan(habits=0.3)),
)
PLANTED: tuple[tuple[str, str, Plan], ...] = (
    ("ein Thema in einem Stadtbezirk: +10 Punkte", "topic_district:housing:8", Plan(topic_in_district=10)),
    ("+20 Punkte", "topic_district:housing:8", Plan(topic_in_district=20)),
    ("+30 Punkte", "topic_district:housing:8", Plan(topic_in_district=30)),
    ("eine Hürde bei einem Thema: +20 Punkte", "barrier_topic:documents:work", Plan(barrier_in_topic=20)),
    ("+30 Punkte", "barrier_topic:documents:work", Plan(barrier_in_topic=30)),
    ("ein Thema steigt: +6 Punkte", "topic_rise:school", Plan(topic_rises=6)),
    ("+10 Punkte", "topic_rise:school", Plan(topic_rises=10)),
    ("+15 Punkte", "topic_rise:school", Plan(topic_rises=15)),
    ("eine Hürde wächst: +10 Punkte", "barrier_growth:legal", Plan(barrier_grows=10)),
    ("+20 Punkte", "barrier_growth:legal", Plan(barrier_grows=20)),
    ("das Warten dauert 1,3-mal so lang", "waiting:", Plan(waits_longer=1.3)),
    ("1,5-mal so lang", "waiting:", Plan(waits_longer=1.5)),
)


def named(plan: Plan, cities: int, signal: str = "", seed: int = 1) -> float:
    """The share of cities in which this signal is found; without one, in which there is any."""
    random = Random(seed)
    found = [[each["id"] for each in drawn(plan, random)] for _ in range(cities)]
    return sum(signal in ids if signal else bool(ids) for ids in found) / cities


def figures() -> str:
    head = "".join(f" {size} Personen |" for size in SIZES)
    rule = " ---: |" * len(SIZES)
    lines = [f"| Was sich zwischen den Stadtbezirken unterscheidet |{head}", f"| --- |{rule}"]
    for label, cities, plan in SILENT:
        lines.append(_line(label, [named(replace(plan, persons=size), cities) for size in SIZES], digits=1))
    lines += ["", f"| Was eingebaut ist |{head}", f"| --- |{rule}"]
    for label, signal, plan in PLANTED:
        lines.append(_line(label, [named(replace(plan, persons=size), LOUD, signal) for size in SIZES]))
    return "\n".join(lines)


def _line(label: str, shares: Iterable[float], digits: int = 0) -> str:
    print(label, *shares, flush=True)
    return f"| {label} |" + "".join(f" {100 * share:.{digits}f} % |".replace(".", ",") for share in shares)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    before, after = text[: text.index(START) + len(START)], text[text.index(END) :]
    PAGE.write_text(f"{before}\n\n{figures()}\n\n{after}", encoding="utf-8")
