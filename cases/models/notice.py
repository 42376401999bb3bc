"""What the application tells somebody who works with it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from kim.privacy.models import PersonalData


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, and of cases only those one may still open."""
        if not user.is_authenticated:
            return self.none()
        own = self.filter(user=user)
        return own.filter(models.Q(case=None) | models.Q(case__in=Case.objects.visible_to(user)))

    def unread(self):
        return self.filter(read_at=None)


class Notice(PersonalData):
    """One line for one user: what happened and where to look. It says no name and no content; the page behind does."""

    class Kind(models.TextChoices):
        REQUEST_ASSIGNED = "request_assigned", _("Eine Anfrage ist Ihnen zugewiesen.")
        REQUEST_ARRIVED = "request_arrived", _("Eine neue Anfrage liegt bei Ihrem Träger.")
        REQUEST_RETURNED = "request_returned", _("Eine Anfrage ist zurückgegeben.")
        HANDOVER_PROPOSED = "handover_proposed", _("Ihnen wird ein Fall zur Übernahme angeboten.")
        HANDOVER_ACCEPTED = "handover_accepted", _("Eine Übergabe ist angenommen.")
        HANDOVER_DECLINED = "handover_declined", _("Eine Übergabe ist abgelehnt.")
        CASE_RECEIVED = "case_received", _("Ein Fall liegt jetzt bei Ihnen.")
        SUBSTITUTION_GRANTED = "substitution_granted", _("Sie vertreten eine Kolleg*in.")
        REFERRAL_RESULT_DUE = "referral_result_due", _("Bei einer Vermittlung fehlt das Ergebnis.")
        CONSENT_EXPIRING = "consent_expiring", _("Eine Einwilligung läuft bald ab.")
        OBSERVATION_TO_RELEASE = "observation_to_release", _("Eine Beobachtung wartet auf Freigabe.")
        OBSERVATION_ANSWERED = "observation_answered", _("Über eine Beobachtung ist entschieden.")
        REOPENING_DECIDED = "reopening_decided", _("Über eine Wiederaufnahme ist entschieden.")
        DIRECTORY_REPORT = "directory_report", _("Zu einer Einrichtung ist eine Änderung gemeldet.")
        DIRECTORY_ANSWERED = "directory_answered", _("Ihre Meldung zum Verzeichnis ist beantwortet.")

    personal = {"path": ""}
    not_personal = {"id", "user", "kind", "case", "created_at", "read_at"}

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("Hinweis"), max_length=30, choices=Kind.choices)
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.CASCADE, related_name="notices")
    path = models.CharField(_("Seite"), max_length=200, help_text=_("Adresse im eigenen Haus, nie mit einem Namen."))
    created_at = models.DateTimeField(_("am"), default=timezone.now)
    read_at = models.DateTimeField(_("gelesen am"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("Hinweis")
        verbose_name_plural = _("Hinweise")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["user", "-created_at"], name="notice_desk")]

    def __str__(self):
        return f"Hinweis {self.pk}"
