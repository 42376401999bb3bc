"""What the Träger have released about the system, as the city reads it: no case, no Träger, no writer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from cases.models import Observation
from districts.models import District, Institution, Topic

PAGE = 20


@dataclass(frozen=True)
class Seen:
    """One released observation."""

    key: UUID
    topic: Topic
    barrier: str
    barrier_name: str
    institution: Institution | None
    district: District | None
    text: str
    released_on: date | None


@dataclass(frozen=True)
class Waiting:
    """How many wait, and since when the oldest does."""

    number: int
    since: date | None


@dataclass(frozen=True)
class Heard:
    """So many released observations, from so many Träger: numbers, never a name."""

    observations: int
    providers: int


def inbox(taken: QuerySet, page: str | None, **chosen: Any) -> Page:
    """The released ones that are not among the numbers in `taken`; `chosen` narrows by topic, barrier, district."""
    rows = Observation.objects.for_city().exclude(pk__in=taken)
    if topic := chosen.pop("topic", None):
        rows = rows.filter(topic__in=[topic, *topic.subtopics.all()])
    rows = rows.filter(**{name: value for name, value in chosen.items() if value})
    found = Paginator(rows, PAGE).get_page(page)
    found.object_list = [_seen(row) for row in found.object_list]
    return found


def waiting(taken: QuerySet) -> Waiting:
    """The released ones that are in nobody's finding."""
    rows = Observation.objects.released().exclude(pk__in=taken)
    return Waiting(**rows.aggregate(number=Count("pk"), since=Min("released_on")))


def released(keys: QuerySet | Iterable[UUID]) -> list[Seen]:
    """These, if they are released, the youngest first."""
    return [_seen(row) for row in Observation.objects.for_city().filter(pk__in=keys)]


def providers(keys: QuerySet | Iterable[UUID]) -> int:
    """From how many Träger they come: a number, never a name."""
    rows = Observation.objects.released().filter(pk__in=keys).order_by()
    return int(rows.aggregate(number=Count("provider", distinct=True))["number"])


def heard(groups: Mapping[int, Iterable[UUID]]) -> dict[int, Heard]:
    """Of each group of observations what `released` and `providers` say, all in one query."""
    keys = {key for group in groups.values() for key in group}
    provider = dict(Observation.objects.released().filter(pk__in=keys).order_by().values_list("pk", "provider"))
    found = {name: [provider[key] for key in group if key in provider] for name, group in groups.items()}
    return {name: Heard(len(whose), len(set(whose))) for name, whose in found.items()}


def heard_by(sources: QuerySet, group: str) -> dict[int, Heard]:
    """The same for rows that name an observation each, grouped by one of their columns: all in one query."""
    named = Observation.objects.released().filter(pk=OuterRef("observation")).order_by().values("provider")
    found: dict[int, list[int]] = defaultdict(list)
    rows = sources.order_by().annotate(provider=Subquery(named)).exclude(provider=None)
    for name, provider in rows.values_list(group, "provider"):
        found[name].append(provider)
    return {name: Heard(len(whose), len(set(whose))) for name, whose in found.items()}


def _seen(row: Observation) -> Seen:
    return Seen(
        key=row.pk,
        topic=row.topic,
        barrier=row.barrier,
        barrier_name=row.get_barrier_display(),
        institution=row.institution,
        district=row.district,
        text=row.text,
        released_on=row.released_on,
    )
