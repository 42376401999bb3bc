"""A list on its way in: taking it up, naming its columns, checking and correcting its rows."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.lists.checking import Checked, Checker, Plan, sentences
from cases.lists.columns import guess, headings_among, is_special, signature
from cases.lists.people import known_people, person_of
from cases.lists.reading import Line, Sheet, read_list
from cases.models import ImportRow, ListImport
from cases.workload import able_colleagues
from districts.models import CaseManager, Provider, Track
from kim.audit.models import record
from kim.permissions import Permission, may
from kim.records import NOT_YOUR_FORM
from kim.users.models import User

SHOWN_LINES = 15
LONGEST_SHOWN = 60
CHUNK = 500  # rows checked in one request, well under a second
STORED = 200  # rows in one statement
Status = ListImport.Status
State = ImportRow.State


def start_import(content: bytes, *, sheet: str, form_key: UUID, by: User) -> ListImport:
    """Read a file and keep its rows. Returns the first result of the same form; raises ValidationError."""
    provider = Provider.objects.of(by).get()
    new = ListImport(created_by=by, provider=provider, form_key=form_key)
    if first := new.first_result(by):
        return first
    new.digest = hashlib.sha256(content).hexdigest()
    refuse_read_today(new)
    found = read_list(content, sheet=sheet)
    special = _drop_special(found.lines)
    _describe(new, found, special)
    try:
        return _keep(new, found.lines, by)
    except IntegrityError:
        if first := new.first_result(by):
            return first
        raise ValidationError(NOT_YOUR_FORM) from None


@transaction.atomic
def _keep(new: ListImport, lines: Sequence[Line], by: User) -> ListImport:
    new.save(force_insert=True)
    rows = []
    for line in lines:
        row = ImportRow(list_import=new, position=line.position)
        row.keep(cells=line.cells, marks={str(column): mark for column, mark in line.marks.items()})
        rows.append(row)
    ImportRow.objects.bulk_create(rows, batch_size=STORED)
    record("list.started", by=by, subject=new, rows=len(rows))
    return new


def refuse_read_today(new: ListImport) -> None:
    """The same file at the same Träger on the same day is read once; the database holds it to that as well."""
    today = timezone.localdate()
    twin = ListImport.objects.filter(
        provider=new.provider, digest=new.digest, status=Status.IMPORTED, imported_on=today
    ).select_related("created_by").first()  # fmt: skip
    if twin and twin.imported_at:
        message = _("Diese Datei ist heute schon eingelesen worden: um %(time)s Uhr von %(name)s.")
        time = f"{timezone.localtime(twin.imported_at):%H:%M}"
        raise ValidationError(message % {"time": time, "name": twin.created_by.name}, "read_today")


def _drop_special(lines: Sequence[Line]) -> list[str]:
    """Empty what a heading announces as data of Art. 9 before anything is kept; returns the headings."""
    beginning = lines[:SHOWN_LINES]
    dropped = {
        column: text
        for line in beginning if line.position in headings_among(lines)
        for column, text in enumerate(line.cells) if text and is_special(text)
    }  # fmt: skip
    for line in lines:
        for column in dropped:
            if column < len(line.cells):
                line.cells[column] = ""
            line.marks.pop(column, None)
    return [text[:LONGEST_SHOWN] for text in dropped.values()]


def _describe(new: ListImport, found: Sheet, special: Sequence[str]) -> None:
    likely = headings_among(found.lines)
    beginning = {
        "rows": [[line.position, [text[:LONGEST_SHOWN] for text in line.cells]] for line in found.lines[:SHOWN_LINES]],
        "likely": likely,
        "sheet": found.name[:LONGEST_SHOWN],
        "others": found.others,
        "special": list(special),
        "starts_1904": found.starts_1904,
    }
    new.header = json.dumps(beginning)
    new.header_row = likely[0]
    new.row_count = len(found.lines)
    new.signature = signature(new.headings)


def set_header_row(list_import: ListImport, *, position: int) -> None:
    """Another row holds the headings; the columns are guessed anew."""
    headings = dict(list_import.beginning["rows"])[position]
    list_import.claim(Status.MAPPING, header_row=position, signature=signature(headings), mapping={})


def suggested_mapping(list_import: ListImport, allowed: Iterable[str]) -> dict[str, int]:
    """What was chosen for this list; else at this Träger for the same headings; else what the headings suggest."""
    if list_import.mapping:
        return dict(list_import.mapping)
    allowed = set(allowed)
    same = ListImport.objects.filter(provider=list_import.provider, signature=list_import.signature)
    remembered = same.exclude(mapping={}).order_by("-changed_at").values_list("mapping", flat=True).first()
    if remembered:
        return {name: column for name, column in remembered.items() if name in allowed}
    headings = list_import.headings
    samples = [cells for position, cells in list_import.beginning["rows"] if position > list_import.header_row]
    found = guess(headings, samples, allowed=allowed)
    return {name: column for name, column in found.items() if not is_special(headings[column])}


@transaction.atomic
def map_columns(
    list_import: ListImport,
    *,
    mapping: Mapping[str, int],
    case_manager: CaseManager | None,
    track: Track | None,
    by: User,
) -> None:
    """Fix what each column means and check every row anew; corrections stay. A case manager is always responsible."""
    if not may(by, Permission.LEAD_TEAM):
        case_manager = responsible_staff(by).get()
    list_import.claim(
        *ListImport.UNFINISHED,
        status=Status.CHECKING,
        mapping=dict(mapping),
        case_manager=case_manager,
        track=track,
    )
    rows = list_import.rows.all()
    rows.filter(position__lte=list_import.header_row).update(state=State.HEADING)
    rows.filter(position__gt=list_import.header_row).update(state=State.WAITING)


# --- Checking


def plan_for(list_import: ListImport, user: User) -> Plan:
    return Plan(
        user=user,
        staff=tuple(responsible_staff(user).prefetch_related("tracks")),
        case_manager=list_import.case_manager,
        track=list_import.track,
        starts_1904=list_import.beginning.get("starts_1904", False),
        mapped=frozenset(list_import.mapping),
    )


def responsible_staff(user: User) -> QuerySet[CaseManager]:
    """On whose desk the user may lay cases: a lead on everybody's at the Träger, a case manager on the own."""
    if may(user, Permission.LEAD_TEAM):
        return able_colleagues(user)
    return CaseManager.objects.filter(user=user).with_load()


def values_of(row: ImportRow, mapping: Mapping[str, int]) -> tuple[dict[str, str], dict[str, str]]:
    """What a row says by now, column of ours -> text, and where the file could not be read."""
    parts = row.parts
    cells, fixed = parts["cells"], parts["fixed"]
    texts = {name: cells[column] if column < len(cells) else "" for name, column in mapping.items()}
    marks = {name: parts["marks"].get(str(column), "") for name, column in mapping.items() if name not in fixed}
    return texts | fixed, marks


def checked_row(row: ImportRow, list_import: ListImport, checker: Checker) -> Checked:
    texts, marks = values_of(row, list_import.mapping)
    return checker.check(texts, marks)


@transaction.atomic
def check_chunk(list_import: ListImport, *, by: User) -> int:
    """Check the next rows; returns how many still wait. Whoever calls it again goes on where it stopped."""
    list_import.claim(Status.CHECKING)
    rows = list(list_import.rows.waiting().order_by("position")[:CHUNK])
    _check(rows, list_import, Checker(plan_for(list_import, by)), by)
    _store(rows, "content", "state", "faults", "name_print", "phone_print", "known", "case_manager", "twin")
    left = list_import.rows.waiting().count()
    if not left:
        _finish_checking(list_import, by)
    return left


def _check(rows: Sequence[ImportRow], list_import: ListImport, checker: Checker, by: User) -> None:
    special = [column for column, heading in enumerate(list_import.headings) if is_special(heading)]
    people = []
    for row in rows:
        _forget(row, special)
        checked = checked_row(row, list_import, checker)
        person = person_of(checked)
        row.keep(**row.parts | {"said": list(sentences(checked))})
        row.faults, row.twin = checked.codes, None
        row.name_print, row.phone_print = person.name_print, person.phone_print
        row.case_manager_id = checked.case.case_manager_id
        people.append(person)
    for row, known in zip(rows, known_people(people, user=by), strict=True):
        row.known = known.as_json()
        row.settle()


def _forget(row: ImportRow, columns: Sequence[int]) -> None:
    if columns:
        parts = row.parts
        parts["cells"] = ["" if number in columns else text for number, text in enumerate(parts["cells"])]
        row.keep(**parts)


def _store(rows: Sequence[ImportRow], *fields: str) -> None:
    """Many rows in few statements; an UPDATE with a CASE for each column takes five times as long."""
    ImportRow.objects.bulk_create(
        rows, batch_size=STORED, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


def _finish_checking(list_import: ListImport, by: User) -> None:
    find_twins(list_import)
    list_import.claim(Status.CHECKING, status=Status.READY)
    _note_hints(list_import, list_import.rows.exclude(known={}).values_list("known", flat=True), by)


def _note_hints(list_import: ListImport, known: Iterable[Mapping[str, Any]], by: User) -> None:
    """As with the search for one person: the log keeps that somebody was told of a case they may not see."""
    if any(each.get("colleagues") or each.get("was_own") for each in known):
        record("client.searched", by=by, organisation=list_import.provider.code)


def find_twins(list_import: ListImport, prints: Iterable[str] | None = None) -> None:
    """Say of every row which earlier one names the same person or telephone; of all, or of those with these prints."""
    rows = list_import.rows.exclude(state__in=(State.HEADING, State.WAITING)).order_by("position")
    if prints is not None:
        wanted = set(prints) - {""}
        rows = rows.filter(Q(name_print__in=wanted) | Q(phone_print__in=wanted))
    first: dict[str, int] = {}
    changed: list[ImportRow] = []
    for row in rows.defer("content"):
        own = [found for found in (row.name_print, row.phone_print) if found]
        twin = min((first[found] for found in own if found in first), default=None)
        for found in own:
            first.setdefault(found, row.position)
        if twin != row.twin:
            row.twin = twin
            row.settle()
            changed.append(row)
    ImportRow.objects.bulk_update(changed, ["twin", "state"], batch_size=STORED)


# --- Correcting


@transaction.atomic
def correct_row(row: ImportRow, *, list_import: ListImport, fixed: Mapping[str, str], by: User) -> ImportRow:
    """Keep what was typed for a row and check it again; faults that are left are stored with it."""
    list_import.claim(Status.READY)
    parts, before = row.parts, {row.name_print, row.phone_print}
    original, marks = values_of(row, list_import.mapping)
    changes = {name: text for name, text in fixed.items() if text != original.get(name, "") or marks.get(name)}
    row.keep(**parts | {"fixed": parts["fixed"] | changes})
    checker = Checker(plan_for(list_import, by))
    if row.decision == ImportRow.Decision.LEAVE_OUT:
        row.decision = ImportRow.Decision.OPEN
    _check([row], list_import, checker, by)
    row.save()
    find_twins(list_import, before | {row.name_print, row.phone_print})
    row.refresh_from_db()
    _note_hints(list_import, [row.known], by)
    return row


@transaction.atomic
def decide(rows: QuerySet[ImportRow], decision: str, *, list_import: ListImport) -> int:
    """Leave rows out, take them although somebody like this is known, or open the question again."""
    list_import.claim(Status.READY)
    decided = list(rows.filter(list_import=list_import).exclude(state=State.HEADING).defer("content"))
    by_state: dict[str, list[UUID]] = defaultdict(list)
    for row in decided:
        row.decision = decision
        row.settle()
        by_state[row.state].append(row.pk)
    for state, keys in by_state.items():
        for start in range(0, len(keys), CHUNK):
            ImportRow.objects.filter(pk__in=keys[start : start + CHUNK]).update(decision=decision, state=state)
    return len(decided)


@transaction.atomic
def discard(list_import: ListImport, *, by: User) -> None:
    """Throw a list away that is not imported, with all its rows."""
    list_import.claim(*ListImport.UNFINISHED)
    list_import.rows.all().delete()
    ListImport.objects.filter(pk=list_import.pk).delete()
    record("list.discarded", by=by, subject=list_import)


def preview(list_import: ListImport) -> list[dict[str, Any]]:
    """Open cases of each case manager before and after, for those the list brings any."""
    rows = list_import.rows.good().order_by().values_list("case_manager", "pk")
    added: dict[int, int] = defaultdict(int)
    for case_manager, _pk in rows:
        added[case_manager] += 1
    staff = CaseManager.objects.with_load().filter(pk__in=added)
    return [
        {"case_manager": row, "before": row.open_cases, "after": row.open_cases + added[row.pk],
         "is_over": row.open_cases + added[row.pk] > row.capacity}
        for row in staff
    ]  # fmt: skip
