"""What stands on the plan to take home: the person's own words, no name of anybody else, no track, no diagnosis."""

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date

from cases.models import Case, Goal, Step, SupportPlan
from cases.plan_words import GERMAN, LANGUAGES, Words
from districts.models import CaseManager

SHORTEST_NAME = 3  # letters; shorter ones stand in too many words
GONE = "…"


@dataclass(frozen=True)
class Pair:
    """A fixed word in German and beside it in the other language, if there is one."""

    de: str
    other: str = ""
    code: str = ""
    direction: str = "ltr"


@dataclass(frozen=True)
class Typed:
    """What a person wrote, in the direction in which it is read."""

    text: str
    direction: str


@dataclass(frozen=True)
class Line:
    """A step: its actor's kind, never who exactly."""

    what: Typed
    actor: Pair
    due_on: date | None
    is_done: bool


@dataclass(frozen=True)
class SheetGoal:
    what: Typed
    status: Pair
    due_on: date | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    number: str
    is_draft: bool
    agreed_on: date | None
    review_on: date | None
    intro: Typed
    goals: tuple[SheetGoal, ...]
    contact: CaseManager
    provider: str
    words: dict[str, Pair]


def sheet(plan: SupportPlan, case: Case, language: str) -> Sheet:
    """The plan needs `with_goals()`. The name of the Träger may tell the track, so a protected one leaves it out."""
    names = names_of_others(plan.shown_goals)
    other = LANGUAGES[language] if language != GERMAN.code else None
    return Sheet(
        number=case.number,
        is_draft=plan.is_draft,
        agreed_on=plan.agreed_on,
        review_on=plan.review_on,
        intro=typed(plan.intro),
        goals=tuple(_goal(goal, names, other) for goal in plan.shown_goals),
        contact=case.case_manager,
        provider="" if case.track.is_protected else case.provider.name,
        words={field.name: pair(field.name, other) for field in fields(Words)},
    )


def _goal(goal: Goal, names: list[str], other: Words | None) -> SheetGoal:
    lines = tuple(
        Line(
            what=typed(without(step.text, names)),
            actor=pair(f"by_{step.actor}", other),
            due_on=step.due_on,
            is_done=step.done_on is not None,
        )
        for step in goal.shown_steps
    )
    return SheetGoal(typed(goal.text), pair(f"status_{goal.status}", other), goal.due_on, lines)


def pair(name: str, other: Words | None) -> Pair:
    german = getattr(GERMAN, name)
    if other is None:
        return Pair(german)
    return Pair(german, getattr(other, name), other.code, "rtl" if other.is_rtl else "ltr")


def typed(text: str) -> Typed:
    """Read from right to left if its first letter is."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    first = next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L")
    return Typed(text, "ltr" if first == "L" else "rtl")


def names_of_others(goals: list[Goal]) -> list[str]:
    """Who exactly helps, as it was typed beside a step: the longest first."""
    named = {step.who for goal in goals for step in goal.shown_steps if step.actor in Step.OTHERS}
    return sorted((name for name in named if len(name) >= SHORTEST_NAME), key=len, reverse=True)


def without(text: str, names: list[str]) -> str:
    for name in names:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", GONE, text, flags=re.IGNORECASE)
    return text


def mentioned(plan: SupportPlan, labels: list[str]) -> list[str]:
    """Which of these people of the network the person's own words name: worth a look before it is printed."""
    words = " ".join([plan.intro, *(goal.text for goal in plan.shown_goals)])
    words += " ".join(step.text for goal in plan.shown_goals for step in goal.shown_steps)
    known = [*labels, *names_of_others(plan.shown_goals)]
    return sorted({name for name in known if len(name) >= SHORTEST_NAME and without(words, [name]) != words})
