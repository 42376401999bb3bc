"""Which privacy notice of the Träger a person gets to see: the newest one in a language they read, else the German."""

from collections.abc import Sequence
from datetime import date

from cases.models import Client
from districts.models import PrivacyNotice
from kim.web.languages import SOURCE, nearest


def notices_of(client: Client, day: date | None = None) -> list[PrivacyNotice]:
    """Those of that day, one in each language there is; without their texts."""
    notices = PrivacyNotice.objects.in_force(day).filter(provider=client.provider_id)
    return list(notices.order_by("language__position").defer("text"))


def notice_for(client: Client, notices: Sequence[PrivacyNotice]) -> PrivacyNotice | None:
    """Somebody who reads German and another language gets the other one."""
    if len(notices) < 2:
        return notices[0] if notices else None
    read = {nearest(code) for code in client.languages.order_by().values_list("code", flat=True)}
    return next((notice for notice in notices if notice.language_id in read - {SOURCE}), in_language("", notices))


def in_language(code: str, notices: Sequence[PrivacyNotice]) -> PrivacyNotice | None:
    found = {notice.language_id: notice for notice in notices}
    return found.get(code) or found.get(SOURCE)
