"""How figures are written: {% load figures %}."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from reports.publishing import shown

register = template.Library()


@register.filter
def figure(number):
    """1.240; what is withheld is a dash that says so to a screen reader."""
    if number is None:
        return format_html(
            '<span class="withheld"><span aria-hidden="true">{}</span><span class="visually-hidden">{}</span></span>',
            shown(None),
            _("zu wenige Fälle"),
        )
    return shown(number)


@register.filter
def hours(minutes):
    """Minutes as hours and minutes: 95 -> 1:35."""
    return f"{shown(minutes // 60)}:{minutes % 60:02d}"


@register.filter
def decimal(number):
    """Any coordinate, written as SVG wants it: with a point."""
    return f"{number:g}"
