"""What is to be done, and when: reminders and appointments."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))

    def open(self):
        return self.filter(done_at=None)

    def due(self, day=None):
        return self.open().filter(due_on__lte=day or timezone.localdate())


class FollowUp(PersonalData, FormKey):
    """A reminder (Wiedervorlage); with a time of day it is an appointment."""

    personal = {"text": ""}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "case", "due_on", "due_at", "done_at", "done_by",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="follow_ups", verbose_name=_("Fall"))
    due_on = models.DateField(_("fällig am"))
    due_at = models.TimeField(_("um"), null=True, blank=True)
    text = EncryptedTextField(_("nächster Schritt"), max_length=500)
    done_at = models.DateTimeField(_("erledigt am"), null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("Wiedervorlage")
        verbose_name_plural = _("Wiedervorlagen")
        ordering = ["due_on", F("due_at").asc(nulls_last=True), "created_at"]
        indexes = [
            models.Index(fields=["case", "due_on"], condition=models.Q(done_at=None), name="follow_up_open"),
            models.Index(fields=["due_on"], condition=models.Q(done_at=None), name="follow_up_due"),
        ]

    def __str__(self):
        return f"Wiedervorlage {self.pk}"

    @property
    def is_overdue(self) -> bool:
        return self.done_at is None and self.due_on < timezone.localdate()

    def complete(self, by) -> None:
        if self.done_at:
            raise ValidationError(_("Das ist schon erledigt."))
        self.done_at, self.done_by = timezone.now(), by
