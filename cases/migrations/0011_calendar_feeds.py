import django.db.models.deletion
import django.utils.timezone
import kim.privacy.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_group_contacts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="erzeugt am")),
                ("last_read_at", models.DateTimeField(blank=True, null=True, verbose_name="zuletzt abgerufen")),
            ],
            options={
                "verbose_name": "Kalenderadresse",
                "verbose_name_plural": "Kalenderadressen",
            },
        ),
        migrations.CreateModel(
            name="Digest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_wanted", models.BooleanField(default=True, verbose_name="Tägliche Mail, wenn etwas ansteht")),
                (
                    "sent_on",
                    models.DateField(blank=True, editable=False, null=True, verbose_name="zuletzt versandt am"),
                ),
            ],
            options={
                "verbose_name": "Tägliche Mail",
                "verbose_name_plural": "Tägliche Mails",
            },
        ),
        migrations.CreateModel(
            name="ExpiringDocument",
            fields=[
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="Fassung")),
                ("form_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="erfasst am"),
                ),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("residence_title", "Aufenthaltstitel"),
                            ("toleration", "Duldung"),
                            ("asylum_permit", "Aufenthaltsgestattung"),
                            ("fiction", "Fiktionsbescheinigung"),
                            ("passport", "Pass"),
                            ("work_permit", "Arbeitserlaubnis"),
                            ("benefit", "Bescheid über Leistungen"),
                            ("course", "Kurs"),
                            ("other", "sonstige Frist"),
                        ],
                        max_length=20,
                        verbose_name="Was läuft ab?",
                    ),
                ),
                ("valid_until", models.DateField(verbose_name="gültig bis")),
                ("note", kim.privacy.fields.EncryptedTextField(blank=True, max_length=500, verbose_name="Notiz")),
                ("done_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="erledigt am")),
            ],
            options={
                "verbose_name": "Frist",
                "verbose_name_plural": "Fristen",
                "ordering": ["valid_until", "created_at"],
            },
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("read_at", None)), fields=["user"], name="notice_unread"),
        ),
        migrations.AddField(
            model_name="calendarfeed",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="calendar_feed", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="digest", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="expiringdocument",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="documents",
                to="cases.client",
                verbose_name="Person",
            ),
        ),
        migrations.AddField(
            model_name="expiringdocument",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="expiringdocument",
            name="done_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="expiringdocument",
            index=models.Index(
                condition=models.Q(("done_at", None)), fields=["client", "valid_until"], name="document_open"
            ),
        ),
    ]
