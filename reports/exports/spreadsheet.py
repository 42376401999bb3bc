"""CSV of one table, XLSX of them all. Numbers are numbers, text is text, whatever it begins with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import xlsxwriter
from django.utils.translation import gettext as _

from kim.text import share_pattern
from reports.publishing import shown
from reports.rendering import Rendered, RenderedTable
from reports.rendering.shapes import Column, Kind, Value

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_NAME: Final = 31  # of a sheet
FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
                  "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
FORMATS: Final[dict[Kind, str]] = {
    Kind.COUNT: "#,##0",
    Kind.CHANGE: "+#,##0;-#,##0;0",
    Kind.RATE: "0.0",
    Kind.STAFF: "0.##",
    Kind.MEDIAN: "0",
    Kind.TEXT: "@",
}
WIDTHS: Final = {Kind.TEXT: 28}  # of columns; others 14


def safe(text: str) -> str:
    """Text that a spreadsheet program would take for a formula gets an apostrophe in front."""
    return f"'{text}" if text.lstrip("\ufeff \u00a0").startswith(FORMULA) else text


def csv_of(table: RenderedTable, report: Rendered) -> str:
    """For a spreadsheet program in Germany: semicolons, a mark of the encoding, numbers without points.

    Below the numbers stands what they are and which report they are from.
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";")
    writer.writerow([safe(table.head), *(safe(_csv_head(column)) for column in table.columns)])
    for row in table.rows:
        writer.writerow([safe(row.name), *(_csv_number(value) for value in row.values)])
    writer.writerow([])
    for text in (*notes_of(table), report.origin, report.notice):
        if text:
            writer.writerow([safe(text)])
    return out.getvalue()


def _csv_head(column: Column) -> str:
    """The numbers below have no unit."""
    return f"{column.name} (%)" if column.kind == Kind.SHARE else column.name


def _csv_number(value: Value) -> str:
    return safe(value.text) if value.number is None else f"{value.number:.12g}".replace(".", ",")


def notes_of(table: RenderedTable) -> Iterator[str]:
    yield table.title
    if table.withheld:
        yield table.withheld
    if table.note:
        yield table.note


def xlsx_of(report: Rendered) -> bytes:
    """A sheet for each table, one in front with the summary, one at the end with the method."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties(
            {"title": report.title, "author": "KIM Köln", "created": report.frozen_at.replace(tzinfo=None)}
        )
        styles = _Styles(book)
        _front(book, report, styles)
        for table in report.files:
            _sheet(book, table, report.origin, styles)
        _method(book, report, styles)
    return out.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True, "valign": "top"})
        self.withheld = book.add_format({"align": "right"})
        formats = FORMATS | {Kind.SHARE: _share_format()}
        self.numbers = {kind: book.add_format({"num_format": text}) for kind, text in formats.items()}
        self.totals = {kind: book.add_format({"num_format": t, "bold": True, "top": 1}) for kind, t in formats.items()}
        self.total = book.add_format({"bold": True, "top": 1})


def _share_format() -> str:
    """As the language of the reader writes per cent: 45 % or 45%."""
    unit = share_pattern() % {"share": ""}
    return f'0"{unit}"'


def sheet_name(name: str) -> str:
    return " ".join(name.translate(FORBIDDEN).split())[:LONGEST_NAME].strip(" '")


def _sheet(book: Any, table: RenderedTable, origin: str, styles: _Styles) -> None:
    sheet = book.add_worksheet(sheet_name(table.short or table.title))
    sheet.set_column(0, 0, 44)
    for place, column in enumerate(table.columns, 1):
        sheet.set_column(place, place, WIDTHS.get(column.kind, 14))
    sheet.write_string(0, 0, table.title, styles.title)
    sheet.write_string(1, 0, origin)
    sheet.write_string(2, 0, table.head, styles.head)
    for place, column in enumerate(table.columns, 1):
        sheet.write_string(2, place, column.name, styles.head)
    for line, row in enumerate(table.rows, 3):
        sheet.write_string(line, 0, row.name, styles.total if row.is_total else None)
        for place, (column, value) in enumerate(zip(table.columns, row.values, strict=True), 1):
            number_style = (styles.totals if row.is_total else styles.numbers)[column.kind]
            if value.number is None:
                style = styles.text if column.kind == Kind.TEXT else styles.withheld
                sheet.write_string(line, place, value.text, style)
            else:
                sheet.write_number(line, place, value.number, number_style)
    for line, text in enumerate(list(notes_of(table))[1:], len(table.rows) + 4):
        sheet.write_string(line, 0, text)
    sheet.freeze_panes(3, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _front(book: Any, report: Rendered, styles: _Styles) -> None:
    sheet = book.add_worksheet(_("Bericht"))
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, f"KIM Köln: {report.title}", styles.title)
    lines = [(text, styles.text) for text in (report.edition, report.notice, *report.summary) if text]
    if report.signals:
        lines += [(_("Was auffällt"), styles.bold), *((text, styles.text) for text in report.signals)]
    for line, (text, style) in enumerate(lines, 2):
        sheet.write_string(line, 0, text, style)


def _method(book: Any, report: Rendered, styles: _Styles) -> None:
    sheet = book.add_worksheet(_("Methode"))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    facts = [(fact.term, fact.text) for fact in report.method] + [(_("Quelle"), text) for text in report.sources]
    facts.append((shown(None), _("nicht veröffentlicht")))
    for line, (term, text) in enumerate(facts):
        sheet.write_string(line, 0, term, styles.bold)
        sheet.write_string(line, 1, text, styles.text)
