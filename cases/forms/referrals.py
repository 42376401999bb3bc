"""Linking: where the person is sent on to, and what came of it."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL
from cases.models import Case, Referral
from cases.models.referral import ASK_AFTER, LONGEST_WAIT
from districts.models import Barrier, Institution, Topic
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.forms import GermanDateField, WholeNumberField
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import LongSelect

DAY_IS_OVER = _("Dieser Tag ist schon vorbei.")


def ask_again_on():
    """When the application asks what came of it, unless somebody says otherwise."""
    return timezone.localdate() + ASK_AFTER


class ReferralForm(forms.ModelForm):
    """To one institution: of the directory, or named here where the directory does not know it."""

    other_institution = CleanCharFormField(
        label=_("Andere Einrichtung"),
        required=False,
        max_length=200,
        help_text=_("Nur, wenn sie nicht im Verzeichnis steht."),
        widget=forms.TextInput(NO_AUTOFILL),
    )
    kind = forms.ChoiceField(label=_("Art der Vermittlung"), choices=Referral.Kind.choices, widget=forms.RadioSelect)
    made_on = GermanDateField(label=_("Vermittelt am"), not_in_future=True)
    ask_again_on = GermanDateField(
        label=_("Nachfragen am"), required=False, help_text=_("Dann erinnert KIM an das Ergebnis.")
    )
    note = CleanTextFormField(
        label=_("Notiz"), required=False, max_length=5000, widget=forms.Textarea({"rows": 3, **NO_AUTOFILL})
    )

    class Meta:
        model = Referral
        fields = ("institution", "other_institution", "topic", "kind", "made_on", "ask_again_on", "note")
        widgets = {"institution": LongSelect, "topic": LongSelect}

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, **kwargs)
        self.case = case
        institutions = Institution.objects.filter(Q(is_active=True) | Q(pk=self.instance.institution_id))
        self.fields["institution"].queryset = institutions
        self.fields["institution"].choices = lambda: [("", "–"), *institutions.values_list("pk", "name")]
        valid = Q(pk__in=Topic.objects.valid_on(timezone.localdate()).values("pk"))
        topics = Topic.objects.filter(valid | Q(pk=self.instance.topic_id))
        self.fields["topic"].queryset = topics
        self.fields["topic"].choices = [("", "–"), *topics.labelled()]  # a required list is looked at twice
        if not self.instance.is_unfinished:
            del self.fields["ask_again_on"]

    def clean_made_on(self):
        made_on = self.cleaned_data["made_on"]
        if made_on < self.case.opened_on:
            raise ValidationError(
                _("Die Vermittlung liegt vor der Eröffnung des Falls am %(day)s.")
                % {"day": self.case.opened_on.strftime("%d.%m.%Y")}
            )
        if self.instance.result_on and made_on > self.instance.result_on:
            raise ValidationError(_("Das Ergebnis liegt vor der Vermittlung."))
        return made_on

    def clean_ask_again_on(self):
        return not_over(self, "ask_again_on")

    def clean(self):
        cleaned = super().clean()
        chosen, named = cleaned.get("institution"), cleaned.get("other_institution")
        if not {"institution", "other_institution"} & self.errors.keys():
            if chosen and named:
                self.add_error("other_institution", _("Bitte nur eine Einrichtung: wählen oder nennen."))
            if not chosen and not named:
                self.add_error("institution", _("Bitte eine Einrichtung wählen oder darunter eine andere nennen."))
        return cleaned

    def _get_validation_exclusions(self):
        """What the form has just looked up is not looked up again; the database refuses what vanishes in between."""
        return super()._get_validation_exclusions() | {"institution", "topic"}


def not_over(form, name):
    """A new day to ask must still come; one that was set before may be over."""
    day = form.cleaned_data[name]
    if day and day < timezone.localdate() and name in form.changed_data:
        raise ValidationError(DAY_IS_OVER)
    return day


class NewReferralForm(ReferralForm):
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    def _post_clean(self):
        self.instance.form_key = self.cleaned_data.get("form_key") or self.instance.form_key
        super()._post_clean()


class ReferralChangeForm(VersionedFormMixin, ReferralForm):
    """A stored referral, with the version that was opened."""


class ReferralResultForm(VersionedFormMixin, forms.ModelForm):
    """What came of it. A result can be corrected later: from the waiting list somebody may still be accepted."""

    result = forms.ChoiceField(label=_("Ergebnis"), widget=forms.RadioSelect)
    barrier = forms.ChoiceField(
        label=_("Hürde"),
        choices=[("", _("keine Hürde")), *Barrier.choices],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Nötig bei: abgelehnt, Warteliste, nicht hingegangen."),
    )
    result_on = GermanDateField(label=_("Ergebnis vom"), required=False, not_in_future=True)
    waiting_days = WholeNumberField(
        label=_("Wartezeit in Tagen"),
        required=False,
        max_value=LONGEST_WAIT,
        help_text=_("Leer bei „angenommen“: die Tage seit der Vermittlung."),
    )
    ask_again_on = GermanDateField(
        label=_("Wieder nachfragen am"), required=False, help_text=_("Zählt bei „Warteliste“ und „noch offen“.")
    )
    note = CleanTextFormField(
        label=_("Notiz"), required=False, max_length=5000, widget=forms.Textarea({"rows": 3, **NO_AUTOFILL})
    )

    class Meta:
        model = Referral
        fields = ("result", "barrier", "result_on", "waiting_days", "ask_again_on", "note")

    def __init__(self, *args, instance: Referral, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        answers = [choice for choice in Referral.Result.choices if choice[0] != Referral.Result.OPEN]
        self.fields["result"].choices = [*answers, (Referral.Result.OPEN.value, _("noch offen"))]

    @staticmethod
    def defaults(referral: Referral) -> dict[str, object]:
        """What a fresh answer already knows: today, and asking again in two weeks where it is needed."""
        if not referral.is_open:
            return {}
        return {"result": None, "result_on": timezone.localdate(), "ask_again_on": ask_again_on()}

    def clean_result_on(self):
        result_on = self.cleaned_data["result_on"]
        if result_on and result_on < self.instance.made_on:
            raise ValidationError(
                _("Das Ergebnis liegt vor der Vermittlung am %(day)s.") % {"day": f"{self.instance.made_on:%d.%m.%Y}"}
            )
        return result_on

    def clean_ask_again_on(self):
        return not_over(self, "ask_again_on")

    def clean(self):
        cleaned = super().clean()
        result = cleaned.get("result")
        if not result or result == Referral.Result.OPEN:
            return cleaned
        if not cleaned.get("result_on") and "result_on" not in self.errors:
            self.add_error("result_on", _("Bitte angeben, seit wann das Ergebnis feststeht."))
        if "barrier" not in self.errors:
            self._clean_barrier(result, cleaned.get("barrier"))
        return cleaned

    def _clean_barrier(self, result, barrier):
        if result in Referral.FAILED and not barrier:
            self.add_error("barrier", _("Bitte angeben, woran es lag. Daraus lernt die Stadt, was fehlt."))
        if result not in Referral.FAILED and barrier:
            self.add_error("barrier", _("Eine Hürde gehört nur zu abgelehnt, Warteliste und nicht hingegangen."))

    def _post_clean(self):
        super()._post_clean()
        if not self.errors:
            self.instance.settle()

    def _get_validation_exclusions(self):
        """The constraints speak of what settle() brings in line afterwards; the rules are in clean()."""
        return {field.name for field in self.instance._meta.concrete_fields} - {"waiting_days"}
