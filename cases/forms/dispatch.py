"""Forms of the coordinating office, which sends on, corrects and judges requests that it never reads."""

import re

import django_filters
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.candidates import receiving_providers
from cases.forms.files import layout_helper
from cases.forms.requests import ListFilter, offer_traits
from cases.models import IntakeRequest, Judgement, Suspicion
from cases.numbers import REQUEST_PATTERN
from districts.models import Provider
from kim.web.forms import WholeNumberField
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import LongSelect

MOST_AT_ONCE = 100


class AssignForm(forms.Form):
    """The Träger, and the version that was looked at: two who assign at once do not overrule each other unseen."""

    provider = forms.ModelChoiceField(
        label=_("Träger"),
        queryset=Provider.objects.none(),
        empty_label=_("bitte wählen"),
        error_messages={"invalid_choice": _("Dieser Träger nimmt zurzeit keine Anfragen an.")},
    )
    version = WholeNumberField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = receiving_providers()


class QueueStepForm(forms.Form):
    STEPS = ("shelve", "unshelve")

    step = forms.ChoiceField(label=_("Schritt"), choices=[(step, step) for step in STEPS])


class CancelForm(forms.Form):
    reason = forms.ChoiceField(label=_("Grund"), choices=[("", "–"), *IntakeRequest.EndReason.choices])


class CorrectionForm(VersionedFormMixin, forms.ModelForm):
    """Where somebody lives and what they speak, where the office knows better: on it hangs who fits."""

    class Meta:
        model = IntakeRequest
        fields = ("district", "language")
        widgets = dict.fromkeys(fields, LongSelect)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offer_traits(self, _("weiß nicht"))
        self.helper = layout_helper(Layout(Row(Column("district"), Column("language"))))


class QueueFilter(ListFilter):
    """For the coordinating office."""

    state = django_filters.ChoiceFilter(
        label=_("Wo sie liegen"),
        choices=(
            ("queue", _("zu verteilen")),
            ("shelved", _("Warteliste der Fachstelle")),
            ("team", _("beim Träger, noch nicht übernommen")),
            ("desk", _("übernommen")),
        ),
        empty_label=_("alle offenen Anfragen"),
        method="filter_state",
    )

    def _queue(self, rows):
        return rows.open().filter(status=IntakeRequest.Status.NEW)

    def _shelved(self, rows):
        return rows.in_queue().filter(status=IntakeRequest.Status.WAITING_LIST)

    def _team(self, rows):
        return rows.unaccepted()

    def _desk(self, rows):
        return rows.open().exclude(case_manager=None)


# --- Doubtful ones


class DoubtfulFilter(ListFilter):
    """What may be spam; what has been decided can be looked up as long as it can be taken back."""

    state = django_filters.ChoiceFilter(
        label=_("Entscheidung"),
        choices=(("spam", _("Spam")), ("real", _("kein Spam"))),
        empty_label=_("noch keine"),
        method="filter_state",
    )
    suspicion = django_filters.ChoiceFilter(label=_("Grund"), choices=Suspicion.choices, empty_label=_("alle"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.form.fields["urgency"]  # the public form does not ask for it
        self.form.order_fields(["state", "suspicion", "district", "language"])

    @property
    def qs(self):
        """What is deleted first comes first."""
        return super().qs.order_by("last_action_at", "pk")

    def in_no_state(self, rows):
        return rows.undecided()

    def _spam(self, rows):
        return rows.judged_spam()

    def _real(self, rows):
        return rows.acquitted()


class JudgeForm(forms.Form):
    """Which requests, each in the version that was looked at, and what they are: number:version."""

    judgement = forms.ChoiceField(choices=Judgement.choices)

    def __init__(self, data, *, rows):
        super().__init__(data)
        self.rows = rows
        self.versions = {}

    def clean(self):
        listed = "listed" if self.data.get("whole_page") else "request"
        for choice in self.data.getlist(listed):
            number, _colon, version = choice.partition(":")
            if not re.fullmatch(REQUEST_PATTERN, number) or not re.fullmatch("[0-9]{1,9}", version):
                raise ValidationError(_("Bitte Anfragen aus der Liste wählen."))
            self.versions[number] = int(version)
        if not self.versions:
            raise ValidationError(_("Bitte zuerst Anfragen auswählen."))
        if len(self.versions) > MOST_AT_ONCE:
            raise ValidationError(_("Bitte höchstens hundert auf einmal wählen."))
        return self.cleaned_data

    @property
    def chosen(self) -> dict[IntakeRequest, int]:
        """Those that are still there, with the version that was looked at."""
        found = self.rows.filter(number__in=self.versions).order_by("pk")
        return {each: self.versions[each.number] for each in found}
