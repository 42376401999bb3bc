"""How figures are written: {% load figures %}."""

from html import escape  # five times as fast as Django's, which also takes what is lazy or marked as safe

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from kim.text import share_pattern
from kim.web.pdf import packaged_file
from reports.catalogue import median_of
from reports.publishing import shown
from reports.rendering.tables import with_unit
from reports.rendering.words import NO_DISTRICT

register = template.Library()


@register.filter
def figure(number):
    """1.240; what is withheld is a dash that says so to a screen reader."""
    return _dash(_("zu wenige Fälle")) if number is None else shown(number)


@register.filter
def figure_in(number, table):
    """As `figure`; of a median with its unit: 7 Wochen."""
    key = median_of(table)
    return with_unit(key, number) if key and number is not None else figure(number)


def _dash(meaning):
    return format_html(
        '<span class="withheld"><span aria-hidden="true">{}</span><span class="visually-hidden">{}</span></span>',
        shown(None),
        meaning,
    )


@register.filter
def percentage(number):
    """27 %; a share that is not published is a dash."""
    return _dash(_("nicht veröffentlicht")) if number is None else share_pattern() % {"share": number}


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


@register.simple_tag
def bar(length, text="", series=1):
    """A bar inside a row, of a hundred; decoration, since the number stands beside it. `text` is its tooltip."""
    return mark_safe(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{f'<title>{escape(text)}</title>' if text else ''}"
        '<rect class="bar-track" width="100" height="10"></rect>'
        f'<rect class="series-{series}" width="{decimal(length)}" height="10"></rect></svg>'
    )


@register.simple_tag
def report_table(table, district_pages=""):
    """Head and rows of a table of a report; written here, since a page has a thousand cells and templates are slow.

    Every text is escaped; the dash of a number that is missing says what it means.
    """
    has_bars, is_heat = table.has_bars, table.is_heat
    written = [f'<thead><tr><th scope="col">{escape(table.head)}</th>']
    if has_bars:
        written.append(f'<th scope="col" class="bar-cell"><span class="visually-hidden">{_("Balken")}</span></th>')
    kind = "heat-head" if is_heat else "num"
    written += [f'<th scope="col" class="{kind}">{escape(column.name)}</th>' for column in table.columns]
    written.append('</tr></thead><tbody class="heat">' if is_heat else "</tr></thead><tbody>")
    attributes = [" data-derived" if column.is_derived else "" for column in table.columns]
    dash = _dash(_("nicht veröffentlicht"))
    for row in table.shown_rows:
        kind = ' class="total"' if row.is_total else ""
        written.append(f'<tr{kind}><th scope="row">{_row_name(table, row, district_pages)}</th>')
        if has_bars:
            written.append(f'<td class="bar-cell">{"" if row.bar is None else bar(row.bar, row.bar_text)}</td>')
        for value, attribute in zip(row.values, attributes, strict=True):
            kind = "num" if not is_heat else f"heat-{value.step}" if value.step else ""
            text = dash if value.is_withheld else escape(value.text)
            written.append(f'<td class="{kind}"{attribute}>{text}</td>')
        written.append("</tr>")
    written.append("</tbody>")
    return mark_safe("".join(written))


def _row_name(table, row, district_pages):
    if table.key != "districts" or not district_pages or row.key in ("", NO_DISTRICT):
        return escape(row.name)
    return f'<a href="{escape(district_pages)}{escape(row.key)}/">{escape(row.name)}</a>'
