"""What a person needs, and how that looked each time it was talked through."""

import uuid
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.base import FormKey, Versioned
from cases.models.case import Case
from districts.models import Barrier, Topic
from districts.models.catalogue import HEALTH_TOPIC
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.text import label_of

BARRIER_NEEDED = _("Bitte angeben, woran es liegt.")


class NeedQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))

    def open(self):
        return self.filter(status=Need.Status.OPEN)

    def met(self):
        return self.filter(status=Need.Status.MET)

    def unmet(self):
        """Those for which no help could be found, each with its barrier."""
        return self.filter(status=Need.Status.UNMET)

    def with_topic(self):
        return self.select_related("topic__parent")


class Need(PersonalData, FormKey, Versioned):
    """One need in one topic. It stays when it is met: the history of a case is what it was and what became of it."""

    class Urgency(models.TextChoices):
        CAN_WAIT = "can_wait", _("kann warten")
        SOON = "soon", _("bald")
        URGENT = "urgent", _("dringend")

    class Status(models.TextChoices):
        OPEN = "open", _("offen")
        MET = "met", _("erfüllt")
        UNMET = "unmet", _("nicht erfüllt")
        WITHDRAWN = "withdrawn", _("zurückgezogen")

    personal = {"text": "", "resources": ""}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "version", "case", "topic", "urgency", "status", "barrier",
        "settled_on",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="needs", verbose_name=_("Fall"))
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("Thema"))
    text = EncryptedTextField(_("Was die Person braucht"), blank=True, max_length=1000)
    urgency = models.CharField(_("Dringlichkeit"), max_length=10, choices=Urgency.choices)
    resources = EncryptedTextField(_("Was schon da ist"), blank=True, max_length=1000)
    status = models.CharField(_("Stand"), max_length=10, choices=Status.choices, default=Status.OPEN)
    barrier = models.CharField(_("Woran es liegt"), max_length=15, choices=Barrier.choices, blank=True)
    settled_on = models.DateField(_("entschieden am"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Bedarf")
        verbose_name_plural = _("Bedarfe")
        ordering = ["topic__position", "created_at", "pk"]
        indexes = [models.Index(fields=["case", "status"], name="need_file")]
        constraints = [
            models.CheckConstraint(
                name="need_barrier_when_unmet",
                condition=(Q(status="unmet") & ~Q(barrier="")) | (~Q(status="unmet") & Q(barrier="")),
                violation_error_message=_("Zu „nicht erfüllt“ gehört, woran es liegt, und nur dazu."),
            ),
            models.CheckConstraint(
                name="need_settled_with_day",
                condition=Q(status="open", settled_on=None) | (~Q(status="open") & ~Q(settled_on=None)),
                violation_error_message=_("Stand und Tag der Entscheidung passen nicht zusammen."),
            ),
        ]

    def __str__(self):
        return f"Bedarf {self.pk}"

    def get_urgency_display(self) -> str:
        return label_of(self.Urgency, self.urgency)

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    def get_barrier_display(self) -> str:
        return label_of(Barrier, self.barrier) if self.barrier else ""

    @property
    def main_topic(self) -> Topic:
        return self.topic.parent or self.topic

    @property
    def is_about_health(self) -> bool:
        return self.main_topic.code == HEALTH_TOPIC

    def settle(self, status: str, *, barrier: str = "", on: date | None = None) -> None:
        """Say what became of the need; a second word on it replaces the first. The day stays while the status does."""
        if status not in self.Status.values:
            raise ValidationError({"status": _("Diesen Stand gibt es nicht.")})
        if status == self.Status.UNMET and not barrier:
            raise ValidationError({"barrier": BARRIER_NEEDED})
        is_open = status == self.Status.OPEN
        if is_open or status != self.status or self.settled_on is None:
            self.settled_on = None if is_open else on or timezone.localdate()
        self.status, self.barrier = status, barrier if status == self.Status.UNMET else ""


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))


class Assessment(PersonalData, FormKey):
    """The needs as they stood on one day: the first time, and each time they were talked through again."""

    personal = {"summary": ""}
    not_personal = {"id", "form_key", "created_at", "created_by", "case", "number", "held_on"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assessments", verbose_name=_("Fall"))
    number = models.PositiveSmallIntegerField(_("Nummer"), editable=False)
    held_on = models.DateField(_("Datum"), default=timezone.localdate)
    summary = EncryptedTextField(_("Zusammenfassung"), blank=True, max_length=5000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("Einschätzung")
        verbose_name_plural = _("Einschätzungen")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "number"],
                name="assessment_number_per_case",
                violation_error_message=_("Diese Einschätzung gibt es schon."),
            )
        ]

    def __str__(self):
        return f"Einschätzung {self.pk}"


class NeedRatingQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(assessment__case__in=Case.objects.visible_to(user))


class NeedRating(PersonalData):
    """How urgent one need was in one assessment, and how it stood: what the next one is laid beside."""

    personal = {}
    not_personal = {"id", "assessment", "need", "urgency", "status"}

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="ratings")
    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="ratings")
    urgency = models.CharField(_("Dringlichkeit"), max_length=10, choices=Need.Urgency.choices)
    status = models.CharField(_("Stand"), max_length=10, choices=Need.Status.choices)

    objects = NeedRatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("Einstufung")
        verbose_name_plural = _("Einstufungen")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["assessment", "need"], name="need_rated_once_per_assessment")]

    def __str__(self):
        return f"Einstufung {self.pk}"

    @property
    def words(self) -> str:
        """The urgency while the need is open, afterwards what became of it."""
        if self.status == Need.Status.OPEN:
            return label_of(Need.Urgency, self.urgency)
        return label_of(Need.Status, self.status)
