"""The log in German words: what an action code says, and what of its details is shown.

Of details only names of fields and of colleagues are shown, never a value from a file: a lead may know whose number it
is, and the reason of a closing or the purpose of a consent would tell too much.
"""

from dataclasses import dataclass

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.models import Case, Client, Consent, Consultation, FollowUp
from districts.models import CaseManager
from kim.audit.models import Entry
from kim.users.models import Role, User

GROUPS = {  # noun of the first action -> label, all nouns that belong to it
    "case": (gettext_lazy("Fälle"), ("case", "case_list")),
    "client": (gettext_lazy("Personen"), ("client",)),
    "consultation": (gettext_lazy("Beratungen"), ("consultation",)),
    "follow_up": (gettext_lazy("Wiedervorlagen"), ("follow_up",)),
    "consent": (gettext_lazy("Einwilligungen"), ("consent",)),
    "substitution": (gettext_lazy("Vertretungen"), ("substitution",)),
    "staff": (gettext_lazy("Zugänge und Rollen"), ("staff", "role", "staff")),
    "report": (gettext_lazy("Berichte und Zahlen"), ("report", "situation", "figures")),
    "catalogue": (gettext_lazy("Stammdaten"), ("catalogue",)),
}

ACTIONS = {
    "case.opened": gettext_lazy("Fall eröffnet"),
    "case.read": gettext_lazy("Akte gelesen"),
    "case.listed": gettext_lazy("Fälle aufgelistet"),
    "case.searched": gettext_lazy("Fälle gesucht"),
    "case.printed": gettext_lazy("Akte gedruckt"),
    "case.exported": gettext_lazy("Akte exportiert"),
    "case.changed": gettext_lazy("Angaben zum Fall geändert"),
    "case.phase_changed": gettext_lazy("Phase geändert"),
    "case.paused": gettext_lazy("Fall ruht"),
    "case.resumed": gettext_lazy("Fall läuft weiter"),
    "case.closed": gettext_lazy("Fall abgeschlossen"),
    "case.reopening_requested": gettext_lazy("Wiederaufnahme beantragt"),
    "case.reopening_declined": gettext_lazy("Wiederaufnahme abgelehnt"),
    "case.reopened": gettext_lazy("Fall wieder geöffnet"),
    "case.reassigned": gettext_lazy("Fall übergeben"),
    "case.erased": gettext_lazy("Fall anonymisiert"),
    "client.changed": gettext_lazy("Angaben zur Person geändert"),
    "client.searched": gettext_lazy("Person gesucht"),
    "consultation.logged": gettext_lazy("Beratung erfasst"),
    "consultation.read": gettext_lazy("Beratung gelesen"),
    "consultation.changed": gettext_lazy("Beratung geändert"),
    "consultation.deleted": gettext_lazy("Beratung gelöscht"),
    "consent.given": gettext_lazy("Einwilligung erteilt"),
    "consent.withdrawn": gettext_lazy("Einwilligung widerrufen"),
    "follow_up.added": gettext_lazy("Wiedervorlage angelegt"),
    "follow_up.changed": gettext_lazy("Wiedervorlage geändert"),
    "follow_up.completed": gettext_lazy("Wiedervorlage erledigt"),
    "substitution.granted": gettext_lazy("Vertretung erteilt"),
    "substitution.ended": gettext_lazy("Vertretung beendet"),
    "role.confirmed": gettext_lazy("Zugang bestätigt"),
    "staff.created": gettext_lazy("Zugang angelegt"),
    "staff.changed": gettext_lazy("Zugang geändert"),
    "staff.contact_changed": gettext_lazy("Eigener Kontakt geändert"),
    "staff.confirmed": gettext_lazy("Zugang ohne Teamleitung bestätigt"),
    "account.invited": gettext_lazy("Einladung verschickt"),
    "case_list.exported": gettext_lazy("Fallliste exportiert"),
    "report.exported": gettext_lazy("Bericht exportiert"),
    "situation.built": gettext_lazy("Lage berechnet"),
    "catalogue.changed": gettext_lazy("Stammdaten geändert"),
    "drafts.expired": gettext_lazy("Alte Entwürfe gelöscht"),
    "demo.loaded": gettext_lazy("Demo-Daten geladen"),
}

STAFF = {  # details that hold the id of a case manager
    "old": pgettext_lazy("previous case manager", "bisher"),
    "new": pgettext_lazy("next case manager", "jetzt"),
    "absent": gettext_lazy("abwesend"),
    "deputy": pgettext_lazy("person", "Vertretung"),
}
DAYS = {"starts_on": gettext_lazy("erster Tag"), "ends_on": gettext_lazy("letzter Tag")}
LABELS = {
    **STAFF,
    **DAYS,
    "staff": gettext_lazy("Zugang"),
    "confirmed": gettext_lazy("sofort gültig"),
    "role": gettext_lazy("Rolle"),
    "reason": gettext_lazy("Grund"),
    "purpose": gettext_lazy("Zweck"),
    "new_client": gettext_lazy("neue Person"),
    "service_level": gettext_lazy("Art der Hilfe"),
    "held_on": gettext_lazy("Datum"),
}
IN_FILES = (Client, Case, Consultation, FollowUp, Consent, User, CaseManager)


@dataclass(frozen=True)
class Line:
    """An entry as somebody reads it."""

    entry: Entry
    who: str
    role: str
    action: str
    number: str
    details: list[str]


def lines(entries: list[Entry]) -> list[Line]:
    """Two queries name everybody on the page, however many lines it has."""
    accounts, staff = set(), set()
    for entry in entries:
        accounts |= {key for key in (entry.actor, str(entry.details.get("staff", ""))) if key.isdecimal()}
        staff |= {value for name, value in entry.details.items() if _is_staff(entry, name, value)}
    names = {str(pk): name for pk, name in User.objects.filter(pk__in=accounts).values_list("pk", "name")}
    colleagues = dict(CaseManager.objects.filter(pk__in=staff).values_list("pk", "user__name"))
    return [_line(entry, names, colleagues) for entry in entries]


def _line(entry: Entry, names: dict[str, str], colleagues: dict[int, str]) -> Line:
    return Line(
        entry=entry,
        who=_account(entry.actor, names) if entry.actor else _("System"),
        role=_role(entry.actor_role),
        action=str(ACTIONS.get(entry.action, entry.action)),
        number=entry.subject.removeprefix("case:") if entry.subject.startswith("case:") else "",
        details=[
            _detail(entry, name, value, names, colleagues)
            for name, value in sorted(entry.details.items(), key=_place)  # PostgreSQL keeps no order
            if value is not False
        ],
    )


def _place(detail: tuple[str, object]) -> tuple[int, str]:
    return (list(LABELS).index(detail[0]) if detail[0] in LABELS else len(LABELS), detail[0])


def _is_staff(entry: Entry, name: str, value: object) -> bool:
    return name in STAFF and type(value) is int and entry.action.startswith(("case.", "substitution."))


def _account(pk: str, names: dict[str, str]) -> str:
    return names.get(pk) or _("Konto %(number)s") % {"number": pk}


def _role(code: str) -> str:
    return str(dict(Role.choices).get(code, code))


def _detail(entry: Entry, name: str, value: object, names: dict[str, str], colleagues: dict[int, str]) -> str:
    if name == "fields" and isinstance(value, list):
        return ", ".join(_field(str(field)) for field in value)
    label = str(LABELS.get(name, name))
    if _is_staff(entry, name, value):
        shown = colleagues.get(value) or _("Nummer %(number)s") % {"number": value}  # type: ignore[call-overload]
    elif name == "staff":
        shown = _account(str(value), names)
    elif name == "role":
        shown = _role(str(value))
    elif name in DAYS and (day := parse_date(str(value))):
        shown = date_format(day)
    else:
        return label
    return f"{label}: {shown}"


def _field(name: str) -> str:
    for model in IN_FILES:
        for field in model._meta.get_fields():
            if field.name == name and not field.auto_created:
                return capfirst(str(field.verbose_name))
    return name
