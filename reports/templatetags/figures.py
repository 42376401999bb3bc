"""How figures are written: {% load figures %}."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from kim.web.pdf import packaged_file
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
def written(value):
    """A value of a rendered report; the dash of a missing one says what it means."""
    if value.is_withheld:
        return format_html(
            '<span class="withheld"><span aria-hidden="true">{}</span><span class="visually-hidden">{}</span></span>',
            value.text,
            _("nicht veröffentlicht"),
        )
    return value.text


@register.filter
def hours(minutes):
    """Minutes as hours and minutes: 95 -> 1:35."""
    return f"{shown(minutes // 60)}:{minutes % 60:02d}"


@register.filter
def step_of_two(length):
    """A length of a hundred as an even number, for the classes with which css/report.css draws bars."""
    return 2 * round(length / 2)


@register.simple_tag
def chart_styles():
    """The colours of the charts for the printed page: WeasyPrint takes them from inside a picture only."""
    return format_html(
        "<style>{}</style>", mark_safe(packaged_file("static:css/charts.css").read_text(encoding="utf-8"))
    )


@register.filter
def decimal(number):
    """Any coordinate, written as SVG wants it: with a point."""
    return f"{number:g}"
