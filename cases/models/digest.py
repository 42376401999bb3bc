"""Who wants the daily mail, and who has had today's."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kim.privacy.models import PersonalData


class DigestQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user=user) if user.is_authenticated else self.none()

    def claim(self, user, day) -> bool:
        """Whether this run sends today's mail. One conditional UPDATE decides, so nobody ever gets two."""
        waiting = self.filter(Q(sent_on=None) | Q(sent_on__lt=day), user=user, is_wanted=True)
        return waiting.update(sent_on=day) == 1


class Digest(PersonalData):
    """The daily mail of one account: wanted unless somebody says no, and sent at most once a day."""

    personal = {}
    not_personal = {"id", "user", "is_wanted", "sent_on"}

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest")
    is_wanted = models.BooleanField(_("Tägliche Mail, wenn etwas ansteht"), default=True)
    sent_on = models.DateField(_("zuletzt versandt am"), null=True, blank=True, editable=False)

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name = _("Tägliche Mail")
        verbose_name_plural = _("Tägliche Mails")

    def __str__(self):
        return f"Tägliche Mail {self.pk}"
