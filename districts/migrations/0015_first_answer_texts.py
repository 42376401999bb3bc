"""The first blocks of text for answers (districts/data/answers), read by nobody yet who grew up with the language."""

from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data" / "answers"
TITLES = {
    "eingang": "Nachricht ist angekommen",
    "rueckfrage": "Rückfragen",
    "termin": "Termin vorschlagen",
    "nicht-erreicht": "Nicht erreicht",
    "warteliste": "Kein Platz frei, Warteliste",
    "weitergegeben": "Weitergegeben an eine andere Stelle",
}


def load(apps, schema_editor):
    texts = apps.get_model("districts", "AnswerText")
    texts.objects.bulk_create(
        texts(
            slug=path.stem, language_id=path.parent.name, title=TITLES[path.stem], text=path.read_text("utf-8").strip()
        )
        for path in sorted(DATA.glob("*/*.txt"))
    )


def unload(apps, schema_editor):
    apps.get_model("districts", "AnswerText").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("districts", "0014_answer_texts")]
    operations = [migrations.RunPython(load, unload)]
