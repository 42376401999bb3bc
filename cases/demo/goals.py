"""Plans: drafts in the planning, agreed ones with goals in the words of the person, and the versions before them."""

from datetime import date, timedelta

from cases.demo import method_texts as texts
from cases.demo.assessment import Found
from cases.demo.method import File, Method, Rows
from cases.models import Case, Goal, Need, PlanReview, Step, SupportPlan

Status = Goal.Status
WHAT_BECAME = {
    Need.Status.MET: {Status.REACHED: 100},
    Need.Status.UNMET: {Status.NOT_REACHED: 70, Status.PARTLY: 30},
    Need.Status.WITHDRAWN: {Status.GIVEN_UP: 100},
    Need.Status.OPEN: {Status.OPEN: 40, Status.IN_PROGRESS: 60},
}
REVIEW_AFTER = timedelta(days=90)
MOST_GOALS = 3


def make_plan(pen: Method, rows: Rows, file: File, needs: list[Found]) -> None:
    """Nothing without needs; without a word on health where the consent to it is missing."""
    spoken = [found for found in needs if found.has_words][:MOST_GOALS]
    if not spoken:
        return
    if file.has_reached("implementation"):
        if pen.chance(0.93):
            _agreed(pen, rows, file, spoken)
    elif file.is_open and file.phase == Case.Status.PLANNING and pen.chance(0.85):
        draft = _plan(pen, file, 1, file.end)
        rows.add(draft)
        for place, found in enumerate(spoken):
            _goal(pen, rows, file, draft, place, found, Status.OPEN, file.end)


def _plan(pen: Method, file: File, number: int, day: date) -> SupportPlan:
    return SupportPlan(
        id=pen.uuid(), case=file.case, number=number, intro=pen.rng.choice(texts.INTROS), form_key=pen.uuid(),
        created_at=pen.at(day), created_by_id=file.manager.user_id,
    )  # fmt: skip


def _agreed(pen: Method, rows: Rows, file: File, spoken: list[Found]) -> None:
    opened_on = file.case.opened_on
    agreed_on = pen.day(opened_on + timedelta(days=60), min(opened_on + timedelta(days=120), file.end))
    before: list[Goal] = []
    if file.end - agreed_on > timedelta(days=200) and pen.chance(0.3):
        next_on = pen.day(agreed_on + timedelta(days=90), file.end - timedelta(days=60))
        before = _superseded(pen, rows, file, spoken, agreed_on, next_on)
        agreed_on = next_on
    current = _plan(pen, file, 2 if before else 1, agreed_on)
    _put_into_force(pen, current, agreed_on)
    rows.add(current)
    _set_review(pen, rows, file, current)
    for place, found in enumerate(spoken):
        status = pen.weighted(WHAT_BECAME[found.need.status])
        earlier = before[place] if place < len(before) else None
        _goal(pen, rows, file, current, place, found, status, agreed_on, earlier)


def _superseded(pen: Method, rows: Rows, file: File, spoken: list[Found], agreed_on: date, until: date) -> list[Goal]:
    """The version before, with the first of its goals; they stand as they stood."""
    old = _plan(pen, file, 1, agreed_on)
    _put_into_force(pen, old, agreed_on)
    old.status, old.superseded_on = SupportPlan.Status.SUPERSEDED, until
    rows.add(old)
    states = (Status.OPEN, Status.IN_PROGRESS)
    return [
        _goal(pen, rows, file, old, place, found, pen.rng.choice(states), agreed_on)
        for place, found in enumerate(spoken[:2])
    ]


def _put_into_force(pen: Method, plan: SupportPlan, day: date) -> None:
    plan.status, plan.agreed_on, plan.review_on = SupportPlan.Status.AGREED, day, day + REVIEW_AFTER
    plan.agreed_how = pen.rng.choices(SupportPlan.Agreement.values, (60, 15, 25))[0]


def _set_review(pen: Method, rows: Rows, file: File, plan: SupportPlan) -> None:
    """Long-running plans were looked at and went on; on each desk one is late and a few are near."""
    if not file.is_open or plan.review_on > pen.today:
        return
    was_due_on, reviewed_on = plan.review_on, pen.day(plan.review_on, file.end)
    if pen.allows("late review", file, 1):
        plan.review_on = pen.today - timedelta(days=pen.rng.randrange(2, 12))
    elif pen.allows("near review", file, 2):
        plan.review_on = pen.ahead(2, 13)
    else:
        plan.review_on = pen.ahead(18, 85)
    if was_due_on <= reviewed_on < plan.review_on - timedelta(days=10):
        rows.add(
            PlanReview(
                plan=plan, reviewed_on=reviewed_on, was_due_on=was_due_on, next_on=plan.review_on,
                recorded_by_id=file.manager.user_id,
            )
        )  # fmt: skip
    plan.review_on = max(plan.review_on, plan.agreed_on)


def _goal(
    pen: Method, rows: Rows, file: File, plan: SupportPlan, place: int, found: Found, status: str, day: date,
    continues: Goal | None = None,
) -> Goal:  # fmt: skip
    need, is_over = found.need, status in Goal.SETTLED
    goal = Goal(
        id=pen.uuid(), plan=plan, need=need, topic_id=need.topic_id, text=found.aim.text, status=status,
        position=place, due_on=_due(pen, file, day, is_over=is_over), continues=continues, form_key=pen.uuid(),
        created_at=pen.at(day), created_by_id=file.manager.user_id,
    )  # fmt: skip
    if is_over:
        goal.settled_on = max(need.settled_on, day)
    if status in Goal.FAILED:
        goal.is_system_hurdle = status == Status.NOT_REACHED
    rows.add(goal, *(_step(pen, file, goal, number, *step) for number, step in enumerate(found.aim.steps)))
    return goal


def _due(pen: Method, file: File, day: date, *, is_over: bool) -> date:
    """Of what is not done yet in an open case little is overdue."""
    if is_over or not file.is_open:
        return day + timedelta(days=pen.rng.randrange(40, 160))
    if file.end > day and pen.chance(0.08):
        return pen.day(day, pen.today - timedelta(days=1))
    return pen.ahead(10, 150)


def _step(pen: Method, file: File, goal: Goal, number: int, actor: str, who: str, text: str) -> Step:
    begun, last = goal.plan.agreed_on, goal.settled_on or goal.plan.superseded_on or file.end
    is_done = begun is not None and (
        goal.is_settled or (goal.status == Status.IN_PROGRESS and number == 0) or (number == 0 and pen.chance(0.3))
    )
    step = Step(id=pen.uuid(), goal=goal, actor=actor, who=who, text=text, position=number)
    if is_done:
        step.done_on = pen.day(begun, last)
        step.due_on = step.done_on + timedelta(days=pen.rng.randrange(-5, 12))
    else:
        step.due_on = _due(pen, file, goal.plan.agreed_on or file.end, is_over=False)
    return step
