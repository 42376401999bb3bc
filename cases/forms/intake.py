"""Forms of the beginning: first interview, decision of the clearing, notes that need a consent of their own."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ClearingDecision, Client, FirstInterview
from cases.shown_notices import in_language, notices_of
from districts.models import Language
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.forms import GermanDateField
from kim.web.languages import nearest
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import LongSelect

Outcome = ClearingDecision.Outcome
BEFORE_THE_CASE = _("Das liegt vor der Eröffnung des Falls am %(day)s.")


def refuse_before(day, case: Case) -> None:
    if day < case.opened_on:
        raise ValidationError(BEFORE_THE_CASE, params={"day": f"{case.opened_on:%d.%m.%Y}"})


class FirstInterviewForm(VersionedFormMixin, forms.ModelForm):
    """The checklist. Which version of the notice was handed over is not typed: it is the one the Träger has then."""

    held_on = GermanDateField(label=_("Geführt am"), not_in_future=True)
    notice_given_on = GermanDateField(label=_("Ausgehändigt am"), required=False, not_in_future=True)

    class Meta:
        model = FirstInterview
        fields = ("held_on", *FirstInterview.STEPS, "notice_given_on", "notice_language")
        widgets = {"notice_language": LongSelect}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["notice_language"].choices = lambda: [("", "–"), *Language.objects.named()]

    @property
    def steps(self):
        return [self[name] for name in FirstInterview.STEPS]

    def clean(self):
        cleaned = super().clean()
        given_on, language = cleaned.get("notice_given_on"), cleaned.get("notice_language")
        if language and not given_on and "notice_given_on" not in self.errors:
            self.add_error("notice_given_on", _("Bitte den Tag eintragen, an dem der Hinweis ausgehändigt wurde."))
        if given_on and not language and "notice_language" not in self.errors:
            self.add_error("notice_language", _("Bitte die Sprache wählen, in der der Hinweis ausgehändigt wurde."))
        return cleaned

    def _post_clean(self):
        if {"notice_given_on", "notice_language"} & set(self.changed_data):
            self.instance.notice_version = self._version()
        super()._post_clean()

    def _version(self):
        """Of the notice in that language on that day, else of the German one."""
        given_on, language = self.cleaned_data.get("notice_given_on"), self.cleaned_data.get("notice_language")
        if not given_on or not language:
            return ""
        notice = in_language(nearest(language.pk), notices_of(self.instance.case.client, given_on))
        return notice.version if notice else ""


class ClearingForm(forms.ModelForm):
    """Which help, why, and where else the person was referred to."""

    outcome = forms.ChoiceField(label=_("Entscheidung"), choices=Outcome.choices, widget=forms.RadioSelect)
    decided_on = GermanDateField(label=_("Entschieden am"), not_in_future=True)
    reason = CleanTextFormField(label=_("Begründung"), max_length=1000, widget=forms.Textarea({"rows": 3}))
    referred_to = CleanCharFormField(
        label=_("Verwiesen an"),
        required=False,
        max_length=200,
        help_text=_("Nötig, wenn der Fall damit endet: wohin die Person sich jetzt wendet."),
    )
    closes = forms.BooleanField(label=_("Mit dieser Verweisberatung ist es getan: Fall abschließen"), required=False)
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    class Meta:
        model = ClearingDecision
        fields = ("outcome", "decided_on", "reason", "referred_to")

    def clean_decided_on(self):
        refuse_before(self.cleaned_data["decided_on"], self.instance.case)
        return self.cleaned_data["decided_on"]

    def clean(self):
        cleaned = super().clean()
        outcome, closes = cleaned.get("outcome"), cleaned.get("closes")
        if closes and outcome in (Outcome.BRIEF, Outcome.CASE_MANAGEMENT):
            self.add_error("closes", _("Nur eine Verweisberatung endet mit der Klärung."))
        ends = outcome == Outcome.NOT_TAKEN or (outcome == Outcome.SIGNPOSTING and closes)
        if ends and not cleaned.get("referred_to") and "referred_to" not in self.errors:
            self.add_error("referred_to", _("Bitte eintragen, wohin die Person verwiesen ist."))
        return cleaned

    def _get_validation_exclusions(self):
        """Where the person was referred to is asked for above, at its field; the database holds it, too."""
        return super()._get_validation_exclusions() | {"referred_to"}

    def _post_clean(self):
        super()._post_clean()
        self.instance.form_key = self.cleaned_data.get("form_key") or self.instance.form_key

    @classmethod
    def defaults(cls, case: Case, form_key) -> dict[str, object]:
        return {"outcome": case.service_level, "decided_on": timezone.localdate(), "form_key": form_key}


class SpecialNotesForm(VersionedFormMixin, forms.ModelForm):
    """Only fields whose consent is in force exist here; sent without it, nothing at all is stored."""

    health_note = CleanTextFormField(
        label=_("Gesundheit, Behinderung, Hilfsmittel"),
        required=False,
        max_length=5000,
        help_text=_("Nur was für die Hilfe wichtig ist."),
        widget=forms.Textarea({"rows": 5, "autocomplete": "off"}),
    )
    identity_note = CleanTextFormField(
        label=_("Sexuelle Orientierung und geschlechtliche Identität"),
        required=False,
        max_length=5000,
        help_text=_("Nur was für die Hilfe wichtig ist, zum Beispiel die gewünschte Anrede."),
        widget=forms.Textarea({"rows": 5, "autocomplete": "off"}),
    )

    class Meta:
        model = Client
        fields = tuple(Client.SPECIAL_NOTES)

    def __init__(self, *args, in_force: frozenset[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.closed = [name for name, purpose in Client.SPECIAL_NOTES.items() if purpose not in in_force]
        for name in self.closed:
            del self.fields[name]
            self.initial.pop(name, None)

    @property
    def notes_are_open(self) -> bool:
        return len(self.closed) < len(Client.SPECIAL_NOTES)

    @property
    def notes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in Client.SPECIAL_NOTES if name in self.fields}

    def clean(self):
        if any(self.data.get(name) for name in self.closed):
            raise ValidationError(
                _("Für einen Teil der Angaben gilt keine Einwilligung (mehr). Nichts ist gespeichert.")
            )
        return super().clean()
