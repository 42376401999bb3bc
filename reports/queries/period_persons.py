"""Who was counselled in a period, where and by whom, about what, and who these persons are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Case, Client, Consultation
from reports.periods import Period
from reports.queries import period_rows as rows
from reports.queries.period_frame import Frame
from reports.queries.period_tables import by_contacts, by_persons, crossed
from reports.tables import TrueTable

CHUNK = 5000


@dataclass
class Tally:
    """Different persons by row, and consultations, those without a name included."""

    people: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    talks: Counter[str] = field(default_factory=Counter)

    def add(self, row: str, person: int | None, talks: int) -> None:
        self.talks[row] += talks
        if person is not None:
            self.people[row].add(person)


@dataclass
class Contacts:
    """What the consultations of a period say; the persons they were with, and the cases in which they were."""

    everybody: set[int] = field(default_factory=set)
    all_talks: int = 0
    levels: Tally = field(default_factory=Tally)
    districts: Tally = field(default_factory=Tally)
    providers: Tally = field(default_factory=Tally)
    interpreting: Tally = field(default_factory=Tally)
    person_of_case: dict[int, int] = field(default_factory=dict)


@dataclass
class Attributes:
    """Persons by what is known of them: from the newest of their cases with a consultation in the period."""

    people: dict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    age_of: dict[int, str] = field(default_factory=dict)

    def add(self, table: str, row: str, person: int) -> None:
        self.people[table][row].add(person)

    def crossed_with_age(self, people: dict[str, set[int]]) -> dict[tuple[str, str], set[int]]:
        crossed_people: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row, found in people.items():
            for person in found:
                crossed_people[row, self.age_of.get(person, rows.UNKNOWN)].add(person)
        return crossed_people


def held(frame: Frame) -> QuerySet[Consultation]:
    """The consultations that count in the period; order would only cost time."""
    counted = Consultation.objects.counted().filter(frame.counts("held_on"))
    return counted.filter(frame.unprotected("track", "case__track")).order_by()


# --- Contacts


def counted_contacts(frame: Frame) -> Contacts:
    found = Contacts()
    for case, client, level, district, provider, interpreter, talks in _contact_rows(frame):
        person = None if client is None else frame.person(client)
        found.all_talks += talks
        found.levels.add(rows.level_of(level), person, talks)
        found.districts.add(str(district or rows.NO_DISTRICT), person, talks)
        found.providers.add(provider, person, talks)
        found.interpreting.add(interpreter, person, talks)
        if person is not None:
            found.everybody.add(person)
            found.person_of_case[case] = person
    return found


def _contact_rows(frame: Frame) -> Iterable[tuple[Any, ...]]:
    """Fetched at once, as many as there are cases: through a cursor PostgreSQL would read with one process only."""
    grouped = held(frame).values_list(
        "case", "case__client", "case__service_level", "district", "provider__code", "interpreter"
    )
    return grouped.annotate(talks=Count("pk"))


def contact_tables(found: Contacts, attributes: Attributes) -> Iterator[TrueTable]:
    everybody = found.everybody
    for key, heads, tally in (
        ("contacts", rows.levels(), found.levels),
        ("districts", rows.districts(), found.districts),
    ):
        yield by_contacts(key, heads, tally.people, tally.talks, everybody, found.all_talks)
    yield by_persons("providers", rows.providers(found.providers.talks), found.providers.people, everybody)
    interpreting = found.interpreting.people | {"needed": attributes.people["interpreting"]["needed"]}
    yield by_persons("interpreting", rows.interpreting(), interpreting, everybody)


def specialised_table(frame: Frame) -> TrueTable:
    """Protected tracks, city-wide: by that of the consultation or, if it had none, that of the case."""
    is_protected = Q(track__in=frame.protected) | Q(case__track__in=frame.protected)
    talks = Consultation.objects.counted().filter(frame.counts("held_on"), is_protected, case__isnull=False).order_by()
    people: dict[str, set[int]] = defaultdict(set)
    found = talks.values_list("track", "track__code", "case__track__code", "case__client").distinct()
    for track, code, code_of_case, client in found.iterator(chunk_size=CHUNK):
        people[code if track in frame.protected else code_of_case].add(frame.person(client))
    return by_persons("specialised", rows.specialised(), people, set().union(*people.values()))


# --- Who they are


def known_attributes(frame: Frame, contacts: Contacts) -> Attributes:
    newest: dict[int, tuple[date, int, list[Any]]] = {}
    for case, opened_on, *facts in _case_rows():
        person = contacts.person_of_case.get(case)
        if person is not None and (person not in newest or (opened_on, case) > newest[person][:2]):
            newest[person] = (opened_on, case, facts)
    found = Attributes()
    client_of: dict[int, int] = {}
    for person, (_opened_on, _case, (client, *facts)) in newest.items():
        client_of[client] = person
        _describe(found, person, facts, frame.period)
    for table, many in (("nationalities", Client.nationalities), ("languages", Client.languages)):
        _describe_by_many(found, table, many.through, client_of)
    return found


def _case_rows() -> Iterator[tuple[Any, ...]]:
    facts = Case.objects.order_by().values_list(
        "pk", "opened_on", "client", "age_at_opening", "client__sex", "client__residence_group", "client__entry_year",
        "client__legal_spheres", "client__interpreter_needed",
    )  # fmt: skip
    return facts.iterator(chunk_size=CHUNK)


def _describe(found: Attributes, person: int, facts: list[Any], period: Period) -> None:
    age, sex, residence, entry_year, spheres, needs_interpreter = facts
    found.age_of[person] = rows.band_of(age, rows.AGES)
    years = None if entry_year is None else max(period.end.year - entry_year, 0)
    found.add("age", found.age_of[person], person)
    found.add("sex", sex, person)
    found.add("residence", residence or Client.ResidenceGroup.UNKNOWN, person)
    found.add("entry", rows.band_of(years, rows.ENTRIES), person)
    for sphere in spheres or [rows.NOT_STATED]:
        found.add("legal_spheres", sphere, person)
    if needs_interpreter:
        found.add("interpreting", "needed", person)


def _describe_by_many(found: Attributes, table: str, through: type[Any], client_of: dict[int, int]) -> None:
    stated = set()
    for client, key in _links(through):
        if client in client_of:
            found.add(table, key, client_of[client])
            stated.add(client)
    for client, person in client_of.items():
        if client not in stated:
            found.add(table, rows.NOT_STATED, person)


def _links(through: type[Any]) -> Iterator[tuple[int, str]]:
    target = "country" if hasattr(through, "country") else "language"
    return through.objects.order_by().values_list("client", target).iterator(chunk_size=CHUNK)


def person_tables(found: Attributes, everybody: set[int]) -> Iterator[TrueTable]:
    one_way = {
        "age": rows.ages(),
        "sex": rows.sexes(),
        "residence": rows.residence_groups(),
        "entry": rows.entries(),
        "legal_spheres": rows.legal_spheres(),
        "languages": rows.languages(),
    }
    for key, heads in one_way.items():
        yield by_persons(key, heads, found.people[key], everybody)
    heads, folded = rows.nationalities(found.people["nationalities"])
    yield by_persons("nationalities", heads, folded, everybody)
    for attribute in ("sex", "residence"):
        pairs = found.crossed_with_age(found.people[attribute])
        yield crossed(f"{attribute}_by_age", one_way[attribute], one_way["age"], pairs, everybody)


# --- What it was about


def topic_tables(frame: Frame, attributes: Attributes) -> Iterator[TrueTable]:
    """A subtopic counts as its main topic; a consultation with two subtopics of one main topic counts once."""
    tally = Tally()
    with_district: dict[tuple[str, str], set[int]] = defaultdict(set)
    for client, district, code, talks in _topic_rows(frame):
        person = None if client is None else frame.person(client)
        tally.add(code, person, talks)
        if person is not None:
            with_district[code, str(district or rows.NO_DISTRICT)].add(person)
    everybody = set().union(*tally.people.values())
    topics, all_talks = rows.topics(frame.period, tally.talks), _talks_with_topic(frame)
    yield by_contacts("topics", topics, tally.people, tally.talks, everybody, all_talks)
    yield crossed("topic_by_district", topics, rows.districts(), with_district, everybody)
    yield crossed("topic_by_age", topics, rows.ages(), attributes.crossed_with_age(tally.people), everybody)


MAIN_CODE = Coalesce("topics__parent__code", "topics__code")


def _topic_rows(frame: Frame) -> Iterable[tuple[Any, ...]]:
    """Fetched at once, as `_contact_rows`: a few for each person."""
    with_topic = held(frame).filter(topics__isnull=False).annotate(main=MAIN_CODE)
    grouped = with_topic.values_list("case__client", "district", "main")
    return grouped.annotate(talks=Count("pk", distinct=True))


def _talks_with_topic(frame: Frame) -> int:
    return held(frame).filter(Exists(Consultation.topics.through.objects.filter(consultation=OuterRef("pk")))).count()


def first_topics_table(frame: Frame) -> TrueTable:
    """Topics at the beginning, of persons with a new case; who has none is in a row of its own."""
    people: dict[str, set[int]] = defaultdict(set)
    new = Case.objects.filter(frame.counts("opened_on"), frame.unprotected("track")).order_by()
    wanted = new.annotate(main=MAIN_CODE).values_list("client", "main").distinct()
    for client, code in wanted.iterator(chunk_size=CHUNK):
        people[code or rows.NOT_STATED].add(frame.person(client))
    heads = rows.topics(frame.period, people, (rows.NOT_STATED, rows.NO_STATEMENT))
    return by_persons("topics_start", heads, people, set().union(*people.values()))
