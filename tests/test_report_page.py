"""The page of a report: sentences and tables made of stored numbers, the same for everybody who reads it."""

import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from reports.catalogue import TABLES
from reports.models import Report
from reports.models.report import checksum_of
from reports.pages.report import body, edition_of
from reports.rendering import rendered
from reports.rendering.shapes import Kind
from tests.factories import ReportFactory
from tests.report_figures import FINDING, figures

pytestmark = pytest.mark.django_db
POPULATION = {"year": 2024, "source": "Stadt Köln", "districts": {str(n): 25_000 for n in range(1, 10)}}


def made(period="2026-3", persons=300, **changes):
    """A frozen report; `changes` replace parts of its figures."""
    return ReportFactory(period=period, figures={**figures(persons), **changes})


def with_cells(table, cells, **changes):
    """Figures in which one column of a table says this; a row that is not named says 0."""
    stored = figures(**changes)
    column = stored["tables"][table]["columns"][0][0]
    for row in stored["tables"][table]["cells"]:
        stored["tables"][table]["cells"][row][column] = cells.get(row, 0)
    return stored


def table_of(report, key, earlier=()):
    return next(table for table in rendered(report, earlier).tables if table.key == key)


def values(table, row):
    found = next(each for each in table.rows if each.key == row and not each.is_total)
    return {column.key: value.text for column, value in zip(table.columns, found.values, strict=True)}


def page(browser, report):
    return browser.get(reverse("reports:report", args=[report.pk]))


# --- Sentences


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        (270, "Im 3. Quartal 2026 wurden 300 Personen beraten, 30 mehr als im 2. Quartal 2026."),
        (310, "Im 3. Quartal 2026 wurden 300 Personen beraten, 10 weniger als im 2. Quartal 2026."),
        (300, "Im 3. Quartal 2026 wurden 300 Personen beraten, so viele wie im 2. Quartal 2026."),
        (20, "Im 3. Quartal 2026 wurden 300 Personen beraten."),  # withheld: nothing to compare with
    ],
)
def test_the_first_sentence_compares_with_the_period_before(before, sentence):
    assert rendered(made(), [made("2026-2", before)]).summary[0] == sentence


def test_periods_of_every_kind_are_named():
    assert rendered(made("2026-H1"), [made("2025-H2", 270)]).summary[0].endswith("30 mehr als im 2. Halbjahr 2025.")
    assert rendered(made("2025"), [made("2024", 270)]).summary[0].startswith("Im Jahr 2025 wurden 300 Personen")


def test_the_summary_says_that_numbers_are_rounded():
    """For somebody who reads these sentences and no more."""
    sentence = "Alle Zahlen sind gerundet; ein kleiner Unterschied sagt nichts."
    assert rendered(made(), [made("2026-2", 295)]).summary.count(sentence) == 1


def test_too_few_people_are_said_and_not_counted():
    summary = rendered(made(persons=20)).summary
    assert summary == (
        "Im 3. Quartal 2026 wurden zu wenige Personen beraten, um Zahlen über sie zu veröffentlichen.",
        "Keine Tabelle ist veröffentlicht: Jede spräche über weniger als 30 Personen oder Fälle.",
    )


@pytest.mark.parametrize(
    ("withheld", "sentence"),
    [
        ({"topics": "fine"}, "ist 1 nicht veröffentlicht; der Grund steht dort."),
        ({"topics": "fine", "age": "few"}, "sind 2 nicht veröffentlicht; der Grund steht jeweils dort."),
    ],
)
def test_it_says_how_many_tables_are_missing(withheld, sentence):
    report = ReportFactory(period="2026-3", figures=figures(withheld=withheld))
    assert rendered(report).summary[-1] == f"Von {len(TABLES)} Tabellen {sentence}"


def test_a_dash_is_explained_below_its_table_and_nothing_below_none():
    stored = figures()
    for row in stored["tables"]["flow"]["cells"].values():
        row["new"] = None
    report = ReportFactory(period="2026-3", figures=stored)
    flow, age = (table_of(report, key) for key in ("flow", "age"))
    assert "Strich (–): zu wenige Fälle, oder es ließe sich auf Einzelne schließen." in flow.note
    assert "Strich" not in age.note
    assert table_of(made("2026-2", persons=20), "age").note == ""


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ({"housing": 90}, "Wohnen (90 Personen)."),
        ({"housing": 90, "work": 50}, "Wohnen (90 Personen) und Arbeitssuche (50)."),
        ({"housing": 90, "work": 50, "family": 50, "health": 50, "training": 5}, "Wohnen (90 Personen), Arbeitssuche"),
        (
            {"housing": 90, "work": 50, "family": 5, "health": 5, "training": 5, "education": 5},
            "Wohnen (90 Personen) und",
        ),
    ],
)
def test_the_largest_are_named_and_equal_ones_together_or_not_at_all(cells, named):
    report = ReportFactory(figures=with_cells("topics", cells))
    (sentence,) = (each for each in rendered(report).summary if each.startswith("Die häufigsten Themen"))
    assert sentence.startswith(f"Die häufigsten Themen waren {named}")
    assert ("training" in cells) == ("education" in cells) or "Ausbildungssuche" not in sentence


def test_a_table_where_nothing_stands_out_has_no_sentence():
    report = ReportFactory(figures=with_cells("topics", dict.fromkeys([t.key for t in _topics()], 30)))
    assert not [each for each in rendered(report).summary if "Themen waren" in each]


def _topics():
    return table_of(made("2020-1"), "topics").rows[:-1]


# --- Numbers that are worked out


def test_shares_and_changes_come_from_published_numbers():
    earlier = made("2026-2", 270)
    found = values(table_of(made(), "sex", [earlier]), "female")
    assert found == {"persons": "95", "share": "32\u00a0%", "change": "+10"}


def test_no_share_of_fewer_than_fifty():
    assert [c.key for c in table_of(made(persons=60), "goals").columns] == ["persons"]  # 24 of them with a goal
    assert "share" in [c.key for c in table_of(made("2026-2", persons=60), "sex").columns]


@pytest.mark.parametrize("earlier", [{"period": "2026-1"}, {"period": "2026-2", "catalogue_version": "0"}])
def test_only_the_period_just_before_is_compared_and_only_if_it_means_the_same(earlier):
    report = rendered(made(), [ReportFactory(persons=270, **earlier)])
    assert not [c for table in report.tables for c in table.columns if c.kind == Kind.CHANGE]
    assert report.summary[0] == "Im 3. Quartal 2026 wurden 300 Personen beraten."
    assert "Vergleich" not in [fact.term for fact in report.method]


def test_a_table_that_was_withheld_before_is_not_compared():
    before = ReportFactory(period="2026-2", figures=figures(withheld={"sex": "fine"}))
    report = made()
    assert "change" not in [column.key for column in table_of(report, "sex", [before]).columns]
    assert "change" in [column.key for column in table_of(report, "age", [before]).columns]


def test_a_rate_needs_inhabitants_and_fifty_people():
    with_rate = table_of(made(population=POPULATION), "districts")
    assert values(with_rate, "1")["rate"] == "5,0"  # 125 of 25,000
    assert values(with_rate, "9")["rate"] == "–"
    assert values(with_rate, "0")["rate"] == ""
    assert "(2024, geschätzt)" in with_rate.note
    assert "rate" not in [column.key for column in table_of(made("2026-2"), "districts").columns]
    report = rendered(made("2026-1", population=POPULATION))
    assert "Einwohner*innen von 18 bis 27 Jahren, 2024, geschätzt aus: Stadt Köln." in report.sources
    (way,) = (fact.text for fact in report.method if fact.term == "Einwohner*innen")
    assert "alle von 18 bis 24 und drei Zehntel derer von 25 bis 34 Jahren" in way


def test_a_language_that_nobody_speaks_is_in_the_files_only():
    silent = with_cells("languages", {"ar": 60, "so": 5}, persons=300)
    table = table_of(ReportFactory(figures=silent), "languages")
    assert {row.name for row in table.rows} > {"Paschtu", "Färöisch"}
    shown = {row.name for row in table.shown_rows if not row.is_total}
    assert shown == {"Arabisch", "Somali", "Persisch", "Deutsch", "Färöisch"}  # the last three speak case managers


def test_posts_are_exact_and_marked_as_no_count():
    table = table_of(made(), "providers")
    assert values(table, "providers-0")["posts"] == "1,5"
    assert values(table, "providers-9")["posts"] == "0"
    assert {column.kind for column in table.columns} == {Kind.COUNT, Kind.SHARE, Kind.STAFF}


def test_a_median_says_what_it_was_before_and_that_it_may_be_missing():
    (chapter,) = (each for each in rendered(made(), [made("2026-2")]).chapters if each.key == "method")
    assert [(f.label, f.value, f.hint) for f in chapter.figures] == [
        ("Vom Beginn bis zum Plan", "6 Wochen", "im Zeitraum davor: 6")
    ]
    (chapter,) = (each for each in rendered(made("2026-1", medians={})).chapters if each.key == "method")
    assert [(f.value, f.hint) for f in chapter.figures] == [("–", "weniger als 20 Angaben")]
    one = rendered(made("2025-3", medians={"duration": {"": 1}, "plan": {"": 1}})).tables
    assert [table.figure.value for table in one if table.figure] == ["–", "–", "1 Woche", "1 Monat"]
    waiting = table_of(made("2025-4"), "median_waiting")
    assert values(waiting, "work") == {"median": "5"}
    assert [row.name for row in waiting.rows][-1] == "alle"


@pytest.mark.parametrize(("reason", "words"), [("few", "Zu wenige Fälle"), ("fine", "Aufgliederung zu fein")])
def test_a_withheld_table_says_why_and_nothing_else(reason, words):
    report = ReportFactory(figures=figures(withheld={"sex": reason, "topic_by_district": reason}))
    one_way, two_way = table_of(report, "sex"), table_of(report, "topic_by_district")
    assert one_way.withheld.startswith(words)
    assert two_way.withheld.startswith(words)
    assert two_way.rows == ()
    assert [row.is_total for row in one_way.rows] == ([True] if reason == "fine" else [])


def test_a_withheld_table_of_districts_has_no_map():
    assert table_of(ReportFactory(figures=figures(withheld={"districts": "fine"})), "districts").map is None
    assert {area.label for area in table_of(made("2026-2"), "districts").map.areas} >= {
        "Stadtbezirk Innenstadt: 125 Personen"
    }


def test_the_development_needs_two_periods_and_leaves_gaps():
    report = made()
    for earlier in ([], [made("2025-1", 20)]):
        assert "development" not in [table.key for table in rendered(report, earlier).tables]
    table = table_of(made("2026-2"), "development", [made("2025-4", 20), made("2026-1", 200)])
    assert [[value.text for value in row.values] for row in table.rows] == [
        ["–", "–", "–"],
        ["200", "55", "40"],
        ["300", "80", "60"],
    ]
    assert len(table.chart.bars) == 6


def test_findings_stand_there_with_their_status():
    (line,) = rendered(made(findings=[FINDING])).findings.lines
    assert (line.number, line.title, line.status) == ("B-2026-003", "Kurse in Kalk", "Maßnahme vereinbart")
    assert (line.topics, line.barrier, line.districts) == ("Deutsch lernen", "Kapazität", "Kalk")
    assert (line.observations.text, line.providers.text, line.seen) == ("15", "–", "15 Beobachtungen")
    assert (line.decision, line.body, line.decided_on) == ("Maßnahme vereinbaren", "Lenkungsgruppe", "14.09.2026")
    assert [(each.owner, each.due_on, each.status, each.verdict) for each in line.measures] == [
        ("VHS", "31.12.2026", "läuft", ""),
        ("Jugendamt", "30.06.2026", "umgesetzt", "teilweise geholfen"),
    ]
    assert rendered(made("2026-2")).findings is None


def test_a_finding_may_say_little():
    bare = FINDING | {"districts": [], "barrier": "", "decision": None, "measures": [], "observations": None}
    report = made(findings=[bare])
    (line,) = rendered(report).findings.lines
    assert (line.districts, line.barrier, line.decision, line.measures) == ("ganz Köln", "noch offen", "", ())
    assert line.seen == ""
    (many,) = rendered(made("2026-2", findings=[FINDING | {"providers": 5}])).findings.lines
    assert many.seen == "15 Beobachtungen von 5 Trägern"
    with translation.override("en"):
        assert rendered(report).findings.lines[0].topics == "Learning German"


def test_tables_that_are_not_there_are_named_once_below_their_chapter(as_coordination):
    gaps = {"needs": "few", "barriers": "few", "barrier_by_topic": "fine", "referrals": "fine"}
    report = ReportFactory(figures=figures(withheld=gaps))
    (chapter,) = (each for each in rendered(report).chapters if each.key == "barriers")
    assert chapter.missing == (
        "Zu wenige Fälle (weniger als 30 Personen oder Fälle): Bedarfe nach Stand, Hürden.",
        "Aufgliederung zu fein (es ließe sich auf einzelne Personen schließen): Hürden nach Thema.",
    )
    shown = [table.key for table in chapter.shown_tables]
    assert shown == ["barrier_topics", "referrals", "referral_results", "median_waiting"]  # the second has its total
    text = page(as_coordination, report).text
    assert text.count("Zu wenige Fälle") == text.count("Bedarfe nach Stand") == 1


def test_a_report_without_any_table_says_so_once(as_coordination):
    report = made(persons=20)
    assert [chapter.key for chapter in rendered(report).shown_chapters] == []
    text = page(as_coordination, report).text
    assert text.count("weniger als 30 Personen oder Fälle.") == 1
    assert "weniger als 20 Angaben" not in text
    with_median = rendered(made("2026-2", persons=20, medians={"waiting": {"": 7}}))
    assert [chapter.key for chapter in with_median.shown_chapters] == ["barriers"]
    assert not [sentence for chapter in with_median.chapters for sentence in chapter.missing]


def test_english_readers_read_the_stored_english_names():
    report = made()
    with translation.override("en"):
        table, routes = (table_of(report, key) for key in ("topics", "access_routes"))
    assert table.rows[0].name == "Learning German"
    assert routes.head == "Access route"


def test_method_names_cut_off_versions_reason_and_checksum():
    before = ReportFactory(period="2026-2", persons=270)
    report = ReportFactory(second=True)
    facts = {fact.term: fact.text for fact in rendered(report, [before]).method}
    assert "15.10.2026" in facts["Stichtag"]
    assert facts["Grund der neuen Fassung"] == "In einem Stadtbezirk fehlten Fälle."
    assert facts["Prüfsumme"] == report.checksum
    assert facts["Vergleich"] == "Mit dem Bericht 2. Quartal 2026, Fassung 1."
    assert facts["Erfasst"].startswith("11 Träger mit zusammen 3,5 Stellen")


def test_method_tells_whom_it_counts_twice_and_what_comes_too_late():
    facts = {fact.term: fact.text for fact in rendered(made()).method}
    assert "unter einem Pseudonym oder ohne Geburtsdatum zählt sie bei jedem Träger" in facts["Personen und Beratungen"]
    assert "alles noch Spätere zählt nur im Bestand" in facts["Stichtag"]
    assert "Fälle in dem, den sie am Tag der Zählung hatten" in facts["Ort und Merkmale"]


# --- The page


def test_everybody_reads_the_same(as_coordination, as_case_manager, as_lead, as_data_protection):
    report = made()
    bodies = {
        re.search(r'<div class="report">.*?</dl>', page(browser, report).text, re.DOTALL)[0]
        for browser in (as_coordination, as_case_manager, as_lead, as_data_protection)
    }
    assert len(bodies) == 1
    assert "Im 3. Quartal 2026 wurden 300 Personen beraten." in bodies.pop()


def test_every_number_that_is_no_derived_one_is_a_multiple_of_five(as_coordination):
    text = page(as_coordination, made(population=POPULATION)).text
    cells = re.findall(r'<td class="(?:num|heat-\d|)">([\d.]+)</td>', text)
    assert len(cells) > 500
    assert {int(number.replace(".", "")) % 5 for number in cells} == {0}


def test_a_report_that_is_being_made_is_not_there(as_coordination):
    assert page(as_coordination, ReportFactory(building=True)).status_code == 404


def test_a_version_that_was_replaced_says_so_at_once(as_coordination):
    first = made()
    assert "durch eine neue ersetzt" not in page(as_coordination, first).text
    second = ReportFactory(second=True, persons=310)
    assert "durch eine neue ersetzt" in page(as_coordination, first).text
    assert "durch eine neue ersetzt" not in page(as_coordination, second).text


def test_the_body_is_kept_but_never_a_wrong_one(as_coordination):
    """It hangs on the checksum, the reports beside it and the language, not on the number alone."""
    report = made()
    assert "300 Personen beraten" in body(edition_of(report))
    made("2026-2", 270)
    assert "30 mehr als" in body(edition_of(report))
    with translation.override("en"):
        assert "Learning German" in body(edition_of(report))
    report.figures = figures(200)
    Report.objects.filter(pk=report.pk).update(figures=report.figures, checksum=checksum_of(report.figures))
    report.refresh_from_db()
    assert "200 Personen beraten" in body(edition_of(report))


def test_only_reports_of_the_same_kind_and_before_stand_beside_it():
    report = made("2026-2")
    for period in ("2026-3", "2026-1", "2025", "2025-H2"):
        made(period)
    ReportFactory(period="2026-1", second=True)
    newest = Report.objects.current().get(period="2026-1")
    assert edition_of(report).earlier == ((newest.pk, newest.checksum),)
    for number in range(1, 5):
        made(f"2023-{number}"), made(f"2024-{number}")
    assert len(edition_of(report).earlier) == 7


@pytest.mark.parametrize("others", [1, 3])
def test_the_page_asks_the_same_few_questions_however_many_reports(
    as_coordination, others, django_assert_num_queries, settings
):
    report = made("2026-3")
    for number in range(others):
        made(f"2025-{number + 1}")
    page(as_coordination, report)
    with django_assert_num_queries(5):  # session, account, report, those beside it, links
        page(as_coordination, report)


def test_a_leap_of_the_calendar_is_no_trouble():
    assert rendered(made("2028-1")).cut_off == date(2028, 4, 15)
