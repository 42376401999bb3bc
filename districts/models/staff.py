"""Who works for KIM: associations, their Träger, the people there, and who stands in for whom."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from districts.models.catalogue import Language, Track
from districts.models.places import District
from districts.models.privacy_notices import PrivacyNotice
from kim.text import CleanCharField


class Association(models.Model):
    """An umbrella association of welfare (Wohlfahrtsverband)."""

    name = CleanCharField(_("Name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("Wohlfahrtsverband")
        verbose_name_plural = _("Wohlfahrtsverbände")
        ordering = ["name"]

    def __str__(self):
        return self.name


class ProviderQuerySet(models.QuerySet):
    def of(self, user):
        """The one Träger the user works for; none for the city's staff and the admins."""
        return self.filter(Q(case_managers__user=user) | Q(memberships__user=user)).distinct()

    def only_protected(self):
        """Counsel on nothing but protected tracks, so that the name alone says what about."""
        protected = self.filter(case_managers__tracks__is_protected=True)
        return protected.exclude(case_managers__tracks__is_protected=False).distinct()

    def with_notice(self):
        """Tell the public what they do with data; the German text is always there first."""
        return self.filter(PrivacyNotice.objects.told_by("pk"), is_active=True)


class Provider(models.Model):
    """A Träger: the employer of case managers and the controller of their case files."""

    class PrivacyRegime(models.TextChoices):
        STATE = "dsgvo", _("DSGVO und BDSG")
        CATHOLIC = "kdg", _("KDG")
        PROTESTANT = "dsg_ekd", _("DSG-EKD")

    class LeadAccess(models.TextChoices):
        LIST = "list", _("nur Listen")
        GATED = "gated", _("Listen; Inhalte nur als Notzugriff")

    association = models.ForeignKey(
        Association, on_delete=models.PROTECT, related_name="providers", verbose_name=_("Wohlfahrtsverband")
    )
    name = CleanCharField(_("Name"), max_length=100, unique=True)
    code = models.SlugField(_("Kürzel"), max_length=30, unique=True, help_text=_("Steht im Protokoll."))
    privacy_regime = models.CharField(
        _("Datenschutzrecht"), max_length=10, choices=PrivacyRegime.choices, default=PrivacyRegime.STATE
    )
    retention_years = models.PositiveSmallIntegerField(
        _("Aufbewahrung in Jahren nach dem Abschlussjahr"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    lead_access = models.CharField(
        _("Zugriff der Teamleitung"), max_length=10, choices=LeadAccess.choices, default=LeadAccess.GATED
    )
    contact_phone = CleanCharField(
        _("öffentliches Telefon"),
        max_length=50,
        blank=True,
        help_text=_("Für Angebote, bei denen keine einzelne Person genannt wird."),
    )
    contact_email = models.EmailField(_("öffentliche E-Mail-Adresse"), blank=True)
    is_active = models.BooleanField(_("aktiv"), default=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("Träger")
        verbose_name_plural = pgettext_lazy("several", "Träger")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Membership(models.Model):
    """Works for a Träger without counselling: team lead or data protection."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership", verbose_name=_("Zugang")
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("Träger")
    )

    class Meta:
        verbose_name = _("Zugehörigkeit")
        verbose_name_plural = _("Zugehörigkeiten")

    def __str__(self):
        return f"{self.user}, {self.provider}"


class CaseManagerQuerySet(models.QuerySet):
    def active(self):
        """Can log in and has been confirmed by the lead."""
        return self.filter(user__is_active=True, user__role_confirmed_at__isnull=False)

    def published(self):
        """Has released the contact, and still works here."""
        return self.active().filter(is_published=True, provider__is_active=True)

    def listed(self):
        """Named on the public page: whoever also counsels on a track that says nothing about who comes."""
        return self.published().filter(pk__in=_on_tracks(is_protected=False))

    def for_district(self, district):
        """Works there, or anywhere in the city."""
        anywhere = Q(pk__in=_on_tracks(is_citywide=True, is_protected=False)) | Q(districts=None)
        return self.filter(Q(districts=district) | anywhere).distinct()

    def on_track(self, track):
        return self.filter(pk__in=_on_tracks(pk=track.pk))

    def speaking(self, language):
        return self.filter(languages=language)

    def for_public_page(self):
        """With all that a contact shows, and whether its Träger has a privacy notice."""
        has_notice = PrivacyNotice.objects.told_by("provider")
        people = self.select_related("user", "provider").annotate(has_notice=has_notice)
        return people.prefetch_related("districts", "tracks", "languages")

    def with_load(self):
        """Annotates open_cases and per_post (cases per full post of the strictest track); loads the Träger."""
        open_cases = models.Count("cases", filter=Q(cases__closed_on=None), distinct=True)
        return self.select_related("provider", "user").annotate(
            open_cases=open_cases, per_post=models.Min("tracks__cases_per_post")
        )

    def colleagues_of(self, user):
        """Everybody who counsels at the Träger of this user, the user included."""
        return self.filter(provider__in=Provider.objects.of(user))


def _on_tracks(**track):
    """The ids of those who counsel on such a track; a subquery, so that nobody is found twice."""
    tracks = {f"track__{name}": value for name, value in track.items()}
    return CaseManager.tracks.through.objects.filter(**tracks).values("casemanager")


class CaseManager(models.Model):
    """Counsels young people for a Träger, in districts, on tracks and in languages."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_manager", verbose_name=_("Zugang")
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="case_managers", verbose_name=_("Träger")
    )
    districts = models.ManyToManyField(
        District, blank=True, related_name="case_managers", verbose_name=_("Stadtbezirke")
    )
    tracks = models.ManyToManyField(Track, related_name="case_managers", verbose_name=_("Schwerpunkte"))
    languages = models.ManyToManyField(Language, blank=True, related_name="case_managers", verbose_name=_("Sprachen"))
    post_share = models.DecimalField(
        _("Stellenanteil"),
        max_digits=3,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("1,00 ist eine volle Stelle."),
    )
    is_published = models.BooleanField(_("Kontakt ist veröffentlicht"), default=False)
    work_phone = CleanCharField(_("Diensttelefon"), max_length=50, blank=True)
    work_email = models.EmailField(_("dienstliche E-Mail-Adresse"), blank=True)
    office_hours = CleanCharField(_("Sprechzeiten"), max_length=200, blank=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # names the contact outside

    objects = CaseManagerQuerySet.as_manager()

    class Meta:
        verbose_name = _("Fallmanager*in")
        verbose_name_plural = _("Fallmanager*innen")
        ordering = ["user__name"]
        constraints = [
            models.CheckConstraint(
                name="case_manager_post_share",
                condition=Q(post_share__gte=0, post_share__lte=1),
                violation_error_message=_("Der Stellenanteil liegt zwischen 0 und 1."),
            )
        ]

    def __str__(self):
        return self.user.name

    @property
    def capacity(self):
        """Cases this post can carry: post share × cases per full post, of the strictest track it serves.

        Reads `per_post` where `with_load()` has counted it, so lists cost no query per row.
        """
        per_post = getattr(self, "per_post", None)
        if per_post is None:
            per_post = self.tracks.aggregate(per_post=models.Min("cases_per_post"))["per_post"] or 0
        return int(self.post_share * per_post)

    @property
    def scale(self):
        """The end of a bar that shows `open_cases` against the capacity, full posts included."""
        return max(self.capacity, self.open_cases, 1)


class SubstitutionQuerySet(models.QuerySet):
    def in_force(self, day=None):
        day = day or timezone.localdate()
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def not_over(self, day=None):
        return self.filter(ends_on__gte=day or timezone.localdate())


class Substitution(models.Model):
    """The deputy works on the absent colleague's cases from one day to another, both included; it ends by itself."""

    MAX_DAYS = 42

    absent = models.ForeignKey(
        CaseManager, on_delete=models.CASCADE, related_name="substitutions", verbose_name=_("abwesend")
    )
    deputy = models.ForeignKey(
        CaseManager,
        on_delete=models.CASCADE,
        related_name="deputising",
        verbose_name=pgettext_lazy("person", "Vertretung"),
    )
    starts_on = models.DateField(_("erster Tag"))
    ends_on = models.DateField(_("letzter Tag"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = SubstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Vertretung")
        verbose_name_plural = _("Vertretungen")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="substitution_days_in_order",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("Der letzte Tag liegt vor dem ersten."),
            ),
            models.CheckConstraint(
                name="substitution_not_by_oneself",
                condition=~Q(deputy=F("absent")),
                violation_error_message=_("Niemand vertritt sich selbst."),
            ),
        ]

    def __str__(self):
        return _("%(deputy)s für %(absent)s") % {"deputy": self.deputy, "absent": self.absent}

    def clean(self):
        if self.starts_on and self.ends_on and self.ends_on - self.starts_on >= timedelta(days=self.MAX_DAYS):
            raise ValidationError(
                {"ends_on": _("Eine Vertretung dauert höchstens sechs Wochen. Danach bitte die Fälle übergeben.")}
            )
        if self.absent_id and self.deputy_id and self.absent.provider_id != self.deputy.provider_id:
            raise ValidationError({"deputy": _("Vertreten kann nur jemand beim selben Träger.")})
