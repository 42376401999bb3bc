"""How many people lived in each Stadtbezirk at the end of 2012, by age band; the band 18 to 27 is an estimate."""

import csv
from pathlib import Path

from django.db import migrations
from django.utils import timezone

DATA = Path(__file__).resolve().parent.parent / "data"
SOURCE = "Stadt Köln, CC BY 3.0 DE, Stand 31.12.2012"
BANDS = {
    "all": "einwohner",
    "15-17": "alter_15_17",
    "18-24": "alter_18_24",
    "25-34": "alter_25_34",
    "18-27": "alter_18_27_geschaetzt",
}


def load(apps, schema_editor):
    Population = apps.get_model("districts", "Population")
    with (DATA / "population_2012.csv").open(encoding="utf-8", newline="") as file:
        Population.objects.bulk_create(
            Population(
                district_id=int(row["bezirk_nr"]),
                year=int(row["jahr"]),
                band=band,
                count=int(row[column]),
                source=SOURCE,
                imported_on=timezone.localdate(),
            )
            for row in csv.DictReader(file, delimiter=";")
            for band, column in BANDS.items()
        )


def unload(apps, schema_editor):
    apps.get_model("districts", "Population").objects.filter(year=2012, source=SOURCE).delete()


class Migration(migrations.Migration):
    dependencies = [("districts", "0002_places")]
    operations = [migrations.RunPython(load, unload)]
