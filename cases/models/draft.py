"""What somebody has typed and not yet saved."""

import json
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData

KEPT_FOR = timedelta(days=14)


class DraftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, and only while one may still open the case it belongs to."""
        if not user.is_authenticated:
            return self.none()
        own = self.filter(user=user)
        return own.filter(models.Q(case=None) | models.Q(case__in=Case.objects.visible_to(user)))

    def expired(self):
        return self.filter(saved_at__lt=timezone.now() - KEPT_FOR)


class Draft(PersonalData):
    """An unsaved consultation form: of one user, for one case, never offered in another person's form."""

    personal = {"content": ""}
    not_personal = {"id", "user", "case", "form_key", "is_group", "saved_at"}
    LISTS = ("topics", "person")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="drafts")
    form_key = models.UUIDField()
    is_group = models.BooleanField(default=False)
    content = EncryptedTextField(max_length=100000)
    saved_at = models.DateTimeField(_("gesichert am"), default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("Entwurf")
        verbose_name_plural = _("Entwürfe")
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["user", "form_key"], name="draft_once_per_form")]
        indexes = [models.Index(fields=["user", "case"], name="draft_desk")]

    def __str__(self):
        return f"Entwurf {self.pk}"

    @property
    def initial(self) -> dict[str, object]:
        """What was typed, as initial values of the form: a list for topics and people, else the last value posted."""
        typed = json.loads(self.content)
        return {name: values if name in self.LISTS else values[-1] for name, values in typed.items() if values}

    @property
    def url(self) -> str:
        """Where the form goes on."""
        query = {"fall": self.case.number} if self.case else {}
        path = reverse(
            "cases:consultation_group"
            if self.is_group
            else "cases:consultation_create"
            if self.case
            else "cases:consultation_without_case"
        )
        return f"{path}?{urlencode(query | {'entwurf': str(self.pk)})}"
