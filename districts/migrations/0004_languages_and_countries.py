"""Languages and countries with their German and English names, from Unicode CLDR (districts/data/README.md)."""

import json
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data"
FILES = {"Language": "languages.json", "Country": "countries.json"}


def rows(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def load(apps, schema_editor):
    for name, file in FILES.items():
        model = apps.get_model("districts", name)
        model.objects.bulk_create(model(**row) for row in rows(file))


def unload(apps, schema_editor):
    for name, file in FILES.items():
        codes = [row["code"] for row in rows(file)]
        apps.get_model("districts", name).objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("districts", "0003_population")]
    operations = [migrations.RunPython(load, unload)]
