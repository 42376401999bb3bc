"""What records share that people make and edit with forms."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kim.users.models import User

NOT_YOUR_FORM = _("Dieses Formular gehört nicht hierher. Bitte neu öffnen.")


class ChangedMeanwhile(Exception):
    """Somebody else saved the record after this editor opened it."""


class Versioned(models.Model):
    """A record two people may edit at once: the second save is noticed, whatever the database."""

    version = models.PositiveIntegerField(_("Fassung"), default=1, editable=False)

    kept_elsewhere: ClassVar[set[str]] = set()  # fields that other actions keep up to date without a new version

    class Meta:
        abstract = True

    def save_version(self, opened_version: int) -> None:
        """Save over exactly the version that was opened; raises ChangedMeanwhile otherwise.

        One conditional UPDATE decides, so it holds without row locks, which SQLite does not have. Call it inside a
        transaction.
        """
        claimed = type(self)._default_manager.filter(pk=self.pk, version=opened_version).update(version=F("version") + 1)
        if not claimed:
            raise ChangedMeanwhile
        self.version = opened_version + 1
        columns = {field.name for field in self._meta.concrete_fields if not field.primary_key}
        self.save(update_fields=columns - self.kept_elsewhere)


class FormKey(models.Model):
    """A record made by a form: the form's one-time key makes a second submit answer with the first result."""

    form_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("erfasst am"), default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def first_result(self, by: User) -> Self | None:
        """What this user's first submit of the same form made."""
        return type(self)._default_manager.filter(form_key=self.form_key, created_by=by).first()
