"""How often the public form came from one place in the net, so that a slow flood is seen as one."""

import ipaddress
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kim.privacy.models import PersonalData

COUNTED = timedelta(hours=24)
ONE_HOME = 64  # bits of an IPv6 address that a household has in common


class FormSourceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Nobody's: the form counts for itself."""
        return self.none()

    def within_a_day(self):
        """The hour that has just begun and the 24 before it: rather an hour too long than too short."""
        return self.filter(hour__gt=timezone.now() - COUNTED - timedelta(hours=1))

    def expired(self):
        return self.filter(hour__lte=timezone.now() - COUNTED - timedelta(hours=1))


class FormSource(PersonalData):
    """One hour of one place: a number and a keyed hash, which tells nobody without our secret the address."""

    personal: ClassVar[dict[str, object]] = {}
    not_personal = {"id", "key", "hour", "sent"}

    key = models.CharField(max_length=64, help_text=_("Hash der Netzadresse mit unserem Schlüssel."))
    hour = models.DateTimeField()
    sent = models.PositiveIntegerField(default=0)

    objects = FormSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("Herkunft von Anmeldungen")
        verbose_name_plural = _("Herkünfte von Anmeldungen")
        constraints = [models.UniqueConstraint(fields=["key", "hour"], name="form_source_once_an_hour")]

    def __str__(self):
        return f"Herkunft {self.pk}"

    @classmethod
    def note(cls, address: str) -> int:
        """One more has come from there; how many had come within a day before it."""
        key = _hidden(address)
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        row, _is_new = cls.objects.get_or_create(key=key, hour=hour)
        cls.objects.filter(pk=row.pk).update(sent=F("sent") + 1)
        return cls.objects.within_a_day().filter(key=key).aggregate(sent=Sum("sent"))["sent"] - 1


def _hidden(address: str) -> str:
    if ":" in address:
        address = str(ipaddress.ip_network(f"{address}/{ONE_HOME}", strict=False))
    return salted_hmac("cases.form_source", address, algorithm="sha256").hexdigest()
