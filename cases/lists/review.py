"""A row of a list as somebody looks at it: who it is, what is wrong where, who it may be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext as _

from cases.lists.checking import label_of
from cases.lists.reading import letter
from cases.models import ImportRow
from districts.models import CaseManager

TELLING = ("case_manager", "opened_on", "service_level", "languages", "quarter", "district", "phone", "email")
NAME_ORDER = ("full_name", "given_names", "family_name", "pseudonym")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell, and where Excel shows it."""

    column: str  # the letter; "" where the list has no such column
    label: str
    written: str
    sentence: str


@dataclass
class ShownRow:
    row: ImportRow
    name: str
    birth_date: str
    details: list[tuple[str, str]] = field(default_factory=list)  # label, text
    faults: list[Fault] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)  # numbers of cases somebody like this has


def texts_of(row: ImportRow, mapping: Mapping[str, int]) -> dict[str, str]:
    """Column of ours -> what the row says by now."""
    parts = row.parts
    cells = parts["cells"]
    return {name: cells[column] if column < len(cells) else "" for name, column in mapping.items()} | parts["fixed"]


def shown_rows(rows: Sequence[ImportRow], mapping: Mapping[str, int]) -> list[ShownRow]:
    asked = {pk for row in rows for pk in row.known.get("colleagues", ())}
    people = CaseManager.objects.filter(pk__in=asked).values_list("pk", "user__name") if asked else ()
    colleagues = dict(people)
    return [_shown(row, mapping, colleagues) for row in rows]


def _shown(row: ImportRow, mapping: Mapping[str, int], colleagues: Mapping[int, str]) -> ShownRow:
    texts = texts_of(row, mapping)
    name = " ".join(texts[part] for part in NAME_ORDER if texts.get(part))
    shown = ShownRow(row, name[:80], texts.get("birth_date", "")[:40])
    shown.details = [(label_of(each), texts[each][:40]) for each in TELLING if texts.get(each)][:4]
    shown.faults = [_fault(column, sentence, texts, mapping) for column, sentence in row.parts["said"]]
    shown.cases = list(row.known.get("cases", ()))
    shown.hints = list(_hints(row, colleagues))
    return shown


def _fault(name: str, sentence: str, texts: Mapping[str, str], mapping: Mapping[str, int]) -> Fault:
    where = letter(mapping[name]) if name in mapping else ""
    label = "" if name == NON_FIELD_ERRORS else label_of(name)
    return Fault(where, label, texts.get(name, "")[:60], sentence)


def _hints(row: ImportRow, colleagues: Mapping[int, str]) -> Iterable[str]:
    if row.twin:
        yield _("Gleicher Name mit Geburtsdatum oder gleiche Telefonnummer wie in Zeile %(row)s.") % {"row": row.twin}
    if row.known.get("was_own"):
        yield _("Diese Person war schon einmal bei Ihnen. Die Teamleitung kann den Fall wieder öffnen.")
    for pk in row.known.get("colleagues", ()):
        sentence = _("Eine Person mit diesem Namen und Geburtsdatum ist schon bekannt. Bitte %(name)s ansprechen.")
        yield sentence % {"name": colleagues.get(pk, _("die Teamleitung"))}
