"""What stands out: planted deviations are found, silence stays silent, and nothing but published numbers leaves."""

from math import comb
from random import Random

import pytest
from django.utils import translation

from kim.privacy.rounding import share
from reports.periods import Quarter
from reports.signals import chance, find, longer, sentence
from reports.tables import Head, TrueReport, TrueTable
from tests.signal_study import Plan, drawn, named, published

NOW, BEFORE = Quarter(2026, 2), Quarter(2026, 1)
HOUSING, WORK = Head("housing", "Wohnen", "Housing"), Head("work", "Arbeit", "Work")
PLACES = (Head("7", "Porz", "Porz"), Head("8", "Kalk", "Kalk"), Head("0", "ohne Stadtbezirk", "no district"))


def two_way(key, rows, columns, counts, totals):
    """`counts`: row -> one number for each column; the columns do not share persons."""
    cells = {(row.key, col.key): n for row in rows for col, n in zip(columns, counts[row.key], strict=True)}
    by_column = {column.key: number for column, number in zip(columns, totals, strict=True)}
    row_totals = {row: sum(numbers) for row, numbers in counts.items()}
    return TrueTable(key, rows, columns, cells, by_column, sum(totals), row_totals)


def one_way(key, rows, counts, total):
    cells = {(row.key, "persons"): counts[row.key] for row in rows}
    return TrueTable(key, rows, (Head("persons", "Personen"),), cells, {"persons": total}, total)


def report(*tables, period=NOW, waits=None):
    return TrueReport(period, {table.key: table for table in tables}, (), {}, {}, waits or {})


def city(housing, persons, work=(60, 45, 5)):
    """Housing and work in Porz, Kalk and without a Stadtbezirk."""
    counts = {"housing": housing, "work": work}
    topics = {topic: sum(numbers) for topic, numbers in counts.items()}
    return report(
        two_way("topic_by_district", (HOUSING, WORK), PLACES, counts, persons),
        one_way("topics", (HOUSING, WORK), topics, sum(persons)),
    )


def found(true, before=None, **changed):
    return find(true, before, published(true) | changed, published(before) if before else None)


# --- The tests behind it


@pytest.mark.parametrize("table", [(3, 4, 1, 4), (9, 10, 40, 90), (40, 100, 160, 700), (52, 52, 0, 300)])
def test_the_exact_test_adds_up_the_tail(table):
    part, whole, other_part, other_whole = table
    marked = part + other_part
    ways = sum(comb(whole, k) * comb(other_whole, marked - k) for k in range(part, min(whole, marked) + 1))
    assert chance(*table) == pytest.approx(ways / comb(whole + other_whole, marked), rel=1e-9)


def test_what_is_not_higher_is_never_beyond_chance():
    assert chance(10, 100, 100, 1000) == 1.0
    assert chance(5, 5000, 4000, 5000) == 1.0
    assert longer([10] * 30, [20] * 30) == 1.0
    assert longer([7] * 30, [7] * 30) == 1.0


def test_the_rank_test_agrees_with_the_table():
    """23 of 25 pairs are longer; 4 of the 252 ways to deal out ten waits are as far out."""
    assert longer([6, 7, 8, 9, 3], [1, 2, 4, 5, 0]) == pytest.approx(4 / 252, abs=3e-3)


# --- Planted, and nothing planted


@pytest.mark.parametrize(
    ("plan", "signal"),
    [
        (Plan(topic_in_district=30), "topic_district:housing:8"),
        (Plan(persons=1500, barrier_in_topic=25), "barrier_topic:documents:work"),
        (Plan(topic_rises=15), "topic_rise:school"),
        (Plan(barrier_grows=25), "barrier_growth:legal"),
        (Plan(waits_longer=1.5), "waiting:"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_planted_deviation_is_found_in_four_of_five_cities(plan, signal):
    assert named(plan, 20, signal) >= 0.8


def test_a_city_without_deviation_is_left_alone():
    """At most one in twenty; docs/zahlen.md has the figures of thousands."""
    assert named(Plan(persons=300), 200) <= 0.05


def test_more_topics_everywhere_are_no_topic_that_stands_out():
    assert named(Plan(intensity={"8": 1.5, "6": 0.7, "1": 0.6}), 40) <= 0.05


# --- What may be told


def test_a_signal_says_where_and_how_much_in_published_numbers():
    (signal,) = found(city(housing=(60, 93, 10), persons=(202, 152, 20)))
    assert signal == {
        "id": "topic_district:housing:8", "kind": "topic_district", "table": "topic_by_district",
        "row": "housing", "column": "8", "topic": "housing", "barrier": "", "district": "8",
        "names": {"topic": ["Wohnen", "Housing"], "district": ["Kalk", "Kalk"]},
        "part": 95, "whole": 150, "share": 63, "city_part": 165, "city_whole": 375, "city_share": 44,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("true", "reason"),
    [
        (city(housing=(3, 7, 0), persons=(2000, 60, 0)), "a handful"),
        (city(housing=(20, 40, 0), persons=(200, 47, 0), work=(60, 15, 0)), "too few for a share"),
        (city(housing=(60, 10, 90), persons=(200, 152, 100), work=(60, 45, 30)), "nowhere is no Stadtbezirk"),
        (city(housing=(6000, 6400, 0), persons=(20000, 20000, 0), work=(9000, 9000, 0)), "too small a gap"),
        (city(housing=(93, 50, 0), persons=(150, 200, 0), work=(110, 60, 0)), "every topic is named more often"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_not_told(true, reason):
    assert found(true) == []


@pytest.mark.parametrize(("now", "before"), [(8, 0), (13, 5), (18, 5)])
def test_a_handful_before_changes_nothing(now, before):
    """With true counts the signal would say which of the numbers behind a printed 0 or 5 it was."""
    risen = report(one_way("topics", (HOUSING, WORK), {"housing": now, "work": 60}, 200))
    behind = range(max(before - 2, 0), before + 3)
    then = [report(one_way("topics", (HOUSING, WORK), {"housing": few, "work": 60}, 200)) for few in behind]
    assert len({str(found(risen, each)) for each in then}) == 1


def test_a_topic_that_was_not_there_before_is_told():
    now, then = (report(one_way("topics", (HOUSING, WORK), {"housing": n, "work": 60}, 200)) for n in (45, 1))
    assert [each["id"] for each in found(now, then)] == ["topic_rise:housing"]


def test_a_withheld_table_is_not_told_by_its_signals():
    true = city(housing=(60, 93, 10), persons=(202, 152, 20))
    for key in ("topic_by_district", "topics"):
        tables = published(true)["tables"]
        tables[key] = tables[key] | {"withheld": "fine", "cells": {}}
        assert found(true, tables=tables) == []


def test_without_a_report_of_the_period_before_nothing_is_compared_with_it():
    now = report(one_way("topics", (HOUSING, WORK), {"housing": 150, "work": 60}, 300), waits={"": (50,) * 40})
    then = report(one_way("topics", (HOUSING, WORK), {"housing": 60, "work": 60}, 300), waits={"": (9,) * 40})
    assert [each["id"] for each in found(now, then)] == ["topic_rise:housing", "waiting:"]
    assert found(now) == []
    assert find(now, then, published(now), None) == []


def test_waiting_is_told_by_medians_of_at_least_twenty():
    now, then = report(waits={"": (40,) * 30, "x": (40,) * 19}), report(waits={"": (20,) * 30, "x": (9,) * 30})
    (signal,) = found(now, then)
    assert (signal["weeks"], signal["before_weeks"], signal["topic"]) == (6, 3, "")
    longer_by_days = report(waits={"": (37,) * 30}), report(waits={"": (33,) * 30})
    assert longer((37,) * 30, (33,) * 30) < 1e-9
    assert found(*longer_by_days) == []  # both medians are five weeks


# --- Borders


def share_of(housing, persons, more=0.3):
    """Housing among so many persons, and work as a steady share, so that nothing but housing moves."""
    return report(one_way("topics", (HOUSING, WORK), {"housing": housing, "work": int(persons * more)}, persons))


@pytest.mark.parametrize(
    ("now", "then", "is_told"),
    [
        (share_of(9000, 20000), share_of(8000, 20000), True),  # 45 and 40 %
        (share_of(9000, 20000), share_of(8200, 20000), False),  # 41 %
        (share_of(8, 60), share_of(20, 1000), True),  # printed as 10
        (share_of(7, 60), share_of(20, 1000), False),
        (share_of(30, 48), share_of(300, 1000), True),  # printed as 50
        (share_of(30, 47), share_of(300, 1000), False),
        (share_of(150, 200), share_of(10, 48), True),
        (share_of(150, 200), share_of(10, 47), False),
        (share_of(25, 100), share_of(10, 100), True),  # a printed 10 is no handful
    ],
)
def test_a_rise_is_told_from_the_border_on(now, then, is_told):
    assert bool(found(now, then)) is is_told


@pytest.mark.parametrize(("persons", "is_told"), [(48, True), (47, False)])
def test_a_stadtbezirk_needs_fifty_printed_persons(persons, is_told):
    assert bool(found(city(housing=(60, 40, 0), persons=(400, persons, 0), work=(60, 10, 0)))) is is_told


@pytest.mark.parametrize(("now", "before", "is_told"), [(20, 20, True), (19, 20, False), (20, 19, False)])
def test_waits_are_compared_from_twenty_on_in_both_periods(now, before, is_told):
    then = report(waits={"": (20,) * before})
    figures = published(then) | {"medians": {"waiting": {"": 3}}}
    true = report(waits={"": (40,) * now})
    assert bool(find(true, then, published(true) | {"medians": {"waiting": {"": 6}}}, figures)) is is_told


@pytest.mark.parametrize(
    ("housing", "days", "told"),
    [
        (69, 20, []),  # p = 0.024, the smallest of three: 0.05 / 3
        (69, 40, ["topic_rise:housing", "waiting:"]),  # after the wait it is the first of two: 0.05 / 2
        (68, 40, ["waiting:"]),  # p = 0.031
    ],
)
def test_the_more_is_compared_the_clearer_it_must_be(housing, days, told):
    now, then = (
        report(one_way("topics", (HOUSING, WORK), {"housing": n, "work": 60}, 200), waits={"": (wait,) * 30})
        for n, wait in ((housing, days), (50, 20))
    )
    assert [each["id"] for each in found(now, then)] == told


def test_a_topic_that_the_report_before_did_not_know_is_not_compared():
    health = Head("health", "Gesundheit", "Health")
    now = report(one_way("topics", (HOUSING, WORK, health), {"housing": 60, "work": 60, "health": 90}, 200))
    assert found(now, share_of(60, 200)) == []


def test_every_number_that_leaves_is_a_published_one():
    random = Random(7)
    plan = Plan(persons=1500, topic_in_district=25, barrier_in_topic=30, topic_rises=12, waits_longer=1.6)
    signals = [signal for _ in range(3) for signal in drawn(plan, random)]
    assert {signal["kind"] for signal in signals} >= {"topic_district", "topic_rise", "waiting"}
    for signal in signals:
        numbers = {name: value for name, value in signal.items() if isinstance(value, int)}
        for prefix in ("", "city_", "before_"):
            if f"{prefix}part" in numbers:
                part, whole = numbers.pop(f"{prefix}part"), numbers.pop(f"{prefix}whole")
                assert part % 5 == whole % 5 == 0
                assert part >= 10 or prefix
                assert numbers.pop(f"{prefix}share") == share(part, whole)
        assert set(numbers) in (set(), {"weeks", "before_weeks"})
        assert not any(isinstance(value, float) for value in signal.values())


# --- In words


SIGNAL = {
    "names": {"topic": ["Wohnen", "Housing"], "district": ["Kalk", "Kalk"], "barrier": ["Kosten", "Costs"]},
    "topic": "housing", "share": 45, "city_share": 30, "before": "2025", "before_share": 25, "weeks": 7,
    "before_weeks": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("topic_district", "Im Stadtbezirk Kalk ging es bei 45 % der Personen um „Wohnen“, in ganz Köln bei 30 %."),
        (
            "barrier_topic",
            "Wo Hilfe zu „Wohnen“ nicht zustande kam, war bei 45 % der Personen „Kosten“ die Hürde, über alle Themen "
            "bei 30 %.",
        ),
        ("topic_rise", "Bei 45 % der Personen ging es um „Wohnen“, im Zeitraum davor (Jahr 2025) bei 25 %."),
        (
            "barrier_growth",
            "Wo Hilfe nicht zustande kam, war bei 45 % der Personen „Kosten“ die Hürde, im Zeitraum davor (Jahr 2025) "
            "bei 25 %.",
        ),
        (
            "waiting",
            "Bis eine Vermittlung zu „Wohnen“ gelang, dauerte es im Median 7 Wochen, im Zeitraum davor (Jahr 2025) "
            "1 Woche.",
        ),
    ],
)
def test_a_signal_is_a_plain_sentence(kind, text):
    assert sentence(SIGNAL | {"kind": kind}).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_sentence_takes_its_names_from_the_report_in_the_language_of_the_reader():
    with translation.override("en"):
        text = sentence(SIGNAL | {"kind": "topic_district"})
    assert "Housing" in text
    assert "Wohnen" not in text
    assert f"{SIGNAL['share']}%" in text
    assert f"{SIGNAL['share']}\N{NO-BREAK SPACE}%" in sentence(SIGNAL | {"kind": "topic_district"})
    assert sentence(SIGNAL | {"kind": "waiting", "topic": ""}).startswith("Bis eine Vermittlung gelang,")
