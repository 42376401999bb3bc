"""How a plain form field is written: the markup of crispy's bootstrap5/field.html, without its many templates."""

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kim.web.renderers import escaped

STAR = mark_safe('<span class="asteriskField">*</span>')
PLAIN = (forms.widgets.Input, forms.Textarea, forms.Select)
NOT_PLAIN = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.PasswordInput, forms.FileInput, forms.HiddenInput)


def is_plain(field: BoundField) -> bool:
    """One input, text area, list or box with a label."""
    widget = field.field.widget
    is_usual = bool(field.label) and not field.css_classes()
    return is_usual and isinstance(widget, PLAIN) and not isinstance(widget, NOT_PLAIN)


def plain_field(field: BoundField) -> SafeString:
    """Label, input, errors and help of one field."""
    widget = field.field.widget
    box = isinstance(widget, forms.CheckboxInput)
    kind = "form-check-input" if box else "form-select" if isinstance(widget, forms.Select) else "form-control"
    classes = [widget.attrs.get("class"), type(widget).__name__.lower(), kind, "is-invalid" if field.errors else ""]
    control = field.as_widget(attrs={"class": " ".join(filter(None, classes))})
    required, star = (" requiredField", STAR) if field.field.required else ("", "")
    label_class = "form-check-label" if box else "form-label"
    for_id, words = escaped(field.id_for_label), escaped(field.label)
    label = f'<label for="{for_id}" class="{label_class}{required}">{words}{star}</label>'
    both = f"{control}{label}" if box else f"{label}{control}"
    written = SafeString(
        f'<div id="div_{escaped(field.auto_id)}" class="{"form-check" if box else "mb-3"}">'
        f"{both}{errors_of(field)}{help_of(field)}</div>"
    )
    return format_html('<div class="mb-3">{}</div>', written) if box else written


def errors_of(field: BoundField) -> SafeString | str:
    if not field.errors:
        return ""
    lines = format_html_join(
        "",
        '<p id="error_{}_{}"><strong>{}</strong></p>',
        ((number, field.auto_id, error) for number, error in enumerate(field.errors, 1)),
    )
    field_id = field.errors.field_id  # type: ignore[attr-defined]
    return format_html('<div id="{}_error" class="invalid-feedback">{}</div>', field_id, lines)


def help_of(field: BoundField) -> SafeString | str:
    if not field.help_text:
        return ""
    return format_html('<div id="{}_helptext" class="form-text">{}</div>', field.auto_id, field.help_text)
