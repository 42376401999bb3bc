"""Lists as Träger bring them along, the same every time: invented people, and rows that are wrong in a known way."""

import csv
import io
from collections import Counter
from datetime import date, timedelta
from random import Random

import xlsxwriter

HEADINGS = (
    "Vorname", "Nachname", "Geburtsdatum", "Geschlecht", "Telefon", "E-Mail", "Sprachen", "Staatsangehörigkeit",
    "Stadtteil", "Einreise", "Aufenthalt", "Deutsch", "Eröffnet am", "Art der Hilfe", "Einwilligung vom",
    "Form der Einwilligung", "Schwerpunkt", "Zugangsweg", "Themen", "Letzter Kontakt", "Kontakthinweis",
)  # fmt: skip
COLUMN = {heading: number for number, heading in enumerate(HEADINGS)}
GIVEN = ("Amal", "Yusuf", "Ümit", "Leyla", "Oleksandr", "Fatima", "Zahra", "Ibrahim", "Jörg", "محمد", "Thị Hồng", "Ana")
FAMILY = ("Öztürk", "Al-Halabi", "Kowalska", "Nguyễn", "Çelik", "Berisha", "Haile", "Popescu", "Rahimi", "Barry")
FAULTS = (  # heading, what stands there, code of the fault
    ("Geburtsdatum", "31.02.2000", "impossible"),
    ("Geburtsdatum", "31.12.99", "short_year"),
    ("Geburtsdatum", "gestern", "invalid"),
    ("Geburtsdatum", "01.01.2030", "invalid"),
    ("Geschlecht", "??", "unknown"),
    ("Telefon", "12", "few_digits"),
    ("Telefon", "2,215512E+08", "spoilt_number"),
    ("E-Mail", "a@localhost", "invalid"),
    ("Sprachen", "Klingonisch", "unknown"),
    ("Staatsangehörigkeit", "Utopia", "unknown"),
    ("Stadtteil", "Entenhausen", "unknown"),
    ("Einreise", "1899", "min_value"),
    ("Einreise", "1990", "before_birth"),
    ("Aufenthalt", "irgendwie", "unknown"),
    ("Deutsch", "Z9", "unknown"),
    ("Eröffnet am", "01.01.2040", "in_future"),
    ("Eröffnet am", "", "required"),
    ("Art der Hilfe", "Zauberei", "unknown"),
    ("Einwilligung vom", "", "consent_needed"),
    ("Form der Einwilligung", "", "required"),
    ("Schwerpunkt", "LSBTI", "protected_track"),
    ("Zugangsweg", "Brieftaube", "unknown"),
    ("Themen", "Wohnen, Zirkus", "unknown"),
    ("Letzter Kontakt", "01.01.2024", "before_opening"),
    ("Vorname", "x" * 151, "max_length"),
    ("Nachname", "Müller", "garbled"),
    ("Kontakthinweis", "#REF!", "error"),
)


def rows_of_people(count: int, faulty: int = 0) -> tuple[list[list[str]], dict[int, tuple[str, str]]]:
    """Rows without headings, and row of Excel -> (heading, code) of what is wrong in it."""
    rng, rows, wrong = Random(26), [], {}
    every = count // faulty if faulty else 0
    for number in range(count):
        row = _person(number, rng)
        if every and number % every == every - 1 and len(wrong) < faulty:
            heading, text, code = FAULTS[len(wrong) % len(FAULTS)]
            if code in {"consent_needed", "required"} and heading != "Eröffnet am":
                row[COLUMN["Art der Hilfe"]] = "Case Management"
                row[COLUMN["Einwilligung vom"]] = "01.03.2026"
                row[COLUMN["Form der Einwilligung"]] = "" if code == "consent_needed" else "schriftlich"
            if code == "before_birth":
                row[COLUMN["Geburtsdatum"]] = "01.02.2003"
            row[COLUMN[heading]] = "MÃ¼ller" if code == "garbled" else text
            wrong[number + 2] = (heading, code)
        rows.append(row)
    return rows, wrong


def _person(number: int, rng: Random) -> list[str]:
    born = date(1999, 6, 1) + timedelta(days=rng.randrange(2600))
    opened = date(2026, 1, 1) + timedelta(days=rng.randrange(200))
    with_management = rng.random() < 0.3
    return [
        f"{rng.choice(GIVEN)}-{_letters(number)}", rng.choice(FAMILY), f"{born:%d.%m.%Y}", rng.choice("wmd"),
        f"0221 {4000000 + number}", f"person{number}@kim-koeln.example", rng.choice(("Arabisch", "Farsi, Dari", "tr")),
        rng.choice(("Syrien", "afghanisch", "TR")), rng.choice(("Kalk", "Ehrenfeld", "Chorweiler")),
        str(rng.randrange(2014, 2025)), rng.choice(("Duldung", "EU", "")), rng.choice(("A1", "b1", "")),
        f"{opened:%d.%m.%Y}", "Case Management" if with_management else "Kurzberatung",
        f"{opened:%d.%m.%Y}" if with_management else "", "schriftlich" if with_management else "", "",
        rng.choice(("Jobcenter", "selbst", "")), rng.choice(("Wohnen", "Bildung; Wohnen", "")),
        f"{opened + timedelta(days=30):%d.%m.%Y}", "",
    ]  # fmt: skip


def _letters(number: int) -> str:
    """A different word for every number, as a name can be."""
    text = ""
    for _place in range(4):
        number, rest = divmod(number, 20)
        text += "bdfghklmnprstvwzcjxq"[rest] + "aeiou"[rest % 5]
    return text


def as_csv(rows, *, headings=HEADINGS, delimiter=";", encoding="utf-8-sig") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([headings, *rows])
    return text.getvalue().encode(encoding)


def as_xlsx(rows, *, headings=HEADINGS, dates=(), extra=lambda book, sheet: None) -> bytes:
    """`dates` are headings whose texts are written as days of Excel; `extra` may add to the book."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet, day = book.add_worksheet("Liste"), book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write_row(0, 0, headings)
    columns = {list(headings).index(heading) for heading in dates}
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            if column in columns and (found := _day(text)):
                sheet.write_datetime(number, column, found, day)
            elif text:
                sheet.write_string(number, column, text)
    extra(book, sheet)
    book.close()
    return content.getvalue()


def _day(text: str) -> date | None:
    try:
        day, month, year = map(int, text.split("."))
        return date(year, month, day) if year > 1900 else None
    except ValueError:
        return None


def kinds(wrong: dict[int, tuple[str, str]]) -> Counter[tuple[str, str]]:
    return Counter(wrong.values())
