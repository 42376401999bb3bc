"""Forms around what a person agrees to: a consent to one purpose, a release from confidentiality."""

from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.models import Client, ConfidentialityRelease, Consent
from cases.models.consent import TOO_EARLY
from cases.shown_notices import notices_of
from districts.models import Institution, PrivacyNotice
from kim.text import CleanCharFormField
from kim.web.forms import GermanDateField
from kim.web.widgets import LongSelect

NOT_ORAL = _("Für besondere Angaben genügt eine mündliche Einwilligung nicht.")


class AgreementForm(forms.ModelForm):
    given_on = GermanDateField(label=_("Erteilt am"), not_in_future=True)
    valid_until = GermanDateField(label=_("Gilt bis (sonst unbefristet)"), required=False, not_in_past=True)

    def __init__(self, *args, client: Client, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.client = client

    def clean(self):
        cleaned = super().clean()
        given_on, valid_until = cleaned.get("given_on"), cleaned.get("valid_until")
        if given_on and valid_until and valid_until < given_on:
            self.add_error("valid_until", _("Der letzte gültige Tag liegt vor dem Tag der Erteilung."))
        return cleaned


class ConsentForm(AgreementForm):
    """Consent to one purpose; an earlier one that runs out is renewed by it."""

    notice_language = forms.ChoiceField(label=_("Datenschutzhinweis auf"), required=False)

    class Meta:
        model = Consent
        fields = ("purpose", "form", "given_on", "valid_until")
        widgets = {"purpose": forms.HiddenInput}

    def __init__(self, *args, purpose: str = "", notices: Sequence[PrivacyNotice] = (), **kwargs):
        """`notices`: which of today's the person may have been shown; asked for where there is a choice."""
        super().__init__(*args, auto_id=f"id_%s_{purpose}", **kwargs)
        choices = [(notice.language_id, notice.spoken.endonym) for notice in notices]
        self.fields["notice_language"].choices = choices
        if len(choices) < 2:
            del self.fields["notice_language"]
        if purpose in Consent.SPECIAL:  # not offered; refused in clean() all the same
            field = self.fields["form"]
            field.widget.choices = [choice for choice in field.choices if choice[0] != Consent.Form.ORAL]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("purpose") in Consent.SPECIAL and cleaned.get("form") == Consent.Form.ORAL:
            self.add_error("form", NOT_ORAL)
        self.instance.notice_language = language = cleaned.pop("notice_language", "")
        if language and "given_on" in cleaned:
            self._refuse_a_later_notice(language, cleaned["given_on"])
        if not self.errors:
            self._follow_what_was_said(Consent(**cleaned))
        return cleaned

    def _refuse_a_later_notice(self, language, day):
        there = {notice.language_id for notice in notices_of(self.instance.client, day)}
        if there and language not in there:
            sentence = _("Am %(day)s gab es den Hinweis in dieser Sprache noch nicht.")
            self.add_error("notice_language", ValidationError(sentence, params={"day": f"{day:%d.%m.%Y}"}))

    def _follow_what_was_said(self, consent):
        try:
            consent.follow(self.instance.client.consents.last_word(consent.purpose))
        except ValidationError as error:
            self.add_error("given_on" if error.code == TOO_EARLY else None, error)


class ReleaseForm(AgreementForm):
    """To whom one may speak, and what for."""

    recipient_name = CleanCharFormField(
        label=_("Oder jemand anderes"),
        required=False,
        max_length=200,
        help_text=_("Name oder Stelle, wenn sie nicht im Verzeichnis steht."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    concerns = CleanCharFormField(
        label=_("Wofür"),
        max_length=500,
        help_text=_("Was besprochen oder weitergegeben werden darf, zum Beispiel: Termine und Unterlagen zum Antrag."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    class Meta:
        model = ConfidentialityRelease
        fields = ("institution", "recipient_name", "concerns", "form", "given_on", "valid_until")
        widgets = {"institution": LongSelect, "form": forms.RadioSelect}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = Consent.Form.choices
        institutions = Institution.objects.active()
        self.fields["institution"].queryset = institutions
        self.fields["institution"].choices = lambda: [("", "–"), *institutions.values_list("pk", "name")]

    def clean(self):
        cleaned = super().clean()
        known = {"institution", "recipient_name"} - self.errors.keys()
        if len(known) == 2 and bool(cleaned.get("institution")) == bool(cleaned.get("recipient_name")):
            self.add_error(
                "recipient_name", _("Bitte eine Einrichtung wählen oder einen Namen eintragen, nicht beides.")
            )
        return cleaned

    def _get_validation_exclusions(self):
        """One recipient is asked for above, at its field; the database holds it, too."""
        return super()._get_validation_exclusions() | {"institution", "recipient_name"}

    def _post_clean(self):
        super()._post_clean()
        self.instance.form_key = self.cleaned_data.get("form_key") or self.instance.form_key
