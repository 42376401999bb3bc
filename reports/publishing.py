"""From true counts to what the city may read. One rule per kind of number, and one function for each rule.

- Every number, margins too, is rounded to 5 from its own true value; rounded numbers are never added up.
- A table about fewer than 30 persons (or cases) is withheld as a whole.
- Consultations are published from 30 on, and only where there are persons to speak of (`consultations`).
- A break-down from which a value below 5 could be computed is withheld as a whole (`is_too_fine`).
- Quarters are tied together: open = open before + new - closed. Where that would prove 1-4 cases of a kind, new and
  closed cases of this break-down are withheld in that quarter (`tied_too_finely`).
- Percentages and rates come from rounded numbers, from 50 persons on (`kim.privacy.rounding.share`, `per_thousand`).

None stands for what is withheld. docs/datenschutz.md explains the rules to readers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import pairwise
from math import inf
from typing import Any, Final

from django.utils.formats import number_format

from kim.privacy.rounding import BASE, SMALLEST_POPULATION, SMALLEST_SHARE_BASE, rounded, share, withheld
from reports.queries.common import Contacts, Flow, Heads
from reports.queries.situation import TrueQuarter, TrueSituation

RULES_VERSION: Final = "2"  # goes up whenever a definition or a rule above changes

Row = dict[str, int | None]  # published open, new and closed cases

_MOST_BELOW, _MOST_ABOVE = (BASE - 1) // 2, BASE // 2


def published(true: TrueSituation) -> dict[str, Any]:
    """The stored figures: everything screens, tables and charts ever learn."""
    quarters = [_quarter(quarter) for quarter in true.quarters]
    loosen(quarters)
    return {
        "heads": asdict(true.heads),
        "quarters": {known.quarter.key: quarter for known, quarter in zip(true.quarters, quarters, strict=True)},
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


def is_too_fine(parts: Iterable[int], whole: int, *, is_partition: bool) -> bool:
    """Whether published parts and their published whole, read together, pin a part down to 1-4 or prove 1-2 persons.

    Each published number stands for an interval of true ones; what the others leave over narrows it. In a partition
    the parts add up to the whole; otherwise (a person in two Stadtbezirke) they add up to at least the whole.
    """
    bounds = [_interval(part) for part in parts]
    whole_low, whole_high = _interval(whole)
    low_sum, high_sum = sum(low for low, _ in bounds), sum(high for _, high in bounds)
    for part_low, part_high in bounds:
        low = max(part_low, whole_low - (high_sum - part_high))
        high = min(part_high, whole_high - (low_sum - part_low) if is_partition else whole_high)
        if _gives_away(low, high):
            return True
    return False


def tied_too_finely(rows: Sequence[Row | None]) -> set[int]:
    """Places of the quarters whose new or closed cases, tied to what is open before and after, give a count away.

    `rows` are one line of a table through the quarters. Bounds are narrowed until nothing moves; in a chain of such
    equations that finds all there is to find.
    """
    bounds = [{name: list(_bounds(row, name)) for name in ("open", "new", "closed")} for row in rows]
    ties = [
        ((after["open"], 1), (before["open"], -1), (after["new"], -1), (after["closed"], 1))
        for before, after in pairwise(bounds)
    ]
    while any([_narrow(tie, place) for tie in ties for place in range(len(tie))]):
        pass
    found = set()
    for quarter, row in enumerate(bounds):
        if _gives_away(*row["new"]) or _gives_away(*row["closed"]):
            found.add(quarter)
        if _gives_away(*row["open"]):  # the quarter after may be as much to blame as this one
            found |= {quarter, quarter + 1}
    return found & set(range(1, len(rows)))


def _narrow(tie: tuple[tuple[list[float], int], ...], place: int) -> bool:
    """Tighten one bound of a sum that is zero; whether it moved."""
    bound, sign = tie[place]
    others = [other for index, other in enumerate(tie) if index != place]
    low = sum(b[0] if s > 0 else -b[1] for b, s in others)
    high = sum(b[1] if s > 0 else -b[0] for b, s in others)
    if sign > 0:
        low, high = -high, -low
    before = tuple(bound)
    bound[0], bound[1] = max(bound[0], low), min(bound[1], high)
    return before != tuple(bound)


def _bounds(row: Row | None, name: str) -> tuple[float, float]:
    number = None if row is None else row[name]
    return (0, inf) if number is None else _interval(number)


def _gives_away(low: float, high: float) -> bool:
    return low >= 1 and (high <= _MOST_ABOVE or low == high < BASE)


def shown(number: float | None) -> str:
    """How a figure is written, in tables as in charts: 1.240, and – for what is withheld."""
    if number is None:
        return "–"
    if type(number) is int and number < 1000:
        return str(number)  # most figures of a page with a thousand of them
    return number_format(number, force_grouping=True)


def _interval(number: int) -> tuple[int, int]:
    """The true counts that are published as this number: 0 -> 0-2, 5 -> 3-7, 10 -> 8-12."""
    return max(0, number - _MOST_BELOW), number + _MOST_ABOVE


# --- Tables


def _contacts(contacts: Contacts) -> dict[str, int | None]:
    return {"persons": rounded(contacts.persons), "consultations": consultations(contacts)}


def _flow(flow: Flow) -> dict[str, int]:
    return {"open": rounded(flow.open), "new": rounded(flow.new), "closed": rounded(flow.closed)}


def _quarter(true: TrueQuarter) -> dict[str, Any]:
    has_persons = not withheld(true.total.persons)
    has_cases = not withheld(true.cases_on_the_books)
    return {
        "total": _contacts(true.total) if has_persons else None,
        "districts": _one_way(true.by_district, true.total) if has_persons else None,
        "topics": _by_topic(true),
        "providers": _one_way(true.by_provider, true.total) if has_persons else None,
        "topic_by_district": _topic_by_district(true),
        "cases": _cases(true) if has_cases else None,
        "cases_by_district": _cases_by_district(true) if has_cases else None,
    }


def _one_way(cells: dict[Any, Contacts], total: Contacts) -> dict[str, dict[str, int | None]] | None:
    """Persons and consultations by one attribute; keys are text, as JSON wants them."""
    table = {str(head): _contacts(contacts) for head, contacts in cells.items()}
    persons = [rounded(contacts.persons) for contacts in cells.values()]
    return None if is_too_fine(persons, rounded(total.persons), is_partition=False) else table


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
    if any(is_too_fine(cells, whole, is_partition=False) for cells, whole in rows):
        return None
    return table


def _cases(true: TrueQuarter) -> dict[str, dict[str, int] | None]:
    """All cases, and Beratung and Case Management apart where the split gives nothing away."""
    total, parts = _flow(true.cases), [_flow(true.advice), _flow(true.case_management)]
    is_split = not any(is_too_fine([part[n] for part in parts], total[n], is_partition=True) for n in total)
    return {
        "all": total,
        "advice": parts[0] if is_split else None,
        "case_management": parts[1] if is_split else None,
    }


def _cases_by_district(true: TrueQuarter) -> dict[str, dict[str, int]] | None:
    total = _flow(true.cases)
    table = {str(district): _flow(flow) for district, flow in true.cases_by_district.items()}
    columns = [([row[measure] for row in table.values()], total[measure]) for measure in total]
    return None if any(is_too_fine(cells, whole, is_partition=True) for cells, whole in columns) else table


def loosen(quarters: list[dict[str, Any]]) -> None:
    """Withhold new and closed cases of a break-down, as a whole, where the quarters tied together say too much."""
    for table in ("cases", "cases_by_district"):
        while True:
            heads = {head for quarter in quarters for head in quarter[table] or ()}
            lines = [[(quarter[table] or {}).get(head) for quarter in quarters] for head in heads]
            found = set().union(*map(tied_too_finely, lines))
            if not found:
                break
            for quarter in (quarters[place] for place in found if quarters[place][table]):
                rows = quarter[table].items()
                quarter[table] = {head: row and {**row, "new": None, "closed": None} for head, row in rows}


def _months(true: TrueSituation) -> list[dict[str, Any]] | None:
    if withheld(true.persons_of_months):
        return None
    return [{"year": m.year, "month": m.number, **_contacts(n)} for m, n in true.months.items()]
