"""Which privacy notice of the Träger a person gets to see: the newest one in a language they read, else the German."""

from collections.abc import Sequence
from datetime import date

from cases.models import Client
from districts.models import PrivacyNotice
from kim.web.languages import SOURCE, nearest

ENGLISH = "en"


def notices_of(client: Client, day: date | None = None) -> list[PrivacyNotice]:
    """Those of that day, one in each language there is; without their texts."""
    notices = PrivacyNotice.objects.in_force(day).filter(provider=client.provider_id)
    return list(notices.order_by("language__position").defer("text"))


def notice_for(client: Client, notices: Sequence[PrivacyNotice]) -> PrivacyNotice | None:
    """Somebody who reads several languages gets the one that is neither German nor, if there is a third, English."""
    if len(notices) < 2:
        return notices[0] if notices else None
    read = {nearest(code) for code in client.languages.order_by().values_list("code", flat=True)}
    fitting = [notice for notice in notices if notice.language_id in read - {SOURCE}]
    fitting.sort(key=lambda notice: notice.language_id == ENGLISH)
    return fitting[0] if fitting else in_language("", notices)


def in_language(code: str, notices: Sequence[PrivacyNotice]) -> PrivacyNotice | None:
    found = {notice.language_id: notice for notice in notices}
    return found.get(code) or found.get(SOURCE)
