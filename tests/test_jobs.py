"""The nightly jobs: repeatable, and one that fails stops no other."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.models import Draft
from kim.audit.models import Entry
from reports.management.commands import run_jobs
from reports.models import Situation
from tests.factories import DraftFactory

pytestmark = pytest.mark.django_db


def test_the_night_counts_and_tidies_up(case_manager):
    now = timezone.now()
    kept = DraftFactory(user=case_manager, saved_at=now - timedelta(days=13, hours=23))
    DraftFactory(user=case_manager, saved_at=now - timedelta(days=14, minutes=1))
    call_command("run_jobs")
    assert set(Draft.objects.all()) == {kept}
    assert Situation.objects.get().as_of == timezone.localdate()
    assert Entry.objects.get(action="drafts.expired").details == {"count": 1}


def test_a_second_run_changes_nothing(case_manager):
    call_command("run_jobs")
    call_command("run_jobs")
    assert Situation.objects.count() == 1
    assert not Entry.objects.filter(action="drafts.expired").exists()


def test_a_failing_job_is_named_and_stops_no_other(case_manager, monkeypatch):
    monkeypatch.setattr(run_jobs, "JOBS", ["no_such_command", *run_jobs.JOBS])
    DraftFactory(user=case_manager, saved_at=timezone.now() - timedelta(days=15))
    with pytest.raises(CommandError, match="Nicht erledigt: no_such_command"):
        call_command("run_jobs")
    assert not Draft.objects.exists()
