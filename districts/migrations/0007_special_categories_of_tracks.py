"""The protected tracks say which special data they reveal; one nobody foresaw counts as health, as the stricter guess."""

from django.db import migrations

CATEGORIES = {"disability": "health", "lsbti": "orientation"}


def name_categories(apps, schema_editor):
    protected = apps.get_model("districts", "Track").objects.filter(is_protected=True)
    protected.update(special_category="health")
    for code, category in CATEGORIES.items():
        protected.filter(code=code).update(special_category=category)


class Migration(migrations.Migration):
    dependencies = [("districts", "0006_special_categories")]
    operations = [migrations.RunPython(name_categories, migrations.RunPython.noop)]
