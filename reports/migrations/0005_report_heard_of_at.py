import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_report_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="heard_of_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="Fortschritt vom"
            ),
        ),
    ]
