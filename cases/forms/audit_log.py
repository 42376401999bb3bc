"""Which part of the log somebody wants to see."""

from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.audit_words import GROUPS
from cases.numbers import normalised
from kim.audit.models import EntryQuerySet
from kim.text import CleanCharFormField
from kim.web.forms import GermanDateField


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class AuditLogForm(forms.Form):
    """A filter of entries one may see; a wrong value is named at its field and shows no entries."""

    group = forms.ChoiceField(
        label=_("Vorgang"),
        required=False,
        choices=[("", _("alle")), *((code, label) for code, (label, _nouns) in GROUPS.items())],
    )
    number = CleanCharFormField(
        label=_("Fallnummer"),
        required=False,
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "size": 8}),
    )
    first = GermanDateField(label=_("Von"), required=False)
    last = GermanDateField(label=_("Bis"), required=False)
    reads = forms.BooleanField(label=_("Nur Lesezugriffe"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            self.fields[name].widget.attrs["size"] = 8

    def clean_number(self) -> str:
        typed = self.cleaned_data["number"]
        number = normalised(typed) if typed else ""
        if number is None:
            raise forms.ValidationError(_("Das ist keine Fallnummer. Sie sieht aus wie K-7F3K-9Q."))
        return number

    def clean(self):
        data = super().clean()
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("Der letzte Tag liegt vor dem ersten."))
        return data

    def apply(self, entries: EntryQuerySet) -> EntryQuerySet:
        if not self.is_valid():
            return entries.none()
        wanted = self.cleaned_data
        if wanted["group"]:
            _label, nouns = GROUPS[wanted["group"]]
            entries = entries.filter(reduce(or_, (Q(action__startswith=f"{noun}.") for noun in nouns)))
        if wanted["number"]:
            entries = entries.of(f"case:{wanted['number']}")
        if wanted["first"]:
            entries = entries.filter(at__gte=_midnight(wanted["first"]))
        if wanted["last"]:
            entries = entries.filter(at__lt=_midnight(wanted["last"] + timedelta(days=1)))
        return entries.reads() if wanted["reads"] else entries
