"""Components of the pages: {% load kim %}."""

import re
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kim.web.fields import errors_of, is_plain, plain_field

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture from the sprite; decoration unless it has a label."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href)


@register.filter
def with_links(text: str, links: dict[str, str]) -> str:
    """The text, as text; words in it that have an address lead there, in capitals or not."""
    if not links:
        return text
    word = re.compile("({})".format("|".join(map(re.escape, links))), re.IGNORECASE)
    parts = ((links.get(part.upper()), part) for part in word.split(text))
    return format_html_join("", "{}", ((_link(url, part) if url else part,) for url, part in parts))


def _link(url: str, word: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, word)


@register.simple_block_tag
def card(
    content: str,
    title: str,
    id: str = "",
    count: int | None = None,
    level: int = 2,
    flush: bool = False,
    link_url: str = "",
    link_label: str = "",
) -> SafeString:
    """A titled box. flush takes the padding away for lists and tables; a link stands at the right of the title."""
    named = format_html(' id="{}" aria-labelledby="{}-title"', id, id) if id else ""
    heading = format_html(' id="{}-title"', id) if id else ""
    counted = "" if count is None else format_html(' <span class="count">{}</span>', count)
    link = format_html('<a class="card-link" href="{}">{}</a>', link_url, link_label) if link_url else ""
    return format_html(
        '<section class="card{}"{}><div class="card-header"><h{} class="card-title"{}>{}{}</h{}>{}</div>'
        '<div class="card-body">{}</div></section>',
        " card-flush" if flush else "", named, level, heading, title, counted, level, link, content,
    )  # fmt: skip


@register.simple_block_tag
def datatable(content: str, label: str, stack: bool = False) -> SafeString:
    """A table in a region of its own that scrolls and takes the focus; stack turns rows into cards on small screens."""
    return format_html(
        '<div class="table-region" role="region" aria-label="{}" tabindex="0"><table class="table{}">{}</table></div>',
        label, " table-stack" if stack else "", content,
    )  # fmt: skip


@register.simple_block_tag
def emptystate(content: str, text: str, icon: str = "check") -> SafeString:
    """What a list says when it is empty; the body is what one can do about it. (`empty` belongs to the for tag.)"""
    return render_to_string(
        "components/empty.html", {"content": content if content.strip() else "", "text": text, "icon": icon}
    )


@register.simple_tag
def form_field(field: BoundField) -> SafeString:
    """A field with label, help and errors: plain ones written here, all others by crispy."""
    if is_plain(field):
        return plain_field(field)
    return render_to_string(
        "bootstrap5/field.html", {"field": field, "form_show_errors": True, "form_show_labels": True}
    )


@register.simple_tag
def column_choice(field: BoundField) -> SafeString:
    """A list to choose from whose label stands elsewhere in its row, with its errors."""
    classes = "form-select is-invalid" if field.errors else "form-select"
    return format_html("{}{}", field.as_widget(attrs={"class": classes}), errors_of(field))


@register.filter
def entries(field: Any) -> SafeString:
    """What a checklist offers, ticked entries first."""
    return field.field.widget.entries(field.html_name, field.value(), field.auto_id)
