"""The daily mail: how much waits, and not a word about whom. Mail is read on the way."""

import logging
from collections.abc import Iterator
from datetime import date

import holidays
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from cases.models import Digest, FollowUp, Notice
from cases.worklist import Scope, due_today
from kim.audit.models import record
from kim.permissions import Permission, is_waiting, may
from kim.users.models import User

logger = logging.getLogger(__name__)

SATURDAY = 5
AUTOMATIC = {"Auto-Submitted": "auto-generated"}  # RFC 3834: no absence notice answers it


@transaction.atomic
def set_digest(*, is_wanted: bool, by: User) -> None:
    Digest.objects.update_or_create(user=by, defaults={"is_wanted": is_wanted})
    record("digest.changed", by=by, is_wanted=is_wanted)


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays.country_holidays("DE", subdiv="NW", years=[day.year])


def receivers() -> Iterator[User]:
    """Active accounts whose role counts already and has notices; asked again for each, as rights may end any minute."""
    accounts = User.objects.filter(is_active=True).select_related("case_manager__provider", "membership__provider")
    for user in accounts.order_by("pk"):
        if may(user, Permission.VIEW_NOTICES) and not is_waiting(user):
            yield user


def lines_for(user: User, day: date) -> list[str]:
    """What the mail says: numbers only. Empty when nothing waits."""
    scope = Scope.of(user, day)
    due = FollowUp.objects.open().filter(case__in=scope.cases)
    today, late = due.filter(due_on=day).count(), due.filter(due_on__lt=day).count()
    others, notices = due_today(scope), Notice.objects.visible_to(user).unread().count()
    sentences = [
        (today, ngettext("%(n)s Wiedervorlage ist heute fällig.", "%(n)s Wiedervorlagen sind heute fällig.", today)),
        (late, ngettext("%(n)s Wiedervorlage ist überfällig.", "%(n)s Wiedervorlagen sind überfällig.", late)),
        (others, ngettext("%(n)s weiterer Punkt ist fällig.", "%(n)s weitere Punkte sind fällig.", others)),
        (notices, ngettext("%(n)s neuer Hinweis.", "%(n)s neue Hinweise.", notices)),
    ]
    return [text % {"n": number} for number, text in sentences if number]


def send_digests(day: date) -> tuple[int, int]:
    """Send today's mails; returns how many were sent and how many failed.

    Each account is claimed before its mail is sent, so a second run, or one after a crash, sends nobody a second mail.
    A mail that could not be sent gives its claim back, and the next run tries again.
    """
    sent = failed = 0
    if not is_working_day(day):
        return sent, failed
    for user in receivers():
        try:
            sent += _send(user, day)
        except Exception:  # whatever is wrong with one account, the others get their mail
            logger.exception("The daily mail to user %s was not sent.", user.pk)
            failed += 1
    return sent, failed


def _send(user: User, day: date) -> int:
    with translation.override(settings.LANGUAGE_CODE):
        lines = lines_for(user, day)
        if not lines:
            return 0
        digest, _created = Digest.objects.get_or_create(user=user)
        if not Digest.objects.claim(user, day):
            return 0
        page = "cases:today" if may(user, Permission.WORK_ON_CASES) else "cases:notice_list"
        site = settings.SITE_URL.rstrip("/")
        context = {"lines": lines, "link": site + reverse(page), "setting": site + reverse("cases:digest_setting")}
        subject = render_to_string("cases/email/digest_subject.txt").strip()
        body = render_to_string("cases/email/digest_message.txt", context).strip() + "\n"
    try:
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email], headers=AUTOMATIC).send()
    except Exception:
        Digest.objects.filter(user=user, sent_on=day).update(sent_on=digest.sent_on)
        raise
    return 1
