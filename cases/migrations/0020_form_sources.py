from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0019_suspicion"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="Hash der Netzadresse mit unserem Schlüssel.", max_length=64)),
                ("hour", models.DateTimeField()),
                ("sent", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "Herkunft von Anmeldungen",
                "verbose_name_plural": "Herkünfte von Anmeldungen",
                "constraints": [models.UniqueConstraint(fields=("key", "hour"), name="form_source_once_an_hour")],
            },
        ),
    ]
