"""How a case begins: the first interview, and what is decided after it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.models import Language
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey, Versioned
from kim.text import label_of


class OfCaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))


class FirstInterview(PersonalData, Versioned):
    """The first talk (Erstgespräch): what was explained and asked, and which privacy notice was handed over."""

    STEPS = ("told_voluntary", "told_free", "told_confidential", "asked_interpreter", "asked_consent")

    personal = {"notice_given_on": None, "notice_language": None, "notice_version": ""}
    not_personal = {"id", "version", "case", "held_on", *STEPS, "created_by"}

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="first_interview", verbose_name=_("Fall"))
    held_on = models.DateField(_("geführt am"), default=timezone.localdate)
    told_voluntary = models.BooleanField(_("Die Beratung ist freiwillig"), default=False)
    told_free = models.BooleanField(_("Die Beratung kostet nichts"), default=False)
    told_confidential = models.BooleanField(_("Schweigepflicht und ihre Grenzen"), default=False)
    asked_interpreter = models.BooleanField(_("nach Sprachmittlung gefragt"), default=False)
    asked_consent = models.BooleanField(_("um Einwilligung gebeten"), default=False)
    notice_given_on = models.DateField(_("Datenschutzhinweis ausgehändigt am"), null=True, blank=True)
    notice_language = models.ForeignKey(
        Language,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("in welcher Sprache"),
    )
    notice_version = models.CharField(_("in welcher Fassung"), max_length=30, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("Erstgespräch")
        verbose_name_plural = _("Erstgespräche")
        constraints = [
            models.CheckConstraint(
                name="first_interview_notice_is_whole",
                condition=Q(notice_given_on=None, notice_language=None, notice_version="")
                | Q(notice_given_on__isnull=False, notice_language__isnull=False),
                violation_error_message=_("Zum Datenschutzhinweis gehören Tag und Sprache."),
            ),
        ]

    def __str__(self):
        return f"Erstgespräch {self.pk}"

    @property
    def missing(self) -> list[str]:
        """What has not been explained, asked or handed over yet, in words."""
        open_steps = [name for name in self.STEPS if not getattr(self, name)]
        if self.notice_given_on is None:
            open_steps.append("notice_given_on")
        return [str(self._meta.get_field(name).verbose_name) for name in open_steps]


class ClearingDecision(PersonalData, FormKey):
    """What came out of the clearing (Klärung): which help, or none; later decisions stand beside the first."""

    class Outcome(models.TextChoices):
        SIGNPOSTING = "signposting", _("Verweisberatung")
        BRIEF = "brief", _("Kurzberatung")
        CASE_MANAGEMENT = "case_management", _("Case Management")
        NOT_TAKEN = "not_taken", _("nicht aufgenommen")

    personal = {"reason": "", "referred_to": "–"}
    not_personal = {"id", "case", "outcome", "decided_on", "form_key", "created_at", "created_by"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="clearing_decisions", verbose_name=_("Fall"))
    outcome = models.CharField(_("Entscheidung"), max_length=20, choices=Outcome.choices)
    decided_on = models.DateField(_("entschieden am"), default=timezone.localdate)
    reason = EncryptedTextField(_("Begründung"), max_length=1000)
    referred_to = EncryptedTextField(_("verwiesen an"), blank=True, max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("Entscheidung der Klärung")
        verbose_name_plural = _("Entscheidungen der Klärung")
        ordering = ["-decided_on", "-created_at"]
        constraints = [
            models.CheckConstraint(
                name="clearing_not_taken_is_referred",
                condition=~Q(outcome="not_taken", referred_to=""),
                violation_error_message=_("Bitte eintragen, wohin die Person verwiesen ist."),
            ),
        ]

    def __str__(self):
        return f"Entscheidung {self.pk}"

    def get_outcome_display(self) -> str:
        return label_of(self.Outcome, self.outcome)
