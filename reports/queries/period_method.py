"""What persons of a period needed and what became of it: needs, barriers, referrals, goals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from cases.models import Goal, Need, Referral
from reports.queries import period_rows as rows
from reports.queries.period_frame import Frame, midnight_after
from reports.queries.period_tables import by_persons, crossed, medians
from reports.tables import TrueMedian, TrueTable

CHUNK = 5000
MAIN_CODE = Coalesce("topic__parent__code", "topic__code")

People = dict[str, set[int]]


def _people() -> People:
    return defaultdict(set)


def _everybody(people: People) -> set[int]:
    return set().union(*people.values())


# --- Needs


def needs_table(frame: Frame) -> TrueTable:
    """Persons with a need that was on record in the period, of cases that were open in it: as it stood at the end."""
    period = frame.period
    on_record = Q(settled_on=None) | Q(settled_on__gte=period.start)
    is_case_open = Q(case__closed_on=None) | Q(case__closed_on__gte=period.start)
    found = Need.objects.filter(on_record, is_case_open, created_at__lt=midnight_after(period.end)).order_by()
    people = _people()
    facts = (
        found.filter(frame.unprotected("case__track")).values_list("case__client", "status", "settled_on").distinct()
    )
    for client, status, settled_on in facts.iterator(chunk_size=CHUNK):
        is_later = settled_on is not None and settled_on > period.end
        people[Need.Status.OPEN if is_later else status].add(frame.person(client))
    return by_persons("needs", rows.need_states(), people, _everybody(people))


# --- Barriers


def barrier_tables(frame: Frame) -> Iterator[TrueTable]:
    """Persons for whom help did not come about: a need that stayed unmet, or a referral that failed."""
    barriers, topics = _people(), _people()
    pairs: dict[tuple[str, str], set[int]] = defaultdict(set)
    for client, barrier, topic in (*_unmet_needs(frame), *_failed_referrals(frame)):
        person = frame.person(client)
        barriers[barrier].add(person)
        topics[topic].add(person)
        pairs[barrier, topic].add(person)
    everybody, topic_rows = _everybody(barriers), rows.topics(frame.period, topics)
    yield by_persons("barriers", rows.barriers(), barriers, everybody)
    yield by_persons("barrier_topics", topic_rows, topics, everybody)
    yield crossed("barrier_by_topic", rows.barriers(), topic_rows, pairs, everybody)


def _unmet_needs(frame: Frame) -> Iterator[tuple[int, str, str]]:
    unmet = Need.objects.unmet().filter(frame.counts("settled_on"), frame.unprotected("case__track"))
    return _with_topic(unmet, "barrier")


def _failed_referrals(frame: Frame) -> Iterator[tuple[int, str, str]]:
    failed = Referral.objects.failed().filter(frame.counts("result_on"), frame.unprotected("case__track"))
    return _with_topic(failed, "barrier")


def _with_topic(found: Any, *fields: str) -> Iterator[tuple[Any, ...]]:
    """Person, these fields and the main topic."""
    facts = found.order_by().annotate(main=MAIN_CODE).values_list("case__client", *fields, "main")
    return facts.iterator(chunk_size=CHUNK)


# --- Referrals


def referral_tables(frame: Frame) -> Iterator[TrueTable]:
    """Persons who were referred, by topic, and by the result that is known when the report is made."""
    topics, results = _people(), _people()
    made = Referral.objects.filter(frame.counts("made_on"), frame.unprotected("case__track"))
    for client, result, topic in _with_topic(made, "result"):
        person = frame.person(client)
        topics[topic].add(person)
        results[result].add(person)
    everybody = _everybody(topics)
    yield by_persons("referrals", rows.topics(frame.period, topics), topics, everybody)
    yield by_persons("referral_results", rows.results(), results, everybody)


def waits(frame: Frame) -> dict[str, tuple[int, ...]]:
    """Days until a referral was accepted in the period, for all ("") and by topic."""
    accepted = Referral.objects.filter(result=Referral.Result.ACCEPTED, waiting_days__isnull=False)
    accepted = accepted.filter(frame.counts("result_on"), frame.unprotected("case__track"))
    found: dict[str, list[int]] = defaultdict(list)
    for _client, days, topic in _with_topic(accepted, "waiting_days"):
        found[""].append(days)
        found[topic].append(days)
    return {topic: tuple(days) for topic, days in found.items()}


def waiting(waited: dict[str, tuple[int, ...]]) -> tuple[TrueMedian, ...]:
    """In weeks."""
    return medians("waiting", {topic: [number / 7 for number in days] for topic, days in waited.items()})


# --- Goals


def goal_tables(frame: Frame) -> Iterator[TrueTable]:
    """Persons with a goal that was decided in the period, and whether the system stood in the way where one failed."""
    settled = Goal.objects.current().filter(frame.within("settled_on"), frame.unprotected("plan__case__track"))
    facts = settled.order_by().annotate(client=F("plan__case__client")).values_list(
        "client", "status", "is_system_hurdle"
    ).distinct()  # fmt: skip
    results, failed = _people(), _people()
    for client, status, is_system_hurdle in facts.iterator(chunk_size=CHUNK):
        person = frame.person(client)
        results[status].add(person)
        if is_system_hurdle is not None:
            failed[rows.YES if is_system_hurdle else "no"].add(person)
    yield by_persons("goals", rows.goal_results(), results, _everybody(results))
    yield by_persons("hurdles", rows.with_hurdle(), failed, _everybody(failed))
