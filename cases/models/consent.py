"""What the young person has agreed to, purpose by purpose."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.agreement import Agreement, AgreementQuerySet
from cases.models.client import Client
from kim.privacy.models import PersonalData
from kim.text import label_of
from kim.web.languages import LANGUAGES, PageLanguage

TOO_EARLY = "too_early"


class ConsentQuerySet(AgreementQuerySet):
    def current(self):
        """Without those that a renewal has replaced."""
        return self.filter(replaced_on=None)

    def in_force(self, day=None):
        return super().in_force(day).current()

    def purposes(self) -> frozenset[str]:
        return frozenset(self.order_by().values_list("purpose", flat=True))

    def last_word(self, purpose):
        """Of one person: what was said last about a purpose, be it a consent or its withdrawal. None if never asked."""
        return self.current().filter(purpose=purpose).first()

    def forbid(self, purpose, day) -> bool:
        """Whether the person agreed to it once and does not any more on that day."""
        last = self.last_word(purpose)
        return last is not None and last.has_ended_on(day)


class Consent(PersonalData, Agreement):
    """Consent to one purpose (Art. 6 Abs. 1 lit. a, Art. 9 Abs. 2 lit. a DSGVO); withdrawn as easily as given.

    A consent that ends by itself can be renewed: the new one replaces it, and both stay on record.
    """

    class Purpose(models.TextChoices):
        DOCUMENTATION = "documentation", _("Führen der Akte")
        HEALTH = "health", _("Gesundheit und Behinderung")
        ORIENTATION = "orientation", _("Sexuelle Orientierung und geschlechtliche Identität")
        CONTACT_CHANNELS = "contact_channels", _("Kontakt über Messenger, E-Mail und Telefon")
        CASE_CONFERENCE = "case_conference", _("Fallkonferenz")
        HANDOVER = "handover", _("Übergabe an einen anderen Träger")

    Form = Agreement.Form
    SPECIAL = (Purpose.HEALTH, Purpose.ORIENTATION)  # Art. 9 DSGVO: never by word of mouth

    personal = {"given_on": None, "valid_until": None, "withdrawn_on": None, "form": "", "notice_language": ""}
    not_personal = {"id", "client", "purpose", "notice_version", "replaced_on", "announced_at", "recorded_by"}

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="consents", verbose_name=_("Person"))
    purpose = models.CharField(_("Zweck"), max_length=20, choices=Purpose.choices)
    notice_version = models.CharField(_("Fassung des Datenschutzhinweises"), max_length=30, blank=True, editable=False)
    notice_language = models.CharField(_("Sprache des Datenschutzhinweises"), max_length=12, blank=True, editable=False)
    replaced_on = models.DateField(_("erneuert am"), null=True, blank=True, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("Einwilligung")
        verbose_name_plural = _("Einwilligungen")
        ordering = ["purpose", "-given_on", "-pk"]
        constraints = [
            *Agreement.Meta.constraints,
            models.UniqueConstraint(
                fields=["client", "purpose"],
                condition=Q(withdrawn_on=None, replaced_on=None),
                name="consent_one_in_force_per_purpose",
                violation_error_message=_("Für diesen Zweck liegt schon eine Einwilligung vor."),
            ),
            models.CheckConstraint(
                name="consent_special_category_not_oral",
                condition=~Q(purpose__in=["health", "orientation"], form="oral"),
                violation_error_message=_("Für besondere Angaben genügt eine mündliche Einwilligung nicht."),
            ),
            models.CheckConstraint(
                name="consent_renewed_or_withdrawn",
                condition=Q(replaced_on=None) | Q(withdrawn_on=None),
                violation_error_message=_("Eine erneuerte Einwilligung wird nicht mehr widerrufen, sondern die neue."),
            ),
        ]

    def __str__(self):
        return self.get_purpose_display()

    def get_purpose_display(self) -> str:
        return label_of(self.Purpose, self.purpose)

    @property
    def notice_spoken(self) -> PageLanguage | None:
        return LANGUAGES.get(self.notice_language)

    @property
    def is_special(self) -> bool:
        return self.purpose in self.SPECIAL

    @property
    def state(self) -> str:
        return "replaced" if self.replaced_on else super().state

    def says_the_same_as(self, other: "Consent") -> bool:
        return all(getattr(self, fact) == getattr(other, fact) for fact in ("form", "given_on", "valid_until"))

    def stands_against(self, later: "Consent") -> bool:
        """Whether nothing is left to be given: it is in force for good, or it is the same once more."""
        if self.withdrawn_on:
            return False
        return self.says_the_same_as(later) or (self.is_in_force and self.valid_until is None)

    def follow(self, earlier: "Consent | None") -> None:
        """Refuse what the last word on the purpose leaves no room for: one in force for good, or a later day."""
        if earlier is None:
            return
        if earlier.stands_against(self):
            if not self.says_the_same_as(earlier):
                raise ValidationError(_("Für diesen Zweck liegt schon eine Einwilligung vor."))
            return
        since = earlier.withdrawn_on or earlier.given_on
        if self.given_on < since:
            sentence = _("Zuletzt erteilt oder widerrufen wurde am %(day)s. Eine neue Einwilligung liegt nicht davor.")
            raise ValidationError(sentence, code=TOO_EARLY, params={"day": f"{since:%d.%m.%Y}"})

    def has_ended_on(self, day: date) -> bool:
        """Withdrawn on that day or before, or expired before it: a withdrawal counts at once."""
        if self.withdrawn_on:
            return day >= self.withdrawn_on
        return self.valid_until is not None and day > self.valid_until
