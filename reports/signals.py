"""What stands out in a report: the few comparisons that differ beyond chance, each as a sentence with its figures.

Asked inside the freezing job, of true counts; what leaves is made of published numbers only (`Report.signals`).

- A topic in a Stadtbezirk is compared with the other Stadtbezirke, a barrier in a topic with the other topics, by
  Fisher's exact test; a topic or a barrier now with the period before by the same test; waiting by the rank test of
  Mann and Whitney. All one-sided: only what is higher is named. A low share may as well mean that people do not come.
- All comparisons of a report are one family (Holm): in a city where nothing deviates, a report names anything at all
  with a chance of at most `ALARM`. `python -m tests.signal_study` tries it out; docs/zahlen.md has the figures.
- Units are persons per column. Somebody in two Stadtbezirke is one person in each, and the same people come back in
  the next period; both make neighbours more alike than chance would, so the tests err on the quiet side.
- Where people are counselled more often, every topic is mentioned by more of them. A count is divided by what the
  other rows of its column have more (`_lift`), so that only what sticks out from them is named.
- Named is only what can be told in published numbers: at least `SMALLEST_PART` of at least 50 persons, and a gap of at
  least `SMALLEST_GAP` points between the printed shares. No p-value leaves: it would tell the true count.
- That something is named, or is not, says a little about the counts it was compared with. So true counts are compared
  only where all are ample in print; a handful is compared as printed, read in the way that speaks least for a signal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from math import erfc, exp, lgamma, sqrt
from statistics import median
from typing import Any, Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kim.privacy.rounding import BASE, SMALLEST_SHARE_BASE, share
from kim.text import share_pattern
from reports.models.report import MEDIAN
from reports.periods import period_from_key
from reports.queries.common import NO_DISTRICT
from reports.tables import Head, PublishedTable, TrueReport, TrueTable

ALARM: Final = 0.05
SMALLEST_PART: Final = 10  # persons, published
SMALLEST_GAP: Final = 5  # points of per cent between two printed shares
OFF: Final = BASE // 2  # how far a printed number may be from the true one
SMALLEST_WAITS: Final = 20  # values of a median, as everywhere
WAITS: Final = f"{MEDIAN}waiting"

_TIED: Final = "\N{NO-BREAK SPACE}"

Signal = dict[str, Any]


class Kind(StrEnum):
    """In the order in which they are told."""

    TOPIC_DISTRICT = "topic_district"
    BARRIER_TOPIC = "barrier_topic"
    TOPIC_RISE = "topic_rise"
    BARRIER_GROWTH = "barrier_growth"
    WAITING = "waiting"


@dataclass(frozen=True)
class _Comparison:
    """One test of the family: its p-value, and the signal if it may be told."""

    p: float
    signal: Signal | None


def find(
    true: TrueReport, before: TrueReport | None, figures: Mapping[str, Any], earlier: Mapping[str, Any] | None
) -> list[Signal]:
    """The signals of a report, ready for JSON.

    `figures` are its published figures, `earlier` those of the frozen report of the period before; `before` are the
    true counts behind them. Without both, the report is not compared with the past.
    """
    family = [
        *_crossed(Kind.TOPIC_DISTRICT, "topic_by_district", "topics", true, figures),
        *_crossed(Kind.BARRIER_TOPIC, "barrier_by_topic", "barriers", true, figures),
    ]
    if before is not None and earlier is not None:
        family += _risen(Kind.TOPIC_RISE, "topics", true, before, figures, earlier)
        family += _risen(Kind.BARRIER_GROWTH, "barriers", true, before, figures, earlier)
        family += _waiting(true, before, figures, earlier)
    told = [each.signal for each in _beyond_chance(family) if each.signal is not None]
    return sorted(told, key=lambda signal: (list(Kind).index(signal["kind"]), -_gap(signal)))


def _beyond_chance(family: list[_Comparison]) -> list[_Comparison]:
    """Holm's step-down: the smallest p-value against ALARM / m, the next against ALARM / (m - 1) ..."""
    found = []
    for rank, comparison in enumerate(sorted(family, key=lambda each: each.p)):
        if comparison.p > ALARM / (len(family) - rank):
            break
        found.append(comparison)
    return found


def _gap(signal: Signal) -> int:
    """In published numbers; order by p-value would tell more than they do."""
    if signal["kind"] == Kind.WAITING:
        return signal["weeks"] - signal["before_weeks"]
    return signal["share"] - signal["city_share" if "city_share" in signal else "before_share"]


# --- Comparisons


def _crossed(kind: Kind, key: str, margin: str, true: TrueReport, figures: Mapping[str, Any]) -> Iterator[_Comparison]:
    """Each cell of a table of two attributes with the other columns of its row; city-wide shares from the one-way
    table `margin`."""
    table, shown, city = true.tables.get(key), _published(figures, key), _published(figures, margin)
    if table is None or shown is None or city is None:
        return
    everybody = sum(table.totals[column.key] for column in table.columns)
    rows = {row.key: sum(table.cells[row.key, column.key] for column in table.columns) for row in table.rows}
    for column in table.columns:
        persons = table.totals[column.key]
        if column.key == str(NO_DISTRICT) or (shown.totals.get(column.key) or 0) < SMALLEST_SHARE_BASE:
            continue
        parts = {row.key: table.cells[row.key, column.key] for row in table.rows}
        others = {row: rows[row] - part for row, part in parts.items()}
        for row in table.rows:
            if rows[row.key] < SMALLEST_PART:
                continue
            p = _p(row.key, parts, persons, others, everybody - persons)
            numbers = _numbers(shown[row.key, column.key], shown.totals.get(column.key))
            compared = _numbers(city[row.key, "persons"], city.totals.get("persons"), "city_")
            p = _as_printed(numbers, _rest(compared, numbers), 2 * OFF, p)
            signal = _signal(kind, key, row, column, {**numbers, **compared})
            yield _Comparison(p, signal if _may_be_told(numbers, compared["city_share"]) else None)


def _risen(
    kind: Kind, key: str, true: TrueReport, before: TrueReport, figures: Mapping[str, Any], earlier: Mapping[str, Any]
) -> Iterator[_Comparison]:
    """Each row of a one-way table with the same row in the period before, as shares of all persons of the table."""
    table, past = true.tables.get(key), before.tables.get(key)
    shown, shown_past = _published(figures, key), _published(earlier, key)
    if table is None or past is None or shown is None or shown_past is None:
        return
    now, then = _persons(table), _persons(past)
    persons, persons_then = table.totals["persons"], past.totals["persons"]
    if min(shown.totals["persons"] or 0, shown_past.totals["persons"] or 0) < SMALLEST_SHARE_BASE:
        return
    for row in table.rows:
        if row.key not in then or now[row.key] + then[row.key] < SMALLEST_PART:
            continue
        p = _p(row.key, now, persons, then, persons_then)
        numbers = _numbers(shown[row.key, "persons"], shown.totals["persons"])
        compared = _numbers(shown_past[row.key, "persons"], shown_past.totals["persons"], "before_")
        p = _as_printed(numbers, (compared["before_part"], compared["before_whole"]), OFF, p)
        signal = _signal(kind, key, row, None, {"before": before.period.key, **numbers, **compared})
        yield _Comparison(p, signal if _may_be_told(numbers, compared["before_share"]) else None)


def _waiting(
    true: TrueReport, before: TrueReport, figures: Mapping[str, Any], earlier: Mapping[str, Any]
) -> Iterator[_Comparison]:
    """Until a referral was accepted, by topic and altogether; told by the published medians, in weeks."""
    referrals = true.tables.get("referrals")
    topics = {"": Head("", "")} | {row.key: row for row in (referrals.rows if referrals else ())}
    for topic, head in topics.items():
        now, then = true.waits.get(topic, ()), before.waits.get(topic, ())
        if min(len(now), len(then)) < SMALLEST_WAITS:
            continue
        weeks, weeks_then = (_median(each, topic) for each in (figures, earlier))
        numbers = {"before": before.period.key, "weeks": weeks, "before_weeks": weeks_then}
        is_longer = weeks is not None and weeks_then is not None and weeks > weeks_then
        yield _Comparison(longer(now, then), _signal(Kind.WAITING, WAITS, head, None, numbers) if is_longer else None)


def _p(row: str, parts: Mapping[str, int], whole: int, others: Mapping[str, int], others_whole: int) -> float:
    """Of one row of a column (`parts` of `whole`) against its count elsewhere, beyond what all rows have more."""
    rest = {key: part for key, part in parts.items() if key != row and key in others}
    lift = _lift(rest, whole, others, others_whole)
    return chance(int(parts[row] / lift), whole, others[row], others_whole)


def _as_printed(
    numbers: Mapping[str, int | None], other: tuple[int | None, int | None], other_off: int, true: float
) -> float:
    """The p-value of true counts if none of them can be a handful; else one of printed numbers alone, which tells
    nothing: with the least part, and the most elsewhere, that they leave room for."""
    part, whole, (other_part, other_whole) = numbers["part"], numbers["whole"], other
    if part is None or whole is None or other_part is None or other_whole is None:
        return 1.0
    if min(part, whole - part, other_part, other_whole - other_part) >= SMALLEST_PART:
        return true
    most, least_whole = other_part + other_off, other_whole - other_off
    return 1.0 if most >= least_whole else chance(max(part - OFF, 0), whole + OFF, most, least_whole)


def _rest(city: Mapping[str, int | None], numbers: Mapping[str, int | None]) -> tuple[int | None, int | None]:
    """Part and whole of the city without these, as printed."""
    pairs = ((city[f"city_{name}"], numbers[name]) for name in ("part", "whole"))
    part, whole = (None if all_ is None or own is None else max(all_ - own, 0) for all_, own in pairs)
    return part, whole


def _lift(parts: Mapping[str, int], whole: int, others: Mapping[str, int], others_whole: int) -> float:
    """How much more often rows are mentioned here than elsewhere: the median of the rows, less half its standard
    error; at least 1. Without the error, chance alone would cost every other column a part of its count."""
    ratios = [part * others_whole / (others[row] * whole) for row, part in parts.items() if others[row]]
    here, elsewhere = sum(parts.values()), sum(others[row] for row in parts)
    if not ratios or not here:
        return 1.0
    return max(1.0, median(ratios) * exp(-sqrt(1 / here + 1 / elsewhere) / 2))


# --- Tests


def chance(part: int, whole: int, other_part: int, other_whole: int) -> float:
    """Fisher's exact test, one-sided: the chance of `part` or more of `whole`, were the share as high elsewhere."""
    if part * other_whole <= other_part * whole:
        return 1.0
    marked = part + other_part
    term = exp(_log_comb(whole, part) + _log_comb(other_whole, other_part) - _log_comb(whole + other_whole, marked))
    total = term
    for k in range(part, min(whole, marked)):
        term *= (whole - k) * (marked - k) / ((k + 1) * (other_whole - marked + k + 1))
        total += term
    return min(total, 1.0)


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def longer(now: Iterable[int], before: Iterable[int]) -> float:
    """Mann and Whitney, one-sided, normal approximation with ties and continuity: the chance of waits this much longer
    than before, had nothing changed."""
    waits = sorted([(days, True) for days in now] + [(days, False) for days in before])
    count, number = len(waits), sum(is_now for _days, is_now in waits)
    ranks, ties, place = 0.0, 0, 0
    for _days, group in groupby(waits, key=lambda wait: wait[0]):
        flags = [is_now for _same, is_now in group]
        ranks += sum(flags) * (place + (len(flags) + 1) / 2)
        ties += len(flags) ** 3 - len(flags)
        place += len(flags)
    pairs = number * (count - number)
    spread = sqrt(pairs / 12 * (count + 1 - ties / (count * (count - 1))))
    excess = ranks - number * (number + 1) / 2 - pairs / 2 - 0.5
    return 1.0 if spread == 0 or excess <= 0 else erfc(excess / spread / sqrt(2)) / 2


# --- Published numbers


def _published(figures: Mapping[str, Any], key: str) -> PublishedTable | None:
    stored = figures["tables"].get(key)
    return None if stored is None or stored["withheld"] else PublishedTable.read(key, stored)


def _persons(table: TrueTable) -> dict[str, int]:
    return {row.key: table.cells[row.key, "persons"] for row in table.rows}


def _median(figures: Mapping[str, Any], topic: str) -> int | None:
    return figures["medians"].get("waiting", {}).get(topic)


def _numbers(part: int | None, whole: int | None, prefix: str = "") -> dict[str, int | None]:
    is_told = part is not None and whole is not None and part <= whole
    return {
        f"{prefix}part": part,
        f"{prefix}whole": whole,
        f"{prefix}share": share(part, whole) if is_told else None,  # type: ignore[arg-type]
    }


def _may_be_told(numbers: Mapping[str, int | None], other: int | None) -> bool:
    part, percent = numbers["part"], numbers["share"]
    if part is None or percent is None or other is None:
        return False
    return part >= SMALLEST_PART and percent - other >= SMALLEST_GAP


def _signal(kind: Kind, table: str, row: Head, column: Head | None, numbers: Mapping[str, Any]) -> Signal:
    """`topic`, `barrier` and `district` are codes, or "" where it is not about one; `names` has them in words."""
    about: dict[Kind, dict[str, Head | None]] = {
        Kind.TOPIC_DISTRICT: {"topic": row, "district": column},
        Kind.BARRIER_TOPIC: {"barrier": row, "topic": column},
        Kind.BARRIER_GROWTH: {"barrier": row},
    }
    heads = {name: head for name, head in about.get(kind, {"topic": row}).items() if head is not None}
    return {
        "id": ":".join([kind.value, row.key, *([column.key] if column else [])]),
        "kind": kind.value,
        "table": table,
        "row": row.key,
        "column": column.key if column else "",
        **{name: heads[name].key if name in heads else "" for name in ("topic", "barrier", "district")},
        "names": {name: [head.name, head.name_en] for name, head in heads.items()},
        **numbers,
    }


# --- In words


def sentence(signal: Signal) -> str:
    """For screens, files and the printed report, in the language of the reader."""
    values: dict[str, str] = {name: _in_language(names) for name, names in signal["names"].items()}
    shares = (name for name in ("share", "city_share", "before_share") if name in signal)
    values |= {name: share_pattern() % {"share": signal[name]} for name in shares}
    if "before" in signal:
        values["before"] = period_from_key(signal["before"]).label.replace(" ", _TIED)
    if signal["kind"] == Kind.WAITING:
        values |= {"now": _weeks(signal["weeks"]), "then": _weeks(signal["before_weeks"])}
    return _text(signal) % values


def _text(signal: Signal) -> str:
    match signal["kind"]:
        case Kind.TOPIC_DISTRICT:
            return _(
                "Im Stadtbezirk %(district)s ging es bei %(share)s der Personen um „%(topic)s“, "
                "in ganz Köln bei %(city_share)s."
            )
        case Kind.BARRIER_TOPIC:
            return _(
                "Wo Hilfe zu „%(topic)s“ nicht zustande kam, war bei %(share)s der Personen „%(barrier)s“ die "
                "Hürde, über alle Themen bei %(city_share)s."
            )
        case Kind.TOPIC_RISE:
            return _(
                "Bei %(share)s der Personen ging es um „%(topic)s“, im Zeitraum davor (%(before)s) bei "
                "%(before_share)s."
            )
        case Kind.BARRIER_GROWTH:
            return _(
                "Wo Hilfe nicht zustande kam, war bei %(share)s der Personen „%(barrier)s“ die Hürde, im Zeitraum "
                "davor (%(before)s) bei %(before_share)s."
            )
    if signal["topic"]:
        return _(
            "Bis eine Vermittlung zu „%(topic)s“ gelang, dauerte es im Median %(now)s, im Zeitraum davor (%(before)s) "
            "%(then)s."
        )
    return _("Bis eine Vermittlung gelang, dauerte es im Median %(now)s, im Zeitraum davor (%(before)s) %(then)s.")


def _weeks(number: int) -> str:
    return ngettext("%(number)s Woche", "%(number)s Wochen", number) % {"number": number}


def _in_language(names: list[str]) -> str:
    german, english = names
    return english if get_language() == "en" and english else german
