"""A public id for everybody who counsels already: one default filled in by the database would be the same for all."""

import uuid

from django.db import migrations


def fill(apps, schema_editor):
    CaseManager = apps.get_model("districts", "CaseManager")
    for case_manager in CaseManager.objects.all():
        case_manager.public_id = uuid.uuid4()
        case_manager.save(update_fields=["public_id"])


class Migration(migrations.Migration):
    dependencies = [("districts", "0010_public_pages")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
