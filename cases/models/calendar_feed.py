"""The secret address under which somebody's calendar reads the own appointments."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kim.privacy.models import PersonalData
from kim.privacy.tokens import hash_of, new_token


class CalendarFeedQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user=user) if user.is_authenticated else self.none()

    def known_by(self, token: str):
        """Of accounts that are still active; whether the role still counts is asked by the view."""
        return self.filter(token_hash=hash_of(token), user__is_active=True)


class CalendarFeed(PersonalData):
    """At most one for each account. Only the hash is stored: the address is shown once and cannot be read again."""

    personal = {"token_hash": ""}
    not_personal = {"id", "user", "created_at", "last_read_at"}

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("erzeugt am"), default=timezone.now)
    last_read_at = models.DateTimeField(_("zuletzt abgerufen"), null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Kalenderadresse")
        verbose_name_plural = _("Kalenderadressen")

    def __str__(self):
        return f"Kalenderadresse {self.pk}"

    def new_token(self) -> str:
        """Take a fresh secret; the one before opens nothing any more once this is saved."""
        token = new_token()
        self.token_hash, self.created_at, self.last_read_at = hash_of(token), timezone.now(), None
        return token
