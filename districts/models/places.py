"""Where: the nine Stadtbezirke, their 86 Stadtteile, and how many people live there."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from kim.text import CleanCharField


class District(models.Model):
    """A Stadtbezirk. Eight of the nine share their name with a Stadtteil, so `__str__` always says which it is."""

    number = models.PositiveSmallIntegerField(
        _("Nummer"), primary_key=True, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    name = CleanCharField(_("Name"), max_length=50, unique=True)
    outline = models.TextField(_("Umriss"), help_text=_("SVG-Pfad im gemeinsamen Kartenausschnitt 0 0 1000 1074."))
    label_x = models.PositiveSmallIntegerField(_("Beschriftung x"))
    label_y = models.PositiveSmallIntegerField(_("Beschriftung y"))

    class Meta:
        verbose_name = _("Stadtbezirk")
        verbose_name_plural = _("Stadtbezirke")
        ordering = ["number"]

    def __str__(self):
        return _("Stadtbezirk %(name)s") % {"name": self.name}


class Quarter(models.Model):
    """A Stadtteil; the first digit of its number is its Stadtbezirk."""

    number = models.PositiveSmallIntegerField(_("Nummer"), primary_key=True)
    name = CleanCharField(_("Name"), max_length=50)
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="quarters", verbose_name=_("Stadtbezirk")
    )

    class Meta:
        verbose_name = _("Stadtteil")
        verbose_name_plural = _("Stadtteile")
        ordering = ["number"]

    def __str__(self):
        return _("Stadtteil %(name)s") % {"name": self.name}


class Population(models.Model):
    """How many people of an age band lived in a Stadtbezirk at the end of a year, with the source to be named."""

    class Band(models.TextChoices):
        ALL = "all", _("alle")
        FROM_15_TO_17 = "15-17", _("15 bis 17")
        FROM_18_TO_24 = "18-24", _("18 bis 24")
        FROM_25_TO_34 = "25-34", _("25 bis 34")
        FROM_18_TO_27 = "18-27", _("18 bis 27 (geschätzt)")

    district = models.ForeignKey(
        District, on_delete=models.CASCADE, related_name="populations", verbose_name=_("Stadtbezirk")
    )
    year = models.PositiveSmallIntegerField(_("Jahr"))
    band = models.CharField(_("Altersgruppe"), max_length=5, choices=Band.choices)
    count = models.PositiveIntegerField(_("Einwohner*innen"))
    source = CleanCharField(_("Quelle"), max_length=200)
    imported_on = models.DateField(_("eingelesen am"))

    class Meta:
        verbose_name = _("Einwohnerzahl")
        verbose_name_plural = _("Einwohnerzahlen")
        ordering = ["district", "-year", "band"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "year", "band"],
                name="population_once",
                violation_error_message=_("Für Stadtbezirk, Jahr und Altersgruppe gibt es schon eine Zahl."),
            )
        ]

    def __str__(self):
        return f"{self.district} {self.year} {self.get_band_display()}"
