"""What a report keeps of the findings: which, how far they are, and nothing that says who observed them."""

from datetime import date

import pytest

from cases.models import Observation
from districts.models import District, Topic
from reports.models import Decision, Finding, FindingSource
from reports.periods import Quarter
from reports.standing import findings_of
from tests.factories import CaseFactory, CaseManagerFactory, ProviderFactory
from tests.findings import DecisionFactory, FindingFactory, MeasureFactory, released
from tests.test_freezing import made

pytestmark = pytest.mark.django_db
FIRST, CUT_OFF = date(2026, 7, 1), date(2026, 10, 15)
OPENED = date(2026, 3, 2)


def finding(status="review", **fields):
    return FindingFactory(**{"status": status, "opened_on": OPENED, **fields})


def kept():
    return findings_of(FIRST, CUT_OFF)


def numbers():
    return [stored["number"] for stored in kept()]


def seen(of, times, providers):
    """So many released observations, taken turns by so many Träger."""
    desks = [CaseManagerFactory(provider=ProviderFactory()) for _n in range(providers)]
    for turn in range(times):
        case = CaseFactory(case_manager=desks[turn % providers])
        each = released(case=case, topic=Topic.objects.get(code="housing"))
        FindingSource.objects.create(
            finding=of, observation=each.pk, topic=each.topic, barrier=each.barrier, released_on=each.released_on
        )


# --- Which


@pytest.mark.parametrize("status", Finding.OPEN)
def test_what_is_open_is_in_it(status):
    number = finding(status).number
    assert numbers() == [number]


@pytest.mark.parametrize(("status", "step"), [("checked", "check"), ("not_local", "not_local"), ("dropped", "drop")])
@pytest.mark.parametrize(
    ("decided_on", "is_there"),
    [(date(2026, 6, 30), False), (FIRST, True), (date(2026, 9, 30), True), (date(2026, 10, 20), True)],
)
def test_what_was_settled_since_the_period_began_is_in_it(status, step, decided_on, is_there):
    """Also after its end: until the freezing it was open, and would be in no report otherwise."""
    settled = finding(status)
    DecisionFactory(finding=settled, step=step, after=status, decided_on=decided_on)
    DecisionFactory(finding=settled, step="note", after=status, decided_on=date(2026, 10, 1))
    assert numbers() == ([settled.number] if is_there else [])


def test_what_was_opened_after_the_cut_off_belongs_to_the_next():
    at_last, _after = finding(opened_on=CUT_OFF), finding(opened_on=date(2026, 10, 16))
    assert numbers() == [at_last.number]


def test_they_stand_in_the_order_of_their_status():
    done, new, old = finding("done"), finding("bundled", number="B-2026-900"), finding("bundled", number="B-2026-050")
    assert numbers() == [old.number, new.number, done.number]


# --- What of it


def test_it_says_what_it_is_about_what_was_decided_and_what_is_done():
    of = finding("agreed", title="Zwei Ämter", description="Nicht für den Bericht.", responsible="Frauke Lindholm")
    of.districts.add(District.objects.get(number=8))
    agreed = DecisionFactory(finding=of, body="steering_committee", decided_on=date(2026, 9, 14), text="Geheim.")
    measure = MeasureFactory(
        finding=of, decision=agreed, due_on=date(2026, 12, 1), status="done", done_on=FIRST,
        verdict="helped", verdict_on=FIRST, verdict_text="In Worten.",
    )  # fmt: skip
    DecisionFactory(finding=of, step=Decision.VERDICT, measure=measure, after="done", decided_on=date(2026, 10, 1))
    assert kept() == [
        {
            "number": of.number,
            "title": "Zwei Ämter",
            "status": "agreed",
            "topics": [["housing", "Wohnen", "Housing"]],
            "barrier": "responsibility",
            "districts": [["8", "Kalk"]],
            "observations": None,
            "providers": None,
            "decision": {"step": "agree", "body": "steering_committee", "on": "2026-09-14"},
            "measures": [
                {
                    "text": measure.text,
                    "owner": "Amt für Wohnen",
                    "due_on": "2026-12-01",
                    "status": "done",
                    "verdict": "helped",
                }
            ],
        }
    ]


def test_what_nobody_decided_has_no_decision():
    DecisionFactory(finding=finding("bundled"), step=Decision.OPENED, after="bundled")
    assert kept()[0]["decision"] is None


@pytest.mark.parametrize(
    ("times", "providers", "published"),
    [(4, 1, (None, None)), (5, 4, (5, None)), (7, 5, (5, 5)), (8, 8, (10, 10))],
)
def test_how_many_observed_it_is_rounded_and_left_out_below_five(times, providers, published):
    seen(finding(), times, providers)
    (stored,) = kept()
    assert (stored["observations"], stored["providers"]) == published


def test_an_observation_that_was_taken_back_does_not_count():
    seen(finding(), 5, 1)
    Observation.objects.filter(pk=Observation.objects.first().pk).update(
        status=Observation.Status.RETURNED, released_on=None, released_by=None, return_reason="Doch mit Ort."
    )
    assert kept()[0]["observations"] is None


@pytest.mark.parametrize("number", [1, 3])
def test_it_asks_the_same_few_questions_however_many_there_are(number, django_assert_num_queries):
    for _n in range(number):
        seen(finding(), 1, 1)
    with django_assert_num_queries(7):  # findings, topics, districts, measures, sources, decisions, observations
        kept()


# --- In a report


def test_a_report_keeps_them_as_they_were(db):
    assert made().figures["findings"] == []
    of = finding("steering")
    figures = made(Quarter(2026, 2)).figures["findings"]
    assert [(stored["number"], stored["status"]) for stored in figures] == [(of.number, "steering")]
