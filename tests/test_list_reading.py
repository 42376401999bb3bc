"""Files as people upload them: each is read as meant, or refused in a German sentence that says what to do."""

import io
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from cases.lists import reading
from cases.lists.columns import COLUMNS, guess, headings_among, is_special, meaning_of, signature
from cases.lists.reading import letter, read_list
from cases.lists.values import Choices, as_date_text, as_phone, as_year, yes_or_no
from tests.lists import HEADINGS, as_csv, as_xlsx, rows_of_people

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def cells(content, **options):
    return [line.cells for line in read_list(content, **options).lines]


def refusal(content, **options):
    with pytest.raises(ValidationError) as caught:
        read_list(content, **options)
    (sentence,) = caught.value.messages
    return sentence


def book(fill):
    content = io.BytesIO()
    workbook = Workbook()
    fill(workbook, workbook.active)
    workbook.save(content)
    return content.getvalue()


def rows_in(*rows):
    def fill(_book, sheet):
        for row in rows:
            sheet.append(row)

    return book(fill)


def zipped(**parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return content.getvalue()


# --- Refused


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "enthält keine Zeilen"),
        (b"\xef\xbb\xbf", "enthält keine Zeilen"),
        (b";;;\r\n;;\r\n", "enthält keine Zeilen"),
        (rows_in(), "enthält keine Zeilen"),
        (OLE + b"\x00" * 100 + "EncryptedPackage".encode("utf-16-le"), "Kennwort"),
        (OLE + b"\x00" * 100 + "Workbook".encode("utf-16-le"), "alte Excel-Datei"),
        (b"%PDF-1.7 ...", "weder eine XLSX- noch eine CSV-Datei"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "weder eine XLSX- noch eine CSV-Datei"),
        (b"<!DOCTYPE html><table>", "weder eine XLSX- noch eine CSV-Datei"),
        (bytes(range(256)) * 20, "weder eine XLSX- noch eine CSV-Datei"),
        (zipped(content_xml="<ods/>"), "weder eine XLSX- noch eine CSV-Datei"),
        (zipped(xl__workbook_xml="<nonsense"), "beschädigt"),
        (rows_in(["Name"], ["Amal"])[:-400], "beschädigt"),
        (b"x" * (reading.MOST_BYTES + 1), "zu groß"),
        (b'Name;Geburtsdatum\r\n"Amal;01.02.2003\r\n', "Anführungszeichen"),
        ("\r\n".join(["Name"] + ["Amal"] * 20_002).encode(), "mehr als 20.000 Zeilen"),
        ((";".join(["a"] * 101) + "\r\n").encode(), "mehr als 100 Spalten"),
        (rows_in(["a"] * 101), "mehr als 100 Spalten"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(content, sentence):
    assert sentence in refusal(content)


def test_a_bomb_is_not_unpacked(monkeypatch):
    bomb = zipped(xl__workbook_xml="<workbook/>", xl__worksheets__sheet1_xml="0" * (reading.MOST_UNPACKED + 1))
    assert len(bomb) < 1_000_000
    monkeypatch.setattr(zipfile.ZipFile, "read", None)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    assert "ausgepackt zu groß" in refusal(bomb)


def test_entities_that_multiply_are_refused():
    content = rows_in(["Name"], ["Amal"])
    evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            new.writestr(part, evil + text if part.filename.endswith("sheet1.xml") else text)
    assert "beschädigt" in refusal(changed.getvalue())


def test_a_sheet_of_endless_empty_cells_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MOST_CELLS", 1000)
    content = book(lambda _book, sheet: sheet.cell(row=5000, column=1, value="Amal"))
    assert "ausgepackt zu groß" in refusal(content)


def test_the_most_rows_are_read():
    assert len(cells("\r\n".join(["Name"] + ["Amal"] * 20_000).encode())) == 20_001


# --- CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_umlauts_arrive_in_every_encoding(encoding, delimiter):
    content = as_csv(
        [["Jörg", "Öztürk-Groß"]], headings=["Vorname", "Nachname"], delimiter=delimiter, encoding=encoding
    )
    assert cells(content) == [["Vorname", "Nachname"], ["Jörg", "Öztürk-Groß"]]


def test_windows_quotes_and_the_euro_are_those_of_windows():
    assert cells("Name;X\r\n„Amal“;5 €\r\n".encode("cp1252"))[1] == ["„Amal“", "5 €"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Name;Notiz\r\n"Amal; die Große";"a ""b"" c"\r\n', ["Amal; die Große", 'a "b" c']),
        ('Name;Notiz\r\n"zwei\r\nZeilen";b\r\n', ["zwei\r\nZeilen", "b"]),
        ('Name;Notiz\r\nAmal "Momo";b\r\n', ['Amal "Momo"', "b"]),
        ('Name;Notiz\r\n"Amal" Momo;b\r\n', ["Amal Momo", "b"]),
        ("sep=;\r\nName;Notiz\r\nAmal;b\r\n", ["Amal", "b"]),
        ('Name;Notiz\r\nAmal;="0221"\r\n', ["Amal", "0221"]),
        ("Name;Notiz\r\nAmal;'+49 221\r\n", ["Amal", "+49 221"]),
        ("Name;Notiz\nAmal;a, b, c\n", ["Amal", "a, b, c"]),
        ("Name;Notiz\rAmal;b\r", ["Amal", "b"]),
        ("Name;Notiz\n Amal\u00a0;\tb\n", ["Amal", "b"]),
    ],
)
def test_csv_as_programs_write_it(text, expected):
    assert cells(text.encode())[1] == expected


def test_nul_bytes_stay_in_their_cell_and_are_refused_there():
    assert cells(b"Name;Notiz\r\nAm\x00al;b\r\n")[1] == ["Am\x00al", "b"]


def test_rows_are_numbered_as_excel_does():
    found = read_list(b'Name;Notiz\r\n\r\n;;\r\nAmal;"a\r\nb"\r\nYusuf;c\r\n').lines
    assert [line.position for line in found] == [1, 4, 5]


@pytest.mark.parametrize("text", ["=SUMME(A1:A9)", '=HYPERLINK("http://x";"y")', "=1+1"])
def test_a_formula_is_no_value(text):
    content = as_csv([["Amal", text]], headings=["Name", "Notiz"])
    assert read_list(content).lines[1].marks == {1: reading.FORMULA}


# --- XLSX


def test_values_of_excel_become_what_people_write():
    row = [
        "Amal",
        datetime.fromisoformat("1999-12-31"),
        date(2000, 2, 29),
        datetime.fromisoformat("2000-01-02T13:45"),
        2215512.0,
        2.5,
        True,
        7,
    ]
    assert cells(rows_in(["Name"], row))[1] == [
        "Amal", "31.12.1999", "29.02.2000", "02.01.2000", "2215512", "2,5", "ja", "7",
    ]  # fmt: skip


def test_days_of_a_calendar_that_starts_in_1904():
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(content, {"date_1904": True})
    sheet, day = workbook.add_worksheet(), workbook.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write_row(0, 0, ["Name", "geb", "Eröffnet"])
    sheet.write_string(1, 0, "Amal")
    sheet.write_datetime(1, 1, datetime.fromisoformat("2000-01-01"), day)
    sheet.write_number(1, 2, 35064)
    workbook.close()
    found = read_list(content.getvalue())
    assert found.lines[1].cells == ["Amal", "01.01.2000", "35064"]
    assert found.starts_1904
    assert as_date_text("35064", starts_1904=True) == "01.01.2000"


def test_formulas_count_by_their_result_and_are_marked_without_one():
    def fill(workbook, sheet):
        sheet.write_formula(1, 1, '="Am"&"al"', None, "Amal")
        sheet.write_formula(1, 2, "=TODAY()-8000", None, 38000)
        sheet.write_string(3, 1, "ohne Formel")

    content = as_xlsx([["x"], ["x"], ["x"]], headings=["A", "B", "C"], extra=fill)
    lines = read_list(content).lines
    assert lines[1].cells == ["x", "Amal", "38000"]
    assert [line.marks for line in lines] == [{}, {}, {}, {}]
    empty_text = b'<c r="B2" t="str"><f>A1</f><v></v></c><c r="C2" s="1"/><c r="D2"><f>A1</f><v></v></c>'
    assert reading._marks_in(empty_text) == ({2: {3: reading.FORMULA}}, {})
    unsolved = read_list(rows_in(["A", "B"], ["x", "=1+1"], ["y", 5])).lines
    assert [line.marks for line in unsolved] == [{}, {1: reading.FORMULA}, {}]


def test_merged_cells_are_named_with_their_range():
    def fill(_book, sheet):
        for row in (["Liste 2026", None], ["Name", "Bezirk"], ["Amal", "Kalk"], ["Yusuf", None], ["Leyla", "Porz"]):
            sheet.append(row)
        sheet.merge_cells("A1:B1")
        sheet.merge_cells("B3:B4")

    lines = read_list(book(fill)).lines
    assert [line.marks.get(1, "") for line in lines] == ["merged:A1:B1", "", "merged:B3:B4", "merged:B3:B4", ""]


@pytest.mark.parametrize("piece", [b"<c ", b'<c r="A1">', b'<c r="', b"<mergeCell ", b"<f ", b"<a:"])
def test_a_sheet_that_is_no_xml_is_looked_through_once(piece):
    """With a second look from every place on, this takes a day instead of a blink."""
    assert reading._marks_in(b"<f>" + piece * 300_000) == ({}, {})


def test_a_formula_beyond_the_last_column_makes_no_row_longer():
    def fill(_book, sheet):
        sheet["A1"], sheet["A2"], sheet["XFD2"] = "Name", "Amal", "=A1"

    assert [line.cells for line in read_list(book(fill)).lines] == [["Name"], ["Amal"]]


def test_merged_cells_without_end_are_refused():
    def fill(_book, sheet):
        sheet["A1"] = "Name"
        for column in "BCDEFG":
            sheet.merge_cells(f"{column}1:{column}20000")

    assert "ausgepackt zu groß" in refusal(book(fill))


def test_what_is_held_in_memory_as_a_whole_has_a_limit_of_its_own():
    content, changed = rows_in(["Name"], ["Amal"]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            is_styles = part.filename.endswith("styles.xml")
            new.writestr(part, b" " * (reading.MOST_AROUND + 1) if is_styles else old.read(part))
    assert "ausgepackt zu groß" in refusal(changed.getvalue())


def test_columns_behind_the_last_one_may_be_empty():
    wide = ";" * 150
    assert cells(f"Name;geb{wide}\nAmal;01.02.2003{wide}\n".encode()) == [["Name", "geb"], ["Amal", "01.02.2003"]]
    assert "mehr als 100 Spalten" in refusal(f"Name{wide}x\n".encode())


def test_errors_of_excel_and_endless_texts_are_marked():
    lines = read_list(rows_in(["Name", "A", "B"], ["Amal", "#REF!", "x" * 2001])).lines
    assert lines[1].marks == {1: reading.ERROR, 2: reading.TOO_LONG}
    assert len(lines[1].cells[2]) < 200


def test_the_first_sheet_that_holds_something_is_read_or_the_one_asked_for():
    def fill(workbook, _sheet):
        workbook.create_sheet("Klienten").append(["Name"])
        workbook.create_sheet("Alt").append(["Archiv"])

    content = book(fill)
    found = read_list(content)
    assert (found.name, found.others, found.lines[0].cells) == ("Klienten", 2, ["Name"])
    assert cells(content, sheet="alt") == cells(content, sheet="3") == [["Archiv"]]
    assert "Es gibt: Sheet, Klienten, Alt" in refusal(content, sheet="Neu")


def test_a_hidden_sheet_is_not_read():
    def fill(workbook, sheet):
        sheet.append(["geheim"])
        sheet.sheet_state = "hidden"
        workbook.create_sheet("offen").append(["Name"])
        workbook.active = 1

    assert cells(book(fill)) == [["Name"]]


def test_both_kinds_of_file_say_the_same():
    rows, _wrong = rows_of_people(20)
    assert cells(as_xlsx(rows, dates=("Geburtsdatum",))) == cells(as_csv(rows))


# --- What columns mean


def test_every_heading_of_the_template_means_itself():
    headings = [str(column.label) for name, column in COLUMNS.items() if name != "full_name"]
    assert guess(headings, [], allowed=COLUMNS) == {name: number for number, name in enumerate(
        name for name in COLUMNS if name != "full_name")}  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("GEB.-DATUM", "birth_date"), ("Date of birth", "birth_date"), ("Tel.-Nr.", "phone"), ("E-Mail:", "email"),
        ("Vor- und Nachname", "full_name"), ("Handynummer (privat)", "phone"), ("Stadtbezirk", "district"),
        ("Stadtteil", "quarter"), ("m/w/d", "sex"), ("Sprache(n)", "languages"), ("Spalte 7", ""), ("", ""),
    ],
)  # fmt: skip
def test_headings_as_people_write_them(heading, name):
    assert meaning_of(heading) == name


def test_columns_without_a_known_heading_are_known_by_their_values():
    rows = [["amal@kim-koeln.example", "0221 12345", "01.02.2003", "w", "B1", "05.05.2026"]] * 5
    found = guess(["a", "b", "c", "d", "e", "f"], rows, allowed=COLUMNS)
    assert found == {"email": 0, "phone": 1, "birth_date": 2, "sex": 3, "german_level": 4, "opened_on": 5}


def test_name_beside_vorname_is_the_family_name():
    assert guess(["Name", "Vorname"], [], allowed=COLUMNS) == {"family_name": 0, "given_names": 1}


def test_headings_are_found_below_a_title_and_offered_when_there_are_two():
    titled = read_list(as_csv([["Vorname", "Nachname"], ["Amal", "Haile"]], headings=["Liste 2026"])).lines
    assert headings_among(titled) == [2]
    twice = read_list(as_csv([["first name", "last name"], ["Amal", "Haile"]], headings=["Vorname", "Nachname"])).lines
    assert headings_among(twice) == [1, 2]
    without = read_list(as_csv([["Amal", "Haile"]], headings=["Yusuf", "Barry"])).lines
    assert headings_among(without) == [1]


@pytest.mark.parametrize(
    "heading",
    ["Religion", "GdB", "Schwerbehinderung", "Diagnose", "sexuelle Orientierung", "Gesundheit", "Behinderung"],
)
def test_special_categories_are_recognised(heading):
    assert is_special(heading)
    assert not any(is_special(known) for known in HEADINGS)


def test_a_signature_is_that_of_the_headings_in_their_order():
    assert signature(["Vorname", "Name"]) == signature(["VORNAME ", "name"]) != signature(["Name", "Vorname"])


def test_columns_are_named_as_in_excel():
    assert [letter(number) for number in (0, 25, 26, 99)] == ["A", "Z", "AA", "CV"]


# --- What people write


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("36526", "01.01.2000"), ("2000-01-31 00:00:00", "2000-01-31"), ("2000-01-31T00:00", "2000-01-31"),
        ("31.12.1999", "31.12.1999"), ("01022004", "01022004"), ("99999", "99999"), ("12", "12"), ("", ""),
    ],
)  # fmt: skip
def test_days_as_spreadsheets_spoil_them(written, text):
    assert as_date_text(written) == text


def test_telephone_numbers_as_spreadsheets_spoil_them():
    assert [as_phone(text) for text in ("2215512.0", "2215512,0", "0221 5512", "0221.5512", "+49221")] == [
        "2215512", "2215512", "0221 5512", "0221.5512", "+49221",
    ]  # fmt: skip
    for spoilt in ("2.215512E8", "2,21551E+08", "221,5"):
        with pytest.raises(ValidationError, match="gerundete Zahl"):
            as_phone(spoilt)


def test_years_out_of_dates():
    days = {"01.02.2015": date(2015, 2, 1)}
    assert [as_year(text, date_of=days.get) for text in ("2015", "2015.0", "01.02.2015", "bald")] == [
        "2015", "2015", "2015", "bald",
    ]  # fmt: skip


def test_yes_and_no():
    assert [yes_or_no(text) for text in ("Ja", "x", "NEIN", "0")] == [True, True, False, False]
    with pytest.raises(ValidationError, match="Möglich ist: ja, nein"):
        yes_or_no("vielleicht")


def test_a_beginning_is_enough_where_only_one_name_begins_like_it():
    languages = Choices({"ar": ("Arabisch", "Arabic"), "sq": ("Albanisch", "sq"), "ckb": ("Kurdisch (Sorani)",),
                         "ku": ("Kurdisch (Kurmandschi)",), "tr": ("Türkisch",)})  # fmt: skip
    found = [languages.find(text) for text in ("ARABISCH", "arab.", "Tuerkisch", "türk.", "turk", "sq")]
    assert found == ["ar", "ar", "tr", "tr", "tr", "sq"]
    assert languages.find_all("Arabisch/türk. und alb., arab.") == ["ar", "tr", "sq"]
    with pytest.raises(ValidationError, match="kann mehreres heißen"):
        languages.find("kurd.")
    with pytest.raises(ValidationError, match="nicht bekannt"):
        languages.find("Ar")
