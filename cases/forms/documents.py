"""Papers that run out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL
from cases.models import ExpiringDocument
from kim.text import CleanCharFormField
from kim.web.forms import GermanDateField
from kim.web.versions import VersionedFormMixin


class DocumentForm(forms.ModelForm):
    kind = forms.ChoiceField(label=_("Was läuft ab?"), choices=ExpiringDocument.Kind.choices, widget=forms.RadioSelect)
    valid_until = GermanDateField(label=_("Gültig bis"))
    note = CleanCharFormField(
        label=_("Notiz"),
        required=False,
        max_length=500,
        help_text=_("Zum Beispiel: Verlängerung ist beantragt. Keine Nummern von Ausweisen."),
        widget=forms.TextInput(NO_AUTOFILL),
    )
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    class Meta:
        model = ExpiringDocument
        fields = ("kind", "valid_until", "note")

    def _post_clean(self):
        if key := self.cleaned_data.get("form_key"):
            self.instance.form_key = key
        super()._post_clean()


class DocumentChangeForm(VersionedFormMixin, DocumentForm):
    form_key = None
