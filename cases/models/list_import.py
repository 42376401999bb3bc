"""A list that a Träger brings along: its rows wait here, encrypted, until they are people and cases."""

import json
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.client import Client
from districts.models import CaseManager, Provider, Track
from kim.permissions import Permission, may
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey

KEPT_FOR = timedelta(days=14)


class ListImportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, at the Träger one works for now."""
        if not may(user, Permission.IMPORT_LISTS):
            return self.none()
        return self.filter(created_by=user, provider__in=Provider.objects.of(user))

    def unfinished(self):
        return self.filter(status__in=ListImport.UNFINISHED)

    def expired(self):
        """Unfinished, and not touched for fourteen days."""
        return self.unfinished().filter(changed_at__lt=timezone.now() - KEPT_FOR)

    def settled(self, today=None):
        """Imported before today: there is nothing to undo any more."""
        return self.filter(status=ListImport.Status.IMPORTED, imported_on__lt=today or timezone.localdate())


class ListImport(PersonalData, FormKey):
    """One file on its way in. The file itself is not kept; its SHA-256 says whether it was read before."""

    class Status(models.TextChoices):
        MAPPING = "mapping", _("Spalten zuordnen")
        CHECKING = "checking", _("wird geprüft")
        READY = "ready", _("geprüft")
        IMPORTED = "imported", _("eingelesen")
        UNDONE = "undone", _("rückgängig gemacht")

    UNFINISHED = (Status.MAPPING, Status.CHECKING, Status.READY)

    personal = {"header": ""}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "changed_at", "provider", "status", "digest", "signature",
        "mapping", "header_row", "case_manager", "track", "row_count", "case_count", "left_out_count", "imported_at",
        "imported_on",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", verbose_name=_("Träger"))
    status = models.CharField(_("Stand"), max_length=10, choices=Status.choices, default=Status.MAPPING)
    digest = models.CharField("SHA-256", max_length=64)
    signature = models.CharField(_("Überschriften"), max_length=64, blank=True)
    header = EncryptedTextField(_("Anfang der Datei"), blank=True, max_length=500_000)
    header_row = models.PositiveIntegerField(_("Zeile mit den Überschriften"), default=0)
    mapping = models.JSONField(_("Zuordnung"), default=dict, blank=True)
    case_manager = models.ForeignKey(
        CaseManager, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Fallmanager*in")
    )
    track = models.ForeignKey(
        Track, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Schwerpunkt")
    )
    row_count = models.PositiveIntegerField(_("Zeilen"), default=0)
    case_count = models.PositiveIntegerField(_("eröffnete Fälle"), default=0)
    left_out_count = models.PositiveIntegerField(_("ausgelassene Zeilen"), default=0)
    changed_at = models.DateTimeField(_("zuletzt bearbeitet"), default=timezone.now)
    imported_at = models.DateTimeField(_("eingelesen am"), null=True, blank=True)
    imported_on = models.DateField(_("Tag des Einlesens"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = ListImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("Liste")
        verbose_name_plural = _("Listen")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["provider", "signature"], name="list_import_signature")]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "digest", "imported_on"],
                condition=Q(status="imported"),
                name="list_import_once_a_day",
                violation_error_message=_("Diese Datei ist heute schon eingelesen worden."),
            ),
            models.CheckConstraint(
                name="list_import_imported_with_day",
                condition=~Q(status="imported") | (Q(imported_at__isnull=False) & Q(imported_on__isnull=False)),
                violation_error_message=_("Zum Einlesen gehört sein Tag."),
            ),
        ]

    def __str__(self):
        return f"Liste {self.pk}"

    @property
    def audit_name(self) -> str:
        return f"list:{self.pk}"

    @property
    def audit_organisation(self) -> str:
        return self.provider.code

    @property
    def is_unfinished(self) -> bool:
        return self.status in self.UNFINISHED

    @property
    def can_be_undone(self) -> bool:
        return self.status == self.Status.IMPORTED and self.imported_on == timezone.localdate()

    @property
    def beginning(self) -> dict:
        """What the page about the columns needs: first rows, sheet, notes. Empty once the list is finished."""
        return json.loads(self.header) if self.header else {"rows": [], "likely": [], "sheet": "", "others": 0}

    @property
    def headings(self) -> list[str]:
        rows = dict(self.beginning["rows"])
        return rows.get(self.header_row, [])

    def claim(self, *statuses: str, **changes: object) -> None:
        """Go on from one of these states; raises ValidationError where somebody else was faster.

        One conditional UPDATE decides. On PostgreSQL the second one waits here for the first to end.
        """
        now = timezone.now()
        mine = type(self).objects.filter(pk=self.pk, status__in=statuses)
        if not mine.update(**changes, changed_at=now):
            raise ValidationError(self._why_not())
        for name, value in changes.items():
            setattr(self, name, value)

    def _why_not(self) -> str:
        now = type(self).objects.filter(pk=self.pk).values_list("status", flat=True).first()
        return str(
            {
                None: _("Diese Liste ist verworfen worden."),
                self.Status.MAPPING: _("Bitte zuerst die Spalten zuordnen."),
                self.Status.CHECKING: _("Die Liste wird noch geprüft."),
                self.Status.READY: _("Die Liste ist noch nicht eingelesen."),
                self.Status.IMPORTED: _("Diese Liste ist schon eingelesen worden."),
                self.Status.UNDONE: _("Das Einlesen dieser Liste ist schon rückgängig gemacht worden."),
            }[now]
        )


class ImportRowQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(list_import__in=ListImport.objects.visible_to(user))

    def waiting(self):
        return self.filter(state=ImportRow.State.WAITING)

    def good(self):
        return self.filter(state=ImportRow.State.GOOD)

    def unsettled(self):
        """What keeps the list from being imported: faults, and possible duplicates nobody has decided on."""
        return self.filter(state__in=(ImportRow.State.FAULTY, ImportRow.State.DOUBLE))

    def counts(self) -> dict[str, int]:
        """How many rows are in which state, in one query."""
        rows = self.order_by().values_list("state").annotate(number=models.Count("pk"))
        return dict.fromkeys(ImportRow.State.values, 0) | dict(rows)


class ImportRow(PersonalData):
    """A row of the list, numbered as Excel does, with what was corrected and what it has become."""

    class State(models.TextChoices):
        HEADING = "heading", _("Überschrift")
        WAITING = "waiting", _("noch nicht geprüft")
        GOOD = "good", _("in Ordnung")
        FAULTY = "faulty", _("mit Fehlern")
        DOUBLE = "double", _("vielleicht doppelt")
        LEFT_OUT = "left_out", _("ausgelassen")
        IMPORTED = "imported", _("eingelesen")

    class Decision(models.TextChoices):
        OPEN = "", _("offen")
        NEW = "new", _("trotzdem neu")
        LEAVE_OUT = "leave_out", _("auslassen")

    personal = {"content": "", "name_print": "", "phone_print": "", "known": {}, "faults": []}
    not_personal = {
        "id", "list_import", "position", "state", "decision", "twin", "case_manager", "client", "case", "consents",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list_import = models.ForeignKey(ListImport, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField(_("Zeile"))
    content = EncryptedTextField(blank=True, max_length=1_500_000)
    state = models.CharField(_("Stand"), max_length=10, choices=State.choices, default=State.WAITING)
    decision = models.CharField(_("Entscheidung"), max_length=10, choices=Decision.choices, blank=True)
    faults = models.JSONField(_("Fehler"), default=list, blank=True)
    name_print = models.CharField(max_length=32, blank=True)
    phone_print = models.CharField(max_length=32, blank=True)
    twin = models.PositiveIntegerField(_("wie Zeile"), null=True, blank=True)
    known = models.JSONField(_("schon bekannt"), default=dict, blank=True)
    case_manager = models.ForeignKey(
        CaseManager, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Fallmanager*in")
    )
    client = models.ForeignKey(Client, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    consents = models.PositiveSmallIntegerField(_("mit Einwilligung"), default=0)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("Zeile einer Liste")
        verbose_name_plural = _("Zeilen einer Liste")
        ordering = ["list_import", "position"]
        constraints = [models.UniqueConstraint(fields=["list_import", "position"], name="import_row_once")]
        indexes = [models.Index(fields=["list_import", "state", "position"], name="import_row_state")]

    def __str__(self):
        return f"Zeile {self.position}"

    @property
    def parts(self) -> dict:
        """cells: texts by column of the file; marks: what could not be read there; fixed: corrected texts by column of
        ours; said: what is wrong, as (column of ours, sentence)."""
        empty: dict = {"cells": [], "marks": {}, "fixed": {}, "said": []}
        return empty | json.loads(self.content) if self.content else empty

    def keep(self, **parts: object) -> None:
        self.content = json.dumps(parts, separators=(",", ":"))

    def settle(self) -> None:
        """The state that follows from faults, possible duplicates and what was decided."""
        if self.decision == self.Decision.LEAVE_OUT:
            self.state = self.State.LEFT_OUT
        elif self.faults:
            self.state = self.State.FAULTY
        elif (self.twin or self.known) and self.decision != self.Decision.NEW:
            self.state = self.State.DOUBLE
        else:
            self.state = self.State.GOOD
