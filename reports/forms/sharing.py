"""What the office types when it passes a report on."""

from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kim.web.forms import GermanDateField
from reports.models import ReportLink
from reports.models.link import LINK_TAKEN

USUAL = timedelta(days=365)
LONGEST = timedelta(days=2 * 366)


class ReportLinkForm(forms.ModelForm):
    valid_until = GermanDateField(
        label=_("Gültig bis"), not_in_past=True, help_text=_("Der letzte Tag, höchstens zwei Jahre.")
    )

    class Meta:
        model = ReportLink
        fields = ("label", "valid_until")

    def __init__(self, *args, report, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.report = report
        self.fields["valid_until"].initial = timezone.localdate() + USUAL

    def clean_valid_until(self) -> date:
        day = self.cleaned_data["valid_until"]
        if day > timezone.localdate() + LONGEST:
            raise ValidationError(_("Ein Link gilt höchstens zwei Jahre."))
        return day

    def clean(self):
        """One link for each, said here, where it can be read at the field."""
        cleaned = super().clean()
        taken = self.instance.report.links.filter(revoked_at=None, label=cleaned.get("label", ""))
        if taken.exists():
            self.add_error("label", LINK_TAKEN)
        return cleaned
