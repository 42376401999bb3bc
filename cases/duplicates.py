"""Search first: is this person known already? Asked at the own Träger only, never across."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from cases.models import Case
from cases.numbers import normalised
from cases.search import looks_like, name_condition, phone_digits, whole_name_condition
from districts.models import Provider
from kim.users.models import User

MOST = 20


@dataclass(frozen=True)
class Known:
    """Cases the user may open, and hints on people at the own Träger whom they may not see."""

    cases: list[Case]
    hints: list[str]


def find_cases(query: str, *, user: User, most: int = MOST) -> list[Case]:
    """The visible cases a name, number or phone points at, the likeliest first; in any spelling or alphabet."""
    visible = Case.objects.visible_to(user).with_list_data("client__sort_name", "client__search_text")
    if (number := normalised(query)) and (found := list(visible.filter(number=number))):
        return found
    digits = phone_digits(query)
    is_phone = len(digits) >= 4 and not any(character.isalpha() for character in query)
    if is_phone and (found := list(visible.filter(client__search_phone__contains=digits)[:most])):
        return found
    found = list(visible.filter(name_condition(query, "client__"))[: most * 3])
    if not found and len(query) >= 3:
        found = [case for case in visible.open()[:2000] if looks_like(query, case.client.search_text)]
    return sorted(found, key=lambda case: (-_nearness(case, query), case.client.sort_name))[:most]


def _nearness(case: Case, query: str) -> float:
    """How well the name fits; between two that fit alike the open case is the likelier one."""
    return case.client.likeness(query) + (5 if case.is_open else 0)


def known_people(name: str, birth_date: date | None, *, user: User) -> Known:
    """Who at the own Träger may be the same person.

    A colleague's case is never shown: only whole names and the birth date together give a hint whom to ask, and none
    for a protected track. A single letter would tell, day by day, who was born when.
    """
    cases = find_cases(name, user=user)
    hints: set[str] = set()
    if birth_date:
        others = (
            Case.objects.filter(provider__in=Provider.objects.of(user), track__is_protected=False)
            .filter(whole_name_condition(name, "client__"), client__birth_date=birth_date)
            .exclude(pk__in=[case.pk for case in cases])
            .select_related("case_manager__user")
        )
        for case in others[:MOST]:
            hints.add(_hint(case, user))
    return Known(cases=cases, hints=sorted(hints))


def _hint(case: Case, user: User) -> str:
    if case.case_manager.user_id == user.pk:
        return _("Diese Person war schon einmal bei Ihnen. Die Teamleitung kann den Fall wieder öffnen.")
    return _("Eine Person mit diesem Namen und Geburtsdatum ist schon bekannt. Bitte %(name)s ansprechen.") % {
        "name": case.case_manager.user.name
    }
