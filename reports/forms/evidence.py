"""Choosing a figure of a frozen report: first report and table, then row and column."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kim.web.form_parts import SmallKeyChoiceField
from kim.web.widgets import LongSelect
from reports.models import Evidence, Finding, Report
from reports.pages.evidence import evidence_of, heads, is_published, titles


class TableForm(forms.Form):
    """By GET."""

    report = SmallKeyChoiceField(label=_("Bericht"), queryset=Report.objects.none(), widget=LongSelect, empty_label="–")
    table = forms.ChoiceField(label=_("Tabelle"), widget=LongSelect)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["report"].queryset = Report.objects.current().newest_first()
        self.fields["report"].label_from_instance = lambda report: report.label
        self.fields["table"].choices = [("", "–"), *titles().items()]
        if not self.data:
            self.is_bound = False

    def clean(self):
        cleaned = super().clean()
        report, table = cleaned.get("report"), cleaned.get("table")
        if report and table and not is_published(report, table):
            self.add_error("table", _("Diese Tabelle ist in dem Bericht nicht veröffentlicht."))
        return cleaned

    def figure_form(self, data) -> FigureForm | None:
        """For the table that is chosen; None as long as none is."""
        return FigureForm(data, **self.cleaned_data) if self.is_valid() else None


class FigureForm(forms.Form):
    row = forms.ChoiceField(label=_("Zeile"), widget=LongSelect)
    column = forms.ChoiceField(label=_("Spalte"), widget=LongSelect)

    def __init__(self, *args, report: Report, table: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.report, self.table = report, table
        self.fields["row"].choices, self.fields["column"].choices = heads(report, table)
        self.fields["row"].required = "" not in dict(self.fields["row"].choices)  # the key of all rows, of a median

    def evidence_for(self, finding: Finding) -> Evidence:
        evidence = evidence_of(self.report, self.table, self.cleaned_data["row"], self.cleaned_data["column"])
        evidence.finding = finding
        return evidence
