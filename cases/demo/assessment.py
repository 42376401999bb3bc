"""What Case Management finds out: needs with their assessments, and the people around a person."""

from datetime import date, timedelta
from typing import NamedTuple

from cases.demo import method_texts as texts
from cases.demo.method import File, Method, Rows
from cases.models import Assessment, Case, Need, NeedRating, NetworkContact

Status, Urgency, Reason = Need.Status, Need.Urgency, Case.ClosingReason
PENDING = {Status.OPEN: 95, Status.MET: 5}
RUNNING = {Status.OPEN: 52, Status.MET: 28, Status.UNMET: 15, Status.WITHDRAWN: 5}
ENDED = {
    Reason.GOALS_REACHED: {Status.MET: 85, Status.UNMET: 8, Status.WITHDRAWN: 7},
    Reason.GOALS_PARTLY_REACHED: {Status.MET: 50, Status.UNMET: 40, Status.WITHDRAWN: 10},
}
BROKEN_OFF = {Status.OPEN: 35, Status.MET: 25, Status.UNMET: 30, Status.WITHDRAWN: 10}
AGAIN_AFTER = timedelta(days=150)


class Found(NamedTuple):
    """A need, and the goal that fits it; of health nothing is written without the consent to it."""

    need: Need
    aim: texts.Aim
    has_words: bool


def assess(pen: Method, rows: Rows, file: File, *, may_write_of_health: bool) -> list[Found]:
    """The needs; none in a case that has not come that far."""
    if not file.is_managed or not file.has_reached("assessment"):
        return []
    if file.phase == Case.Status.ASSESSMENT and pen.chance(0.2):
        return []
    first = file.case.opened_on + timedelta(days=7)
    held_on = pen.day(first, min(first + timedelta(days=21), file.end))
    found = [
        _need(pen, file, topic, held_on, has_words=topic != "health" or may_write_of_health)
        for topic in _asked_about(pen, file)
    ]
    needs = [each.need for each in found]
    rows.add(*needs)
    _add_assessments(pen, rows, file, needs, held_on)
    _add_network(pen, rows, file, held_on)
    return found


def _asked_about(pen: Method, file: File) -> list[str]:
    """The topics of the beginning, and another one where there was only one."""
    if len(file.topics) > 1:
        return file.topics
    return [*file.topics, pen.rng.choice([topic for topic in texts.NEEDS if topic not in file.topics])]


def _need(pen: Method, file: File, topic: str, day: date, *, has_words: bool) -> Found:
    rng, want = pen.rng, pen.rng.choice(texts.NEEDS[topic])
    need = Need(
        id=pen.uuid(), case=file.case, topic_id=pen.topics[want.topic], form_key=pen.uuid(), created_at=pen.at(day),
        urgency=rng.choices(Urgency.values, (25, 45, 30))[0], created_by_id=file.manager.user_id,
    )  # fmt: skip
    if has_words:
        need.text = want.text
        need.resources = rng.choice(texts.RESOURCES) if pen.chance(0.5) else ""
    status = pen.weighted(_chances(file))
    barrier = rng.choice(texts.BARRIERS[topic]) if status == Status.UNMET else ""
    need.settle(status, barrier=barrier, on=pen.day(day + timedelta(days=14), file.end))
    return Found(need, texts.AIMS[topic][want.aim], has_words)


def _chances(file: File) -> dict[str, int]:
    if not file.is_open:
        return ENDED.get(file.case.closing_reason, BROKEN_OFF)
    return RUNNING if file.has_reached("implementation") else PENDING


def _add_assessments(pen: Method, rows: Rows, file: File, needs: list[Need], held_on: date) -> None:
    user = file.manager.user_id
    first = Assessment(
        id=pen.uuid(), case=file.case, number=1, held_on=held_on, summary=pen.rng.choice(texts.SUMMARIES),
        form_key=pen.uuid(), created_at=pen.at(held_on), created_by_id=user,
    )  # fmt: skip
    rows.add(first, *(NeedRating(assessment=first, need=need, urgency=need.urgency, status="open") for need in needs))
    if not file.has_reached("implementation") or file.end - held_on < AGAIN_AFTER or pen.chance(0.5):
        return
    day = pen.day(held_on + AGAIN_AFTER / 2, file.end)
    again = Assessment(
        id=pen.uuid(), case=file.case, number=2, held_on=day, summary=pen.rng.choice(texts.AGAIN),
        form_key=pen.uuid(), created_at=pen.at(day), created_by_id=user,
    )  # fmt: skip
    rows.add(again)
    for need in needs:
        is_settled = need.settled_on is not None and need.settled_on <= day
        if not is_settled:
            need.urgency = _later(pen, need.urgency)
        status = need.status if is_settled else Status.OPEN
        rows.add(NeedRating(assessment=again, need=need, urgency=need.urgency, status=status))


def _later(pen: Method, urgency: str) -> str:
    """Mostly the same or one step calmer, sometimes more urgent."""
    step = pen.rng.choices((-1, 0, 1), (40, 40, 20))[0]
    place = Urgency.values.index(urgency) + step
    return Urgency.values[min(max(place, 0), len(Urgency.values) - 1)]


def _add_network(pen: Method, rows: Rows, file: File, day: date) -> None:
    known = NetworkContact.Closeness.values
    nearness = {"family": (6, 3, 1), "friends": (5, 4, 1), "authority": (0, 3, 7)}
    for kind, label, help_given in pen.rng.sample(texts.NETWORK, k=pen.rng.randrange(2, 6)):
        contact = NetworkContact(
            id=pen.uuid(), case=file.case, kind=kind, label=label, help_given=help_given, form_key=pen.uuid(),
            closeness=pen.rng.choices(known, nearness.get(kind, (2, 5, 3)))[0], created_at=pen.at(day),
            created_by_id=file.manager.user_id,
        )  # fmt: skip
        if kind == NetworkContact.Kind.INSTITUTION and label == "Sprachschule":
            contact.institution_id = pen.rng.choice(pen.offices["language"]).pk
        rows.add(contact)
