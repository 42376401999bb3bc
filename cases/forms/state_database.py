"""Which cases somebody has typed into the database of the state, and when."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.state_database import key_of
from kim.web.forms import GermanDateField


class TransferForm(forms.Form):
    """Chosen by number and state: what was closed or reopened since the page was opened is not chosen any more."""

    noted_on = GermanDateField(label=_("Übertragen am"), not_in_future=True)
    case = forms.MultipleChoiceField(
        error_messages={
            "required": _("Bitte mindestens einen Fall auswählen."),
            "invalid_choice": _("Ein Fall hat sich inzwischen verändert. Bitte das Blatt noch einmal ansehen."),
        },
    )

    def __init__(self, *args, cases: Iterable[Case], **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = {key_of(case): case for case in cases}
        self.fields["case"].choices = [(key, case.number) for key, case in self.cases.items()]

    @property
    def chosen(self) -> list[Case]:
        return [self.cases[key] for key in self.cleaned_data["case"]]

    def clean(self):
        data = super().clean()
        on = data.get("noted_on")
        if on and any((case.closed_on or case.opened_on) > on for case in map(self.cases.get, data.get("case", ()))):
            self.add_error("noted_on", _("Das liegt vor der Eröffnung oder dem Abschluss eines Falls."))
        return data


class NoteForm(forms.Form):
    """What else can be said of one case."""

    step = forms.ChoiceField(choices=[("withhold", "withhold"), ("take_back", "take_back")])
