"""The plan: a goal with its steps in one form, agreeing, reviewing, progress, the language of the sheet."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL
from cases.forms.form_group import FormGroup
from cases.forms.needs import offer_topics
from cases.models import Case, Goal, Need, Step, SupportPlan
from cases.models.plan import REVIEW_IN_PAST
from cases.plan_words import LANGUAGES
from districts.models import Topic
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.forms import GermanDateField, WholeNumberField
from kim.web.versions import Difference, VersionedFormMixin
from kim.web.widgets import LongSelect

MOST_STEPS = 12
EMPTY_STEPS = 3
USUAL_REVIEW = timedelta(days=90)


class GoalForm(forms.ModelForm):
    text = CleanTextFormField(
        label=_("Ziel in den Worten der Person"),
        max_length=300,
        widget=forms.Textarea({"rows": 2, **NO_AUTOFILL}),
        help_text=_("Steht so auf dem Plan zum Mitnehmen: bitte ohne Namen anderer Menschen."),
    )
    due_on = GermanDateField(label=_("Bis wann"), required=False)
    topic = forms.ModelChoiceField(label=_("Thema"), queryset=Topic.objects.none(), widget=LongSelect)
    need = forms.ModelChoiceField(
        label=_("Bedarf dahinter"), queryset=Need.objects.none(), required=False, widget=LongSelect
    )

    class Meta:
        model = Goal
        fields = ("text", "topic", "need", "due_on")

    def __init__(self, *args, needs: Sequence[Need], **kwargs):
        super().__init__(*args, **kwargs)
        offer_topics(self.fields["topic"], kept=self.instance.topic_id)
        self.fields["need"].queryset = Need.objects.filter(pk__in=[need.pk for need in needs])
        self.fields["need"].choices = [("", "–"), *((need.pk, need_label(need)) for need in needs)]


def need_label(need: Need) -> str:
    text = need.text if len(need.text) <= 60 else f"{need.text[:60]}…"
    return f"{need.topic}: {text}" if text and not need.is_about_health else str(need.topic)


class NewGoalForm(GoalForm):
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    def clean_form_key(self):
        self.instance.form_key = self.cleaned_data["form_key"]
        return self.instance.form_key


class GoalChangeForm(VersionedFormMixin, GoalForm):
    """A stored goal, with the version that was opened."""


class StepForm(forms.Form):
    """One line: what is to be done, by whom, until when. Without the what there is no step."""

    id = forms.UUIDField(label=_("Formular"), required=False, widget=forms.HiddenInput)
    text = CleanCharFormField(label=_("Was"), required=False, max_length=200, widget=forms.TextInput(NO_AUTOFILL))
    actor = forms.ChoiceField(label=_("Wer"), choices=Step.Actor.choices, required=False, widget=LongSelect)
    who = CleanCharFormField(label=_("Wer genau"), required=False, max_length=100, widget=forms.TextInput(NO_AUTOFILL))
    due_on = GermanDateField(label=_("Bis wann"), required=False)

    def clean(self):
        cleaned = super().clean()
        is_new = not cleaned.get("id")  # emptying the text of a stored step takes it away
        said = cleaned.get("who") or cleaned.get("due_on")
        if is_new and said and not cleaned.get("text") and "text" not in self.errors:
            self.add_error("text", _("Bitte angeben, was zu tun ist."))
        return cleaned

    def step(self, known: Mapping[uuid.UUID, Step]) -> Step | None:
        """The stored step, changed, or a new one; an id that is none of this goal's makes a new one, too."""
        cleaned = self.cleaned_data
        if not cleaned["text"]:
            return None
        step = known.get(cleaned["id"]) or Step()
        step.text, step.who, step.due_on = cleaned["text"], cleaned["who"], cleaned["due_on"]
        step.actor = cleaned["actor"] or Step.Actor.CLIENT
        return step


class GoalGroup(FormGroup):
    """A goal and its steps. As many lines as are filled, and three more."""

    def __init__(self, goal: forms.ModelForm, data, *, steps: Sequence[Step]):
        self.goal, self.known = goal, {step.pk: step for step in steps}
        lines = min(len(steps) + EMPTY_STEPS, MOST_STEPS) if data is None else sent_lines(data)
        self.steps = [self._line(data, place, steps) for place in range(lines)]
        super().__init__(goal, *self.steps)

    @staticmethod
    def _line(data, place: int, steps: Sequence[Step]) -> StepForm:
        initial = {}
        if data is None and place < len(steps):
            step = steps[place]
            initial = {"id": step.pk, **{name: getattr(step, name) for name in ("text", "actor", "who", "due_on")}}
        return StepForm(data, prefix=f"step-{place}", initial=initial)

    def kept_steps(self) -> list[Step]:
        return [step for form in self.steps if (step := form.step(self.known))]

    def changed(self) -> list[str]:
        return [name for name in self.goal.changed_data if name in self.goal.Meta.fields] + ["steps"]

    def meet(self, stored: "GoalGroup") -> None:
        """After a conflict: the stored goal and its steps beside what was typed."""
        self.goal.meet(stored.goal)
        typed, kept = lines_of(self.kept_steps()), lines_of(list(stored.known.values()))
        if typed != kept:
            self.goal.differences.append(Difference(gettext("Schritte"), typed or "–", kept or "–"))


def sent_lines(data) -> int:
    """Lines are numbered from 0 without a gap; more than the form ever shows are not looked at."""
    return next((place for place in range(MOST_STEPS) if f"step-{place}-text" not in data), MOST_STEPS)


def lines_of(steps: Sequence[Step]) -> str:
    return "\n".join(
        f"{step.text} ({step.get_actor_display()}{f', {date_format(step.due_on)}' if step.due_on else ''})"
        for step in steps
    )


class IntroForm(VersionedFormMixin, forms.ModelForm):
    intro = CleanTextFormField(
        label=_("Worum es mir geht"),
        required=False,
        max_length=1500,
        widget=forms.Textarea({"rows": 4, **NO_AUTOFILL}),
        help_text=_("Zwei, drei Sätze in den Worten der Person. Sie stehen oben auf dem Plan zum Mitnehmen."),
    )

    class Meta:
        model = SupportPlan
        fields = ("intro",)


class AgreeForm(forms.Form):
    agreed_on = GermanDateField(label=_("Vereinbart am"), not_in_future=True)
    agreed_how = forms.ChoiceField(
        label=_("Wie vereinbart"), choices=SupportPlan.Agreement.choices, widget=forms.RadioSelect
    )
    review_on = GermanDateField(label=_("Wir schauen wieder darauf am"))
    start_implementation = forms.BooleanField(label=_("Phase auf „Umsetzung und Monitoring“ setzen"), required=False)
    opened_version = WholeNumberField(label=_("Formular"), widget=forms.HiddenInput)

    def __init__(self, *args, plan: SupportPlan, may_start: bool, **kwargs):
        today = timezone.localdate()
        usual = {
            "agreed_on": today,
            "agreed_how": SupportPlan.Agreement.TALK,
            "review_on": today + USUAL_REVIEW,
            "start_implementation": may_start,
            "opened_version": plan.version,
        }
        super().__init__(*args, initial=usual, **kwargs)
        self.plan = plan
        if not may_start:
            del self.fields["start_implementation"]

    def clean_agreed_on(self):
        if self.cleaned_data["agreed_on"] < self.plan.case.opened_on:
            raise ValidationError(_("Der Plan kann nicht vor der Eröffnung des Falls vereinbart sein."))
        return self.cleaned_data["agreed_on"]

    def clean_review_on(self):
        if self.cleaned_data["review_on"] < timezone.localdate():
            raise ValidationError(REVIEW_IN_PAST)
        return self.cleaned_data["review_on"]

    def agreement(self) -> dict[str, object]:
        return {"start_implementation": False} | self.cleaned_data


class ReviewForm(forms.Form):
    next_on = GermanDateField(label=_("Nächste Überprüfung am"))
    opened_version = WholeNumberField(label=_("Formular"), widget=forms.HiddenInput)

    def __init__(self, *args, plan: SupportPlan, **kwargs):
        usual = {"next_on": timezone.localdate() + USUAL_REVIEW, "opened_version": plan.version}
        super().__init__(*args, initial=usual, **kwargs)

    def clean_next_on(self):
        if self.cleaned_data["next_on"] <= timezone.localdate():
            raise ValidationError(_("Die nächste Überprüfung liegt nach dem heutigen Tag."))
        return self.cleaned_data["next_on"]


class ProgressForm(forms.Form):
    """How far a goal is; of what was not reached the city wants to know whether the system stood in the way."""

    status = forms.ChoiceField(label=_("Stand"), choices=Goal.Status.choices, widget=forms.RadioSelect)
    is_system_hurdle = forms.TypedChoiceField(
        label=_("Lag es an einer Hürde im System?"),
        help_text=_(
            "Nur bei „nicht erreicht“ und „aufgegeben“: zum Beispiel Wartezeiten, fehlende Plätze, Rechtslage."
        ),
        choices=[("yes", _("ja")), ("no", _("nein"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean(self):
        cleaned = super().clean()
        is_open_question = cleaned.get("status") in Goal.FAILED and cleaned.get("is_system_hurdle") is None
        if is_open_question and "is_system_hurdle" not in self.errors:
            self.add_error("is_system_hurdle", _("Bitte angeben, ob es an einer Hürde im System lag."))
        return cleaned


class TakeawayForm(forms.Form):
    language = forms.ChoiceField(label=_("Sprache neben Deutsch"), widget=forms.RadioSelect)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [(code, words.language) for code, words in LANGUAGES.items()]


def usual_language(case: Case) -> str:
    """The first of the person's languages that the sheet knows; German otherwise."""
    spoken = case.client.languages.values_list("pk", flat=True)
    return next((code.partition("-")[0] for code in spoken if code.partition("-")[0] in LANGUAGES), "de")
