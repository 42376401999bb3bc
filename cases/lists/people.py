"""Is a row somebody who is known already? Within the list, and at the own Träger by the rules of cases.duplicates."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from cases.lists.checking import Checked
from cases.models import Case
from cases.search import folded, folded_german, phone_digits, whole_name_matches
from districts.models import Provider
from kim.permissions import Permission, may
from kim.users.models import User

FEW_DIGITS = 6  # a shorter number is an extension, and many people share it
MOST_KNOWN = 5  # cases shown for one row


@dataclass(frozen=True)
class Person:
    """What of a row decides who it is."""

    name: str
    sort_name: str
    birth_date: date | None
    phone: str

    @property
    def name_print(self) -> str:
        """The same for the same name, words in any order, and birth date; nobody can read it back."""
        words = " ".join(sorted(folded_german(self.name).split()))
        return _print(f"{words}|{self.birth_date or ''}") if words else ""

    @property
    def phone_print(self) -> str:
        return _print(self.phone) if len(self.phone) >= FEW_DIGITS else ""


@dataclass
class Known:
    """Cases the user may know of by number, and colleagues at the own Träger to be asked."""

    cases: list[str] = field(default_factory=list)
    colleagues: list[int] = field(default_factory=list)  # ids of case managers
    was_own: bool = False

    def __bool__(self) -> bool:
        return bool(self.cases or self.colleagues or self.was_own)

    def as_json(self) -> dict[str, object]:
        return {"cases": self.cases, "colleagues": self.colleagues, "was_own": self.was_own} if self else {}


def _print(text: str) -> str:
    return salted_hmac("cases.lists", text, algorithm="sha256").hexdigest()[:32]


def person_of(checked: Checked) -> Person:
    client = checked.client
    names = [client.given_names, client.family_name] if client.name != client.pseudonym else [client.pseudonym]
    sort_name = folded(" ".join(filter(None, (client.family_name, client.given_names, client.pseudonym))))[:320]
    birth_date = None if "birth_date" in checked.faults else client.birth_date
    return Person(" ".join(filter(None, names)), sort_name, birth_date, phone_digits(client.phone))


_FIELDS = (
    "number", "case_manager", "case_manager__user", "client__birth_date", "client__search_text",
    "client__search_skeleton", "client__search_phone", "client__sort_name",
)  # fmt: skip


def known_people(people: Iterable[Person], *, user: User) -> list[Known]:
    """For each person who it may be, in two queries however many they are.

    A colleague's case is hinted at by whole name and birth date together only, and never on a protected track.
    """
    people = list(people)
    dates = {person.birth_date for person in people if person.birth_date}
    phones = {person.phone for person in people if len(person.phone) >= FEW_DIGITS}
    names = {person.sort_name for person in people if person.sort_name}
    visible = list(
        _listed(user)
        .filter(
            Q(client__birth_date__in=dates) | Q(client__search_phone__in=phones) | Q(client__sort_name__in=names),
        )
        .order_by()
        .values_list(*_FIELDS)
    )
    others = Case.objects.filter(
        provider__in=Provider.objects.of(user), track__is_protected=False, client__birth_date__in=dates
    )
    seen = {row[0] for row in visible}
    hidden = [row for row in others.order_by().values_list(*_FIELDS) if row[0] not in seen]
    by_date, by_phone, by_name = _index(visible, 3), _index(visible, 6), _index(visible, 7)
    hidden_by_date = _index(hidden, 3)
    return [_known(person, (by_date, by_phone, by_name), hidden_by_date, user) for person in people]


def _listed(user: User) -> QuerySet[Case]:
    """Cases the user may be told the number of: one's own; for a lead those whose names the team list shows."""
    if may(user, Permission.LEAD_TEAM):
        return Case.objects.listed_for(user).filter(track__is_protected=False)
    return Case.objects.visible_to(user)


def _index(rows: list[tuple], column: int) -> dict[object, list[tuple]]:
    found: dict[object, list[tuple]] = {}
    for row in rows:
        if row[column]:
            found.setdefault(row[column], []).append(row)
    return found


def _known(person: Person, visible: tuple, hidden: dict, user: User) -> Known:
    by_date, by_phone, by_name = visible
    numbers = [row[0] for row in by_date.get(person.birth_date, ()) if _is_named(person, row)]
    if len(person.phone) >= FEW_DIGITS:
        numbers += [row[0] for row in by_phone.get(person.phone, ())]
    numbers += [
        row[0]
        for row in by_name.get(person.sort_name, ())
        if not person.birth_date or not row[3] or row[3] == person.birth_date
    ]
    same = [row for row in hidden.get(person.birth_date, ()) if _is_named(person, row)]
    return Known(
        cases=list(dict.fromkeys(numbers))[:MOST_KNOWN],
        colleagues=sorted({row[1] for row in same if row[2] != user.pk})[:MOST_KNOWN],
        was_own=any(row[2] == user.pk for row in same),
    )


def _is_named(person: Person, row: tuple) -> bool:
    return whole_name_matches(person.name, row[4], row[5])
