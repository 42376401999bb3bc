"""The findings of the demonstration city, with and without frozen reports."""

import pytest
from django.core.management import CommandError, call_command

from cases.models import Observation
from districts.models import Topic
from reports.demo.texts import STORIES
from reports.models import Conference, Evidence, Finding, FindingSource, Measure
from reports.pages.effect import effect_of
from tests.factories import ReportFactory, today
from tests.findings import released, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, coordination):
    settings.DEMO = True
    for story in STORIES:
        released(topic=Topic.objects.get(code=story.topic), barrier=story.barrier)
    released(topic=Topic.objects.get(code="training"), barrier="costs")


@pytest.mark.parametrize("has_reports", [True, False])
def test_the_stories_are_told_on_what_is_there(demo, as_coordination, has_reports):
    for period in ("2026-1", "2026-2", "2026-3") if has_reports else ():
        ReportFactory(period=period)
    call_command("demo_findings", verbosity=0)
    assert set(Finding.objects.values_list("status", flat=True)) == set(Finding.Status.values) - {"dropped"}
    assert FindingSource.objects.count() == len(STORIES)
    assert Observation.objects.filter(outcome="").count() == 1
    assert Measure.objects.due_until(today()).count() == 1
    checked = Measure.objects.exclude(verdict="").get()
    assert Conference.objects.exclude(closed_at=None).get().decisions.count() == 2
    assert Evidence.objects.exists() is has_reports
    if has_reports:
        assert effect_of(checked.evidence).change is not None
    for finding in Finding.objects.all():
        assert as_coordination.get(url("finding", finding.number)).status_code == 200


def test_it_is_told_once_and_in_a_demonstration_only(demo, settings):
    call_command("demo_findings", "--if-empty", verbosity=0)
    call_command("demo_findings", "--if-empty", verbosity=0)
    assert Finding.objects.count() == len(STORIES)
    with pytest.raises(CommandError, match="Nichts wurde geändert"):
        call_command("demo_findings")
    settings.DEMO = False
    with pytest.raises(CommandError, match="Nichts wurde geändert"):
        call_command("demo_findings")
