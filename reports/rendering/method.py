"""What a reader must know to use the numbers: how they were counted, rounded and checked, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from kim.privacy.rounding import BASE, PROTECTED_BASE, SMALLEST_POPULATION, SMALLEST_SHARE_BASE
from reports.models import Report
from reports.rendering.shapes import Fact
from reports.tables import PublishedTable


def method(report: Report, before: Report | None, tables: Mapping[str, PublishedTable]) -> tuple[Fact, ...]:
    days = {"start": _day(report.starts_on), "end": _day(report.ends_on), "cut_off": _day(report.cut_off)}
    facts = [
        Fact(_("Zeitraum"), _("%(start)s bis %(end)s, beide Tage eingeschlossen.") % days),
        Fact(
            _("Stichtag"),
            _(
                "Gezählt ist, was bis zum %(cut_off)s eingetragen war. Was über das letzte Quartal des Zeitraums "
                "danach eingetragen wird, zählt im folgenden Zeitraum, wenn es bis zu dessen Stichtag da ist; alles "
                "noch Spätere zählt nur im Bestand. Der Bericht wird nicht neu gerechnet."
            )
            % days,
        ),
        Fact(
            _("Personen und Beratungen"),
            _(
                "Eine Person zählt je Zeitraum und Tabelle einmal, auch wenn mehrere Träger sie beraten haben. "
                "Erkannt wird sie an Name und Geburtsdatum; unter einem Pseudonym oder ohne Geburtsdatum zählt sie bei "
                "jedem Träger. Wer ohne Namen beraten wurde, zählt nur als Beratung. Beratungen sind Kontakte mit der "
                "Person; nicht wahrgenommene Termine und Fallkonferenzen zählen nicht."
            ),
        ),
        Fact(
            _("Ort und Merkmale"),
            _(
                "Beratungen stehen in dem Stadtbezirk, mit dem sie eingetragen wurden, Fälle in dem, den sie am Tag "
                "der Zählung hatten; ebenso die Art der Hilfe. Merkmale einer Person sind die ihres neuesten Falls mit "
                "einer Beratung im Zeitraum, das Alter ist das am Beginn dieses Falls."
            ),
        ),
        Fact(
            _("Art der Hilfe"),
            _(
                "Personen stehen nach Verweisberatung, Kurzberatung und Case Management da, Fälle in zwei Arten: "
                "Beratung (Verweisberatung und Kurzberatung zusammen) und Case Management. Bestand, neue und "
                "abgeschlossene Fälle hängen über die Zeiträume zusammen; in drei Arten ließe sich öfter auf Einzelne "
                "schließen, und mehr Zahlen müssten fehlen."
            ),
        ),
        Fact(
            _("Mehrere Angaben"),
            _(
                "Wo mehrere Angaben möglich sind (Themen, Sprachen, Stadtbezirke nach einem Umzug), steht eine Person "
                "in mehreren Zeilen; die Zeilen ergeben zusammen mehr als die Summe."
            ),
        ),
        Fact(
            _("Rundung"),
            _(
                "Jede Zahl und jede Summe ist für sich auf %(base)s gerundet, bei spezialisierten Angeboten auf "
                "%(protected)s; 0 kann deshalb auch wenige bedeuten. Gerundete Zahlen ergeben zusammen nicht immer die "
                "gerundete Summe. Anteile stehen erst ab %(share)s da; Änderungen sind Unterschiede gerundeter Zahlen."
            )
            % {"base": BASE, "protected": PROTECTED_BASE, "share": SMALLEST_SHARE_BASE},
        ),
        Fact(
            _("Nicht veröffentlicht"),
            _(
                "Eine Tabelle über weniger als %(floor)s Personen oder Fälle fehlt, ebenso eine Aufgliederung, aus der "
                "auf einzelne Personen geschlossen werden könnte. „–“ steht für eine Zahl, die fehlt."
            )
            % {"floor": SMALLEST_POPULATION},
        ),
        Fact(
            _("Geschützte Angebote"),
            _(
                "Angebote, die etwas über Gesundheit oder sexuelle Orientierung verraten, sind nur in der Tabelle "
                "„Spezialisierte Angebote“ enthalten, für ganz Köln."
            ),
        ),
        Fact(_("Erfasst"), _coverage(report, tables)),
    ]
    if report.figures.get("population"):
        facts.append(
            Fact(
                _("Einwohner*innen"),
                _(
                    "Wie viele Menschen von 18 bis 27 Jahren in Köln leben, ist geschätzt: alle von 18 bis 24 und drei "
                    "Zehntel derer von 25 bis 34 Jahren. Für genau diese Jahre veröffentlicht die Stadt keine Zahl."
                ),
            )
        )
    if report.signals:
        facts.append(
            Fact(
                _("Was auffällt"),
                _(
                    "Genannt ist, was nach oben stärker abweicht, als der Zufall erklärt: exakter Test nach Fisher, "
                    "bei Wartezeiten ein Rangtest, alle Vergleiche zusammen nach Holm auf 5 % Irrtum gestellt."
                ),
            )
        )
    if before:
        words = {"period": before.label, "version": before.version}
        facts.append(Fact(_("Vergleich"), _("Mit dem Bericht %(period)s, Fassung %(version)s.") % words))
    if report.reason:
        facts.append(Fact(_("Grund der neuen Fassung"), report.reason))
    facts.append(Fact(_("Fassung"), _edition(report)))
    facts.append(Fact(_("Prüfsumme"), report.checksum))
    return tuple(facts)


def sources(report: Report, population: Mapping[str, Any]) -> tuple[str, ...]:
    found = [_("KIM Köln: Aufzeichnungen der Fallmanager*innen der beteiligten Träger.")]
    if population:
        words = {"source": population["source"], "year": population["year"]}
        found.append(_("Einwohner*innen von 18 bis 27 Jahren, %(year)s, geschätzt aus: %(source)s.") % words)
    found.append(_("Karte: Geometrie der Stadtbezirke, Stadt Köln, CC BY 3.0 DE, vereinfacht."))
    return tuple(found)


def _coverage(report: Report, tables: Mapping[str, PublishedTable]) -> str:
    posts = sum(float(number) for number in report.figures.get("posts", {}).values())
    providers = len(tables["providers"].rows) if "providers" in tables else 0
    words = {"providers": providers, "posts": number_format(f"{posts:g}")}
    return _("%(providers)s Träger mit zusammen %(posts)s Stellen am Tag der Zählung.") % words


def _edition(report: Report) -> str:
    words = {
        "version": report.version,
        "day": _day(timezone.localtime(report.frozen_at)),
        "catalogue": report.catalogue_version,
        "program": report.program_version,
    }
    return (
        _(
            "Fassung %(version)s, festgeschrieben am %(day)s; Katalog der Tabellen %(catalogue)s, "
            "Zählregeln %(program)s."
        )
        % words
    )


def _day(day: Any) -> str:
    return date_format(day, "d.m.Y")
