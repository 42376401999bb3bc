"""Choosing the period of which a report is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kim.text import CleanCharFormField
from kim.web.forms import WholeNumberField
from reports.actions.reports import wanted_report
from reports.models import Report
from reports.periods import Period, period_from_key


class ReportForm(forms.Form):
    """A period of those that are over; what was typed into the address is answered in a sentence, too."""

    version = WholeNumberField(min_value=1, max_value=Report.VERSIONS, required=False, widget=forms.HiddenInput)
    period = forms.CharField(label=_("Zeitraum"), widget=forms.Select, max_length=20)
    reason = CleanCharFormField(
        label=_("Grund der zweiten Fassung"),
        required=False,
        max_length=500,
        help_text=_("Nur wenn es für den Zeitraum schon einen Bericht gibt. Er steht im Bericht."),
    )

    def __init__(self, *args, periods: Sequence[Period], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.report: Report | None = None
        reports = Report.objects.order_by("version").only("period", "version", "status")
        newest = {report.period: report for report in reports}
        offered = [(period.key, _choice(period, newest.get(period.key))) for period in reversed(periods)]
        self.fields["period"].widget.choices = [("", "–"), *((key, label) for key, label in offered if label)]

    def clean_period(self) -> Period:
        try:
            return period_from_key(self.cleaned_data["period"])
        except ValueError:
            raise ValidationError(_("Diesen Zeitraum gibt es nicht.")) from None

    def clean(self):
        cleaned = super().clean()
        is_confirmed = bool(cleaned.get("version"))  # then the action decides: it may be the second click
        if not is_confirmed and "period" in cleaned and "reason" in cleaned:
            self.report = wanted_report(cleaned["period"], reason=cleaned["reason"], today=self.today)
        return cleaned


def _choice(period: Period, newest: Report | None) -> str:
    """What can be asked for; nothing where both versions are there."""
    if newest is None or not newest.is_frozen:
        return period.label
    return _("%(period)s (zweite Fassung)") % {"period": period.label} if newest.version < Report.VERSIONS else ""
