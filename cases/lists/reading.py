"""From the bytes of an XLSX or CSV file to rows of text. Read in memory; what is wrong is said in a sentence.

Every cell becomes text as people write it: dates as 31.12.1999, whole numbers without a point. What cannot be read
as a value (a formula without result, a merged cell) leaves a mark, so that the check can name row and column.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zipfile import BadZipFile, ZipFile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook
from openpyxl.utils.cell import get_column_letter, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 150 * 1024 * 1024  # a list of 20,000 rows unpacks to about 40 MB
MOST_AROUND = 8 * 1024 * 1024  # styles and the like, which are held in memory as a whole
MOST_PARTS = 2000
MOST_ROWS = 20_000
MOST_COLUMNS = 100
MOST_CELLS = 1_500_000  # looked at, empty ones included
MOST_MERGED = 100_000  # rows of all merged cells together
LONGEST_CELL = 2000
MERGED, FORMULA, ERROR, TOO_LONG = "merged", "formula", "error", "too_long"

# What a file begins with that somebody takes for a list.
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"<!DOCTYPE",
           b"<html", b"<?xml", b"SQLite format")  # fmt: skip
_PREFIX = rb"(?:[A-Za-z_][\w.-]*:)?"
# Each reads the sheet once from left to right: no part of them goes beyond the next "<", whatever a file holds.
_MERGE = re.compile(rb"<" + _PREFIX + rb"mergeCell\s[^<>]*?ref=\"([A-Z0-9:]{1,25})\"")
_TAG_OF_CELL = re.compile(rb"<(?:(/)?" + _PREFIX + rb"c|" + _PREFIX + rb"([fv]))(?=[\s/>])([^<>]*)>([^<]?)")
_EMPTY_TEXT = re.compile(rb"\bt=\"str\"")  # a formula whose result is no text at all
_REFERENCE = re.compile(rb"\br=\"([A-Z]{1,3})([0-9]{1,7})\"")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DEFUSED_APOSTROPHE = re.compile(r"'(?=[=+\-@])")  # what a careful export puts before a formula

NOT_A_LIST = gettext_lazy("Das ist weder eine XLSX- noch eine CSV-Datei. Bitte die Liste in Excel als XLSX speichern.")
DAMAGED = gettext_lazy("Die Datei ist beschädigt und lässt sich nicht lesen. Bitte in Excel öffnen und neu speichern.")
EMPTY = gettext_lazy("Die Datei enthält keine Zeilen.")
TOO_BIG = gettext_lazy("Die Datei ist zu groß: höchstens 10 MB. Bitte Bilder und leere Blätter entfernen oder teilen.")
TOO_MUCH = gettext_lazy("Die Datei ist ausgepackt zu groß. Bitte nur die Liste in eine neue Datei kopieren.")
TOO_MANY_ROWS = gettext_lazy("Die Liste hat mehr als 20.000 Zeilen. Bitte in mehrere Dateien teilen.")
TOO_MANY_COLUMNS = gettext_lazy("Die Liste hat mehr als 100 Spalten. Bitte die übrigen Spalten löschen.")


@dataclass
class Line:
    """A row that holds something. `position` is the number Excel shows beside it."""

    position: int
    cells: list[str]
    marks: dict[int, str] = field(default_factory=dict)  # column from 0 -> mark


@dataclass
class Sheet:
    """The one sheet that was read."""

    lines: list[Line]
    name: str = ""
    others: int = 0  # further sheets in the file
    starts_1904: bool = False


def read_list(content: bytes, *, sheet: str = "") -> Sheet:
    """The rows of a file; `sheet` is the name or number of a sheet. Raises ValidationError."""
    if len(content) > MOST_BYTES:
        raise ValidationError(TOO_BIG)
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise ValidationError(EMPTY)
    if content.startswith(_OLE):
        raise ValidationError(_old_or_locked(content))
    found = _workbook(content, sheet) if content.startswith(_ZIP) else _text(content)
    if not found.lines:
        raise ValidationError(EMPTY)
    return found


def _old_or_locked(content: bytes) -> str:
    if _ENCRYPTED in content:
        return _(
            "Die Datei ist mit einem Kennwort geschützt. Bitte in Excel das Kennwort entfernen "
            "(Datei → Informationen → Arbeitsmappe schützen) und erneut hochladen."
        )
    return _("Das ist eine alte Excel-Datei (.xls). Bitte in Excel als XLSX speichern und erneut hochladen.")


# --- XLSX


def _workbook(content: bytes, wanted: str) -> Sheet:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            _refuse_bombs(archive)
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
            chosen = _chosen(sheets, wanted)
            xml = archive.read(chosen._worksheet_path.lstrip("/"))
            lines = list(_lines_of(chosen, *_marks_in(xml)))
            return Sheet(lines, chosen.title, len(sheets) - 1, book.epoch == CALENDAR_MAC_1904)
    except ValidationError:
        raise
    except MemoryError:
        raise ValidationError(TOO_MUCH) from None
    except Exception:  # openpyxl and zipfile answer a broken file with almost any exception
        raise ValidationError(DAMAGED) from None


def _refuse_bombs(archive: ZipFile) -> None:
    """Before anything is unpacked. A part that lies about its size is cut off there and fails its checksum."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if not any(name.endswith("workbook.xml") for name in names):
        raise ValidationError(NOT_A_LIST)
    if any(part.flag_bits & 1 for part in parts):
        raise BadZipFile
    around = [part for part in parts if part.filename.endswith((".xml", ".rels")) and not _holds_cells(part.filename)]
    sizes = (sum(part.file_size for part in some) for some in (parts, around))
    if len(parts) > MOST_PARTS or any(
        size > most for size, most in zip(sizes, (MOST_UNPACKED, MOST_AROUND), strict=True)
    ):
        raise ValidationError(TOO_MUCH)


def _holds_cells(name: str) -> bool:
    return ("worksheets/" in name or "sharedStrings" in name) and not name.endswith("workbook.xml")


def _chosen(sheets, wanted: str):
    if not sheets:
        raise ValidationError(EMPTY)
    if not wanted:
        return next((sheet for sheet in sheets if _has_something(sheet)), sheets[0])
    by_name = {sheet.title.casefold(): sheet for sheet in sheets}
    by_number = {str(number): sheet for number, sheet in enumerate(sheets, 1)}
    found = by_name.get(wanted.casefold()) or by_number.get(wanted)
    if not found:
        message = _("Ein Blatt „%(name)s“ gibt es in der Datei nicht. Es gibt: %(names)s.")
        raise ValidationError(message % {"name": wanted, "names": ", ".join(sheet.title for sheet in sheets)})
    return found


def _has_something(sheet) -> bool:
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=200, max_col=MOST_COLUMNS, values_only=True)
    return any(value not in (None, "") for row in rows for value in row)


Merged = Mapping[int, Sequence[tuple[str, int, int]]]  # row -> reference, first and last column from 1


def _marks_in(xml: bytes) -> tuple[dict[int, dict[int, str]], Merged]:
    """What openpyxl does not say while it streams: formulas without a result (row -> column -> mark), merged cells."""
    has_formulas = re.search(rb"<" + _PREFIX + rb"f[\s/>]", xml)
    return _formulas_in(xml) if has_formulas else {}, _merged_in(xml)


def _formulas_in(xml: bytes) -> dict[int, dict[int, str]]:
    """Those without a result."""
    found: dict[int, dict[int, str]] = {}
    cell, has_formula, has_result = b"", False, False
    for tag in _TAG_OF_CELL.finditer(xml):
        closes, inner, attributes, text = tag.groups()
        if inner == b"f":
            has_formula = True
        elif inner == b"v":
            has_result = has_result or bool(text)
        elif not closes:
            cell, has_formula, has_result = attributes, False, bool(_EMPTY_TEXT.search(attributes))
        elif has_formula and not has_result and (place := _REFERENCE.search(cell)):
            if len(found) > MOST_ROWS + 1:
                raise ValidationError(TOO_MANY_ROWS)
            found.setdefault(int(place[2]), {})[_number_of(place[1].decode())] = FORMULA
    return found


def _merged_in(xml: bytes) -> Merged:
    found: dict[int, list[tuple[str, int, int]]] = {}
    rows = 0
    for reference in dict.fromkeys(reference.decode() for reference in _MERGE.findall(xml)):
        left, top, right, bottom = range_boundaries(reference)
        rows += bottom - top + 1
        if rows > MOST_MERGED:
            raise ValidationError(TOO_MUCH)
        for row in range(top, bottom + 1):
            found.setdefault(row, []).append((reference, left, min(right, MOST_COLUMNS)))
    return found


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _lines_of(sheet, formulas, merged) -> Iterator[Line]:
    sheet.reset_dimensions()  # what a file says about its size is often wrong
    looked_at = kept = 0
    for position, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), 1):
        looked_at += len(row) or 1
        if looked_at > MOST_CELLS:
            raise ValidationError(TOO_MUCH)
        cells = [_as_text(value) for value in row]
        marks = {column: mark for column, mark in formulas.get(position, {}).items() if column < MOST_COLUMNS}
        if not any(cells) and not marks:
            continue
        if len(cells) > MOST_COLUMNS and cells[MOST_COLUMNS]:
            raise ValidationError(TOO_MANY_COLUMNS)
        kept += 1
        if kept > MOST_ROWS + 1:  # and a header
            raise ValidationError(TOO_MANY_ROWS)
        for reference, left, right in merged.get(position, ()):
            marks |= {column - 1: f"{MERGED}:{reference}" for column in range(left, right + 1)}
        yield _line(position, cells, marks)


def _as_text(value: object) -> str:
    """A value of Excel as people write it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip(" \t\r\n\u00a0")
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, datetime | date):
        return f"{value:%d.%m.}{value.year:04}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else str(value).replace(".", ",")
    return str(value)


def _line(position: int, cells: list[str], marks: dict[int, str]) -> Line:
    """With marks for what no column can take; a cell that is too long is kept only as far as its mark needs it."""
    while cells and not cells[-1] and len(cells) - 1 not in marks:
        cells.pop()
    for column, text in enumerate(cells):
        if not text:
            continue
        if text[0] == "'" and (shorter := _DEFUSED_APOSTROPHE.sub("", text, count=1)) != text:
            text = cells[column] = shorter
        if text[0] == "=":
            marks[column] = FORMULA
        elif text[0] == "#" and text in _ERRORS:
            marks[column] = ERROR
        if len(text) > LONGEST_CELL:
            marks[column] = TOO_LONG
            cells[column] = text[:100] + "…"
    cells.extend([""] * (max(marks, default=-1) + 1 - len(cells)))
    return Line(position, cells, marks)


_ERRORS = frozenset(
    [
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#N/A",
        "#DIV/0!",
        "#NUM!",
        "#NULL!",
        "#BEZUG!",
        "#WERT!",
        "#NV",
        "#ZAHL!",
        "#SPILL!",
        "#GETTING_DATA",
    ]
)


# --- CSV


def _text(content: bytes) -> Sheet:
    if content[:64].lstrip().startswith(_OTHERS):
        raise ValidationError(NOT_A_LIST)
    text = _decoded(content)
    if len(_CONTROL.findall(text)) > 5 + len(text) // 100:
        raise ValidationError(NOT_A_LIST)
    lines, kept = [], 0
    for position, record in enumerate(_records(text), 1):
        cells = [_unwrapped(cell) if cell else "" for cell in record[:MOST_COLUMNS]]
        is_too_wide = any(cell.strip() for cell in record[MOST_COLUMNS:] if cell)
        if not any(cells) and not is_too_wide:
            continue
        kept += 1
        if kept > MOST_ROWS + 1:
            raise ValidationError(TOO_MANY_ROWS)
        if is_too_wide:
            raise ValidationError(TOO_MANY_COLUMNS)
        lines.append(_line(position, cells, {}))
    return Sheet(lines)


def _decoded(content: bytes) -> str:
    """UTF-8 and UTF-16 are recognised for certain; what is neither is what Windows or an old system writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding, zeros in (("utf-16-le", content[1:400:2]), ("utf-16-be", content[0:400:2])):
        if len(zeros) > 3 and zeros.count(0) > len(zeros) * 0.8:
            return content.decode(encoding, errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _records(text: str) -> Iterator[list[str]]:
    delimiter = ""
    if found := re.match(r"sep=([;,\t|])\r?\n", text):  # Excel writes it, and shows the rows behind it from 1 on
        delimiter, text = found[1], text[found.end() :]
    delimiter = delimiter or _delimiter(text)
    csv.field_size_limit(1024 * 1024)
    try:
        return iter(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)))
    except csv.Error as error:
        if "unexpected end of data" in str(error) or "field larger" in str(error):
            message = _("In der Datei ist ein Anführungszeichen nicht geschlossen. Bitte in Excel öffnen und prüfen.")
            raise ValidationError(message) from None
    try:
        return iter(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error:
        raise ValidationError(DAMAGED) from None


def _delimiter(text: str) -> str:
    """The sign that cuts the first rows into the same number of cells, the more the better."""
    sample = text[:20_000]

    def widths(delimiter: str) -> list[int]:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        return [len(row) for _row, row in zip(range(20), rows, strict=False) if row]

    def score(delimiter: str) -> tuple[int, int]:
        found = widths(delimiter)
        usual = max(set(found), key=found.count) if found else 0
        return (found.count(usual) if usual > 1 else 0, usual)

    return max(";,\t|", key=score)


def _unwrapped(cell: str) -> str:
    """Excel's trick to keep a leading zero, ="0221", is the text inside."""
    text = cell.strip(" \t\r\n\u00a0")
    found = re.fullmatch(r'="([^"]*)"', text)
    return found[1] if found else text


def letter(column: int) -> str:
    """The name of a column in Excel, counted from 0."""
    return get_column_letter(column + 1)
