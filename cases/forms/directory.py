"""Telling the directory what is wrong or missing, and answering that."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.numbers import PATTERN
from districts.models import DirectoryReport
from kim.text import CleanTextFormField

NO_CASE_NUMBER = _("Bitte ohne Fallnummer: Diese Meldung lesen alle Träger und die Stadt.")


def without_case_number(text):
    if re.search(PATTERN, text.upper()):
        raise ValidationError(NO_CASE_NUMBER)
    return text


class DirectoryReportForm(forms.ModelForm):
    text = CleanTextFormField(
        label=_("Was nicht stimmt oder fehlt"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Bitte nichts über einzelne Menschen: Alle Träger und die Stadt lesen das."),
        validators=[without_case_number],
    )
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    class Meta:
        model = DirectoryReport
        fields = ("text",)

    def _post_clean(self):
        self.instance.form_key = self.cleaned_data.get("form_key") or self.instance.form_key
        super()._post_clean()


class DirectoryAnswerForm(forms.Form):
    status = forms.ChoiceField(
        label=_("Was daraus wird"),
        choices=[choice for choice in DirectoryReport.Status.choices if choice[0] != DirectoryReport.Status.OPEN],
        widget=forms.RadioSelect,
    )
    answer = CleanTextFormField(
        label=_("Antwort"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Liest, wer gemeldet hat. Nötig, wenn die Meldung nicht übernommen wird."),
        validators=[without_case_number],
    )

    def clean(self):
        cleaned = super().clean()
        is_declined = cleaned.get("status") == DirectoryReport.Status.DECLINED
        if is_declined and not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", _("Bitte kurz sagen, warum die Meldung nicht übernommen wird."))
        return cleaned
