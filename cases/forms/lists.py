"""Forms around a list that is read in: the file, the meaning of its columns, the correction of a row."""

from collections.abc import Iterable, Mapping, Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.lists.columns import COLUMNS, NAMES, is_special
from cases.lists.reading import LONGEST_CELL, letter
from cases.models import ImportRow
from districts.models import CaseManager, Track
from kim.text import CleanCharFormField
from kim.web.forms import WholeNumberField

FILE_MISSING = gettext_lazy("Bitte eine Datei auswählen.")
FILE_EMPTY = gettext_lazy("Die Datei ist leer.")
LONG_TEXTS = ("age_reason",)


class UploadForm(forms.Form):
    form_key = forms.UUIDField(label=gettext_lazy("Formular"), widget=forms.HiddenInput)
    file = forms.FileField(
        label=gettext_lazy("Datei"),
        max_length=255,
        help_text=gettext_lazy("XLSX oder CSV, höchstens 10 MB und 20.000 Zeilen."),
        widget=forms.FileInput({"accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": FILE_MISSING,
            "invalid": FILE_MISSING,
            "missing": FILE_MISSING,
            "empty": FILE_EMPTY,
            "max_length": gettext_lazy("Der Dateiname ist zu lang."),
        },
    )
    sheet = CleanCharFormField(
        label=gettext_lazy("Tabellenblatt"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Name oder Nummer; nur nötig, wenn die Liste nicht auf dem ersten Blatt steht."),
    )


class HeaderRowForm(forms.Form):
    """Which of the first rows holds the headings."""

    header_row = forms.TypedChoiceField(label=gettext_lazy("Zeile mit den Überschriften"), coerce=int)

    def __init__(self, *args, rows: Sequence[tuple[int, Sequence[str]]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["header_row"].choices = [
            (position, f"{position}: " + " | ".join(filter(None, cells))[:80]) for position, cells in rows
        ]


class ColumnsForm(forms.Form):
    """What each column of the file means, and what holds for every row."""

    def __init__(
        self,
        *args,
        headings: Sequence[str],
        samples,
        suggested: Mapping[str, int],
        staff,
        tracks,
        is_lead,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.headings, self.samples, self.is_lead = headings, samples, is_lead
        names = {column: name for name, column in suggested.items()}
        choices = [("", _("– nicht einlesen –")), *((name, COLUMNS[name].label) for name in allowed_columns(is_lead))]
        self.columns = [
            column for column, heading in enumerate(headings)
            if (heading or any(column < len(row) and row[column] for row in samples)) and not is_special(heading)
        ]  # fmt: skip
        for column in self.columns:
            self.fields[f"column_{column}"] = forms.ChoiceField(
                label=headings[column] or _("Spalte %(letter)s") % {"letter": letter(column)},
                choices=choices,
                required=False,
                initial=names.get(column, ""),
            )
        if is_lead:
            self.fields["case_manager"] = forms.ModelChoiceField(
                label=gettext_lazy("Fallmanager*in für alle Zeilen"),
                queryset=staff,
                required=False,
                empty_label=_("steht in einer Spalte"),
            )
        self.fields["track"] = forms.ModelChoiceField(
            label=gettext_lazy("Schwerpunkt für alle Zeilen"),
            queryset=tracks,
            required=False,
            empty_label=_("steht in einer Spalte"),
            help_text=gettext_lazy("Geschützte Schwerpunkte lassen sich nicht einlesen; bitte von Hand eröffnen."),
        )

    def rows(self):
        """Each column with its letter, its heading, the first texts below it, and its field."""
        for column in self.columns:
            texts = [row[column] for row in self.samples if column < len(row) and row[column]]
            yield {"letter": letter(column), "texts": texts[:3], "field": self[f"column_{column}"]}

    def general(self):
        return [self[name] for name in ("case_manager", "track") if name in self.fields]

    def clean(self):
        cleaned = super().clean()
        mapping: dict[str, int] = {}
        for column in self.columns:
            name = cleaned.get(f"column_{column}")
            if name and name in mapping:
                first = letter(mapping[name])
                message = _("Diese Angabe ist schon der Spalte %(letter)s zugeordnet.")
                self.add_error(f"column_{column}", ValidationError(message % {"letter": first}))
            elif name:
                mapping[name] = column
        self._check_whole(mapping, cleaned)
        self.mapping = mapping
        return cleaned

    def _check_whole(self, mapping, cleaned):
        if not set(NAMES) & set(mapping):
            self.add_error(None, _("Bitte mindestens eine Spalte einem Namen oder dem Pseudonym zuordnen."))
        if "full_name" in mapping and {"given_names", "family_name"} & set(mapping):
            field = f"column_{mapping['full_name']}"
            self.add_error(field, _("Entweder der ganze Name in einer Spalte oder Vor- und Nachname, nicht beides."))
        if "track" not in mapping and not cleaned.get("track") and "track" not in self.errors:
            self.add_error("track", _("Bitte einen Schwerpunkt für alle Zeilen wählen oder eine Spalte zuordnen."))
        if self.is_lead and "case_manager" not in mapping and not cleaned.get("case_manager"):
            message = _("Bitte wählen, wer zuständig ist, oder eine Spalte zuordnen.")
            self.add_error("case_manager", message)


def allowed_columns(is_lead: bool) -> list[str]:
    """On one's own desk nobody else is responsible."""
    return [name for name in COLUMNS if is_lead or name != "case_manager"]


def tracks_for(staff: Iterable[CaseManager]):
    """Tracks a list may be opened on: served by somebody concerned, and never a protected one."""
    return Track.objects.filter(case_managers__in=staff, is_protected=False).distinct()


class RowForm(forms.Form):
    """The texts of one row; what they have to be is said by the check, as for every other row."""

    def __init__(self, *args, names: Sequence[str], **kwargs):
        super().__init__(*args, **kwargs)
        for name in names:
            self.fields[name] = forms.CharField(
                label=COLUMNS[name].label,
                required=False,
                max_length=LONGEST_CELL,
                widget=forms.Textarea({"rows": 2}) if name in LONG_TEXTS else forms.TextInput({"autocomplete": "off"}),
            )


class DecisionForm(forms.Form):
    """What becomes of one row, or of all in a state."""

    decision = forms.ChoiceField(label=gettext_lazy("Entscheidung"), choices=ImportRow.Decision.choices, required=False)
    row = WholeNumberField(label=gettext_lazy("Zeile"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("Stand"),
        required=False,
        choices=[(state, state.label) for state in (ImportRow.State.FAULTY, ImportRow.State.DOUBLE)],
    )

    def clean(self):
        cleaned = super().clean()
        if bool(cleaned.get("row")) == bool(cleaned.get("state")):
            raise ValidationError(_("Bitte eine Zeile wählen."))
        return cleaned


FILTERS = (
    ("", gettext_lazy("alle Zeilen")),
    (ImportRow.State.FAULTY, gettext_lazy("mit Fehlern")),
    (ImportRow.State.DOUBLE, gettext_lazy("vielleicht doppelt")),
    (ImportRow.State.GOOD, gettext_lazy("in Ordnung")),
    (ImportRow.State.LEFT_OUT, gettext_lazy("ausgelassen")),
)
