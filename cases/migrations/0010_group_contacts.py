import django.core.validators
import kim.privacy.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_handovers"),
    ]

    operations = [
        migrations.AddField(
            model_name="consultation",
            name="group_key",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consultation",
            name="group_size",
            field=models.PositiveSmallIntegerField(
                blank=True, editable=False, null=True, verbose_name="Personen im Gespräch"
            ),
        ),
        migrations.AddField(
            model_name="consultation",
            name="indirect_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(720)],
                verbose_name="Vor- und Nachbereitung (Minuten)",
            ),
        ),
        migrations.AddField(
            model_name="consultation",
            name="shared_note",
            field=kim.privacy.fields.EncryptedTextField(blank=True, max_length=20000, verbose_name="Gemeinsame Notiz"),
        ),
        migrations.AddField(
            model_name="draft",
            name="is_group",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="consultation",
            index=models.Index(
                condition=models.Q(("group_key", None), _negated=True), fields=["group_key"], name="consultation_group"
            ),
        ),
        migrations.RemoveConstraint(
            model_name="consultation",
            name="consultation_minutes",
        ),
        migrations.AddConstraint(
            model_name="consultation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("minutes__gte", 1),
                    ("minutes__lte", 720),
                    models.Q(("indirect_minutes", None), ("indirect_minutes__lte", 720), _connector="OR"),
                ),
                name="consultation_minutes",
                violation_error_message="Die Dauer liegt zwischen 1 Minute und 12 Stunden.",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("group_key", None), ("group_size", None)),
                    models.Q(("group_key__isnull", False), ("group_size__gte", 2)),
                    _connector="OR",
                ),
                name="consultation_group_is_whole",
                violation_error_message="Zu einem gemeinsamen Gespräch gehören mindestens zwei Personen.",
            ),
        ),
    ]
