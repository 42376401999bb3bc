"""Why a request may be spam, and what is decided about it without reading it."""

from datetime import timedelta

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

SUSPECT_KEPT = timedelta(days=7)  # spam, unless somebody works on it


class Suspicion(models.TextChoices):
    """What a machine noticed first; nothing about who sent it."""

    TRAP = "trap", _("füllte aus, was niemand sieht")
    HASTY = "hasty", _("schneller als ein Mensch")
    FORGED = "forged", _("Absender vielleicht gefälscht")
    ONE_SOURCE = "one_source", _("zu viele von einer Stelle")
    REPEATED = "repeated", _("immer derselbe Text")
    FLOOD = "flood", _("zu viele auf einmal")


class Judgement(models.TextChoices):
    """What the coordinating office decides about many at once."""

    REAL = "real", _("kein Spam")
    SPAM = "spam", _("Spam")
    UNDECIDED = "undecided", _("Entscheidung zurücknehmen")


class SuspicionQuerySet(models.QuerySet):
    def suspect(self):
        """Perhaps spam: they stand aside, so that a flood hides no real request."""
        return self.filter(is_suspect=True)

    def undecided(self):
        return self.suspect().filter(is_spam=False)

    def judged_spam(self):
        return self.filter(is_spam=True)

    def acquitted(self):
        """Judged to be no spam, and nobody has worked on them yet: every step forgets the suspicion."""
        return self.filter(is_suspect=False).exclude(suspicion="")

    def heard_of_again(self):
        """Whoever sent it has written once more: what was decided, or is being decided, is decided anew."""
        return self.suspect().update(is_spam=False, version=F("version") + 1)
