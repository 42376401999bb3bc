"""The pages of a list on its way in: uploading, columns, faults, corrections."""

import json
import uuid
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from cases.actions import lists
from cases.lists import checking
from cases.lists.reading import MOST_BYTES
from cases.models import Client, ImportRow, ListImport
from cases.views.list_imports import PAGE_SIZE
from tests.case_forms import queries, said, text_of
from tests.factories import (
    CaseManagerFactory,
    ClientFactory,
    ListImportFactory,
    TrackFactory,
)
from tests.list_steps import START, address, checked, columns, import_, people, upload
from tests.lists import COLUMN, HEADINGS, as_csv, as_xlsx, rows_of_people

pytestmark = pytest.mark.django_db
State = ImportRow.State


@pytest.fixture
def track(db):
    return TrackFactory()


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


def test_what_the_proxy_refused_is_said_by_the_page(as_case_manager):
    """docs/betrieb.md: nginx leads here when a file is larger than it lets through."""
    assert "zu groß: höchstens 10 MB" in text_of(as_case_manager.get(START + "?zu-gross"))
    assert "zu groß" not in text_of(as_case_manager.get(START))


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
