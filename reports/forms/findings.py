"""Forms of the board: narrowing and emptying the inbox, writing a finding, deciding about it."""

from __future__ import annotations

import uuid

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.forms import TopicsField
from districts.models import Barrier, District, Institution, Topic
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.form_parts import SmallKeyChoiceField
from kim.web.forms import GermanDateField, WholeNumberField
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import Checklist, LongSelect
from reports.models import Conference, Decision, Finding, Measure
from reports.models.conference import Body
from reports.pages.origin import Target

MOST = 100  # observations at once
BARRIERS = [("", _("noch offen")), *Barrier.choices]
LIES_WITH = {
    Finding.Status.WORKING_GROUP: Body.WORKING_GROUP,
    Finding.Status.STEERING: Body.STEERING_COMMITTEE,
}
CHOOSE = _("Bitte einen offenen Bedarf auswählen.")
MEASURE_FIELDS = ("measure_text", "measure_owner", "measure_due_on")


def main_topics():
    return Topic.objects.main().valid_on(timezone.localdate())


class KeysField(forms.TypedMultipleChoiceField):
    """Numbers of observations; whether they are there to be taken says the action."""

    def __init__(self, **kwargs):
        super().__init__(coerce=uuid.UUID, **kwargs)

    def valid_value(self, value):
        return True

    def clean(self, value):
        if value and len(value) > MOST:
            raise forms.ValidationError(_("Bitte höchstens hundert Beobachtungen auf einmal wählen."))
        return super().clean(value)


class InboxFilter(forms.Form):
    topic = SmallKeyChoiceField(
        label=_("Thema"), queryset=Topic.objects.none(), required=False, empty_label=_("alle"), widget=LongSelect
    )
    barrier = forms.ChoiceField(
        label=_("Hürde"), choices=[("", _("alle")), *Barrier.choices], required=False, widget=LongSelect
    )
    district = SmallKeyChoiceField(
        label=_("Stadtbezirk"), queryset=District.objects.all(), required=False, empty_label=_("alle"),
        widget=LongSelect,
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["topic"].queryset = main_topics()

    @property
    def chosen(self):
        """What is valid narrows; the rest is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class InboxForm(forms.Form):
    """One or several observations, and what becomes of them."""

    observation = KeysField(label=_("Beobachtungen"), error_messages={"required": _("Bitte Beobachtungen auswählen.")})
    target = SmallKeyChoiceField(
        label=_("Wohin?"), queryset=Finding.objects.none(), required=False, empty_label=_("neuer Bedarf"),
        widget=LongSelect,
    )  # fmt: skip
    decision = forms.ChoiceField(choices=(("bundle", _("bündeln")), ("set_aside", _("nicht weiterverfolgen"))))
    reason = CleanTextFormField(
        label=_("Warum nicht weiterverfolgt?"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2}),
        help_text=_("Das liest, wer die Beobachtung geschrieben hat."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = Finding.objects.open()
        self.fields["target"].label_from_instance = lambda finding: f"{finding.number} {finding.title}"

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == "set_aside" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Bitte den Grund nennen."))
        return cleaned


class TargetForm(forms.Form):
    """Into which open finding something that stood out goes: the likely ones have a button each, the others a list."""

    target = forms.ChoiceField(
        label=_("Anderer offener Bedarf"), widget=LongSelect,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )  # fmt: skip

    def __init__(self, *args, targets: list[Target], **kwargs):
        super().__init__(*args, **kwargs)
        self.findings = {str(target.finding.pk): target.finding for target in targets}
        names = {key: f"{finding.number} {finding.title}" for key, finding in self.findings.items()}
        field = self.fields["target"]
        field.choices = names.items()
        others = [str(target.finding.pk) for target in targets if not target.is_likely]
        field.widget.choices = [("", "–"), *((key, names[key]) for key in others)]

    def clean_target(self) -> Finding:
        return self.findings[self.cleaned_data["target"]]


class FindingForm(forms.ModelForm):
    """What a finding is about, in the office's own words."""

    LINKS = ("topics", "districts", "institutions")

    topics = TopicsField(label=_("Themen"), queryset=Topic.objects.none(), widget=forms.CheckboxSelectMultiple)
    districts = forms.ModelMultipleChoiceField(
        label=_("Stadtbezirke"), queryset=District.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Ohne Auswahl: ganz Köln."),
    )  # fmt: skip
    institutions = forms.ModelMultipleChoiceField(
        label=_("Einrichtungen"), queryset=Institution.objects.none(), required=False, widget=Checklist
    )
    description = CleanTextFormField(
        label=_("Worum geht es?"), max_length=3000, widget=forms.Textarea({"rows": 5}),
        help_text=_("In eigenen Worten, ohne Personen. Was fehlt, für wen, seit wann?"),
    )  # fmt: skip
    due_on = GermanDateField(label=_("Wieder ansehen am"), required=False)

    class Meta:
        model = Finding
        fields = ("title", "description", "topics", "barrier", "districts", "institutions", "responsible", "due_on")
        widgets = {"barrier": LongSelect}
        help_texts = {
            "title": _("Steht im Bericht, auch öffentlich: ohne Personen."),
            "barrier": _("Kann offen bleiben, bis man sie kennt."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["barrier"].choices = BARRIERS
        self.fields["topics"].queryset = main_topics()
        self.fields["districts"].queryset = District.objects.only("name")
        self.fields["districts"].label_from_instance = lambda district: district.name
        self.fields["institutions"].queryset = Institution.objects.active().only("name")
        if self.instance.pk:
            self.initial |= {name: [row.pk for row in self.initial[name]] for name in self.LINKS}

    @property
    def links(self):
        return {name: self.cleaned_data[name] for name in self.LINKS}


class FindingChangeForm(VersionedFormMixin, FindingForm):
    """The same with the version that was opened."""


class DecisionForm(forms.ModelForm):
    """What was decided: the step, by whom, when, in which words; with an agreement the measure."""

    field_order = ("version", "step", "body", "decided_on", "text")
    NEEDS_WORDS = {"not_local", "drop", "resume", "note"}

    version = WholeNumberField(min_value=1, widget=forms.HiddenInput)
    step = forms.ChoiceField(label=_("Was ist beschlossen?"), widget=forms.RadioSelect)
    decided_on = GermanDateField(label=_("Beschlossen am"), not_in_future=True)
    text = CleanTextFormField(label=_("Beschluss"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))
    measure_text = CleanCharFormField(
        label=_("Maßnahme"), required=False, max_length=300,
        help_text=_("Steht mit Zuständigen und Frist im Bericht, auch öffentlich: ohne Personen."),
    )  # fmt: skip
    measure_owner = CleanCharFormField(
        label=_("Zuständig"), required=False, max_length=120, help_text=_("Amt, Stelle oder Träger")
    )
    measure_due_on = GermanDateField(label=_("Frist"), required=False, not_in_past=True)
    due_on = GermanDateField(label=_("Wieder ansehen am"), required=False, not_in_past=True)
    feedback = CleanTextFormField(
        label=_("Rückmeldung"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2}),
        help_text=_("Lesen alle, deren Beobachtung in diesem Bedarf ist. Den neuen Stand erfahren sie ohnehin."),
    )  # fmt: skip
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Decision
        fields = ("body", "decided_on", "text")

    def __init__(self, *args, finding: Finding, conference: Conference | None = None, measures=None, **kwargs):
        """`measures` of the finding, where they have been read already."""
        today = timezone.localdate()
        known = finding.measures.all() if measures is None else measures
        start = {
            "version": finding.version, "form_key": uuid.uuid4(), "decided_on": today,
            "body": LIES_WITH.get(finding.status, Body.OFFICE), "step": finding.usual_step(known),
        }  # fmt: skip
        start |= {"decided_on": min(conference.held_on, today), "body": conference.body} if conference else {}
        kwargs["auto_id"] = f"{finding.number}_%s"
        super().__init__(*args, initial=start, **kwargs)
        self.instance.finding, self.instance.conference = finding, conference
        steps = [name for name in finding.steps if name != "check"]
        self.fields["step"].choices = [(name, Decision.STEP_WORDS[name]) for name in steps]

    def clean(self):
        cleaned = super().clean()
        step = cleaned.get("step")
        if step in self.NEEDS_WORDS and not cleaned.get("text") and "text" not in self.errors:
            self.add_error("text", _("Bitte den Beschluss in Worten festhalten."))
        for name in MEASURE_FIELDS if step == "agree" else ():
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Zu einer Vereinbarung gehören Maßnahme, zuständige Stelle und Frist."))
        self.instance.step, self.instance.form_key = step, cleaned.get("form_key") or uuid.uuid4()
        return cleaned

    def is_repeated(self, by) -> bool:
        """Whether this very form has been sent before: a second click decides nothing new."""
        try:
            self.instance.form_key = uuid.UUID(self.data.get("form_key", ""))
        except ValueError:
            return False
        return self.instance.first_result(by) is not None

    def as_action(self) -> dict:
        """What the action asks for."""
        data = self.cleaned_data
        text, owner, due_on = (data[name] for name in MEASURE_FIELDS)
        measure = Measure(text=text, owner=owner, due_on=due_on) if data["step"] == "agree" else None
        return {
            "opened_version": data["version"], "due_on": data["due_on"], "feedback": data["feedback"],
            "measure": measure,
        }  # fmt: skip
