"""Components of the pages: {% load kim %}."""

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def icon(name, label=""):
    """A picture from the sprite; decoration unless it has a label."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href)


@register.simple_block_tag
def card(content, title, id="", count=None, level=2, flush=False, link_url="", link_label=""):
    """A titled box. flush takes the padding away for lists and tables; a link stands at the right of the title."""
    return render_to_string(
        "components/card.html",
        {
            "content": content,
            "title": title,
            "id": id,
            "count": count,
            "level": level,
            "flush": flush,
            "link_url": link_url,
            "link_label": link_label,
        },
    )


@register.simple_block_tag
def datatable(content, label, stack=False):
    """A table in a region of its own that scrolls and takes the focus; stack turns rows into cards on small screens."""
    return render_to_string("components/table.html", {"content": content, "label": label, "stack": stack})


@register.simple_block_tag
def emptystate(content, text, icon="check"):
    """What a list says when it is empty; the body is what one can do about it. (`empty` belongs to the for tag.)"""
    return render_to_string(
        "components/empty.html", {"content": content if content.strip() else "", "text": text, "icon": icon}
    )


@register.filter
def entries(field):
    """What a checklist offers, ticked entries first."""
    return field.field.widget.entries(field.html_name, field.value(), field.auto_id)
