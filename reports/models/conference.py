"""A meeting in which a body decides on findings."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from kim.records import FormKey
from kim.text import CleanCharField, label_of


class Body(models.TextChoices):
    """Who decides, from the desk of the coordinating office to the top."""

    OFFICE = "office", _("Koordinierende Fachstelle")
    WORKING_GROUP = "working_group", _("Arbeitsgruppe")
    PROJECT_GROUP = "project_group", _("Projektgruppe")
    STEERING_GROUP = "steering_group", _("Steuerungsgruppe")
    STEERING_COMMITTEE = "steering_committee", _("Lenkungsgruppe")


class ConferenceQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def with_next(self, today):
        """Annotates later_on: when the next one is held after this one, or after today if this one lies back."""
        day = Greatest(OuterRef("held_on"), Value(today, models.DateField()))
        later = Conference.objects.filter(held_on__gt=day).order_by("held_on").values("held_on")
        return self.annotate(later_on=Subquery(later[:1]))


class Conference(FormKey):
    """A planning conference. Its agenda comes from the data on the day, its minutes are the decisions made in it."""

    title = CleanCharField(_("Titel"), max_length=120)
    body = models.CharField(_("Gremium"), max_length=20, choices=Body.choices, default=Body.STEERING_GROUP)
    held_on = models.DateField(_("Datum"))
    closed_at = models.DateTimeField(_("abgeschlossen am"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = ConferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("Planungskonferenz")
        verbose_name_plural = _("Planungskonferenzen")
        ordering = ["-held_on", "-pk"]

    def __str__(self):
        return f"Planungskonferenz {self.pk}"

    def get_body_display(self) -> str:
        return label_of(Body, self.body)

    @property
    def audit_name(self) -> str:
        return f"conference:{self.pk}"

    @property
    def audit_organisation(self) -> str:
        return "city"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @cached_property
    def later_on(self):
        """with_next() reads it together with the row."""
        return Conference.objects.with_next(timezone.localdate()).values_list("later_on", flat=True).get(pk=self.pk)

    def close(self) -> None:
        if not self.is_open:
            raise ValidationError(_("Die Planungskonferenz ist schon abgeschlossen."))
        self.closed_at = timezone.now()
