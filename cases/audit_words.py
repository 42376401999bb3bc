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

from cases.models import (
    Case,
    Client,
    Consent,
    Consultation,
    ExpiringDocument,
    FollowUp,
    Goal,
    IntakeRequest,
    Need,
    NetworkContact,
    Referral,
    SupportPlan,
)
from districts.models import CaseManager, Institution
from kim.audit.models import Entry
from kim.users.models import Role, User

GROUPS = {  # noun of the first action -> label, all nouns that belong to it
    "case": (gettext_lazy("Fälle"), ("case", "case_list", "first_interview", "state_database")),
    "client": (gettext_lazy("Personen"), ("client",)),
    "consultation": (gettext_lazy("Beratungen"), ("consultation",)),
    "follow_up": (gettext_lazy("Wiedervorlagen"), ("follow_up",)),
    "consent": (gettext_lazy("Einwilligungen"), ("consent", "release")),
    "request": (gettext_lazy("Anfragen"), ("request", "requests")),
    "referral": (gettext_lazy("Vermittlungen"), ("referral",)),
    "need": (gettext_lazy("Bedarfe und Netzwerk"), ("need", "network")),
    "plan": (gettext_lazy("Plan und Ziele"), ("plan", "goal", "step")),
    "document": (gettext_lazy("Fristen und Dokumente"), ("document",)),
    "list": (gettext_lazy("Eingelesene Listen"), ("list",)),
    "substitution": (gettext_lazy("Vertretungen"), ("substitution",)),
    "handover": (gettext_lazy("Übergaben"), ("handover",)),
    "observation": (gettext_lazy("Beobachtungen"), ("observation",)),
    "finding": (gettext_lazy("Bedarfe der Stadt"), ("finding", "measure", "conference")),
    "staff": (gettext_lazy("Zugänge und Rollen"), ("staff", "role", "staff")),
    "report": (gettext_lazy("Berichte und Zahlen"), ("report", "situation", "figures")),
    "directory": (gettext_lazy("Verzeichnis"), ("directory",)),
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
    "case.cleared": gettext_lazy("Über die Hilfe entschieden"),
    "case.closed": gettext_lazy("Fall abgeschlossen"),
    "case.reopening_requested": gettext_lazy("Wiederaufnahme beantragt"),
    "case.reopening_declined": gettext_lazy("Wiederaufnahme abgelehnt"),
    "case.reopened": gettext_lazy("Fall wieder geöffnet"),
    "case.reassigned": gettext_lazy("Fall übergeben"),
    "case.handed_over": gettext_lazy("Fall von Kolleg*in übernommen"),
    "case.erased": gettext_lazy("Fall anonymisiert"),
    "state_database.read": gettext_lazy("Übertragungsblatt für die Landesdatenbank gelesen"),
    "state_database.transferred": gettext_lazy("Als in die Landesdatenbank übertragen vermerkt"),
    "state_database.withheld": gettext_lazy("Vermerkt, dass nicht in die Landesdatenbank übertragen wird"),
    "state_database.taken_back": gettext_lazy("Vermerk zur Landesdatenbank zurückgenommen"),
    "client.changed": gettext_lazy("Angaben zur Person geändert"),
    "client.searched": gettext_lazy("Person gesucht"),
    "client.notes_changed": gettext_lazy("Besondere Angaben geändert"),
    "client.notes_erased": gettext_lazy("Gesperrte Angaben gelöscht"),
    "consultation.logged": gettext_lazy("Beratung erfasst"),
    "consultation.read": gettext_lazy("Beratung gelesen"),
    "consultation.changed": gettext_lazy("Beratung geändert"),
    "consultation.deleted": gettext_lazy("Beratung gelöscht"),
    "consent.given": gettext_lazy("Einwilligung erteilt"),
    "consent.withdrawn": gettext_lazy("Einwilligung widerrufen"),
    "consent.announced": gettext_lazy("Ablauf von Einwilligungen angekündigt"),
    "release.given": gettext_lazy("Entbindung von der Schweigepflicht erteilt"),
    "release.withdrawn": gettext_lazy("Entbindung von der Schweigepflicht widerrufen"),
    "first_interview.recorded": gettext_lazy("Erstgespräch festgehalten"),
    "follow_up.added": gettext_lazy("Wiedervorlage angelegt"),
    "follow_up.changed": gettext_lazy("Wiedervorlage geändert"),
    "follow_up.completed": gettext_lazy("Wiedervorlage erledigt"),
    "request.entered": gettext_lazy("Anfrage eingetragen"),
    "request.read": gettext_lazy("Anfrage gelesen"),
    "request.assigned": gettext_lazy("Anfrage zugewiesen"),
    "request.withdrawn_from": gettext_lazy("Anfrage an einen anderen Träger gegangen"),
    "request.changed": gettext_lazy("Angaben einer Anfrage geändert"),
    "request.corrected": gettext_lazy("Stadtbezirk oder Sprache einer Anfrage berichtigt"),
    "request.judged_real": gettext_lazy("Anfrage ist kein Spam"),
    "request.judged_spam": gettext_lazy("Anfrage ist Spam"),
    "request.judgement_withdrawn": gettext_lazy("Anfrage ist wieder vielleicht Spam"),
    "request.accepted": gettext_lazy("Anfrage übernommen"),
    "request.given": gettext_lazy("Anfrage weitergegeben"),
    "request.returned": gettext_lazy("Anfrage zurückgegeben"),
    "request.first_contact": gettext_lazy("Erstkontakt eingetragen"),
    "request.mail_received": gettext_lazy("Mail zu einer Anfrage eingegangen"),
    "request.reopened": gettext_lazy("Anfrage wieder offen, nach einer Mail"),
    "request.answered": gettext_lazy("Antwort auf eine Anfrage geschrieben"),
    "request.answer_failed": gettext_lazy("Antwort nicht oder vielleicht nicht angekommen"),
    "mails.forgotten": gettext_lazy("Alte Eingänge von Mails gelöscht"),
    "request.put_on_waiting_list": gettext_lazy("Anfrage auf die Warteliste gesetzt"),
    "request.taken_off_waiting_list": gettext_lazy("Anfrage von der Warteliste genommen"),
    "request.ended": gettext_lazy("Anfrage beendet"),
    "request.admitted": gettext_lazy("Anfrage aufgenommen"),
    "requests.announced": gettext_lazy("Löschung alter Anfragen angekündigt"),
    "requests.expired": gettext_lazy("Alte Anfragen gelöscht"),
    "handover.proposed": gettext_lazy("Übergabe vorgeschlagen"),
    "handover.withdrawn": gettext_lazy("Übergabe zurückgezogen"),
    "handover.declined": gettext_lazy("Übergabe abgelehnt"),
    "handover.released": gettext_lazy("Übergabe an anderen Träger freigegeben"),
    "observation.outcome_told": gettext_lazy("Rückmeldung zu einer Beobachtung gegeben"),
    "finding.opened": gettext_lazy("Bedarf eröffnet"),
    "finding.changed": gettext_lazy("Bedarf geändert"),
    "finding.bundled": gettext_lazy("Beobachtungen in einen Bedarf aufgenommen"),
    "finding.set_aside": gettext_lazy("Beobachtungen nicht weiterverfolgt"),
    "finding.decided": gettext_lazy("Über einen Bedarf entschieden"),
    "finding.evidence_added": gettext_lazy("Beleg zu einem Bedarf notiert"),
    "finding.evidence_removed": gettext_lazy("Beleg eines Bedarfs entfernt"),
    "finding.reminded": gettext_lazy("An einen Bedarf erinnert"),
    "measure.changed": gettext_lazy("Maßnahme fortgeschrieben"),
    "measure.judged": gettext_lazy("Wirkung einer Maßnahme beurteilt"),
    "conference.opened": gettext_lazy("Planungskonferenz angelegt"),
    "conference.closed": gettext_lazy("Planungskonferenz abgeschlossen"),
    "observation.written": gettext_lazy("Beobachtung geschrieben"),
    "observation.changed": gettext_lazy("Beobachtung geändert"),
    "observation.taken_back": gettext_lazy("Beobachtung zurückgeholt"),
    "observation.discarded": gettext_lazy("Beobachtung gelöscht"),
    "observation.released": gettext_lazy("Beobachtung freigegeben"),
    "observation.returned": gettext_lazy("Beobachtung zurückgegeben"),
    "referral.made": gettext_lazy("Vermittlung eingetragen"),
    "referral.read": gettext_lazy("Vermittlungen gelesen"),
    "referral.changed": gettext_lazy("Vermittlung geändert"),
    "referral.result_entered": gettext_lazy("Ergebnis einer Vermittlung eingetragen"),
    "referral.results_asked": gettext_lazy("An Ergebnisse von Vermittlungen erinnert"),
    "directory.confirmed": gettext_lazy("Eintrag im Verzeichnis bestätigt"),
    "directory.updated": gettext_lazy("Eintrag im Verzeichnis geändert"),
    "directory.added": gettext_lazy("Einrichtung ins Verzeichnis aufgenommen"),
    "directory.reported": gettext_lazy("Änderung am Verzeichnis gemeldet"),
    "directory.answered": gettext_lazy("Meldung zum Verzeichnis beantwortet"),
    "need.assessed": gettext_lazy("Bedarfe eingeschätzt"),
    "need.read": gettext_lazy("Bedarfe gelesen"),
    "need.added": gettext_lazy("Bedarf eingetragen"),
    "need.changed": gettext_lazy("Bedarf geändert"),
    "need.met": gettext_lazy("Bedarf erfüllt"),
    "network.read": gettext_lazy("Netzwerk gelesen"),
    "network.added": gettext_lazy("Kontakt im Netzwerk eingetragen"),
    "network.changed": gettext_lazy("Kontakt im Netzwerk geändert"),
    "network.removed": gettext_lazy("Kontakt im Netzwerk entfernt"),
    "plan.read": gettext_lazy("Plan gelesen"),
    "plan.printed": gettext_lazy("Plan zum Mitnehmen gedruckt"),
    "plan.drafted": gettext_lazy("Entwurf des Plans angelegt"),
    "plan.changed": gettext_lazy("Entwurf des Plans geändert"),
    "plan.discarded": gettext_lazy("Entwurf des Plans verworfen"),
    "plan.agreed": gettext_lazy("Plan vereinbart"),
    "plan.reviewed": gettext_lazy("Plan überprüft"),
    "goal.added": gettext_lazy("Ziel eingetragen"),
    "goal.changed": gettext_lazy("Ziel geändert"),
    "goal.removed": gettext_lazy("Ziel entfernt"),
    "goal.settled": gettext_lazy("Stand eines Ziels eingetragen"),
    "step.done": gettext_lazy("Schritt erledigt"),
    "step.reopened": gettext_lazy("Schritt wieder offen"),
    "document.added": gettext_lazy("Frist eingetragen"),
    "document.changed": gettext_lazy("Frist geändert"),
    "document.completed": gettext_lazy("Frist erledigt"),
    "document.read": gettext_lazy("Fristen gelesen"),
    "calendar.renewed": gettext_lazy("Kalenderadresse erzeugt"),
    "calendar.deleted": gettext_lazy("Kalenderadresse abgeschaltet"),
    "digest.changed": gettext_lazy("Benachrichtigungen geändert"),
    "notices.expired": gettext_lazy("Alte Hinweise gelöscht"),
    "list.started": gettext_lazy("Liste hochgeladen"),
    "list.imported": gettext_lazy("Liste eingelesen"),
    "list.undone": gettext_lazy("Einlesen rückgängig gemacht"),
    "list.discarded": gettext_lazy("Liste verworfen"),
    "list.expired": gettext_lazy("Alte Listen gelöscht"),
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
    "report.shared": gettext_lazy("Link zu einem Bericht angelegt"),
    "report.unshared": gettext_lazy("Link zu einem Bericht zurückgezogen"),
    "situation.built": gettext_lazy("Lage berechnet"),
    "report.requested": gettext_lazy("Bericht angefordert"),
    "report.frozen": gettext_lazy("Bericht festgeschrieben"),
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
    "outcome": gettext_lazy("Entscheidung"),
    "held_on": gettext_lazy("Datum"),
    "status": gettext_lazy("Stand"),
    "external": gettext_lazy("an einen anderen Träger"),
    "is_wanted": gettext_lazy("tägliche Mail"),
}
IN_FILES = (
    Client, Case, Consultation, FollowUp, Referral, Consent, ExpiringDocument, Need, NetworkContact, SupportPlan, Goal,
    User, CaseManager, Institution, IntakeRequest,
)  # fmt: skip


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
        number=_number(entry.subject),
        details=[
            _detail(entry, name, value, names, colleagues)
            for name, value in sorted(entry.details.items(), key=_place)  # PostgreSQL keeps no order
            if value is not False
        ],
    )


def _number(subject: str) -> str:
    kind, _colon, number = subject.partition(":")
    return number if kind in {"case", "request"} else ""


def _place(detail: tuple[str, object]) -> tuple[int, str]:
    return (list(LABELS).index(detail[0]) if detail[0] in LABELS else len(LABELS), detail[0])


def _is_staff(entry: Entry, name: str, value: object) -> bool:
    return name in STAFF and type(value) is int and entry.action.startswith(("case.", "request.", "substitution."))


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
