"""Who did what to which record and when: append-only, chained, without contents.

Text instead of foreign keys, so the log never blocks an erasure. Source: Art. 5(2), Art. 32 GDPR; docs/datenschutz.md.
"""

import hashlib
import hmac
import json
import re
from datetime import UTC
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kim.text import clean

READING = ("read", "listed", "searched", "exported", "printed", "downloaded")
LONGEST_DETAIL = 200  # characters
LONGEST = {"action": 60, "actor": 40, "actor_role": 40, "organisation": 60, "subject": 100}

_ACTION = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_LOCK = 0x4B494D41  # any constant of our own: one writer of the log at a time on PostgreSQL


class Subject(Protocol):
    """What an entry can be about: copied as text, never pointed at."""

    @property
    def audit_name(self) -> str: ...

    @property
    def audit_organisation(self) -> str: ...


class EntryQuerySet(models.QuerySet["Entry"]):
    """The words in which the log is asked."""

    def of(self, subject_name: str) -> "EntryQuerySet":
        """What happened to one record, named as in `audit_name`, for example "case:K-7F3K-9Q"."""
        return self.filter(subject=subject_name)

    def reads(self) -> "EntryQuerySet":
        """Only looking: actions whose verb is one of READING, for example "case.read" or "report.exported"."""
        looking = models.Q()
        for verb in READING:
            looking |= models.Q(action__endswith=f".{verb}")
        return self.filter(looking)

    def for_organisation(self, code: str) -> "EntryQuerySet":
        """What happened at one provider."""
        return self.filter(organisation=code)

    def by(self, user: Any) -> "EntryQuerySet":
        """What one person did; None asks for the system itself."""
        return self.filter(actor="" if user is None else str(user.pk))


class Entry(models.Model):
    """One line of the log. Rows are only ever added, by record(); triggers refuse UPDATE, DELETE and TRUNCATE.

    `mac` is HMAC-SHA256 (hex, key settings.AUDIT_KEY) over the row and `previous`, the mac of the row before it ("" for
    the first one): an edited, removed or moved row breaks the chain, which `manage.py verify_audit` finds.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("Zeitpunkt"))
    action = models.CharField(_("Vorgang"), max_length=LONGEST["action"])
    actor = models.CharField(_("Konto"), max_length=LONGEST["actor"], blank=True)
    actor_role = models.CharField(_("Rolle"), max_length=LONGEST["actor_role"], blank=True)
    organisation = models.CharField(_("Träger"), max_length=LONGEST["organisation"], blank=True)
    subject = models.CharField(_("Gegenstand"), max_length=LONGEST["subject"], blank=True)
    details = models.JSONField(_("Einzelheiten"), default=dict, blank=True)
    previous = models.CharField(max_length=64, blank=True, editable=False)
    mac = models.CharField(max_length=64, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("Protokolleintrag")
        verbose_name_plural = _("Protokolleinträge")
        ordering = ("-id",)
        constraints = (
            # Two rows can never follow the same row, not even if the lock around the writers fails.
            models.UniqueConstraint(fields=["previous"], name="audit_entry_chain_never_forks"),
        )
        indexes = (
            models.Index(fields=["subject", "id"], name="audit_entry_subject"),
            models.Index(fields=["organisation", "id"], name="audit_entry_organisation"),
            models.Index(fields=["actor", "id"], name="audit_entry_actor"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()

    def computed_mac(self) -> str:
        """The mac that this row must carry, in hex."""
        row = {
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "action": self.action,
            "actor": self.actor,
            "actor_role": self.actor_role,
            "organisation": self.organisation,
            "subject": self.subject,
            "details": self.details,
            "previous": self.previous,
        }
        text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        return hmac.new(_key(), text.encode(), hashlib.sha256).hexdigest()


def record(action: str, *, by: Any, subject: Subject | None = None, organisation: str = "", **details: Any) -> Entry:
    """Adds one entry to the log and returns it. Call it last inside the transaction of the change it reports.

    `action` is a noun and a verb such as "case.opened"; verbs in READING mark looking. `by` is a user or None for the
    system; account number and role are kept, never a name. `subject` gives `audit_name` and `audit_organisation`;
    `organisation` overrides the latter. `details` hold codes and field names, never contents: str up to 200
    characters, int, bool, None, or lists of those. Writers wait for each other until the transaction ends.

    Raises RuntimeError outside transaction.atomic(), TypeError or ValueError for details or codes that do not fit.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise RuntimeError("record() must be called inside transaction.atomic(), together with the change it reports.")
    if not _ACTION.fullmatch(action):
        raise ValueError("An action is a noun and a verb in lower case, for example 'case.opened'.")
    entry = Entry(
        at=timezone.now(),
        action=action,
        actor="" if by is None or by.pk is None else str(by.pk),
        actor_role=getattr(by, "role", None) or "",
        organisation=organisation or (subject.audit_organisation if subject is not None else ""),
        subject=subject.audit_name if subject is not None else "",
        details={name: _checked(name, value) for name, value in details.items()},
    )
    for name, longest in LONGEST.items():
        setattr(entry, name, _plain(name, getattr(entry, name), longest))
    _wait_for_other_writers(connection)
    entry.previous = Entry.objects.order_by("-id").values_list("mac", flat=True).first() or ""
    entry.mac = entry.computed_mac()
    entry.save(force_insert=True)
    return entry


def _wait_for_other_writers(connection: BaseDatabaseWrapper) -> None:
    # SQLite needs nothing here: its transactions begin IMMEDIATE, so there is one writer anyway. On PostgreSQL the
    # lock is a statement of its own, because the head must be read from a snapshot taken after the lock.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _checked(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_checked_one(name, item) for item in value]
    return _checked_one(name, value)


def _checked_one(name: str, value: Any) -> str | int | bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return _plain(name, value, LONGEST_DETAIL)
    raise TypeError(f"The audit detail '{name}' is neither text, whole number, yes/no nor a list of those.")


def _plain(name: str, value: str, longest: int) -> str:
    try:
        text = clean(str(value))
    except ValidationError:
        text = None
    if text is None or len(text) > longest:
        raise ValueError(f"'{name}' is no code: the audit log takes one line of at most {longest} characters.")
    return text


def _key() -> bytes:
    if not settings.AUDIT_KEY:
        raise ImproperlyConfigured("AUDIT_KEY is empty; the audit log cannot be sealed without it.")
    return str(settings.AUDIT_KEY).encode()
