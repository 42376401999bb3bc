"""What somebody has noticed about the directory: an entry that is wrong, or an institution that is missing."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from districts.models.institutions import Institution
from districts.models.staff import Provider
from kim.permissions import Permission, may
from kim.text import CleanTextField, label_of

ANSWERED_ALREADY = _("Diese Meldung ist schon beantwortet.")


class DirectoryReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All of them for whoever keeps the directory, else one's own."""
        if may(user, Permission.KEEP_DIRECTORY):
            return self.all()
        return self.filter(reported_by=user) if may(user, Permission.VIEW_DIRECTORY) else self.none()

    def open(self):
        return self.filter(status=DirectoryReport.Status.OPEN)

    def open_first(self):
        place = models.Case(models.When(status=DirectoryReport.Status.OPEN, then=0), default=1)
        return self.order_by(place, "-created_at")

    def with_details(self):
        return self.select_related("institution", "provider").only(
            "text", "created_at", "status", "answer", "answered_at", "reported_by", "institution__name",
            "institution__is_active", "provider__name",
        )  # fmt: skip


class DirectoryReport(models.Model):
    """A change or a new institution that anybody proposes; every Träger and the city read it, so no person is in it."""

    class Status(models.TextChoices):
        OPEN = "open", _("offen")
        DONE = "done", pgettext_lazy("report on the directory", "übernommen")
        DECLINED = "declined", _("nicht übernommen")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    institution = models.ForeignKey(
        Institution,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reports",
        verbose_name=_("Einrichtung"),
        help_text=_("Leer heißt: eine neue Einrichtung."),
    )
    text = CleanTextField(_("Meldung"), max_length=1000)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )
    provider = models.ForeignKey(
        Provider,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("Träger"),
    )
    created_at = models.DateTimeField(_("gemeldet am"), default=timezone.now, editable=False)
    status = models.CharField(_("Stand"), max_length=10, choices=Status.choices, default=Status.OPEN)
    answer = CleanTextField(_("Antwort"), blank=True, max_length=1000)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    answered_at = models.DateTimeField(_("beantwortet am"), null=True, editable=False)

    objects = DirectoryReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("Meldung zum Verzeichnis")
        verbose_name_plural = _("Meldungen zum Verzeichnis")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["institution"], condition=Q(status="open"), name="directory_report_open")]
        constraints = [
            models.CheckConstraint(
                name="directory_report_answered_with_date",
                condition=Q(status="open", answered_at=None) | (~Q(status="open") & ~Q(answered_at=None)),
                violation_error_message=_("Zu einer beantworteten Meldung gehört der Tag der Antwort."),
            ),
            models.CheckConstraint(
                name="directory_report_declined_with_reason",
                condition=~Q(status="declined", answer=""),
                violation_error_message=_("Bitte kurz sagen, warum die Meldung nicht übernommen wird."),
            ),
        ]

    def __str__(self):
        return f"Meldung {self.pk}"

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    @property
    def audit_name(self) -> str:
        return f"directory_report:{self.pk}"

    @property
    def audit_organisation(self) -> str:
        return self.provider.code if self.provider else ""

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    def settle(self, *, status, answer, by) -> None:
        """Answer once; the sentence of a refusal says why not."""
        if not self.is_open:
            raise ValidationError(ANSWERED_ALREADY)
        self.status, self.answer, self.answered_by, self.answered_at = status, answer, by, timezone.now()
