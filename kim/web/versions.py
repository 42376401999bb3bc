"""Two people edit one record: the second sees both texts and loses neither."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db import models
from django.utils import formats
from django.utils.translation import gettext as _

from kim.web.forms import WholeNumberField


@dataclass(frozen=True)
class Difference:
    """One field in which what was typed and what is stored now are not the same."""

    label: str
    typed: str
    stored: str


class VersionedFormMixin(forms.Form):
    """Remembers which version was opened. `differences` is filled after a conflict."""

    version = WholeNumberField(widget=forms.HiddenInput)
    instance: Any  # of the model form this is mixed into

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        self.differences: list[Difference] = []

    @property
    def opened_version(self) -> int:
        return int(self.cleaned_data["version"])

    def meet(self, stored: "VersionedFormMixin") -> None:
        """Lay what is stored now beside what was typed; saving again then replaces the stored version knowingly."""
        data: Any = self.data
        self.data = data = data.copy()
        data[self.add_prefix("version")] = str(stored.instance.version)
        for name, field in self.fields.items():
            if name == "version" or isinstance(field.widget, forms.HiddenInput):
                continue
            typed = _readable(field, self.cleaned_data.get(name))
            value = stored.initial.get(name)
            kept = _readable(field, None if value in (None, "") else stored.fields[name].clean(value))
            if typed != kept:
                self.differences.append(Difference(str(field.label), typed, kept))


def _readable(field: forms.Field, value: Any) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, date):
        return formats.date_format(value, "d.m.Y")
    if isinstance(value, models.QuerySet):
        return ", ".join(str(item) for item in value) or "–"
    choices: Any = getattr(field, "choices", ())
    if isinstance(field, forms.MultipleChoiceField):
        return ", ".join(str(dict(choices)[item]) for item in value)
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return str(dict(choices).get(value, value))
    return str(value)
