"""The plan: what the person wants to reach, who does what for it, and when it is looked at again."""

import uuid
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.need import Need
from districts.models import Topic
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey, Versioned
from kim.text import label_of

REVIEW_AHEAD = timedelta(days=14)
REVIEW_IN_PAST = _("Der Tag der Überprüfung liegt in der Vergangenheit.")


class SupportPlanQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))

    def agreed(self):
        """Those in force: at most one for each case."""
        return self.filter(status=SupportPlan.Status.AGREED)

    def drafts(self):
        return self.filter(status=SupportPlan.Status.DRAFT)

    def review_overdue(self, day: date | None = None):
        """In force in an open case, and the day of the review is over."""
        return self.agreed().filter(case__closed_on=None, review_on__lt=day or timezone.localdate())

    def review_due(self, day: date | None = None, ahead: timedelta = REVIEW_AHEAD):
        """In force in an open case, and the review falls between this day and `ahead` later, both included."""
        day = day or timezone.localdate()
        return self.agreed().filter(case__closed_on=None, review_on__gte=day, review_on__lte=day + ahead)

    def to_review(self, day: date | None = None):
        """Overdue, or due within a fortnight."""
        return self.review_overdue(day) | self.review_due(day)

    def with_goals(self):
        """With all that a page shows of a plan."""
        steps = models.Prefetch("steps", Step.objects.order_by("position", "pk"), to_attr="shown_steps")
        goals = Goal.objects.select_related("topic__parent").order_by("position", "created_at").prefetch_related(steps)
        return self.prefetch_related(models.Prefetch("goals", goals, to_attr="shown_goals"))


class SupportPlan(PersonalData, FormKey, Versioned):
    """One version of the plan of a case. An agreed one keeps its goals: changing them means a next version."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Entwurf")
        AGREED = "agreed", _("vereinbart")
        SUPERSEDED = "superseded", _("abgelöst")

    class Agreement(models.TextChoices):
        TALK = "talk", _("im Gespräch")
        REMOTE = "remote", _("am Telefon oder per Video")
        SIGNED = "signed", _("mit Unterschrift")

    personal = {"intro": ""}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "version", "case", "number", "status", "agreed_on", "agreed_how",
        "review_on", "superseded_on",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="plans", verbose_name=_("Fall"))
    number = models.PositiveSmallIntegerField(_("Fassung des Plans"), editable=False)
    status = models.CharField(_("Stand"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    intro = EncryptedTextField(_("Worum es geht"), blank=True, max_length=1500)
    agreed_on = models.DateField(_("vereinbart am"), null=True, blank=True, editable=False)
    agreed_how = models.CharField(
        _("wie vereinbart"), max_length=10, choices=Agreement.choices, blank=True, editable=False
    )
    review_on = models.DateField(_("Überprüfung am"), null=True, blank=True, editable=False)
    superseded_on = models.DateField(_("abgelöst am"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = SupportPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("Plan")
        verbose_name_plural = _("Pläne")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["review_on"], condition=Q(status="agreed"), name="plan_review"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="plan_number_per_case"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(status="agreed"),
                name="plan_one_agreed_per_case",
                violation_error_message=_("Für diesen Fall ist schon ein Plan vereinbart."),
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(status="draft"),
                name="plan_one_draft_per_case",
                violation_error_message=_("Für diesen Fall gibt es schon einen Entwurf."),
            ),
            models.CheckConstraint(
                name="plan_agreed_in_full",
                condition=Q(status="draft", agreed_on=None, agreed_how="", review_on=None)
                | (~Q(status="draft") & ~Q(agreed_on=None) & ~Q(agreed_how="") & ~Q(review_on=None)),
                violation_error_message=_("Zum vereinbarten Plan gehören Tag, Art und Überprüfung."),
            ),
            models.CheckConstraint(
                name="plan_review_after_agreement",
                condition=Q(review_on=None) | Q(review_on__gte=F("agreed_on")),
                violation_error_message=_("Die Überprüfung liegt vor der Vereinbarung."),
            ),
            models.CheckConstraint(
                name="plan_superseded_with_day",
                condition=(Q(status="superseded") & ~Q(superseded_on=None) & Q(superseded_on__gte=F("agreed_on")))
                | (~Q(status="superseded") & Q(superseded_on=None)),
                violation_error_message=_("Ein Plan wird frühestens am Tag seiner Vereinbarung abgelöst."),
            ),
        ]

    def __str__(self):
        return f"Plan {self.pk}"

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    def get_agreed_how_display(self) -> str:
        return label_of(self.Agreement, self.agreed_how)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_agreed(self) -> bool:
        return self.status == self.Status.AGREED

    @property
    def is_review_overdue(self) -> bool:
        return self.is_agreed and self.review_on is not None and self.review_on < timezone.localdate()

    def agree(self, *, on: date, how: str, review_on: date) -> None:
        if not self.is_draft:
            raise ValidationError(_("Dieser Plan ist schon vereinbart."))
        if on > timezone.localdate():
            raise ValidationError({"agreed_on": _("Das Datum liegt in der Zukunft.")})
        if on < self.case.opened_on:
            raise ValidationError({"agreed_on": _("Der Plan kann nicht vor der Eröffnung des Falls vereinbart sein.")})
        if review_on < timezone.localdate():
            raise ValidationError({"review_on": REVIEW_IN_PAST})
        if not self.goals.exists():
            raise ValidationError(_("Ein Plan braucht mindestens ein Ziel."))
        self.status, self.agreed_on, self.agreed_how, self.review_on = self.Status.AGREED, on, how, review_on

    def keep_until(self, review_on: date) -> None:
        """The plan was looked at and goes on as it is; the next look is on that day."""
        if not self.is_agreed:
            raise ValidationError(_("Überprüfen lässt sich nur der vereinbarte Plan."))
        if review_on <= timezone.localdate():
            raise ValidationError({"next_on": _("Die nächste Überprüfung liegt nach dem heutigen Tag.")})
        self.review_on = review_on


class PlanReviewQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(plan__case__in=Case.objects.visible_to(user))


class PlanReview(PersonalData):
    """Somebody looked at the plan and it went on unchanged: when, when it had been due, when the next look is due."""

    personal = {}
    not_personal = {"id", "plan", "reviewed_on", "was_due_on", "next_on", "recorded_by"}

    plan = models.ForeignKey(SupportPlan, on_delete=models.CASCADE, related_name="reviews")
    reviewed_on = models.DateField(_("überprüft am"), default=timezone.localdate)
    was_due_on = models.DateField(_("war fällig am"))
    next_on = models.DateField(_("nächste Überprüfung am"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = PlanReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("Überprüfung")
        verbose_name_plural = _("Überprüfungen")
        ordering = ["-reviewed_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="plan_review_leads_on",
                condition=Q(next_on__gt=F("reviewed_on")),
                violation_error_message=_("Die nächste Überprüfung liegt nach dem heutigen Tag."),
            )
        ]

    def __str__(self):
        return f"Überprüfung {self.pk}"


class GoalQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(plan__case__in=Case.objects.visible_to(user))

    def current(self):
        """Of plans in force; older versions and drafts hold the same goals once more."""
        return self.filter(plan__status=SupportPlan.Status.AGREED)

    def open(self):
        return self.filter(status__in=(Goal.Status.OPEN, Goal.Status.IN_PROGRESS))


class Goal(PersonalData, FormKey, Versioned):
    """What the person wants to reach, in their words. Carried over to the next version of the plan, it `continues`."""

    class Status(models.TextChoices):
        OPEN = "open", _("offen")
        IN_PROGRESS = "in_progress", _("in Arbeit")
        REACHED = "reached", _("erreicht")
        PARTLY = "partly", _("teilweise erreicht")
        NOT_REACHED = "not_reached", _("nicht erreicht")
        GIVEN_UP = "given_up", _("aufgegeben")

    FAILED = (Status.NOT_REACHED, Status.GIVEN_UP)
    SETTLED = (Status.REACHED, Status.PARTLY, *FAILED)

    personal = {"text": ""}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "version", "plan", "need", "topic", "due_on", "status",
        "is_system_hurdle", "settled_on", "position", "continues",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(SupportPlan, on_delete=models.CASCADE, related_name="goals", verbose_name=_("Plan"))
    need = models.ForeignKey(
        Need, null=True, blank=True, on_delete=models.SET_NULL, related_name="goals", verbose_name=_("Bedarf")
    )
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("Thema"))
    text = EncryptedTextField(_("Ziel"), max_length=300)
    due_on = models.DateField(_("bis wann"), null=True, blank=True)
    status = models.CharField(_("Stand"), max_length=12, choices=Status.choices, default=Status.OPEN, editable=False)
    is_system_hurdle = models.BooleanField(_("Hürde im System"), null=True, blank=True, editable=False)
    settled_on = models.DateField(_("entschieden am"), null=True, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0, editable=False)
    continues = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="continued_by", editable=False
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = _("Ziel")
        verbose_name_plural = _("Ziele")
        ordering = ["position", "created_at"]
        constraints = [
            models.CheckConstraint(
                name="goal_hurdle_when_failed",
                condition=(Q(status__in=("not_reached", "given_up")) & ~Q(is_system_hurdle=None))
                | (~Q(status__in=("not_reached", "given_up")) & Q(is_system_hurdle=None)),
                violation_error_message=_("Bitte angeben, ob es an einer Hürde im System lag."),
            ),
            models.CheckConstraint(
                name="goal_settled_with_day",
                condition=(Q(status__in=("open", "in_progress")) & Q(settled_on=None))
                | (~Q(status__in=("open", "in_progress")) & ~Q(settled_on=None)),
                violation_error_message=_("Stand und Tag der Entscheidung passen nicht zusammen."),
            ),
        ]

    def __str__(self):
        return f"Ziel {self.pk}"

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    @property
    def is_settled(self) -> bool:
        return self.status in self.SETTLED

    @property
    def is_overdue(self) -> bool:
        return not self.is_settled and self.due_on is not None and self.due_on < timezone.localdate()

    def settle(self, status: str, *, is_system_hurdle: bool | None) -> None:
        """Say how far it is. What was not reached says whether the system stood in the way."""
        if status not in self.Status.values:
            raise ValidationError({"status": _("Diesen Stand gibt es nicht.")})
        if status in self.FAILED and is_system_hurdle is None:
            raise ValidationError({"is_system_hurdle": _("Bitte angeben, ob es an einer Hürde im System lag.")})
        self.settled_on = timezone.localdate() if status in self.SETTLED else None
        self.status, self.is_system_hurdle = status, is_system_hurdle if status in self.FAILED else None


class StepQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(goal__plan__case__in=Case.objects.visible_to(user))

    def open(self):
        return self.filter(done_on=None)


class Step(PersonalData):
    """Who does what until when, on the way to a goal."""

    class Actor(models.TextChoices):
        CLIENT = "client", _("die Person selbst")
        CASE_MANAGER = "case_manager", _("Fallmanager*in")
        INSTITUTION = "institution", _("eine Einrichtung")
        OTHER = "other", _("jemand anderes")

    OTHERS = (Actor.INSTITUTION, Actor.OTHER)

    personal = {"text": "", "who": ""}
    not_personal = {"id", "goal", "actor", "due_on", "done_on", "position", "continues"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="steps", verbose_name=_("Ziel"))
    actor = models.CharField(_("Wer"), max_length=15, choices=Actor.choices, default=Actor.CLIENT)
    who = EncryptedTextField(_("Wer genau"), blank=True, max_length=100)
    text = EncryptedTextField(_("Was"), max_length=200)
    due_on = models.DateField(_("bis wann"), null=True, blank=True)
    done_on = models.DateField(_("erledigt am"), null=True, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0, editable=False)
    continues = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="continued_by", editable=False
    )

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = _("Schritt")
        verbose_name_plural = _("Schritte")
        ordering = ["position", "pk"]

    def __str__(self):
        return f"Schritt {self.pk}"

    def get_actor_display(self) -> str:
        return label_of(self.Actor, self.actor)

    @property
    def is_overdue(self) -> bool:
        return self.done_on is None and self.due_on is not None and self.due_on < timezone.localdate()
