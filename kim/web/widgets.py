"""Widgets for long lists. Django renders one template for each option; with 250 countries that is most of a page."""

from html import escape
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


class LongSelect(forms.Select):
    """A select without groups, written in one go."""

    def use_required_attribute(self, initial: Any) -> bool:
        """Django looks at the first option, which asks the database once more. Only a required list needs that."""
        return self.is_required and super().use_required_attribute(initial)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = {str(item) for item in self.format_value(value)}
        options = [("" if key is None else str(key), label) for key, label in self.choices]
        written = "".join(
            f'<option value="{escape(key)}"{" selected" if key in chosen else ""}>{escape(str(label))}</option>'
            for key, label in options
        )
        attributes = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>{}</select>", attributes, mark_safe(written))


class Checklist(forms.CheckboxSelectMultiple):
    """Many entries to tick, drawn by components/checklist.html: `entries` writes them in one go, ticked ones first."""

    def entries(self, name: str, value: Any, id_: str) -> SafeString:
        chosen = {str(item) for item in self.format_value(value)}
        name, id_ = escape(name), escape(id_)
        entries = [(place, str(key), str(label)) for place, (key, label) in enumerate(self.choices)]
        entries.sort(key=lambda entry: entry[1] not in chosen)
        written = "".join(
            f'<label for="{id_}_{place}"><input type="checkbox" name="{name}" value="{escape(key)}" id="{id_}_{place}"'
            f"{' checked' if key in chosen else ''}><span>{escape(label)}</span></label>"
            for place, key, label in entries
        )
        return mark_safe(written)
