"""What the file shows of the method: each kind in its order, nothing that is over, and all by one query."""

import pytest
from django.utils import timezone, translation

from cases.file_summary import SHOWN, summary_of, with_method
from cases.models import Case, Consent, Reopening
from tests.case_forms import ago, german, queries, text_of, url
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ClearingDecisionFactory,
    ConsentFactory,
    ConsultationFactory,
    ExpiringDocumentFactory,
    FirstInterviewFactory,
    FollowUpFactory,
    GoalFactory,
    HandoverFactory,
    IntakeRequestFactory,
    LanguageFactory,
    NeedFactory,
    PlanFactory,
    ReferralFactory,
    ReleaseFactory,
    StepFactory,
    TopicFactory,
)


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager, service_level="case_management")


def reopen(case):
    Reopening.objects.create(
        case=case, closed_on=ago(9), closing_reason="contact_lost", reopened_by=case.case_manager.user
    )


def fill(case, rows):
    """So many rows of every kind the page of a file shows."""
    topic = TopicFactory()
    case.client.languages.set([LanguageFactory() for _ in range(rows)])
    plan = PlanFactory(case=case)
    for number in range(rows):
        NeedFactory(case=case, topic=topic)
        StepFactory(goal=GoalFactory(plan=plan, topic=topic, position=number + 1))
        ReferralFactory(case=case, topic=topic, due=True)
        ExpiringDocumentFactory(client=case.client)
        ReleaseFactory(client=case.client)
        ConsultationFactory(case=case, topics=[topic])
        FollowUpFactory(case=case)
        reopen(case)
    for purpose in Consent.Purpose.values[:rows]:
        ConsentFactory(client=case.client, purpose=purpose)
    HandoverFactory(case=case)


@pytest.mark.parametrize("rows", [1, 30])
def test_the_file_asks_twelve_times_at_most_however_much_it_holds(
    as_case_manager, case, rows, django_assert_num_queries
):
    fill(case, rows)
    as_case_manager.get(url("detail", case))
    assert queries(lambda: as_case_manager.get(url("detail", case))) == 11
    with django_assert_num_queries(1):
        summary_of(case)


def test_an_empty_file_has_an_empty_summary(case):
    found = summary_of(case)
    kinds = (found.goals, found.draft_goals, found.needs, found.referrals, found.documents, found.releases)
    assert not any((*kinds, found.handovers, found.reopenings, found.plan, found.draft))


def test_goals_are_those_of_the_plan_in_force_in_their_order(case):
    plan = PlanFactory(case=case)
    draft = PlanFactory(case=case, draft=True, number=plan.number + 1)
    topic = TopicFactory(code="jobs", name="Arbeit", name_en="Work")
    GoalFactory(plan=plan, text="Zweites", position=2, topic=topic)
    GoalFactory(plan=plan, text="Erstes", position=1, topic=topic, due_on=ago(1))
    GoalFactory(plan=draft, text="Entwurf", topic=topic)
    found = summary_of(case)
    assert [(goal.text, goal.name, goal.label, goal.is_late) for goal in found.goals.all] == [
        ("Erstes", "Arbeit", "offen", True),
        ("Zweites", "Arbeit", "offen", False),
    ]
    assert [goal.text for goal in found.draft_goals.all] == ["Entwurf"]
    assert (found.plan.pk, found.plan.day, found.draft.pk) == (plan.pk, plan.review_on, draft.pk)
    with translation.override("en"):
        assert {goal.name for goal in summary_of(case).goals.all} == {"Work"}


def test_a_reached_goal_is_never_late(case):
    GoalFactory(plan=PlanFactory(case=case), status="reached", settled_on=ago(0), due_on=ago(9))
    assert [goal.is_late for goal in summary_of(case).goals.all] == [False]


def test_open_needs_the_urgent_ones_first(case):
    for urgency in ("can_wait", "urgent", "soon"):
        NeedFactory(case=case, urgency=urgency)
    NeedFactory(case=case, met=True)
    assert [need.label for need in summary_of(case).needs.all] == ["dringend", "bald", "kann warten"]
    assert {need.text for need in summary_of(case).needs.all} == {""}


def test_referrals_without_a_last_word(case):
    ReferralFactory(case=case, institution=None, other_institution="Sprachcafé", ask_again_on=ago(-3))
    due = ReferralFactory(case=case, due=True)
    for state in ("failed", "accepted"):
        ReferralFactory(case=case, **{state: True})
    rows = summary_of(case).referrals.all
    assert [(row.title, row.is_due) for row in rows] == [(due.institution.name, True), ("Sprachcafé", False)]
    assert rows[0].pk == due.pk


def test_papers_releases_and_changes_of_hands(case):
    ExpiringDocumentFactory(client=case.client, valid_until=ago(1))
    ExpiringDocumentFactory(client=case.client, valid_until=ago(-57))
    ReleaseFactory(client=case.client, valid_until=ago(0))
    ReleaseFactory(client=case.client, valid_until=ago(1))
    ReleaseFactory(client=case.client, withdrawn_on=ago(0))
    HandoverFactory(case=case, external=True, done=True)
    HandoverFactory(case=case, to_case_manager=CaseManagerFactory(provider=case.provider, user__name="Ali Neu"))
    reopen(case)
    found = summary_of(case)
    assert [(row.label, row.is_over) for row in found.documents.all] == [("Duldung", True)]
    assert [(row.title, row.day) for row in found.releases.all] == [("Praxis am Park", ago(0))]
    assert [(row.name, row.since) for row in found.handovers.all] == [("Ali Neu", timezone.localdate())]
    assert [(row.label, row.day) for row in found.reopenings.all] == [("Kontakt verloren", ago(9))]


def test_nothing_of_another_case(case):
    fill(CaseFactory(case_manager=case.case_manager), 1)
    test_an_empty_file_has_an_empty_summary(case)


def test_long_lists_are_cut_and_say_how_long_they_are(as_case_manager, case):
    fill(case, SHOWN + 2)
    rows = summary_of(case).goals
    assert (len(rows.first), rows.more, len(rows)) == (SHOWN, 2, SHOWN + 2)
    assert f"Alle {SHOWN + 2} ansehen" in text_of(as_case_manager.get(url("detail", case)))


def test_the_page_shows_all_of_it(as_case_manager, case):
    fill(case, 1)
    request = IntakeRequestFactory(case_manager=case.case_manager, status="admitted", case=case)
    page = text_of(as_case_manager.get(url("detail", case)))
    plan = summary_of(case).plan
    for text in (
        "Offene Bedarfe", "Ziele", "Laufende Vermittlungen", "Läuft ab", "Praxis am Park", "Duldung", "wieder geöffnet",
        request.number, german(plan.day), url("handover_list", case),
    ):  # fmt: skip
        assert text in page


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("has_interview", lambda case: FirstInterviewFactory(case=case)),
        ("is_decided", lambda case: ClearingDecisionFactory(case=case)),
        ("has_need", lambda case: NeedFactory(case=case, met=True)),
        ("has_step", lambda case: StepFactory(goal=GoalFactory(plan=PlanFactory(case=case)))),
    ],
)
def test_what_a_case_has(case, name, make):
    def has():
        return getattr(with_method(Case.objects.all()).get(pk=case.pk), name)

    assert not has()
    make(CaseFactory())
    assert not has()
    make(case)
    assert has()


@pytest.mark.parametrize("step", [{"done_on": ago(0)}, {"goal__plan__draft": True}])
def test_a_step_that_is_done_or_only_drafted_is_no_next_step(case, step):
    StepFactory(goal__plan__case=case, **step)
    assert not with_method(Case.objects.all()).get(pk=case.pk).has_step


def test_the_number_of_the_request_is_told(case):
    assert with_method(Case.objects.all()).get(pk=case.pk).request_number is None
    request = IntakeRequestFactory(case_manager=case.case_manager, status="admitted", case=case)
    assert with_method(Case.objects.all()).get(pk=case.pk).request_number == request.number
