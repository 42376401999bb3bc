"""What is left of requests that are deleted: a number for each month."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kim.permissions import Permission, may
from kim.privacy.models import PersonalData


class RequestCountQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Numbers of the whole city are for the coordinating office."""
        return self.all() if may(user, Permission.DISPATCH_REQUESTS) else self.none()


class RequestCount(PersonalData):
    """How many requests that came in during a month have been deleted since, but for those with a protected wish."""

    personal: ClassVar[dict[str, object]] = {}
    not_personal = {"id", "month", "deleted", "spam"}

    month = models.DateField(_("Monat"), unique=True, help_text=_("Der erste Tag des Monats."))
    deleted = models.PositiveIntegerField(_("gelöscht"), default=0)
    spam = models.PositiveIntegerField(_("als Spam gelöscht"), default=0)

    objects = RequestCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("Zahl gelöschter Anfragen")
        verbose_name_plural = _("Zahlen gelöschter Anfragen")
        ordering = ["-month"]

    def __str__(self):
        return f"{self.month:%m.%Y}"

    @classmethod
    def add(cls, month, *, deleted: int, spam: int) -> None:
        row, _is_new = cls.objects.get_or_create(month=month)
        cls.objects.filter(pk=row.pk).update(deleted=F("deleted") + deleted, spam=F("spam") + spam)
