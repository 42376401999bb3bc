"""What the application tells somebody who works with it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import FOLLOW_UP_PERIOD, Case
from districts.models import Substitution
from kim.permissions import GRANTS, Permission
from kim.privacy.models import PersonalData

KEPT_FOR = timedelta(days=90)
LEADING = [role for role, granted in GRANTS.items() if Permission.LEAD_TEAM in granted]


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, and of cases only those one may still open, or has in the list of the own team."""
        if not user.is_authenticated:
            return self.none()
        within_reach = Q(case__in=Case.objects.visible_to(user)) | Q(case__in=Case.objects.listed_for(user))
        return self.filter(Q(case=None) | within_reach, user=user)

    def unread(self):
        return self.filter(read_at=None)

    def expired(self):
        return self.filter(created_at__lt=timezone.now() - KEPT_FOR)

    def unread_of_each_user(self):
        """As a column of a query for users: how many unread notices visible_to() would show to each of them.

        It comes along with the account at every request (cases.backends), so that the bell costs no query.
        """
        shown = self.unread().filter(user=OuterRef("pk")).filter(Q(case=None) | _opens(OuterRef("pk"))).order_by()
        counted = shown.values("user").annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(counted), 0)


def _opens(user):
    """The condition of Case.visible_to() and listed_for(), for a user who is a column of the outer query."""
    today = timezone.localdate()
    is_there = Q(case__closed_on=None) | Q(case__closed_on__gte=today - FOLLOW_UP_PERIOD)
    is_own = Q(case__case_manager__user=user, case__case_manager__provider=F("case__provider"))
    deputising = Substitution.objects.in_force(today).filter(
        absent=OuterRef("case__case_manager"),
        deputy__user=OuterRef("user"),
        deputy__provider=OuterRef("case__provider"),
    )
    is_deputised = Q(case__track__is_protected=False) & Exists(deputising)
    is_listed = Q(user__role__in=LEADING, user__membership__provider=F("case__provider"))
    return is_there & (is_own | is_deputised) | is_listed


class Notice(PersonalData):
    """One line for one user: what happened and where to look. It says no name and no content; the page behind does."""

    class Kind(models.TextChoices):
        REQUEST_ASSIGNED = "request_assigned", _("Eine Anfrage ist Ihnen zugewiesen.")
        REQUEST_ARRIVED = "request_arrived", _("Eine neue Anfrage liegt bei Ihrem Träger.")
        REQUEST_NEW = "request_new", _("Eine neue Anfrage ist zu verteilen.")
        REPLY_ARRIVED = "reply_arrived", _("Zu einer Anfrage ist eine Nachricht eingegangen.")
        ANSWER_FAILED = "answer_failed", _("Eine Antwort auf eine Anfrage ist vielleicht nicht angekommen.")
        REQUEST_DOUBTFUL = "request_doubtful", _("Bei Ihrem Träger liegt eine Anfrage, die vielleicht Spam ist.")
        REQUEST_EXPIRING = "request_expiring", _("Eine offene Anfrage wird in vier Wochen gelöscht.")
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
        OBSERVATION_OUTCOME = "observation_outcome", _("Zu einer Beobachtung gibt es eine Rückmeldung.")
        FINDING_WAITS = "finding_waits", _("Ein Bedarf wartet auf den nächsten Schritt.")
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
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notice_desk"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self):
        return f"Hinweis {self.pk}"
