"""Turns input into valid staff, catalogue entries and a narrower directory."""

import django_filters
from django import forms
from django.contrib.admin.widgets import AdminEmailInputWidget, AdminTextInputWidget
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import URLValidator
from django.db.models import F, Q
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from districts import actions
from districts.models import CaseManager, District, Institution, Language, Provider, Topic
from districts.models.privacy_notices import FIXED, first_texts
from kim.text import CleanCharFormField, CleanTextFormField, folded
from kim.users.models import Role, User
from kim.web.forms import PhoneField, WholeNumberField, WorldEmailField
from kim.web.languages import LANGUAGES
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import Checklist, LongSelect

LONGEST_PK = 18  # digits of a number that certainly fits into 64 bits
TAKEN = _("Für diese E-Mail-Adresse gibt es schon einen Zugang.")
NOT_YET_FIXED = _("Ab dem Tag, an dem sie gilt, ändert sich eine Fassung nicht mehr.")
WAITS = _("Die Rolle gilt erst, wenn die Teamleitung des Trägers sie bestätigt hat.")


def notice_hint(notice):
    """Above a privacy notice in the Systemverwaltung: what one may still do, and the drafts to begin with."""
    if notice:
        return FIXED if notice.is_fixed else NOT_YET_FIXED
    there = first_texts()
    links = ((code, language.endonym) for code, language in LANGUAGES.items() if code in there)
    drafts = format_html_join(" · ", '<a href="?language={}">{}</a>', links)
    return format_html("{} {} {}", NOT_YET_FIXED, _("Entwurf auf:"), drafts)


class ConstraintsAtFieldsForm(forms.ModelForm):
    """Shows the sentence of a broken constraint at the last of its fields instead of above the form."""

    def _update_errors(self, errors):
        """Django adds what the model refuses: here the sentences without a field find theirs."""
        found = getattr(errors, "error_dict", {}).pop(NON_FIELD_ERRORS, [])
        if not hasattr(errors, "error_dict") or errors.error_dict:
            super()._update_errors(errors)
        constraints = self._meta.model._meta.constraints
        places = {constraint.get_violation_error_message(): self._field_of(constraint) for constraint in constraints}
        for error in found:
            self.add_error(places.get(error.messages[0]), error)

    def _field_of(self, constraint):
        condition = getattr(constraint, "condition", None)
        concerned = set(getattr(constraint, "fields", ()) or (condition.referenced_base_fields if condition else ()))
        return next((name for name in reversed(self.fields) if name in concerned), None)


class StaffForm(ConstraintsAtFieldsForm):
    """What every account has: one address, used once in whatever case it is written."""

    by = None  # the admin at work; set by districts.admin

    def _user(self):
        raise NotImplementedError

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self._user().pk).exists():
            raise ValidationError(TAKEN)
        return email


class UserForm(StaffForm):
    """An account without a post in case management; the Träger belongs to the roles that need one."""

    email = WorldEmailField(
        label=_("E-Mail-Adresse"),
        widget=AdminEmailInputWidget,
        help_text=_("Zum Anmelden; an diese Adresse geht die Einladung."),
    )
    provider = forms.ModelChoiceField(
        Provider.objects.all(),
        required=False,
        label=_("Träger"),
        help_text=_("Nur für Teamleitung und Datenschutz."),
    )

    class Meta:
        model = User
        fields = ("name", "email", "role", "is_active")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        is_counselling = self.instance.role == Role.CASE_MANAGER
        if not is_counselling:
            self.fields["role"].choices = [
                choice for choice in self.fields["role"].choices if choice[0] != Role.CASE_MANAGER
            ]
        if self.instance.pk:
            self.initial["provider"] = actions.provider_of(self.instance)
            self.fields["role"].disabled = is_counselling or self.instance.pk == self.by.pk
            self.fields["provider"].disabled = is_counselling

    def _user(self):
        return self.instance

    def clean(self):
        super().clean()
        role, provider = self.cleaned_data.get("role"), self.cleaned_data.get("provider")
        if role in (Role.LEAD, Role.DATA_PROTECTION) and not provider and "provider" not in self.errors:
            self.add_error("provider", _("Diese Rolle gehört zu einem Träger. Bitte einen auswählen."))
        if role in actions.OF_THE_CITY and provider:
            self.add_error("provider", _("Diese Rolle gehört zur Stadt. Bitte keinen Träger auswählen."))
        return self.cleaned_data

    def _post_clean(self):
        super()._post_clean()
        if self.instance.pk and not self.errors:
            try:
                actions.refuse_change(User.objects.held(self.instance.pk), self.instance, by=self.by)
            except ValidationError as error:
                self.add_error(None, error)


class CaseManagerForm(StaffForm):
    """Account and post of a case manager in one form."""

    name = CleanCharFormField(label=_("Name"), max_length=150, widget=AdminTextInputWidget)
    email = WorldEmailField(
        label=_("E-Mail-Adresse"),
        widget=AdminEmailInputWidget,
        help_text=_("Zum Anmelden; an diese Adresse geht die Einladung."),
    )
    is_active = forms.BooleanField(
        label=_("aktiv"), required=False, initial=True, help_text=_("Deaktivieren geht erst ohne offene Fälle.")
    )
    work_email = WorldEmailField(
        label=_("dienstliche E-Mail-Adresse"),
        required=False,
        widget=AdminEmailInputWidget,
        help_text=_("Wird zusammen mit Telefon und Sprechzeiten veröffentlicht, wenn der Kontakt veröffentlicht ist."),
    )

    class Meta:
        model = CaseManager
        fields = (
            "provider",
            "districts",
            "tracks",
            "languages",
            "post_share",
            "is_published",
            "work_phone",
            "work_email",
            "office_hours",
        )
        localized_fields = ("post_share",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("name", "email", "is_active"):
                self.initial[name] = getattr(self.instance.user, name)
        else:
            del self.fields["is_active"]

    def _user(self):
        return self.instance.user if self.instance.pk else User()

    def clean(self):
        super().clean()
        if self.instance.pk and not self.errors:
            User.objects.held(self.instance.user_id)  # whoever gives or takes something waits
            try:
                actions.refuse_move(self.instance, self.cleaned_data["provider"])
                if self.instance.user.is_active and not self.cleaned_data["is_active"]:
                    actions.refuse_deactivation(self.instance.user, by=self.by)
            except ValidationError as error:
                self.add_error(None, error)
        return self.cleaned_data


class OwnContactForm(forms.ModelForm):
    """What a case manager shows the public of the own contact."""

    work_phone = PhoneField(label=_("Diensttelefon"), max_length=50, required=False)
    work_email = WorldEmailField(label=_("dienstliche E-Mail-Adresse"), required=False)

    class Meta:
        model = CaseManager
        fields = ("is_published", "work_phone", "work_email", "office_hours")
        labels = {"is_published": _("Mein Kontakt steht auf der öffentlichen Seite")}
        help_texts = {
            "is_published": _(
                "Mit Namen, Träger, Stadtbezirken, Angebot und Sprachen. Geschützte Angebote stehen dort ohne Namen, "
                "mit dem Kontakt des Trägers oder Ihrem Telefon. Ohne Häkchen steht dort nichts."
            ),
            "office_hours": _("Zum Beispiel: Di 14–16 Uhr, Do 10–12 Uhr."),
        }

    def clean(self):
        super().clean()
        has_way = self.cleaned_data.get("work_phone") or self.cleaned_data.get("work_email")
        if self.cleaned_data.get("is_published") and not has_way and not self.errors:
            sentence = _("Bitte Diensttelefon oder E-Mail-Adresse angeben. Sonst kann sich niemand bei Ihnen melden.")
            self.add_error("work_phone", sentence)
        return self.cleaned_data


class TopicForm(ConstraintsAtFieldsForm):
    """Topics have two levels: a subtopic counts as its parent in every figure."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "code" in self.fields and self.instance.pk:
            self.fields["code"].disabled = True
        if "parent" in self.fields:
            self.fields["parent"].queryset = Topic.objects.main().exclude(pk=self.instance.pk)

    def clean_parent(self):
        parent = self.cleaned_data["parent"]
        if parent and self.instance.pk and self.instance.subtopics.exists():
            raise ValidationError(_("Dieses Thema hat selbst Unterthemen und bleibt deshalb ein Oberthema."))
        return parent


CHECKED, UNCHECKED = "checked", "unchecked"
ORDERS = {
    "name": ("name", "pk"),
    "waiting": (F("waiting_weeks").asc(nulls_last=True), "name", "pk"),
    "unchecked": (F("checked_on").asc(nulls_first=True), "name", "pk"),
}


class InstitutionFilter(django_filters.FilterSet):
    """The directory by name, kind, topic and what else helps to choose; what is no valid choice narrows nothing."""

    name = django_filters.CharFilter(label=_("Name"), method="called")
    kind = django_filters.ChoiceFilter(label=_("Art"), choices=Institution.Kind.choices, empty_label=_("alle"))
    topic = django_filters.ChoiceFilter(label=_("Thema"), method="with_topic", empty_label=_("alle"))
    district = django_filters.ChoiceFilter(label=_("Stadtbezirk"), method="serving", empty_label=_("alle"))
    language = django_filters.ChoiceFilter(
        label=_("Sprache"), field_name="languages", empty_label=_("alle"), widget=LongSelect
    )
    free = django_filters.BooleanFilter(
        label=_("nur mit freien Plätzen"), widget=forms.CheckboxInput, method="with_free_places"
    )
    checked = django_filters.ChoiceFilter(
        label=_("Zuletzt geprüft"),
        choices=[(CHECKED, _("im letzten halben Jahr")), (UNCHECKED, _("lange nicht geprüft"))],
        empty_label=_("egal wann"),
        method="by_check",
    )
    order = django_filters.ChoiceFilter(
        label=_("Reihenfolge"),
        choices=[
            ("name", _("Name")),
            ("waiting", _("kürzeste Wartezeit zuerst")),
            ("unchecked", _("am längsten nicht geprüft zuerst")),
        ],
        empty_label=None,
        method="keep",
    )

    class Meta:
        model = Institution
        fields = ()

    def __init__(self, *args, **kwargs):
        """Each list of choices is read once, for showing it and for looking up what was chosen."""
        super().__init__(*args, **kwargs)
        self.filters["topic"].extra["choices"] = list(Topic.objects.main().named())
        self.filters["district"].extra["choices"] = list(District.objects.values_list("pk", "name"))
        self.filters["language"].extra["choices"] = list(Language.objects.named())

    OTHERS = ("kind", "checked", "order")

    def usual_fields(self):
        return [field for field in self.form if field.name not in self.OTHERS]

    def other_fields(self):
        return [field for field in self.form if field.name in self.OTHERS]

    def more_is_open(self):
        """Whether the folded part narrows or orders the list."""
        return any(field.value() not in (None, "", "name") for field in self.other_fields())

    def with_topic(self, institutions, name, topic):
        """A main topic stands for its subtopics, too."""
        topics = Topic.objects.filter(Q(pk=topic) | Q(parent=topic))
        return institutions.filter(
            pk__in=Institution.topics.through.objects.filter(topic__in=topics).values("institution")
        )

    def serving(self, institutions, name, district):
        return institutions.serving(district)

    def with_free_places(self, institutions, name, is_wanted):
        return institutions.filter(free_places__gt=0) if is_wanted else institutions

    def called(self, institutions, name, query):
        return institutions.called(query)

    def by_check(self, institutions, name, state):
        return institutions.checked() if state == CHECKED else institutions.long_unchecked()

    def keep(self, institutions, name, value):
        return institutions

    @property
    def qs(self):
        """The chosen entries in the chosen order."""
        institutions = super().qs
        chosen = self.form.cleaned_data.get("order") if self.is_bound else ""
        return institutions.order_by(*ORDERS[chosen or "name"])


class TopicsField(forms.ModelMultipleChoiceField):
    """Topics to tick. A number larger than any column holds is no valid choice, and no error of the database."""

    def _check_values(self, value):
        for pk in value:
            if len(str(pk)) > LONGEST_PK:
                raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": pk})
        return super()._check_values(value)


class InstitutionForm(forms.ModelForm):
    """A new entry of the directory."""

    name = CleanCharFormField(label=_("Name"), max_length=150)
    topics = TopicsField(label=_("Themen"), queryset=Topic.objects.none(), required=False, widget=Checklist)
    phone = PhoneField(label=_("Telefon"), required=False, max_length=50)
    email = WorldEmailField(label=_("E-Mail-Adresse"), required=False)
    website = CleanCharFormField(label=_("Internetseite"), required=False, max_length=200)
    waiting_weeks = WholeNumberField(
        label=_("Wartezeit in Wochen"), required=False, max_value=520, help_text=_("0 heißt: keine. Leer: unbekannt.")
    )
    free_places = WholeNumberField(
        label=_("Freie Plätze"), required=False, max_value=9999, help_text=_("Leer: unbekannt.")
    )
    remarks = CleanTextFormField(
        label=pgettext_lazy("organisation", "Hinweise"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Was man vorher wissen muss. Nichts über einzelne Menschen: Alle Träger und die Stadt lesen mit."),
    )

    UPKEEP = (
        "waiting_weeks", "free_places", "phone", "email", "website", "address", "office_hours", "topics", "languages",
        "remarks",
    )  # fmt: skip

    class Meta:
        model = Institution
        fields = (
            "name", "kind", "district", "waiting_weeks", "free_places", "phone", "email", "website", "address",
            "office_hours", "topics", "languages", "remarks",
        )  # fmt: skip
        widgets = {"kind": LongSelect, "district": LongSelect, "languages": Checklist}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        valid = Q(pk__in=Topic.objects.valid_on(timezone.localdate()).values("pk"))
        kept = Q(institutions=self.instance) if self.instance.pk else Q(pk__in=[])
        topics = Topic.objects.filter(valid | kept).distinct()
        self.fields["topics"].queryset = topics
        self.fields["topics"].choices = topics.labelled
        self.fields["languages"].choices = Language.objects.named
        if "district" in self.fields:
            self.fields["district"].queryset = District.objects.only("name")
            self.fields["district"].empty_label = _("ganz Köln")
            self.fields["district"].help_text = ""
            self.fields["kind"].choices = [("", "–"), *Institution.Kind.choices]

    def clean_website(self):
        website = self.cleaned_data["website"]
        if website and "://" not in website:
            website = f"https://{website}"
        if website:
            URLValidator(
                schemes=["https", "http"],
                message=_("Bitte eine vollständige Adresse angeben, zum Beispiel https://www.beispiel.de."),
            )(website)
        return website

    def clean(self):
        cleaned = super().clean()
        name, district = cleaned.get("name"), cleaned.get("district")
        if name and "district" not in self.errors:
            same_place = Institution.objects.active().filter(district=district)
            if any(folded(other) == folded(name) for other in same_place.values_list("name", flat=True)):
                self.add_error("name", _("Diese Einrichtung steht schon im Verzeichnis."))
        return cleaned


class InstitutionFormKeyForm(forms.Form):
    """The one-time key of the form for a new entry: a second submit of the same form creates nothing new."""

    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)


class InstitutionUpkeepForm(VersionedFormMixin, InstitutionForm):
    """What changes in an entry from month to month, with the version that was opened."""

    class Meta(InstitutionForm.Meta):
        fields = InstitutionForm.UPKEEP

    name = None
