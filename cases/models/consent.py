"""What the young person has agreed to."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.client import Client
from kim.privacy.models import PersonalData


class ConsentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(client__in=Client.objects.visible_to(user))

    def in_force(self):
        return self.filter(withdrawn_on=None)


class Consent(PersonalData):
    """Consent to one purpose (Art. 6 Abs. 1 lit. a, Art. 9 Abs. 2 lit. a DSGVO); withdrawn as easily as given."""

    class Purpose(models.TextChoices):
        DOCUMENTATION = "documentation", _("Führen der Fallakte")
        SPECIAL_CATEGORY = "special_category", _("Angaben zu Gesundheit, Behinderung oder sexueller Orientierung")
        HANDOVER = "handover", _("Übergabe an einen anderen Träger")

    class Form(models.TextChoices):
        WRITTEN = "written", _("schriftlich")
        ELECTRONIC = "electronic", _("elektronisch")
        ORAL = "oral", _("mündlich")

    personal = {"given_on": None, "withdrawn_on": None, "form": ""}
    not_personal = {"id", "client", "purpose", "recorded_by"}

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="consents", verbose_name=_("Person"))
    purpose = models.CharField(_("Zweck"), max_length=20, choices=Purpose.choices)
    form = models.CharField(_("Form"), max_length=12, choices=Form.choices)
    given_on = models.DateField(_("erteilt am"))
    withdrawn_on = models.DateField(_("widerrufen am"), null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("Einwilligung")
        verbose_name_plural = _("Einwilligungen")
        ordering = ["purpose", "-given_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "purpose"],
                condition=Q(withdrawn_on=None),
                name="consent_one_in_force_per_purpose",
                violation_error_message=_("Für diesen Zweck liegt schon eine Einwilligung vor."),
            ),
            models.CheckConstraint(
                name="consent_withdrawn_after_given",
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("given_on")),
                violation_error_message=_("Der Widerruf liegt vor der Einwilligung."),
            ),
            models.CheckConstraint(
                name="consent_special_category_not_oral",
                condition=~Q(purpose="special_category", form="oral"),
                violation_error_message=_("Für besondere Angaben genügt eine mündliche Einwilligung nicht."),
            ),
        ]

    def __str__(self):
        return self.get_purpose_display()

    def withdraw(self) -> None:
        if self.withdrawn_on:
            raise ValidationError(_("Die Einwilligung ist schon widerrufen."))
        self.withdrawn_on = timezone.localdate()
