"""Forms of giving a case away and of answering such an offer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL
from cases.forms.observations import WithoutPersonsMixin
from cases.forms.team import LoadChoiceField
from cases.models import Case, Handover
from cases.workload import able_colleagues
from districts.models import CaseManager, Provider
from kim.text import CleanTextFormField
from kim.web.form_parts import SmallKeyChoiceField

REASON = _("Bitte den Grund der Ablehnung nennen.")


class WordsForm(WithoutPersonsMixin, forms.ModelForm):
    """The words of who gives: read before somebody accepts, and therefore without names."""

    looked_at_in = "summary"

    summary = CleanTextFormField(
        label=_("In eigenen Worten"), max_length=5000, widget=forms.Textarea({"rows": 6, **NO_AUTOFILL})
    )

    def __init__(self, *args, case: Case, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.client, self.user = case.client, user
        self.instance.case, self.instance.provider = case, case.provider
        self.instance.from_case_manager = case.case_manager

    def _get_validation_exclusions(self):
        """The constraint on one open hand-over is the action's to report, after a second click was answered."""
        return {field.name for field in self._meta.model._meta.fields} - {"summary", "to_case_manager", "to_provider"}

    def validate_constraints(self):
        pass

    def clean(self):
        cleaned = super().clean()
        if "summary" in cleaned:
            self.check_persons()
        return cleaned


class HandoverForm(WordsForm):
    """To a colleague of the same Träger."""

    field_order = ("to_case_manager", "summary", "is_without_persons")

    to_case_manager = SmallKeyChoiceField(
        label=_("Übergeben an"),
        queryset=CaseManager.objects.none(),
        empty_label="–",
        error_messages={"invalid_choice": _("Diese Person kann den Fall nicht übernehmen. Bitte neu wählen.")},
    )

    class Meta:
        model = Handover
        fields = ("to_case_manager", "summary")

    def __init__(self, *args, case: Case, user, **kwargs):
        super().__init__(*args, case=case, user=user, **kwargs)
        self.instance.to_provider = case.provider
        self.fields["summary"].help_text = _(
            "Was die Kolleg*in wissen soll, bevor sie annimmt: ohne Namen. Die Akte sieht sie erst danach."
        )
        able = able_colleagues(user).exclude(user=user)
        self.fields["to_case_manager"].queryset = able.filter(tracks=case.track) if case.track.is_protected else able


class ExternalHandoverForm(WordsForm):
    """To another Träger, whose lead chooses the case manager."""

    field_order = ("to_provider", "summary", "is_without_persons")

    to_provider = SmallKeyChoiceField(label=_("Übergeben an"), queryset=Provider.objects.none(), empty_label="–")

    class Meta:
        model = Handover
        fields = ("to_provider", "summary")

    def __init__(self, *args, case: Case, user, **kwargs):
        super().__init__(*args, case=case, user=user, **kwargs)
        others = Provider.objects.filter(is_active=True).exclude(pk=case.provider_id).only("name")
        self.fields["to_provider"].queryset = others
        self.fields["summary"].help_text = _(
            "Geht mit Name, Geburtsdatum, Kontakt, Sprachen und Themen an den anderen Träger, "
            "sobald dort angenommen ist."
        )


class AnswerForm(forms.Form):
    """Yes, or no with a reason."""

    decision = forms.ChoiceField(choices=(("accept", _("annehmen")), ("decline", _("ablehnen"))))
    reason = CleanTextFormField(
        label=_("Grund, falls Sie ablehnen"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == "decline" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", REASON)
        return cleaned

    @property
    def accepts(self) -> bool:
        return self.cleaned_data["decision"] == "accept"


class ArrivalForm(AnswerForm):
    """The receiving lead's answer: who will take the case."""

    field_order = ("to", "reason")

    to = LoadChoiceField(
        label=_("Übernimmt"),
        queryset=CaseManager.objects.none(),
        required=False,
        empty_label="–",
        help_text=_("In Klammern: offene Fälle und wie viele die Stelle tragen kann."),
        error_messages={"invalid_choice": _("Diese Person kann zurzeit keine Fälle übernehmen. Bitte neu wählen.")},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = able_colleagues(user)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == "accept" and not cleaned.get("to") and "to" not in self.errors:
            self.add_error("to", _("Bitte wählen, wer den Fall übernimmt."))
        return cleaned
