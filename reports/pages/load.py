"""Auslastung: what is taken and what is free today, and when a Stadtbezirk or a Träger will be full."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports import charts
from reports.queries.load import CITYWIDE, ENOUGH_STAFF, WINDOW, Load, Spoken, city_load, free_word

FEWEST_OPENINGS: Final = 8  # in the window; of fewer no rate is read
HORIZON: Final = timedelta(weeks=104)  # a quarter says nothing about what comes after two years


class Outlook(StrEnum):
    FULL = "full"
    DATED = "dated"
    UNFORESEEABLE = "unforeseeable"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Forecast:
    outlook: Outlook
    full_on: date | None = None

    @property
    def month(self) -> str:
        return date_format(self.full_on, "F Y") if self.full_on else ""

    @property
    def words(self) -> str:
        """For a table."""
        return {
            Outlook.FULL: _("schon voll"),
            Outlook.DATED: _("etwa %(month)s") % {"month": self.month},
            Outlook.UNFORESEEABLE: _("nicht absehbar"),
            Outlook.TOO_FEW: _("zu wenige Bewegungen"),
        }[self.outlook]


def forecast(free: int, opened: int, closed: int, today: date) -> Forecast:
    """When everything is taken if cases are opened and closed on as in the window; a day, to be told as a month."""
    if not free:
        return Forecast(Outlook.FULL)
    if opened < FEWEST_OPENINGS:
        return Forecast(Outlook.TOO_FEW)
    if opened <= closed:
        return Forecast(Outlook.UNFORESEEABLE)
    days = math.ceil(free * WINDOW.days / (opened - closed))
    if days > HORIZON.days:
        return Forecast(Outlook.UNFORESEEABLE)
    return Forecast(Outlook.DATED, today + timedelta(days=days))


@dataclass(frozen=True)
class Row:
    name: str
    load: Load
    forecast: Forecast
    bar: float
    waiting: int = 0

    @property
    def is_full(self) -> bool:
        return self.forecast.outlook == Outlook.FULL


@dataclass(frozen=True)
class LanguageRow:
    spoken: Spoken
    free: str  # a number, or a word where so few speak it that it would be somebody's


def page(today: date) -> dict[str, Any]:
    city = city_load(today)
    districts = [
        _row(load, load.name or _("stadtweit"), today, city.waiting.get(load.key, 0) if load.key != CITYWIDE else 0)
        for load in city.districts
    ]
    providers = [_row(load, load.name, today) for load in city.providers]
    return {
        "today": today,
        "since": today - WINDOW + timedelta(days=1),
        "weeks": WINDOW.days // 7,
        "fewest": FEWEST_OPENINGS,
        "total": _row(city.total, _("ganz Köln"), today),
        "waiting": sum(city.waiting.values()),
        "waiting_elsewhere": city.waiting.get(CITYWIDE, 0),
        "districts": districts,
        "providers": providers,
        "tracks": [_row(load, load.name, today) for load in city.tracks],
        "asked": [LanguageRow(spoken, _free(spoken)) for spoken in city.languages if spoken.waiting],
        "not_asked": [LanguageRow(spoken, _free(spoken)) for spoken in city.languages if not spoken.waiting],
        "specialised": city.specialised,
        "sentences": [*_about_languages(city.languages), *_about_places(districts, providers)],
    }


def _row(load: Load, name: str, today: date, waiting: int = 0) -> Row:
    outlook = forecast(load.free, load.opened, load.closed, today)
    return Row(name, load, outlook, charts.bar_length(min(load.taken, load.places), load.places), waiting)


def _free(spoken: Spoken) -> str:
    if not spoken.staff:
        return "–"
    return str(spoken.free) if spoken.staff >= ENOUGH_STAFF else free_word(spoken)


def _about_languages(languages: Iterable[Spoken]) -> Iterable[str]:
    missing = [spoken for spoken in languages if spoken.is_missing]
    if missing:
        named = ", ".join(f"{spoken.name} ({spoken.waiting})" for spoken in missing)
        yield _("Keine freie Person spricht, in Klammern die wartenden Anfragen: %(languages)s.") % {"languages": named}


def _about_places(districts: list[Row], providers: list[Row]) -> Iterable[str]:
    """Who is full, then who will be, the next ones first and those of a month together."""
    own = [row for row in districts if row.load.key != CITYWIDE]
    for text, rows in (
        (_("Schon voll, nach Stadtbezirk: %(names)s."), own),
        (_("Schon voll, nach Träger: %(names)s."), providers),
    ):
        if full := [row.name for row in rows if row.is_full]:
            yield text % {"names": ", ".join(full)}
    named = [(_("Stadtbezirk %(name)s") % {"name": row.name}, row.forecast) for row in own]
    named += [(row.name, row.forecast) for row in providers]
    dated = sorted((each.full_on, name, each.month) for name, each in named if each.full_on)
    for month, group in groupby(dated, key=lambda row: row[2]):
        names = ", ".join(name for _day, name, _month in group)
        yield _("Bei gleichbleibendem Zugang etwa im %(month)s voll: %(name)s.") % {"month": month, "name": names}
