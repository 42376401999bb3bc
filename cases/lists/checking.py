"""Is a row of a list a person with a case? Built once, it checks many rows without asking the database again.

Every rule is that of the forms or of the models; here it only meets text from a cell instead of a field of a page.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.files import CaseForm, ClientForm, consent_day_field, main_topics, searched_names
from cases.lists import values
from cases.lists.columns import COLUMNS, NAMES, meaning_of
from cases.lists.reading import ERROR, FORMULA, MERGED, TOO_LONG
from cases.lists.values import Choices, of_choices
from cases.models import Case, Client, Consent
from districts.models import CaseManager, Country, District, Language, Quarter, Track
from kim.users.models import User

MARKS = {
    FORMULA: gettext_lazy("Hier steht eine Formel ohne Ergebnis. Bitte den Wert eintragen."),
    ERROR: gettext_lazy("Hier steht ein Fehler von Excel („%(value)s“). Bitte den Wert eintragen."),
    MERGED: gettext_lazy("Die Zelle gehört zu verbundenen Zellen (%(range)s). Bitte den Wert eintragen."),
    TOO_LONG: gettext_lazy("In der Zelle steht zu viel Text: mehr als 2.000 Zeichen."),
}
PROTECTED = gettext_lazy(
    "Fälle auf einem geschützten Schwerpunkt lassen sich nicht einlesen. "
    "Bitte von Hand eröffnen und diese Zeile auslassen."
)
REQUIRED = gettext_lazy("Hier fehlt eine Angabe.")
OFF_TRACK = gettext_lazy("%(name)s arbeitet nicht auf diesem Schwerpunkt.")
HEADINGS_AGAIN = gettext_lazy("Das sieht aus wie eine Zeile mit Überschriften. Bitte auslassen.")
GARBLED = gettext_lazy("Hier sind Umlaute falsch gelesen. Bitte die Datei als XLSX oder „CSV UTF-8“ speichern.")
_GARBLED = re.compile("\ufffd|Ã[\u0080-\u00bf¤¶¼Ÿ„–œ]|Ð[\u0080-\u00bf]")
CLIENT_FIELDS = (
    "given_names",
    "family_name",
    "pseudonym",
    "birth_date",
    "phone",
    "email",
    "contact_note",
    "entry_year",
)
DATES = ("birth_date", "opened_on", "documentation_given_on", "last_contact_on")


@dataclass
class Checked:
    """What a row says, as records that are not saved, and what is wrong with it."""

    client: Client
    case: Case
    languages: list[str] = field(default_factory=list)
    nationalities: list[str] = field(default_factory=list)
    topics: list[int] = field(default_factory=list)
    consent: Consent | None = None
    faults: dict[str, ValidationError] = field(default_factory=dict)  # column, or "__all__" -> what is wrong

    def blame(self, column: str, error: ValidationError) -> None:
        self.faults.setdefault(column, error)

    @property
    def codes(self) -> list[list[str]]:
        """What is stored of the faults: where and of what kind, never what was written."""
        return [[column, error.error_list[0].code or "invalid"] for column, error in self.faults.items()]


@dataclass(frozen=True)
class Plan:
    """What holds for every row of a list: whose desk, on which track, how the file counts its days."""

    user: User
    staff: tuple[CaseManager, ...]  # who may be responsible, tracks loaded
    case_manager: CaseManager | None = None
    track: Track | None = None
    starts_1904: bool = False
    mapped: frozenset[str] = frozenset()


class Checker:
    """Looks everything up once. `check` then needs about a third of a millisecond for a row."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.today = timezone.localdate()
        self.fields = {name: ClientForm.base_fields[name] for name in CLIENT_FIELDS}
        self.fields["age_reason"] = CaseForm.base_fields["age_reason"]
        self.fields["documentation_given_on"] = consent_day_field("documentation")
        self.fields["opened_on"] = self.fields["last_contact_on"] = self.fields["documentation_given_on"]
        self.tracks = {staff.pk: {track.pk for track in staff.tracks.all()} for staff in plan.staff}
        self.no_name = next(rule for rule in Client._meta.constraints if rule.name == "client_has_a_name")
        self.readers = self._readers()
        self.read: dict[tuple[str, str], Any] = {}

    def _readers(self) -> dict[str, Callable[[str], Any]]:
        """How the text of each column becomes a value."""
        dates = partial(values.as_date_text, starts_1904=self.plan.starts_1904)
        readers: dict[str, Callable[[str], Any]] = {name: form_field.clean for name, form_field in self.fields.items()}
        readers |= {name: lambda text, clean=readers[name]: clean(dates(text)) for name in DATES}
        clean_phone, clean_year, clean_day = readers["phone"], readers["entry_year"], readers["birth_date"]
        readers["phone"] = lambda text: clean_phone(values.as_phone(text))
        readers["entry_year"] = lambda text: clean_year(values.as_year(text, date_of=clean_day))
        readers["full_name"] = self.fields["family_name"].clean
        readers["interpreter_needed"] = values.yes_or_no
        return readers | self._catalogues()

    def _catalogues(self) -> dict[str, Callable[[str], Any]]:
        self.quarters = {row.pk: row for row in Quarter.objects.select_related("district").defer("district__outline")}
        self.all_tracks = {track.pk: track for track in Track.objects.all()}
        named = {
            "quarter": Choices({pk: (row.name, str(pk)) for pk, row in self.quarters.items()}),
            "district": Choices({pk: (name, str(pk), f"Stadtbezirk {name}", f"Bezirk {pk}", f"{pk} {name}")
                                 for pk, name in District.objects.values_list("pk", "name")}),
            "case_manager": Choices({row.pk: (row.user.name, row.user.email) for row in self.plan.staff}),
            "sex": of_choices(Client.Sex, values.SEX),
            "residence_group": of_choices(Client.ResidenceGroup, values.RESIDENCE),
            "german_level": of_choices(Client.GermanLevel, values.GERMAN),
            "service_level": of_choices(Case.ServiceLevel, values.LEVELS),
            "access_route": of_choices(Case.AccessRoute, values.ROUTES),
            "documentation_form": of_choices(Consent.Form, values.FORMS),
        }  # fmt: skip
        tracks = {pk: (row.name, row.name_en, row.code) for pk, row in self.all_tracks.items()}
        self.protected_tracks = Choices({pk: tracks[pk] for pk, row in self.all_tracks.items() if row.is_protected})
        self.open_tracks = Choices({pk: tracks[pk] for pk, row in self.all_tracks.items() if not row.is_protected})
        several = {
            "languages": Choices(_names(Language), extra=values.LANGUAGES),
            "nationalities": Choices(_names(Country), extra=values.NATIONALITIES),
            "topics": Choices({row.pk: (row.name, row.name_en, row.code) for row in main_topics()}),
        }
        readers = {name: choices.find for name, choices in named.items()}
        return readers | {name: choices.find_all for name, choices in several.items()} | {"track": self._track}

    def _track(self, written: str) -> int:
        try:
            self.protected_tracks.find(written)
        except ValidationError:
            return self.open_tracks.find(written)
        raise ValidationError(PROTECTED, "protected_track")

    # --- One row

    def check(self, row: Mapping[str, str], marks: Mapping[str, str] = {}) -> Checked:
        """`row`: column -> text; `marks`: column -> what the reader could not read there."""
        case = Case(created_by=self.plan.user, number="")  # drawn when it is opened
        checked = Checked(Client(created_by=self.plan.user), case)
        found: dict[str, Any] = {}
        for name, text in row.items():
            try:
                _refuse_mark(marks.get(name, ""), text)
                found[name] = self._value(name, text) if text else None
            except ValidationError as error:
                checked.blame(name, error)
        if self._is_headings(row):
            checked.faults = {NON_FIELD_ERRORS: ValidationError(HEADINGS_AGAIN, "headings_again")}
            return checked
        self._fill_client(checked, found)
        self._fill_case(checked, found)
        self._check_rules(checked, found)
        return checked

    def _value(self, name: str, text: str) -> Any:
        """Every column has few different texts, names aside: what was read once is not read again."""
        key = (name, text)
        if key not in self.read:
            try:
                if not text.isascii() and _GARBLED.search(text):
                    raise ValidationError(GARBLED, "garbled")
                self.read[key] = self.readers[name](text)
            except ValidationError as error:
                self.read[key] = error
        if isinstance(self.read[key], ValidationError):
            raise self.read[key]
        return self.read[key]

    def _is_headings(self, row: Mapping[str, str]) -> bool:
        filled = [(name, text) for name, text in row.items() if text]
        return len(filled) > 1 and all(meaning_of(text) for _name, text in filled[:3])

    def _fill_client(self, checked: Checked, found: Mapping[str, Any]) -> None:
        client = checked.client
        if full := found.get("full_name"):
            family, comma, given = full.partition(",")
            names = searched_names({"name": full})
            client.given_names = given.strip() if comma else names["given_names"]
            client.family_name = family.strip() if comma else names["family_name"]
        for name in CLIENT_FIELDS:
            if found.get(name):
                setattr(client, name, found[name])
        for name in ("residence_group", "german_level", "sex"):
            if found.get(name):
                setattr(client, name, found[name])
        client.interpreter_needed = bool(found.get("interpreter_needed"))
        client.quarter_id = found.get("quarter")
        checked.languages, checked.nationalities = found.get("languages") or [], found.get("nationalities") or []

    def _fill_case(self, checked: Checked, found: Mapping[str, Any]) -> None:
        case, client, plan = checked.case, checked.client, self.plan
        case.opened_on = found.get("opened_on") or self.today
        case.access_route = found.get("access_route") or ""
        case.service_level = found.get("service_level") or Case.ServiceLevel.BRIEF
        case.age_reason = found.get("age_reason") or ""
        case.last_contact_on = found.get("last_contact_on")
        case.district_id = found.get("district")
        if client.quarter_id and not case.district_id:
            case.district_id = self.quarters[client.quarter_id].district_id
        responsible = next((row for row in plan.staff if row.pk == found.get("case_manager")), plan.case_manager)
        if responsible:
            case.case_manager, case.provider = responsible, responsible.provider
            client.provider = responsible.provider
        track = self.all_tracks.get(found.get("track")) or plan.track
        if track:
            case.track = track
        checked.topics = found.get("topics") or []

    def _check_rules(self, checked: Checked, found: Mapping[str, Any]) -> None:
        """What concerns more than one cell."""
        client, case, faults = checked.client, checked.case, checked.faults
        if not (client.given_names or client.family_name or client.pseudonym) and not faults.keys() & set(NAMES):
            checked.blame(self._name_column(), ValidationError(self.no_name.violation_error_message, "no_name"))
        if client.entry_year and client.entry_year > self.today.year:
            checked.blame("entry_year", ValidationError(_("Das Jahr der Einreise liegt in der Zukunft."), "in_future"))
        if client.entry_year and client.birth_date and client.entry_year < client.birth_date.year:
            checked.blame(
                "entry_year", ValidationError(_("Das Jahr der Einreise liegt vor der Geburt."), "before_birth")
            )
        if "opened_on" in found and not found["opened_on"]:
            checked.blame("opened_on", ValidationError(REQUIRED, "required"))
        if case.last_contact_on and "opened_on" not in faults and case.last_contact_on < case.opened_on:
            message = _("Der letzte Kontakt liegt vor der Eröffnung des Falls.")
            checked.blame("last_contact_on", ValidationError(message, "before_opening"))
        self._check_place(checked)
        self._check_desk(checked, found)
        self._check_consent(checked, found)

    def _name_column(self) -> str:
        return next((name for name in NAMES if name in self.plan.mapped), NON_FIELD_ERRORS)

    def _check_place(self, checked: Checked) -> None:
        quarter = self.quarters.get(checked.client.quarter_id)
        if quarter and quarter.district_id != checked.case.district_id:
            message = _("%(quarter)s liegt in einem anderen Stadtbezirk (%(district)s).")
            params = {"quarter": quarter, "district": quarter.district.name}
            checked.blame("quarter", ValidationError(message, "other_district", params))

    def _check_desk(self, checked: Checked, found: Mapping[str, Any]) -> None:
        """Whose case it is, on a track this person serves, and how old the client was on that day."""
        case, faults = checked.case, checked.faults
        if not case.case_manager_id:
            checked.blame("case_manager", ValidationError(REQUIRED, "required"))
        if not case.track_id:
            checked.blame("track", ValidationError(REQUIRED, "required"))
        if case.case_manager_id and case.track_id and case.track_id not in self.tracks[case.case_manager_id]:
            params = {"name": case.case_manager.user.name}
            checked.blame("track", ValidationError(OFF_TRACK, "off_track", params))
        case.client = checked.client
        if case.track_id and not faults.keys() & {"opened_on", "birth_date"}:
            try:
                case.set_age()
            except ValidationError as error:
                message = error.message_dict["age_reason"][0]
                checked.blame("age_reason", ValidationError(message, "age"))

    def _check_consent(self, checked: Checked, found: Mapping[str, Any]) -> None:
        given_on, form = found.get("documentation_given_on"), found.get("documentation_form")
        is_sound = not checked.faults.keys() & {"documentation_given_on", "documentation_form"}
        if not is_sound:
            return
        if form and not given_on:
            message = _("Bitte das Datum der Einwilligung eintragen.")
            checked.blame("documentation_given_on", ValidationError(message, "required"))
        elif given_on and not form:
            message = _("Bitte angeben, wie die Einwilligung erteilt wurde.")
            checked.blame("documentation_form", ValidationError(message, "required"))
        elif given_on:
            purpose = Consent.Purpose.DOCUMENTATION
            checked.consent = Consent(purpose=purpose, form=form, given_on=given_on, recorded_by=self.plan.user)
        elif checked.case.service_level == Case.ServiceLevel.CASE_MANAGEMENT:
            message = CaseForm.CONSENT_NEEDED["documentation"]
            checked.blame("documentation_given_on", ValidationError(message, "consent_needed"))


def _names(model: type) -> dict[str, tuple[str, ...]]:
    return {pk: (name, name_en, pk) for pk, name, name_en in model.objects.values_list("pk", "name", "name_en")}


def _refuse_mark(mark: str, text: str) -> None:
    if mark:
        code, _colon, where = mark.partition(":")
        raise ValidationError(MARKS[code], code, {"range": where, "value": text[:20]})


def sentences(checked: Checked) -> Iterable[tuple[str, str]]:
    """Each fault as (column, sentence)."""
    for name, error in checked.faults.items():
        yield name, " ".join(error.messages)


def label_of(name: str) -> str:
    return str(COLUMNS[name].label) if name in COLUMNS else ""
