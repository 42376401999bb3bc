"""Why help does not come about: the words in which cases tell the city where its system fails people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Barrier(models.TextChoices):
    WAITING = "waiting", _("Wartezeit")
    CAPACITY = "capacity", _("Kapazität")
    LEGAL = "legal", _("Rechtslage oder Status")
    LANGUAGE = "language", _("Sprache")
    RESPONSIBILITY = "responsibility", _("Zuständigkeit ungeklärt")
    DOCUMENTS = "documents", _("Unterlagen fehlen")
    COSTS = "costs", _("Kosten")
    DISCRIMINATION = "discrimination", _("Diskriminierung")
    ACCESSIBILITY = "accessibility", _("Barrierefreiheit")
    OTHER = "other", _("sonstige")
