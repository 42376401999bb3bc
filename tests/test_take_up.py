"""What stands out in a report: into a new finding or into one that is open, and on to a checked effect."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse
from django.utils.translation import override

from districts.models import District, Topic
from kim.audit.models import Entry
from reports.actions.findings import take_up
from reports.models import Decision, Evidence, Finding, Measure, Report
from reports.models.report import checksum_of
from reports.pages.effect import effect_of
from reports.pages.evidence import evidence_of, evidence_of_signal, place_of_signal
from reports.signals import sentence
from tests.at_once import at_once, refusals
from tests.case_forms import queries, said, text_of
from tests.factories import ReportFactory, today
from tests.findings import ConferenceFactory, EvidenceFactory, FindingFactory, MeasureFactory, finding_data, url
from tests.test_measures import plain, signal

pytestmark = pytest.mark.django_db
Status = Finding.Status
HOUSING = "topic_district:housing:8"


def waiting(topic="housing", weeks=4):
    names = {"topic": ["Wohnen", "Housing"]} if topic else {}
    return {
        "id": f"waiting:{topic}", "kind": "waiting", "table": "median_waiting", "row": topic, "column": "",
        "topic": topic, "barrier": "", "district": "", "names": names, "before": "2026-2", "weeks": weeks,
        "before_weeks": weeks - 1,
    }  # fmt: skip


def rise(topic="housing"):
    return signal() | {"id": f"topic_rise:{topic}", "kind": "topic_rise", "table": "topics", "row": topic, "column": "",
                       "district": "", "before": "2026-2", "before_share": 30}  # fmt: skip


def report_with(*signals, period="2026-3", weeks=None, **fields):
    report = ReportFactory(period=period, **fields)
    report.figures["signals"] = list(signals)
    if weeks is not None:
        report.figures["medians"]["waiting"]["housing"] = weeks
    report.checksum = checksum_of(report.figures)
    report.save()
    return report


def address(name, report, key=HOUSING, **query):
    return url(name, bericht=report.pk, auffaelligkeit=key, **query)


def about(*codes, districts=(), **fields):
    """An open finding about these topics, in these Stadtbezirke."""
    finding = FindingFactory(topics=[Topic.objects.get(code=code) for code in codes], **fields)
    finding.districts.set(District.objects.filter(number__in=districts))
    return finding


# --- Its figure


@pytest.mark.parametrize(
    ("told", "place", "label"),
    [
        (signal(), ("topic_by_district", "housing", "8"), "Themen nach Stadtbezirk: Wohnen, Kalk"),
        (rise(), ("topics", "housing", "persons"), "Themen im Verlauf: Wohnen, Personen"),
        (waiting(), ("median_waiting", "housing", "median"),
         "Wartezeit, bis eine Vermittlung gelang (Median): Wohnen"),
        (waiting(""), ("median_waiting", "", "median"), "Wartezeit, bis eine Vermittlung gelang (Median): alle"),
    ],
)  # fmt: skip
def test_every_kind_of_signal_has_its_figure(told, place, label):
    report = report_with(told, weeks=8)
    evidence = evidence_of_signal(report, told)
    assert (evidence.table, evidence.row, evidence.column) == place == place_of_signal(told)
    assert evidence.label == label
    assert evidence.value == report.figure(*place) is not None


def test_a_figure_that_is_not_published_is_no_evidence():
    small = ReportFactory(persons=20)
    assert [evidence_of_signal(small, told) for told in (signal(), rise(), waiting())] == [None] * 3


def test_a_signal_becomes_a_finding_with_its_figure(as_coordination):
    report = report_with(signal())
    form = as_coordination.get(address("finding_new", report)).context["form"]
    assert "Kalk" in form.initial["description"]
    assert form.initial["districts"] == [8]
    as_coordination.post(address("finding_new", report), finding_data())
    evidence = Evidence.objects.get()
    assert (evidence.table, evidence.row, evidence.column) == ("topic_by_district", "housing", "8")
    assert evidence.finding == Finding.objects.get()


def test_a_longer_wait_goes_from_the_signal_to_a_checked_effect_in_weeks(as_coordination):
    report = report_with(waiting(), period="2025-1", weeks=9)
    for period, weeks in (("2025-2", 8), ("2025-3", 1)):
        report_with(period=period, weeks=weeks)
    as_coordination.post(address("finding_new", report, "waiting:housing"), finding_data(barrier="waiting"))
    evidence = Evidence.objects.get()
    page = plain(as_coordination.get(url("finding", evidence.finding.number)))
    assert "Wartezeit, bis eine Vermittlung gelang (Median): Wohnen 1. Quartal 2025 9 Wochen" in page
    measure = MeasureFactory(
        finding=evidence.finding, evidence=evidence, status=Measure.Status.DONE, done_on=date(2025, 2, 1)
    )
    answer = as_coordination.get(url("measure_effect", measure.pk))
    page = plain(answer)
    assert "9 Wochen am Anfang (1. Quartal 2025), 1 Woche zwei Zeiträume nach der Umsetzung (3. Quartal 2025):" in page
    assert "8 Wochen weniger" in page
    assert "<title>1. Quartal 2025: 9 Wochen</title>" in answer.text
    assert "Anteil" not in page
    with override("en"):
        assert evidence.name.endswith("Housing")


def test_a_longer_wait_that_is_taken_up_is_not_offered_again(as_coordination):
    report, finding, conference = report_with(waiting(), weeks=9), about("housing"), ConferenceFactory()
    pages = (reverse("reports:analysis"), url("conference", conference.pk))
    assert all("waiting%3Ahousing" in as_coordination.get(page).text for page in pages)
    as_coordination.post(address("signal_take_up", report, "waiting:housing"), {"target": finding.pk})
    assert not any("waiting%3Ahousing" in as_coordination.get(page).text for page in pages)
    assert url("finding", finding.number) in as_coordination.get(pages[0]).text
    Finding.objects.update(status=Status.STEERING)
    assert "9 Wochen" in plain(as_coordination.get(pages[1]))


def test_a_median_that_is_not_published_is_a_dash_with_its_reason():
    report = report_with(period="2025-1", weeks=9)
    ReportFactory(period="2025-2", persons=20)
    effect = effect_of(evidence_of(report, "median_waiting", "housing", "median"), None)
    assert [(point.value, point.reason) for point in effect.points] == [(9, ""), (None, "Weniger als 20 Angaben.")]


def test_a_median_is_chosen_as_evidence_like_a_cell(as_coordination):
    finding, report = FindingFactory(), ReportFactory()
    chosen = url("evidence_add", finding.number, report=report.pk, table="median_waiting")
    assert "Wartezeit, bis eine Vermittlung gelang (Median)" in text_of(as_coordination.get(chosen))
    for row in ("work", ""):
        as_coordination.post(chosen, {"row": row, "column": "median"})
    assert [each.value for each in finding.evidence.all()] == [
        report.figure("median_waiting", row, "median") for row in ("work", "")
    ]
    assert as_coordination.post(chosen, {"row": "nichts", "column": "median"}).context["form"].errors["row"]
    table = url("evidence_add", finding.number, report=report.pk, table="topics")
    assert as_coordination.post(table, {"row": "", "column": "persons"}).context["form"].errors["row"]
    small = url("evidence_add", finding.number, report=ReportFactory(period="2026-2", persons=20).pk,
                table="median_waiting")  # fmt: skip
    assert as_coordination.get(small).context["form"] is None


# --- Where to


def test_open_findings_are_offered_the_likely_ones_first(as_coordination):
    """Likely is the same topic in this Stadtbezirk or in all of Cologne, and where the figure is evidence already."""
    report = report_with(signal())
    rest, elsewhere, here, everywhere = (
        about("health", districts=[8]), about("housing", districts=[1, 2]),
        about("housing", "health", districts=[8, 9]), about("housing"),
    )  # fmt: skip
    known = about("work")
    EvidenceFactory(
        finding=known, report=ReportFactory(period="2026-2"), table="topic_by_district", row="housing", column="8"
    )
    about("housing", status=Status.DROPPED)
    answer = as_coordination.get(address("finding_new", report))
    origin = answer.context["origin"]
    assert [target.finding for target in origin.likely] == [here, everywhere, known]
    assert [target.finding for target in origin.others] == [elsewhere, rest]
    page = plain(answer)
    assert page.count("wahrscheinlich derselbe") == 2
    assert page.count("daran wird schon gearbeitet") == 1
    assert page.index(here.title) < page.index(elsewhere.title) < page.index("Oder ein neuer Bedarf")


def test_without_a_topic_the_barrier_tells_what_is_likely(as_coordination):
    told = rise() | {"id": "barrier_growth:costs", "kind": "barrier_growth", "table": "barriers", "row": "costs",
                     "topic": "", "barrier": "costs", "names": {"barrier": ["Kosten", "costs"]}}  # fmt: skip
    report = report_with(told, waiting(""))
    costs, open_barrier = FindingFactory(barrier="costs"), FindingFactory(barrier="")
    origin = as_coordination.get(address("finding_new", report, "barrier_growth:costs")).context["origin"]
    assert [target.finding for target in origin.likely] == [costs]
    assert [target.finding for target in origin.others] == [open_barrier]
    origin = as_coordination.get(address("finding_new", report, "waiting:")).context["origin"]
    assert origin.likely == []


def test_without_an_open_finding_or_a_signal_nothing_is_asked(as_coordination):
    FindingFactory(status=Status.CHECKED)
    report = report_with(signal())
    assert "Wohin?" not in as_coordination.get(address("finding_new", report)).text
    FindingFactory()
    assert "Wohin?" in as_coordination.get(address("finding_new", report)).text
    assert "Wohin?" not in as_coordination.get(url("finding_new")).text


def test_what_stands_out_joins_an_open_finding_once(as_coordination, client_of, coordination):
    report, finding = report_with(signal()), about("housing", moved_on=date(2026, 1, 1))
    answer = as_coordination.post(address("signal_take_up", report), {"target": finding.pk})
    assert answer["Location"] == url("finding", finding.number)
    assert said(answer) == f"In den Bedarf {finding} aufgenommen."
    again = as_coordination.post(address("signal_take_up", report), {"target": finding.pk})
    assert said(again).endswith(f"Diese Zahl ist im Bedarf {finding} schon ein Beleg. Es bleibt bei dem einen.")
    evidence, line = finding.evidence.get(), finding.decisions.get()
    assert evidence.value == report.figure("topic_by_district", "housing", "8")
    assert (line.step, line.text, line.after) == (Decision.EVIDENCE, sentence(signal()), Status.BUNDLED)
    finding.refresh_from_db()
    assert finding.moved_on == today()
    assert Entry.objects.filter(action="finding.evidence_added").count() == 1
    assert Finding.objects.count() == 1
    page = plain(as_coordination.get(url("finding", finding.number)))
    assert f"Auffälligkeit dazugenommen {' '.join(sentence(signal()).split())}" in page


def test_the_history_keeps_the_sentence_in_german(as_coordination):
    report, finding = report_with(signal()), about("housing")
    as_coordination.cookies["django_language"] = "en"
    as_coordination.post(address("signal_take_up", report), {"target": finding.pk}, headers={"accept-language": "en"})
    with override("de"):
        assert finding.decisions.get().text == sentence(signal())


def test_the_same_of_a_later_report_is_a_figure_of_its_own(as_coordination):
    finding = about("housing")
    for period in ("2026-2", "2026-3"):
        as_coordination.post(address("signal_take_up", report_with(signal(), period=period)), {"target": finding.pk})
    assert finding.evidence.count() == finding.decisions.count() == 2


def test_from_an_agenda_it_is_in_the_minutes_and_leads_back(as_coordination):
    conference, report, finding = ConferenceFactory(), report_with(signal()), about("housing")
    there = address("signal_take_up", report, konferenz=conference.pk)
    assert (
        there.replace("&", "&amp;").replace(":", "%3A")
        in as_coordination.get(address("finding_new", report, konferenz=conference.pk)).text
    )
    answer = as_coordination.post(there, {"target": finding.pk})
    assert answer["Location"] == url("conference", conference.pk)
    line = conference.decisions.get()
    assert (line.finding, line.step, line.body) == (finding, Decision.EVIDENCE, conference.body)


@pytest.mark.parametrize("target", ["", "nichts", "9" * 40, "closed"])
def test_only_an_open_finding_takes_something_up(as_coordination, target):
    report, closed = report_with(signal()), about("housing", status=Status.NOT_LOCAL)
    about("housing")
    answer = as_coordination.post(
        address("signal_take_up", report), {"target": closed.pk if target == "closed" else target}
    )
    assert answer["Location"].startswith(url("finding_new"))
    assert said(answer) == "Bitte einen offenen Bedarf auswählen."
    assert not Evidence.objects.exists()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("query", [{}, {"bericht": "9" * 40}, {"auffaelligkeit": "nichts"}])
def test_what_no_report_tells_goes_nowhere(as_coordination, query):
    report, finding = report_with(signal()), FindingFactory()
    if "auffaelligkeit" in query:
        query = {**query, "bericht": report.pk}
    answer = as_coordination.post(url("signal_take_up", **query), {"target": finding.pk})
    assert answer["Location"].startswith(url("finding_new"))
    assert not Evidence.objects.exists()
    assert as_coordination.get(address("signal_take_up", report)).status_code == 405


def test_a_finding_closed_in_the_same_moment_takes_nothing(coordination):
    report, finding = report_with(signal()), about("housing")
    evidence = evidence_of_signal(report, signal())
    evidence.finding = finding
    Finding.objects.update(status=Status.DROPPED)
    with pytest.raises(ValidationError, match="schon abgeschlossen"):
        take_up(evidence, text="-", conference=None, by=coordination)
    assert not Evidence.objects.exists()
    assert not Decision.objects.exists()


def test_only_the_office_takes_up(as_case_manager, as_lead, as_data_protection):
    report, finding = report_with(signal()), FindingFactory()
    for browser in (as_case_manager, as_lead, as_data_protection):
        assert browser.post(address("signal_take_up", report), {"target": finding.pk}).status_code == 403
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_no_more_for_more_findings(as_coordination, rows):
    report = report_with(signal())
    for _row in range(rows):
        about("housing", districts=[8])
    assert queries(lambda: as_coordination.get(address("finding_new", report))) == 11


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_take_up_the_same_at_once_it_is_new_for_one(coordination):
    report, finding = report_with(signal()), about("housing")

    def taken():
        evidence = evidence_of_signal(Report.objects.get(pk=report.pk), signal())
        evidence.finding = Finding.objects.get(pk=finding.pk)
        return take_up(evidence, text="-", conference=None, by=coordination)

    results = at_once(taken, taken)
    assert not refusals(results)
    assert sorted(results) == [False, True]
    assert Evidence.objects.count() == Decision.objects.count() == 1


# --- A barrier that is still open


def test_a_signal_without_a_barrier_leaves_it_open_until_it_is_known(as_coordination):
    report = report_with(signal())
    form = as_coordination.get(address("finding_new", report)).context["form"]
    assert form["barrier"].value() == ""
    as_coordination.post(address("finding_new", report), finding_data(barrier=""))
    finding = Finding.objects.get()
    assert finding.barrier == ""
    assert "Hürde noch offen" in plain(as_coordination.get(url("finding", finding.number)))
    Finding.objects.update(status=Status.STEERING)
    for page in (url("findings"), url("conference", ConferenceFactory().pk)):
        assert "Hürde noch offen" in plain(as_coordination.get(page))
    change = url("finding_change", finding.number)
    assert "noch offen" in plain(as_coordination.get(change))
    as_coordination.post(change, finding_data(barrier="costs") | {"version": finding.version})
    assert Finding.objects.get().get_barrier_display() == "Kosten"


def test_a_barrier_is_one_of_the_list_or_open():
    finding = FindingFactory(barrier="")
    assert finding.get_barrier_display() == "noch offen"
    with pytest.raises(IntegrityError, match="finding_barrier_known_or_open"):
        Finding.objects.update(barrier="nichts")
