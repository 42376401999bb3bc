"""Who is counselled from when to when, by whom, and how often: a light plan, drawn before anything is written."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from cases.demo import landscape
from cases.demo.calendar import Calendar
from cases.demo.staff import Staff
from cases.models import Case

ACTIVE_SHARE = 320 / 570
RETURNING_SHARE = 0.03  # people with a second case
ANONYMOUS_SHARE, NETWORK_SHARE = 0.06, 0.02  # consultations without a case
USUAL_AGE, RECENT_AGE = (0, 728, 200), (0, 160, 40)  # days an open case is old: least, most, usual
Level = Case.ServiceLevel


@dataclass(slots=True)
class Stay:
    """One case to be."""

    manager: int  # index among the staff
    opened_on: date
    closed_on: date | None = None
    seen_until: date | None = None  # no contact after this day
    level: str = Level.BRIEF
    consultations: int = 0
    due: list[tuple[date, bool]] = field(default_factory=list)  # open follow-ups: day, whether an appointment
    paused: bool = False
    silent: bool = False
    ages_out: date | None = None
    reopening: bool = False


@dataclass
class Plan:
    people: list[list[Stay]]  # each person's one or two cases
    anonymous: int
    network: int

    def stays(self) -> Iterator[Stay]:
        for stays in self.people:
            yield from stays


def drawn_plan(rng: Random, calendar: Calendar, staff: Staff, *, clients: int, consultations: int) -> Plan:
    returning = round(clients * RETURNING_SHARE)
    open_count = round((clients + returning) * ACTIVE_SHARE)
    closed_desks = _desks(rng, staff, clients + returning - open_count)
    people = [[_closed_stay(rng, calendar, manager)] for manager in closed_desks]
    filling = {index for index, person in enumerate(staff.profiles) if person.name in landscape.FILLING}
    for manager in _desks(rng, staff, open_count - returning):
        age = RECENT_AGE if manager in filling else USUAL_AGE
        people.append([_open_stay(rng, calendar, manager, age=age)])
    for stays in people[:returning]:
        again = calendar.between(min(stays[0].closed_on + timedelta(days=20), calendar.today), calendar.today)
        stays.append(_open_stay(rng, calendar, stays[0].manager, opened_on=again))
    rng.shuffle(people)
    plan = Plan(people, round(consultations * ANONYMOUS_SHARE), round(consultations * NETWORK_SHARE))
    _spread(rng, list(plan.stays()), consultations - plan.anonymous - plan.network)
    _set_reminders(rng, calendar, plan)
    _ask_for_reopening(rng, plan, staff)
    return plan


def _desks(rng: Random, staff: Staff, count: int) -> list[int]:
    """On whose desk each of so many cases lies: shares by demand, only their order is drawn."""
    demand = [staff.demand(index) for index in range(len(staff.managers))]
    desks, owed = [], 0.0
    for index, value in enumerate(demand):
        owed += value * count / sum(demand)
        desks += [index] * (round(owed) - len(desks))
    rng.shuffle(desks)
    return desks


def _level(rng: Random) -> str:
    return rng.choices((Level.SIGNPOSTING, Level.BRIEF, Level.CASE_MANAGEMENT), (10, 45, 45))[0]


def _closed_stay(rng: Random, calendar: Calendar, manager: int) -> Stay:
    opened_on = min(calendar.between(calendar.start, calendar.today - timedelta(days=30)) for _ in range(2))
    length = timedelta(days=min(20 + round(rng.lognormvariate(5.3, 0.6)), 600))
    closed_on = calendar.between(opened_on + length, opened_on + length + timedelta(days=4))
    if closed_on >= calendar.today:
        closed_on = calendar.between(opened_on + timedelta(days=15), calendar.today - timedelta(days=1))
    return Stay(manager, opened_on, closed_on, closed_on, _level(rng))


def _open_stay(
    rng: Random,
    calendar: Calendar,
    manager: int,
    *,
    opened_on: date | None = None,
    age: tuple[int, int, int] = USUAL_AGE,
) -> Stay:
    today = calendar.today
    if opened_on is None:
        around = today - timedelta(days=round(rng.triangular(*age)))
        opened_on = calendar.between(around - timedelta(days=6), around)
    stay = Stay(manager, opened_on, seen_until=today, level=_level(rng))
    chance, is_settled = rng.random(), (today - opened_on).days > 75
    if is_settled and chance < 0.05:
        stay.paused, stay.seen_until = True, today - timedelta(days=rng.randrange(10, 70))
    elif is_settled and chance < 0.15:
        stay.silent, stay.seen_until = True, today - timedelta(days=rng.randrange(30, 70))
    elif rng.random() < 0.05:
        stay.ages_out = today + timedelta(days=rng.randrange(8, 170))
    return stay


def _spread(rng: Random, stays: list[Stay], total: int) -> None:
    """Every case at least two talks; the rest by length and kind of help."""
    factor = {Level.SIGNPOSTING: 0.4, Level.BRIEF: 0.9, Level.CASE_MANAGEMENT: 1.7}
    weights = [
        factor[stay.level] * ((stay.seen_until - stay.opened_on).days + 20) ** 0.8 * rng.gammavariate(3, 1)
        for stay in stays
    ]
    rest = total - 2 * len(stays)
    share, owed, given = rest / sum(weights), 0.0, 0
    for stay, weight in zip(stays, weights, strict=True):
        owed += weight * share
        stay.consultations = 2 + round(owed) - given
        given = round(owed)


def _set_reminders(rng: Random, calendar: Calendar, plan: Plan) -> None:
    """For every case manager something overdue, something due today and something coming."""
    desks: dict[int, list[Stay]] = defaultdict(list)
    for stay in plan.stays():
        if stay.closed_on is None and not stay.paused:
            desks[stay.manager].append(stay)
    for desk in desks.values():
        rng.shuffle(desk)
        overdue, now = max(2, len(desk) // 20), max(2, len(desk) // 20)
        for number, stay in enumerate(desk):
            if number < overdue:
                stay.due.append((calendar.today - timedelta(days=rng.randrange(1, 15)), False))
            elif number < overdue + now:
                stay.due.append((calendar.today, number % 2 == 0))
            elif rng.random() < 0.45:
                stay.due.append((calendar.ahead(rng.randrange(1, 50)), rng.random() < 0.5))


def _ask_for_reopening(rng: Random, plan: Plan, staff: Staff) -> None:
    """One former person at every third Träger would like to come back; always at the one of the printed logins."""
    wanted = {staff.managers[0].provider_id} | {manager.provider_id for manager in staff.managers[4::3]}
    for stays in plan.people:
        provider = staff.managers[stays[-1].manager].provider_id
        if stays[-1].closed_on and provider in wanted:
            stays[-1].reopening = True
            wanted.discard(provider)
