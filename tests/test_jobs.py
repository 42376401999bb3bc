"""The nightly jobs: repeatable, and one that fails stops no other."""

import logging
import re
import sys
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.models import Case, Draft
from districts.models import District
from kim.audit.models import Entry
from kim.logs import PrivateFormatter
from reports.management.commands import run_jobs
from reports.models import Report, Situation
from reports.periods import Quarter
from reports.situation import build_situation
from tests.factories import CaseFactory, ConsultationFactory, DraftFactory
from tests.periods import case, talk

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


def test_a_settled_quarter_stays_as_it_was_read(case_manager):
    """15 days after its end a quarter stands; until then late entries count."""
    district = District.objects.first()
    held_on = date(2026, 9, 30)
    cases = CaseFactory.create_batch(40, case_manager=case_manager.case_manager, district=district)

    def total(today):
        return build_situation(today).figures["quarters"]["2026-3"]["total"]["persons"]

    for file in cases[:35]:
        ConsultationFactory(case=file, held_on=held_on)
    assert total(date(2026, 10, 14)) == 35
    for file in cases[35:]:
        ConsultationFactory(case=file, held_on=held_on)
    assert total(date(2026, 10, 15)) == 40
    ConsultationFactory.create_batch(
        5, case__case_manager=case_manager.case_manager, case__district=district, held_on=held_on
    )
    assert total(date(2026, 10, 16)) == 40
    september = Situation.objects.newest().figures["months"][-2]
    assert (september["month"], september["persons"]) == (9, 40)


def test_a_report_of_tonight_is_in_the_lage_of_the_morning(case_manager):
    quarter = Quarter.of(timezone.localdate()).shifted(-2)
    for _n in range(40):
        talk(case(case_manager.case_manager, opened_on=quarter.start), on=quarter.start)
    talk(Case.objects.first(), on=quarter.end, entered=quarter.due_on)  # too late for the report
    call_command("run_jobs")
    report, shown = Report.objects.get(period=quarter.key), Situation.objects.get().figures["quarters"][quarter.key]
    assert shown["report"] == {"pk": report.pk, "version": 1}
    assert shown["districts"] == report.figures["tables"]["districts"]["cells"]


def test_a_traceback_repeats_no_row():
    formatter = PrivateFormatter("%(message)s")
    error = ValueError("duplicate key\nDETAIL:  Failing row contains (Amina, Yusuf).")
    try:
        raise error
    except ValueError:
        text = formatter.formatException(sys.exc_info())
    assert "Amina" not in text
    assert "duplicate key" in text


@pytest.mark.parametrize(
    "address",
    [
        "/kalender/Geheim-x_1.ics",
        "/passwort/neu/1-Geheim-x-abc/",
        "/kalender/Geheim.ics?a=b",
        "/b/Geheim-x_1/",
        "/b/Geheim/flow.csv",
        "/de-x-leicht/anmeldung/danke/A-Geheim-1:x_y:z-/",  # beside a network address it would say who asked for help
    ],
)
def test_no_log_holds_an_address_that_opens_something_without_a_login(address):
    line = logging.LogRecord("django.request", logging.ERROR, "", 1, "Internal Server Error: %s", (address,), None)
    assert "Geheim" not in PrivateFormatter("%(message)s").format(line)
    assert "Internal Server Error: /" in PrivateFormatter("%(message)s").format(line)
    masked = re.findall(r"^    ~(\S+) ", (settings.BASE_DIR / "docs" / "betrieb.md").read_text(), re.MULTILINE)
    assert any(re.search(pattern, address.partition("?")[0]) for pattern in masked)
