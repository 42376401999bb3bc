"""What each Träger tells people about their data (Art. 13 DSGVO): version by version, language by language."""

from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.models.public import PublicLanguage
from kim.text import CleanCharField, CleanTextField
from kim.web.languages import LANGUAGES, SOURCE

FIRST_TEXTS = Path(__file__).resolve().parent.parent / "data" / "notices"
FIXED = _(
    "Diese Fassung gilt oder galt schon und bleibt, wie sie ist: Akten halten fest, welche jemand bekam. "
    "Für einen geänderten Text bitte eine neue Fassung anlegen."
)


def first_texts():
    """By language what a notice may begin with; what each Träger must fill in stands in square brackets."""
    return {path.stem: path.read_text(encoding="utf-8").strip() for path in sorted(FIRST_TEXTS.glob("*.txt"))}


class PrivacyNoticeQuerySet(models.QuerySet):
    def in_force(self, day=None):
        """Of each Träger and language the newest that is valid on that day."""
        day = day or timezone.localdate()
        later = PrivacyNotice.objects.filter(
            provider=OuterRef("provider"),
            language=OuterRef("language"),
            valid_from__gt=OuterRef("valid_from"),
            valid_from__lte=day,
        )
        return self.filter(~Exists(later), valid_from__lte=day)

    def told_by(self, provider):
        """Whether the Träger in this column of another query tells it today; the German text always comes first."""
        return Exists(self.filter(provider=OuterRef(provider), language=SOURCE, valid_from__lte=timezone.localdate()))

    def best(self, code):
        """Of one Träger: the notice in this language, else in German; None where there is neither."""
        found = {notice.language_id: notice for notice in self.filter(language__in=(code, SOURCE))}
        return found.get(code) or found.get(SOURCE)


class PrivacyNotice(models.Model):
    """One version in one language. From the day it is valid nobody changes it any more."""

    provider = models.ForeignKey(
        "districts.Provider", on_delete=models.PROTECT, related_name="privacy_notices", verbose_name=_("Träger")
    )
    language = models.ForeignKey(
        PublicLanguage, on_delete=models.PROTECT, related_name="+", default=SOURCE, verbose_name=_("Sprache")
    )
    version = CleanCharField(_("Fassung"), max_length=30, help_text=_("Zum Beispiel 01/2026, in jeder Sprache gleich."))
    valid_from = models.DateField(_("gilt ab"), default=timezone.localdate)
    text = CleanTextField(
        _("Text"),
        max_length=20000,
        help_text=_("Leerzeile: neuer Absatz. Zeile mit „- “ am Anfang: Aufzählung. Zeile mit „# “: Überschrift."),
    )

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("Datenschutzhinweis")
        verbose_name_plural = _("Datenschutzhinweise")
        ordering = ["provider__name", "language__position", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "language", "version"],
                name="privacy_notice_once_per_version",
                violation_error_message=_("Diese Fassung gibt es schon. Ein geänderter Text braucht eine neue."),
            ),
            models.UniqueConstraint(
                fields=["provider", "language", "valid_from"],
                name="privacy_notice_once_per_day",
                violation_error_message=_("An diesem Tag beginnt in dieser Sprache schon eine andere Fassung."),
            ),
        ]

    def __str__(self):
        return f"{self.provider}, {self.version}, {self.language_id}"

    @property
    def code(self):
        """What the audit log calls it."""
        return f"{self.language_id}:{self.version}"

    @property
    def spoken(self):
        return LANGUAGES[self.language_id]

    @property
    def is_fixed(self):
        """Whether somebody may have read it."""
        return self.valid_from <= timezone.localdate()

    @property
    def is_behind(self):
        """Whether the German text is newer today: nobody has translated it yet."""
        if self.language_id == SOURCE:
            return False
        german = PrivacyNotice.objects.in_force().filter(provider=self.provider_id, language=SOURCE)
        return german.filter(valid_from__gt=self.valid_from).exclude(version=self.version).exists()

    def clean(self):
        today = timezone.localdate()
        if self.pk and PrivacyNotice.objects.filter(pk=self.pk, valid_from__lte=today).exists():
            raise ValidationError(FIXED)
        wrong = {}
        if self.valid_from and self.valid_from < today:
            wrong["valid_from"] = _("Eine neue Fassung gilt frühestens ab heute.")
        elif self.valid_from and self.provider_id and not self._has_german():
            wrong["language"] = _("Zuerst den deutschen Text eintragen: Andere Sprachen greifen darauf zurück.")
        if "[" in self.text:
            wrong["text"] = _("In eckigen Klammern steht noch, was einzutragen ist.")
        if wrong:
            raise ValidationError(wrong)

    def _has_german(self):
        if self.language_id == SOURCE:
            return True
        german = PrivacyNotice.objects.filter(provider=self.provider_id, language=SOURCE)
        return german.filter(valid_from__lte=self.valid_from).exists()
