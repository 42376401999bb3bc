"""Asking for the report of an ended period, and starting the process that makes it."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import date
from threading import Thread

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kim.audit.models import record
from kim.users.models import User
from reports.models import Report
from reports.periods import Period

logger = logging.getLogger(__name__)


def wanted_report(period: Period, *, reason: str, today: date) -> Report:
    """What can be asked for now: the first version, a second one with a reason, or one whose run broke off.

    Raises ValidationError with the field it is about.
    """
    _refuse_unsettled(period, today)
    newest = Report.objects.filter(period=period.key).light().order_by("version").last()
    if newest is None:
        return Report.of(period)
    names = {"period": period.label}
    if newest.is_running:
        raise ValidationError({"period": _("Dieser Bericht wird gerade erstellt.")})
    if not newest.is_frozen:
        return newest
    if newest.version == Report.VERSIONS:
        message = _("Für „%(period)s“ gibt es schon eine zweite Fassung; eine dritte gibt es nicht.")
        raise ValidationError({"period": message % names})
    if not reason:
        message = _("Für „%(period)s“ gibt es schon einen Bericht. Eine zweite Fassung braucht einen Grund.")
        raise ValidationError({"reason": message % names})
    return Report.of(period, version=newest.version + 1, reason=reason)


def _refuse_unsettled(period: Period, today: date) -> None:
    if period.is_settled(today):
        return
    names = {"period": period.label, "day": date_format(period.due_on)}
    if period.end >= today:
        message = _("Das %(period)s ist noch nicht zu Ende. Der Bericht kann ab %(day)s erstellt werden.")
    else:
        message = _("Für das %(period)s wird noch nachgetragen. Der Bericht kann ab %(day)s erstellt werden.")
    raise ValidationError({"period": message % names})


def ask_for_report(period: Period, *, version: int, reason: str, today: date, by: User) -> Report:
    """Have a report made. Of two clicks, and of two people at once, one asks and both get the same report."""
    asked = Report.objects.filter(period=period.key, version=version).light()
    if found := asked.first():
        return _asked_again(found)
    try:
        report = wanted_report(period, reason=reason, today=today)
        report.requested_by = by
        with transaction.atomic():
            report.save(force_insert=True)
            record("report.requested", by=by, subject=report)
    except (IntegrityError, ValidationError):
        if found := asked.first():
            return found  # somebody asked at the same moment
        raise
    transaction.on_commit(lambda: start(report))
    return report


def _asked_again(report: Report) -> Report:
    """The run broke off: begin anew. Otherwise it was the second click, and there is nothing to do."""
    if not report.is_frozen and not report.is_running:
        report.claim(progress=0)
        transaction.on_commit(lambda: start(report))
    return report


def start(report: Report) -> None:
    """In a process of its own: the answer does not wait, and a worker that is renewed takes nothing down with it.

    If it cannot start or dies, the row says so, and the nightly job makes what is still to be made.
    """
    command = [sys.executable, "manage.py", "freeze_report", str(report.pk)]
    try:
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError:
        logger.exception("report %s could not be started", report.period)
        report.note_failure()
        return
    Thread(target=process.wait, daemon=True).start()  # so that it leaves no entry in the table of processes
