"""The list of reports, and having one made from the browser."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from reports.actions import reports as actions
from reports.models import Report
from reports.models.report import DEAD_AFTER
from tests.factories import CaseManagerFactory, ReportFactory
from tests.periods import case, talk

LIST, NEW = "/berichte/", "/berichte/neu/"
TODAY = date(2026, 10, 20)


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr("reports.views.reports.timezone.localdate", lambda: TODAY)


@pytest.fixture
def started(monkeypatch):
    found = []
    monkeypatch.setattr(actions, "start", lambda report: found.append(report.audit_name))
    return found


@pytest.fixture
def counselled(db):
    """Since May of this year."""
    talk(case(CaseManagerFactory(), opened_on=date(2026, 5, 4)), on=date(2026, 5, 4))


def words(response):
    return " ".join(response.content.decode().split())


def test_the_addresses():
    assert (reverse("reports:report_list"), reverse("reports:report_new")) == (LIST, NEW)


# --- The list


def test_the_list_shows_versions_states_and_what_comes_next(as_coordination, clock):
    frozen = ReportFactory(period="2026-2")
    ReportFactory(period="2026-2", second=True)
    ReportFactory(period="2026-H1", building=True, progress=40)
    ReportFactory(period="2026-1", building=True, heard_of_at=timezone.now() - DEAD_AFTER)
    ReportFactory(period="2025-4", persons=20)
    page = as_coordination.get(LIST)
    assert [report.audit_name for report in page.context["reports"]] == [
        "report:2026-H1/1", "report:2026-2/2", "report:2026-2/1", "report:2026-1/1", "report:2025-4/1",
    ]  # fmt: skip
    text = words(page)
    assert frozen.checksum[:12] in text
    assert "In einem Stadtbezirk fehlten Fälle." in text
    assert '<progress value="40" max="100">40 %</progress>' in text
    assert text.count("abgebrochen") == 1
    assert text.count("zu wenige Fälle") == 1
    assert f'href="{NEW}?zeitraum=2026-1"' in text
    assert "Das 4. Quartal 2026 kann ab 16.01.2027 erstellt werden." in text
    assert "Das 2. Halbjahr 2026 kann ab 16.01.2027 erstellt werden." in text


def test_the_page_asks_again_while_one_is_being_made_and_then_stops(as_case_manager, clock):
    report = ReportFactory(building=True)
    page = as_case_manager.get(LIST)
    assert 'hx-trigger="every 2s"' in words(page)
    part = as_case_manager.get(LIST, headers={"HX-Request": "true"})
    assert words(part).startswith('<div id="berichte" hx-get="/berichte/"')
    Report.objects.filter(pk=report.pk).update(heard_of_at=timezone.now() - DEAD_AFTER - timedelta(seconds=1))
    assert "hx-trigger" not in words(as_case_manager.get(LIST, headers={"HX-Request": "true"}))


def test_only_the_office_can_have_one_made(
    as_case_manager, as_lead, as_data_protection, as_coordination, as_admin, clock, started
):
    ReportFactory(building=True, status=Report.Status.FAILED)
    for browser in (as_case_manager, as_lead, as_data_protection):
        page = browser.get(LIST)
        assert page.status_code == 200
        assert NEW not in words(page)
        assert browser.get(NEW).status_code == 403
        confirmed = {"period": "2026-2", "version": "1", "reason": ""}
        assert browser.post(NEW, confirmed).status_code == 403
    assert words(as_coordination.get(LIST)).count(NEW) == 2
    assert as_admin.get(LIST).status_code == as_admin.get(NEW).status_code == 403
    assert as_coordination.post(LIST).status_code == 405
    assert Report.objects.count() == 1


def test_before_the_first_report_the_page_says_when_there_will_be_one(as_lead, clock):
    assert "Noch kein Bericht" in words(as_lead.get(LIST))


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_does_not_query_per_row(as_case_manager, number, clock, django_assert_num_queries):
    for quarter in range(1, number + 1):
        ReportFactory(period=f"2026-{quarter}")
    with django_assert_num_queries(3):  # session, user with Träger, reports without their figures
        as_case_manager.get(LIST)


# --- Having one made


def test_choose_read_what_it_means_and_confirm(
    as_coordination, coordination, counselled, clock, started, django_capture_on_commit_callbacks
):
    page = as_coordination.get(f"{NEW}?zeitraum=2026-3")
    choices = [key for key, _label in page.context["form"].fields["period"].widget.choices]
    assert choices == ["", "2026-3", "2026-H1", "2026-2"]
    assert '<option value="2026-3" selected>' in words(page)
    page = as_coordination.post(NEW, {"period": "2026-3", "reason": ""})
    assert "Gezählt wird, was bis 15.10.2026 eingetragen ist." in words(page)
    assert not Report.objects.exists()
    for _click in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            page = as_coordination.post(NEW, {"period": "2026-3", "reason": "", "version": "1"})
        assert page["Location"] == LIST
    report = Report.objects.get()
    assert (report.period, report.version, report.requested_by, report.is_frozen) == ("2026-3", 1, coordination, False)
    assert started == ["report:2026-3/1"]


def test_a_second_version_says_what_it_means(as_coordination, counselled, clock, started):
    ReportFactory(period="2026-3")
    ReportFactory(period="2026-2")
    ReportFactory(period="2026-2", second=True)
    page = as_coordination.get(NEW)
    assert "3. Quartal 2026 (zweite Fassung)" in words(page)
    assert "2. Quartal 2026 (" not in words(page)
    page = as_coordination.post(NEW, {"period": "2026-3", "reason": "In Porz fehlten Fälle."})
    assert "eine dritte gibt es nicht" in words(page)
    assert "In Porz fehlten Fälle." in words(page)
    as_coordination.post(NEW, {"period": "2026-3", "reason": "In Porz fehlten Fälle.", "version": "2"})
    assert Report.objects.get(period="2026-3", version=2).reason == "In Porz fehlten Fälle."


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"period": ""}, "period", "Dieses Feld ist zwingend erforderlich."),
        ({"period": "2026-5"}, "period", "Diesen Zeitraum gibt es nicht."),
        ({"period": "2026-07-01"}, "period", "Diesen Zeitraum gibt es nicht."),
        ({"period": "٢٠٢٦"}, "period", "Diesen Zeitraum gibt es nicht."),
        ({"period": "2026-4"}, "period", "Das 4. Quartal 2026 ist noch nicht zu Ende."),
        ({"period": "2026"}, "period", "Das Jahr 2026 ist noch nicht zu Ende. Der Bericht kann ab 16.01.2027"),
        ({"period": "2026-2"}, "reason", "Eine zweite Fassung braucht einen Grund."),
        ({"period": "2026-2", "reason": " \u200b "}, "reason", "Eine zweite Fassung braucht einen Grund."),
        ({"period": "2026-2", "reason": "x" * 501}, "reason", "höchstens 500"),
        ({"period": "2026-1", "reason": "Noch einmal."}, "period", "eine dritte gibt es nicht"),
        ({"period": "2026-H1"}, "period", "wird gerade erstellt"),
        ({"period": "2026-H1", "reason": "Ungeduld.", "version": "2"}, "period", "wird gerade erstellt"),
        ({"period": "2026-2", "version": "2"}, "reason", "Eine zweite Fassung braucht einen Grund."),
        ({"period": "2026-4", "version": "1"}, "period", "Das 4. Quartal 2026 ist noch nicht zu Ende."),
        ({"period": "2026-3", "version": "3"}, "version", "höchstens 2"),
    ],
)
def test_refusals_stand_at_the_field(as_coordination, counselled, clock, started, typed, field, sentence):
    ReportFactory(period="2026-2")
    ReportFactory(period="2026-1")
    ReportFactory(period="2026-1", second=True)
    ReportFactory(period="2026-H1", building=True)
    page = as_coordination.post(NEW, {"reason": ""} | typed)
    assert page.status_code == 200
    errors = page.context["form"].errors
    assert list(errors) == [field]
    assert sentence in errors[field][0]
    assert Report.objects.count() == 4
    assert not started


def test_a_period_outside_of_the_choice_is_no_way_around(as_coordination, clock, started, db):
    """Nothing was counselled at all: what is over can be asked for, and will say that there are too few."""
    page = as_coordination.get(NEW)
    assert [key for key, _label in page.context["form"].fields["period"].widget.choices] == [""]
    assert "Gezählt wird" in words(as_coordination.post(NEW, {"period": "2019-1", "reason": ""}))
