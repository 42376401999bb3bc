"""One published table -> one rendered table: texts, shares, changes, bars, classes of colour; from stored numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kim.privacy.rounding import SMALLEST_SHARE_BASE
from kim.text import folded
from reports import charts
from reports.catalogue import BY_KEY, MEDIANS, Table
from reports.periods import Period
from reports.publishing import per_thousand, share_of, shown
from reports.rendering.shapes import Column, KeyFigure, Kind, RenderedTable, Row, Value
from reports.rendering.words import GROUPS, HEADS, NO_DISTRICT, NOT_STATED, WITHHELD, name_of
from reports.tables import PublishedTable

MEASURES: Final = ("persons", "cases")  # columns that have shares and changes
IN_MONTHS: Final = ("duration",)  # medians; the others are in weeks
NOTHING: Final = Value(None, "")

Maker = Callable[[str, int | None], Value]


@dataclass(frozen=True)
class Around:
    """What stands beside the tables of a report: the period before, inhabitants, staff."""

    before: Mapping[str, PublishedTable]
    before_period: Period | None
    population: Mapping[str, Any]  # {"year", "source", "districts": {number: inhabitants of 18 to 27}}
    posts: Mapping[str, str]
    speakers: Mapping[str, int]
    language: str  # this and the next are looked up once: a report has hundreds of names and shares
    per_cent: str


def rendered_table(table: Table, published: PublishedTable, around: Around) -> RenderedTable:
    if table.crosses:
        return _two_way(table, published)
    return _one_way(table, published, around)


# --- How numbers are written


def count(number: int | None) -> Value:
    return Value(number, shown(number))


def per_cent(number: int | None, pattern: str) -> Value:
    return Value(number, shown(None) if number is None else pattern % {"share": number})


def change(now: int | None, before: int | None) -> Value:
    """The difference of two published numbers."""
    if now is None or before is None:
        return Value(None, shown(None))
    sign = "±" if now == before else "+" if now > before else "−"
    return Value(now - before, sign + shown(abs(now - before)))


def rate(number: float | None) -> Value:
    return Value(number, shown(None) if number is None else number_format(number, 1))


def staff(number: str | int | None) -> Value:
    """Posts are stored as text, so that 1.5 stays 1.5."""
    exact = float(number or 0)
    if exact.is_integer():
        return count(int(exact))
    return Value(exact, number_format(f"{exact:g}"))


# --- One attribute


def _one_way(table: Table, published: PublishedTable, around: Around) -> RenderedTable:
    columns = _columns(table, published, around)
    rows = [] if published.withheld else _rows(table, published, columns, around)
    total = _total_row(table, published, around.before.get(table.key), columns)
    rows = [*rows, total] if any(value.number is not None for value in total.values) else rows
    return RenderedTable(
        key=table.key,
        title=str(table.title),
        head=str(HEADS[table.key]),
        columns=columns,
        rows=tuple(rows),
        note=_note(table, columns, rows, around) if rows else "",
        withheld=str(WITHHELD.get(published.withheld, "")),
    )


def _columns(table: Table, published: PublishedTable, around: Around) -> tuple[Column, ...]:
    """Each measure with what is worked out from it; a column that could say nothing is left out."""
    columns = []
    before = around.before.get(table.key)
    for head in published.columns:
        columns.append(Column(head.key, name_of(head), Kind.COUNT))
        if head.key in MEASURES:
            if (published.totals.get(head.key) or 0) >= SMALLEST_SHARE_BASE:
                columns.append(Column("share", _("Anteil"), Kind.SHARE))
            if around.before_period and before and not before.withheld:
                label = _("zu %(period)s") % {"period": around.before_period.short_label}
                columns.append(Column("change", label, Kind.CHANGE))
    if table.key == "districts" and around.population:
        columns.insert(1, Column("rate", _("je 1.000"), Kind.RATE))
    if table.key == "providers":
        columns.append(Column("posts", _("Stellen"), Kind.STAFF))
    if table.key == "languages":
        columns.append(Column("speakers", _("Fallmanager*innen"), Kind.STAFF))
    return tuple(columns)


def _rows(table: Table, published: PublishedTable, columns: tuple[Column, ...], around: Around) -> list[Row]:
    """With bars where the first column is a measure, as long as its number is of the highest."""
    first, makers = columns[0], _makers(table, published, columns, around)
    numbers = [published[head.key, first.key] for head in published.rows]
    highest = max((number or 0 for number in numbers), default=0)
    if table.is_yes_only:
        highest = published.totals.get(first.key) or highest
    rows = []
    for head, number in zip(published.rows, numbers, strict=True):
        values = tuple([maker(head.key, number) for maker in makers])
        row = Row(
            head.key,
            name := name_of(head, around.language),
            values,
            bar=charts.bar_length(number, highest) if first.key in MEASURES else None,
            bar_text=f"{name}: {values[0].text} {first.name}",
            is_minor=table.key == "languages" and _is_about_nobody(columns, values),
        )
        rows.append(row)
    return sorted(rows, key=_by_alphabet) if table.key == "languages" else rows


def _makers(table: Table, published: PublishedTable, columns: tuple[Column, ...], around: Around) -> list[Maker]:
    """What writes the value of each column, told the key of the row and its first number."""
    before, first = around.before.get(table.key), columns[0].key
    whole = published.totals.get(first)
    derived: dict[str, Maker] = {
        "share": lambda _key, number: per_cent(share_of(number, whole), around.per_cent),
        "change": lambda key, number: change(number, before[key, first] if before else None),
        "rate": lambda key, number: _rate(key, number, around),
        "posts": lambda key, _number: staff(around.posts.get(key)),
        "speakers": lambda key, _number: staff(around.speakers.get(key)),
    }
    return [derived.get(column.key) or _counted(published, column.key) for column in columns]


def _counted(published: PublishedTable, column: str) -> Maker:
    return lambda key, _number: count(published[key, column])


def _rate(district: str, persons: int | None, around: Around) -> Value:
    if district == NO_DISTRICT:
        return NOTHING
    return rate(per_thousand(persons, around.population["districts"].get(district, 0)))


def _is_about_nobody(columns: tuple[Column, ...], values: tuple[Value, ...]) -> bool:
    """A language that nobody speaks, neither among the people counselled nor among the staff."""
    return not any(v.number for c, v in zip(columns, values, strict=True) if c.kind in (Kind.COUNT, Kind.STAFF))


def _by_alphabet(row: Row) -> tuple[bool, str]:
    return row.key == NOT_STATED, folded(row.name)


def _total_row(
    table: Table, published: PublishedTable, before: PublishedTable | None, columns: tuple[Column, ...]
) -> Row:
    first = published.columns[0].key
    values = [
        count(published.totals.get(column.key))
        if column.kind == Kind.COUNT
        else change(published.totals.get(first), before.totals.get(first) if before else None)
        if column.kind == Kind.CHANGE
        else NOTHING
        for column in columns
    ]
    return Row("", str(GROUPS[table.population]), tuple(values), is_total=True)


def _note(table: Table, columns: tuple[Column, ...], rows: Sequence[Row], around: Around) -> str:
    kinds, keys = {column.kind for column in columns}, {column.key for column in columns}
    sentences = [str(table.note)] if table.note else []
    sentences.append(_("Jede Zahl ist für sich auf %(base)s gerundet.") % {"base": table.base})
    if not table.is_partition and not table.is_yes_only:
        sentences.append(_("Eine Person kann in mehreren Zeilen stehen."))
    if "consultations" in keys:
        sentences.append(_("Beratungen erst ab 30."))
    if Kind.SHARE in kinds:
        sentences.append(_("Anteile aus gerundeten Zahlen."))
    if Kind.RATE in kinds:
        year = around.population["year"]
        sentences.append(
            _("Je 1.000 Einwohner*innen von 18 bis 27 Jahren (%(year)s, geschätzt), ab 50 Personen.") % {"year": year}
        )
    if "posts" in keys:
        sentences.append(_("Stellen am Tag der Zählung."))
    if "speakers" in keys:
        sentences.append(_("Fallmanager*innen, die am Tag der Zählung in der Sprache berieten."))
        sentences.append(_("Sprachen, die niemand angegeben hat und niemand spricht, stehen nur in den Dateien."))
    if any(_is_unexplained(c, value) for row in rows for c, value in zip(columns, row.values, strict=True)):
        sentences.append(_dash())
    return " ".join(sentences)


def _is_unexplained(column: Column, value: Value) -> bool:
    """Withheld, and not by the number from which consultations are published."""
    return column.kind == Kind.COUNT and column.key != "consultations" and value.is_withheld


def _dash() -> str:
    return _("Strich (–): zu wenige Fälle, oder es ließe sich auf Einzelne schließen.")


# --- Two attributes


def _two_way(table: Table, published: PublishedTable) -> RenderedTable:
    step = charts.scale(published.cells.values())
    columns = [Column(head.key, name_of(head), Kind.COUNT) for head in published.columns]
    rows = [
        Row(
            head.key,
            name_of(head),
            (
                *(_heat(published[head.key, column.key], step) for column in published.columns),
                count(published.row_totals.get(head.key)),
            ),
        )
        for head in published.rows
        if not published.withheld
    ]
    totals = (*(count(published.totals.get(column.key)) for column in published.columns), NOTHING)
    if rows:
        rows.append(Row("", str(GROUPS[table.population]), totals, is_total=True))
    sentences = [str(table.note)] if table.note else []
    sentences.append(_("Personen, jede Zahl für sich auf %(base)s gerundet.") % {"base": table.base})
    if not table.is_partition:
        sentences.append(_("Eine Person kann in mehreren Feldern stehen."))
    if any(value.is_withheld for row in rows for value in row.values):
        sentences.append(_dash())
    return RenderedTable(
        key=table.key,
        title=str(table.title),
        head=str(HEADS[table.crosses[0]]) if table.crosses else "",
        columns=(*columns, Column("all", _("alle"), Kind.COUNT)),
        rows=tuple(rows),
        note=" ".join(sentences) if rows else "",
        withheld=str(WITHHELD.get(published.withheld, "")),
        is_heat=True,
    )


def _heat(number: int | None, step: int) -> Value:
    return Value(number, shown(number), charts.class_of(number, step))


# --- Medians


def median_table(
    key: str, now: Mapping[str, int | None], before: Mapping[str, int | None], names: Mapping[str, str], around: Around
) -> RenderedTable:
    """For all, and by main topic where it is counted so; `names` are those of the topics."""
    _section, label, unit = MEDIANS[key]
    columns = [Column("median", str(unit), Kind.MEDIAN)]
    if around.before_period:
        name = _("zu %(period)s") % {"period": around.before_period.short_label}
        columns.append(Column("change", name, Kind.CHANGE))

    def row(row_key: str, name: str) -> Row:
        values = [count(now.get(row_key))]
        if around.before_period:
            values.append(change(now.get(row_key), before.get(row_key)))
        return Row(row_key, name, tuple(values), is_total=not row_key)

    rows = [row(code, names.get(code, code)) for code in now if code]
    return RenderedTable(
        key=f"median_{key}",
        title=str(label),
        head=str(HEADS["topics"]) if rows else "",
        columns=tuple(columns),
        rows=(*rows, row("", _("alle"))),
        note=_("Median, ab 20 Angaben, auf ganze %(unit)s gerundet.") % {"unit": unit},
        figure=None if rows else _figure(key, now.get(""), before.get("")),
    )


def _figure(key: str, now: int | None, before: int | None) -> KeyFigure:
    label = str(MEDIANS[key][1])
    if now is None:
        return KeyFigure(label, shown(None), _("weniger als 20 Angaben"), is_known=False)
    hint = "" if before is None else _("im Zeitraum davor: %(number)s") % {"number": shown(before)}
    return KeyFigure(label, with_unit(key, now), hint)


def with_unit(key: str, number: int) -> str:
    """A median in words: 7 Wochen."""
    if key in IN_MONTHS:
        text = ngettext("%(number)s Monat", "%(number)s Monate", number)
    else:
        text = ngettext("%(number)s Woche", "%(number)s Wochen", number)
    return text % {"number": shown(number)}


def by_key(figures: Mapping[str, Any]) -> dict[str, PublishedTable]:
    """The tables of stored figures that are in the catalogue."""
    return {key: PublishedTable.read(key, stored) for key, stored in figures["tables"].items() if key in BY_KEY}
