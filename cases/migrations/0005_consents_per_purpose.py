"""One consent to "special data" becomes the one to health, or the one that the protected track of the person needs."""

from django.db import migrations


def name_purposes(apps, schema_editor):
    Case = apps.get_model("cases", "Case")
    Consent = apps.get_model("cases", "Consent")
    former = Consent.objects.filter(purpose="special_category")
    concerned = Case.objects.filter(track__special_category="orientation").values("client")
    former.filter(client__in=concerned).update(purpose="orientation")
    former.update(purpose="health")


def join_purposes(apps, schema_editor):
    """Back only where it loses nothing: a person who agreed to both keeps them, and the old code ignores the second."""
    Consent = apps.get_model("cases", "Consent")
    Consent.objects.filter(purpose="orientation").update(purpose="special_category")
    both = Consent.objects.filter(purpose="special_category").values("client")
    Consent.objects.filter(purpose="health").exclude(client__in=both).update(purpose="special_category")


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_consents"), ("districts", "0007_special_categories_of_tracks")]
    operations = [migrations.RunPython(name_purposes, join_purposes)]
