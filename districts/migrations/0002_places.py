"""The nine Stadtbezirke with their outlines and the 86 Stadtteile of Cologne, from districts/data/."""

import json
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data"


def rows(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def load(apps, schema_editor):
    District = apps.get_model("districts", "District")
    Quarter = apps.get_model("districts", "Quarter")
    District.objects.bulk_create(District(**row) for row in rows("districts.json"))
    Quarter.objects.bulk_create(
        Quarter(number=row["number"], name=row["name"], district_id=row["district"]) for row in rows("quarters.json")
    )


def unload(apps, schema_editor):
    for model in ("Quarter", "District"):
        numbers = [row["number"] for row in rows(f"{model.lower()}s.json")]
        apps.get_model("districts", model).objects.filter(number__in=numbers).delete()


class Migration(migrations.Migration):
    dependencies = [("districts", "0001_landscape")]
    operations = [migrations.RunPython(load, unload)]
