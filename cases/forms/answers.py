"""Writing an answer by mail: the language, a block of text to begin with, the text, and a look at it before it goes."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL
from cases.mailbox.writing import delicate_words
from cases.models import IntakeRequest
from districts.models import AnswerText, PublicLanguage, Track
from kim.text import CleanTextFormField
from kim.web.languages import SOURCE
from kim.web.widgets import LongSelect


class AnswerForm(forms.Form):
    """Three buttons send it: to put a block into the text, to look at the mail, and to send what was looked at."""

    STEPS = ("insert", "look", "change", "send")

    form_key = forms.UUIDField(widget=forms.HiddenInput)
    language = forms.ChoiceField(label=_("Sprache der Mail"), widget=LongSelect)
    block = forms.ChoiceField(label=_("Textbaustein"), required=False, widget=LongSelect)
    text = CleanTextFormField(
        label=_("Text"),
        max_length=5000,
        widget=forms.Textarea({"rows": 12, "dir": "auto", **NO_AUTOFILL}),
        help_text=_("Vielleicht lesen andere mit: nichts zu Gesundheit, Schwerpunkt oder Aufenthalt."),
    )
    is_first_contact = forms.BooleanField(label=_("Das ist der Erstkontakt."), required=False)
    is_confirmed = forms.BooleanField(label=_("Ich habe diese Wörter geprüft: Sie bleiben so."), required=False)

    def __init__(self, *args, step: str, can_note_contact: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.step = step
        self.fields["language"].choices = [(each.code, str(each)) for each in PublicLanguage.objects.offered()]
        self.fields["block"].choices = [("", "–"), *AnswerText.objects.named()]
        self.fields["text"].required = step != "insert"
        self.fields["block"].required = step == "insert"
        if not can_note_contact:
            del self.fields["is_first_contact"]

    def delicate_words(self) -> list[str]:
        protected = Track.objects.filter(is_protected=True).values_list("name", "name_en")
        return delicate_words(self.cleaned_data.get("text", ""), [name for names in protected for name in names])

    def clean(self):
        cleaned = super().clean()
        words = self.delicate_words() if self.step == "send" and not cleaned.get("is_confirmed") else []
        if words:
            raise ValidationError(
                _("Bitte bestätigen, dass diese Wörter in der Mail stehen sollen: %(words)s."),
                params={"words": ", ".join(words)},
            )
        return cleaned


def language_of(intake: IntakeRequest) -> str:
    """The language an answer begins in: of the page somebody used, else the one the request names, else German."""
    known = set(PublicLanguage.objects.offered().values_list("code", flat=True))
    return next((code for code in (intake.page_language, intake.language_id) if code in known), SOURCE)
