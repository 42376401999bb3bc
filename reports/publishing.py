"""From true counts to what the city may read. One rule per kind of number, and one function for each rule.

- Every number, margins too, is rounded to 5 from its own true value; rounded numbers are never added up.
- A table about fewer than 30 persons is withheld as a whole.
- Consultations are published from 30 on, and only where there are persons to speak of (`consultations`).
- A break-down from which a value below 5 could be computed is withheld as a whole (`is_too_fine`).
- Percentages and rates come from rounded numbers, from 50 persons on (`kim.privacy.rounding.share`, `per_thousand`).

None stands for what is withheld. docs/datenschutz.md explains the rules to readers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from django.utils.formats import get_format, number_format

from kim.privacy.rounding import BASE, SMALLEST_POPULATION, SMALLEST_SHARE_BASE, rounded, share, withheld
from reports.queries.common import Contacts, Heads
from reports.queries.situation import TrueQuarter, TrueSituation

RULES_VERSION: Final = "2"  # goes up whenever a definition or a rule above changes

_MOST_BELOW, _MOST_ABOVE = (BASE - 1) // 2, BASE // 2


def published(true: TrueSituation) -> dict[str, Any]:
    """The stored figures: everything screens, tables and charts ever learn."""
    return {
        "heads": asdict(true.heads),
        "quarters": {quarter.quarter.key: _quarter(quarter) for quarter in true.quarters},
        "months": _months(true),
    }


def catalogue_version(heads: Heads) -> str:
    """Two sets of figures with the same version have the same rows and columns."""
    names = json.dumps(asdict(heads), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(names.encode()).hexdigest()[:12]


# --- Rules


def consultations(contacts: Contacts) -> int | None:
    """Rounded; None below 30, and where the number of persons is published as 0.

    The second half keeps "0 persons, 40 consultations" from saying that one person came forty times.
    """
    if contacts.consultations < SMALLEST_POPULATION or rounded(contacts.persons) == 0:
        return None
    return rounded(contacts.consultations)


def share_of(part: int | None, whole: int | None) -> int | None:
    """Whole per cent of two published numbers; None of fewer than 50, and where one is withheld or no part."""
    return None if part is None or whole is None or part > whole else share(part, whole)


def per_thousand(persons: int | None, population: int) -> float | None:
    """Persons (a published number) per 1,000 inhabitants, one decimal; None below 50 persons."""
    if persons is None or persons < SMALLEST_SHARE_BASE or population <= 0:
        return None
    return round(1000 * persons / population, 1)


def is_too_fine(parts: Iterable[int], whole: int) -> bool:
    """Whether published parts and their published whole, read together, pin a part down to 1-4 or prove 1-2 persons.

    Each published number stands for an interval of true ones; what the others leave over narrows it. Somebody may be in
    two of the parts: they add up to at least the whole, and none is larger.
    """
    bounds = [_interval(part) for part in parts]
    whole_low, whole_high = _interval(whole)
    high_sum = sum(high for _, high in bounds)
    for part_low, part_high in bounds:
        low = max(part_low, whole_low - (high_sum - part_high))
        high = min(part_high, whole_high)
        if _gives_away(low, high):
            return True
    return False


def _gives_away(low: int, high: int) -> bool:
    return low >= 1 and (high <= _MOST_ABOVE or low == high < BASE)


def shown(number: float | None) -> str:
    """How a figure is written, in tables as in charts: 1.240, and – for what is withheld."""
    if number is None:
        return "–"
    if type(number) is int:  # most figures of a page with a thousand of them
        return str(number) if number < 1000 else f"{number:,}".replace(",", get_format("THOUSAND_SEPARATOR"))
    return number_format(number, force_grouping=True)


def _interval(number: int) -> tuple[int, int]:
    """The true counts that are published as this number: 0 -> 0-2, 5 -> 3-7, 10 -> 8-12."""
    return max(0, number - _MOST_BELOW), number + _MOST_ABOVE


# --- Tables


def _contacts(contacts: Contacts) -> dict[str, int | None]:
    return {"persons": rounded(contacts.persons), "consultations": consultations(contacts)}


def _quarter(true: TrueQuarter) -> dict[str, Any]:
    has_persons = not withheld(true.total.persons)
    return {
        "total": _contacts(true.total) if has_persons else None,
        "districts": _one_way(true.by_district, true.total) if has_persons else None,
        "topics": _by_topic(true),
        "providers": _one_way(true.by_provider, true.total) if has_persons else None,
        "topic_by_district": _topic_by_district(true),
    }


def _one_way(cells: dict[Any, Contacts], total: Contacts) -> dict[str, dict[str, int | None]] | None:
    """Persons and consultations by one attribute; keys are text, as JSON wants them."""
    table = {str(head): _contacts(contacts) for head, contacts in cells.items()}
    persons = [rounded(contacts.persons) for contacts in cells.values()]
    return None if is_too_fine(persons, rounded(total.persons)) else table


def _by_topic(true: TrueQuarter) -> dict[str, dict[str, int | None]] | None:
    return None if withheld(true.persons_with_topic) else {c: _contacts(n) for c, n in true.by_topic.items()}


def _topic_by_district(true: TrueQuarter) -> dict[str, dict[str, int]] | None:
    """The one table of two attributes. A consultation has one Stadtbezirk, so each row is held against its margin."""
    if withheld(true.persons_with_topic):
        return None
    table = {
        topic: {str(district): rounded(persons) for district, persons in row.items()}
        for topic, row in true.topic_by_district.items()
    }
    rows = [(list(row.values()), rounded(true.by_topic[topic].persons)) for topic, row in table.items()]
    if any(is_too_fine(cells, whole) for cells, whole in rows):
        return None
    return table


def _months(true: TrueSituation) -> list[dict[str, Any]] | None:
    if withheld(true.persons_of_months):
        return None
    return [{"year": m.year, "month": m.number, **_contacts(n)} for m, n in true.months.items()]
