"""Who already helps a person: the map of the network."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.models import Institution
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey, Versioned
from kim.text import label_of


class NetworkContactQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))


class NetworkContact(PersonalData, FormKey, Versioned):
    """Somebody in the person's life. Data of a third party: a word such as "Tante" is enough, a name is not needed."""

    class Kind(models.TextChoices):
        FAMILY = "family", _("Familie")
        FRIENDS = "friends", _("Freund*innen")
        VOLUNTEERS = "volunteers", _("Ehrenamt")
        INSTITUTION = "institution", _("Einrichtung")
        AUTHORITY = "authority", _("Behörde")
        SCHOOL_WORK = "school_work", _("Schule und Arbeit")

    class Closeness(models.TextChoices):
        NEAR = "near", _("nah")
        MIDDLE = "middle", _("mittel")
        FAR = "far", _("fern")

    personal = {"label": "", "help_given": "", "institution": None}
    not_personal = {"id", "form_key", "created_at", "created_by", "version", "case", "kind", "closeness"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="network", verbose_name=_("Fall"))
    label = EncryptedTextField(_("Wer"), max_length=100)
    kind = models.CharField(_("Bereich"), max_length=15, choices=Kind.choices)
    closeness = models.CharField(_("Nähe"), max_length=10, choices=Closeness.choices)
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Einrichtung")
    )
    help_given = EncryptedTextField(_("Womit sie helfen"), blank=True, max_length=500)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = NetworkContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("Kontakt im Netzwerk")
        verbose_name_plural = _("Kontakte im Netzwerk")
        ordering = ["created_at", "pk"]

    def __str__(self):
        return f"Kontakt {self.pk}"

    def get_kind_display(self) -> str:
        return label_of(self.Kind, self.kind)

    def get_closeness_display(self) -> str:
        return label_of(self.Closeness, self.closeness)
