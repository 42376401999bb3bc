"""Forms around the case file: the person, the case, pausing, closing, consent."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Field, Fieldset, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.forms.consents import NOT_ORAL
from cases.models import Case, Client, Consent
from cases.models.client import validate_birth_date
from districts.forms import TopicsField
from districts.models import CaseManager, Country, District, Language, Quarter, Topic, Track
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.form_parts import with_dashes
from kim.web.forms import GermanDateField, PhoneField, WholeNumberField, WorldEmailField
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import Checklist, LongSelect

NO_AUTOFILL = {"autocomplete": "off"}
TALK_BEFORE = _("Es gibt eine Beratung vom %(day)s. Der Fall kann nicht danach eröffnet sein.")
TALK_AFTER = _("Es gibt eine Beratung vom %(day)s. Der Fall kann nicht davor abgeschlossen sein.")


def layout_helper(*parts) -> FormHelper:
    """The page draws form tag, token and buttons; the form only says how its fields stand."""
    helper = FormHelper()
    helper.form_tag = helper.disable_csrf = False
    helper.field_template = "components/field.html"
    helper.layout = Layout(*parts)
    return helper


def main_topics(day=None):
    """The eight main topics valid on a day."""
    return Topic.objects.main().valid_on(day or timezone.localdate())


def topic_groups(day=None) -> list[tuple[Topic, list[Topic]]]:
    """Each main topic with its subtopics, all valid on a day, in one query."""
    valid = list(Topic.objects.valid_on(day or timezone.localdate()).only("name", "name_en", "parent"))
    main = [topic for topic in valid if topic.parent_id is None]
    return [(topic, [subtopic for subtopic in valid if subtopic.parent_id == topic.pk]) for topic in main]


def quarters() -> list[tuple[object, str]]:
    """The Stadtteile to choose from, each with its Stadtbezirk."""
    rows = Quarter.objects.values_list("pk", "name", "district__name")
    return [("", gettext("keine Angabe")), *((pk, f"{name} ({district})") for pk, name, district in rows)]


def consent_day_field(purpose: str) -> GermanDateField:
    """Since when somebody agrees to a purpose."""
    label = _("Einwilligung „%(purpose)s“ vom") % {"purpose": Consent.Purpose(purpose).label}
    return GermanDateField(label=label, required=False, not_in_future=True)


class SearchForm(forms.Form):
    """One field for name, case number or phone."""

    q = CleanCharFormField(
        label=_("Name, Fallnummer oder Telefon"), required=False, max_length=200, widget=forms.TextInput(NO_AUTOFILL)
    )


class NewClientSearchForm(forms.Form):
    """Search first: who may be known already at the own Träger."""

    name = CleanCharFormField(
        label=_("Name"),
        max_length=200,
        help_text=_("Vor- und Nachname, soweit bekannt; jede Schreibweise."),
        widget=forms.TextInput(NO_AUTOFILL),
    )
    birth_date = GermanDateField(label=_("Geburtsdatum"), required=False, validators=[validate_birth_date])


class ClientForm(forms.ModelForm):
    birth_date = GermanDateField(
        label=_("Geburtsdatum"), required=False, validators=[validate_birth_date], help_text=_("TT.MM.JJJJ")
    )
    phone = PhoneField(label=_("Telefon"), required=False, max_length=50)
    email = WorldEmailField(label=_("E-Mail-Adresse"), required=False)
    contact_note = CleanCharFormField(
        label=_("Was wir beim Kontakt lassen sollen"),
        required=False,
        max_length=200,
        help_text=_("Zum Beispiel: nicht auf die Mailbox sprechen."),
    )
    entry_year = WholeNumberField(label=_("Jahr der Einreise"), required=False, min_value=1950, max_value=2100)
    household_size = WholeNumberField(label=_("Personen im Haushalt"), required=False, min_value=1, max_value=30)
    children = WholeNumberField(label=_("Davon eigene Kinder"), required=False, max_value=20)
    legal_spheres = forms.MultipleChoiceField(
        label=_("Rechtskreise"),
        choices=Client.LegalSphere.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Client
        widgets = {
            "languages": Checklist,
            "nationalities": Checklist,
            **dict.fromkeys(
                ("sex", "preferred_channel", "quarter", "residence_group", "german_level", "school", "occupation"),
                LongSelect,
            ),
        }
        fields = (
            "given_names", "family_name", "pseudonym", "birth_date", "sex", "phone", "email", "preferred_channel",
            "contact_note", "languages", "interpreter_needed", "quarter", "nationalities", "entry_year",
            "residence_group", "legal_spheres", "household_size", "children", "german_level", "school", "occupation",
        )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        with_dashes(self)
        self.fields["quarter"].choices = quarters
        self.fields["languages"].choices = Language.objects.named
        self.fields["nationalities"].choices = Country.objects.named
        for name in ("given_names", "family_name", "pseudonym", "phone", "email", "contact_note"):
            self.fields[name].widget.attrs.update(NO_AUTOFILL)
        name_and_contact = (
            Fieldset(
                _("Name"),
                Row(Column("given_names"), Column("family_name")),
                Row(Column("pseudonym"), Column("birth_date"), Column("sex")),
            ),
            Fieldset(
                _("Erreichbar"),
                Row(Column("phone"), Column("email"), Column("preferred_channel")),
                Row(Column("contact_note"), Column("quarter")),
            ),
        )
        details = (
            Fieldset(
                _("Sprache und Herkunft"),
                Row(
                    Column(Field("languages", template="components/checklist.html")),
                    Column(Field("nationalities", template="components/checklist.html")),
                ),
                Row(Column("german_level"), Column("entry_year"), Column("residence_group")),
                "interpreter_needed",
            ),
            Fieldset(
                _("Lebenslage"),
                Row(Column("occupation"), Column("school")),
                Row(Column("household_size"), Column("children")),
                Field("legal_spheres", template="components/chips.html"),
            ),
        )
        self.helper = layout_helper(*name_and_contact, *details)
        self.name_helper, self.details_helper = layout_helper(*name_and_contact), layout_helper(*details)

    DETAILS = (
        "languages", "nationalities", "german_level", "entry_year", "residence_group", "interpreter_needed",
        "occupation", "school", "household_size", "children", "legal_spheres",
    )  # fmt: skip

    def details_are_open(self) -> bool:
        """Whether the folded part holds an error to be seen."""
        return any(name in self.errors for name in self.DETAILS)

    def clean_entry_year(self):
        year = self.cleaned_data["entry_year"]
        if year and year > timezone.localdate().year:
            raise ValidationError(_("Das Jahr der Einreise liegt in der Zukunft."))
        return year

    def clean(self):
        cleaned = super().clean()
        birth_date, year = cleaned.get("birth_date"), cleaned.get("entry_year")
        if birth_date and year and year < birth_date.year:
            self.add_error("entry_year", _("Das Jahr der Einreise liegt vor der Geburt."))
        return cleaned


class CaseForm(forms.ModelForm):
    """Opening a case and changing its facts, with the consents the chosen help needs."""

    opened_on = GermanDateField(label=_("Eröffnet am"), not_in_future=True)
    topics = TopicsField(
        label=_("Themen zu Beginn"), queryset=Topic.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    age_reason = CleanTextFormField(
        label=_("Begründung für das Alter"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Nur nötig, wenn die Person am Tag der Eröffnung außerhalb des Alters des Schwerpunkts ist."),
    )
    CONSENT_NEEDED = {
        Consent.Purpose.DOCUMENTATION: _(
            "Case Management braucht die Einwilligung der Person. Bitte das Datum eintragen."
        ),
        **dict.fromkeys(
            Consent.SPECIAL,
            _("Dieser Schwerpunkt braucht die Einwilligung in besondere Angaben. Bitte das Datum eintragen."),
        ),
    }

    class Meta:
        model = Case
        fields = ("service_level", "track", "district", "access_route", "opened_on", "topics", "age_reason")
        widgets = dict.fromkeys(("service_level", "track", "district", "access_route"), LongSelect)

    def __init__(self, *args, case_manager: CaseManager, in_force: frozenset[str] = frozenset(), **kwargs):
        super().__init__(*args, **kwargs)
        with_dashes(self)
        self.in_force = in_force & set(self.CONSENT_NEEDED)
        self.consents: list[Consent] = []
        current = self.instance.track_id
        self.fields["track"].queryset = Track.objects.filter(Q(case_managers=case_manager) | Q(pk=current)).distinct()
        self.fields["track"].empty_label = None
        self.fields["district"].queryset = District.objects.only("name")
        self.fields["district"].empty_label = _("ohne Stadtbezirk")
        kept = Q(cases=self.instance) if self.instance.pk else Q(pk__in=[])
        self.fields["topics"].queryset = Topic.objects.filter(Q(pk__in=main_topics()) | kept).distinct()
        self.purposes = [purpose for purpose in self._purposes_of_tracks() if purpose not in in_force]
        for purpose in self.purposes:
            self._ask_for_consent(purpose)
        consent_rows = [Row(Column(f"{purpose}_given_on"), Column(f"{purpose}_form")) for purpose in self.purposes]
        self.helper = layout_helper(
            Fieldset(
                _("Fall"),
                Row(Column("service_level"), Column("track"), Column("district")),
                Row(Column("access_route"), Column("opened_on")),
                Field("topics", template="components/chips.html"),
                "age_reason",
            ),
            *([Fieldset(_("Einwilligung"), HTML(CONSENT_HINT), *consent_rows)] if consent_rows else []),
        )

    def _purposes_of_tracks(self):
        """What a case on one of these tracks may need."""
        categories = set(self.fields["track"].queryset.values_list("special_category", flat=True))
        return [purpose for purpose in self.CONSENT_NEEDED if purpose not in Consent.SPECIAL or purpose in categories]

    def _ask_for_consent(self, purpose):
        self.fields[f"{purpose}_given_on"] = consent_day_field(purpose)
        self.fields[f"{purpose}_form"] = forms.ChoiceField(
            label=_("Form"), required=False, choices=[("", "–"), *Consent.Form.choices]
        )

    def clean_opened_on(self):
        opened_on = self.cleaned_data["opened_on"]
        if self.instance.closed_on and opened_on > self.instance.closed_on:
            raise ValidationError(_("Der Fall endet vor seiner Eröffnung."))
        first = self.instance.pk and self.instance.consultations.filter(held_on__lt=opened_on).last()
        if first:
            raise ValidationError(TALK_BEFORE % {"day": first.held_on.strftime("%d.%m.%Y")})
        return opened_on

    def clean(self):
        cleaned = super().clean()
        for purpose in self.purposes:
            self._clean_consent(purpose, cleaned)
        return cleaned

    def _clean_consent(self, purpose, cleaned):
        given_on, form = cleaned.get(f"{purpose}_given_on"), cleaned.get(f"{purpose}_form")
        if not given_on and f"{purpose}_given_on" not in self.errors and form:
            self.add_error(f"{purpose}_given_on", _("Bitte das Datum der Einwilligung eintragen."))
        if given_on and not form:
            self.add_error(f"{purpose}_form", _("Bitte angeben, wie die Einwilligung erteilt wurde."))
        if given_on and form == Consent.Form.ORAL and purpose in Consent.SPECIAL:
            self.add_error(f"{purpose}_form", NOT_ORAL)
        elif given_on and form:
            self.consents.append(Consent(purpose=purpose, form=form, given_on=given_on))

    def missing_consents(self) -> set[str]:
        """Purposes the case as filled in needs and nobody has agreed to."""
        return self.instance.required_consents() - self.in_force - {consent.purpose for consent in self.consents}

    def check_rules(self, client: Client) -> bool:
        """The rules that need the person: age and consent. Errors go to their fields; True when all is well."""
        self.instance.client = client
        try:
            self.instance.set_age()
        except ValidationError as error:
            self.add_error(None, error)
        self._follow_what_was_said(client)
        for purpose in sorted(self.missing_consents()):
            if f"{purpose}_given_on" not in self.errors:
                self.add_error(f"{purpose}_given_on", self.CONSENT_NEEDED[purpose])
        return not self.errors

    def _follow_what_was_said(self, client):
        for consent in self.consents if client.pk else ():
            try:
                consent.follow(client.consents.last_word(consent.purpose))
            except ValidationError as error:
                self.add_error(f"{consent.purpose}_given_on", error)


CONSENT_HINT = format_lazy(
    '<p class="form-text">{}</p>',
    _("Freiwillig, jederzeit widerrufbar. Nötig für Case Management und für geschützte Schwerpunkte."),
)


class ClientChangeForm(VersionedFormMixin, ClientForm):
    """The person's data, with the version that was opened."""


class CaseChangeForm(VersionedFormMixin, CaseForm):
    """The facts of the case, with the version that was opened."""


def searched_names(data) -> dict[str, str]:
    """What was typed into the search, as a start for the form: the last word is taken for the family name."""
    *given, family = (data.get("name") or "").split() or [""]
    if not given:
        given, family = [family], ""
    return {"given_names": " ".join(given), "family_name": family, "birth_date": data.get("birth_date", "")}


class PhaseForm(forms.Form):
    status = forms.ChoiceField(label=_("Phase"), choices=[(phase.value, phase.label) for phase in Case.PHASES])


class PauseForm(forms.Form):
    reason = CleanTextFormField(label=_("Grund"), max_length=1000, widget=forms.Textarea({"rows": 3}))
    until = GermanDateField(
        label=_("Voraussichtlich bis"), required=False, not_in_past=True, help_text=_("TT.MM.JJJJ; darf offen bleiben.")
    )


class CloseForm(forms.Form):
    on = GermanDateField(label=_("Abgeschlossen am"), not_in_future=True)
    reason = forms.ChoiceField(label=_("Beendigungsgrund"), choices=[("", "–"), *Case.ClosingReason.choices])
    note = CleanTextFormField(
        label=_("Wie es ausging"), required=False, max_length=5000, widget=forms.Textarea({"rows": 4})
    )
    follow_up_service = CleanCharFormField(label=_("Weitere Hilfe durch"), required=False, max_length=200)
    shows_system = forms.ChoiceField(
        label=_("Hat der Fall etwas über das System gezeigt?"),
        choices=[("no", _("nein")), ("yes", _("ja, das schreibe ich auf"))],
        required=False,
        initial="no",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, **kwargs)
        self.case = case

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on < self.case.opened_on:
            raise ValidationError(_("Der Fall endet vor seiner Eröffnung."))
        if last := self.case.consultations.filter(held_on__gt=on).first():
            raise ValidationError(TALK_AFTER % {"day": last.held_on.strftime("%d.%m.%Y")})
        return on

    @property
    def wants_observation(self) -> bool:
        """Also known before the form is checked: the page draws and checks a second form then."""
        return self.data.get("shows_system") == "yes"

    @property
    def closing(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in ("on", "reason", "note", "follow_up_service")}


class ReopeningForm(forms.Form):
    reason = CleanTextFormField(
        label=_("Warum soll der Fall weitergehen?"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )
