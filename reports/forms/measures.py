"""Forms around a measure: what became of it, and whether it helped."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kim.text import CleanTextFormField
from kim.web.form_parts import SmallKeyChoiceField
from kim.web.forms import GermanDateField, WholeNumberField
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import LongSelect
from reports.models import Evidence, Measure


class MeasureForm(VersionedFormMixin, forms.ModelForm):
    """Text, owner and day may change; each save says in a sentence what happened."""

    due_on = GermanDateField(label=_("Frist"))
    done_on = GermanDateField(
        label=_("Umgesetzt am"), required=False, not_in_future=True, help_text=_("Nur wenn sie umgesetzt ist.")
    )
    evidence = SmallKeyChoiceField(
        label=_("Woran sieht man die Wirkung?"), queryset=Evidence.objects.none(), required=False, widget=LongSelect,
        empty_label="–", help_text=_("Eine Zahl aus den Belegen des Bedarfs."),
    )  # fmt: skip
    note = CleanTextFormField(label=_("Was ist geschehen?"), max_length=1000, widget=forms.Textarea({"rows": 2}))

    class Meta:
        model = Measure
        fields = ("text", "owner", "due_on", "status", "done_on", "evidence")
        widgets = {"status": forms.RadioSelect}
        help_texts = {"text": _("Steht mit Zuständigen und Frist im Bericht, auch öffentlich: ohne Personen.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = Measure.Status.choices
        self.fields["evidence"].queryset = self.instance.finding.evidence.select_related("report").defer(
            "report__figures"
        )
        self.fields["evidence"].label_from_instance = lambda each: f"{each.name} ({each.report.label})"

    def clean(self):
        cleaned = super().clean()
        is_done, day = cleaned.get("status") == Measure.Status.DONE, cleaned.get("done_on")
        if is_done and not day and "done_on" not in self.errors:
            self.add_error("done_on", _("Bitte den Tag angeben, an dem sie umgesetzt war."))
        if not is_done and day:
            self.add_error("done_on", _("Ein Tag der Umsetzung passt nicht zu diesem Stand."))
        return cleaned


class VerdictForm(forms.Form):
    version = WholeNumberField(min_value=1, widget=forms.HiddenInput)
    verdict = forms.ChoiceField(label=_("Hat es geholfen?"), choices=Measure.Verdict.choices, widget=forms.RadioSelect)
    text = CleanTextFormField(
        label=_("In einem Satz"), max_length=1000, widget=forms.Textarea({"rows": 2}),
        help_text=_("Lesen auch alle, deren Beobachtung in diesem Bedarf ist."),
    )  # fmt: skip
