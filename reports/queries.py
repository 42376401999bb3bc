"""Pure questions to the case files: arguments in, frozen dataclasses out. The only file of reports that reads cases.

Two askers. `true_situation` is for the building job alone (reports.situation), which publishes what it gets at once;
`own_figures` answers a case manager about the own work. Definitions: templates/reports/_how_we_count.html.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from cases.models import Case, Client, Consultation
from cases.models.consultation import ConsultationQuerySet
from districts.models import CaseManager, District, Population, Provider, Topic
from reports.periods import Month, Quarter, shown_months, shown_quarters

NO_DISTRICT: Final = 0  # the head "ohne Stadtbezirk"
ADVICE: Final = (Case.ServiceLevel.SIGNPOSTING, Case.ServiceLevel.BRIEF)


@dataclass(frozen=True)
class Contacts:
    """True counts: different persons, and consultations (those without a name included)."""

    persons: int = 0
    consultations: int = 0


@dataclass(frozen=True)
class Flow:
    """True counts of cases: open at the end of the period, opened in it, closed in it."""

    open: int = 0
    new: int = 0
    closed: int = 0


@dataclass(frozen=True)
class Heads:
    """Rows and columns of the tables, fixed before anything is counted, in the order of the catalogue."""

    districts: tuple[dict[str, Any], ...]
    topics: tuple[dict[str, Any], ...]
    providers: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class TrueQuarter:
    quarter: Quarter
    total: Contacts
    by_district: dict[int, Contacts]
    by_topic: dict[str, Contacts]
    by_provider: dict[str, Contacts]
    topic_by_district: dict[str, dict[int, int]]  # persons
    persons_with_topic: int
    cases: Flow
    case_management: Flow
    advice: Flow
    cases_by_district: dict[int, Flow]
    cases_on_the_books: int  # open on at least one day of the quarter


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
    heads, person_of = _heads(), _persons()
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


# --- What is counted at all


def _city(rows: QuerySet) -> QuerySet:
    """Protected tracks are left out of the city's figures here, at the source and nowhere else (Art. 9 DSGVO)."""
    return rows.filter(track__is_protected=False)


def _consultations(first: date, last: date, today: date) -> QuerySet:
    """Contacts with the person in a period, both ends included, nothing of tomorrow; order would only cost time."""
    held = Consultation.objects.counted().filter(held_on__gte=first, held_on__lte=min(last, today))
    return _city(held).order_by()


# --- Who is the same person


def _persons() -> dict[int, int]:
    """Client -> the first client who is the same person: same full name in any order and spelling, same birth date.

    Compared by a keyed hash whose key lives as long as this call. Only clients who are somebody else's double are
    listed. Without a birth date, or under a pseudonym, the record itself is the person.
    """
    salt = secrets.token_bytes(32)
    first_seen: dict[bytes, int] = {}
    doubles: dict[int, int] = {}
    named = Client.objects.filter(birth_date__isnull=False, pseudonym="").exclude(sort_name="").order_by("pk")
    for pk, name, birth_date in named.values_list("pk", "sort_name", "birth_date").iterator(chunk_size=5000):
        text = f"{' '.join(sorted(name.split()))}|{birth_date}"
        first = first_seen.setdefault(hashlib.blake2b(text.encode(), key=salt, digest_size=16).digest(), pk)
        if first != pk:
            doubles[pk] = first
    return doubles


def _person(client: int | None, person_of: dict[int, int]) -> int | None:
    """None for a consultation without a name."""
    return None if client is None else person_of.get(client, client)


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
            person = _person(client, person_of)
            for cell in (total, tally, districts[district or NO_DISTRICT], providers[provider]):
                cell.add(person, number)
    topics: dict[str, _Tally] = defaultdict(_Tally)
    crossed: dict[tuple[str, int], set[int]] = defaultdict(set)
    codes = {topic["id"]: topic["code"] for topic in heads.topics}
    for client, district, topic, number in _topic_rows(quarter, today):
        person = _person(client, person_of)
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
        **_cases(quarter, today, numbers),
    )


def _contact_rows(month: Month, today: date) -> Iterator[tuple[int | None, int | None, str, int]]:
    rows = _consultations(month.start, month.end, today).values_list("case__client", "district", "provider__code")
    return rows.annotate(number=Count("pk")).iterator(chunk_size=5000)


def _topic_rows(quarter: Quarter, today: date) -> Iterator[tuple[int | None, int | None, int, int]]:
    """A subtopic counts as its main topic; a consultation with two subtopics of one main topic counts once."""
    held = _consultations(quarter.start, quarter.end, today).filter(topics__isnull=False)
    rows = held.annotate(main=Coalesce("topics__parent", "topics")).values_list("case__client", "district", "main")
    return rows.annotate(number=Count("pk", distinct=True)).iterator(chunk_size=5000)


def _cases(quarter: Quarter, today: date, numbers: list[int]) -> dict[str, Any]:
    """Cases of the quarter by their Stadtbezirk and kind of help of today; one question for all of them."""
    last = min(quarter.end, today)
    is_open = Q(opened_on__lte=last) & (Q(closed_on=None) | Q(closed_on__gt=last))
    on_the_books = Q(opened_on__lte=last) & (Q(closed_on=None) | Q(closed_on__gte=quarter.start))
    rows = _city(Case.objects.filter(on_the_books)).order_by().values_list("district", "service_level")
    counted = rows.annotate(
        open=Count("pk", filter=is_open),
        new=Count("pk", filter=Q(opened_on__gte=quarter.start)),
        closed=Count("pk", filter=Q(closed_on__gte=quarter.start, closed_on__lte=last)),
        all=Count("pk"),
    )
    flows = [(district or NO_DISTRICT, level, Flow(*flow), books) for district, level, *flow, books in counted]
    return {
        "cases": _sum(flow for _, _, flow, _ in flows),
        "case_management": _sum(flow for _, level, flow, _ in flows if level == Case.ServiceLevel.CASE_MANAGEMENT),
        "advice": _sum(flow for _, level, flow, _ in flows if level in ADVICE),
        "cases_by_district": {n: _sum(flow for district, _, flow, _ in flows if district == n) for n in numbers},
        "cases_on_the_books": sum(books for *_, books in flows),
    }


def _sum(flows: Iterable[Flow]) -> Flow:
    """Of true counts of cases, each of which is in exactly one of them. Published numbers are never added up."""
    flows = list(flows)
    return Flow(sum(f.open for f in flows), sum(f.new for f in flows), sum(f.closed for f in flows))


def _heads() -> Heads:
    """Also what the reading pages need of the landscape: names in both languages and the latest population."""
    population = {}
    for row in Population.objects.filter(band=Population.Band.FROM_18_TO_27).order_by("year"):
        population[row.district_id] = {"count": row.count, "year": row.year, "source": row.source}
    districts = [
        {"number": number, "name": name, "population": population.get(number)}
        for number, name in District.objects.values_list("number", "name")
    ]
    return Heads(
        districts=(*districts, {"number": NO_DISTRICT, "name": "", "population": None}),
        topics=tuple(Topic.objects.main().values("id", "code", "name", "name_en")),
        providers=tuple({"code": code, "name": name} for code, name in Provider.objects.values_list("code", "name")),
    )


# --- The own work of a case manager: exact and live, for nobody else


@dataclass(frozen=True)
class OwnFigures:
    """Exact counts of one case manager's own work in a period; what is open is counted today."""

    open: int
    capacity: int
    new: int
    closed: int
    persons: int
    consultations: int
    minutes: int  # all of the three below
    direct_minutes: int
    indirect_minutes: int
    waiting_minutes: int
    preparation: tuple[int, int]  # entries with preparation or follow-up work, minutes
    open_by_level: dict[str, int]
    minutes_by_kind: dict[str, tuple[int, int]]  # entries, minutes
    persons_by_topic: dict[int, tuple[int, int]]  # persons, consultations
    by_month: dict[Month, int]  # consultations of this year and the year before


def own_figures(case_manager: CaseManager, first: date, last: date, today: date) -> OwnFigures:
    """The cases that are the case manager's now, also long closed ones, and every consultation held for them.

    Counts only, never content. Protected tracks are included: these are the case manager's own people. A talk with
    several people is an entry in each file, but its time passed once.
    """
    cases = Case.objects.owned_by(case_manager.user)
    counted = (
        cases.order_by()
        .values_list("service_level")
        .annotate(
            open=Count("pk", filter=Q(closed_on=None)),
            new=Count("pk", filter=Q(opened_on__range=(first, last))),
            closed=Count("pk", filter=Q(closed_on__range=(first, last))),
        )
    )
    flows = {level: Flow(*flow) for level, *flow in counted}
    flow = _sum(flows.values())
    logged = Consultation.objects.filter(case_manager=case_manager, held_on__lte=today).order_by()
    period = logged.filter(held_on__range=(first, last))
    entries = dict(period.values_list("kind").annotate(Count("pk")))
    time = _own_time(period)
    by_kind = {kind: (number, time.by_kind.get(kind, 0)) for kind, number in entries.items()}
    return OwnFigures(
        open=flow.open,
        capacity=case_manager.capacity,
        new=flow.new,
        closed=flow.closed,
        persons=period.counted().aggregate(n=Count("case__client", distinct=True))["n"],
        consultations=sum(by_kind.get(kind, (0, 0))[0] for kind in Consultation.WITH_PERSON),
        minutes=sum(time.by_kind.values()) + time.preparation[1],
        direct_minutes=sum(time.by_kind.get(kind, 0) for kind in Consultation.WITH_PERSON) - time.waiting,
        indirect_minutes=sum(time.by_kind.get(kind, 0) for kind in Consultation.INDIRECT) + time.preparation[1],
        waiting_minutes=time.by_kind.get(Consultation.Kind.NO_SHOW, 0) + time.waiting,
        preparation=time.preparation,
        open_by_level={level: flows[level].open if level in flows else 0 for level in Case.ServiceLevel.values},
        minutes_by_kind={kind: by_kind.get(kind, (0, 0)) for kind in Consultation.Kind.values},
        persons_by_topic=_own_topics(period),
        by_month=_own_months(logged, today),
    )


@dataclass(frozen=True)
class _Time:
    """Minutes of one's own work, joint talks once."""

    by_kind: dict[str, int]
    waiting: int  # within the minutes of talks with the person
    preparation: tuple[int, int]  # entries, minutes; beside all of them


def _own_time(period: ConsultationQuerySet) -> _Time:
    is_direct = Q(kind__in=Consultation.WITH_PERSON)
    rows = period.once_per_group().values_list("kind")
    sums = list(
        rows.annotate(
            spent=Sum("minutes"),
            waited=Coalesce(Sum("waiting_minutes", filter=is_direct), 0),
            prepared=Count("pk", filter=Q(indirect_minutes__gt=0)),
            preparing=Coalesce(Sum("indirect_minutes"), 0),
        )
    )
    return _Time(
        by_kind={kind: minutes for kind, minutes, *_ in sums},
        waiting=sum(row[2] for row in sums),
        preparation=(sum(row[3] for row in sums), sum(row[4] for row in sums)),
    )


def _own_topics(period: ConsultationQuerySet) -> dict[int, tuple[int, int]]:
    held = period.counted().filter(topics__isnull=False).annotate(main=Coalesce("topics__parent", "topics"))
    rows = held.values_list("main").annotate(Count("case__client", distinct=True), Count("pk", distinct=True))
    return {topic: (persons, consultations) for topic, persons, consultations in rows}


def _own_months(logged: ConsultationQuerySet, today: date) -> dict[Month, int]:
    since = logged.counted().filter(held_on__gte=date(today.year - 1, 1, 1))
    rows = since.values_list(ExtractYear("held_on"), ExtractMonth("held_on")).annotate(Count("pk"))
    counted = Counter({Month(year, month): number for year, month, number in rows})
    january = Month(today.year - 1, 1)
    return {month: counted[month] for month in (january.shifted(later) for later in range(24))}


SERVICE_LEVELS: Final = dict(Case.ServiceLevel.choices)
KINDS: Final = dict(Consultation.Kind.choices)
