"""The summary in plain words: a few sentences made of published numbers, and what is not published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kim.privacy.rounding import share
from reports.periods import Period
from reports.publishing import shown
from reports.rendering.words import NO_DISTRICT, name_of
from reports.tables import PublishedTable

Tables = Mapping[str, PublishedTable]

FIRST: Final = 3  # so many rows are named; more only where the last of them are equal
MOST: Final = 5


def summary(
    now: Tables,
    before: Tables,
    medians: Mapping[str, Mapping[str, int | None]],
    period: Period,
    before_period: Period | None,
) -> tuple[str, ...]:
    sentences = [
        _persons(now, before, period, before_period),
        _consultations(now),
        _cases(now),
        _topics(now),
        _districts(now),
        _barriers(now),
        _waiting(medians),
        _plans(now),
        _rounded(now),
        _missing(now),
    ]
    return tuple(sentence for sentence in sentences if sentence)


def is_withheld(tables: Tables) -> bool:
    """Whether every table is about too few."""
    return all(table.withheld == PublishedTable.FEW for table in tables.values())


def _total(tables: Tables, table: str, measure: str) -> int | None:
    return tables[table].totals.get(measure) if table in tables else None


def _persons(now: Tables, before: Tables, period: Period, before_period: Period | None) -> str:
    persons, earlier = _total(now, "districts", "persons"), _total(before, "districts", "persons")
    words = {"period": period.label, "persons": shown(persons)}
    if persons is None:
        return _("Im %(period)s wurden zu wenige Personen beraten, um Zahlen über sie zu veröffentlichen.") % words
    if earlier is None or before_period is None:
        return _("Im %(period)s wurden %(persons)s Personen beraten.") % words
    words |= {"before": before_period.label, "difference": shown(abs(persons - earlier))}
    if persons == earlier:
        return _("Im %(period)s wurden %(persons)s Personen beraten, so viele wie im %(before)s.") % words
    if persons > earlier:
        return _("Im %(period)s wurden %(persons)s Personen beraten, %(difference)s mehr als im %(before)s.") % words
    return _("Im %(period)s wurden %(persons)s Personen beraten, %(difference)s weniger als im %(before)s.") % words


def _consultations(now: Tables) -> str:
    number = _total(now, "districts", "consultations")
    return _("Es fanden %(number)s Beratungen statt.") % {"number": shown(number)} if number else ""


def _cases(now: Tables) -> str:
    new, closed, still_open = (_total(now, "flow", measure) for measure in ("new", "closed", "open_end"))
    if is_withheld(now):
        return ""  # the last sentence says it of everything
    words = {"new": shown(new), "closed": shown(closed), "open": shown(still_open)}
    if still_open is None:
        return _("Zu den Fällen wird nichts veröffentlicht: Es waren zu wenige.")
    if new is None or closed is None:
        return _("Am Ende waren %(open)s Fälle offen.") % words
    return _("%(new)s Fälle begannen, %(closed)s wurden abgeschlossen; am Ende waren %(open)s offen.") % words


def _topics(now: Tables) -> str:
    named = _largest(now, "topics")
    return _("Die häufigsten Themen waren %(named)s.") % {"named": _listed(named)} if named else ""


def _districts(now: Tables) -> str:
    named = _largest(now, "districts", without=NO_DISTRICT)
    return _("Stadtbezirke mit den meisten Personen: %(named)s.") % {"named": _listed(named)} if named else ""


def _barriers(now: Tables) -> str:
    named = _largest(now, "barriers")
    return (
        _("Wo Hilfe nicht zustande kam, lag es am häufigsten an: %(named)s.") % {"named": _listed(named)}
        if named
        else ""
    )


def _waiting(medians: Mapping[str, Mapping[str, int | None]]) -> str:
    weeks = medians.get("waiting", {}).get("")
    if weeks is None:
        return ""
    return ngettext(
        "Gelang eine Vermittlung, lag die mittlere Wartezeit (Median) bei %(weeks)s Woche.",
        "Gelang eine Vermittlung, lag die mittlere Wartezeit (Median) bei %(weeks)s Wochen.",
        weeks,
    ) % {"weeks": shown(weeks)}


def _plans(now: Tables) -> str:
    table = now.get("plans")
    if table is None or table.withheld:
        return ""
    column = table.columns[0].key
    part, whole = table[table.rows[0].key, column], table.totals.get(column)
    if part is None or whole is None or part > whole:
        return ""
    words = {"part": shown(part), "whole": shown(whole), "share": share(part, whole)}
    if words["share"] is None:
        return _("Von %(whole)s offenen Fällen im Case Management hatten %(part)s einen gültigen Plan.") % words
    return (
        _("Von %(whole)s offenen Fällen im Case Management hatten %(part)s einen gültigen Plan (%(share)s %%).") % words
    )


def _rounded(now: Tables) -> str:
    return "" if is_withheld(now) else _("Alle Zahlen sind gerundet; ein kleiner Unterschied sagt nichts.")


def _missing(now: Tables) -> str:
    missing = sum(1 for table in now.values() if table.withheld)
    if not missing:
        return ""
    if is_withheld(now):
        return _("Keine Tabelle ist veröffentlicht: Jede spräche über weniger als 30 Personen oder Fälle.")
    if missing == len(now):
        return _("Keine Tabelle ist veröffentlicht; der Grund steht jeweils dort.")
    return ngettext(
        "Von %(all)s Tabellen ist %(missing)s nicht veröffentlicht; der Grund steht dort.",
        "Von %(all)s Tabellen sind %(missing)s nicht veröffentlicht; der Grund steht jeweils dort.",
        missing,
    ) % {"missing": missing, "all": len(now)}


def _largest(tables: Tables, key: str, *, without: str = "") -> list[tuple[str, int]]:
    """Rows with the highest published numbers, equal ones always together; none where they cannot be told apart."""
    table = tables.get(key)
    if table is None or table.withheld:
        return []
    rows = [(name_of(head), table[head.key, "persons"] or 0) for head in table.rows if head.key != without]
    ranked = sorted((number for _name, number in rows if number), reverse=True)
    for place in range(min(FIRST, len(ranked)), 0, -1):
        found = sorted(((n, number) for n, number in rows if number >= ranked[place - 1]), key=lambda row: -row[1])
        if len(found) <= MOST:
            return found
    return []


def _listed(named: list[tuple[str, int]]) -> str:
    """Wohnen (120 Personen), Arbeit (105) und Bildung (90)."""
    words = list(_numbered(named))
    if len(words) == 1:
        return words[0]
    return _("%(first)s und %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _numbered(named: list[tuple[str, int]]) -> Iterator[str]:
    for place, (name, number) in enumerate(named):
        text = _("%(name)s (%(number)s)") if place else _("%(name)s (%(number)s Personen)")
        yield text % {"name": name, "number": shown(number)}
