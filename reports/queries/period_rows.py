"""The rows of the tables of a report, complete and in the order of the catalogue, before anything is counted.

They hold what is valid or was used at any time in the period, with zeros, and what is not stated. Names are kept in
both languages as they are on the day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django.db.models import Q, QuerySet, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from cases.models import Case, Client, Goal, Need, Referral
from districts.models import Barrier, Country, District, Language, Provider, Topic, Track
from kim.privacy.rounding import rounded
from reports.periods import Period
from reports.tables import Head

NOT_STATED: Final = "not_stated"
UNKNOWN: Final = "unknown"
OTHER: Final = "other"
NO_DISTRICT: Final = "0"
YES: Final = "yes"
ADVICE: Final = "advice"  # Verweisberatung and Kurzberatung
UNCLEAR: Final = "ZZ"  # a country that is not known
LISTED_COUNTRIES, SMALLEST_COUNTRY = 10, 20

NO_STATEMENT: Final = _("keine Angabe")
Band = tuple[str, str | Promise, int]  # key, name, and the first number above
AGES: Final[tuple[Band, ...]] = (
    ("under_18", _("unter 18 Jahre"), 18),
    ("18_20", _("18 bis 20 Jahre"), 21),
    ("21_23", _("21 bis 23 Jahre"), 24),
    ("24_27", _("24 bis 27 Jahre"), 28),
    ("over_27", _("über 27 Jahre"), 1_000),
)
ENTRIES: Final[tuple[Band, ...]] = (  # calendar years from the entry to the end of the period
    ("0_1", _("0 oder 1 Jahr"), 2),
    ("2_3", _("2 oder 3 Jahre"), 4),
    ("4_6", _("4 bis 6 Jahre"), 7),
    ("from_7", _("7 Jahre und länger"), 1_000),
)
DURATIONS: Final[tuple[Band, ...]] = (  # days
    ("to_3", _("bis 3 Monate"), 93),
    ("to_6", _("über 3 bis 6 Monate"), 185),
    ("to_12", _("über 6 bis 12 Monate"), 367),
    ("to_24", _("über 12 bis 24 Monate"), 732),
    ("over_24", _("über 24 Monate"), 100_000),
)


def band_of(number: int | None, bands: Iterable[Band]) -> str:
    """The key of the band a number falls into."""
    if number is None:
        return UNKNOWN
    return next(key for key, _name, above in bands if number < above)


# --- Heads


def head(key: str, name: str | Promise) -> Head:
    with override("de"):
        german = str(name)
    with override("en"):
        return Head(key, german, str(name))


def heads(*pairs: tuple[str, str | Promise]) -> tuple[Head, ...]:
    return tuple(head(key, name) for key, name in pairs)


def choices(options: type[TextChoices], *more: tuple[str, str | Promise]) -> tuple[Head, ...]:
    return heads(*options.choices, *more)


def bands(options: Iterable[Band], *more: tuple[str, str | Promise]) -> tuple[Head, ...]:
    return heads(*((key, name) for key, name, _above in options), *more)


def _named(rows: QuerySet[Any], key: str) -> tuple[Head, ...]:
    return tuple(Head(*row) for row in rows.values_list(key, "name", "name_en"))


def ages() -> tuple[Head, ...]:
    return bands(AGES, (UNKNOWN, _("Alter unbekannt")))


def entries() -> tuple[Head, ...]:
    return bands(ENTRIES, (UNKNOWN, _("unbekannt oder in Deutschland geboren")))


def durations() -> tuple[Head, ...]:
    return bands(DURATIONS)


def sexes() -> tuple[Head, ...]:
    return choices(Client.Sex)


def residence_groups() -> tuple[Head, ...]:
    return choices(Client.ResidenceGroup)


def legal_spheres() -> tuple[Head, ...]:
    return choices(Client.LegalSphere, (NOT_STATED, NO_STATEMENT))


def interpreting() -> tuple[Head, ...]:
    return heads(
        ("needed", _("braucht Sprachmittlung")),
        ("professional", _("Gespräche mit Sprachmittlung")),
        ("personal", _("Gespräche mit einer Begleitperson")),
        ("missing", _("Gespräche, bei denen sie gefehlt hat")),
        ("none", _("Gespräche ohne Sprachmittlung")),
    )


def kinds_of_help() -> tuple[Head, ...]:
    return heads((ADVICE, _("Beratung")), (Case.ServiceLevel.CASE_MANAGEMENT.value, _("Case Management")))


def kind_of_help(level: str) -> str:
    return level if level == Case.ServiceLevel.CASE_MANAGEMENT else ADVICE


def levels() -> tuple[Head, ...]:
    return heads(*((level.value, level.label) for level in Case.ServiceLevel))


def level_of(level: str | None) -> str:
    """A consultation without a case is an anonymous Verweisberatung."""
    return level or Case.ServiceLevel.SIGNPOSTING.value


def access_routes() -> tuple[Head, ...]:
    return choices(Case.AccessRoute, (NOT_STATED, NO_STATEMENT))


def closing_reasons() -> tuple[Head, ...]:
    return choices(Case.ClosingReason)


def need_states() -> tuple[Head, ...]:
    return choices(Need.Status)


def results() -> tuple[Head, ...]:
    return choices(Referral.Result)


def barriers() -> tuple[Head, ...]:
    return choices(Barrier)


def goal_results() -> tuple[Head, ...]:
    return heads(*((status.value, status.label) for status in Goal.SETTLED))


def with_plan() -> tuple[Head, ...]:
    return heads((YES, _("mit gültigem Plan")))


def with_hurdle() -> tuple[Head, ...]:
    return heads((YES, _("Hürde im System")))


# --- Of the landscape


def districts() -> tuple[Head, ...]:
    """As the consultations had them, "ohne Stadtbezirk" at the end."""
    rows = District.objects.values_list("number", "name")
    none = head(NO_DISTRICT, pgettext_lazy("row of a table", "ohne Stadtbezirk"))
    return (*(Head(str(number), name, name) for number, name in rows), none)


def providers(used: Collection[str]) -> tuple[Head, ...]:
    """Those that work for KIM, and who left since."""
    rows = Provider.objects.filter(Q(is_active=True) | Q(code__in=used)).values_list("code", "name")
    return tuple(Head(code, name, name) for code, name in rows)


def specialised() -> tuple[Head, ...]:
    return _named(Track.objects.filter(is_protected=True), "code")


def languages() -> tuple[Head, ...]:
    return (*_named(Language.objects.all(), "code"), head(NOT_STATED, NO_STATEMENT))


def topics(period: Period, used: Collection[str], *more: tuple[str, str | Promise]) -> tuple[Head, ...]:
    """Main topics valid on a day of the period, and what was written under others."""
    is_valid = Q(valid_from=None) | Q(valid_from__lte=period.end)
    is_valid &= Q(valid_until=None) | Q(valid_until__gte=period.start)
    return (*_named(Topic.objects.main().filter(is_valid | Q(code__in=used)), "code"), *heads(*more))


def nationalities(people: Mapping[str, set[int]]) -> tuple[tuple[Head, ...], dict[str, set[int]]]:
    """Ten countries of which the published number is 20 or more, in the order of the alphabet; the rest is one row.

    Whom several countries call their own is in the rows of each, and once in the rest.
    """
    names = {country.key: country for country in _named(Country.objects.all(), "code")}
    sizes = {code: rounded(len(people.get(code, ()))) for code in names if code != UNCLEAR}
    large = [code for code in sizes if sizes[code] >= SMALLEST_COUNTRY]
    large.sort(key=lambda code: (-sizes[code], names[code].name))  # those of one published number by the alphabet
    listed = sorted(large[:LISTED_COUNTRIES], key=lambda code: names[code].name)
    folded = {code: people[code] for code in listed if code in people}
    folded[OTHER] = set().union(*(found for code, found in people.items() if code in sizes and code not in listed))
    folded[NOT_STATED] = people.get(NOT_STATED, set()) | people.get(UNCLEAR, set())
    rest = heads((OTHER, _("übrige")), (NOT_STATED, NO_STATEMENT))
    return (*(names[code] for code in listed), *rest), folded
