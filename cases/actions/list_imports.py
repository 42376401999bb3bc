"""A checked list becomes people and cases, all or nothing, and can be taken back on the same day."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions.lists import STORED, checked_row, plan_for, refuse_read_today
from cases.actions.notices import notify
from cases.lists.checking import Checked, Checker, sentences
from cases.models import Case, Client, Consent, ImportRow, ListImport, Notice
from cases.numbers import new_number
from kim.audit.models import record
from kim.users.models import User

ASKED_AT_ONCE = 500  # keys in one question
NAMED = 10  # cases named in a refusal
Status = ListImport.Status


def import_list(list_import: ListImport, *, by: User) -> int:
    """Open a case for every good row, in one transaction. Raises ValidationError, and then nothing has happened.

    Of two clicks, and of two imports of the same file on the same day, one wins; the other reads why.
    """
    try:
        with transaction.atomic():
            now = timezone.now()
            changes = {"status": Status.IMPORTED, "imported_at": now, "imported_on": timezone.localdate(now)}
            list_import.claim(Status.READY, **changes)
            return _open_cases(list_import, by)
    except IntegrityError:
        refuse_read_today(list_import)
        raise ValidationError(_("Das hat gerade nicht geklappt, nichts ist eingelesen. Bitte noch einmal.")) from None


def _open_cases(list_import: ListImport, by: User) -> int:
    if list_import.rows.waiting().exists() or list_import.rows.unsettled().exists():
        raise ValidationError(_("Es gibt noch Zeilen mit Fehlern oder offenen Fragen."))
    rows = list(list_import.rows.good().order_by("position"))
    if not rows:
        raise ValidationError(_("In dieser Liste ist keine Zeile, die eingelesen werden kann."))
    found = _checked_again(rows, list_import, by)
    _save(found)
    for row, checked in zip(rows, found, strict=True):
        row.client, row.case, row.consents = checked.client, checked.case, int(checked.consent is not None)
        row.state, row.content = ImportRow.State.IMPORTED, ""
    ImportRow.objects.bulk_create(
        rows, batch_size=STORED, update_conflicts=True, unique_fields=["id"],
        update_fields=["client", "case", "consents", "state", "content"],
    )  # fmt: skip
    left_out = list_import.rows.filter(state=ImportRow.State.LEFT_OUT).count()
    ListImport.objects.filter(pk=list_import.pk).update(case_count=len(rows), left_out_count=left_out, header="")
    receivers = {checked.case.case_manager.user for checked in found}
    notify(receivers, Notice.Kind.CASE_RECEIVED, path=reverse("cases:list"), by=by)
    consents = sum(row.consents for row in rows)
    record("list.imported", by=by, subject=list_import, cases=len(rows), consents=consents, left_out=left_out)
    return len(rows)


def _checked_again(rows: Sequence[ImportRow], list_import: ListImport, by: User) -> list[Checked]:
    """Days have passed, colleagues have changed: the rules are asked once more, in the same transaction."""
    checker = Checker(plan_for(list_import, by))
    found = []
    for row in rows:
        checked = checked_row(row, list_import, checker)
        if checked.faults:
            _name, sentence = next(iter(sentences(checked)))
            message = _("Zeile %(row)s ist nicht mehr in Ordnung: %(sentence)s Bitte die Liste neu prüfen.")
            raise ValidationError(message % {"row": row.position, "sentence": sentence})
        found.append(checked)
    return found


def _save(found: Sequence[Checked]) -> None:
    """All records of all rows; the same columns as one by one."""
    for checked, number in zip(found, _new_numbers(len(found)), strict=True):
        checked.client.fill_search_columns()
        checked.case.number = number
        checked.case.client = checked.client
    Client.objects.bulk_create((checked.client for checked in found), batch_size=STORED)
    Case.objects.bulk_create((checked.case for checked in found), batch_size=STORED)
    for checked in found:
        if checked.consent:
            checked.consent.client = checked.client
    Consent.objects.bulk_create((checked.consent for checked in found if checked.consent), batch_size=STORED)
    _relate(Client.languages.through, "language_id", ((row.client.pk, row.languages) for row in found), "client_id")
    _relate(
        Client.nationalities.through, "country_id", ((row.client.pk, row.nationalities) for row in found), "client_id"
    )
    _relate(Case.topics.through, "topic_id", ((row.case.pk, row.topics) for row in found), "case_id")


def _relate(through: type[models.Model], far: str, pairs: Iterable[tuple[int, Sequence[object]]], near: str) -> None:
    links = [through(**{near: pk, far: key}) for pk, keys in pairs for key in dict.fromkeys(keys)]
    through._default_manager.bulk_create(links, batch_size=STORED)


def _new_numbers(count: int) -> list[str]:
    """Numbers nobody has. Among ten thousand at once two are often the same: there are 33 million."""
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        fresh = [number for number in {new_number() for _n in range(count - len(numbers))} if number not in numbers]
        for start in range(0, len(fresh), ASKED_AT_ONCE):
            some = fresh[start : start + ASKED_AT_ONCE]
            taken = set(Case.objects.filter(number__in=some).values_list("number", flat=True))
            numbers |= dict.fromkeys(number for number in some if number not in taken)
    return list(numbers)


# --- Undoing


def undo_import(list_import: ListImport, *, by: User) -> int:
    """Delete exactly what the import has made, on the same day and while nobody has worked on it. All or nothing."""
    if not list_import.can_be_undone and list_import.status == Status.IMPORTED:
        raise ValidationError(_("Rückgängig machen geht nur am Tag des Einlesens."))
    try:
        with transaction.atomic():
            return _delete_cases(list_import, by)
    except IntegrityError:
        message = _("In diesem Augenblick arbeitet jemand mit einem der Fälle. Nichts ist gelöscht.")
        raise ValidationError(message) from None


def _delete_cases(list_import: ListImport, by: User) -> int:
    list_import.claim(Status.IMPORTED, status=Status.UNDONE)
    rows = list(list_import.rows.filter(state=ImportRow.State.IMPORTED).defer("content"))
    cases = [row.case_id for row in rows if row.case_id]
    clients = [row.client_id for row in rows if row.client_id]
    _lock(cases)
    if touched := touched_cases(rows):
        numbers = ", ".join(touched[:NAMED]) + (" …" if len(touched) > NAMED else "")
        message = _("In %(count)s dieser Fälle ist seither gearbeitet worden: %(numbers)s. Nichts ist gelöscht.")
        raise ValidationError(message % {"count": len(touched), "numbers": numbers})
    list_import.rows.all().delete()
    for keys in _parts(cases):
        Case.objects.filter(pk__in=keys).delete()
    for keys in _parts(clients):
        Client.objects.filter(pk__in=keys).delete()
    record("list.undone", by=by, subject=list_import, cases=len(cases))
    return len(cases)


def _lock(cases: Sequence[int]) -> None:
    """Nobody adds to a case between the look and the deletion; SQLite has one writer anyway."""
    for keys in _parts(cases):
        list(Case.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))


def touched_cases(rows: Sequence[ImportRow]) -> list[str]:
    """Numbers of cases that are not as the import made them: changed, gone, or with anything added to them."""
    number_of = {row.case_id: "" for row in rows if row.case_id}
    client_of = {row.client_id: row.case_id for row in rows if row.client_id and row.case_id}
    touched: set[int] = set()
    for keys in _parts(list(number_of)):
        for pk, number, version in Case.objects.filter(pk__in=keys).values_list("pk", "number", "version"):
            number_of[pk] = number
            if version != 1:
                touched.add(pk)
        touched |= _with_parts(Case, keys, leave_out={ImportRow, Notice})
    for keys in _parts(list(client_of)):
        changed = Client.objects.filter(pk__in=keys).exclude(version=1).values_list("pk", flat=True)
        with_more = _with_parts(Client, keys, leave_out={ImportRow, Case, Consent})
        others = Case.objects.filter(client__in=keys).exclude(pk__in=[client_of[key] for key in keys])
        with_more |= {*changed, *others.values_list("client", flat=True)}
        touched |= {client_of[pk] for pk in with_more}
    touched |= {client_of[pk] for pk in _consents_changed(rows) if pk in client_of}
    missing = sum(row.case_id is None or row.client_id is None for row in rows)
    return sorted(number_of[pk] for pk in touched) + ["–"] * missing


def _with_parts(model: type[models.Model], keys: Sequence[int], *, leave_out: set[type[models.Model]]) -> set[int]:
    """Which of these records something points at, whatever it is: what comes with a later release counts as well."""
    found: set[int] = set()
    for relation in model._meta.related_objects:
        if relation.many_to_many or relation.related_model in leave_out:
            continue
        name = relation.field.name
        pointing = relation.related_model._base_manager.filter(**{f"{name}__in": keys})
        found |= set(pointing.values_list(name, flat=True))
    return found


def _consents_changed(rows: Sequence[ImportRow]) -> set[int]:
    """Clients whose consents are not those of the list: withdrawn, added, or gone."""
    expected = {row.client_id: row.consents for row in rows if row.client_id}
    counted = dict.fromkeys(expected, 0)
    changed: set[int] = set()
    for keys in _parts(list(expected)):
        for pk, withdrawn_on in Consent.objects.filter(client__in=keys).values_list("client", "withdrawn_on"):
            counted[pk] += 1
            if withdrawn_on:
                changed.add(pk)
    return changed | {pk for pk, number in counted.items() if number != expected[pk]}


def _parts(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    return (keys[start : start + ASKED_AT_ONCE] for start in range(0, len(keys), ASKED_AT_ONCE))


# --- Tidying up


@transaction.atomic
def tidy_up() -> tuple[int, int]:
    """Delete unfinished lists after fourteen days, and the rows of finished ones once the day of undoing is over."""
    expired = ListImport.objects.expired()
    deleted = expired.count()
    ImportRow.objects.filter(list_import__in=expired).delete()
    expired.delete()
    emptied, _by_model = ImportRow.objects.filter(list_import__in=ListImport.objects.settled()).delete()
    if deleted or emptied:
        record("list.expired", by=None, count=deleted, rows=emptied)
    return deleted, emptied
