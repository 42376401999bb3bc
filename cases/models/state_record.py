"""What of a case stands in the database of the state (Datenbank KIM), as far as somebody has noted it here."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from kim.privacy.models import PersonalData


class StateRecordQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))


class StateRecord(PersonalData):
    """The last word on one case: transferred on a day, open or closed as it was then, or left out for good."""

    personal = {"is_withheld": False}
    not_personal = {"id", "case", "noted_on", "closed_on", "noted_by"}

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="state_record", verbose_name=_("Fall"))
    noted_on = models.DateField(_("übertragen am"), default=timezone.localdate)
    closed_on = models.DateField(_("übertragenes Abschlussdatum"), null=True, blank=True)
    is_withheld = models.BooleanField(_("wird nicht übertragen"), default=False)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("vermerkt von")
    )

    objects = StateRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("Vermerk zur Landesdatenbank")
        verbose_name_plural = _("Vermerke zur Landesdatenbank")
        constraints = [
            models.CheckConstraint(
                name="state_record_closed_before_noted",
                condition=Q(closed_on=None) | Q(closed_on__lte=F("noted_on")),
                violation_error_message=_("Übertragen wird ein Abschluss frühestens an seinem Tag."),
            )
        ]

    def __str__(self):
        return f"Vermerk {self.pk}"
