"""What is done about a finding, by whom and until when, and whether it helped."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kim.records import Versioned
from kim.text import CleanCharField, CleanTextField, label_of


class MeasureQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=Measure.OPEN)

    def due_until(self, day):
        return self.open().filter(due_on__lte=day)


class Measure(Versioned):
    """A measure, always decided by a Decision of its finding. Its effect is the change of one published number."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("geplant")
        RUNNING = "running", _("läuft")
        DONE = "done", _("umgesetzt")
        GIVEN_UP = "given_up", _("aufgegeben")

    class Verdict(models.TextChoices):
        HELPED = "helped", _("geholfen")
        PARTLY = "partly", _("teilweise geholfen")
        NOT = "not", _("nicht geholfen")
        UNMEASURED = "unmeasured", _("nicht messbar")

    OPEN = (Status.PLANNED, Status.RUNNING)

    finding = models.ForeignKey("reports.Finding", on_delete=models.PROTECT, related_name="measures", editable=False)
    decision = models.OneToOneField("reports.Decision", on_delete=models.PROTECT, related_name="agreed", editable=False)
    text = CleanCharField(_("Maßnahme"), max_length=300)
    owner = CleanCharField(_("Zuständig"), max_length=120)
    due_on = models.DateField(_("Frist"))
    status = models.CharField(_("Stand"), max_length=10, choices=Status.choices, default=Status.PLANNED)
    done_on = models.DateField(_("umgesetzt am"), null=True, blank=True)
    evidence = models.ForeignKey(
        "reports.Evidence", null=True, blank=True, on_delete=models.PROTECT, related_name="measures",
        verbose_name=_("Woran sieht man die Wirkung?"),
    )  # fmt: skip
    verdict = models.CharField(_("Hat es geholfen?"), max_length=10, choices=Verdict.choices, blank=True)
    verdict_text = CleanTextField(_("In einem Satz"), max_length=1000, blank=True)
    verdict_on = models.DateField(_("beurteilt am"), null=True, blank=True, editable=False)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("Maßnahme")
        verbose_name_plural = _("Maßnahmen")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["status", "due_on"], name="measure_due")]
        constraints = [
            models.CheckConstraint(
                name="measure_done_with_day",
                condition=Q(status="done", done_on__isnull=False) | (~Q(status="done") & Q(done_on=None)),
                violation_error_message=_("Zu einer umgesetzten Maßnahme gehört der Tag."),
            ),
            models.CheckConstraint(
                name="measure_verdict_with_day",
                condition=Q(verdict="", verdict_on=None) | (~Q(verdict="") & Q(verdict_on__isnull=False)),
                violation_error_message=_("Zum Urteil gehört der Tag."),
            ),
        ]

    def __str__(self):
        return f"Maßnahme {self.pk}"

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    def get_verdict_display(self) -> str:
        return label_of(self.Verdict, self.verdict)

    @property
    def audit_name(self) -> str:
        return f"measure:{self.pk}"

    @property
    def audit_organisation(self) -> str:
        return "city"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def is_overdue(self, day: date) -> bool:
        return self.is_open and self.due_on < day

    @property
    def is_unchecked(self) -> bool:
        """Done, and nobody has said yet whether it helped."""
        return self.status == self.Status.DONE and not self.verdict

    def judge(self, verdict: str, text: str) -> None:
        if self.status != self.Status.DONE:
            raise ValidationError(_("Beurteilen lässt sich nur eine umgesetzte Maßnahme."))
        self.verdict, self.verdict_text, self.verdict_on = verdict, text, timezone.localdate()
