"""Releases from confidentiality (Schweigepflichtentbindung, § 203 StGB): to whom one may speak, and what for."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.agreement import Agreement, AgreementQuerySet
from cases.models.client import Client
from districts.models import Institution
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey


class ReleaseQuerySet(AgreementQuerySet):
    def to(self, institution: Institution):
        return self.filter(institution=institution)

    def allow(self, client: Client, institution: Institution, day=None) -> bool:
        """Whether the person lets us speak with this institution on that day."""
        return self.filter(client=client).to(institution).in_force(day).exists()

    def with_recipient(self):
        return self.select_related("institution").defer("institution__remarks", "institution__address")


class ConfidentialityRelease(PersonalData, Agreement, FormKey):
    """The person lets us speak with one recipient: an institution of the directory, or somebody by name."""

    Form = Agreement.Form

    personal = {"institution": None, "recipient_name": "–", "concerns": ""}
    not_personal = {
        "id", "client", "form", "given_on", "valid_until", "withdrawn_on", "announced_at", "form_key", "created_at",
        "created_by",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="releases", verbose_name=_("Person"))
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Einrichtung")
    )
    recipient_name = EncryptedTextField(_("oder jemand anderes"), blank=True, max_length=200)
    concerns = EncryptedTextField(_("wofür"), max_length=500)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("Entbindung von der Schweigepflicht")
        verbose_name_plural = _("Entbindungen von der Schweigepflicht")
        ordering = ["-given_on", "-created_at"]
        constraints = [
            *Agreement.Meta.constraints,
            models.CheckConstraint(
                name="release_has_one_recipient",
                condition=Q(institution=None) & ~Q(recipient_name="") | ~Q(institution=None) & Q(recipient_name=""),
                violation_error_message=_("Bitte eine Einrichtung wählen oder einen Namen eintragen, nicht beides."),
            ),
        ]

    def __str__(self):
        return f"Entbindung {self.pk}"

    @property
    def recipient(self) -> str:
        return self.institution.name if self.institution else self.recipient_name
