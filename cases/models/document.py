"""Papers that run out: residence titles, passports, decisions, courses."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.client import Client
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey, Versioned
from kim.text import label_of

NOTICE_PERIOD = timedelta(weeks=8)


class ExpiringDocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(client__in=Client.objects.visible_to(user))

    def open(self):
        return self.filter(done_at=None)

    def expiring(self, day=None):
        """Still to be taken care of, and run out or about to within eight weeks."""
        return self.open().filter(valid_until__lte=(day or timezone.localdate()) + NOTICE_PERIOD)


class ExpiringDocument(PersonalData, FormKey, Versioned):
    """One paper and its last day. It belongs to the person, so a new case finds it again."""

    class Kind(models.TextChoices):
        RESIDENCE_TITLE = "residence_title", _("Aufenthaltstitel")
        TOLERATION = "toleration", _("Duldung")
        ASYLUM_PERMIT = "asylum_permit", _("Aufenthaltsgestattung")
        FICTION = "fiction", _("Fiktionsbescheinigung")
        PASSPORT = "passport", _("Pass")
        WORK_PERMIT = "work_permit", _("Arbeitserlaubnis")
        BENEFIT = "benefit", _("Bescheid über Leistungen")
        COURSE = "course", _("Kurs")
        OTHER = "other", _("sonstige Frist")

    kept_elsewhere = {"done_at", "done_by"}

    personal = {"kind": Kind.OTHER, "valid_until": None, "note": ""}
    not_personal = {"id", "form_key", "created_at", "created_by", "version", "client", "done_at", "done_by"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="documents", verbose_name=_("Person"))
    kind = models.CharField(_("Was läuft ab?"), max_length=20, choices=Kind.choices)
    valid_until = models.DateField(_("gültig bis"))
    note = EncryptedTextField(_("Notiz"), blank=True, max_length=500)
    done_at = models.DateTimeField(_("erledigt am"), null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = ExpiringDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("Frist")
        verbose_name_plural = _("Fristen")
        ordering = ["valid_until", "created_at"]
        indexes = [models.Index(fields=["client", "valid_until"], condition=Q(done_at=None), name="document_open")]

    def __str__(self):
        return f"Frist {self.pk}"

    def get_kind_display(self) -> str:
        return label_of(self.Kind, self.kind)

    @property
    def is_over(self) -> bool:
        return self.done_at is None and self.valid_until < timezone.localdate()

    @property
    def is_near(self) -> bool:
        return self.done_at is None and self.valid_until <= timezone.localdate() + NOTICE_PERIOD

    def complete(self, by) -> None:
        if self.done_at:
            raise ValidationError(_("Das ist schon erledigt."))
        self.done_at, self.done_by = timezone.now(), by
