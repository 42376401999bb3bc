"""The one function that turns a frozen report into what people read: screen, CSV, XLSX, PDF, charts and public page.

Everything comes from the stored figures of this report and of those before it; nothing is counted here. Titles and
texts are in the language of the reader, names of rows as they were stored in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from districts.models import District
from kim.privacy.rounding import BASE
from kim.text import share_pattern
from reports import charts
from reports.catalogue import MEDIANS, SECTIONS, SHORT_TITLES, TABLES, Section
from reports.models import Report
from reports.publishing import shown
from reports.rendering.findings import findings
from reports.rendering.method import method, sources
from reports.rendering.shapes import Chapter, Column, Kind, Rendered, RenderedTable, Row
from reports.rendering.summary import is_withheld, summary
from reports.rendering.tables import Around, by_key, count, median_table, rendered_table
from reports.rendering.words import MISSING, NO_DISTRICT, name_of
from reports.signals import sentence
from reports.tables import PublishedTable

__all__ = ["Rendered", "RenderedTable", "rendered"]

DEVELOPMENT = (("persons", 1), ("new", 2), ("closed", 3))  # measures of the chart over the periods, with their style


def rendered(report: Report, earlier: Sequence[Report] = (), *, is_replaced: bool = False) -> Rendered:
    """`earlier`: frozen reports of the same kind, the oldest first; the last may be the period just before.

    Compared is only with that one, and only if its tables mean the same.
    """
    if report.frozen_at is None:
        raise ValueError("Only a frozen report can be read.")
    tables, figures = by_key(report.figures), report.figures
    before = next((each for each in reversed(earlier) if _is_just_before(each, report)), None)
    tables_before = by_key(before.figures) if before else {}
    around = Around(
        before=tables_before,
        before_period=before.span if before else None,
        population=figures.get("population") or {},
        posts=figures.get("posts", {}),
        speakers=figures.get("speakers", {}),
        language=get_language() or "de",
        per_cent=share_pattern(),
    )
    medians, medians_before = figures.get("medians", {}), before.figures.get("medians", {}) if before else {}
    ready = {table.key: rendered_table(table, tables[table.key], around) for table in TABLES if table.key in tables}
    if "districts" in ready:
        ready["districts"] = replace(ready["districts"], map=_map(report, tables["districts"]))
    if development := _development([*earlier, report]):
        ready["development"] = development
    names = {head.key: name_of(head) for head in tables["topics"].rows} if "topics" in tables else {}
    for key in MEDIANS:
        ready[f"median_{key}"] = median_table(key, medians.get(key, {}), medians_before.get(key, {}), names, around)
    return Rendered(
        period=report.label,
        file_stem=f"bericht-{report.period.lower()}-fassung-{report.version}",
        version=report.version,
        cut_off=report.cut_off,
        frozen_at=report.frozen_at,
        notice=_("Diese Fassung ist durch eine neue ersetzt.") if is_replaced else "",
        summary=summary(tables, tables_before, medians, report.span, around.before_period),
        signals=tuple(sentence(signal) for signal in report.signals),
        chapters=tuple(_chapter(section, ready, tables) for section in Section),
        findings=findings(report),
        method=method(report, before, tables),
        sources=sources(report, around.population),
        is_withheld=is_withheld(tables),
    )


def _is_just_before(earlier: Report, report: Report) -> bool:
    is_same_catalogue = earlier.catalogue_version == report.catalogue_version
    return earlier.period == report.span.shifted(-1).key and is_same_catalogue


def _chapter(section: Section, ready: Mapping[str, RenderedTable], published: Mapping[str, PublishedTable]) -> Chapter:
    keys = ["development"] if section == Section.FLOW else []
    keys += [table.key for table in TABLES if table.section == section]
    keys += [f"median_{key}" for key, (of_section, _label, _unit) in MEDIANS.items() if of_section == section]
    tables = tuple(replace(ready[key], short=str(SHORT_TITLES.get(key, ""))) for key in keys if key in ready)
    missing = () if is_withheld(published) else tuple(_missing(tables, published))
    return Chapter(section, str(SECTIONS[section]), tables, missing)


def _missing(tables: Sequence[RenderedTable], published: Mapping[str, PublishedTable]) -> Iterator[str]:
    """Each reason once, with the tables it keeps away."""
    for reason, words in MISSING.items():
        titles = [each.title for each in tables if each.is_missing and published[each.key].withheld == reason]
        if titles:
            yield f"{words} {', '.join(titles)}."


# --- Charts


def _map(report: Report, table: PublishedTable) -> charts.Map | None:
    """The Stadtbezirke of today with the stored numbers; those the report does not know stay white."""
    if table.withheld:
        return None
    measure = table.columns[0].key
    step = charts.scale(table[head.key, measure] for head in table.rows if head.key != NO_DISTRICT)
    areas = []
    for district in District.objects.all():
        number = table[str(district.number), measure]
        label = _("%(district)s: %(number)s Personen") % {"district": district, "number": shown(number)}
        areas.append(charts.area(district, number, step, label=label))
    title = _("Beratene Personen nach Stadtbezirk, %(quarter)s") % {"quarter": report.label}
    return charts.Map(id="karte", title=title, areas=tuple(areas), classes=charts.classes(step, areas))


def _development(reports: Sequence[Report]) -> RenderedTable | None:
    """The totals of reports of the same kind, one group of columns each; nothing to see before two are published."""
    if sum(_total_of(each, "persons") is not None for each in reports) < 2:
        return None
    names = {"persons": _("Personen"), "new": _("neue Fälle"), "closed": _("abgeschlossene Fälle")}
    numbers = [tuple(_total_of(each, measure) for measure, _style in DEVELOPMENT) for each in reports]
    title = _("Entwicklung")
    chart = charts.columns(
        "entwicklung",
        _("Beratene Personen, neue und abgeschlossene Fälle bis %(period)s") % {"period": reports[-1].label},
        [(names[measure], style) for measure, style in DEVELOPMENT],
        [
            charts.Group(label=each.span.short_label, name=each.label, values=values)
            for each, values in zip(reports, numbers, strict=True)
        ],
    )
    rows = [
        Row(each.period, each.label, tuple(count(number) for number in values))
        for each, values in zip(reports, numbers, strict=True)
    ]
    return RenderedTable(
        key="development",
        title=title,
        head=_("Zeitraum"),
        columns=tuple(Column(measure, names[measure], Kind.COUNT) for measure, _style in DEVELOPMENT),
        rows=tuple(rows),
        note=_("Aus dem Bericht jedes Zeitraums; jede Zahl ist für sich auf %(base)s gerundet.") % {"base": BASE},
        chart=chart,
    )


def _total_of(report: Report, measure: str) -> int | None:
    return report.total("districts" if measure == "persons" else "flow", measure)
