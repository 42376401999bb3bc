"""Forms of what a case shows about the system, and of every text that must name nobody."""

import hashlib

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL
from cases.models import Client, Observation
from cases.person_hints import Hint, person_hints
from districts.models import Institution, Topic
from kim.text import CleanTextFormField
from kim.web.form_parts import SmallKeyChoiceField, with_dashes
from kim.web.forms import WholeNumberField
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import LongSelect

LOOK_AGAIN = _("Bitte die Hinweise am Text ansehen und erst dann noch einmal bestätigen.")


def token_of(hints: list[Hint]) -> str:
    """Stands for exactly these hints, so that a confirmation counts only for what was shown."""
    return hashlib.sha256("\n".join(f"{hint.kind}:{hint.found}" for hint in hints).encode()).hexdigest()[:16]


class WithoutPersonsMixin(forms.Form):
    """A text confirmed to name nobody. What looks like a person is shown once before the confirmation counts."""

    looked_at_in = "text"  # the field that holds the text

    hints_seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=16)
    is_without_persons = forms.BooleanField(label=_("Der Text enthält keine Personen"), required=False)

    client: Client | None = None

    @property
    def hints(self) -> list[Hint]:
        """What the text as it stands in the form may say about a person."""
        values = getattr(self, "cleaned_data", {}) if self.is_bound else self.initial
        return person_hints(values.get(self.looked_at_in) or "", self.client)

    def watch(self, url: str) -> None:
        """Show hints while somebody types; without a script they come with the first submit."""
        self.fields[self.looked_at_in].widget.attrs |= {
            "hx-post": url, "hx-trigger": "input changed delay:800ms", "hx-target": "#hints", "hx-indicator": "#hints",
        }  # fmt: skip

    def check_persons(self) -> None:
        """Adds the error that brings the page back with its hints; the box has to be ticked again."""
        if not self.cleaned_data.get("is_without_persons"):
            self.add_error("is_without_persons", _("Bitte bestätigen, dass der Text keine Personen enthält."))
        elif (hints := self.hints) and self.cleaned_data.get("hints_seen") != token_of(hints):
            self._ask_again(token_of(hints))

    def _ask_again(self, token: str) -> None:
        self.add_error("is_without_persons", LOOK_AGAIN)
        self.data = self.data.copy()
        self.data[self.add_prefix("hints_seen")] = token
        self.data.pop(self.add_prefix("is_without_persons"), None)


class ObservationForm(WithoutPersonsMixin, forms.ModelForm):
    """Topic, institution, barrier, and words about the system. A draft needs no confirmation, a proposal does."""

    field_order = ("topic", "barrier", "institution", "text", "is_without_persons")

    topic = SmallKeyChoiceField(label=_("Thema"), queryset=Topic.objects.none(), empty_label="–", widget=LongSelect)
    institution = SmallKeyChoiceField(
        label=_("Einrichtung"),
        queryset=Institution.objects.none(),
        required=False,
        empty_label=_("keine bestimmte"),
        widget=LongSelect,
    )
    text = CleanTextFormField(
        label=_("Was zeigt der Fall über das System?"),
        max_length=3000,
        widget=forms.Textarea({"rows": 5, **NO_AUTOFILL}),
        help_text=_("Ohne Namen, Nummern, genaue Daten und seltene Einzelheiten. Freigegeben liest es auch die Stadt."),
    )

    class Meta:
        model = Observation
        fields = ("topic", "barrier", "institution", "text")
        widgets = {"barrier": LongSelect}

    def __init__(self, *args, client: Client | None = None, propose: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        with_dashes(self)
        self.client, self.propose = client, propose
        valid = Topic.objects.valid_on(timezone.localdate()).select_related("parent")
        self.fields["topic"].queryset = valid
        self.fields["institution"].queryset = Institution.objects.active().only("name")

    def clean(self):
        cleaned = super().clean()
        if self.propose and "text" in cleaned:
            self.check_persons()
        return cleaned


class ObservationChangeForm(VersionedFormMixin, ObservationForm):
    """The same with the version that was opened."""


class ObservationDecisionForm(forms.Form):
    """What the lead decides, on which version, and why something goes back."""

    decision = forms.ChoiceField(choices=(("release", _("freigeben")), ("return", _("zurückgeben"))))
    version = WholeNumberField(min_value=1)
    reason = CleanTextFormField(
        label=_("Grund der Rückgabe"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == "return" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Bitte den Grund der Rückgabe nennen."))
        return cleaned
