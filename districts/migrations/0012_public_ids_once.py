import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("districts", "0011_public_ids")]
    operations = [
        migrations.AlterField(
            model_name="casemanager",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        )
    ]
