"""The young person."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.search import folded, likeness, phone_digits, search_skeleton, search_text
from districts.models import Country, Language, Provider, Quarter
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey, Versioned
from kim.text import CleanCharField, clean

OLDEST = 110


def age_on(birth_date: date, day: date) -> int:
    """Full years of life on a day. Born on 29 February, one grows older on 1 March in common years (§ 188 BGB)."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def validate_birth_date(value: date) -> None:
    if value > timezone.localdate():
        raise ValidationError(_("Das Geburtsdatum liegt in der Zukunft."))
    if age_on(value, timezone.localdate()) > OLDEST:
        raise ValidationError(_("Bitte das Geburtsdatum prüfen: Die Person wäre über 110 Jahre alt."))


class ClientQuerySet(models.QuerySet):
    def visible_to(self, user):
        """People with a case the user may open."""
        from cases.models.case import Case  # noqa: PLC0415 - the two records need each other

        return self.filter(cases__in=Case.objects.visible_to(user)).distinct()


class Client(PersonalData, FormKey, Versioned):
    """A young person counselled by one Träger. Only a name or a pseudonym is required."""

    class Sex(models.TextChoices):
        FEMALE = "female", _("weiblich")
        MALE = "male", _("männlich")
        DIVERSE = "diverse", _("divers")
        NOT_STATED = "not_stated", _("keine Angabe")

    class Channel(models.TextChoices):
        PHONE = "phone", _("Telefon")
        MESSENGER = "messenger", _("Messenger")
        EMAIL = "email", _("E-Mail")
        POST = "post", _("Brief")
        VISIT = "visit", _("persönlich")

    class ResidenceGroup(models.TextChoices):
        GERMAN = "german", _("deutsch")
        EU = "eu", _("EU, EWR, Schweiz")
        IN_PROCEDURE = "in_procedure", _("Aufenthaltsgestattung")
        TOLERATED = "tolerated", _("Duldung")
        HUMANITARIAN = "humanitarian", _("befristeter humanitärer Titel")
        TEMPORARY = "temporary", _("sonstiger befristeter Titel")
        PERMANENT = "permanent", _("unbefristeter Titel")
        PROVISIONAL = "provisional", _("Fiktionsbescheinigung")
        UNKNOWN = "unknown", _("ungeklärt oder keine Angabe")

    class LegalSphere(models.TextChoices):
        SGB_2 = "sgb2", _("SGB II")
        SGB_3 = "sgb3", _("SGB III")
        SGB_8 = "sgb8", _("SGB VIII")
        SGB_9 = "sgb9", _("SGB IX")
        SGB_12 = "sgb12", _("SGB XII")
        ASYLBLG = "asylblg", _("AsylbLG")
        STUDENT_AID = "student_aid", _("BAföG oder BAB")
        OWN_INCOME = "own_income", _("eigenes Einkommen")
        FAMILY = "family", _("Familie")
        NONE = "none", _("ohne oder ungeklärt")

    class GermanLevel(models.TextChoices):
        NONE = "none", _("keine Kenntnisse")
        A1 = "a1", "A1"
        A2 = "a2", "A2"
        B1 = "b1", "B1"
        B2 = "b2", "B2"
        C1 = "c1", _("C1 oder höher")

    class School(models.TextChoices):
        NONE = "none", _("ohne Abschluss")
        ESA = "esa", _("Erster Schulabschluss")
        MSA = "msa", _("Mittlerer Schulabschluss")
        FHR = "fhr", _("Fachhochschulreife")
        ABITUR = "abitur", _("Abitur")
        ABROAD = "abroad", _("Abschluss im Ausland, nicht anerkannt")
        DEGREE = "degree", _("Berufs- oder Hochschulabschluss")

    class Occupation(models.TextChoices):
        SCHOOL = "school", _("Schule")
        COURSE = "course", _("Sprachkurs")
        TRAINING = "training", _("Ausbildung")
        STUDY = "study", _("Studium")
        WORK = "work", _("Arbeit")
        SEEKING = "seeking", _("arbeitsuchend")
        CARE = "care", _("Kinder oder Pflege")
        OTHER = "other", _("sonstiges")

    personal = {
        "given_names": "",
        "family_name": "",
        "pseudonym": "–",
        "birth_date": None,
        "sex": Sex.NOT_STATED,
        "nationalities": (),
        "languages": (),
        "interpreter_needed": False,
        "phone": "",
        "email": "",
        "preferred_channel": "",
        "contact_note": "",
        "quarter": None,
        "entry_year": None,
        "residence_group": "",
        "legal_spheres": (),
        "household_size": None,
        "children": None,
        "german_level": "",
        "school": "",
        "occupation": "",
        "sort_name": "",
        "search_text": "",
        "search_skeleton": "",
        "search_phone": "",
        "health_note": "",
        "identity_note": "",
    }
    not_personal = {"id", "provider", "version", "form_key", "created_at", "created_by"}

    SPECIAL_NOTES = {
        "health_note": "health",
        "identity_note": "orientation",
    }  # field -> purpose of the consent it needs
    kept_elsewhere = set(SPECIAL_NOTES)  # so that an open form never brings back what was erased meanwhile

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="clients", verbose_name=_("Träger"))
    given_names = CleanCharField(_("Vorname"), max_length=150, blank=True)
    family_name = CleanCharField(_("Nachname"), max_length=150, blank=True)
    pseudonym = CleanCharField(
        _("Pseudonym"), max_length=100, blank=True, help_text=_("Wenn die Person ihren Namen nicht nennen möchte.")
    )
    birth_date = models.DateField(_("Geburtsdatum"), null=True, blank=True, validators=[validate_birth_date])
    sex = models.CharField(_("Geschlecht"), max_length=10, choices=Sex.choices, default=Sex.NOT_STATED)
    nationalities = models.ManyToManyField(
        Country, blank=True, related_name="+", verbose_name=_("Staatsangehörigkeiten")
    )
    languages = models.ManyToManyField(Language, blank=True, related_name="+", verbose_name=_("Sprachen"))
    interpreter_needed = models.BooleanField(_("braucht Sprachmittlung"), default=False)
    phone = CleanCharField(_("Telefon"), max_length=50, blank=True)
    email = models.EmailField(_("E-Mail-Adresse"), blank=True)
    preferred_channel = models.CharField(
        _("am besten erreichbar über"), max_length=10, choices=Channel.choices, blank=True
    )
    contact_note = EncryptedTextField(
        _("Was wir beim Kontakt lassen sollen"),
        max_length=200,
        blank=True,
        help_text=_("Zum Beispiel: nicht auf die Mailbox sprechen."),
    )
    quarter = models.ForeignKey(
        Quarter, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Stadtteil")
    )
    entry_year = models.PositiveSmallIntegerField(
        _("Jahr der Einreise"), null=True, blank=True, validators=[MinValueValidator(1950), MaxValueValidator(2100)]
    )
    residence_group = models.CharField(_("Aufenthalt"), max_length=15, choices=ResidenceGroup.choices, blank=True)
    legal_spheres = models.JSONField(_("Rechtskreise"), default=list, blank=True)
    household_size = models.PositiveSmallIntegerField(
        _("Personen im Haushalt"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    children = models.PositiveSmallIntegerField(
        _("davon eigene Kinder"), null=True, blank=True, validators=[MaxValueValidator(20)]
    )
    german_level = models.CharField(_("Deutsch"), max_length=5, choices=GermanLevel.choices, blank=True)
    school = models.CharField(_("Abschluss"), max_length=10, choices=School.choices, blank=True)
    occupation = models.CharField(_("zurzeit"), max_length=10, choices=Occupation.choices, blank=True)
    health_note = EncryptedTextField(_("Gesundheit, Behinderung, Hilfsmittel"), blank=True, max_length=5000)
    identity_note = EncryptedTextField(
        _("Sexuelle Orientierung und geschlechtliche Identität"), blank=True, max_length=5000
    )
    sort_name = models.CharField(max_length=320, blank=True, editable=False, db_index=True)
    search_text = models.CharField(max_length=1300, blank=True, editable=False)
    search_skeleton = models.CharField(max_length=900, blank=True, editable=False)
    search_phone = models.CharField(max_length=50, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("Person")
        verbose_name_plural = _("Personen")
        constraints = [
            models.CheckConstraint(
                name="client_has_a_name",
                condition=~Q(given_names="", family_name="", pseudonym=""),
                violation_error_message=_("Bitte einen Namen oder ein Pseudonym angeben. Ein Name genügt."),
            ),
        ]

    def __str__(self):
        return f"Person {self.pk}"  # this text ends up in logs and error reports

    def save(self, *args, **kwargs):
        self.fill_search_columns()
        super().save(*args, **kwargs)

    def fill_search_columns(self) -> None:
        """What a search looks at; whoever writes clients in bulk calls this first."""
        given, family, pseudonym = names = [
            clean(name) for name in (self.given_names, self.family_name, self.pseudonym)
        ]
        self.sort_name = folded(" ".join(filter(None, (family, given, pseudonym))))[:320]
        self.search_text = search_text(*names)[:1300]
        self.search_skeleton = search_skeleton(*names)[:900]
        self.search_phone = phone_digits(self.phone)

    def locked_notes(self, in_force: frozenset[str]) -> set[str]:
        """Fields of Art. 9 DSGVO that hold something although the consent to it is not in force (any more)."""
        return {name for name, purpose in self.SPECIAL_NOTES.items() if purpose not in in_force and getattr(self, name)}

    @property
    def name(self) -> str:
        """How the person is called on a screen of somebody who may see it."""
        return " ".join(filter(None, (self.given_names, self.family_name))) or self.pseudonym

    def _get_FIELD_display(self, field) -> str:
        """The label of a choice. Django builds the table of all choices again for every field of every row."""
        value = getattr(self, field.attname)
        return next((str(label) for key, label in field.flatchoices if key == value), value)

    def likeness(self, query: str) -> float:
        """0 to 100: how much the name looks like what was searched."""
        return likeness(query, self.search_text)

    @property
    def age(self) -> int | None:
        return age_on(self.birth_date, timezone.localdate()) if self.birth_date else None
