"""A case changes hands, and how often it was opened again."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.models import CaseManager, Provider
from kim.permissions import Permission, may
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey
from kim.text import label_of


class HandoverQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of one's files and what is offered to oneself; for leads what goes to or comes from another Träger.

        A receiving lead finds it from the release by the other lead until it is answered, and nothing of the person.
        """
        if not user.is_authenticated:
            return self.none()
        own = Provider.objects.of(user)
        if may(user, Permission.LEAD_TEAM):
            arriving = Q(to_provider__in=own, status=Handover.Status.RELEASED)
            return self.external().filter(Q(provider__in=own) | arriving)
        if may(user, Permission.WORK_ON_CASES):
            return self.filter(
                Q(case__in=Case.objects.visible_to(user))
                | Q(pk__in=self.model.objects.offered_to(user).values("pk"), to_provider__in=own)
            )
        return self.none()

    def open(self):
        return self.filter(status__in=Handover.OPEN)

    def internal(self):
        return self.filter(to_provider=F("provider"))

    def external(self):
        return self.exclude(to_provider=F("provider"))

    def offered_to(self, user):
        """What a case manager has to answer."""
        return self.internal().filter(to_case_manager__user=user, status=Handover.Status.PROPOSED)

    def offered_by(self, user):
        """What a case manager waits for."""
        return self.open().filter(from_case_manager__user=user)

    def to_release(self, user):
        """What the lead of the Träger that gives has to look at."""
        return self.external().filter(provider__in=Provider.objects.of(user), status=Handover.Status.PROPOSED)

    def released_by_team_of(self, user):
        """What the own lead has let go and another Träger has not answered."""
        return self.external().filter(provider__in=Provider.objects.of(user), status=Handover.Status.RELEASED)

    def arriving_for(self, user):
        """What the lead of the Träger that receives has to answer."""
        return self.external().filter(to_provider__in=Provider.objects.of(user), status=Handover.Status.RELEASED)

    def with_row_data(self):
        return self.select_related(
            "case__district", "provider", "to_provider", "from_case_manager__user", "to_case_manager__user"
        )


class Handover(PersonalData, FormKey):
    """The offer to take over a case: to a colleague, who answers it; to another Träger, whose lead answers it.

    Only what Status says may happen to it, and each change is one conditional UPDATE. At most one is open per case.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("vorgeschlagen")
        RELEASED = "released", _("von der eigenen Teamleitung freigegeben")
        ACCEPTED = "accepted", _("angenommen")
        DECLINED = "declined", _("abgelehnt")
        WITHDRAWN = "withdrawn", _("zurückgezogen")
        STOPPED = "stopped", _("beendet, weil sich der Fall geändert hat")

    OPEN = (Status.PROPOSED, Status.RELEASED)

    personal = {"summary": "", "reason": ""}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "case", "provider", "from_case_manager", "to_provider",
        "to_case_manager", "status", "released_by", "released_at", "decided_by", "decided_at",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="handovers", verbose_name=_("Fall"))
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", verbose_name=_("Träger"))
    from_case_manager = models.ForeignKey(
        CaseManager, on_delete=models.PROTECT, related_name="handovers_given", verbose_name=_("von")
    )
    to_provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", verbose_name=_("an Träger"))
    to_case_manager = models.ForeignKey(
        CaseManager, null=True, blank=True, on_delete=models.PROTECT, related_name="handovers_offered",
        verbose_name=_("an"),
    )  # fmt: skip
    summary = EncryptedTextField(_("In eigenen Worten"), max_length=5000)
    status = models.CharField(_("Stand"), max_length=10, choices=Status.choices, default=Status.PROPOSED)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    released_at = models.DateTimeField(_("freigegeben am"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(_("entschieden am"), null=True, blank=True, editable=False)
    reason = EncryptedTextField(_("Grund der Ablehnung"), blank=True, max_length=1000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("Übergabe")
        verbose_name_plural = _("Übergaben")
        ordering = ["-created_at", "pk"]
        indexes = [
            models.Index(fields=["to_provider", "status"], name="handover_arriving"),
            models.Index(fields=["provider", "status"], name="handover_leaving"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(status__in=["proposed", "released"]),
                name="handover_one_open_per_case",
                violation_error_message=_("Für diesen Fall läuft schon eine Übergabe."),
            ),
            models.CheckConstraint(
                name="handover_not_to_oneself",
                condition=Q(to_case_manager=None) | ~Q(to_case_manager=F("from_case_manager")),
                violation_error_message=_("Niemand übergibt an sich selbst."),
            ),
            models.CheckConstraint(
                name="handover_colleague_or_provider",
                condition=~Q(to_case_manager=None, to_provider=F("provider")),
                violation_error_message=_("Bitte angeben, wer den Fall übernimmt."),
            ),
            models.CheckConstraint(
                name="handover_decided_with_moment",
                condition=Q(status__in=["proposed", "released"], decided_at=None)
                | Q(status__in=["accepted", "declined", "withdrawn", "stopped"], decided_at__isnull=False),
                violation_error_message=_("Zur Entscheidung gehört der Zeitpunkt."),
            ),
        ]

    def __str__(self):
        return self.reference

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    @property
    def reference(self) -> str:
        """How people speak about it who may not know the case number."""
        return f"Ü-{str(self.pk)[:8].upper()}"

    @property
    def audit_name(self) -> str:
        return f"handover:{self.pk}"

    @property
    def audit_organisation(self) -> str:
        return self.provider.code

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_external(self) -> bool:
        return self.provider_id != self.to_provider_id

    @property
    def goes_to(self) -> str:
        return str(self.to_provider if self.is_external else self.to_case_manager)

    def check_open(self) -> None:
        if not self.is_open:
            raise ValidationError(ANSWERED % {"status": self.get_status_display()})

    def check_awaits_release(self) -> None:
        """Only what goes to another Träger needs the own lead, and only once."""
        self.check_open()
        if not self.is_external or self.status != self.Status.PROPOSED:
            raise ValidationError(_("Diese Übergabe wartet nicht auf Ihre Freigabe."))

    def check_awaits_answer(self) -> None:
        """A colleague answers what is proposed; another Träger only what the own lead has released."""
        self.check_open()
        awaited = self.Status.RELEASED if self.is_external else self.Status.PROPOSED
        if self.status != awaited:
            raise ValidationError(_("Die Teamleitung des abgebenden Trägers hat noch nicht freigegeben."))


ANSWERED = _("Diese Übergabe ist schon entschieden: %(status)s.")


class FileQuerySet(models.QuerySet):
    """Parts of a file: whoever sees the file sees them."""

    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))


class TransferNote(PersonalData):
    """What another Träger gave along for a case that came from there: its own words, and nothing of its file."""

    personal = {"text": ""}
    not_personal = {"id", "case", "from_provider", "received_at"}

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="transfer_note", verbose_name=_("Fall"))
    from_provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="+", verbose_name=_("abgebender Träger")
    )
    text = EncryptedTextField(_("Zusammenfassung"), max_length=5000)
    received_at = models.DateTimeField(_("erhalten am"), default=timezone.now)

    objects = FileQuerySet.as_manager()

    class Meta:
        verbose_name = _("Übergabeblatt")
        verbose_name_plural = _("Übergabeblätter")

    def __str__(self):
        return f"Übergabeblatt {self.pk}"


class Reopening(PersonalData):
    """A closed case was opened again: when it had been closed, why, and since when it is open again."""

    personal = {}
    not_personal = {"id", "case", "closed_on", "closing_reason", "reopened_at", "reopened_by"}

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reopenings", verbose_name=_("Fall"))
    closed_on = models.DateField(_("war abgeschlossen am"))
    closing_reason = models.CharField(_("Beendigungsgrund"), max_length=25, choices=Case.ClosingReason.choices)
    reopened_at = models.DateTimeField(_("wieder geöffnet am"), default=timezone.now)
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = FileQuerySet.as_manager()

    class Meta:
        verbose_name = _("Wiederaufnahme")
        verbose_name_plural = _("Wiederaufnahmen")
        ordering = ["-reopened_at", "-pk"]

    def __str__(self):
        return f"Wiederaufnahme {self.pk}"

    @classmethod
    def of(cls, case: Case, by) -> "Reopening":
        """What is remembered of a closing that is about to be lifted."""
        return cls(case=case, closed_on=case.closed_on, closing_reason=case.closing_reason, reopened_by=by)
