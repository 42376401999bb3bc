"""The figures of the city: rounded when they are written, so that nothing exact can be read from here."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.periods import Quarter


class SituationQuerySet(models.QuerySet):
    def newest(self):
        return self.order_by("as_of").last()

    def last_count_of(self, quarter: Quarter):
        """The last one after the end of a quarter that has counted it, and not read its report."""
        known = self.filter(as_of__gt=quarter.end, figures__quarters__has_key=quarter.key)
        is_read = Q(**{f"figures__quarters__{quarter.key}__has_key": "report"})
        return known.exclude(is_read).newest()


class Situation(models.Model):
    """What the city knew on a day: figures of five quarters and thirteen months, each a published number.

    `figures` is what reports.publishing wrote: rounded numbers, None for what is withheld, and the heads of the tables
    as they were called on the day. A quarter with a frozen report has that report's numbers, and says so ("report").
    The true values are never stored. Rules: docs/datenschutz.md.
    """

    as_of = models.DateField(pgettext_lazy("date of the figures", "Stand"), unique=True)
    computed_at = models.DateTimeField(_("berechnet am"), default=timezone.now)
    catalogue_version = models.CharField(_("Fassung der Kataloge"), max_length=12)
    program_version = models.CharField(_("Fassung der Zählregeln"), max_length=12)
    figures = models.JSONField(_("Zahlen"))

    objects = SituationQuerySet.as_manager()

    class Meta:
        verbose_name = _("Lage")
        verbose_name_plural = _("Lagen")
        ordering = ["-as_of"]

    def __str__(self):
        return f"Lage {self.as_of:%d.%m.%Y}"

    @property
    def audit_name(self) -> str:
        return f"situation:{self.as_of.isoformat()}"

    @property
    def audit_organisation(self) -> str:
        return ""
