"""Load how many people live in each Stadtbezirk from the city's CSV."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from districts.models import District, Population
from kim.audit.models import record

COLUMNS = {
    "einwohner": Population.Band.ALL,
    "alter_15_17": Population.Band.FROM_15_TO_17,
    "alter_18_24": Population.Band.FROM_18_TO_24,
    "alter_25_34": Population.Band.FROM_25_TO_34,
    "alter_18_27_geschaetzt": Population.Band.FROM_18_TO_27,
}
WHOLE_CITY = 0
MISSING = "*"
LARGEST = 10_000_000


class Command(BaseCommand):
    help = (
        "Liest Einwohnerzahlen je Stadtbezirk aus einer CSV-Datei der Stadt Köln: Semikolon, UTF-8, Spalten "
        f"jahr;bezirk_nr;{';'.join(COLUMNS)} (weitere werden überlesen), * für nicht veröffentlicht, Bezirk 0 für die "
        "ganze Stadt wird überlesen. Vorhandene Zahlen desselben Jahres werden ersetzt. Alles oder nichts."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="die CSV-Datei")
        parser.add_argument("--source", required=True, help="Quelle und Lizenz, wie sie auf den Seiten stehen soll")

    def handle(self, *, file, source, **options):
        numbers = read(file)
        with transaction.atomic():
            for (district, year, band), count in numbers.items():
                Population.objects.update_or_create(
                    district=district,
                    year=year,
                    band=band,
                    defaults={"count": count, "source": source, "imported_on": timezone.localdate()},
                )
            years = sorted({year for _, year, _ in numbers})
            record("catalogue.changed", by=None, entry="population", change="imported", fields=[str(y) for y in years])
        self.stdout.write(f"{len(numbers)} Zahlen für {', '.join(map(str, years))} eingelesen.")


def read(path):
    """{(district, year, band): count}; raises CommandError naming the row, counted as in a spreadsheet."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise CommandError(f"{path} lässt sich nicht lesen: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} ist nicht in UTF-8 gespeichert.") from error
    rows = csv.DictReader(lines, delimiter=";", strict=True)
    missing = [name for name in ("jahr", "bezirk_nr", *COLUMNS) if name not in (rows.fieldnames or ())]
    if missing:
        raise CommandError(f"Zeile 1: Es fehlt {', '.join(missing)}. Trennzeichen ist das Semikolon.")
    districts = {district.number: district for district in District.objects.all()}
    numbers = {}
    try:
        for row in rows:
            numbers |= _row(row, rows.line_num, districts, numbers)
    except csv.Error as error:
        raise CommandError(f"Zeile {rows.line_num + 1}: {error}.") from error
    if not numbers:
        raise CommandError(f"{path} enthält keine Zahlen.")
    return numbers


def _row(row, line, districts, before):
    if None in row or None in row.values():
        raise CommandError(f"Zeile {line}: Die Zahl der Spalten stimmt nicht mit der ersten Zeile überein.")
    year, number = _number(row, "jahr", line), _number(row, "bezirk_nr", line)
    if number == WHOLE_CITY:
        return {}
    if number not in districts:
        raise CommandError(f"Zeile {line}: Einen Stadtbezirk {number} gibt es nicht.")
    if not 1900 <= year <= 2100:
        raise CommandError(f"Zeile {line}: Das Jahr {year} ist nicht möglich.")
    found = {
        (districts[number], year, band): _number(row, column, line)
        for column, band in COLUMNS.items()
        if row[column].strip() != MISSING
    }
    if before.keys() & found.keys():
        raise CommandError(f"Zeile {line}: Stadtbezirk {number} steht für {year} schon weiter oben.")
    return found


def _number(row, column, line):
    text = row[column].strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= LARGEST):
        raise CommandError(f"Zeile {line}: „{text[:30]}“ in der Spalte {column} ist keine ganze Zahl wie 12345.")
    return int(text)
