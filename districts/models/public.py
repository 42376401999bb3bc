"""What the public pages say: in which languages, and the texts that are kept in the Systemverwaltung."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kim.text import CleanCharField, CleanTextField
from kim.web.languages import LANGUAGES, SOURCE


class PublicLanguageQuerySet(models.QuerySet):
    def offered(self):
        return self.filter(is_active=True)


class PublicLanguage(models.Model):
    """A language of the public pages; ticked once somebody who grew up with it has read all of it."""

    code = models.CharField(_("Kürzel"), max_length=12, primary_key=True)
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)
    is_active = models.BooleanField(_("wird angeboten"), default=True)
    is_checked = models.BooleanField(
        _("muttersprachlich geprüft"),
        default=False,
        help_text=_("Erst ankreuzen, wenn jemand mit dieser Muttersprache alle öffentlichen Seiten gelesen hat."),
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("angekreuzt von"),
    )
    checked_on = models.DateField(_("angekreuzt am"), null=True, editable=False)

    objects = PublicLanguageQuerySet.as_manager()

    class Meta:
        verbose_name = _("Sprache der öffentlichen Seiten")
        verbose_name_plural = _("Sprachen der öffentlichen Seiten")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                name="public_language_source_stays",
                condition=Q(is_active=True) | ~Q(code=SOURCE),
                violation_error_message=_("Deutsch bleibt: Andere Sprachen greifen darauf zurück."),
            ),
            models.CheckConstraint(
                name="public_language_checked_on_a_day",
                condition=Q(is_checked=True, checked_on__isnull=False) | Q(is_checked=False, checked_on=None),
                violation_error_message=_("Zum Häkchen gehört ein Datum."),
            ),
        ]

    def __str__(self):
        return self.spoken.endonym

    @property
    def spoken(self):
        return LANGUAGES[self.code]

    @property
    def needs_a_reader(self):
        """Whether the page must say that nobody has checked the translation; German is none."""
        return not self.is_checked and self.code != SOURCE


class PublicPageQuerySet(models.QuerySet):
    def best(self, slug, code):
        """The page in this language, else in German; None where there is neither."""
        found = {page.language_id: page for page in self.filter(slug=slug, language__in=(code, SOURCE), is_shown=True)}
        return found.get(code) or found.get(SOURCE)


class PublicPage(models.Model):
    """A page of plain text in one language. Blank lines part paragraphs, "- " begins a point, "# " a heading."""

    class Slug(models.TextChoices):
        ABOUT = "kim", _("Was ist KIM?")
        DATA = "daten", _("Meine Daten")
        ACCESSIBILITY = "barrierefreiheit", _("Barrierefreiheit")
        IMPRINT = "impressum", _("Impressum")

    slug = models.CharField(_("Seite"), max_length=20, choices=Slug.choices)
    language = models.ForeignKey(
        PublicLanguage, on_delete=models.PROTECT, related_name="pages", verbose_name=_("Sprache")
    )
    title = CleanCharField(_("Überschrift"), max_length=100)
    text = CleanTextField(
        _("Text"),
        max_length=20000,
        help_text=_("Leerzeile: neuer Absatz. Zeile mit „- “ am Anfang: Aufzählung. Zeile mit „# “: Überschrift."),
    )
    is_shown = models.BooleanField(_("wird gezeigt"), default=True)
    changed_on = models.DateField(_("Stand"), auto_now=True)

    objects = PublicPageQuerySet.as_manager()

    class Meta:
        verbose_name = _("öffentliche Seite")
        verbose_name_plural = _("öffentliche Seiten")
        ordering = ["slug", "language__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "language"],
                name="public_page_once_per_language",
                violation_error_message=_("Diese Seite gibt es in dieser Sprache schon."),
            )
        ]

    def __str__(self):
        return f"{self.get_slug_display()}, {self.language_id}"

    @property
    def code(self):
        """What the audit log calls it."""
        return f"{self.slug}:{self.language_id}"


class AnswerTextQuerySet(models.QuerySet):
    def best(self, slug, code):
        """The block in this language, else in German; None where there is neither."""
        found = {text.language_id: text for text in self.filter(slug=slug, language__in=(code, SOURCE), is_active=True)}
        return found.get(code) or found.get(SOURCE)

    def named(self):
        """What to choose from: each block with its German name."""
        return self.filter(language=SOURCE, is_active=True).values_list("slug", "title")


class AnswerText(models.Model):
    """A block of text for answers by mail, in one language. A line whose placeholder stays empty is left out."""

    slug = models.SlugField(_("Kürzel"), max_length=30)
    language = models.ForeignKey(PublicLanguage, on_delete=models.PROTECT, related_name="+", verbose_name=_("Sprache"))
    title = CleanCharField(_("Name des Bausteins"), max_length=100)
    text = CleanTextField(
        _("Text"),
        max_length=3000,
        help_text=_(
            "Möglich sind {name}, {telefon}, {sprechzeiten} der Person, die antwortet, und {nummer} der Anfrage. "
            "Nie Gesundheit, Schwerpunkt oder Aufenthalt nennen, auch keinen Träger: Vielleicht lesen andere mit."
        ),
    )
    is_checked = models.BooleanField(_("muttersprachlich geprüft"), default=False)
    is_active = models.BooleanField(_("wird angeboten"), default=True)

    objects = AnswerTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("Textbaustein für Antworten")
        verbose_name_plural = _("Textbausteine für Antworten")
        ordering = ["slug", "language__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "language"],
                name="answer_text_once_per_language",
                violation_error_message=_("Diesen Baustein gibt es in dieser Sprache schon."),
            )
        ]

    def __str__(self):
        return f"{self.title}, {self.language_id}"

    @property
    def code(self):
        """What the audit log calls it."""
        return f"{self.slug}:{self.language_id}"

    @property
    def needs_a_reader(self):
        return not self.is_checked and self.language_id != SOURCE
