"""What people need, where and when: so that pictures of the demonstration city have something to say.

Housing in Innenstadt and Ehrenfeld, language in Chorweiler, work in Kalk, health in Mülheim; health rises everywhere.
"""

from functools import cache
from itertools import accumulate
from random import Random

BASE = {
    "language": 1.0,
    "work": 0.9,
    "training": 0.6,
    "education": 0.6,
    "housing": 0.9,
    "health": 0.6,
    "family": 0.5,
    "authorities": 1.1,
}
BY_DISTRICT = {
    1: {"housing": 2.2},
    2: {"education": 1.5, "family": 1.2},
    3: {"education": 1.8, "training": 1.2},
    4: {"housing": 2.0, "work": 1.1},
    5: {"training": 1.8},
    6: {"language": 2.4, "family": 1.3},
    7: {"authorities": 1.5, "training": 1.2},
    8: {"work": 2.3},
    9: {"health": 2.4},
    None: {"housing": 1.3, "authorities": 1.3},
}
BY_TRACK = {
    "disability": {"health": 3.0},
    "single_parents": {"family": 3.5},
    "lsbti": {"health": 1.4, "housing": 1.6},
}
BY_MONTH = {
    "training": {1: 1.4, 2: 1.5, 3: 1.5, 4: 1.3, 5: 1.3, 6: 1.2},
    "education": {8: 1.7, 9: 1.5, 10: 1.2},
    "language": {1: 1.3, 9: 1.4},
    "housing": {10: 1.4, 11: 1.3},
}
RISING, RISE = "health", (0.6, 1.9)
SUBTOPICS = {
    (6, "language"): {"language-childcare": 4},
    (4, "housing"): {"housing-loss": 4},
    (9, "health"): {"health-therapy": 4},
}
MAIN = tuple(BASE)


@cache
def cumulated(district: int | None, track: str, month: int, tenth: int) -> tuple[float, ...]:
    def weight(topic: str) -> float:
        value = BASE[topic] * BY_DISTRICT[district].get(topic, 1) * BY_TRACK.get(track, {}).get(topic, 1)
        value *= BY_MONTH.get(topic, {}).get(month, 1)
        return value * (RISE[0] + (RISE[1] - RISE[0]) * tenth / 10) if topic == RISING else value

    return tuple(accumulate(map(weight, MAIN)))


def drawn(rng: Random, district: int | None, track: str, month: int, share: float) -> str:
    """A main topic for a place, a track, a month and how far into the period it lies (0 to 1)."""
    return rng.choices(MAIN, cum_weights=cumulated(district, track, month, round(share * 10)))[0]


def refined(rng: Random, district: int | None, topic: str, subtopics: list[str]) -> str:
    """Mostly a subtopic of the main topic."""
    if rng.random() < 0.3:
        return topic
    favoured = SUBTOPICS.get((district, topic), {})
    return rng.choices(subtopics, [favoured.get(code, 1) for code in subtopics])[0]
