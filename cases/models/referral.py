"""Linking: where somebody was sent on to, and what came of it."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.base import FormKey, Versioned
from cases.models.case import Case
from districts.models import Barrier, Institution, Topic
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.text import label_of

ASK_AFTER = timedelta(weeks=2)
LONGEST_WAIT = 3650
DETAILS = (
    "case", "made_on", "kind", "result", "result_on", "barrier", "waiting_days", "ask_again_on", "other_institution",
    "note", "institution__name", "institution__is_active", "topic__name", "topic__name_en", "topic__parent",
    "created_by__name",
)  # fmt: skip


class ReferralQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))

    def open(self):
        """Nobody has said yet what came of it."""
        return self.filter(result=Referral.Result.OPEN)

    def failed(self):
        """The person did not get the help, or not yet: each of these names a barrier."""
        return self.filter(result__in=Referral.FAILED)

    def result_due(self, day=None):
        """Of running cases, without a last word, and the day to ask for it has come."""
        day = day or timezone.localdate()
        return self.filter(result__in=Referral.UNFINISHED, ask_again_on__lte=day, case__closed_on=None)

    def unannounced(self):
        """Nobody was told since the day to ask was set."""
        return self.filter(Q(announced_on=None) | Q(announced_on__lt=F("ask_again_on")))

    def open_first(self):
        """As a list shows them: those without a result on top, each part from the newest on."""
        place = models.Case(models.When(result=Referral.Result.OPEN, then=0), default=1)
        return self.order_by(place, "-made_on", "-created_at")

    def with_details(self):
        """What a list shows of a referral, and no column more of the records around it."""
        return self.select_related("case", "institution", "topic", "created_by").only("case__number", *DETAILS)


class Referral(PersonalData, FormKey, Versioned):
    """One attempt to open a door: to an institution of the directory, or to one that is named here.

    It notes where the person was sent, not what the institution was told: nothing of the person is handed over by it.
    """

    class Kind(models.TextChoices):
        HINT = "hint", _("Hinweis gegeben")
        APPOINTMENT = "appointment", _("Termin vereinbart")
        ACCOMPANIED = "accompanied", _("begleitet")
        REGISTERED = "registered", _("angemeldet")

    class Result(models.TextChoices):
        OPEN = "open", _("offen")
        ACCEPTED = "accepted", _("angenommen")
        REJECTED = "rejected", _("abgelehnt")
        WAITING_LIST = "waiting_list", _("Warteliste")
        NOT_GONE = "not_gone", _("nicht hingegangen")
        UNKNOWN = "unknown", _("unbekannt")

    FAILED = (Result.REJECTED, Result.WAITING_LIST, Result.NOT_GONE)
    UNFINISHED = (Result.OPEN, Result.WAITING_LIST)
    kept_elsewhere = {"announced_on"}

    personal = {"other_institution": "", "note": "", "institution": None}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "version", "case", "topic", "kind", "made_on", "result",
        "result_on", "barrier", "waiting_days", "ask_again_on", "announced_on",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="referrals", verbose_name=_("Fall"))
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Einrichtung")
    )
    other_institution = EncryptedTextField(_("andere Einrichtung"), blank=True, max_length=200)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("Thema"))
    kind = models.CharField(_("Art der Vermittlung"), max_length=15, choices=Kind.choices, default=Kind.HINT)
    made_on = models.DateField(_("vermittelt am"), default=timezone.localdate)
    result = models.CharField(_("Ergebnis"), max_length=15, choices=Result.choices, default=Result.OPEN)
    result_on = models.DateField(_("Ergebnis vom"), null=True, blank=True)
    barrier = models.CharField(_("Hürde"), max_length=20, choices=Barrier.choices, blank=True)
    waiting_days = models.PositiveSmallIntegerField(
        _("Wartezeit in Tagen"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_WAIT)]
    )
    ask_again_on = models.DateField(_("nachfragen am"), null=True, blank=True)
    announced_on = models.DateField(null=True, editable=False)
    note = EncryptedTextField(_("Notiz"), blank=True, max_length=5000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("Vermittlung")
        verbose_name_plural = _("Vermittlungen")
        ordering = ["-made_on", "-created_at"]
        indexes = [
            models.Index(fields=["case", "-made_on"], name="referral_file"),
            models.Index(
                fields=["ask_again_on"], condition=Q(result__in=["open", "waiting_list"]), name="referral_result_due"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="referral_one_institution",
                condition=Q(institution=None) | Q(other_institution=""),
                violation_error_message=_("Bitte entweder eine Einrichtung wählen oder eine andere nennen."),
            ),
            models.CheckConstraint(
                name="referral_result_with_date",
                condition=Q(result="open", result_on=None) | (~Q(result="open") & ~Q(result_on=None)),
                violation_error_message=_("Zum Ergebnis gehört der Tag, an dem es feststand."),
            ),
            models.CheckConstraint(
                name="referral_result_after_made",
                condition=Q(result_on=None) | Q(result_on__gte=F("made_on")),
                violation_error_message=_("Das Ergebnis liegt vor der Vermittlung."),
            ),
            models.CheckConstraint(
                name="referral_barrier_when_failed",
                condition=(Q(result__in=["rejected", "waiting_list", "not_gone"]) & ~Q(barrier=""))
                | (~Q(result__in=["rejected", "waiting_list", "not_gone"]) & Q(barrier="")),
                violation_error_message=_("Eine Hürde gehört zu jeder gescheiterten Vermittlung, und nur zu dieser."),
            ),
        ]

    def __str__(self):
        return f"Vermittlung {self.pk}"

    def get_kind_display(self) -> str:
        return label_of(self.Kind, self.kind)

    def get_result_display(self) -> str:
        return label_of(self.Result, self.result)

    def get_barrier_display(self) -> str:
        return label_of(Barrier, self.barrier)

    @property
    def where(self) -> str:
        return self.institution.name if self.institution else self.other_institution

    @property
    def is_open(self) -> bool:
        return self.result == self.Result.OPEN

    @property
    def is_unfinished(self) -> bool:
        return self.result in self.UNFINISHED

    @property
    def has_failed(self) -> bool:
        return self.result in self.FAILED

    @property
    def is_result_due(self) -> bool:
        """As result_due(), for a row that is there already; the case is that of the page."""
        return self.is_unfinished and self.ask_again_on is not None and self.ask_again_on <= timezone.localdate()

    def settle(self) -> None:
        """Bring what follows from the result in line: nothing without one, days waited when the door opened."""
        if self.is_open:
            self.result_on, self.barrier, self.waiting_days = None, "", None
            return
        if not self.is_unfinished:
            self.ask_again_on = None
        if self.result == self.Result.ACCEPTED and self.waiting_days is None and self.result_on:
            self.waiting_days = min((self.result_on - self.made_on).days, LONGEST_WAIT)
