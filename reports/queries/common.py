"""What every count shares: which rows count at all, who is the same person, the heads of the tables."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet

from cases.models import Client, Consultation
from districts.models import District, Population, Provider, Topic

NO_DISTRICT: Final = 0  # the head "ohne Stadtbezirk"


@dataclass(frozen=True)
class Contacts:
    """True counts: different persons, and consultations (those without a name included)."""

    persons: int = 0
    consultations: int = 0


@dataclass(frozen=True)
class Heads:
    """Rows and columns of the tables, fixed before anything is counted, in the order of the catalogue."""

    districts: tuple[dict[str, Any], ...]
    topics: tuple[dict[str, Any], ...]
    providers: tuple[dict[str, Any], ...]


# --- What is counted at all


def city(rows: QuerySet) -> QuerySet:
    """Protected tracks are left out of the city's figures here, at the source and nowhere else (Art. 9 DSGVO)."""
    return rows.filter(track__is_protected=False)


def consultations(first: date, last: date, today: date) -> QuerySet:
    """Contacts with the person in a period, both ends included, nothing of tomorrow; order would only cost time."""
    held = Consultation.objects.counted().filter(held_on__gte=first, held_on__lte=min(last, today))
    return city(held).order_by()


# --- Who is the same person


def persons() -> dict[int, int]:
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


def person_behind(client: int | None, person_of: dict[int, int]) -> int | None:
    """None for a consultation without a name."""
    return None if client is None else person_of.get(client, client)


# --- Heads


def drawn_heads() -> Heads:
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
