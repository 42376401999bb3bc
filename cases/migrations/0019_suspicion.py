from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0018_request_news"),
    ]

    operations = [
        migrations.AddField(
            model_name="intakerequest",
            name="is_spam",
            field=models.BooleanField(default=False, editable=False, verbose_name="für Spam erklärt"),
        ),
        migrations.AddField(
            model_name="intakerequest",
            name="suspicion",
            field=models.CharField(
                blank=True,
                choices=[
                    ("trap", "füllte aus, was niemand sieht"),
                    ("hasty", "schneller als ein Mensch"),
                    ("forged", "Absender vielleicht gefälscht"),
                    ("one_source", "zu viele von einer Stelle"),
                    ("repeated", "immer derselbe Text"),
                    ("flood", "zu viele auf einmal"),
                ],
                editable=False,
                max_length=15,
                verbose_name="Grund des Verdachts",
            ),
        ),
        migrations.AddConstraint(
            model_name="intakerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_spam", False), ("is_suspect", True), _connector="OR"),
                name="request_spam_is_suspect",
                violation_error_message="Spam ist nur, was im Verdacht steht.",
            ),
        ),
    ]
