"""The report of a period: frozen once."""

import hashlib
import json
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kim.text import CleanCharField
from reports.periods import Period, period_from_key

DEAD_AFTER = timedelta(minutes=2)  # a run that has not been heard of for so long has broken off
MEDIAN: Final = "median_"  # before the key of a median where it is named like a table: in files and as evidence


class ReportQuerySet(models.QuerySet):
    def frozen(self):
        return self.filter(status=Report.Status.FROZEN)

    def current(self):
        """Frozen, and the last version of its period."""
        newest = Report.objects.frozen().filter(period=OuterRef("period")).order_by("-version").values("version")[:1]
        return self.frozen().filter(version=Subquery(newest))

    def newest_first(self):
        return self.order_by("-ends_on", "starts_on", "-version")

    def light(self):
        """Without the figures: enough for a list."""
        return self.defer("figures")

    def with_gap(self):
        """Each as `gap`, why nothing is said about the people counselled; empty where it is."""
        return self.annotate(gap=F("figures__tables__districts__withheld"))


class Report(models.Model):
    """All figures of an ended period, each a published number; never recomputed, corrected by a second version only.

    `figures` is what reports.disclosure wrote: {"tables": {key: PublishedTable.stored()}, "medians": {key: {row: n}},
    "posts": {Träger: "1.5"}, "speakers": {language: n}, "signals": [...], "findings": [...]}. True values are not kept.
    """

    class Kind(models.TextChoices):
        QUARTER = "quarter", _("Quartal")
        HALF = "half", _("Halbjahr")
        YEAR = "year", _("Jahr")

    class Status(models.TextChoices):
        BUILDING = "building", _("wird erstellt")
        FROZEN = "frozen", _("festgeschrieben")
        FAILED = "failed", _("abgebrochen")

    VERSIONS = 2  # a correction, at most once

    kind = models.CharField(_("Art"), max_length=10, choices=Kind.choices, editable=False)
    period = models.CharField(_("Zeitraum"), max_length=7, editable=False)
    starts_on = models.DateField(_("erster Tag"), editable=False)
    ends_on = models.DateField(_("letzter Tag"), editable=False)
    cut_off = models.DateField(_("Stichtag"), editable=False)
    version = models.PositiveSmallIntegerField(pgettext_lazy("of a report", "Fassung"), default=1, editable=False)
    reason = CleanCharField(_("Grund der neuen Fassung"), max_length=500, blank=True)
    status = models.CharField(_("Stand"), max_length=10, choices=Status.choices, default=Status.BUILDING)
    progress = models.PositiveSmallIntegerField(_("Fortschritt in Prozent"), default=0, editable=False)
    heard_of_at = models.DateTimeField(_("Fortschritt vom"), default=timezone.now, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    requested_at = models.DateTimeField(_("angefordert am"), default=timezone.now, editable=False)
    frozen_at = models.DateTimeField(_("festgeschrieben am"), null=True, editable=False)
    catalogue_version = models.CharField(_("Fassung des Katalogs"), max_length=12, blank=True, editable=False)
    program_version = models.CharField(_("Fassung der Zählregeln"), max_length=12, blank=True, editable=False)
    figures = models.JSONField(_("Zahlen"), default=dict, editable=False)
    checksum = models.CharField(_("Prüfsumme"), max_length=64, blank=True, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("Bericht")
        verbose_name_plural = _("Berichte")
        ordering = ["-ends_on", "starts_on", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "version"],
                name="report_version_once",
                violation_error_message=_("Diese Fassung gibt es schon."),
            ),
            models.CheckConstraint(
                name="report_versions",
                condition=Q(version=1) | (Q(version=2) & ~Q(reason="")),
                violation_error_message=_("Eine zweite Fassung braucht einen Grund; eine dritte gibt es nicht."),
            ),
            models.CheckConstraint(
                name="report_cut_off_after_end",
                condition=Q(ends_on__gt=F("starts_on")) & Q(cut_off__gte=F("ends_on")),
                violation_error_message=_("Der Stichtag liegt vor dem Ende des Zeitraums."),
            ),
            models.CheckConstraint(
                name="report_frozen_with_checksum",
                condition=~Q(status="frozen") | (Q(frozen_at__isnull=False) & ~Q(checksum="")),
                violation_error_message=_("Zu einem festgeschriebenen Bericht gehören Tag und Prüfsumme."),
            ),
        ]

    def __str__(self):
        return f"Bericht {self.period}, Fassung {self.version}"

    @property
    def audit_name(self) -> str:
        return f"report:{self.period}/{self.version}"

    @property
    def audit_organisation(self) -> str:
        return ""

    @classmethod
    def of(cls, period: Period, **fields) -> "Report":
        """A report of this period that is still to be made."""
        return cls(
            kind=period.kind, period=period.key, starts_on=period.start, ends_on=period.end, cut_off=period.cut_off,
            **fields,
        )  # fmt: skip

    @cached_property
    def span(self) -> Period:
        return period_from_key(self.period)

    @property
    def label(self) -> str:
        return self.span.label

    @property
    def is_frozen(self) -> bool:
        return self.status == self.Status.FROZEN

    @property
    def is_running(self) -> bool:
        """Asked for, and heard of lately; otherwise the run has broken off."""
        return self.status == self.Status.BUILDING and timezone.now() - self.heard_of_at < DEAD_AFTER

    @property
    def may_begin(self) -> bool:
        """Nobody is at it: not begun yet, broken off, or not heard of for too long."""
        return not self.is_frozen and not (self.is_running and self.progress)

    def claim(self, progress: int = 1) -> None:
        """Begin the run, or with 0 ask for it once more, where nobody is at it. One conditional UPDATE decides."""
        now = timezone.now()
        waiting = Q(status=self.Status.BUILDING, progress=0) | Q(status=self.Status.FAILED)
        dead = Q(status=self.Status.BUILDING, heard_of_at__lte=now - DEAD_AFTER)
        begun = {"status": self.Status.BUILDING, "progress": progress, "heard_of_at": now}
        if not Report.objects.filter(waiting | dead, pk=self.pk).update(**begun):
            raise ValidationError(_("Dieser Bericht wird gerade erstellt oder ist schon festgeschrieben."))

    def note_progress(self, percent: int) -> None:
        """Seen by others at once: the run is in no transaction of its own until it stores."""
        running = Report.objects.filter(pk=self.pk, status=self.Status.BUILDING)
        running.update(progress=max(percent, 1), heard_of_at=timezone.now())

    def note_failure(self) -> None:
        Report.objects.filter(pk=self.pk, status=self.Status.BUILDING).update(status=self.Status.FAILED)

    @property
    def signals(self) -> list[dict]:
        """What stood out, as reports.signals wrote it."""
        return self.figures.get("signals", [])

    def figure(self, table: str, row: str, column: str) -> int | None:
        """One published number, of a table or a median; None if it, its row or its table is withheld or not there."""
        if table.startswith(MEDIAN):
            return self.figures.get("medians", {}).get(table.removeprefix(MEDIAN), {}).get(row)
        stored = self.figures.get("tables", {}).get(table, {})
        return stored.get("cells", {}).get(row, {}).get(column)

    def total(self, table: str, column: str) -> int | None:
        """The published number of a column over all rows; None as for `figure`."""
        return self.figures.get("tables", {}).get(table, {}).get("totals", {}).get(column)

    def freeze(self, figures: dict, *, catalogue_version: str, program_version: str) -> None:
        if self.is_frozen:
            raise ValidationError(_("Dieser Bericht ist schon festgeschrieben."))
        self.figures, self.checksum = figures, checksum_of(figures)
        self.catalogue_version, self.program_version = catalogue_version, program_version
        self.status, self.progress, self.frozen_at = self.Status.FROZEN, 100, timezone.now()

    def store(self) -> None:
        """Write what `freeze` set, once: one conditional UPDATE decides between two runs. Call it in a transaction."""
        names = ("figures", "checksum", "catalogue_version", "program_version", "status", "progress", "frozen_at")
        unfinished = Report.objects.filter(pk=self.pk).exclude(status=self.Status.FROZEN)
        if not unfinished.update(**{name: getattr(self, name) for name in names}):
            raise ValidationError(_("Dieser Bericht ist schon festgeschrieben."))

    @property
    def is_intact(self) -> bool:
        """Whether the figures are still those that were frozen."""
        return self.checksum == checksum_of(self.figures)


def checksum_of(figures: dict) -> str:
    """SHA-256 of the figures, written the same way on every machine."""
    return hashlib.sha256(json.dumps(figures, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
