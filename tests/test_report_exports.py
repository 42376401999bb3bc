"""A report as files: the same numbers on the screen, in CSV, XLSX and PDF, and in the titles of the charts."""

import csv
import html
import importlib
import io
import re
from html.parser import HTMLParser

import openpyxl
import pytest
from django.urls import reverse
from django.utils import translation

from kim.audit.models import Entry
from reports.catalogue import BY_KEY, MEDIANS, TABLES
from reports.disclosure import published
from reports.exports.spreadsheet import csv_of, safe, sheet_name, xlsx_of
from reports.models import Report
from reports.pages.report import edition_of, rendered_edition
from reports.periods import Half, Quarter
from reports.rendering import rendered
from reports.rendering.shapes import Kind
from reports.signals import sentence
from tests.factories import ReportFactory
from tests.invented_city import YEAR, City
from tests.report_figures import FINDING, SIGNAL, figures
from tests.test_plan_sheet import read, weasyprint

pytestmark = pytest.mark.django_db
POPULATION = {"year": 2024, "source": "Stadt Köln", "districts": {str(n): 20_000 for n in range(1, 10)}}
FIRST, SECOND = Quarter(YEAR, 1), Quarter(YEAR, 2)
WITHHELD = {"residence_by_age": "fine", "closing_reasons": "fine", "durations": "few"}


@pytest.fixture
def report(db):
    """With everything: a period before, inhabitants, tables that are withheld, something that stands out, a finding."""
    ReportFactory(period="2026-2", persons=270)
    more = {"population": POPULATION, "signals": [SIGNAL], "findings": [FINDING]}
    return ReportFactory(figures={**figures(withheld=WITHHELD), **more})


def url(name, report, **keys):
    return reverse(f"reports:{name}", kwargs={"pk": report.pk, **keys})


class Tables(HTMLParser):
    """Title of each table -> the texts of its rows, without what only a screen reader hears."""

    def __init__(self):
        super().__init__()
        self.tables, self.row, self.cell, self.is_hidden = {}, None, None, False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if attributes.get("role") == "region":
            self.rows = self.tables.setdefault(attributes["aria-label"], [])
        elif tag == "tr":
            self.row = []
        elif tag in ("td", "th") and "bar-cell" not in (attributes.get("class") or ""):
            self.cell = ""
        elif tag == "span":
            self.is_hidden = attributes.get("class") == "visually-hidden"

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell is not None:
            self.row.append(self.cell.strip())
            self.cell = None
        elif tag == "tr":
            self.rows.append(self.row)
        elif tag == "span":
            self.is_hidden = False

    def handle_data(self, text):
        if self.cell is not None and not self.is_hidden:
            self.cell += text


def number_of(text):
    """As it stands in any of the files: 1.240, +20, −5, 45 %, 1,5; None for a dash and for nothing."""
    plain = re.sub(r"[.\s%+±]", "", text).replace("−", "-").replace(",", ".")
    return None if plain in ("", "–") else float(plain)


def one_space(text):
    return " ".join(text.split())


# --- The same numbers everywhere


def test_every_table_says_the_same_everywhere(as_coordination, report):
    """Screen, CSV, XLSX and PDF, value by value, for every table of the catalogue and every median."""
    weasyprint()
    made = rendered_edition(edition_of(report))
    assert {table.key for table in made.tables} == {*BY_KEY, "development", *(f"median_{key}" for key in MEDIANS)}
    screen_and_files_agree(as_coordination, report, made)
    paper = one_space(read("pdftotext", as_coordination.get(url("report_pdf", report)).content, "-raw"))
    for table in made.tables:
        for row in [] if table.figure else table.shown_rows:
            line = one_space(" ".join([row.name, *(value.text for value in row.values)]))
            assert line in paper, (table.key, row.name)
        if table.figure:
            assert table.figure.value.replace("–", "") in paper


ONE_WAY = [table.key for table in TABLES if not table.crosses]
CROSSED = [table.key for table in TABLES if table.crosses]


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(lambda: figures(20), id="too few for any table"),
        pytest.param(lambda: figures(45), id="too few for most"),
        pytest.param(lambda: figures(90, withheld=dict.fromkeys(CROSSED, "fine")), id="nothing crossed"),
        pytest.param(lambda: figures(3000, withheld=dict.fromkeys(ONE_WAY, "fine")), id="totals alone"),
        pytest.param(lambda: figures(3000, withheld=dict.fromkeys(ONE_WAY[::2], "fine")), id="every second one"),
        pytest.param(lambda: of_city(3, 60, FIRST), id="a small city"),
        pytest.param(lambda: of_city(0, 320, FIRST, SECOND), id="movement withheld"),
        pytest.param(lambda: of_city(5, 150, FIRST, SECOND, Half(YEAR, 1)), id="half a year with its quarters"),
    ],
)
def test_also_in_reports_that_withhold_much_or_little(as_coordination, stored):
    report = ReportFactory(figures={**stored(), "population": POPULATION})
    screen_and_files_agree(as_coordination, report, rendered_edition(edition_of(report)))


def of_city(seed, persons, *periods):
    """The figures of the last of these periods, as the gate lets them through beside those before."""
    city, done = City(seed, persons), []
    for period in periods:
        done.append(Report.of(period, figures=published(city.true(period), done)))
    return {**done[-1].figures, "signals": [], "findings": []}


def screen_and_files_agree(browser, report, made):
    on_screen = Tables()
    on_screen.feed(browser.get(url("report", report)).text)
    book = openpyxl.load_workbook(io.BytesIO(browser.get(url("report_xlsx", report)).content))
    for place, table in enumerate(made.tables, 1):
        numbers = [(row.name, [value.number for value in row.values]) for row in table.rows]
        csv_text = browser.get(url("report_csv", report, table=table.key)).content.decode("utf-8-sig")
        csv_rows = list(csv.reader(io.StringIO(csv_text), delimiter=";"))[1 : len(table.rows) + 1]
        assert [(row[0], [number_of(text) for text in row[1:]]) for row in csv_rows] == numbers, table.key
        cells = list(book.worksheets[place].iter_rows(min_row=4, max_row=3 + len(table.rows), values_only=True))
        in_book = [[cell if isinstance(cell, int | float) else None for cell in row[1:]] for row in cells]
        assert [(row[0] or "", n[: len(table.columns)]) for row, n in zip(cells, in_book, strict=True)] == numbers
        if table.rows and not table.figure:
            shown = [[row.name, *(value.text for value in row.values)] for row in table.shown_rows]
            assert on_screen.tables[table.title][1:] == shown, table.key


def test_findings_say_the_same_everywhere(as_coordination, report):
    """A row for each measure in the files; on the screen and on paper they stand below one another."""
    weasyprint()
    text = as_coordination.get(url("report_csv", report, table="findings")).content.decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(text), delimiter=";"))[:3]
    about = ["B-2026-003", "Kurse in Kalk", "Deutsch lernen", "Kapazität", "Kalk", "15", "–", "Maßnahme vereinbart"]
    about += ["Maßnahme vereinbaren", "Lenkungsgruppe", "14.09.2026"]
    assert rows == [
        [*about, "Zwei Kurse mehr", "VHS", "31.12.2026", "läuft", ""],
        [*about, "Betreuung", "Jugendamt", "30.06.2026", "umgesetzt", "teilweise geholfen"],
    ]
    book = openpyxl.load_workbook(io.BytesIO(as_coordination.get(url("report_xlsx", report)).content))
    sheet = list(book["Bedarfe und Maßnahmen"].iter_rows(min_row=3, max_row=5, values_only=True))
    assert [["" if cell is None else str(cell) for cell in line] for line in sheet] == [head, *rows]
    page = as_coordination.get(url("report", report)).text
    paper = one_space(read("pdftotext", as_coordination.get(url("report_pdf", report)).content, "-raw"))
    for words in {*rows[0], *rows[1], "15 Beobachtungen"} - {"", "–"}:
        assert words in page, words
        assert words in paper, words


def test_what_stands_out_is_said_everywhere(as_coordination, report):
    weasyprint()
    (said,) = (sentence(signal) for signal in report.signals)
    assert said in html.unescape(as_coordination.get(url("report", report)).text)
    assert one_space(said) in one_space(
        read("pdftotext", as_coordination.get(url("report_pdf", report)).content, "-raw")
    )
    book = openpyxl.load_workbook(io.BytesIO(as_coordination.get(url("report_xlsx", report)).content))
    front = [row[0] for row in book["Bericht"].iter_rows(values_only=True)]
    assert front[front.index("Was auffällt") + 1 :] == [said]


def test_what_an_office_writes_becomes_no_formula_in_a_file(as_coordination):
    finding = FINDING | {"title": "=1+1", "measures": [{**FINDING["measures"][0], "owner": "@SUM(A1)"}]}
    report = ReportFactory(figures={**figures(), "findings": [finding]})
    text = as_coordination.get(url("report_csv", report, table="findings")).content.decode("utf-8-sig")
    row = next(csv.reader([text.splitlines()[1]], delimiter=";"))
    assert {"'=1+1", "'@SUM(A1)"} < set(row)


def test_without_findings_there_is_no_file_of_them(as_coordination):
    assert as_coordination.get(url("report_csv", ReportFactory(), table="findings")).status_code == 404


def test_every_count_is_a_multiple_of_its_base(report):
    made = rendered_edition(edition_of(report))
    for table in made.files:
        base = BY_KEY[table.key].base if table.key in BY_KEY else 5
        for row in table.rows:
            for column, value in zip(table.columns, row.values, strict=True):
                if column.kind == Kind.COUNT and value.number is not None:
                    assert value.number % base == 0, (table.key, row.name)


def test_the_titles_of_the_charts_say_what_the_tables_say(as_coordination, report):
    made = rendered_edition(edition_of(report))
    page = as_coordination.get(url("report", report)).text
    titles = [html.unescape(title) for title in re.findall(r"<title[^>]*>([^<]*)</title>", page)]
    counts = {f"{row.name}: {row.values[0].text}" for table in made.tables for row in table.rows}
    counts |= {f"{row.name}: {value.text}" for table in made.tables for row in table.rows for value in row.values}
    bars = [title for title in titles if re.search(r": [\d.]+ ", title)]
    assert len(bars) > 150
    for title in bars:
        named = re.sub(r" [^\d]+$", "", title).removeprefix("Stadtbezirk ")
        assert named in counts, title


def test_a_withheld_table_has_its_reason_in_every_file(as_coordination, report):
    made = rendered_edition(edition_of(report))
    for key in WITHHELD:
        (table,) = (each for each in made.tables if each.key == key)
        assert table.withheld in csv_of(table, made)
        assert not [
            value for row in table.rows for value in row.values if not row.is_total and value.number is not None
        ]


# --- CSV


@pytest.mark.parametrize("text", ["=1+1", "+49", "-5", "@SUM(A1)", "\t=1", "\ufeff=1", " =1", "'x", "\uff1d1"])
def test_no_text_becomes_a_formula(text):
    assert safe(text).startswith("'")
    assert safe("SGB II") == "SGB II"


def test_a_head_that_looks_like_a_formula_stays_text(as_coordination):
    """Names come from the catalogues, which people edit."""
    stored = figures()
    stored["tables"]["topics"]["rows"][0][1] = '=HYPERLINK("http://x.example")'
    report = ReportFactory(figures=stored)
    text = as_coordination.get(url("report_csv", report, table="topics")).content.decode("utf-8-sig")
    assert next(csv.reader([text.splitlines()[1]], delimiter=";"))[0].startswith("'=HYPERLINK")
    book = openpyxl.load_workbook(io.BytesIO(as_coordination.get(url("report_xlsx", report)).content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"n", "s"}  # no formula
    assert not [cell for cell in cells if cell.hyperlink]


def test_csv_is_what_spreadsheet_programs_in_germany_read(as_coordination, report):
    answer = as_coordination.get(url("report_csv", report, table="districts"))
    assert answer.content.startswith(b"\xef\xbb\xbfStadtbezirk;Personen;")
    assert "Anteil (%)" in answer.content.decode().splitlines()[0].split(";")  # its numbers have no unit
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="bericht-2026-3-fassung-1-districts.csv"'
    assert answer["Cache-Control"] == "no-store"


def test_every_file_says_which_report_it_is_from(as_coordination, report):
    """A table that somebody passes on alone still has its period, version and cut-off, and that a newer one is out."""
    origin = "KIM Köln: Bericht 3. Quartal 2026, Fassung 1, Stichtag 15.10.2026"
    made = rendered_edition(edition_of(report))
    assert {csv_of(table, made).splitlines()[-1].strip('"') for table in made.files} == {origin}
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(made)))
    assert {sheet["A2"].value for sheet in book.worksheets[1:-1]} == {origin}
    ReportFactory(period=report.period, second=True)
    text = as_coordination.get(url("report_csv", report, table="districts")).content.decode("utf-8-sig")
    assert text.splitlines()[-1] == "Diese Fassung ist durch eine neue ersetzt."


@pytest.mark.parametrize("table", ["gibt-es-nicht", "cases", "population"])
def test_an_unknown_table_is_missing(as_coordination, report, table):
    assert as_coordination.get(url("report_csv", report, table=table)).status_code == 404
    assert not Entry.objects.filter(action="report.exported").exists()


# --- XLSX


def test_the_book_has_a_sheet_for_each_table_and_neutral_properties(report):
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(rendered_edition(edition_of(report)))))
    names = book.sheetnames
    assert (names[0], names[-1]) == ("Bericht", "Methode")
    assert len(names) == len(set(names)) == len(TABLES) + len(MEDIANS) + 4  # development, findings, front, method
    assert (book.properties.creator, book.properties.lastModifiedBy) == ("KIM Köln", "KIM Köln")
    front = [row[0] for row in book["Bericht"].iter_rows(values_only=True) if row[0]]
    assert front[0] == "KIM Köln: Bericht 3. Quartal 2026"
    assert report.checksum in [row[1] for row in book["Methode"].iter_rows(values_only=True)]


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_name_of_a_sheet_is_cut(report, language):
    with translation.override(language):
        tables = rendered_edition(edition_of(report)).files
        names = [table.short or table.title for table in tables]
        assert [sheet_name(name) for name in names] == names
    assert len({name.casefold() for name in names}) == len(names)


@pytest.mark.parametrize(("language", "written"), [("de", '0"\u00a0%"'), ("en", '0"%"')])
def test_shares_are_written_as_the_reader_writes_them(report, language, written):
    with translation.override(language):
        book = openpyxl.load_workbook(io.BytesIO(xlsx_of(rendered_edition(edition_of(report)))))
    formats = {cell.number_format for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {each for each in formats if "%" in each} == {written}


@pytest.mark.parametrize(
    ("name", "sheet"),
    [("01 a/b:c*[d]?\\e", "01 a b c d e"), ("x" * 40, "x" * 31), ("'Wohnen'", "Wohnen")],
)
def test_a_name_becomes_one_a_sheet_may_have(name, sheet):
    assert sheet_name(name) == sheet


# --- PDF


def test_the_pdf_is_tagged_and_has_cover_summary_method_and_sources(as_coordination, report):
    weasyprint()
    answer = as_coordination.get(url("report_pdf", report))
    assert answer["Content-Disposition"] == 'attachment; filename="bericht-2026-3-fassung-1.pdf"'
    facts, structure = read("pdfinfo", answer.content), read("pdfinfo", answer.content, "-struct")
    assert re.search(r"Title:\s+KIM Köln: Bericht 3. Quartal 2026\n", facts)
    assert re.search(r"Tagged:\s+yes", facts)
    assert {"H1", "H2", "H3", "Table", "Figure", "TH"} <= set(re.findall(r"\b(H\d|Table|Figure|TH)\b", structure))
    assert "pdfuaid" in read("pdfinfo", answer.content, "-meta")
    text = one_space(read("pdftotext", answer.content, "-raw"))
    for words in (*rendered_edition(edition_of(report)).summary, "Stichtag 15.10.2026", "Kurse in Kalk", "Stadt Köln."):
        assert one_space(words) in text
    pages = re.search(r"Pages:\s+(\d+)", facts)[1]
    assert f"2 / {pages}" in text
    assert f"1 / {pages}" not in text.split("In Kürze")[0]  # no number on the cover


def test_without_the_libraries_the_page_says_so(as_coordination, monkeypatch):
    report = ReportFactory(persons=290)  # whose PDF nobody has asked for yet

    def missing(name):
        raise OSError(f"cannot load library behind {name}")

    monkeypatch.setattr(importlib, "import_module", missing)
    answer = as_coordination.get(url("report_pdf", report), follow=True)
    assert "Systemverwaltung" in answer.text
    assert not Entry.objects.filter(action="report.exported").exists()


# --- Who took what


def test_what_leaves_is_logged_without_a_number(as_case_manager, report):
    as_case_manager.get(url("report_csv", report, table="topics"))
    as_case_manager.get(url("report_xlsx", report))
    entries = Entry.objects.filter(action="report.exported").order_by("pk")
    assert [(each.subject, each.details) for each in entries] == [
        ("report:2026-3/1", {"what": "topics.csv"}),
        ("report:2026-3/1", {"what": "xlsx"}),
    ]


@pytest.mark.parametrize("name", ["report_xlsx", "report_pdf"])
def test_a_report_that_is_being_made_has_no_files(as_coordination, name):
    assert as_coordination.get(url(name, ReportFactory(building=True))).status_code == 404


def test_the_smallest_report_is_a_file_too():
    made = rendered(ReportFactory(persons=20))
    assert openpyxl.load_workbook(io.BytesIO(xlsx_of(made))).sheetnames[0] == "Bericht"
    assert all("Zu wenige Fälle" in csv_of(table, made) for table in made.tables if table.key in BY_KEY)
