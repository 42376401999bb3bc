"""What: topics, tracks, languages, countries. Each carries its German and its English name."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kim.text import CleanCharField

PARENT = ("parent__name", "parent__name_en", "parent__position")


class NamedQuerySet(models.QuerySet):
    def named(self):
        """Key and name in the language of the reader, for a list to choose from."""
        return self.values_list("pk", "name_en" if get_language() == "en" else "name")


class Named(models.Model):
    """A catalogue entry, named in the language of the reader."""

    name = CleanCharField(_("Name"), max_length=80)
    name_en = CleanCharField(_("Name auf Englisch"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name_en if get_language() == "en" else self.name


class Language(Named):
    """A language people speak; code as in CLDR (`ar`, `ckb`)."""

    code = models.CharField(_("Kürzel"), max_length=8, primary_key=True)
    is_common = models.BooleanField(_("steht in Auswahllisten oben"), default=False)

    objects = NamedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Sprache")
        verbose_name_plural = _("Sprachen")
        ordering = ["-is_common", "name"]


class Country(Named):
    """A country; code as in CLDR (`SY`, `XK` for Kosovo), plus `XX` for stateless and `ZZ` for unclear."""

    code = models.CharField(_("Kürzel"), max_length=2, primary_key=True)

    objects = NamedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Land")
        verbose_name_plural = _("Länder")
        ordering = ["name"]


class Track(Named):
    """An offer of the programme: case management in the district, city-wide outreach, or a special track.

    A protected track reveals health or sexual orientation (Art. 9 DSGVO): its name is shown only inside the opened
    case, and it enters no figure by district, topic or Träger.
    """

    class SpecialCategory(models.TextChoices):
        """What the track alone reveals; the code is that of the consent it needs."""

        NONE = "none", _("keine")
        HEALTH = "health", _("Gesundheit und Behinderung")
        ORIENTATION = "orientation", _("sexuelle Orientierung und geschlechtliche Identität")

    code = models.SlugField(_("Kürzel"), unique=True)
    is_protected = models.BooleanField(_("geschützt (Art. 9 DSGVO)"), default=False)
    special_category = models.CharField(
        _("verrät besondere Angaben über"), max_length=15, choices=SpecialCategory.choices, default=SpecialCategory.NONE
    )
    is_citywide = models.BooleanField(_("stadtweit"), default=False)
    min_age = models.PositiveSmallIntegerField(_("Alter von"), null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(_("Alter bis einschließlich"), null=True, blank=True)
    cases_per_post = models.PositiveSmallIntegerField(
        _("Fälle je voller Stelle"), default=20, validators=[MinValueValidator(1)]
    )
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)

    class Meta:
        verbose_name = _("Schwerpunkt")
        verbose_name_plural = _("Schwerpunkte")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="track_ages_in_order",
                condition=Q(min_age=None) | Q(max_age=None) | Q(min_age__lte=F("max_age")),
                violation_error_message=_("„Alter von“ liegt über „Alter bis“."),
            ),
            models.CheckConstraint(
                name="track_protected_for_a_category",
                condition=Q(is_protected=True) & ~Q(special_category="none")
                | Q(is_protected=False, special_category="none"),
                violation_error_message=_(
                    "Geschützt ist ein Schwerpunkt genau dann, wenn er besondere Angaben verrät."
                ),
            ),
        ]

    def covers_age(self, age):
        """Both ends inside; a track without limits covers every age."""
        return (self.min_age is None or age >= self.min_age) and (self.max_age is None or age <= self.max_age)


HEALTH_TOPIC = "health"  # the main topic of what is health data (Art. 9 DSGVO)


class TopicQuerySet(NamedQuerySet):
    def main(self):
        return self.filter(parent=None)

    def labelled(self):
        """Key and name, subtopics after and with their main topic, for a list to choose from."""
        rows = self.select_related("parent").only("name", "name_en", "position", *PARENT)
        mains = [(topic.parent or topic, topic) for topic in rows]
        ordered = sorted(mains, key=lambda pair: (pair[0].position, pair[0].pk, pair[0] != pair[1], pair[1].position))
        return [(topic.pk, str(topic) if main == topic else f"{main}: {topic}") for main, topic in ordered]

    def without_health(self):
        """Leaves out what would tell about somebody's health (Art. 9 DSGVO)."""
        return self.exclude(Q(code=HEALTH_TOPIC) | Q(parent__code=HEALTH_TOPIC))

    def valid_on(self, day):
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_until=None) | Q(valid_until__gte=day))


class Topic(Named):
    """What a consultation is about: Cologne's eight main topics and their subtopics, which count as their parent."""

    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="subtopics", verbose_name=_("Oberthema")
    )
    code = models.SlugField(_("Kürzel"), unique=True)
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)
    valid_from = models.DateField(_("gültig ab"), null=True, blank=True)
    valid_until = models.DateField(_("gültig bis einschließlich"), null=True, blank=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("Thema")
        verbose_name_plural = _("Themen")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="topic_validity_in_order",
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                violation_error_message=_("„gültig ab“ liegt nach „gültig bis“."),
            )
        ]
