"""The transfer sheet for the database of the state (Datenbank KIM), so that nobody types the same data twice.

The state's own catalogue of fields is not published and may change: what the sheet offers is the one tuple SHEET below.
A line more is a `Field` more: its label and a function of `Known`, what was read of the case. Nothing on the sheet is a
name, a date of birth, a free text or an institution, and a protected track is never named (Art. 9 DSGVO).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Count, F, IntegerField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.consents import Purpose, last_words, purposes_in_force
from cases.models import Case, Client, Consent, Consultation, Goal, Referral, SupportPlan
from districts.models import Topic

UNKNOWN = gettext_lazy("keine Angabe")


# --- What somebody has noted


@dataclass(frozen=True)
class Standing:
    """What the file says about the transfer in one line; `is_due` where something is left to do."""

    text: str
    is_due: bool = False
    is_noted: bool = False
    is_withheld: bool = False


def standing_of(case: Case) -> Standing:
    """Of a case from `with_state_record`; says the same as `state_record_due`."""
    if case.state_noted_on is None:
        is_over = case.closing_reason == Case.ClosingReason.CONSENT_WITHDRAWN
        return Standing(_("nicht übertragen") if is_over else _("noch nicht übertragen"), is_due=not is_over)
    if case.state_is_withheld:
        return Standing(_("wird nicht übertragen"), is_noted=True, is_withheld=True)
    text = _("übertragen am %(day)s") % {"day": f"{case.state_noted_on:%d.%m.%Y}"}
    if case.closed_on == case.state_closed_on or case.closing_reason == Case.ClosingReason.CONSENT_WITHDRAWN:
        return Standing(text, is_noted=True)
    text = _("Abschluss noch nicht übertragen") if case.closed_on else _("seit der Übertragung wieder geöffnet")
    return Standing(text, is_due=True, is_noted=True)


def key_of(case: Case) -> str:
    """The case as somebody saw it: number, and the day it was closed. A case closed meanwhile has another key."""
    return f"{case.number}@{case.closed_on or ''}"


def what_forbids(case: Case, consents: Iterable[Consent]) -> str:
    """Why nothing of this case may be transferred: a consent it needs is missing, or the one to the file has ended."""
    consents = list(consents)
    in_force = purposes_in_force(consents)
    if case.required_consents() - in_force:
        return _("Es fehlt eine Einwilligung, ohne die dieser Fall nicht geführt werden darf.")
    if Purpose.DOCUMENTATION in last_words(consents) and Purpose.DOCUMENTATION not in in_force:
        return _("Die Einwilligung in das Führen der Akte gilt nicht mehr.")
    return ""


# --- What was read


@dataclass(frozen=True)
class Known:
    """All that was read of a case for the sheet; counts are (number, minutes) by what they count and its code."""

    case: Case
    client: Client
    nationalities: list[str]
    agreed_on: date | None
    counts: dict[str, dict[str, tuple[int, int]]]


def with_sheet_data(cases: Any) -> Any:
    """For `known_of`: the day of the plan in force, and what was noted."""
    plans = SupportPlan.objects.filter(case=OuterRef("pk"), status=SupportPlan.Status.AGREED).order_by()
    return cases.with_state_record().annotate(plan_agreed_on=Subquery(plans.values("agreed_on")[:1]))


def known_of(case: Case) -> Known:
    counts: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in COUNTED}
    first, *others = (_counted(name, *COUNTED[name](case)) for name in COUNTED)
    for name, code, number, minutes in first.union(*others, all=True):
        counts[name][code] = (number, minutes)
    nationalities = [name for _code, name in case.client.nationalities.named()]
    return Known(case, case.client, nationalities, case.plan_agreed_on, counts)


def _counted(name: str, rows: Any, code: Any, minutes: Any = None) -> Any:
    """One part of the one query: how many rows of each code, and how many minutes they took."""
    head = {"row_what": Cast(Value(name), CharField()), "row_code": code}
    spent = minutes or Value(0, output_field=IntegerField())
    return rows.order_by().annotate(**head).values_list(*head).annotate(row_number=Count("pk"), row_minutes=spent)


def _main_topic() -> Coalesce:
    """A subtopic would tell more than the sheet should."""
    name = "name_en" if get_language() == "en" else "name"
    return Coalesce(f"parent__{name}", name)


COUNTED: dict[str, Callable[[Case], tuple[Any, ...]]] = {
    "topic": lambda case: (Topic.objects.filter(cases=case), _main_topic()),
    "talked": lambda case: (Topic.objects.filter(consultations__case=case), _main_topic()),
    "talk": lambda case: (case.consultations.all(), F("kind"), Sum("minutes")),
    "referral": lambda case: (case.referrals.all(), F("result")),
    "goal": lambda case: (Goal.objects.current().filter(plan__case=case), F("status")),
}


# --- What the sheet shows


@dataclass(frozen=True)
class Field:
    """One value to copy; what is not known is `keine Angabe`, unless the line is `optional` and then left out."""

    label: Any
    value: Callable[[Known], object]
    optional: bool = False


@dataclass(frozen=True)
class Group:
    title: Any
    fields: tuple[Field, ...]


def _day(day: date | None) -> str | None:
    return f"{day:%d.%m.%Y}" if day else None


def _track(known: Known) -> object:
    return None if known.case.track.is_protected else known.case.track


def _names(what: str) -> Callable[[Known], str]:
    """The most frequent first."""
    return lambda known: ", ".join(sorted(known.counts[what], key=lambda name: -known.counts[what][name][0]))


def _sum(what: str, codes: Iterable[str], place: int = 0) -> Callable[[Known], int]:
    return lambda known: sum(known.counts[what].get(code, (0, 0))[place] for code in codes)


def _one(what: str, code: str, label: Any, place: int = 0) -> Field:
    """Of one code; left out where there is none."""
    return Field(label, lambda known: known.counts[what][code][place] if code in known.counts[what] else None, True)


def _of_these(label: Any) -> Any:
    return format_lazy("{} {}", gettext_lazy("davon"), label)


def _spheres(known: Known) -> str:
    """Without SGB IX, which alone says something about health (Art. 9 DSGVO)."""
    labels = dict(Client.LegalSphere.choices)
    del labels[Client.LegalSphere.SGB_9]
    return ", ".join(str(labels[code]) for code in known.client.legal_spheres if code in labels)


SHEET = (
    Group(gettext_lazy("Fall"), (
        Field(gettext_lazy("Fallnummer"), lambda known: known.case.number),
        Field(gettext_lazy("Stadtbezirk"), lambda known: known.case.district and known.case.district.name),
        Field(gettext_lazy("Schwerpunkt"), _track, optional=True),
    )),
    Group(gettext_lazy("Person"), (
        Field(gettext_lazy("Alter bei Eröffnung"), lambda known: known.case.age_at_opening),
        Field(gettext_lazy("Geschlecht"), lambda known: known.client.get_sex_display()),
        Field(gettext_lazy("Staatsangehörigkeit"), lambda known: ", ".join(known.nationalities)),
        Field(gettext_lazy("Aufenthalt"), lambda known: known.client.get_residence_group_display()),
        Field(gettext_lazy("Jahr der Einreise"), lambda known: known.client.entry_year),
        Field(gettext_lazy("Rechtskreise"), _spheres),
        Field(gettext_lazy("Personen im Haushalt"), lambda known: known.client.household_size),
        Field(gettext_lazy("davon eigene Kinder"), lambda known: known.client.children),
        Field(gettext_lazy("Deutsch"), lambda known: known.client.get_german_level_display()),
        Field(gettext_lazy("Abschluss"), lambda known: known.client.get_school_display()),
        Field(gettext_lazy("zurzeit"), lambda known: known.client.get_occupation_display()),
    )),
    Group(gettext_lazy("Verlauf"), (
        Field(gettext_lazy("Art der Hilfe"), lambda known: known.case.get_service_level_display()),
        Field(gettext_lazy("Zugangsweg"), lambda known: known.case.get_access_route_display()),
        Field(gettext_lazy("eröffnet am"), lambda known: _day(known.case.opened_on)),
        Field(gettext_lazy("Plan vereinbart am"), lambda known: _day(known.agreed_on), optional=True),
        Field(gettext_lazy("abgeschlossen am"), lambda known: _day(known.case.closed_on), optional=True),
        Field(gettext_lazy("Beendigungsgrund"), lambda known: known.case.get_closing_reason_display(), optional=True),
    )),
    Group(gettext_lazy("Themen"), (
        Field(gettext_lazy("Themen zu Beginn"), _names("topic")),
        Field(gettext_lazy("Themen der Beratungen"), _names("talked")),
    )),
    Group(gettext_lazy("Beratungen"), (
        Field(gettext_lazy("Beratungen mit der Person"), _sum("talk", Consultation.WITH_PERSON)),
        Field(gettext_lazy("Minuten mit der Person"), _sum("talk", Consultation.WITH_PERSON, 1)),
        *(
            field
            for kind, label in Consultation.Kind.choices
            for field in (
                _one("talk", kind, format_lazy("{}: {}", label, gettext_lazy("Zahl"))),
                _one("talk", kind, format_lazy("{}: {}", label, gettext_lazy("Minuten")), 1),
            )
        ),
    )),
    Group(gettext_lazy("Vermittlungen"), (
        Field(gettext_lazy("Vermittlungen"), _sum("referral", Referral.Result.values)),
        *(_one("referral", code, _of_these(label)) for code, label in Referral.Result.choices),
    )),
    Group(gettext_lazy("Ziele"), (
        Field(gettext_lazy("vereinbarte Ziele"), _sum("goal", Goal.Status.values)),
        *(_one("goal", code, _of_these(label)) for code, label in Goal.Status.choices),
    )),
)  # fmt: skip


def sheet_of(case: Case) -> list[tuple[str, list[tuple[str, str]]]]:
    """Title of each group, label and value of each field; of a case from `with_sheet_data`."""
    known = known_of(case)
    return [(str(group.title), list(_shown(group.fields, known))) for group in SHEET]


def _shown(fields: Iterable[Field], known: Known) -> Iterator[tuple[str, str]]:
    for field in fields:
        value = field.value(known)
        is_known = value is not None and value != ""
        if is_known or not field.optional:
            yield str(field.label), str(value if is_known else UNKNOWN)
