"""What forms of every app are made of, beside their fields."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST_PK = 18


def with_dashes(form: forms.BaseForm) -> None:
    """An empty choice reads – instead of nine hyphens."""
    for field in form.fields.values():
        if type(field) is not forms.TypedChoiceField:
            continue
        choices = list(field.choices)  # type: ignore[arg-type]
        if choices and choices[0][0] == "":
            field.choices = [("", "–"), *choices[1:]]


class FormKeyForm(forms.Form):
    """The one-time key of a creating form: a second submit of the same form creates nothing new."""

    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    def mark(self, record: Any) -> Any:
        record.form_key = self.cleaned_data["form_key"]
        return record


def all_valid(*checked: forms.BaseForm) -> bool:
    """Validates every form, so that all errors show at once."""
    return all([form.is_valid() for form in checked])


class SmallKeyChoiceField(forms.ModelChoiceField):
    """A number larger than any column holds is no valid choice, and no error of the database."""

    def to_python(self, value: Any) -> Any:
        if len(str(value)) > LONGEST_PK:
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return super().to_python(value)
