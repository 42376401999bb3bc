"""The plan: drafted, agreed, worked on, looked at again, and carried on as a next version."""

from datetime import timedelta
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.actions import plans as actions
from cases.models import Case, Goal, PlanReview, Step, SupportPlan
from districts.models import Topic
from kim.records import ChangedMeanwhile
from tests.at_once import at_once, refusals
from tests.case_forms import ago, errors, german, logged, nothing_stored, queries, said, text_of, url
from tests.factories import CaseFactory, GoalFactory, NeedFactory, PlanFactory, StepFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


@pytest.fixture
def draft(case):
    """With one goal that has one step."""
    return StepFactory(goal__plan__case=case, goal__plan__draft=True).goal.plan


@pytest.fixture
def agreed(case):
    return StepFactory(goal__plan__case=case).goal.plan


def main(code):
    return Topic.objects.get(code=code)


def form_data(browser, address, **typed):
    form = browser.get(address).context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: "" if value is None else value for name, value in values.items() if value is not False} | typed


def agreement(**facts):
    usual = {"agreed_on": ago(0), "agreed_how": "talk", "review_on": ago(-90), "start_implementation": False}
    return usual | facts


# --- Drafting


def test_the_first_goal_makes_the_draft(as_case_manager, case):
    address = url("goal_create", case)
    sent = form_data(
        as_case_manager,
        address,
        **{
            "text": "Ich habe eine eigene Wohnung.",
            "topic": main("housing").pk,
            "step-0-text": "Antrag stellen",
            "step-1-text": "Schreiben schicken",
            "step-1-actor": "institution",
            "step-1-who": "Frau Krause",
            "step-1-due_on": german(ago(-7)),
        },
    )
    for _ in range(2):
        answer = as_case_manager.post(address, sent)
    plan = SupportPlan.objects.get()
    assert answer["Location"] == url("plan_version", case, plan.pk)
    assert (plan.case, plan.number, plan.status, plan.goals.count()) == (case, 1, "draft", 1)
    steps = [(step.text, step.actor, step.who, step.due_on) for step in plan.goals.get().steps.all()]
    assert steps == [
        ("Antrag stellen", "client", "", None),
        ("Schreiben schicken", "institution", "Frau Krause", ago(-7)),
    ]
    assert logged(action__startswith="goal") == ["goal.added"]
    page = text_of(as_case_manager.get(answer["Location"]))
    assert "Ich habe eine eigene Wohnung." in page
    assert "Frau Krause" in page


def test_a_goal_can_start_from_a_need(as_case_manager, case):
    need, foreign = NeedFactory(case=case, topic=main("housing")), NeedFactory()
    page = as_case_manager.get(url("goal_create", case), {"bedarf": need.pk})
    assert [page.context["form"].goal[name].value() for name in ("need", "topic")] == [need.pk, need.topic_id]
    for asked in (foreign.pk, "x", ""):
        page = as_case_manager.get(url("goal_create", case), {"bedarf": asked})
        assert page.context["form"].goal["need"].value() is None
    assert "Ziel dazu" in text_of(as_case_manager.get(url("plan", case)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", "x" * 301),
        ("topic", ""),
        ("topic", "9" * 40),
        ("due_on", "31.02.2026"),
        ("need", "6f1d2c3b-4a5e-4f60-8a7b-9c0d1e2f3a4b"),
        ("need", "x"),
        ("step-0-due_on", "morgen"),
        ("step-0-actor", "pet"),
        ("step-0-text", "a\nb"),
        ("step-2-who", "x" * 101),
    ],
)
def test_what_is_wrong_is_said_at_the_field(as_case_manager, case, field, value):
    address = url("goal_create", case)
    sent = form_data(as_case_manager, address, text="Bleibt stehen.", topic=main("housing").pk)
    with nothing_stored():
        answer = as_case_manager.post(address, sent | {"step-0-text": "Ein Schritt", field: value})
    assert set(errors(answer)) == {field}
    assert field == "text" or "Bleibt stehen." in text_of(answer)


def test_a_foreign_need_is_no_choice(as_case_manager, case):
    address = url("goal_create", case)
    sent = form_data(as_case_manager, address, text="Ziel", topic=main("housing").pk, need=NeedFactory().pk)
    assert set(errors(as_case_manager.post(address, sent))) == {"need"}


def test_a_step_without_the_what_is_asked_about(as_case_manager, case):
    address = url("goal_create", case)
    sent = form_data(as_case_manager, address, text="Ziel", topic=main("housing").pk, **{"step-1-who": "Frau Krause"})
    assert errors(as_case_manager.post(address, sent)) == {"step-1-text": "Bitte angeben, was zu tun ist."}


def test_a_draft_is_changed_step_by_step(as_case_manager, case, draft):
    goal = draft.goals.get()
    step = goal.steps.get()
    address = url("goal_change", case, goal.pk)
    sent = form_data(as_case_manager, address, **{"text": "Neu.", "step-0-text": "", "step-1-text": "Ein neuer"})
    as_case_manager.post(address, sent)
    goal.refresh_from_db()
    assert (goal.text, [each.text for each in goal.steps.all()]) == ("Neu.", ["Ein neuer"])
    assert not Step.objects.filter(pk=step.pk).exists()


def test_the_id_of_a_foreign_step_changes_nothing_there(as_case_manager, case, draft):
    foreign = StepFactory()
    goal = draft.goals.get()
    address = url("goal_change", case, goal.pk)
    as_case_manager.post(address, form_data(as_case_manager, address, **{"step-0-id": foreign.pk, "step-0-text": "X"}))
    foreign.refresh_from_db()
    assert (foreign.text, goal.steps.get().text) == ("Wohnberechtigungsschein beantragen", "X")


def test_a_conflict_lays_goal_and_steps_side_by_side(as_case_manager, case, draft):
    goal = draft.goals.get()
    address = url("goal_change", case, goal.pk)
    sent = form_data(as_case_manager, address, **{"text": "Meins.", "step-0-text": "Mein Schritt"})
    Goal.objects.filter(pk=goal.pk).update(version=2, text="Ihres.")
    answer = as_case_manager.post(address, sent)
    found = {each.label: (each.typed, each.stored) for each in answer.context["form"].differences}
    assert found["Ziel in den Worten der Person"] == ("Meins.", "Ihres.")
    assert "Mein Schritt" in found["Schritte"][0]
    again = {field.html_name: field.value() for field in answer.context["form"] if field.value() is not None}
    as_case_manager.post(address, again)
    goal.refresh_from_db()
    assert (goal.text, goal.steps.get().text) == ("Meins.", "Mein Schritt")


def test_a_goal_is_removed_from_the_draft(as_case_manager, case, draft):
    as_case_manager.post(url("goal_remove", case, draft.goals.get().pk))
    assert not Goal.objects.exists()


def test_a_draft_is_discarded(as_case_manager, case, draft):
    as_case_manager.post(url("plan_discard", case))
    assert not SupportPlan.objects.exists()
    assert logged(action="plan.discarded") == ["plan.discarded"]


def test_the_intro_is_in_the_persons_words(as_case_manager, case, draft):
    address = url("plan_intro", case)
    as_case_manager.post(address, form_data(as_case_manager, address, intro="أريد أن أعيش في سلام."))
    draft.refresh_from_db()
    assert draft.intro == "أريد أن أعيش في سلام."


def test_an_intro_changed_meanwhile_keeps_both(as_case_manager, case, draft):
    address = url("plan_intro", case)
    sent = form_data(as_case_manager, address, intro="Meins.")
    SupportPlan.objects.filter(pk=draft.pk).update(version=9, intro="Ihres.")
    answer = as_case_manager.post(address, sent)
    assert [(each.typed, each.stored) for each in answer.context["form"].differences] == [("Meins.", "Ihres.")]


@pytest.mark.parametrize("name", ["plan_intro", "plan_agree", "plan_discard", "plan_review", "plan_takeaway"])
def test_without_a_plan_there_is_nothing_to_do(as_case_manager, case, name):
    answer = as_case_manager.get(url(name, case))
    assert answer["Location"] == url("plan", case)
    assert said(answer)


# --- Agreeing


def test_a_plan_is_agreed_and_the_case_moves_on(as_case_manager, case, draft):
    Case.objects.filter(pk=case.pk).update(status=Case.Status.PLANNING)
    address = url("plan_agree", case)
    answer = as_case_manager.post(address, form_data(as_case_manager, address, agreed_how="signed"))
    assert answer["Location"] == url("plan", case)
    draft.refresh_from_db()
    case.refresh_from_db()
    assert (draft.status, draft.agreed_on, draft.agreed_how, draft.review_on) == ("agreed", ago(0), "signed", ago(-90))
    assert case.status == Case.Status.IMPLEMENTATION
    assert logged(subject=case.audit_name, action__contains=".agreed") == ["plan.agreed"]
    assert logged(action="case.phase_changed") == ["case.phase_changed"]


@pytest.mark.parametrize("status", Case.PHASES)
def test_the_phase_changes_only_where_it_is_wanted(case, draft, status):
    Case.objects.filter(pk=case.pk).update(status=status)
    plan = SupportPlan.objects.select_related("case__provider").get(pk=draft.pk)
    actions.agree_plan(plan, opened_version=1, by=case.created_by, **agreement())
    case.refresh_from_db()
    assert case.status == status


@pytest.mark.parametrize("status", ["implementation", "paused"])
def test_the_phase_is_not_offered_later(as_case_manager, case, draft, status):
    Case.objects.filter(pk=case.pk).update(status=status)
    assert "start_implementation" not in as_case_manager.get(url("plan_agree", case)).context["form"].fields


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("review_on", german(ago(1)), "in der Vergangenheit"),
        ("review_on", "", ""),
        ("review_on", "32.01.2027", "gibt es nicht"),
        ("agreed_on", german(ago(-1)), "in der Zukunft"),
        ("agreed_on", german(ago(31)), "vor der Eröffnung"),
        ("agreed_how", "telepathy", ""),
        ("opened_version", "x", "Ziffern"),
    ],
)
def test_an_agreement_that_cannot_be_is_refused(as_case_manager, case, draft, field, value, sentence):
    address = url("plan_agree", case)
    sent = form_data(as_case_manager, address)
    with nothing_stored():
        answer = as_case_manager.post(address, sent | {field: value})
    assert sentence in errors(answer)[field]


def test_the_review_may_be_today(as_case_manager, case, draft):
    address = url("plan_agree", case)
    as_case_manager.post(address, form_data(as_case_manager, address, review_on=german(ago(0))))
    assert SupportPlan.objects.agreed().get().review_on == ago(0)


def test_a_plan_without_a_goal_is_not_agreed(as_case_manager, case):
    PlanFactory(case=case, draft=True)
    address = url("plan_agree", case)
    sent = form_data(as_case_manager, address)
    with nothing_stored():
        answer = as_case_manager.post(address, sent)
    assert "mindestens ein Ziel" in text_of(answer)


def test_what_was_changed_since_is_looked_at_first(as_case_manager, case, draft):
    address = url("plan_agree", case)
    sent = form_data(as_case_manager, address)
    goal = form_data(as_case_manager, url("goal_create", case), text="Noch eins.", topic=main("work").pk)
    as_case_manager.post(url("goal_create", case), goal)
    with nothing_stored():
        answer = as_case_manager.post(address, sent)
    assert answer["Location"] == url("plan_version", case, draft.pk)
    assert "inzwischen geändert" in said(answer)


def test_an_agreed_plan_keeps_its_goals(as_case_manager, case, agreed, case_manager):
    goal = agreed.goals.get()
    with nothing_stored():
        for name in ("goal_change", "goal_remove"):
            answer = as_case_manager.post(url(name, case, goal.pk), {"text": "Anders.", "topic": goal.topic_id})
            assert answer["Location"].startswith(url("plan", case))
        sent = form_data(as_case_manager, url("goal_create", case), text="Neu.", topic=main("work").pk)
        assert "fortschreiben" in text_of(as_case_manager.post(url("goal_create", case), sent))
        with pytest.raises(ValidationError):
            actions.change_goal(goal, opened_version=1, steps=[], fields=[], by=case_manager)


def test_nothing_is_agreed_in_a_closed_case(as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, closed=True)
    GoalFactory(plan__case=case, plan__draft=True)
    address = url("plan_agree", case)
    with nothing_stored():
        assert "abgeschlossen" in text_of(as_case_manager.post(address, form_data(as_case_manager, address)))
        assert "abgeschlossen" in said(as_case_manager.post(url("plan_discard", case)))
    SupportPlan.objects.all().delete()
    with nothing_stored():
        assert "abgeschlossen" in said(as_case_manager.post(url("plan_draft", case)))


# --- A next version


def test_a_plan_is_carried_on_as_a_copy_and_history_stays(as_case_manager, case, agreed):
    GoalFactory(plan=agreed, text="Zweites Ziel", status="reached", settled_on=ago(2))
    before = list(Goal.objects.order_by("position").values_list("pk", "text", "status"))
    for _ in range(2):
        answer = as_case_manager.post(url("plan_draft", case))
    draft = SupportPlan.objects.drafts().get()
    assert answer["Location"] == url("plan_version", case, draft.pk)
    assert (draft.number, draft.intro) == (2, agreed.intro)
    copied = draft.goals.order_by("position")
    assert [(goal.continues_id, goal.text, goal.status) for goal in copied] == before
    assert copied[0].steps.get().continues == agreed.goals.order_by("position")[0].steps.get()
    as_case_manager.post(url("goal_remove", case, copied[1].pk))
    address = url("plan_agree", case)
    as_case_manager.post(address, form_data(as_case_manager, address))
    agreed.refresh_from_db()
    draft.refresh_from_db()
    assert (agreed.status, agreed.superseded_on, draft.status) == ("superseded", ago(0), "agreed")
    assert list(agreed.goals.order_by("position").values_list("pk", "text", "status")) == before
    assert "Zweites Ziel" in text_of(as_case_manager.get(url("plan_version", case, agreed.pk)))


def test_progress_made_meanwhile_is_in_the_next_version(as_case_manager, case, agreed):
    goal = agreed.goals.get()
    as_case_manager.post(url("plan_draft", case))
    as_case_manager.post(url("goal_progress", case, goal.pk), {"status": "given_up", "is_system_hurdle": "yes"})
    as_case_manager.post(url("step_done", case, goal.steps.get().pk))
    address = url("plan_agree", case)
    as_case_manager.post(address, form_data(as_case_manager, address))
    current = Goal.objects.current().get()
    assert (current.continues, current.status, current.is_system_hurdle) == (goal, "given_up", True)
    assert current.steps.get().done_on == ago(0)


def test_a_next_version_is_not_older_than_the_last(as_case_manager, case, agreed):
    as_case_manager.post(url("plan_draft", case))
    address = url("plan_agree", case)
    sent = form_data(as_case_manager, address, agreed_on=german(agreed.agreed_on - timedelta(days=1)))
    with nothing_stored():
        answer = as_case_manager.post(address, sent)
    assert "kann nicht älter sein" in errors(answer)["agreed_on"]


def test_the_plan_in_force_is_shown_and_leads_to_the_draft(as_case_manager, case, agreed):
    draft = PlanFactory(case=case, draft=True)
    page = as_case_manager.get(url("plan", case))
    assert page.context["plan"] == agreed
    assert url("plan_version", case, draft.pk) in text_of(page)


# --- Progress


def test_a_goal_and_a_step_are_ticked_off_with_one_click(as_case_manager, case, agreed):
    goal = agreed.goals.get()
    step = goal.steps.get()
    answer = as_case_manager.post(url("goal_progress", case, goal.pk), {"status": "reached"})
    assert answer["Location"] == f"{url('plan', case)}#ziel-{goal.pk}"
    as_case_manager.post(url("step_done", case, step.pk))
    goal.refresh_from_db()
    step.refresh_from_db()
    assert (goal.status, goal.settled_on, step.done_on) == ("reached", ago(0), ago(0))
    with nothing_stored():
        assert "schon eingetragen" in said(as_case_manager.post(url("step_done", case, step.pk)))
    as_case_manager.post(url("step_done", case, step.pk), {"done": "no"})
    step.refresh_from_db()
    assert step.done_on is None
    assert logged(action__startswith="step") == ["step.done", "step.reopened"]


@pytest.mark.parametrize(("before", "after"), [*product(Goal.Status.values, repeat=2)])
def test_every_status_follows_every_other(case_manager, case, before, after):
    """A slip of the finger is taken back; what was not reached always says whether the system stood in the way."""
    hurdle = True if before in Goal.FAILED else None
    settled = ago(3) if before in Goal.SETTLED else None
    goal = GoalFactory(plan__case=case, status=before, is_system_hurdle=hurdle, settled_on=settled)
    if after in Goal.FAILED:
        with pytest.raises(ValidationError):
            actions.settle_goal(goal, status=after, is_system_hurdle=None, by=case_manager)
    actions.settle_goal(goal, status=after, is_system_hurdle=False, by=case_manager)
    goal.refresh_from_db()
    assert (goal.status, goal.settled_on) == (after, ago(0) if after in Goal.SETTLED else None)
    assert goal.is_system_hurdle is (False if after in Goal.FAILED else None)


def test_not_reached_asks_for_the_hurdle(as_case_manager, case, agreed):
    goal = agreed.goals.get()
    address = url("goal_progress", case, goal.pk)
    with nothing_stored():
        answer = as_case_manager.post(address, {"status": "not_reached"})
    assert "Hürde im System" in errors(answer)["is_system_hurdle"]
    with nothing_stored():
        assert "status" in errors(as_case_manager.post(address, {"status": "won"}))
    as_case_manager.post(address, {"status": "not_reached", "is_system_hurdle": "yes"})
    goal.refresh_from_db()
    assert goal.is_system_hurdle is True
    assert "Hürde im System" in text_of(as_case_manager.get(url("plan", case)))


@pytest.mark.parametrize("status", ["draft", "superseded"])
def test_progress_belongs_to_the_plan_in_force(as_case_manager, case, status):
    goal = StepFactory(goal__plan__case=case, **{f"goal__plan__{status}": True}).goal
    with nothing_stored():
        assert "vereinbarten Plan" in said(as_case_manager.post(url("step_done", case, goal.steps.get().pk)))
        answer = as_case_manager.post(url("goal_progress", case, goal.pk), {"status": "reached"})
        assert "vereinbarten Plan" in said(answer)


def test_of_two_clicks_from_the_same_page_one_counts(case_manager, agreed):
    first, second = (Goal.objects.select_related("plan__case__provider").get() for _ in range(2))
    actions.settle_goal(first, status="reached", is_system_hurdle=None, by=case_manager)
    with pytest.raises(ChangedMeanwhile):
        actions.settle_goal(second, status="partly", is_system_hurdle=None, by=case_manager)
    assert Goal.objects.get().status == "reached"


# --- Looked at again


def test_a_plan_that_still_fits_goes_on(as_case_manager, case):
    plan = PlanFactory(case=case, overdue=True)
    assert "Jetzt überprüfen" in text_of(as_case_manager.get(url("plan", case)))
    address = url("plan_review", case)
    sent = form_data(as_case_manager, address, next_on=german(ago(-30)))
    as_case_manager.post(address, sent)
    review = PlanReview.objects.get()
    assert (review.plan, review.was_due_on, review.reviewed_on, review.next_on) == (plan, ago(1), ago(0), ago(-30))
    plan.refresh_from_db()
    assert plan.review_on == ago(-30)
    with nothing_stored():
        assert "inzwischen geändert" in said(as_case_manager.post(address, sent))
    assert "gilt weiter" in text_of(as_case_manager.get(url("plan", case)))


@pytest.mark.parametrize("day", [0, 1])
def test_the_next_review_is_not_today_and_not_past(as_case_manager, case, agreed, day):
    address = url("plan_review", case)
    sent = form_data(as_case_manager, address, next_on=german(ago(day)))
    with nothing_stored():
        answer = as_case_manager.post(address, sent)
    assert "nach dem heutigen Tag" in errors(answer)["next_on"]


def test_which_reviews_are_due(case):
    day = timezone.localdate()
    plan = PlanFactory(case=case, review_on=day)
    PlanFactory(overdue=True, case__closed=True)
    PlanFactory(draft=True)
    assert set(SupportPlan.objects.agreed().filter(case=case)) == {plan}
    assert not SupportPlan.objects.review_overdue(day).exists()
    assert set(SupportPlan.objects.review_overdue(day + timedelta(days=1))) == {plan}
    assert set(SupportPlan.objects.review_due(day, timedelta(days=0))) == {plan}
    assert set(SupportPlan.objects.review_due(day - timedelta(days=14))) == {plan}
    assert not SupportPlan.objects.review_due(day - timedelta(days=15)).exists()
    assert not SupportPlan.objects.review_due(day + timedelta(days=1)).exists()


def test_which_goals_and_steps_are_open():
    opened, running = GoalFactory(), GoalFactory(status="in_progress", plan__draft=True)
    GoalFactory(status="reached", settled_on=ago(0))
    assert set(Goal.objects.open()) == {opened, running}
    assert running not in Goal.objects.current()
    step = StepFactory(goal=opened)
    StepFactory(goal=opened, done_on=ago(0))
    assert set(Step.objects.open()) == {step}


# --- In the database


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("plan_agreed_in_full", {"review_on": None}),
        ("plan_agreed_in_full", {"agreed_how": ""}),
        ("plan_agreed_in_full", {"status": "draft"}),
        ("plan_review_after_agreement", {"review_on": "2020-01-01"}),
        ("plan_superseded_with_day", {"superseded_on": "2030-01-01"}),
        ("plan_superseded_with_day", {"status": "superseded"}),
        ("plan_superseded_with_day", {"status": "superseded", "superseded_on": "2020-01-01"}),
    ],
)
def test_the_database_refuses_half_an_agreement(agreed, name, values):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SupportPlan.objects.filter(pk=agreed.pk).update(**values)


@pytest.mark.parametrize("trait", [{}, {"draft": True}])
def test_the_database_knows_one_agreed_plan_and_one_draft(case, trait):
    PlanFactory(case=case, **trait)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanFactory(case=case, number=2, **trait)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("goal_hurdle_when_failed", {"status": "given_up", "settled_on": "2026-01-01"}),
        ("goal_hurdle_when_failed", {"is_system_hurdle": True}),
        ("goal_settled_with_day", {"status": "reached"}),
        ("goal_settled_with_day", {"settled_on": "2026-01-01"}),
    ],
)
def test_the_database_refuses_half_a_result(name, values):
    goal = GoalFactory()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Goal.objects.filter(pk=goal.pk).update(**values)


def test_a_review_leads_on(agreed, case_manager):
    with pytest.raises(IntegrityError, match="plan_review_leads_on"), transaction.atomic():
        PlanReview.objects.create(plan=agreed, was_due_on=ago(0), next_on=ago(0), recorded_by=case_manager)


def test_a_case_takes_its_plan_along(case, agreed):
    NeedFactory(case=case)
    Case.objects.filter(pk=case.pk).delete()
    assert not Step.objects.exists()


def test_who_sees_a_plan(agreed, case_manager, deputy, colleague, lead, stranger, coordination):
    review = PlanReview.objects.create(plan=agreed, was_due_on=ago(0), next_on=ago(-9), recorded_by=case_manager)
    for record in (agreed, agreed.goals.get(), Step.objects.get(), review):
        rows = type(record).objects
        assert set(rows.visible_to(case_manager)) == set(rows.visible_to(deputy)) == {record}
        for user in (colleague, lead, stranger, coordination):
            assert not rows.visible_to(user).exists()


# --- How much a page asks the database


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("name", "number"), [("plan", 11), ("goal_create", 5), ("plan_agree", 6), ("plan_review", 6), ("plan_takeaway", 8)]
)
def test_pages_do_not_ask_per_row(as_case_manager, case, rows, name, number):
    topics = Topic.objects.main()
    plan = PlanFactory(case=case)
    for each in (plan, PlanFactory(case=case, draft=True)):
        for row in range(rows):
            StepFactory.create_batch(rows, goal=GoalFactory(plan=each, topic=topics[row]))
            NeedFactory(case=case, topic=topics[row])
    for row in range(rows - 1):
        PlanFactory(case=case, superseded=True, number=10 + row)
    assert queries(lambda: as_case_manager.get(url(name, case))) == number


# --- At the same time


def fresh(plan):
    return SupportPlan.objects.select_related("case__provider").get(pk=plan.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_agreements_at_once_one_counts(case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)
    draft = GoalFactory(plan__case=case, plan__draft=True).plan
    one, other = fresh(draft), fresh(draft)
    outcome = at_once(
        lambda: actions.agree_plan(one, opened_version=1, by=case_manager, **agreement()),
        lambda: actions.agree_plan(other, opened_version=1, by=case_manager, **agreement()),
    )
    assert refusals(outcome) == [""]
    assert SupportPlan.objects.agreed().count() == len(logged(action="plan.agreed")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_goal_is_changed_or_the_plan_agreed(case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)
    goal = GoalFactory(plan__case=case, plan__draft=True)
    goal = Goal.objects.select_related("plan__case__provider").get(pk=goal.pk)
    plan = fresh(goal.plan)
    goal.text = "Anders."
    outcome = at_once(
        lambda: actions.agree_plan(plan, opened_version=1, by=case_manager, **agreement()),
        lambda: actions.change_goal(goal, opened_version=1, steps=[], fields=["text"], by=case_manager),
    )
    assert len(refusals(outcome)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_drafts_begun_at_once_are_one(case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)
    GoalFactory(plan__case=case)
    both = [Case.objects.select_related("provider").get(pk=case.pk) for _ in range(2)]
    outcome = at_once(*[lambda each=each: actions.draft_of(each, by=case_manager) for each in both])
    assert refusals(outcome) == []
    assert SupportPlan.objects.drafts().count() == 1
