"""Who else helps: courses, offices, clinics, advice centres."""

from datetime import timedelta

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from districts.models.catalogue import Language, Topic
from districts.models.places import District
from districts.models.staff import Provider
from kim.text import CleanCharField, CleanTextField, folded, folded_german, label_of

CHECK_AFTER = timedelta(days=183)  # half a year


class InstitutionQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def serving(self, district):
        """Institutions of one Stadtbezirk and those that serve the whole city."""
        return self.filter(Q(district=district) | Q(district=None))

    def checked(self, day=None):
        """Somebody looked at the entry within the last half year."""
        return self.filter(checked_on__gte=(day or timezone.localdate()) - CHECK_AFTER)

    def long_unchecked(self, day=None):
        """Nobody looked at the entry for more than half a year, or ever."""
        return self.filter(Q(checked_on=None) | Q(checked_on__lt=(day or timezone.localdate()) - CHECK_AFTER))

    def called(self, query):
        """Every word of the query is in the name, with or without accents and umlauts; signs alone find everything."""
        words = folded(query).split()
        if not words:
            return self
        names = self.order_by().values_list("pk", "name")
        return self.filter(pk__in=[pk for pk, name in names if _has(name, words)])

    def with_details(self):
        """With all that the page of an institution shows."""
        return self.select_related("district", "checked_by").prefetch_related(
            Prefetch("topics", Topic.objects.select_related("parent")), "languages"
        )

    def with_row_data(self):
        """What a row of the directory shows, and no column more: a page of a list is mostly the cost of its columns."""
        topics = Topic.objects.select_related("parent").only("name", "name_en", "position", "parent__position")
        return (
            self.select_related("district", "checked_by")
            .only("name", "kind", "district__name", "waiting_weeks", "free_places", "checked_on", "checked_by__name")
            .prefetch_related(
                Prefetch("topics", topics, to_attr="shown_topics"),
                Prefetch("languages", Language.objects.only("name", "name_en"), to_attr="shown_languages"),
            )
        )


def _has(name, words):
    spellings = f"{folded(name)} {folded_german(name)}"
    return all(word in spellings for word in words)


class Institution(models.Model):
    class Kind(models.TextChoices):
        AUTHORITY = "authority", _("Behörde")
        COURSE_PROVIDER = "course_provider", _("Sprachkursträger")
        SCHOOL = "school", _("Schule oder Berufskolleg")
        EMPLOYMENT = "employment", _("Arbeit und Ausbildung")
        HOUSING = "housing", _("Wohnen und Unterkunft")
        HEALTH = "health", _("Gesundheit")
        ADVICE = "advice", _("Beratungsstelle")
        FAMILY = "family", _("Familie und Kinder")
        MIGRANT_ORGANISATION = "migrant_organisation", _("Migrantenorganisation")
        OTHER = "other", _("Sonstige")

    name = CleanCharField(_("Name"), max_length=150)
    kind = models.CharField(_("Art"), max_length=25, choices=Kind.choices)
    district = models.ForeignKey(
        District,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="institutions",
        verbose_name=_("Stadtbezirk"),
        help_text=_("Leer lassen, wenn die Einrichtung für die ganze Stadt da ist."),
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="institutions", verbose_name=_("Themen"))
    languages = models.ManyToManyField(Language, blank=True, related_name="+", verbose_name=_("Sprachen"))
    address = CleanCharField(_("Anschrift"), max_length=200, blank=True)
    phone = CleanCharField(_("Telefon"), max_length=50, blank=True)
    email = models.EmailField(_("E-Mail-Adresse"), blank=True)
    website = CleanCharField(
        _("Internetseite"), max_length=200, blank=True, validators=[URLValidator(schemes=["https", "http"])]
    )
    office_hours = CleanCharField(_("Öffnungszeiten"), max_length=200, blank=True)
    waiting_weeks = models.PositiveSmallIntegerField(_("Wartezeit in Wochen"), null=True, blank=True)
    free_places = models.PositiveSmallIntegerField(_("freie Plätze"), null=True, blank=True)
    remarks = CleanTextField(pgettext_lazy("organisation", "Hinweise"), blank=True, max_length=1000)
    checked_on = models.DateField(_("zuletzt geprüft am"), null=True, blank=True)
    checked_by = models.ForeignKey(
        Provider,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("geprüft durch"),
        help_text=_("Leer heißt: durch die Stadt Köln."),
    )
    is_active = models.BooleanField(_("aktiv"), default=True)

    version = models.PositiveIntegerField(_("Fassung"), default=1, editable=False)
    form_key = models.UUIDField(null=True, unique=True, editable=False)  # of the form that made the entry

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Einrichtung")
        verbose_name_plural = _("Einrichtungen")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_kind_display(self) -> str:
        return label_of(self.Kind, self.kind)

    @property
    def audit_name(self) -> str:
        return f"institution:{self.pk}"

    @property
    def audit_organisation(self) -> str:
        return ""  # the landscape belongs to no Träger

    @property
    def is_long_unchecked(self) -> bool:
        """As long_unchecked(), for a row that is there already."""
        return self.checked_on is None or self.checked_on < timezone.localdate() - CHECK_AFTER
