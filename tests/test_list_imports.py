"""From an uploaded list to cases: every step by its page, all or nothing, once, and back again on the same day."""

import json
import uuid
from collections import Counter
from datetime import date, timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from cases.actions import list_imports, lists
from cases.lists import checking
from cases.lists.reading import MOST_BYTES
from cases.models import Case, Client, Consent, ImportRow, ListImport, Notice
from cases.views.list_imports import PAGE_SIZE
from districts.models import Track
from kim.audit.models import Entry
from kim.permissions import Permission, may
from tests.case_forms import logged, queries, said, text_of
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ClientFactory,
    ConsentFactory,
    ConsultationFactory,
    FollowUpFactory,
    ListImportFactory,
    TrackFactory,
)
from tests.lists import COLUMN, HEADINGS, as_csv, as_xlsx, kinds, rows_of_people

pytestmark = pytest.mark.django_db
START = "/faelle/liste-einlesen/"
State = ImportRow.State


def address(name, found):
    return reverse(f"cases:{name}", args=[found.pk])


def upload(browser, content, name="liste.xlsx", **typed):
    data = {"form_key": str(uuid.uuid4()), "sheet": "", "file": SimpleUploadedFile(name, content)} | typed
    return browser.post(START, data)


def columns(answer, **typed):
    """What the page about the columns would send if nobody touched it."""
    form = answer.context["form"]
    return {bound.html_name: bound.value() or "" for bound in form} | typed


def checked(browser, content, **typed):
    """A list that is uploaded, with its columns as guessed, and checked."""
    answer = upload(browser, content)
    assert answer.status_code == 302, answer.context["form"].errors
    found = ListImport.objects.first()
    page = browser.get(answer["Location"])
    answer = browser.post(address("list_import_columns", found), columns(page, **typed))
    assert answer.status_code == 302, answer.context["form"].errors
    while found.status != ListImport.Status.READY:
        browser.post(address("list_import_check", found))
        found.refresh_from_db()
    return found


def people(*names, **more):
    """A small list: a name each, born on the same day, and further columns."""
    rows = [[name, f"01.02.{2001 + number}", *more.values()] for number, name in enumerate(names)]
    return as_csv(rows, headings=["Name", "Geburtsdatum", *more])


def import_(found, by):
    return list_imports.import_list(ListImport.objects.get(pk=found.pk), by=by)


def undo(found, by):
    return list_imports.undo_import(ListImport.objects.get(pk=found.pk), by=by)


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


# --- Uploading


def test_upload_needs_a_token_and_a_login_and_the_verb(case_manager, coordination, client_of):
    data = {"file": SimpleUploadedFile("liste.csv", people("Amal")), "form_key": str(uuid.uuid4())}
    strict = client_of(case_manager, enforce_csrf_checks=True)
    assert strict.post(START, data).status_code == 403
    strict.get(START)
    token = strict.cookies["csrftoken"].value
    data["file"].seek(0)
    assert strict.post(START, {"csrfmiddlewaretoken": token} | data).status_code == 302
    assert client_of(coordination).post(START, data).status_code == 403
    assert Browser().post(START, data)["Location"].startswith("/anmelden/")
    assert ListImport.objects.count() == 1


class Unread:
    """A body that must not be read."""

    def read(self, *_args):
        raise AssertionError("the body was read")

    readline = read


def test_no_byte_is_read_before_it_is_known_who_sends_it(client_of, coordination):
    for browser in (Browser(), client_of(coordination)):
        answer = browser.generic(
            "POST",
            START,
            b"",
            content_type="multipart/form-data; boundary=x",
            **{"wsgi.input": Unread(), "CONTENT_LENGTH": 99},
        )
        assert answer.status_code in {302, 403}


def test_other_pages_refuse_files_still(as_case_manager):
    answer = as_case_manager.post("/faelle/suche/", {"q": "a", "file": SimpleUploadedFile("a.csv", b"x")})
    assert answer.status_code == 400


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 50 * 1024 * 1024])
def test_a_large_file_gets_a_sentence(as_case_manager, size):
    answer = upload(as_case_manager, b"x" * size)
    assert answer.status_code == 200
    assert "zu groß: höchstens 10 MB" in text_of(answer)
    assert not ListImport.objects.exists()


def test_a_much_too_large_file_breaks_off_with_the_sentence(as_case_manager, monkeypatch):
    monkeypatch.setattr("cases.views.list_imports.MOST_BYTES", 1000)
    assert "zu groß" in text_of(upload(as_case_manager, b"x" * 10_000))


@pytest.mark.parametrize("typed", [{"file": ""}, {"file": SimpleUploadedFile("leer.csv", b"")}])
def test_without_a_file_there_is_a_sentence(as_case_manager, typed):
    answer = as_case_manager.post(START, {"form_key": str(uuid.uuid4())} | typed)
    assert "Bitte eine Datei auswählen." in text_of(answer) or "Die Datei ist leer." in text_of(answer)


def test_the_page_itself_makes_no_error_and_gives_the_key(as_case_manager):
    page = as_case_manager.get(START)
    assert not page.context["form"].errors
    key = str(page.context["form"]["form_key"].value())
    assert f'value="{key}"' in text_of(page)
    assert upload(as_case_manager, people("Amal"), form_key=key).status_code == 302


@pytest.mark.parametrize("key", ["", "x", "\x00"])
def test_a_broken_form_key_is_no_500(as_case_manager, key):
    assert upload(as_case_manager, people("Amal"), form_key=key).status_code == 200
    assert not ListImport.objects.exists()


def test_a_bad_file_is_refused_at_its_field(as_case_manager):
    answer = upload(as_case_manager, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100)
    assert "alte Excel-Datei" in answer.context["form"].errors["file"][0]
    assert "alte Excel-Datei" in text_of(answer)


def test_the_same_form_sent_twice_makes_one_list(as_case_manager, as_colleague):
    key = str(uuid.uuid4())
    first, second = (upload(as_case_manager, people("Amal"), form_key=key) for _time in range(2))
    assert first["Location"] == second["Location"]
    assert "gehört nicht hierher" in text_of(upload(as_colleague, people("Amal"), form_key=key))
    assert ListImport.objects.count() == 1


def test_nothing_is_written_to_a_disk(as_case_manager, monkeypatch):
    monkeypatch.setattr("tempfile.NamedTemporaryFile", None)
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", None)
    rows, _wrong = rows_of_people(3000)
    assert upload(as_case_manager, as_csv(rows)).status_code == 302


def test_the_template_is_read_back(as_case_manager, as_lead):
    for browser, has_staff in ((as_case_manager, False), (as_lead, True)):
        answer = browser.get(START + "vorlage.csv")
        text = answer.content.decode("utf-8-sig")
        assert text.startswith("Vorname;Nachname;")
        assert ("Fallmanager*in" in text) is has_staff
        assert answer["Content-Disposition"] == 'attachment; filename="liste-vorlage.csv"'
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in text.split(";"))


# --- Columns


def test_the_meaning_of_columns_is_remembered_at_the_traeger(as_case_manager, as_colleague, as_stranger):
    content = as_csv([["Amal", "Kalk", "x"]], headings=["Wer", "Wo", "Was"])
    upload(as_case_manager, content)
    found = ListImport.objects.get()
    page = as_case_manager.get(address("list_import_columns", found))
    assert set(columns(page, track="").values()) == {""}
    as_case_manager.post(
        address("list_import_columns", found), columns(page, column_0="full_name", column_1="district")
    )
    for browser, remembered in ((as_colleague, "full_name"), (as_stranger, "")):
        answer = upload(browser, content + b"Yusuf;Porz;y\r\n")
        assert columns(browser.get(answer["Location"]))["column_0"] == remembered


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"column_0": "", "column_1": "birth_date"}, "mindestens eine Spalte einem Namen"),
        ({"column_0": "pseudonym", "column_1": "pseudonym"}, "schon der Spalte A zugeordnet"),
        ({"column_0": "full_name", "column_1": "family_name"}, "nicht beides"),
        ({"column_0": "case_manager"}, "keine gültige Auswahl"),
        ({"column_0": "\x00"}, "keine gültige Auswahl"),
        ({"track": ""}, "Bitte einen Schwerpunkt"),
        ({"track": "protected"}, "Bitte eine gültige Auswahl treffen"),
        ({"track": "9" * 30}, ""),
    ],
)
def test_columns_that_cannot_be(as_case_manager, typed, sentence):
    protected = TrackFactory(protected=True)
    typed = typed | ({"track": protected.pk} if typed.get("track") == "protected" else {})
    answer = upload(as_case_manager, people("Amal"))
    found = ListImport.objects.get()
    page = as_case_manager.get(answer["Location"])
    answer = as_case_manager.post(address("list_import_columns", found), columns(page, **typed))
    assert answer.status_code == 200
    if sentence not in ("Bitte eine gültige Auswahl treffen", "keine gültige Auswahl"):
        assert sentence in text_of(answer)
    assert answer.context["form"].errors
    found.refresh_from_db()
    assert found.status == ListImport.Status.MAPPING


def test_another_row_can_hold_the_headings(as_case_manager):
    content = as_csv([["first name", "last name"], ["Amal", "Haile"]], headings=["Vorname", "Nachname"])
    answer = upload(as_case_manager, content)
    found = ListImport.objects.get()
    assert "Mehrere Zeilen sehen nach Überschriften aus" in text_of(as_case_manager.get(answer["Location"]))
    for wrong in ("", "7", "x", "\x00", "9" * 30):
        as_case_manager.post(address("list_import_header", found), {"header_row": wrong})
    found.refresh_from_db()
    assert found.header_row == 1
    as_case_manager.post(address("list_import_header", found), {"header_row": 2})
    found.refresh_from_db()
    page = as_case_manager.get(answer["Location"])
    as_case_manager.post(answer["Location"], columns(page))
    as_case_manager.post(address("list_import_check", found))
    assert found.rows.counts()["heading"] == 2
    assert found.rows.get(state=State.GOOD).position == 3


def test_a_second_row_of_headings_is_a_fault_of_its_own(as_case_manager):
    content = as_csv([["first name", "last name"], ["Amal", "Haile"]], headings=["Vorname", "Nachname"])
    found = checked(as_case_manager, content)
    assert found.rows.get(position=2).faults == [["__all__", "headings_again"]]
    assert "Das sieht aus wie eine Zeile mit Überschriften." in text_of(
        as_case_manager.get(address("list_import", found))
    )


def test_special_categories_are_not_even_kept(as_case_manager):
    content = as_csv([["Amal", "katholisch", "GdB 50"]], headings=["Name", "Religion", "Schwerbehinderung"])
    found = checked(as_case_manager, content)
    everything = json.dumps([row.parts for row in found.rows.all()] + [found.beginning])
    assert "katholisch" not in everything
    assert "GdB 50" not in everything
    assert "Religion, Schwerbehinderung" in text_of(as_case_manager.get(address("list_import_columns", found)))


def test_a_file_with_several_sheets_says_which_was_read(as_case_manager):
    content = as_xlsx([["Amal"]], headings=["Name"], extra=lambda book, sheet: book.add_worksheet("Alt"))
    answer = upload(as_case_manager, content)
    assert "Eingelesen ist das Blatt „Liste“." in text_of(as_case_manager.get(answer["Location"]))
    assert "„Neu“ gibt es in der Datei nicht" in text_of(upload(as_case_manager, content, sheet="Neu"))


# --- Checking


def test_checking_goes_on_where_it_stopped(as_case_manager, monkeypatch):
    monkeypatch.setattr(lists, "CHUNK", 4)
    answer = upload(as_case_manager, people(*(f"Amal {letter}" for letter in "abcdefghij")))
    found = ListImport.objects.get()
    as_case_manager.post(answer["Location"], columns(as_case_manager.get(answer["Location"])))
    target = address("list_import_check", found)
    assert "0 von 10 Zeilen geprüft" in text_of(as_case_manager.get(target))
    assert 'value="4" max="10"' in text_of(as_case_manager.post(target))
    page = text_of(as_case_manager.post(target, headers={"HX-Request": "true"}))
    assert "8 von 10 Zeilen geprüft" in page
    assert "<html" not in page
    assert as_case_manager.get(address("list_import", found))["Location"] == target
    done = as_case_manager.post(target, headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == address("list_import", found)
    assert as_case_manager.post(target)["Location"] == address("list_import", found)


def test_a_crash_in_the_middle_of_a_chunk_checks_nothing(as_case_manager, monkeypatch):
    answer = upload(as_case_manager, people("Amal", "Yusuf"))
    found = ListImport.objects.get()
    as_case_manager.post(answer["Location"], columns(as_case_manager.get(answer["Location"])))
    monkeypatch.setattr(lists, "known_people", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        as_case_manager.post(address("list_import_check", found))
    monkeypatch.undo()
    assert found.rows.waiting().count() == 2
    as_case_manager.post(address("list_import_check", found))
    assert found.rows.counts()["good"] == 2


BORN = "01.02.2003"


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        ({"Name": "Amal", "Geburtsdatum": "31.02.2000"}, {"birth_date": "impossible"}),
        ({"Name": "Amal", "Geburtsdatum": "36526", "Eröffnet am": "01.01.2026"}, {}),
        ({"Name": "Amal", "Geburtsdatum": "31.12.1999 00:00:00", "Eröffnet am": "01.01.2026"}, {}),
        ({"Name": "Amal", "Geburtsdatum": "31.12.99"}, {"birth_date": "short_year"}),
        ({"Name": "Am\x00al"}, {"full_name": "control"}),
        ({"Name": "Am\u202eal"}, {"full_name": "direction"}),
        ({"Name": "Amal\nHaile"}, {"full_name": "line_break"}),
        ({"Name": "\u200b"}, {"full_name": "no_name"}),
        ({"Name": "", "Telefon": "0221 4710"}, {"full_name": "no_name"}),
        ({"Name": "<script>alert(1)</script>"}, {}),
        ({"Name": "👩🏾‍🎓 محمد"}, {}),
        ({"Name": "=cmd|' /C calc'!A0"}, {"full_name": "formula"}),
        ({"Name": "Amal", "Telefon": "2.215512E8"}, {"phone": "spoilt_number"}),
        ({"Name": "Amal", "Telefon": "2215512.0"}, {}),
        ({"Name": "Amal", "Geburtsdatum": "01.02.1980"}, {"age_reason": "age"}),
        ({"Name": "Amal", "Geburtsdatum": "01.02.1980", "Altersbegründung": "Übergang aus der Schule"}, {}),
        ({"Name": "Amal", "Art": "Case Management"}, {"documentation_given_on": "consent_needed"}),
        ({"Name": "Amal", "Art": "CM", "Einwilligung": "01.02.2026"}, {"documentation_form": "required"}),
        ({"Name": "Amal", "Form": "schriftlich"}, {"documentation_given_on": "required"}),
        ({"Name": "Amal", "Art": "CM", "Einwilligung": "01.02.2026", "Form": "schriftl."}, {}),
        ({"Name": "Amal", "Art": "CM", "Einwilligung": "gestern"}, {"documentation_given_on": "invalid"}),
        ({"Name": "Amal", "Schwerpunkt": "LSBTI"}, {"track": "protected_track"}),
        ({"Name": "Amal", "Schwerpunkt": "stadtweit aufsuchend"}, {"track": "off_track"}),
        ({"Name": "Amal", "Stadtteil": "Kalk", "Bezirk": "Porz"}, {"quarter": "other_district"}),
        ({"Name": "Amal", "Bezirk": "8"}, {}),
        ({"Name": "Amal", "Bezirk": "50667"}, {"district": "unknown"}),
        ({"Name": "Amal", "Sprachen": "Kurd."}, {"languages": "several"}),
        ({"Name": "Amal", "Einreise": "2.015"}, {"entry_year": "grouped"}),
        ({"Name": "Amal", "Einreise": "2015,0"}, {}),
        ({"Name": "Amal", "Letzter Kontakt": "01.01.2040"}, {"last_contact_on": "in_future"}),
        ({"Name": "Amal", "Kontakthinweis": "x" * 3000}, {"contact_note": "too_long"}),
        (
            {"Name": "x" * 151, "Geschlecht": "?", "E-Mail": "a@b"},
            {"full_name": "max_length", "sex": "unknown", "email": "invalid"},
        ),
    ],
)  # fmt: skip
def test_what_a_row_may_say(as_case_manager, row, faults):
    found = checked(as_case_manager, as_csv([list(row.values()), ["Zweite"]], headings=list(row)))
    assert dict(found.rows.get(position=2).faults) == faults
    page = text_of(as_case_manager.get(address("list_import", found)))
    assert "<script>alert" not in page
    assert found.rows.get(position=2).state == (State.FAULTY if faults else State.GOOD)


def test_merged_cells_and_formulas_are_faults_of_their_cells(as_case_manager):
    def fill(book, sheet):
        sheet.merge_range(1, 1, 2, 1, "Kalk")

    rows = [["Amal", ""], ["Yusuf", ""], ["Leyla", "Porz"]]
    found = checked(as_case_manager, as_xlsx(rows, headings=["Name", "Bezirk"], extra=fill))
    assert [row.faults for row in found.rows.filter(position__gt=1)] == [
        [["district", "merged"]], [["district", "merged"]], [],
    ]  # fmt: skip
    assert "verbundenen Zellen (B2:B3)" in text_of(as_case_manager.get(address("list_import", found)))


# --- Correcting


def test_a_row_is_corrected_in_place(as_case_manager, case_manager):
    content = as_csv([["Amal", "31.02.2000"], ["Yusuf", "32.01.2001"]], headings=["Name", "Geburtsdatum"])
    found = checked(as_case_manager, content)
    first, second = found.rows.filter(state=State.FAULTY)
    page = text_of(as_case_manager.get(address("list_import_row", first)))
    assert "Das Datum 31.02.2000 gibt es nicht." in page
    assert 'value="31.02.2000"' in page
    still = as_case_manager.post(address("list_import_row", first), {"full_name": "Amal", "birth_date": "30.02.2000"})
    assert "Das Datum 30.02.2000 gibt es nicht." in text_of(still)
    right = {"full_name": "Amal H.", "birth_date": "28.02.2003", "weiter": "1"}
    done = as_case_manager.post(address("list_import_row", first), right)
    assert done["Location"] == address("list_import_row", second)
    as_case_manager.post(address("list_import_decide", found), {"row": 3, "decision": "leave_out"})
    import_(found, case_manager)
    client = Client.objects.get()
    assert (client.name, f"{client.birth_date:%d.%m.%Y}") == ("Amal H.", "28.02.2003")
    found.refresh_from_db()
    assert (found.case_count, found.left_out_count) == (1, 1)


def test_a_correction_of_a_merged_cell_counts_even_if_the_text_is_the_same(as_case_manager):
    def fill(book, sheet):
        sheet.merge_range(1, 1, 2, 1, "Kalk")

    found = checked(as_case_manager, as_xlsx([["Amal", ""], ["Yusuf", ""]], headings=["Name", "Bezirk"], extra=fill))
    row = found.rows.get(position=2)
    as_case_manager.post(address("list_import_row", row), {"full_name": "Amal", "district": "Kalk"})
    row.refresh_from_db()
    assert row.state == State.GOOD


def test_a_missing_reason_can_be_given_although_the_list_has_no_such_column(as_case_manager):
    found = checked(as_case_manager, as_csv([["Amal", "01.02.1980"]], headings=["Name", "Geburtsdatum"]))
    row = found.rows.get(position=2)
    assert "Begründung für das Alter" in text_of(as_case_manager.get(address("list_import_row", row)))
    typed = {"full_name": "Amal", "birth_date": "01.02.1980", "age_reason": "Übergang"}
    as_case_manager.post(address("list_import_row", row), typed)
    assert found.rows.get(position=2).state == State.GOOD


@pytest.mark.parametrize("value", ["\x00", "\u202e", "x" * 5000, "<script>", "9" * 40])
def test_broken_corrections_are_no_500(as_case_manager, value):
    found = checked(as_case_manager, people("Amal", "Yusuf"))
    row = found.rows.get(position=2)
    answer = as_case_manager.post(address("list_import_row", row), {"full_name": value, "birth_date": value})
    assert answer.status_code == 200
    assert answer.context["form"].errors


@pytest.mark.parametrize(
    "typed",
    [
        {}, {"row": "x", "decision": "new"}, {"row": "9" * 40, "decision": "new"}, {"row": "2", "decision": "x"},
        {"row": "2", "state": "faulty", "decision": "new"}, {"state": "good", "decision": "new"}, {"state": "\x00"},
    ],
)  # fmt: skip
def test_broken_decisions_change_nothing(as_case_manager, typed):
    found = checked(as_case_manager, people("Amal", "Yusuf"))
    before = list(found.rows.values("state", "decision"))
    answer = as_case_manager.post(address("list_import_decide", found), typed)
    assert answer.status_code == 302
    assert "Bitte eine Zeile" in said(answer)
    assert list(found.rows.values("state", "decision")) == before


def test_rows_are_left_out_one_by_one_or_all_at_once_and_taken_back(as_case_manager):
    rows, _wrong = rows_of_people(10, 3)
    found = checked(as_case_manager, as_csv(rows))
    decide = address("list_import_decide", found)
    as_case_manager.post(decide, {"row": 2, "decision": "leave_out"})
    as_case_manager.post(decide, {"state": "faulty", "decision": "leave_out"})
    assert found.rows.counts() | {"heading": 0} == dict.fromkeys(State.values, 0) | {"left_out": 4, "good": 6}
    for position in (2, 4):
        as_case_manager.post(decide, {"row": position, "decision": "", "stand": "left_out"})
    assert found.rows.get(position=2).state == State.GOOD
    assert found.rows.get(position=4).state == State.FAULTY


def test_columns_can_be_changed_afterwards_and_corrections_stay(as_case_manager):
    found = checked(as_case_manager, as_csv([["Amal", "31.02.2000"]], headings=["Name", "Geburtsdatum"]))
    row = found.rows.get(position=2)
    as_case_manager.post(address("list_import_row", row), {"full_name": "Amal H.", "birth_date": "31.02.2000"})
    page = as_case_manager.get(address("list_import_columns", found))
    as_case_manager.post(address("list_import_columns", found), columns(page, column_1=""))
    as_case_manager.post(address("list_import_check", found))
    row.refresh_from_db()
    assert (row.state, row.parts["fixed"]) == (State.GOOD, {"full_name": "Amal H."})


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
        ["Amal Haile", born], ["Amal Hail", born], ["Amal Haile", "02.02.2003"], ["Amal Fremd", born],
        ["Amal Geschützt", born],
    ]  # fmt: skip
    found = checked(as_case_manager, as_csv(rows, headings=["Name", "Geburtsdatum"]))
    assert [bool(row.known) for row in found.rows.filter(position__gt=1)] == [True, False, False, False, False]
    page = text_of(as_case_manager.get(address("list_import", found)))
    assert f"Bitte {colleague.name} ansprechen" in page
    assert not set(Case.objects.values_list("number", flat=True)) & set(page.split())
    assert logged(action="client.searched") == ["client.searched"]


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
    "further consent": lambda case: ConsentFactory(client=case.client, purpose=Consent.Purpose.SPECIAL_CATEGORY),
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


# --- How many questions


@pytest.mark.parametrize("count", [1, 3 * PAGE_SIZE])
def test_the_rows_cost_the_same_whatever_their_number(count, as_case_manager, as_lead, case_manager, lead, track):
    rows, _wrong = rows_of_people(count, count)
    for browser, most, typed in (
        (as_case_manager, 8, {}),
        (as_lead, 9, {"case_manager": case_manager.case_manager.pk, "track": track.pk}),
    ):
        found = checked(browser, as_csv([*rows, *rows]), **typed)
        page = address("list_import", found)
        assert queries(partial(browser.get, page)) == most


def test_the_other_pages_cost_little(as_case_manager, case_manager):
    ListImportFactory.create_batch(3, created_by=case_manager)
    found = ListImportFactory(created_by=case_manager, status=ListImport.Status.MAPPING)
    row = found.rows.last()
    assert queries(lambda: as_case_manager.get(START)) == 3
    assert queries(lambda: as_case_manager.get(address("list_import_columns", found))) <= 10
    ListImport.objects.filter(pk=found.pk).update(status=ListImport.Status.READY)
    assert queries(lambda: as_case_manager.get(address("list_import_row", row))) <= 5


@pytest.mark.parametrize("count", [20, 200])
def test_checking_asks_the_same_for_few_and_for_many_rows(
    count, as_case_manager, case_manager, django_assert_max_num_queries
):
    rows, _wrong = rows_of_people(count)
    upload(as_case_manager, as_csv(rows))
    found = ListImport.objects.get()
    lists.map_columns(
        found, mapping={"given_names": COLUMN["Vorname"], "languages": COLUMN["Sprachen"]},
        case_manager=None, track=TrackFactory(), by=case_manager,
    )  # fmt: skip
    with django_assert_max_num_queries(40 + count // 10):
        lists.check_chunk(found, by=case_manager)


def test_one_checker_asks_nothing_for_a_row(case_manager, track, django_assert_num_queries):
    staff = tuple(lists.responsible_staff(case_manager).prefetch_related("tracks"))
    checker = checking.Checker(checking.Plan(user=case_manager, staff=staff, case_manager=staff[0], track=track))
    rows, _wrong = rows_of_people(3)
    with django_assert_num_queries(0):
        for row in rows:
            checker.check({"given_names": row[0], "birth_date": row[2], "languages": row[6], "quarter": row[8]})


def test_every_heading_of_the_examples_is_guessed(as_case_manager):
    rows, _wrong = rows_of_people(3)
    answer = upload(as_case_manager, as_csv(rows))
    form = as_case_manager.get(answer["Location"]).context["form"]
    assert all(form[f"column_{number}"].value() for number in range(len(HEADINGS)))


def test_clients_of_other_lists_are_untouched(as_case_manager, case_manager):
    ClientFactory()
    CaseManagerFactory()
    import_(checked(as_case_manager, people("Amal")), case_manager)
    assert Client.objects.count() == 2
