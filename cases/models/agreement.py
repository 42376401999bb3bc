"""What consents and releases from confidentiality share: given in some form, for some time, and withdrawn at will."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.client import Client

WARNED_BEFORE = timedelta(days=30)


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(client__in=Client.objects.visible_to(user))

    def in_force(self, day=None):
        """Given, not withdrawn, and valid on that day; the last day counts."""
        day = day or timezone.localdate()
        lasting = Q(valid_until=None) | Q(valid_until__gte=day)
        return self.filter(lasting, given_on__lte=day, withdrawn_on=None)

    def expiring(self, day=None):
        """In force for another thirty days at most, where a case is open."""
        day = day or timezone.localdate()
        running = Case.objects.open().filter(client=OuterRef("client"))
        return self.in_force(day).filter(Exists(running), valid_until__lte=day + WARNED_BEFORE)

    def unannounced(self):
        """Nobody has been told yet that they expire."""
        return self.filter(announced_at=None)


class Agreement(models.Model):
    """Agreed to by the person. It is in force, expired or withdrawn, and never two of these."""

    class Form(models.TextChoices):
        WRITTEN = "written", _("schriftlich")
        ELECTRONIC = "electronic", _("elektronisch")
        ORAL = "oral", _("mündlich")

    form = models.CharField(_("Form"), max_length=12, choices=Form.choices)
    given_on = models.DateField(_("erteilt am"))
    valid_until = models.DateField(_("gilt bis einschließlich"), null=True, blank=True)
    withdrawn_on = models.DateField(_("widerrufen am"), null=True, blank=True)
    announced_at = models.DateTimeField(_("Ablauf angekündigt"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_withdrawn_after_given",
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("given_on")),
                violation_error_message=_("Der Widerruf liegt vor der Einwilligung."),
            ),
            models.CheckConstraint(
                name="%(class)s_valid_after_given",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("given_on")),
                violation_error_message=_("Der letzte gültige Tag liegt vor dem Tag der Erteilung."),
            ),
            models.CheckConstraint(
                name="%(class)s_expired_or_withdrawn",
                condition=Q(withdrawn_on=None) | Q(valid_until=None) | Q(withdrawn_on__lte=F("valid_until")),
                violation_error_message=_("Was abgelaufen ist, lässt sich nicht mehr widerrufen."),
            ),
        ]

    @property
    def state(self) -> str:
        """in_force, expiring (within thirty days), expired or withdrawn; today."""
        today = timezone.localdate()
        if self.withdrawn_on:
            return "withdrawn"
        if self.valid_until is None or self.valid_until > today + WARNED_BEFORE:
            return "in_force"
        return "expiring" if self.valid_until >= today else "expired"

    @property
    def is_in_force(self) -> bool:
        return self.state in ("in_force", "expiring")

    def withdraw(self) -> None:
        if self.withdrawn_on:
            raise ValidationError(_("Das ist schon widerrufen."))
        if not self.is_in_force:
            raise ValidationError(_("Das gilt schon nicht mehr; ein Widerruf ist nicht nötig."))
        self.withdrawn_on = timezone.localdate()
