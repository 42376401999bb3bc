"""From a checked list to cases: all or nothing, once, and back again on the same day; and what is kept of it."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.actions import list_imports
from cases.models import Case, Client, Consent, ImportRow, ListImport, Notice
from districts.models import Track
from kim.audit.models import Entry
from kim.permissions import Permission, may
from tests.case_forms import logged, said, text_of
from tests.factories import (
    CaseFactory,
    ConsentFactory,
    ConsultationFactory,
    FollowUpFactory,
    ListImportFactory,
    TrackFactory,
)
from tests.list_steps import START, address, checked, columns, import_, people, undo, upload
from tests.lists import COLUMN, as_csv, as_xlsx, kinds, rows_of_people

pytestmark = pytest.mark.django_db
State = ImportRow.State
BORN = "01.02.2003"


@pytest.fixture
def track(db):
    return TrackFactory()


# --- The whole way


def test_a_list_becomes_people_and_cases(as_case_manager, case_manager):
    rows, _wrong = rows_of_people(30)
    rows[0] = [
        "Leyla", "Öztürk", "01.02.2003", "w", "0221 4710", "leyla@kim-koeln.example", "arab., Farsi", "SY; türkisch",
        "Kalk", "2015", "Duldung", "B1", "03.03.2026", "CM", "03.03.2026", "mündlich", "", "JC", "Wohnen; Bildung",
        "04.04.2026", "nicht anrufen",
    ]  # fmt: skip
    found = checked(as_case_manager, as_xlsx(rows, dates=("Geburtsdatum", "Eröffnet am")))
    answer = as_case_manager.post(address("list_import_finish", found))
    assert "30 Fälle sind eröffnet." in text_of(as_case_manager.get(answer["Location"]))
    assert Case.objects.visible_to(case_manager).count() == Client.objects.count() == 30
    client = Client.objects.get(family_name="Öztürk", given_names="Leyla")
    case = client.cases.get()
    assert (client.name, client.sex, client.phone, client.entry_year) == ("Leyla Öztürk", "female", "0221 4710", 2015)
    assert {language.pk for language in client.languages.all()} == {"ar", "fa"}
    assert {country.pk for country in client.nationalities.all()} == {"SY", "TR"}
    assert (client.residence_group, client.german_level, client.quarter.name) == ("tolerated", "b1", "Kalk")
    assert client.contact_note == "nicht anrufen"
    assert (case.case_manager.user, case.provider, case.created_by) == (case_manager, client.provider, case_manager)
    assert (case.service_level, case.access_route, case.district.name) == ("case_management", "jobcenter", "Kalk")
    assert (f"{case.opened_on:%d.%m.%Y}", f"{case.last_contact_on:%d.%m.%Y}") == ("03.03.2026", "04.04.2026")
    assert {topic.code for topic in case.topics.all()} == {"housing", "education"}
    assert case.age_at_opening == 23
    consent = client.consents.get()
    assert (consent.purpose, consent.form, f"{consent.given_on:%d.%m.%Y}") == ("documentation", "oral", "03.03.2026")
    assert "oeztuerk" in client.search_text
    assert logged(action__startswith="list.") == ["list.started", "list.imported"]
    entry = Entry.objects.get(action="list.imported")
    assert entry.details == {"cases": 30, "consents": Consent.objects.count(), "left_out": 0}
    assert (entry.subject, entry.organisation) == (f"list:{found.pk}", "am-dom")


def test_what_is_not_in_the_list_is_as_in_a_new_form(as_case_manager, case_manager):
    import_(checked(as_case_manager, people("Haile, Amal", "Berisha")), case_manager)
    first, second = Client.objects.order_by("birth_date")
    assert (first.given_names, first.family_name, second.given_names) == ("Amal", "Haile", "Berisha")
    case = first.cases.get()
    assert (case.opened_on, case.service_level, case.status) == (timezone.localdate(), "brief", "clearing")
    assert (case.district, case.last_contact_on, first.sex, first.version, case.version) == (
        None,
        None,
        "not_stated",
        1,
        1,
    )
    assert not Consent.objects.exists()


def test_every_fault_is_named_by_row_and_column(as_case_manager, django_assert_num_queries):
    """1,500 rows with 81 faulty ones: each kind of fault three times."""
    rows, wrong = rows_of_people(1500, 81)
    assert len(kinds(wrong)) >= 20
    found = checked(as_case_manager, as_csv(rows))
    counts = found.rows.counts()
    assert (counts["faulty"], counts["good"], counts["heading"]) == (81, 1419, 1)
    faults = {row.position: row.faults for row in found.rows.filter(state=State.FAULTY)}
    by_column = {number: name for name, number in found.mapping.items()}
    assert faults == {row: [[by_column[COLUMN[heading]], code]] for row, (heading, code) in wrong.items()}
    shown = ""
    for page in range(1, 5):
        shown += text_of(as_case_manager.get(address("list_import", found), {"stand": "faulty", "page": page}))
    for row, (heading, _code) in wrong.items():
        assert f'data-label="Zeile">{row}</td>' in shown
        assert f"Spalte {chr(65 + COLUMN[heading])}, " in shown
    with pytest.raises(ValidationError, match="Zeilen mit Fehlern"):
        import_(found, found.created_by)
    assert not Case.objects.exists()


# --- Possible duplicates


def test_the_same_person_or_telephone_twice_in_a_list(as_case_manager, case_manager):
    rows = [
        ["Amal Haile", BORN, "0221 4710123"], ["Haile, Amal", BORN, ""], ["Amal Haile", "02.02.2003", ""],
        ["Yusuf", "", "+49 221 4710123"], ["Yusuf", "", ""],
    ]  # fmt: skip
    found = checked(as_case_manager, as_csv(rows, headings=["Name", "Geburtsdatum", "Telefon"]))
    assert [row.twin for row in found.rows.filter(position__gt=1)] == [None, 2, None, 2, 5]
    page = text_of(as_case_manager.get(address("list_import", found)))
    assert "wie in Zeile 2." in page
    with pytest.raises(ValidationError, match="offenen Fragen"):
        import_(found, case_manager)
    decide = address("list_import_decide", found)
    as_case_manager.post(decide, {"row": 3, "decision": "leave_out"})
    as_case_manager.post(decide, {"state": "double", "decision": "new"})
    import_(found, case_manager)
    assert Client.objects.count() == 4


def test_a_correction_finds_and_frees_twins(as_case_manager):
    rows = [["Amal Haile", BORN], ["Yusuf Barry", BORN], ["Yusuf Barry", BORN]]
    found = checked(as_case_manager, as_csv(rows, headings=["Name", "Geburtsdatum"]))
    third, fourth = found.rows.get(position=3), found.rows.get(position=4)
    as_case_manager.post(address("list_import_row", third), {"full_name": "Amal Haile", "birth_date": BORN})
    assert [row.twin for row in found.rows.filter(position__gt=1)] == [None, 2, None]
    fourth.refresh_from_db()
    assert fourth.state == State.GOOD


def test_people_of_ones_own_are_named_by_their_case(as_case_manager, case_manager, colleague, stranger):
    own = CaseFactory(case_manager=case_manager.case_manager, client__phone="0221 999888")
    name, born = own.client.name, f"{own.client.birth_date:%d.%m.%Y}"
    for other in (colleague, stranger):
        CaseFactory(case_manager=other.case_manager, client__phone="0221 777666")
    rows = [[name, born, ""], ["Jemand", "", "0221/999 888"], [name, "", ""], ["Niemand", "", "0221 777666"]]
    found = checked(as_case_manager, as_csv(rows, headings=["Name", "Geburtsdatum", "Telefon"]))
    assert [bool(row.known) for row in found.rows.filter(position__gt=1)] == [True, True, True, False]
    assert own.number in text_of(as_case_manager.get(address("list_import", found)))
    assert not Entry.objects.filter(action="client.searched").exists()


def test_a_colleagues_case_is_hinted_at_by_whole_name_and_birth_date_only(as_case_manager, colleague, stranger):
    born = "01.02.2003"
    for who, name in ((colleague, "Haile"), (stranger, "Fremd")):
        CaseFactory(
            case_manager=who.case_manager,
            client__given_names="Amal", client__family_name=name, client__birth_date=date(2003, 2, 1),
        )  # fmt: skip
    CaseFactory(
        case_manager=colleague.case_manager, protected=True,
        client__given_names="Amal", client__family_name="Geschützt", client__birth_date=date(2003, 2, 1),
    )  # fmt: skip
    rows = [
        ["Amal Haile", born], ["Amal Ha", born], ["Amal Haile", "02.02.2003"], ["Amal Fremd", born],
        ["Amal Geschützt", born],
    ]  # fmt: skip
    found = checked(as_case_manager, as_csv(rows, headings=["Name", "Geburtsdatum"]))
    assert [bool(row.known) for row in found.rows.filter(position__gt=1)] == [True, False, False, False, False]
    page = text_of(as_case_manager.get(address("list_import", found)))
    assert f"Bitte {colleague.name} ansprechen" in page
    assert not set(Case.objects.values_list("number", flat=True)) & set(page.split())
    assert logged(action="client.searched") == ["client.searched"]


def test_whoever_learns_by_a_correction_that_somebody_is_known_is_in_the_log(as_case_manager, colleague):
    CaseFactory(
        case_manager=colleague.case_manager,
        client__given_names="Amal", client__family_name="Haile", client__birth_date=date(2001, 2, 1),
    )  # fmt: skip
    found = checked(as_case_manager, people("Nie Gesehen"))
    row = found.rows.last()
    for name, searches in (("Auch Unbekannt", []), ("Amal Haile", ["client.searched"])):
        as_case_manager.post(address("list_import_row", row), {"full_name": name, "birth_date": "01.02.2001"})
        assert logged(action="client.searched") == searches


def test_a_lead_is_told_numbers_of_the_team_but_none_of_a_protected_track(as_lead, case_manager, track):
    for protected in (False, True):
        CaseFactory(
            case_manager=case_manager.case_manager, protected=protected,
            client__given_names="Amal", client__family_name="Haile", client__birth_date=date(2003, 2, 1),
        )  # fmt: skip
    found = checked(as_lead, as_csv([["Amal Haile", BORN]], headings=["Name", "Geburtsdatum"]),
                    case_manager=case_manager.case_manager.pk, track=track.pk)  # fmt: skip
    open_case = Case.objects.get(track__is_protected=False)
    assert found.rows.get(position=2).known == {"cases": [open_case.number], "colleagues": [], "was_own": False}
    page = text_of(as_lead.get(address("list_import", found)))
    assert open_case.number in page
    assert reverse("cases:detail", args=[open_case.number]) not in page


# --- The lead's list


def test_a_lead_lays_cases_on_the_desks_of_the_team(as_lead, lead, case_manager, colleague, stranger, track):
    rows = [["Amal", colleague.name], ["Yusuf", case_manager.email], ["Leyla", stranger.name], ["Ana", ""]]
    found = checked(as_lead, as_csv(rows, headings=["Name", "Zuständig"]), track=track.pk)
    assert [row.faults for row in found.rows.filter(position__gt=1)] == [
        [], [], [["case_manager", "unknown"]], [["case_manager", "required"]],
    ]  # fmt: skip
    page = text_of(as_lead.get(address("list_import", found)))
    assert "Offene Fälle vorher und nachher" in page
    as_lead.post(address("list_import_decide", found), {"state": "faulty", "decision": "leave_out"})
    import_(found, lead)
    assert Counter(Case.objects.values_list("case_manager__user__name", flat=True)) == {
        colleague.name: 1, case_manager.name: 1,
    }  # fmt: skip
    assert {case.created_by for case in Case.objects.all()} == {lead}
    assert {notice.user for notice in Notice.objects.filter(kind=Notice.Kind.CASE_RECEIVED)} == {
        colleague,
        case_manager,
    }
    assert not Case.objects.visible_to(lead).exists()


def test_a_lead_says_who_is_responsible(as_lead, case_manager, stranger, track):
    answer = upload(as_lead, people("Amal"))
    page = as_lead.get(answer["Location"])
    for wrong in ("", stranger.case_manager.pk, "x", "9" * 30):
        again = as_lead.post(answer["Location"], columns(page, track=track.pk, case_manager=wrong))
        assert again.context["form"].errors["case_manager"]


def test_on_ones_own_desk_nobody_else_is_responsible(as_case_manager, case_manager, colleague):
    found = checked(as_case_manager, people("Amal", Zuständig=colleague.name), case_manager=colleague.case_manager.pk)
    import_(found, case_manager)
    assert Case.objects.get().case_manager.user == case_manager


# --- All or nothing, once


def nothing_imported(found):
    found.refresh_from_db()
    assert found.status == ListImport.Status.READY
    assert not Client.objects.exists()
    assert not Case.objects.exists()
    assert not Consent.objects.exists()
    assert not logged(action="list.imported")
    assert set(found.rows.filter(position__gt=1).values_list("state", flat=True)) == {State.GOOD}


@pytest.mark.parametrize("broken", ["Case.topics", "record", "notify", "Consent"])
def test_an_error_in_the_middle_leaves_nothing_behind(broken, as_case_manager, case_manager, monkeypatch):
    rows, _wrong = rows_of_people(20)
    found = checked(as_case_manager, as_csv(rows))

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    if broken == "Case.topics":
        monkeypatch.setattr(Case.topics.through._default_manager, "bulk_create", fail)
    elif broken == "Consent":
        monkeypatch.setattr(Consent.objects, "bulk_create", fail)
    else:
        monkeypatch.setattr(list_imports, broken, fail)
    with pytest.raises(ZeroDivisionError):
        as_case_manager.post(address("list_import_finish", found))
    nothing_imported(found)
    monkeypatch.undo()
    assert import_(found, case_manager) == 20


def test_a_row_that_is_no_longer_sound_stops_all(as_case_manager, case_manager):
    rows, _wrong = rows_of_people(5)
    found = checked(as_case_manager, as_csv(rows))
    Track.objects.filter(pk=found.track_id).update(min_age=90, max_age=99)
    answer = as_case_manager.post(address("list_import_finish", found))
    assert "Zeile 2 ist nicht mehr in Ordnung" in said(answer)
    nothing_imported(found)


def test_a_list_with_nothing_left_is_not_imported(as_case_manager):
    found = checked(as_case_manager, people("Amal"))
    as_case_manager.post(address("list_import_decide", found), {"row": 2, "decision": "leave_out"})
    answer = as_case_manager.post(address("list_import_finish", found))
    assert "keine Zeile, die eingelesen werden kann" in said(answer)


def test_a_second_click_reads_that_it_is_done(as_case_manager, case_manager):
    found = checked(as_case_manager, people("Amal"))
    first, second = ListImport.objects.get(pk=found.pk), ListImport.objects.get(pk=found.pk)
    assert list_imports.import_list(first, by=case_manager) == 1
    with pytest.raises(ValidationError, match="schon eingelesen"):
        list_imports.import_list(second, by=case_manager)
    assert Case.objects.count() == 1


def test_the_same_file_is_read_once_a_day_at_a_traeger(
    as_case_manager, as_colleague, as_stranger, case_manager, colleague
):
    content = people("Amal")
    mine, theirs = checked(as_case_manager, content), checked(as_colleague, content)
    import_(mine, case_manager)
    with pytest.raises(ValidationError, match=f"heute schon eingelesen worden: um .* von {case_manager.name}"):
        import_(theirs, colleague)
    assert Case.objects.count() == 1
    assert "heute schon eingelesen worden" in text_of(upload(as_colleague, content))
    assert upload(as_stranger, content).status_code == 302
    yesterday = timezone.localdate() - timedelta(days=1)
    ListImport.objects.filter(pk=mine.pk).update(imported_on=yesterday)
    assert upload(as_colleague, content).status_code == 302


def test_ten_thousand_numbers_are_all_different(db, monkeypatch):
    taken = CaseFactory(number="K-0000-00")
    drawn = iter([taken.number, "K-1111-11", "K-1111-11", "K-2222-22", "K-3333-33"])
    monkeypatch.setattr(list_imports, "new_number", lambda: next(drawn))
    assert set(list_imports._new_numbers(2)) == {"K-1111-11", "K-2222-22"}
    monkeypatch.undo()
    numbers = list_imports._new_numbers(3000)
    assert len(set(numbers)) == 3000


@pytest.mark.parametrize("status", ListImport.Status.values)
@pytest.mark.parametrize(
    ("name", "possible"),
    [
        ("list_import_header", {"mapping"}), ("list_import_columns", {"mapping", "checking", "ready"}),
        ("list_import_check", {"checking"}), ("list_import_decide", {"ready"}), ("list_import_finish", {"ready"}),
        ("list_import_row", {"ready"}), ("list_import_undo", {"imported"}),
        ("list_import_discard", {"mapping", "checking", "ready"}),
    ],
)  # fmt: skip
def test_every_step_in_every_state(name, possible, status, as_case_manager, case_manager):
    """A step asked for in the wrong state changes nothing and leads to where the list stands."""
    more = {"imported": True} if status == "imported" else {"status": status}
    only = {"given_names": "Amal", "family_name": "Haile", "birth_date": BORN}
    found = ListImportFactory(
        created_by=case_manager, track=case_manager.case_manager.tracks.get(), rows=[only], **more
    )
    found.rows.filter(position=2).update(state={"checking": "waiting", "ready": "good"}.get(status, "good"))
    before = ListImport.objects.values().get()
    typed = {
        "header_row": 2, "column_0": "given_names", "column_1": "family_name", "track": found.track_id,
        "row": 2, "decision": "leave_out", "given_names": "Amal", "family_name": "H.",
    }  # fmt: skip
    answer = as_case_manager.post(address(name, found.rows.get() if name == "list_import_row" else found), typed)
    assert answer.status_code == 302
    after = ListImport.objects.values().first()
    assert (after != before) is (status in possible), said(answer)


# --- Undoing


@pytest.fixture
def imported(as_case_manager, case_manager):
    rows, _wrong = rows_of_people(6)
    for row in rows:
        row[COLUMN["Art der Hilfe"]], row[COLUMN["Einwilligung vom"]] = "CM", "01.03.2026"
        row[COLUMN["Form der Einwilligung"]] = "schriftlich"
    found = checked(as_case_manager, as_csv(rows))
    import_(found, case_manager)
    found.refresh_from_db()
    return found


def test_an_import_is_taken_back_on_the_same_day(as_case_manager, case_manager, imported):
    kept = CaseFactory(case_manager=case_manager.case_manager)
    as_case_manager.get(reverse("cases:detail", args=[Case.objects.exclude(pk=kept.pk).first().number]))
    assert "Alle 6 Fälle dieser Liste wieder löschen?" in text_of(
        as_case_manager.get(address("list_import_undo", imported))
    )
    answer = as_case_manager.post(address("list_import_undo", imported))
    assert "6 Fälle sind wieder gelöscht." in said(answer)
    assert list(Case.objects.all()) == [kept]
    assert list(Client.objects.all()) == [kept.client]
    assert not Consent.objects.exists()
    assert not ImportRow.objects.exists()
    assert Entry.objects.get(action="list.undone").details == {"cases": 6}
    assert "rückgängig gemacht" in text_of(as_case_manager.get(answer["Location"]))
    assert "schon rückgängig gemacht" in said(as_case_manager.post(address("list_import_undo", imported)))


def test_a_file_can_be_read_again_after_it_was_taken_back(as_case_manager, case_manager):
    content = people("Amal")
    found = checked(as_case_manager, content)
    import_(found, case_manager)
    undo(found, case_manager)
    import_(checked(as_case_manager, content), case_manager)
    assert Case.objects.count() == 1


TOUCHES = {
    "consultation": lambda case: ConsultationFactory(case=case),
    "follow-up": lambda case: FollowUpFactory(case=case),
    "phase": lambda case: Case.objects.filter(pk=case.pk).update(version=2),
    "person": lambda case: Client.objects.filter(pk=case.client_id).update(version=2),
    "withdrawn consent": lambda case: case.client.consents.update(withdrawn_on=timezone.localdate()),
    "further consent": lambda case: ConsentFactory(client=case.client, purpose=Consent.Purpose.HEALTH),
    "no consent": lambda case: case.client.consents.all().delete(),
    "second case": lambda case: CaseFactory(client=case.client, case_manager=case.case_manager, closed=True),
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_a_case_somebody_worked_on_keeps_the_whole_import(touch, as_case_manager, imported):
    case = Case.objects.order_by("pk")[2]
    TOUCHES[touch](case)
    before = Case.objects.count()
    answer = as_case_manager.post(address("list_import_undo", imported))
    assert f"In 1 dieser Fälle ist seither gearbeitet worden: {case.number}. Nichts ist gelöscht." in said(answer)
    assert Case.objects.count() == before
    assert Client.objects.count() == 6
    imported.refresh_from_db()
    assert imported.status == ListImport.Status.IMPORTED


def test_a_case_that_is_gone_keeps_the_import_too(case_manager, imported):
    Case.objects.first().delete()
    with pytest.raises(ValidationError, match="gearbeitet worden"):
        undo(imported, case_manager)


def test_an_error_in_the_middle_of_undoing_deletes_nothing(case_manager, imported, monkeypatch):
    monkeypatch.setattr(list_imports, "record", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        undo(imported, case_manager)
    assert Case.objects.count() == 6
    imported.refresh_from_db()
    assert imported.can_be_undone


def test_tomorrow_it_is_too_late(as_case_manager, case_manager, imported):
    ListImport.objects.update(imported_on=timezone.localdate() - timedelta(days=1))
    assert "Rückgängig machen geht nur am Tag" in said(as_case_manager.post(address("list_import_undo", imported)))
    assert address("list_import_undo", imported) not in text_of(as_case_manager.get(address("list_import", imported)))
    assert Case.objects.count() == 6


# --- Who, and what is kept


def test_a_list_is_its_uploaders_alone(as_colleague, as_lead, as_deputy, as_stranger, case_manager):
    found = ListImportFactory(created_by=case_manager)
    for browser in (as_colleague, as_lead, as_deputy, as_stranger):
        assert browser.get(address("list_import", found)).status_code == 404
        assert browser.post(address("list_import_finish", found)).status_code == 404
        assert str(found.pk) not in text_of(browser.get(START))


def test_a_list_stays_at_the_traeger(as_case_manager, case_manager, stranger):
    found = ListImportFactory(created_by=case_manager)
    case_manager.case_manager.provider = stranger.case_manager.provider
    case_manager.case_manager.save()
    assert as_case_manager.get(address("list_import", found)).status_code == 404


def test_the_verb_is_that_of_case_managers_and_leads(case_manager, lead, coordination, data_protection, admin_user):
    allowed = [
        may(user, Permission.IMPORT_LISTS) for user in (case_manager, lead, coordination, data_protection, admin_user)
    ]
    assert allowed == [True, True, False, False, False]


def test_nothing_of_a_list_is_readable_in_the_database(as_case_manager):
    secret = ["Zweifelhard", "4711471", "quellwolke", "01.02.2003", "2003-02-01"]
    row = ["Zweifelhard", "01.02.2003", "0221 4711471", "quellwolke@kim-koeln.example", "31.02.2000"]
    headings = ["Name", "Geburtsdatum", "Telefon", "E-Mail", "Eröffnet am"]
    checked(as_case_manager, as_csv([row], headings=headings))
    stored = ""
    with connection.cursor() as cursor:
        for table in (ListImport._meta.db_table, ImportRow._meta.db_table):
            cursor.execute(f"SELECT * FROM {table}")
            stored += str(cursor.fetchall())
    assert not [word for word in secret if word in stored]
    assert not [word for word in secret if word in str(list(Entry.objects.values("details", "subject")))]


def test_rows_are_gone_after_the_import_and_its_day(as_case_manager, imported):
    assert not any(row.content for row in imported.rows.filter(state=State.IMPORTED))
    assert imported.header == ""
    call_command("tidy_list_imports")
    assert imported.rows.exists()
    ListImport.objects.update(imported_on=timezone.localdate() - timedelta(days=1))
    call_command("run_jobs")
    assert not imported.rows.exists()
    assert ListImport.objects.get().case_count == 6
    assert Entry.objects.get(action="list.expired").details == {"count": 0, "rows": 7}
    assert Case.objects.count() == 6


def test_unfinished_lists_live_fourteen_days(case_manager):
    now = timezone.now()
    kept = ListImportFactory(created_by=case_manager, changed_at=now - timedelta(days=13, hours=23))
    ListImportFactory(created_by=case_manager, changed_at=now - timedelta(days=14, minutes=1))
    old = ListImportFactory(created_by=case_manager, imported=True, changed_at=now - timedelta(days=30))
    call_command("tidy_list_imports")
    call_command("tidy_list_imports")
    assert set(ListImport.objects.all()) == {kept, old}
    assert logged(action="list.expired") == ["list.expired"]


def test_a_list_is_thrown_away(as_case_manager, case_manager):
    found = ListImportFactory(created_by=case_manager)
    assert "Diese Liste mit allen Korrekturen verwerfen?" in text_of(
        as_case_manager.get(address("list_import_discard", found))
    )
    as_case_manager.post(address("list_import_discard", found))
    assert not ImportRow.objects.exists()
    assert logged(action="list.discarded") == ["list.discarded"]


def test_no_list_prints_a_name(case_manager):
    found = ListImportFactory(created_by=case_manager)
    assert str(found) == f"Liste {found.pk}"
    assert {str(row) for row in found.rows.all()} == {"Zeile 2", "Zeile 3"}
