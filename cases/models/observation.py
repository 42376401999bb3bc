"""What a case shows about the system."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.base import FormKey, Versioned
from cases.models.case import Case
from districts.models import Barrier, District, Institution, Provider, Topic
from kim.permissions import Permission, may
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.text import CleanCharField, CleanTextField, label_of

FOR_THE_CITY = (
    "topic__name",
    "topic__name_en",
    "institution__name",
    "district__name",
    "barrier",
    "text",
    "released_on",
)


class ObservationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own; for the lead what the Träger's staff has proposed. The city asks for_city()."""
        own = Provider.objects.of(user) if user.is_authenticated else Provider.objects.none()
        if may(user, Permission.LEAD_TEAM):
            return self.proposed().filter(provider__in=own)
        if may(user, Permission.WRITE_OBSERVATIONS):
            return self.filter(created_by=user, provider__in=own)
        return self.none()

    def listed_for(self, user):
        """For the lead the released ones of the own Träger: what became of what the team has seen."""
        if not may(user, Permission.LEAD_TEAM):
            return self.none()
        return self.released().filter(provider__in=Provider.objects.of(user)).order_by("-released_on", "pk")

    def proposed(self):
        return self.filter(status=Observation.Status.PROPOSED)

    def released(self):
        return self.filter(status=Observation.Status.RELEASED)

    def for_city(self):
        """The released ones without the columns of case, Träger and writer: what leaves the Träger, and no more."""
        rows = self.released().select_related("topic", "institution", "district")
        return rows.only(*FOR_THE_CITY).order_by("-released_on", "pk")

    def with_row_data(self):
        return self.select_related("topic", "institution", "district", "created_by")


class Observation(PersonalData, FormKey, Versioned):
    """Where the system failed somebody, in words without persons. The lead releases it; then the city may read it.

    Keeps the Stadtbezirk as it was on the day. Of a protected track it keeps none, and no observation names a track.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Entwurf")
        PROPOSED = "proposed", _("wartet auf Freigabe")
        RELEASED = "released", _("freigegeben")
        RETURNED = "returned", _("zurückgegeben")

    class Outcome(models.TextChoices):
        """What the coordinating office made of a released one, in the words for those who saw it."""

        BUNDLED = "bundled", _("gehört jetzt zu einem Bedarf")
        REVIEW = "review", _("wird geprüft")
        WORKING_GROUP = "working_group", _("liegt bei einer Arbeitsgruppe")
        STEERING = "steering", _("liegt bei der Lenkungsgruppe")
        AGREED = "agreed", _("eine Maßnahme ist vereinbart")
        DONE = "done", _("die Maßnahme ist umgesetzt")
        CHECKED = "checked", _("die Wirkung ist geprüft")
        NOT_LOCAL = "not_local", _("lässt sich in Köln nicht lösen")
        DROPPED = "dropped", _("wird nicht weiterverfolgt")

    EDITABLE = (Status.DRAFT, Status.RETURNED)

    personal = {"case": None, "return_reason": ""}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "version", "provider", "topic", "institution", "district",
        "barrier", "text", "status", "is_without_persons", "released_by", "released_on", "outcome", "outcome_title",
        "outcome_text", "outcome_on",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.SET_NULL, related_name="observations", verbose_name=_("Fall")
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", verbose_name=_("Träger"))
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("Thema"))
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Einrichtung")
    )
    district = models.ForeignKey(
        District, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Stadtbezirk")
    )
    barrier = models.CharField(_("Hürde"), max_length=20, choices=Barrier.choices)
    text = EncryptedTextField(_("Was zeigt der Fall über das System?"), max_length=3000)
    status = models.CharField(_("Stand"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    is_without_persons = models.BooleanField(_("Enthält keine Personen"), default=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    released_on = models.DateField(_("freigegeben am"), null=True, blank=True, editable=False)
    return_reason = EncryptedTextField(_("Grund der Rückgabe"), blank=True, max_length=1000)
    outcome = models.CharField(
        _("Was daraus wurde"), max_length=15, choices=Outcome.choices, blank=True, editable=False
    )
    outcome_title = CleanCharField(_("Bedarf"), max_length=120, blank=True, editable=False)
    outcome_text = CleanTextField(_("Rückmeldung"), max_length=1000, blank=True, editable=False)
    outcome_on = models.DateField(_("Rückmeldung vom"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("Beobachtung")
        verbose_name_plural = _("Beobachtungen")
        ordering = ["-created_at", "pk"]
        indexes = [
            models.Index(fields=["provider", "status"], name="observation_team"),
            models.Index(fields=["created_by", "-created_at"], name="observation_desk"),
        ]
        constraints = [
            models.CheckConstraint(
                name="observation_shown_without_persons",
                condition=Q(status__in=["draft", "returned"]) | Q(is_without_persons=True),
                violation_error_message=_("Bitte bestätigen, dass der Text keine Personen enthält."),
            ),
            models.CheckConstraint(
                name="observation_released_with_day",
                condition=Q(status="released", released_on__isnull=False, released_by__isnull=False)
                | (~Q(status="released") & Q(released_on=None, released_by=None)),
                violation_error_message=_("Zur Freigabe gehören Tag und Person."),
            ),
        ]

    def __str__(self):
        return f"Beobachtung {self.pk}"

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    def get_barrier_display(self) -> str:
        return label_of(Barrier, self.barrier)

    def get_outcome_display(self) -> str:
        return label_of(self.Outcome, self.outcome)

    @property
    def audit_name(self) -> str:
        return f"observation:{self.pk}"

    @property
    def audit_organisation(self) -> str:
        return self.provider.code

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    @property
    def is_proposed(self) -> bool:
        return self.status == self.Status.PROPOSED

    @property
    def is_released(self) -> bool:
        return self.status == self.Status.RELEASED

    def is_about(self, case: Case) -> None:
        """Take over what a case tells about place and Träger; of a protected track nothing that narrows it down."""
        self.case, self.provider = case, case.provider
        self.district = None if case.track.is_protected else case.district

    def edit(self) -> None:
        if not self.is_editable:
            raise ValidationError(_("Die Beobachtung liegt schon bei der Teamleitung. Bitte zuerst zurückholen."))
        self.status, self.is_without_persons = self.Status.DRAFT, False

    def propose(self) -> None:
        if not self.is_editable:
            raise ValidationError(_("Die Beobachtung ist schon vorgeschlagen."))
        self.status, self.is_without_persons, self.return_reason = self.Status.PROPOSED, True, ""

    def take_back(self) -> None:
        if not self.is_proposed:
            raise ValidationError(_("Die Teamleitung hat schon entschieden, oder es ist nichts vorgeschlagen."))
        self.status = self.Status.DRAFT

    def release(self, by) -> None:
        if not self.is_proposed:
            raise ValidationError(_("Diese Beobachtung wartet nicht mehr auf Freigabe."))
        self.status, self.released_by, self.released_on = self.Status.RELEASED, by, timezone.localdate()

    def return_to_writer(self, reason: str) -> None:
        if not self.is_proposed:
            raise ValidationError(_("Diese Beobachtung wartet nicht mehr auf Freigabe."))
        self.status, self.return_reason = self.Status.RETURNED, reason
