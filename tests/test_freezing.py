"""A report is made once: from the cut-off on, in a run others can watch, and never changes afterwards."""

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from cases.models import Case, Client, Consultation
from districts.models import District, Population
from kim.audit.models import Entry
from reports import freezing
from reports.actions import reports as actions
from reports.actions.reports import ask_for_report
from reports.freezing import freeze, freeze_due_reports
from reports.models import Report
from reports.models.report import DEAD_AFTER
from reports.periods import Quarter, period_from_key
from reports.situation import build_situation
from tests.at_once import at_once, refusals
from tests.factories import CaseManagerFactory, ReportFactory
from tests.periods import JULY, PORZ, case, talk
from tests.report_figures import figures

THIRD = Quarter(2026, 3)
DUE = date(2026, 10, 16)


@pytest.fixture
def own(db):
    return CaseManagerFactory(provider__code="awo")


@pytest.fixture
def quick(monkeypatch):
    """Counts nothing: for what happens around it."""
    monkeypatch.setattr(freezing, "_figures", lambda report: {"tables": {}, "signals": []})


def asked(period=THIRD, **fields):
    report = Report.of(period, **fields)
    report.save()
    return report


def made(period=THIRD, **fields):
    report = asked(period, **fields)
    freeze(report)
    return Report.objects.get(pk=report.pk)


# --- What is frozen stays


def test_frozen_figures_stay_whatever_becomes_of_the_cases(own, coordination):
    files = [case(own) for _n in range(36)]
    for file in files:
        talk(file, topics=["housing"])
    first = made(requested_by=coordination)
    assert (first.figure("contacts", "brief", "persons"), first.figure("districts", "8", "persons")) == (35, 35)
    assert first.figures["posts"] == {"awo": "1.00"}
    assert set(first.figures) == {"tables", "medians", "posts", "speakers", "signals", "findings", "population"}
    Case.objects.update(service_level="case_management")
    Client.objects.update(family_name="", given_names="", pseudonym="–", birth_date=None)
    Consultation.objects.filter(case__in=files[:10]).update(district=District.objects.get(number=PORZ))
    Case.objects.filter(pk=files[-1].pk).delete()
    again = Report.objects.get(pk=first.pk)
    assert again.figures == first.figures
    assert again.is_intact
    second = made(version=2, reason="Ein Fall war doppelt.")
    assert second.figure("contacts", "case_management", "persons") == 35
    assert second.figures != first.figures
    assert [report.version for report in Report.objects.current()] == [2]


def test_the_gate_knows_what_the_lage_said_when_it_last_counted(own, monkeypatch):
    """Of each quarter of the year, from after its end, until its report is made; and not once that is corrected."""
    heard = []
    monkeypatch.setattr(freezing, "sheet_of", lambda situation, quarter: heard.append((situation.as_of, quarter.key)))
    monkeypatch.setattr(freezing.disclosure, "published", lambda true, earlier, situations: {"tables": {}})
    monkeypatch.setattr(freezing.signals, "find", lambda *figures: [])
    for file in [case(own) for _n in range(36)]:
        talk(file, topics=["housing"])
    for day in (date(2026, 9, 30), date(2026, 10, 14), date(2026, 10, 15)):
        build_situation(day)
    made()
    assert heard == [(date(2026, 10, 15), "2026-1"), (date(2026, 10, 15), "2026-2"), (date(2026, 10, 15), "2026-3")]
    Report.objects.update(figures=figures())
    assert build_situation(date(2026, 10, 16)).figures["quarters"]["2026-3"]["report"]["version"] == 1
    heard.clear()
    made(period_from_key("2026-H2"))
    assert heard[-1] == (date(2026, 10, 15), "2026-3")
    heard.clear()
    made(version=2, reason="Ein Fall war doppelt.")
    assert [quarter for _day, quarter in heard] == ["2026-1", "2026-2"]


def test_nothing_in_a_report_leads_to_a_person(own):
    for _n in range(31):
        talk(case(own), topics=["housing"])
    text = json.dumps(made().figures, ensure_ascii=False)
    assert not any(name in text for name in Client.objects.values_list("family_name", flat=True))
    assert not any(number in text for number in Case.objects.values_list("number", flat=True))


def test_the_freezing_stands_in_the_log_and_the_checksum_proves_the_figures(own, coordination, quick):
    report = made(requested_by=coordination)
    entry = Entry.objects.get(action="report.frozen")
    assert (entry.subject, entry.actor) == ("report:2026-3/1", str(coordination.pk))
    assert entry.details == {"checksum": report.checksum}
    report.figures["tables"]["sex"] = {}
    assert not report.is_intact
    with pytest.raises(ValidationError, match="schon festgeschrieben"):
        freeze(report)


def test_a_report_holds_how_many_people_live_there(own):
    report = made()
    population = report.figures["population"]
    assert population["source"]
    assert set(population["districts"]) == {str(number) for number in range(1, 10)}


def test_inhabitants_counted_anew_change_no_earlier_report(own):
    """Each report keeps the year and the number it was made with; the next one takes what is known then."""
    before = made().figures["population"]
    kalk = Population.objects.filter(band="18-27", district=8).latest("year")
    kalk.pk, kalk.year, kalk.count = None, kalk.year + 5, kalk.count + 1000
    kalk.save()
    after = made(Quarter(2026, 2)).figures["population"]
    assert Report.objects.get(period="2026-3").figures["population"] == before
    assert after["districts"]["8"] == before["districts"]["8"] + 1000


def test_what_is_near_is_laid_beside_it_and_the_period_before_compared(own, monkeypatch):
    for key in ("2024-4", "2025-3", "2026-2", "2026-H1", "2026-4"):
        ReportFactory(period=key)
    ReportFactory(period="2026-2", second=True)
    seen = SimpleNamespace()
    monkeypatch.setattr(
        freezing.disclosure,
        "published",
        lambda true, earlier, situations: {"near": [each.audit_name for each in earlier]},
    )
    monkeypatch.setattr(freezing.signals, "find", lambda *given: seen.__dict__.update(given=given) or [])
    figures = made().figures
    near = ["2025-3/1", "2026-H1/1", "2026-2/1", "2026-2/2", "2026-4/1"]
    assert figures["near"] == [f"report:{key}" for key in near]
    true, before, _figures, earlier = seen.given
    assert (true.period, before.period) == (THIRD, Quarter(2026, 2))
    assert earlier == Report.objects.get(period="2026-2", version=2).figures


# --- The run


def test_a_run_that_is_killed_leaves_nothing_half(own, monkeypatch):
    def killed(report):
        report.note_progress(60)
        raise KeyboardInterrupt

    report = asked()
    with monkeypatch.context() as patched:
        patched.setattr(freezing, "_figures", killed)
        with pytest.raises(KeyboardInterrupt):
            freeze(report)
    report.refresh_from_db()
    assert (report.status, report.figures, report.checksum) == (Report.Status.FAILED, {}, "")
    assert not Entry.objects.filter(action="report.frozen").exists()
    freeze(report)
    assert Report.objects.get().is_frozen


def test_a_run_nobody_hears_of_may_be_begun_anew(own, quick):
    report = asked(progress=40)
    with pytest.raises(ValidationError, match="wird gerade erstellt"):
        freeze(report)
    Report.objects.update(heard_of_at=timezone.now() - DEAD_AFTER)
    report.refresh_from_db()
    assert not report.is_running
    freeze(report)
    assert Report.objects.get().is_frozen


def test_a_run_that_was_thought_dead_does_not_overwrite(own, monkeypatch, quick):
    slow, quicker = asked(), Report.objects.get()

    def overtaken(report):
        Report.objects.update(heard_of_at=timezone.now() - DEAD_AFTER)
        with monkeypatch.context() as patched:
            patched.setattr(freezing, "_figures", lambda report: {"tables": {"quick": 1}})
            freeze(quicker)
        return {"tables": {"slow": 1}}

    monkeypatch.setattr(freezing, "_figures", overtaken)
    with pytest.raises(ValidationError, match="schon festgeschrieben"):
        freeze(slow)
    stored = Report.objects.get()
    assert (stored.status, stored.figures) == (Report.Status.FROZEN, {"tables": {"quick": 1}})
    assert Entry.objects.filter(action="report.frozen").count() == 1


def test_progress_can_be_read_while_it_runs(own, monkeypatch):
    heard = []
    note = Report.note_progress

    def noted(report, percent):
        note(report, percent)
        heard.append(Report.objects.get(pk=report.pk).progress)

    monkeypatch.setattr(Report, "note_progress", noted)
    assert made().progress == 100
    assert heard == sorted(heard)
    assert {24, 80, 95} <= set(heard)


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_makes_the_report(monkeypatch):
    monkeypatch.setattr(freezing, "_figures", lambda report: {"tables": {}})
    report = asked()
    results = at_once(lambda: freeze(report), lambda: freeze(Report.objects.get(pk=report.pk)))
    assert len(refusals(results)) == 1
    assert Report.objects.get().is_frozen
    assert Entry.objects.filter(action="report.frozen").count() == 1


# --- Asking for one


def ask(by, *, period=THIRD, version=1, reason="", today=DUE):
    return ask_for_report(period, version=version, reason=reason, today=today, by=by)


@pytest.fixture
def started(monkeypatch, django_capture_on_commit_callbacks):
    """What would have been started in a process of its own."""
    found = []
    monkeypatch.setattr(actions, "start", lambda report: found.append(report.audit_name))
    with django_capture_on_commit_callbacks(execute=True):
        yield found


@pytest.mark.parametrize(
    ("key", "today", "field", "sentence"),
    [
        ("2026-4", date(2026, 10, 16), "period", "noch nicht zu Ende. Der Bericht kann ab 16.01.2027"),
        ("2026-4", date(2026, 12, 31), "period", "noch nicht zu Ende"),
        ("2026-3", date(2026, 10, 1), "period", "wird noch nachgetragen. Der Bericht kann ab 16.10.2026"),
        ("2026-3", date(2026, 10, 15), "period", "wird noch nachgetragen"),
    ],
)
def test_no_report_before_the_cut_off(coordination, key, today, field, sentence):
    with pytest.raises(ValidationError, match=sentence) as refusal:
        ask(coordination, period=period_from_key(key), today=today)
    assert set(refusal.value.message_dict) == {field}
    assert not Report.objects.exists()


def test_a_second_version_needs_a_reason_and_a_third_does_not_exist(coordination):
    ReportFactory()
    with pytest.raises(ValidationError, match="braucht einen Grund") as refusal:
        ask(coordination, version=2)
    assert set(refusal.value.message_dict) == {"reason"}
    second = ask(coordination, version=2, reason="In Porz fehlten Fälle.")
    assert (second.version, second.requested_by, second.reason) == (2, coordination, "In Porz fehlten Fälle.")
    Report.objects.filter(version=2).delete()
    ReportFactory(second=True)
    with pytest.raises(ValidationError, match="eine dritte gibt es nicht"):
        ask(coordination, version=3, reason="Noch einmal.")
    with pytest.raises(IntegrityError, match="report_versions"):
        ReportFactory(version=3, reason="Noch einmal.")


def test_while_one_is_being_made_there_is_no_second(coordination):
    ReportFactory(building=True)
    with pytest.raises(ValidationError, match="wird gerade erstellt"):
        ask(coordination, version=2, reason="Ungeduld.")


def test_two_clicks_ask_once(coordination, started):
    assert ask(coordination) == ask(coordination)
    assert Report.objects.count() == 1
    assert Entry.objects.filter(action="report.requested").count() == 1


def test_what_broke_off_is_begun_anew(coordination, started):
    report = ReportFactory(building=True, status=Report.Status.FAILED)
    assert ask(coordination) == report
    report.refresh_from_db()
    assert (report.status, report.progress, report.is_running) == (Report.Status.BUILDING, 0, True)
    assert report.may_begin


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_asks(coordination, monkeypatch):
    monkeypatch.setattr(actions, "start", lambda report: None)
    results = at_once(lambda: ask(coordination).version, lambda: ask(coordination).version)
    assert results == [1, 1]
    assert Report.objects.count() == Entry.objects.filter(action="report.requested").count() == 1


def test_the_run_is_started_in_a_process_of_its_own(monkeypatch, db):
    calls = []

    def popen(command, **options):
        calls.append((command[1:], options["start_new_session"]))
        return SimpleNamespace(wait=lambda: None)

    monkeypatch.setattr(actions.subprocess, "Popen", popen)
    report = asked()
    actions.start(report)
    assert calls == [(["manage.py", "freeze_report", str(report.pk)], True)]

    def refuse(command, **options):
        raise OSError

    monkeypatch.setattr(actions.subprocess, "Popen", refuse)
    actions.start(report)
    assert Report.objects.get().status == Report.Status.FAILED


# --- By itself


def test_every_night_makes_what_is_due_and_nothing_twice(own, capsys):
    talk(case(own, opened_on=date(2025, 11, 3)), on=date(2025, 11, 3))
    call_command("freeze_due_reports", today=date(2026, 7, 15))
    assert [report.period for report in Report.objects.order_by("frozen_at")] == ["2025-4", "2025-H2", "2025", "2026-1"]
    assert "4. Quartal 2025, 2. Halbjahr 2025, Jahr 2025, 1. Quartal 2026" in capsys.readouterr().out
    call_command("freeze_due_reports", today=date(2026, 7, 16))
    assert [report.period for report in Report.objects.order_by("frozen_at")][4:] == ["2026-2", "2026-H1"]
    frozen = set(Report.objects.values_list("checksum", "frozen_at"))
    call_command("freeze_due_reports", today=date(2026, 7, 16))
    assert set(Report.objects.values_list("checksum", "frozen_at")) == frozen


def test_the_newest_of_each_kind_may_wait_for_the_next_run(own, quick):
    talk(case(own, opened_on=date(2025, 11, 3)), on=date(2025, 11, 3))
    for options, periods in (
        ({"but_newest": True}, ["2025-4", "2025-H2", "2026-1"]),
        ({}, ["2025", "2026-2", "2026-H1"]),
    ):
        for _night in range(2):
            call_command("freeze_due_reports", today=date(2026, 7, 16), **options)
        assert [report.period for report in Report.objects.order_by("frozen_at")][-3:] == periods


def test_the_night_finishes_what_broke_off_and_leaves_running_ones_alone(own, quick):
    talk(case(own))
    ReportFactory(period="2026-3", building=True, heard_of_at=timezone.now() - timedelta(hours=1))
    ReportFactory(period="2026-2", building=True)
    failed = ReportFactory(period="2026-1", building=True, status=Report.Status.FAILED)
    broken = ReportFactory(period="2026-3", version=2, reason="Fehler.", building=True, progress=0)
    found, _failed = freeze_due_reports(DUE)
    assert {report.pk for report in found} == {failed.pk, broken.pk, Report.objects.get(period="2026-3", version=1).pk}
    assert not Report.objects.get(period="2026-2").is_frozen


def test_a_report_that_fails_is_named_and_stops_no_other(own, monkeypatch):
    talk(case(own, opened_on=date(2026, 5, 4)), on=date(2026, 5, 4))

    def figures(report):
        if report.kind == Report.Kind.HALF:
            raise ValueError
        return {"tables": {}}

    monkeypatch.setattr(freezing, "_figures", figures)
    with pytest.raises(CommandError, match=r"Nicht erstellt: 1\. Halbjahr 2026"):
        call_command("freeze_due_reports", today=DUE)
    assert set(Report.objects.frozen().values_list("period", flat=True)) == {"2026-2", "2026-3"}


def test_the_command_of_one_report(own, capsys, quick):
    report = asked()
    call_command("freeze_report", report.pk)
    assert "Bericht 2026-3, Fassung 1 festgeschrieben." in capsys.readouterr().out
    for pk, sentence in ((report.pk, "schon festgeschrieben"), (report.pk + 1, "gibt es nicht")):
        with pytest.raises(CommandError, match=sentence):
            call_command("freeze_report", pk)


def test_nobody_is_counted_before_the_first_consultation(db):
    assert freeze_due_reports(DUE) == ([], [])
    assert not Report.objects.exists()


def test_two_years_back_and_no_further(own, quick):
    talk(case(own, opened_on=date(2020, 1, 2)), on=JULY.replace(year=2020))
    freeze_due_reports(DUE)
    assert Report.objects.order_by("starts_on").first().period == "2024"
    assert Report.objects.order_by("ends_on").first().period == "2024-4"
