"""The catalogue of KIM Köln: five tracks, eight main topics with their subtopics, six welfare associations.

Every row is a start, kept in the Systemverwaltung from here on. `cases_per_post` in particular is a parameter: Cologne
publishes no ratio, only that 17 people carried over 300 cases in December 2022 (about 18 each); the tracks with
harder cases start lower.
"""

import json
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data"


def rows(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def load(apps, schema_editor):
    Track = apps.get_model("districts", "Track")
    Topic = apps.get_model("districts", "Topic")
    Association = apps.get_model("districts", "Association")
    Track.objects.bulk_create(Track(**row) for row in rows("tracks.json"))
    Association.objects.bulk_create(Association(name=name) for name in rows("associations.json"))
    for place, row in enumerate(rows("topics.json"), start=1):
        subtopics = row.pop("subtopics")
        parent = Topic.objects.create(position=place, **row)
        Topic.objects.bulk_create(
            Topic(parent=parent, position=100 * place + index, **subtopic)
            for index, subtopic in enumerate(subtopics, start=1)
        )


def unload(apps, schema_editor):
    Topic = apps.get_model("districts", "Topic")
    codes = [row["code"] for row in rows("topics.json")]
    Topic.objects.filter(parent__code__in=codes).delete()
    Topic.objects.filter(code__in=codes).delete()
    apps.get_model("districts", "Track").objects.filter(code__in=[row["code"] for row in rows("tracks.json")]).delete()
    apps.get_model("districts", "Association").objects.filter(name__in=rows("associations.json")).delete()


class Migration(migrations.Migration):
    dependencies = [("districts", "0004_languages_and_countries")]
    operations = [migrations.RunPython(load, unload)]
