"""Turns input into valid staff, catalogue entries and a narrower directory."""

import django_filters
from django import forms
from django.contrib.admin.widgets import AdminEmailInputWidget, AdminTextInputWidget
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts import actions
from districts.models import CaseManager, District, Institution, Language, Provider, Topic
from kim.text import CleanCharFormField
from kim.users.models import Role, User
from kim.web.forms import PhoneField, WorldEmailField
from kim.web.widgets import LongSelect

TAKEN = _("Für diese E-Mail-Adresse gibt es schon einen Zugang.")
WAITS = _("Die Rolle gilt erst, wenn die Teamleitung des Trägers sie bestätigt hat.")


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
                actions.refuse_change(User.objects.get(pk=self.instance.pk), self.instance, by=self.by)
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


class InstitutionFilter(django_filters.FilterSet):
    """The directory by kind, topic, district, language and free places; what is no valid choice narrows nothing."""

    kind = django_filters.ChoiceFilter(label=_("Art"), choices=Institution.Kind.choices, empty_label=_("alle"))
    topic = django_filters.ModelChoiceFilter(
        label=_("Thema"), queryset=Topic.objects.main(), method="with_topic", empty_label=_("alle")
    )
    district = django_filters.ModelChoiceFilter(
        label=_("Stadtbezirk"),
        queryset=District.objects.only("name"),
        method="serving",
        empty_label=_("alle"),
    )
    language = django_filters.ChoiceFilter(
        label=_("Sprache"),
        choices=Language.objects.named,
        field_name="languages",
        empty_label=_("alle"),
        widget=LongSelect,
    )
    free = django_filters.BooleanFilter(
        label=_("nur mit freien Plätzen"), widget=forms.CheckboxInput, method="with_free_places"
    )

    class Meta:
        model = Institution
        fields = ()

    def with_topic(self, institutions, name, topic):
        """A main topic stands for its subtopics, too."""
        topics = Topic.objects.filter(Q(pk=topic.pk) | Q(parent=topic))
        return institutions.filter(
            pk__in=Institution.topics.through.objects.filter(topic__in=topics).values("institution")
        )

    def serving(self, institutions, name, district):
        return institutions.serving(district)

    def with_free_places(self, institutions, name, is_wanted):
        return institutions.filter(free_places__gt=0) if is_wanted else institutions
