"""The findings of a report: what they are about, what was decided, what is done, whether it helped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from districts.models import Barrier
from kim.text import label_of
from reports.models import Decision, Finding, Measure, Report
from reports.models.conference import Body
from reports.publishing import shown
from reports.rendering.shapes import Column, FindingLine, Findings, Kind, MeasureLine, RenderedTable, Row, Value


def findings(report: Report) -> Findings | None:
    """None where the report keeps none."""
    lines = tuple(_line(stored) for stored in report.figures.get("findings", ()))
    if not lines:
        return None
    day = date_format(timezone.localtime(report.frozen_at), "d.m.Y")
    note = _(
        "Offene Bedarfe und solche, die seit Beginn des Zeitraums abgeschlossen wurden, mit ihrem Stand vom %(day)s. "
        "Wie viele Beobachtungen von wie vielen Trägern dahinterstehen, ist auf 5 gerundet und steht erst ab 5 da."
    ) % {"day": day}
    return Findings(lines, note, _table(lines, note))


def _seen(seen: int | None, providers: int | None) -> str:
    if seen is None:
        return ""
    if providers is None:
        return _("%(seen)s Beobachtungen") % {"seen": shown(seen)}
    return _("%(seen)s Beobachtungen von %(providers)s Trägern") % {"seen": shown(seen), "providers": shown(providers)}


def _line(stored: Mapping[str, Any]) -> FindingLine:
    decision = stored["decision"]
    return FindingLine(
        number=stored["number"],
        title=stored["title"],
        topics=", ".join(_name(*names) for _code, *names in stored["topics"]),
        barrier=label_of(Barrier, stored["barrier"]) if stored["barrier"] else _("noch offen"),
        districts=", ".join(name for _number, name in stored["districts"]) or _("ganz Köln"),
        observations=Value(stored["observations"], shown(stored["observations"])),
        providers=Value(stored["providers"], shown(stored["providers"])),
        seen=_seen(stored["observations"], stored["providers"]),
        status=label_of(Finding.Status, stored["status"]),
        is_open=stored["status"] in Finding.OPEN,
        decision=str(Decision.STEP_WORDS[decision["step"]]) if decision else "",
        body=label_of(Body, decision["body"]) if decision else "",
        decided_on=_day(decision["on"]) if decision else "",
        measures=tuple(_measure(each) for each in stored["measures"]),
    )


def _measure(stored: Mapping[str, str]) -> MeasureLine:
    return MeasureLine(
        text=stored["text"],
        owner=stored["owner"],
        due_on=_day(stored["due_on"]),
        status=label_of(Measure.Status, stored["status"]),
        verdict=label_of(Measure.Verdict, stored["verdict"]) if stored["verdict"] else "",
    )


def _name(german: str, english: str) -> str:
    return english if get_language() == "en" and english else german


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "d.m.Y")


# --- For the files: a row for each measure, what is about the finding in each of them


def _table(lines: Sequence[FindingLine], note: str) -> RenderedTable:
    columns = (
        Column("title", _("Bedarf"), Kind.TEXT),
        Column("topics", _("Themen"), Kind.TEXT),
        Column("barrier", _("Hürde"), Kind.TEXT),
        Column("districts", _("Stadtbezirke"), Kind.TEXT),
        Column("observations", _("Beobachtungen"), Kind.COUNT),
        Column("providers", _("Träger"), Kind.COUNT),
        Column("status", _("Stand"), Kind.TEXT),
        Column("decision", _("Zuletzt beschlossen"), Kind.TEXT),
        Column("body", _("Gremium"), Kind.TEXT),
        Column("decided_on", _("Beschlossen am"), Kind.TEXT),
        Column("measure", _("Maßnahme"), Kind.TEXT),
        Column("owner", _("Zuständig"), Kind.TEXT),
        Column("due_on", _("Frist"), Kind.TEXT),
        Column("measure_status", _("Stand der Maßnahme"), Kind.TEXT),
        Column("verdict", _("Hat es geholfen?"), Kind.TEXT),
    )
    return RenderedTable(
        key="findings",
        title=_("Bedarfe und Maßnahmen"),
        head=_("Nummer"),
        columns=columns,
        rows=tuple(row for line in lines for row in _rows(line)),
        note=note,
    )


def _rows(line: FindingLine) -> Iterator[Row]:
    about = map(_text, (line.title, line.topics, line.barrier, line.districts))
    stand = map(_text, (line.status, line.decision, line.body, line.decided_on))
    first = (*about, line.observations, line.providers, *stand)
    for each in line.measures or (MeasureLine("", "", "", "", ""),):
        done = map(_text, (each.text, each.owner, each.due_on, each.status, each.verdict))
        yield Row(line.number, line.number, (*first, *done))


def _text(text: str) -> Value:
    return Value(None, text)
