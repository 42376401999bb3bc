from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("districts", "0007_special_categories_of_tracks")]

    operations = [
        migrations.AddConstraint(
            model_name="track",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_protected", True), models.Q(("special_category", "none"), _negated=True)),
                    models.Q(("is_protected", False), ("special_category", "none")),
                    _connector="OR",
                ),
                name="track_protected_for_a_category",
                violation_error_message="Geschützt ist ein Schwerpunkt genau dann, wenn er besondere Angaben verrät.",
            ),
        ),
    ]
