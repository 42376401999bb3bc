"""The languages of the public pages and their first texts (districts/data/public): the first line is the heading."""

from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data" / "public"
LANGUAGES = ["de", "de-simple", "en", "ar", "fa", "tr", "ku", "uk", "ru", "fr", "es", "ti", "ro", "bg"]


def texts():
    for path in sorted(DATA.glob("*/*.txt")):
        title, text = path.read_text(encoding="utf-8").split("\n", 1)
        yield {"language_id": path.parent.name, "slug": path.stem, "title": title, "text": text.strip()}


def load(apps, schema_editor):
    languages = apps.get_model("districts", "PublicLanguage")
    pages = apps.get_model("districts", "PublicPage")
    languages.objects.bulk_create(
        languages(code=code, position=position) for position, code in enumerate(LANGUAGES, start=1)
    )
    pages.objects.bulk_create(pages(**text) for text in texts())


def unload(apps, schema_editor):
    apps.get_model("districts", "PublicPage").objects.all().delete()
    apps.get_model("districts", "PublicLanguage").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("districts", "0012_public_ids_once")]
    operations = [migrations.RunPython(load, unload)]
