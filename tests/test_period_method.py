"""The true figures of a period about the method: needs, barriers, referrals, plans, goals, and how long things took."""

from datetime import date, timedelta

import pytest

from cases.models import Case
from districts.models import Language, Topic
from reports.periods import period_from_key
from reports.queries.period import true_past, true_report
from tests.factories import (
    CaseManagerFactory,
    GoalFactory,
    IntakeRequestFactory,
    NeedFactory,
    PlanFactory,
    ReferralFactory,
)
from tests.periods import JULY, at, case, closed, column, counted, talk

pytestmark = pytest.mark.django_db
SPRING, AUGUST, OCTOBER = date(2026, 4, 2), date(2026, 8, 3), date(2026, 10, 5)


@pytest.fixture
def own():
    return CaseManagerFactory(provider__code="awo")


def medians(key="2026-3"):
    return {(found.key, found.row): (found.value, found.number) for found in true_report(period_from_key(key)).medians}


def topic(code):
    return Topic.objects.get(code=code)


def test_needs_as_they_stood_at_the_end(own):
    def need(entered=JULY, file=None, **fields):
        NeedFactory(case=file or case(own, opened_on=SPRING), created_at=at(entered), **fields)

    need()
    need(SPRING)
    need(met=True, settled_on=AUGUST)
    need(unmet=True, settled_on=OCTOBER)  # still open at the end
    need(SPRING, met=True, settled_on=date(2026, 6, 30))  # settled before
    need(OCTOBER)  # not yet on record
    need(SPRING, file=closed(own, opened_on=SPRING, on=date(2026, 6, 30)))  # left open when the case ended
    twice = case(own, opened_on=SPRING)
    need(file=twice)
    need(file=twice, unmet=True, settled_on=JULY)
    table = counted()["needs"]
    assert column(table) == {"open": 4, "met": 1, "unmet": 1}
    assert table.population == 5


def test_barriers_are_persons_for_whom_help_did_not_come_about(own):
    def file():
        return case(own, opened_on=SPRING)

    both = file()
    housing = topic("housing").subtopics.first()
    NeedFactory(case=both, unmet=True, settled_on=JULY, topic=housing, created_at=at(SPRING))
    ReferralFactory(
        case=both, failed=True, barrier="waiting", made_on=SPRING, result_on=JULY, topic=topic("housing"),
        created_at=at(SPRING),
    )  # fmt: skip
    ReferralFactory(case=both, failed=True, made_on=JULY, result_on=JULY, topic=topic("work"), created_at=at(JULY))
    ReferralFactory(case=file(), failed=True, made_on=SPRING, result_on=SPRING, created_at=at(SPRING))
    ReferralFactory(case=file(), accepted=True, made_on=JULY, result_on=JULY, created_at=at(JULY))
    NeedFactory(case=file(), created_at=at(JULY))
    tables = counted()
    assert column(tables["barriers"]) == {"waiting": 1, "capacity": 1}
    assert column(tables["barrier_topics"]) == {"housing": 1, "work": 1}
    pairs = tables["barrier_by_topic"]
    assert {cell for cell, number in pairs.cells.items() if number} == {("waiting", "housing"), ("capacity", "work")}
    assert (pairs.row_totals["waiting"], pairs.totals["work"], pairs.population) == (1, 1, 1)


def test_referrals_count_persons_by_the_day_they_were_made(own):
    file = case(own, opened_on=SPRING)
    ReferralFactory(case=file, made_on=JULY, created_at=at(JULY))
    ReferralFactory(
        case=file, accepted=True, made_on=JULY, result_on=OCTOBER, waiting_days=87, topic=topic("work"),
        created_at=at(JULY),
    )  # fmt: skip
    ReferralFactory(case=file, made_on=SPRING, created_at=at(SPRING))
    ReferralFactory(case=case(own), made_on=date(2026, 6, 30), created_at=at(date(2026, 7, 16)))  # entered late
    tables = counted()
    assert column(tables["referrals"]) == {"housing": 2, "work": 1}
    assert column(tables["referral_results"]) == {"open": 2, "accepted": 1}  # as known when the report is made
    assert tables["referrals"].population == 2


def test_waiting_is_told_by_topic_and_altogether(own):
    for days, code in ((14, "work"), (28, "work"), (70, "housing")):
        ReferralFactory(
            case=case(own), accepted=True, made_on=SPRING, result_on=JULY, waiting_days=days, topic=topic(code),
            created_at=at(SPRING),
        )  # fmt: skip
    found = medians()
    assert found["waiting", ""] == (4, 3)
    assert found["waiting", "work"] == (3, 2)
    assert found["waiting", "housing"] == (10, 1)
    waits = true_report(period_from_key("2026-3")).waits
    assert {key: sorted(days) for key, days in waits.items()} == {"": [14, 28, 70], "work": [14, 28], "housing": [70]}


def test_a_plan_is_valid_on_the_last_day(own):
    def managed(**fields):
        return case(own, opened_on=SPRING, service_level=Case.ServiceLevel.CASE_MANAGEMENT, **fields)

    managed()
    PlanFactory(case=managed(), agreed_on=JULY)
    PlanFactory(case=managed(), agreed_on=OCTOBER)  # later
    replaced = managed()
    PlanFactory(case=replaced, agreed_on=SPRING, superseded=True, superseded_on=OCTOBER)
    PlanFactory(case=replaced, agreed_on=OCTOBER)
    PlanFactory(case=managed(), draft=True)
    PlanFactory(case=case(own, opened_on=SPRING), agreed_on=JULY)  # no Case Management
    gone = managed(closed=True, closed_on=AUGUST)
    PlanFactory(case=gone, agreed_on=JULY)
    table = counted()["plans"]
    assert (table.cells["yes", "cases"], table.population) == (2, 5)
    weeks = (JULY - SPRING).days / 7
    assert medians()["plan", ""] == (weeks, 3)
    assert medians("2026-2")["plan", ""] == (0, 1)


def test_goals_and_what_stood_in_their_way(own):
    def goals(*facts):
        plan = PlanFactory(case=case(own, opened_on=SPRING), agreed_on=SPRING)
        for status, hurdle, on in facts:
            GoalFactory(plan=plan, status=status, is_system_hurdle=hurdle, settled_on=on)
        return plan

    goals(("reached", None, JULY), ("reached", None, JULY), ("given_up", False, JULY))
    goals(("not_reached", True, JULY), ("given_up", False, AUGUST))
    goals(("partly", None, SPRING), ("in_progress", None, None))
    old = goals(("reached", None, JULY))
    type(old).objects.filter(pk=old.pk).update(status="superseded", superseded_on=AUGUST)  # the copy goes on
    tables = counted()
    assert column(tables["goals"]) == {"reached": 1, "not_reached": 1, "given_up": 2}
    assert tables["goals"].population == 2
    assert (tables["hurdles"].cells["yes", "persons"], tables["hurdles"].population) == (1, 2)


def test_topics_at_the_beginning(own):
    case(own, topics=[topic("housing").subtopics.first(), topic("housing"), topic("work")])
    case(own)
    case(own, opened_on=SPRING, topics=[topic("health")])
    table = counted()["topics_start"]
    assert column(table) == {"housing": 1, "work": 1, "not_stated": 1}
    assert table.population == 2


def test_how_long_people_wait_for_the_first_talk_and_how_long_cases_last(own):
    for days in (7, 21):
        IntakeRequestFactory(received_on=JULY, first_contact_at=at(JULY + timedelta(days=days)))
    IntakeRequestFactory(received_on=JULY, first_contact_at=at(OCTOBER))
    IntakeRequestFactory(received_on=JULY, first_contact_at=at(JULY), protected=True)
    IntakeRequestFactory(received_on=JULY)
    closed(own, opened_on=date(2025, 7, 10), on=JULY, client__pseudonym="Vogel")
    found = medians()
    assert found["first_contact", ""] == (2, 2)
    assert found["duration", ""] == (pytest.approx(12, abs=0.01), 1)


def test_posts_and_languages_of_staff_are_those_of_today():
    CaseManagerFactory(provider__code="awo", post_share="0.5", languages=[Language.objects.get(pk="tr")])
    CaseManagerFactory(provider__code="gone", user__is_active=False, languages=[Language.objects.get(pk="ar")])
    report = true_report(period_from_key("2026-3"))
    assert {code: str(posts) for code, posts in report.posts.items()} == {"awo": "0.50"}
    assert report.speakers == {"tr": 1}


def test_of_the_period_before_only_that_is_counted_which_is_compared(own):
    """And it is the same as in the whole count."""
    for code in ("housing", "work"):
        file = case(own)
        talk(file, topics=[code])
        NeedFactory(case=file, topic=topic(code), unmet=True, settled_on=JULY, created_at=at(JULY))
        referral = {"made_on": JULY, "result_on": JULY, "created_at": at(JULY)}
        ReferralFactory(case=file, topic=topic(code), accepted=True, waiting_days=3, **referral)
    whole, past = true_report(period_from_key("2026-3")), true_past(period_from_key("2026-3"))
    assert past.tables == {key: whole.tables[key] for key in ("topics", "barriers")}
    assert all(table.population == 2 for table in past.tables.values())
    assert past.waits == whole.waits != {}


def test_progress_is_told_on_the_way(own):
    heard = []
    true_report(period_from_key("2026-3"), progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 100
