"""Widgets for long lists. Django renders one template for each option; with 250 countries that is most of a page."""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """A select without groups, written in one go."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = {str(item) for item in self.format_value(value)}
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                ("" if key is None else key, " selected" if str("" if key is None else key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        written = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>{}</select>", written, options)


class Checklist(forms.CheckboxSelectMultiple):
    """Many entries to tick, drawn by components/checklist.html: `entries` gives them, ticked ones first."""

    def entries(self, name: str, value: Any, id_: str) -> list[dict[str, Any]]:
        chosen = {str(item) for item in self.format_value(value)}
        entries = [
            {"value": key, "label": label, "id": f"{id_}_{place}", "is_chosen": str(key) in chosen}
            for place, (key, label) in enumerate(self.choices)
        ]
        return sorted(entries, key=lambda entry: not entry["is_chosen"])
