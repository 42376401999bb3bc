"""The address under which somebody without an account reads one report."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kim.privacy.tokens import hash_of, new_token
from kim.text import CleanCharField
from reports.models.report import Report

LINK_TAKEN = _("Dafür gibt es schon einen Link. Bitte ihn zuerst zurückziehen.")


class ReportLinkQuerySet(models.QuerySet):
    def valid(self):
        """Neither withdrawn nor over, to a report that stands."""
        today = timezone.localdate()
        return self.filter(revoked_at=None, valid_until__gte=today, report__status=Report.Status.FROZEN)

    def known_by(self, token: str):
        return self.valid().filter(token_hash=hash_of(token))


class ReportLink(models.Model):
    """Only the hash is stored: the address is shown once and cannot be read again."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="links", editable=False)
    label = CleanCharField(
        _("Für wen"),
        max_length=120,
        help_text=_("Gremium oder Stelle, zum Beispiel Integrationsrat. Keine Namen von Personen."),
    )
    valid_until = models.DateField(_("Gültig bis"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )
    created_at = models.DateTimeField(_("angelegt am"), default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(_("zurückgezogen am"), null=True, editable=False)

    objects = ReportLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("Link zum Bericht")
        verbose_name_plural = _("Links zu Berichten")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "label"],
                condition=Q(revoked_at=None),
                name="report_link_once_for_each",
                violation_error_message=LINK_TAKEN,
            ),
            models.CheckConstraint(
                name="report_link_revoked_after_created",
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("created_at")),
                violation_error_message=_("Der Link wurde zurückgezogen, bevor es ihn gab."),
            ),
        ]

    def __str__(self):
        return f"Link {self.pk} zu {self.report}"

    @property
    def is_over(self) -> bool:
        return self.valid_until < timezone.localdate()

    def new_token(self) -> str:
        token = new_token()
        self.token_hash = hash_of(token)
        return token

    def revoke(self) -> None:
        if self.revoked_at:
            raise ValidationError(_("Dieser Link ist schon zurückgezogen."))
        self.revoked_at = timezone.now()
