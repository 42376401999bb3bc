"""A talk with several people: what they share, and what is about one of them only."""

import copy
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.forms.consultations import CONFERENCE_REFUSED, ConsultationForm, check_day, check_next_step, next_step
from cases.forms.files import NO_AUTOFILL
from cases.models import Case, Consent, Consultation, FollowUp
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.forms import GermanDateField, GermanTimeField

FEWEST, MOST = 2, 20
COPIED = (
    "held_on", "minutes", "kind", "language", "interpreter", "shared_note", "is_private", "institution",
    "waiting_minutes", "indirect_minutes", "created_by",
)  # fmt: skip


class PersonForm(forms.Form):
    """What stands in the file of one person only."""

    note = CleanTextFormField(
        label=_("Nur in dieser Akte"),
        required=False,
        max_length=20000,
        widget=forms.Textarea({"rows": 3, **NO_AUTOFILL}),
    )
    next_text = CleanCharFormField(
        label=_("Was ist zu tun?"), required=False, max_length=500, widget=forms.TextInput(NO_AUTOFILL)
    )
    next_due_on = GermanDateField(label=_("Bis wann"), required=False)
    next_due_at = GermanTimeField(label=_("Uhrzeit bei Terminen"), required=False)

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, prefix=case.number, **kwargs)
        self.case = case

    def clean(self):
        cleaned = super().clean()
        check_next_step(self, cleaned)
        return cleaned

    def next_is_open(self) -> bool:
        names = ("next_text", "next_due_on", "next_due_at")
        return any(name in self.errors or self[name].value() for name in names)


class GroupForm(ConsultationForm):
    """What all of them share, with a PersonForm for each. The first case stands in for what a form needs of one."""

    def __init__(self, data=None, *, cases: list[Case], initial=None, **kwargs):
        initial = initial or {}
        super().__init__(data, case=cases[0], initial=initial, **kwargs)
        self.cases = cases
        for name in ("note", "next_text", "next_due_on", "next_due_at"):
            del self.fields[name]
        self.fields["shared_note"] = copy.deepcopy(self.base_fields["shared_note"])
        self.fields["shared_note"].help_text = _("Steht in jeder Akte – bitte niemanden namentlich nennen.")
        self.people = [PersonForm(data, case=case, initial=_own_part(initial, case, cases)) for case in cases]

    def __iter__(self):
        """The fields of every person belong to the page, so the summary of what is wrong names them, too."""
        yield from super().__iter__()
        for person in self.people:
            yield from person

    def clean_held_on(self):
        held_on = self.cleaned_data["held_on"]
        for case in self.cases:
            try:
                check_day(held_on, case)
            except ValidationError as error:
                raise ValidationError(f"{case.number}: {error.messages[0]}") from None
        return held_on

    def clean(self):
        cleaned = super().clean()
        if len(self.cases) < FEWEST:
            self.add_error(None, _("Bitte mindestens zwei Personen wählen. Für eine genügt „Neue Beratung“."))
        if len(self.cases) > MOST:
            self.add_error(None, _("Bitte höchstens %(most)s Personen auf einmal eintragen.") % {"most": MOST})
        for person in self.people:
            if not person.is_valid():
                sentence = _("Bitte die Angaben zu %(number)s prüfen.") % {"number": person.case.number}
                self.add_error(None, sentence)
        return cleaned

    def _respect_withdrawal(self, cleaned):
        """No case conference about any of them who has withdrawn the consent; the sentence says who."""
        held_on = cleaned.get("held_on")
        if not held_on or cleaned.get("kind") != Consultation.Kind.CASE_CONFERENCE:
            return
        purpose = Consent.Purpose.CASE_CONFERENCE
        refused = [case.number for case in self.cases if case.client.consents.forbid(purpose, held_on)]
        if refused:
            self.add_error("kind", f"{', '.join(refused)}: {CONFERENCE_REFUSED}")

    def _ask_for_content(self, cleaned):
        """Every file says what the talk was about: by a topic, the common note, or each by its own."""
        if all(person.is_valid() and person.cleaned_data.get("note") for person in self.people):
            return
        super()._ask_for_content(cleaned)

    def consultations(self) -> list[Consultation]:
        """One unsaved record for each file, with district, track, Träger and case manager of that case."""
        shared = {name: getattr(self.instance, name) for name in COPIED}
        return [
            Consultation(
                **shared,
                case=person.case,
                note=person.cleaned_data["note"],
                case_manager=person.case.case_manager,
                provider=person.case.provider,
                district=person.case.district,
                track=person.case.track,
                form_key=self.instance.form_key,
            )
            for person in self.people
        ]

    def follow_ups(self) -> dict[int, FollowUp]:
        steps = {person.case.pk: next_step(person.cleaned_data) for person in self.people}
        return {pk: step for pk, step in steps.items() if step is not None}


def _own_part(initial: dict, case: Case, cases: list[Case]) -> dict:
    """What was typed for one person; what came from the form for one person alone is about the first."""
    own = {name: initial.get(f"{case.number}-{name}") for name in PersonForm.base_fields}
    if case == cases[0]:
        own = {name: own[name] or initial.get(name) for name in own}
    return {name: value for name, value in own.items() if value}


def fresh(data) -> dict[str, object]:
    """What was typed so far as initial values: the list of people changes without a word about mistakes."""
    typed = {name: data.getlist(name) if name == "topics" else data.get(name) for name in data}
    return typed | {"form_key": typed.get("form_key") or uuid.uuid4()}
