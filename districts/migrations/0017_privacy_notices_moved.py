"""The one privacy notice a Träger had becomes its first German version."""

from django.db import migrations
from django.utils import timezone


def move(apps, schema_editor):
    notices = apps.get_model("districts", "PrivacyNotice")
    notices.objects.bulk_create(
        notices(
            provider=provider,
            language_id="de",
            version=provider.privacy_notice_version or "1",
            valid_from=timezone.localdate(),
            text=provider.privacy_notice,
        )
        for provider in apps.get_model("districts", "Provider").objects.exclude(privacy_notice="")
    )


def move_back(apps, schema_editor):
    for notice in apps.get_model("districts", "PrivacyNotice").objects.filter(language="de").order_by("valid_from"):
        notice.provider.privacy_notice, notice.provider.privacy_notice_version = notice.text, notice.version
        notice.provider.save(update_fields=["privacy_notice", "privacy_notice_version"])


class Migration(migrations.Migration):
    dependencies = [("districts", "0016_privacy_notices")]
    operations = [migrations.RunPython(move, move_back)]
