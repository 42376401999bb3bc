"""Calling a planning conference."""

from django import forms

from kim.web.forms import GermanDateField
from reports.models import Conference


class ConferenceForm(forms.ModelForm):
    held_on = GermanDateField(label=Conference._meta.get_field("held_on").verbose_name)

    class Meta:
        model = Conference
        fields = ("title", "body", "held_on")
