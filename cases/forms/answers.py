"""Writing an answer by mail: the language, a block of text to begin with, the text, and a look at it before it goes."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL
from cases.mailbox.delicate import delicate_words
from cases.mailbox.writing import names_in
from cases.models import IntakeRequest
from districts.models import AnswerText, Provider, PublicLanguage, Track
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

    def __init__(self, *args, step: str, can_note_contact: bool, is_protected: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.step, self.is_protected = step, is_protected
        self.fields["language"].choices = [(each.code, str(each)) for each in PublicLanguage.objects.offered()]
        self.fields["block"].choices = [("", "–"), *AnswerText.objects.named()]
        self.fields["text"].required = step != "insert"
        self.fields["block"].required = step == "insert"
        if not can_note_contact:
            del self.fields["is_first_contact"]

    def clean_text(self) -> str:
        """About a protected wish no name may say what it is about, confirmed or not."""
        text = self.cleaned_data["text"]
        if not self.is_protected or self.step == "insert":
            return text
        names = [*_track_names(), *Provider.objects.only_protected().values_list("name", flat=True)]
        if found := names_in(text, names):
            raise ValidationError(
                _("Bitte nicht nennen: %(names)s. Wer mitliest, wüsste sonst, worum es geht."),
                params={"names": ", ".join(f"„{name}“" for name in dict.fromkeys(found))},
            )
        return text

    def delicate_words(self) -> list[str]:
        typed = self.cleaned_data
        return delicate_words(typed.get("text", ""), typed.get("language", ""), _track_names())

    def clean(self):
        cleaned = super().clean()
        words = self.delicate_words() if self.step == "send" and not cleaned.get("is_confirmed") else []
        if words:
            raise ValidationError(
                _("Bitte bestätigen, dass diese Wörter in der Mail stehen sollen: %(words)s."),
                params={"words": ", ".join(words)},
            )
        return cleaned


def _track_names() -> list[str]:
    names = Track.objects.filter(is_protected=True).values_list("name", "name_en")
    return [name for both in names for name in both if name]


def language_of(intake: IntakeRequest) -> str:
    """The language an answer begins in: of the page somebody used, else the one the request names, else German."""
    known = set(PublicLanguage.objects.offered().values_list("code", flat=True))
    return next((code for code in (intake.page_language, intake.language_id) if code in known), SOURCE)
