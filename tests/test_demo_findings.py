"""The findings of the demonstration city, with and without frozen reports."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from cases.models import Observation
from districts.models import Topic
from reports.demo.texts import STORIES
from reports.models import Conference, Evidence, Finding, FindingSource, Measure
from reports.pages.effect import effect_of
from reports.periods import Quarter, settled_periods
from tests.factories import ReportFactory, today
from tests.findings import released, url
from tests.report_figures import figures

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, coordination):
    settings.DEMO = True
    for story in STORIES:
        released(topic=Topic.objects.get(code=story.topic), barrier=story.barrier)
    released(topic=Topic.objects.get(code="training"), barrier="costs")


def last_quarters(number, **fields):
    """Of the quarters that are over, the last one of them not frozen yet."""
    last = settled_periods(today() - timedelta(days=200), today())
    newest = max(period for period in last if isinstance(period, Quarter))
    for back in range(1, number + 1):
        ReportFactory(period=newest.shifted(-back).key, **fields)


@pytest.mark.parametrize("has_reports", [True, False])
def test_the_stories_are_told_on_what_is_there(demo, as_coordination, has_reports):
    if has_reports:
        last_quarters(6)
    call_command("demo_findings", verbosity=0)
    assert set(Finding.objects.values_list("status", flat=True)) == set(Finding.Status.values) - {"dropped"}
    assert FindingSource.objects.count() == len(STORIES)
    assert Observation.objects.filter(outcome="").count() == 1
    assert Measure.objects.due_until(today()).count() == 1
    checked = Measure.objects.exclude(verdict="").get()
    assert Conference.objects.exclude(closed_at=None).get().decisions.count() == 2
    assert Evidence.objects.exists() is has_reports
    if has_reports:
        assert effect_of(checked.evidence, checked.done_on).change is not None
        assert checked.evidence.report.ends_on < checked.done_on
        assert all(each.noted_on >= each.report.span.due_on for each in Evidence.objects.select_related("report"))
    for finding in Finding.objects.all():
        assert as_coordination.get(url("finding", finding.number)).status_code == 200


def test_an_effect_is_shown_though_the_reports_say_nothing_about_barriers(demo):
    few = {"barriers": "few", "barrier_by_topic": "few", "topic_by_district": "fine"}
    last_quarters(6, figures=figures(withheld=few))
    call_command("demo_findings", verbosity=0)
    checked = Measure.objects.exclude(verdict="").get()
    assert (checked.evidence.table, checked.evidence.row) == ("topics", "authorities")
    assert effect_of(checked.evidence, checked.done_on).change is not None


def test_it_is_told_once_and_in_a_demonstration_only(demo, settings):
    call_command("demo_findings", "--if-empty", verbosity=0)
    call_command("demo_findings", "--if-empty", verbosity=0)
    assert Finding.objects.count() == len(STORIES)
    with pytest.raises(CommandError, match="Nichts wurde geändert"):
        call_command("demo_findings")
    settings.DEMO = False
    with pytest.raises(CommandError, match="Nichts wurde geändert"):
        call_command("demo_findings")
