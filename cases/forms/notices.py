"""Which mails somebody wants."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Digest


class DigestForm(forms.ModelForm):
    class Meta:
        model = Digest
        fields = ("is_wanted",)
        help_texts = {"is_wanted": _("Nur Zahlen, zum Beispiel „3 Wiedervorlagen sind heute fällig“; nie ein Name.")}
