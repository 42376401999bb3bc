"""The database of the state: what is left to transfer, a sheet that names nobody, and notes that can be taken back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases.models import Case, StateRecord
from cases.state_database import SHEET, key_of, sheet_of, standing_of, with_sheet_data
from districts.models import Track
from tests.case_forms import ago, german, logged, nothing_stored, queries, said, text_of, url
from tests.factories import (
    CaseFactory,
    ConsentFactory,
    ConsultationFactory,
    GoalFactory,
    ReferralFactory,
    StateRecordFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager, client__family_name="Unverkennbar")


def known(case):
    return with_sheet_data(Case.objects.filter(pk=case.pk)).get()


def values(case):
    return {label: value for _title, fields in sheet_of(known(case)) for label, value in fields}


# --- What is left to transfer

OPEN, CLOSED, WITHDRAWN = "open", "goals_reached", "consent_withdrawn"


@pytest.mark.parametrize(
    ("state", "note", "is_due", "words"),
    [
        (OPEN, None, True, "noch nicht übertragen"),
        (OPEN, "open", False, "übertragen am"),
        (OPEN, 9, True, "seit der Übertragung wieder geöffnet"),
        (OPEN, "withheld", False, "wird nicht übertragen"),
        (CLOSED, None, True, "noch nicht übertragen"),
        (CLOSED, "open", True, "Abschluss noch nicht übertragen"),
        (CLOSED, 3, False, "übertragen am"),
        (CLOSED, 9, True, "Abschluss noch nicht übertragen"),  # reopened and closed once more since
        (CLOSED, "withheld", False, "wird nicht übertragen"),
        (WITHDRAWN, None, False, "nicht übertragen"),
        (WITHDRAWN, "open", False, "übertragen am"),
    ],
)
def test_what_is_due_says_the_list_as_well_as_the_file(state, note, is_due, words):
    """`note`: nothing, transferred as an open case, as one closed so many days ago, or withheld."""
    case = CaseFactory() if state == OPEN else CaseFactory(closed=True, closed_on=ago(3), closing_reason=state)
    if note is not None:
        closed_on = ago(note) if isinstance(note, int) else None
        StateRecordFactory(case=case, closed_on=closed_on, is_withheld=note == "withheld")
    assert Case.objects.state_record_due().exists() == is_due
    standing = standing_of(Case.objects.with_state_record().get())
    assert standing.is_due == is_due
    assert standing.text.startswith(words)


def test_the_list_holds_the_own_cases_alone(as_deputy, as_case_manager, case):
    CaseFactory()
    StateRecordFactory(case=CaseFactory(case_manager=case.case_manager))
    CaseFactory(case_manager=case.case_manager, closed=True, opened_on=ago(200), closed_on=ago(91))
    assert [row[0] for row in as_case_manager.get(url("state_database")).context["rows"]] == [case]
    assert as_deputy.get(url("state_database")).context["rows"] == []


def test_the_file_says_it_in_one_quiet_line(as_case_manager, case):
    page = text_of(as_case_manager.get(url("detail", case)))
    assert f'<a href="{url("state_sheet", case)}">noch nicht übertragen</a>' in page
    assert "state" not in {hint.code for hint in as_case_manager.get(url("detail", case)).context["hints"]}


# --- The sheet


def test_the_sheet_carries_facts_and_names_nobody(as_case_manager, case):
    case.client.legal_spheres = ["sgb2", "sgb9"]
    case.client.save()
    housing = TopicFactory(code="housing-search", name="Wohnungssuche", parent=TopicFactory())
    case.topics.set([housing])
    for minutes in (30, 45):
        ConsultationFactory(case=case, minutes=minutes, topics=[housing], note="Geheim.")
    ConsultationFactory(case=case, kind="network", minutes=20)
    ReferralFactory(case=case, accepted=True, institution=None, other_institution="Praxis am Park")
    GoalFactory(plan__case=case, text="Eine Wohnung für mich.")
    shown = values(case)
    assert shown["Fallnummer"] == case.number
    assert shown["Alter bei Eröffnung"] == str(case.age_at_opening)
    assert shown["Rechtskreise"] == "SGB II"  # SGB IX says something about health
    assert shown["Jahr der Einreise"] == "keine Angabe"
    assert shown["Themen zu Beginn"] == shown["Themen der Beratungen"] == TopicFactory().name
    assert (shown["Beratungen mit der Person"], shown["Minuten mit der Person"]) == ("2", "75")
    assert (shown["Büro: Zahl"], shown["Netzwerk: Minuten"]) == ("2", "20")
    assert "Video: Zahl" not in shown
    assert (shown["Vermittlungen"], shown["davon angenommen"]) == ("1", "1")
    assert (shown["vereinbarte Ziele"], shown["davon offen"]) == ("1", "1")
    assert "abgeschlossen am" not in shown
    page = text_of(as_case_manager.get(url("state_sheet", case)))
    for secret in ("Unverkennbar", german(case.client.birth_date), "Geheim", "Praxis am Park", "Eine Wohnung für mich"):
        assert secret not in page
    assert logged() == ["state_database.read"]


def test_the_fields_stand_in_one_table_that_is_easy_to_change(case, monkeypatch):
    fewer = SHEET[0].__class__("Fall", SHEET[0].fields[:1])
    monkeypatch.setattr("cases.state_database.SHEET", (fewer,))
    assert sheet_of(known(case)) == [("Fall", [("Fallnummer", case.number)])]


@pytest.mark.parametrize("code", ["lsbti", "disability"])
def test_a_protected_track_is_never_on_the_sheet(as_case_manager, case, code):
    case.track = track = Track.objects.get(code=code)
    case.save()
    page = text_of(as_case_manager.get(url("state_sheet", case)))
    assert "Es fehlt eine Einwilligung" in page
    assert "data-select" not in page
    ConsentFactory(client=case.client, purpose=track.special_category)
    page = text_of(as_case_manager.get(url("state_sheet", case)))
    assert "ausdrücklich eingewilligt" in page
    assert "Schwerpunkt" not in values(case)
    assert track.name not in page
    assert track.name_en not in page


def test_without_the_consent_to_the_file_nothing_is_offered(as_case_manager, case):
    ConsentFactory(client=case.client, withdrawn_on=ago(0))
    page = text_of(as_case_manager.get(url("state_sheet", case)))
    assert "Die Einwilligung in das Führen der Akte gilt nicht mehr." in page
    assert "data-select" not in page


# --- The notes


def test_several_are_ticked_off_at_once(as_case_manager, case_manager, case):
    closed = CaseFactory(case_manager=case.case_manager, closed=True, closed_on=ago(2))
    left = CaseFactory(case_manager=case.case_manager)
    chosen = {"case": [key_of(case), key_of(closed)], "noted_on": german(ago(1))}
    for _ in range(2):
        answer = as_case_manager.post(url("state_database"), chosen)
    assert "inzwischen verändert" in text_of(answer)  # the second click finds them done
    assert {(row.case, row.noted_on, row.closed_on, row.noted_by) for row in StateRecord.objects.all()} == {
        (case, ago(1), None, case_manager),
        (closed, ago(1), ago(2), case_manager),
    }
    assert logged() == ["state_database.transferred"] * 2
    assert [row[0] for row in as_case_manager.get(url("state_database")).context["rows"]] == [left]


@pytest.mark.parametrize(
    ("field", "typed"), [("case", "K-7F3K-9Q@"), ("case", ""), ("noted_on", ""), ("noted_on", "1.1.99")]
)
def test_what_is_no_choice_is_refused(as_case_manager, case, field, typed):
    with nothing_stored():
        chosen = {"case": key_of(case), "noted_on": german(ago(0))} | {field: typed}
        answer = as_case_manager.post(url("state_database"), chosen)
    assert list(answer.context["form"].errors) == [field]


def test_a_day_before_the_opening_is_refused(as_case_manager, case):
    typed = {"case": key_of(case), "noted_on": german(case.opened_on - timedelta(days=1))}
    with nothing_stored():
        answer = as_case_manager.post(url("state_transferred", case), typed)
    assert "Das liegt vor der Eröffnung" in said(answer)
    as_case_manager.post(url("state_transferred", case), typed | {"noted_on": german(case.opened_on)})
    assert StateRecord.objects.get().noted_on == case.opened_on


def test_what_was_closed_meanwhile_is_looked_at_again(as_case_manager, case):
    typed = {"case": key_of(case), "noted_on": german(ago(0))}
    case.close(on=ago(0), reason=Case.ClosingReason.OTHER)
    case.save()
    with nothing_stored():
        answer = as_case_manager.post(url("state_transferred", case), typed)
    assert "inzwischen verändert" in said(answer)


def test_who_wants_no_transfer_is_left_in_peace_until_taken_back(as_case_manager, case):
    as_case_manager.post(url("state_note", case), {"step": "withhold"})
    page = text_of(as_case_manager.get(url("state_sheet", case)))
    assert "wird nicht übertragen" in page
    assert "data-select" not in page
    for _ in range(2):
        as_case_manager.post(url("state_note", case), {"step": "take_back"})
    assert not StateRecord.objects.exists()
    assert logged() == ["state_database.withheld", "state_database.read", "state_database.taken_back"]
    assert "angebotenen Schritte" in said(as_case_manager.post(url("state_note", case), {"step": "erase"}))


def test_the_database_refuses_an_end_after_the_note(case):
    with pytest.raises(IntegrityError, match="state_record_closed_before_noted"), transaction.atomic():
        StateRecordFactory(case=case, noted_on=ago(2), closed_on=ago(1))


# --- Speed


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_list_does_not_query_per_row(as_case_manager, case_manager, row_count):
    CaseFactory.create_batch(row_count, case_manager=case_manager.case_manager)
    assert queries(lambda: as_case_manager.get(url("state_database"))) == 4


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_sheet_does_not_query_per_row(as_case_manager, case, row_count):
    ConsultationFactory.create_batch(row_count, case=case, topics=[TopicFactory()])
    ReferralFactory.create_batch(row_count, case=case)
    assert queries(lambda: as_case_manager.get(url("state_sheet", case))) == 8
