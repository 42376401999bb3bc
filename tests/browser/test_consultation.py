"""Logging a consultation: three clicks and the text, and nothing typed is ever lost."""

import re
from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from cases.models import Case, Consultation, Draft, FollowUp
from cases.views import consultations as views
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import (
    COUNT_CLICKS,
    clicks,
    consultation_form,
    draft_is_kept,
    has_scripts,
    held_back,
    is_saved,
    is_tapped,
    kept_with,
    log_in_by_form,
    note,
    save,
    tap,
    trouble,
    until,
)
from tests.factories import CaseFactory, ConsultationFactory, SubstitutionFactory, today

pytestmark = pytest.mark.browser

TEXT = "Wohnung gekündigt: „Räumung zum 31.“\nZweite Zeile, نص عربي, Öğretmen & <b>fett</b>."


@pytest.fixture
def case(browser_db, case_manager):
    return CaseFactory(
        case_manager=case_manager.case_manager, client__given_names="Mohammed", client__family_name="Al-Ali"
    )


@pytest.fixture
def page(open_page, case_manager):
    return open_page(case_manager)


def only_record():
    return Consultation.objects.get()


def topics_of(consultation):
    return {str(topic) for topic in consultation.topics.all()}


# --- Fast


@pytest.mark.parametrize(("start", "viewport"), [("/mein-tag/", DESKTOP), ("/verzeichnis/", PHONE)])
def test_three_clicks_and_the_text_from_anywhere(open_page, case, case_manager, start, viewport):
    CaseFactory(case_manager=case_manager.case_manager)
    page = open_page(case_manager, viewport=viewport)
    page.add_init_script(COUNT_CLICKS)
    page.goto(start)
    page.keyboard.press("n")
    page.wait_for_url("**/beratungen/neu/")
    page.keyboard.type("muhamad al", delay=20)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Beratung mit Mohammed Al-Ali")
    has_scripts(page)
    tap(page, "45")
    tap(page, "Wohnen")
    tap(page, "Gesundheit")
    assert clicks(page) == 3
    note(page).focus()
    page.keyboard.type("Mit dem Vermieter gesprochen.")
    page.keyboard.press("Control+Enter")
    is_saved(page)
    assert clicks(page) == 3
    consultation = only_record()
    assert (consultation.case, consultation.minutes, consultation.held_on) == (case, 45, today())
    assert consultation.note == "Mit dem Vermieter gesprochen."
    assert topics_of(consultation) == {"Wohnen", "Gesundheit"}


def test_by_mouse_from_the_file(page, case):
    page.goto(f"/faelle/{case.number}/")
    page.get_by_role("link", name="Beratung eintragen").first.click()
    tap(page, "60")
    tap(page, "Familie")
    note(page).fill(TEXT)
    save(page)
    is_saved(page)
    assert page.url.endswith(f"/faelle/{case.number}/")
    expect(page.locator("#beratungen")).to_contain_text("Öğretmen & <b>fett</b>.")
    assert only_record().note == TEXT


def test_on_a_file_the_shortcut_is_for_this_person(page, case):
    page.goto(f"/faelle/{case.number}/")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Beratung mit Mohammed Al-Ali")


def test_enter_does_not_open_the_answer_to_fewer_letters(page, case, case_manager):
    """The answer to "Mu" comes late, after "Muna" and Enter."""
    CaseFactory(case_manager=case_manager.case_manager, client__given_names="Muna", client__family_name="Zaki")
    page.goto("/beratungen/neu/")
    with held_back(page, "**/faelle/suche/"):
        with page.expect_request("**/faelle/suche/"):  # by itself
            page.keyboard.type("Mu")
        page.keyboard.type("na Za")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Beratung mit Muna Zaki")


def test_save_and_next_goes_on_with_the_next_person(page, case):
    consultation_form(page, case)
    note(page).fill("Kurz telefoniert.")
    page.get_by_role("button", name="Speichern und nächste").click()
    is_saved(page)
    expect(page.get_by_label("Name, Fallnummer oder Telefon")).to_be_focused()
    expect(page.get_by_role("link", name="Mohammed Al-Ali")).to_be_visible()
    assert only_record().note == "Kurz telefoniert."


def test_the_next_step_is_one_tap_away(page, case):
    consultation_form(page, case)
    tap(page, "Wohnen")
    page.get_by_label("Was ist zu tun?").fill("Im Wohnungsamt anrufen.")
    page.get_by_role("button", name="in 2 Wochen").click()
    save(page)
    expect(page.locator("#zu-tun")).to_contain_text("Im Wohnungsamt anrufen.")
    day = date.fromisoformat(page.evaluate("new Date().toLocaleDateString('sv')")) + timedelta(days=14)
    while day.weekday() >= 5:  # nobody is there at the weekend
        day += timedelta(days=1)
    assert FollowUp.objects.get().due_on == day


# --- Drafts


def fill_everything(page):
    tap(page, "andere")
    page.get_by_label("andere Dauer in Minuten").fill("37")
    tap(page, "Telefon")
    tap(page, "Wohnen")
    tap(page, "Familie")
    note(page).fill(TEXT)
    page.get_by_label("Datum").fill((today() - timedelta(days=1)).strftime("%d.%m.%Y"))
    page.get_by_label("Was ist zu tun?").fill("Räumung klären.")
    page.get_by_label("bis wann").fill((today() + timedelta(days=3)).strftime("%d.%m.%Y"))
    page.get_by_label("Uhrzeit bei Terminen").fill("09:30")


def everything_is_there(page):
    expect(page.get_by_label("andere Dauer in Minuten")).to_have_value("37")
    expect(note(page)).to_have_value(TEXT)
    expect(page.get_by_label("Datum")).to_have_value((today() - timedelta(days=1)).strftime("%d.%m.%Y"))
    expect(page.get_by_label("Was ist zu tun?")).to_have_value("Räumung klären.")
    expect(page.get_by_label("bis wann")).to_have_value((today() + timedelta(days=3)).strftime("%d.%m.%Y"))
    expect(page.get_by_label("Uhrzeit bei Terminen")).to_have_value("09:30")
    assert is_tapped(page, "andere")
    assert is_tapped(page, "Telefon")
    chosen = {label for label in ("Wohnen", "Familie", "Gesundheit", "Bildung") if is_tapped(page, label)}
    assert chosen == {"Wohnen", "Familie"}


def test_after_a_crash_every_character_is_back_and_nowhere_else(open_page, case, case_manager, server_at_rest):
    other = CaseFactory(case_manager=case_manager.case_manager)
    deputy = SubstitutionFactory(absent=case_manager.case_manager).deputy.user
    page = open_page(case_manager)
    consultation_form(page, case)
    with kept_with(page, "09:30"):  # what is filled last
        fill_everything(page)
    page.close()

    page = open_page(case_manager)
    page.goto("/mein-tag/")
    expect(page.get_by_role("link", name="Mohammed Al-Ali").first).to_be_visible()
    consultation_form(page, other)
    expect(page.get_by_text("etwas angefangen")).to_have_count(0)
    assert note(page).input_value() == ""
    consultation_form(page, case)
    assert note(page).input_value() == ""  # offered, not pushed into a new talk
    page.get_by_role("link", name="Weiterschreiben").click()
    everything_is_there(page)

    colleague = open_page(deputy)
    consultation_form(colleague, case)
    expect(colleague.get_by_text("etwas angefangen")).to_have_count(0)
    assert note(colleague).input_value() == ""
    answer = colleague.goto(Draft.objects.get().url)
    assert answer.status == 404

    save(page)
    is_saved(page)
    consultation = only_record()
    assert (consultation.minutes, consultation.note) == (37, TEXT)
    assert not Draft.objects.exists()


def test_typing_without_a_pause_is_kept_too(page, case):
    consultation_form(page, case)
    note(page).focus()
    page.keyboard.type("ohne Pause weitergeschrieben, immer weiter", delay=100)
    draft_is_kept(page)


def test_leaving_in_the_middle_of_a_word_keeps_it(page, case):
    consultation_form(page, case)
    page.on("dialog", lambda dialog: dialog.accept())
    note(page).fill("Mitten im Wort abgebro")
    page.goto("/mein-tag/")
    until(page, Draft.objects.exists)
    page.reload()
    page.locator(".card", has_text="Angefangene Beratungen").get_by_role("link", name="Mohammed Al-Ali").click()
    expect(note(page)).to_have_value("Mitten im Wort abgebro")


def test_what_is_typed_before_the_script_is_there_is_kept_too(page, case):
    with held_back(page, "**/consultation.js"):
        page.goto(f"/beratungen/neu/?fall={case.number}", wait_until="commit")
        note(page).fill("Schneller als das Netz.")
    draft_is_kept(page)
    assert Draft.objects.get().initial["note"] == "Schneller als das Netz."


def test_a_draft_is_discarded_only_on_purpose(page, case):
    consultation_form(page, case)
    note(page).fill("Doch nicht.")
    draft_is_kept(page)
    consultation_form(page, case)
    page.get_by_role("button", name="Verwerfen").click()
    expect(page.get_by_text("Der Entwurf ist verworfen.")).to_be_visible()
    assert not Draft.objects.exists()


def test_a_saved_form_leaves_no_draft_behind(page, case):
    consultation_form(page, case)
    note(page).fill("Gespeichert.")
    draft_is_kept(page)
    note(page).fill("Gespeichert, noch schnell etwas dazu.")
    save(page)
    is_saved(page)
    page.wait_for_timeout(2500)
    assert only_record().note == "Gespeichert, noch schnell etwas dazu."
    assert not Draft.objects.exists()


# --- When something is gone: the line, the session, the server


def test_lost_line(page, case):
    consultation_form(page, case)
    note(page).fill(TEXT)
    page.context.set_offline(True)
    save(page)
    expect(trouble(page)).to_contain_text("Keine Verbindung.")
    assert note(page).input_value() == TEXT
    page.context.set_offline(False)
    draft_is_kept(page)  # by itself, as soon as the line is back
    save(page)
    is_saved(page)
    assert only_record().note == TEXT


def test_answer_lost_on_the_way_back_does_not_save_twice(page, case):
    """The server has saved, but the browser never hears of it."""

    def lose_the_answer(route):
        route.fetch()
        route.abort()

    consultation_form(page, case)
    note(page).fill(TEXT)
    page.route("**/beratungen/neu/", lose_the_answer, times=1)
    save(page)
    expect(trouble(page)).to_contain_text("nichts ist verloren")
    save(page)
    is_saved(page)
    assert only_record().note == TEXT


def end_session(server_at_rest):
    with server_at_rest:
        Session.objects.all().delete()


def test_session_ended_meanwhile(open_page, page, case, case_manager, server_at_rest):
    consultation_form(page, case)
    note(page).fill(TEXT)
    tap(page, "Wohnen")
    end_session(server_at_rest)
    save(page)
    expect(trouble(page)).to_contain_text("Die Sitzung ist abgelaufen.")
    assert note(page).input_value() == TEXT
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="In neuem Fenster anmelden").click()
    log_in_by_form(opened.value, case_manager)
    save(page)
    is_saved(page)
    consultation = only_record()
    assert (consultation.note, consultation.created_by) == (TEXT, case_manager)
    assert topics_of(consultation) == {"Wohnen"}


def test_ended_session_is_said_while_typing_and_drafts_go_on_after_the_login(page, case, case_manager, server_at_rest):
    consultation_form(page, case)
    end_session(server_at_rest)
    note(page).fill(TEXT)
    expect(trouble(page)).to_contain_text("Die Sitzung ist abgelaufen.")
    window = page.context.new_page()
    window.goto("/anmelden/")
    log_in_by_form(window, case_manager)
    note(page).press("End")
    note(page).press_sequentially(" weiter")
    draft_is_kept(page)


@pytest.mark.parametrize("path", ["/beratungen/neu/?fall={number}", "/beratungen/ohne-fall/"])
def test_a_colleague_in_the_same_browser_cannot_save_it(page, case, case_manager, colleague, server_at_rest, path):
    """Even a colleague who may work on the same case: it would be saved under the wrong name."""
    with server_at_rest:
        SubstitutionFactory(absent=case_manager.case_manager, deputy=colleague.case_manager)
    page.goto(path.format(number=case.number))
    note(page).fill(TEXT)
    end_session(server_at_rest)
    window = page.context.new_page()
    window.goto("/anmelden/")
    log_in_by_form(window, colleague)
    for _time in range(2):
        save(page)
        expect(trouble(page).get_by_text("jemand anderes angemeldet")).to_be_visible()
    note(page).press_sequentially(" und noch ein Satz")
    page.wait_for_timeout(2500)
    assert not Consultation.objects.exists()
    assert not Draft.objects.filter(user=colleague).exists()
    assert TEXT in note(page).input_value()
    window.locator(".user-menu summary").click()
    window.get_by_role("button", name="Abmelden").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Anmelden")
    log_in_by_form(window, case_manager)
    save(page)
    is_saved(page)
    assert only_record().created_by == case_manager


def test_a_failing_server_takes_no_text(page, case):
    consultation_form(page, case)
    note(page).fill(TEXT)
    answers = iter((500, 403, 403, 404, 413, 502))  # a refusal is tried once more with a fresh token
    page.route("**/beratungen/neu/", lambda route: route.fulfill(status=next(answers), body="nein"))
    for _time in range(5):
        save(page)
        expect(trouble(page).get_by_text("nichts ist verloren")).to_be_visible()
        expect(page.get_by_role("button", name="Speichern", exact=True)).to_be_enabled()
        assert note(page).input_value() == TEXT
    page.unroute_all()
    save(page)
    is_saved(page)
    assert only_record().note == TEXT


def test_a_broken_view_takes_no_text(page, case, monkeypatch, live_server):
    def fail(*args, **kwargs):
        raise RuntimeError

    consultation_form(page, case)
    note(page).fill(TEXT)
    monkeypatch.setattr(views.actions, "log_consultation", fail)
    save(page)
    expect(trouble(page)).to_contain_text("nichts ist verloren")
    assert note(page).input_value() == TEXT
    assert not Consultation.objects.exists()


def test_a_refused_form_keeps_everything(page, case):
    consultation_form(page, case)
    fill_everything(page)
    page.get_by_label("bis wann").fill("31.02.2026")
    save(page)
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Das Datum 31.02.2026 gibt es nicht.")
    page.get_by_label("bis wann").fill((today() + timedelta(days=3)).strftime("%d.%m.%Y"))
    everything_is_there(page)
    save(page)
    is_saved(page)
    assert only_record().note == TEXT


# --- Once


def test_double_click_saves_once(page, case):
    consultation_form(page, case)
    note(page).fill(TEXT)
    page.get_by_role("button", name="Speichern", exact=True).dblclick()
    is_saved(page)
    page.reload()
    page.go_back()
    page.go_forward()
    assert only_record().note == TEXT


def test_going_back_to_a_saved_form_does_not_save_twice(page, case):
    consultation_form(page, case)
    note(page).fill(TEXT)
    page.get_by_label("Was ist zu tun?").fill("Nachfragen.")
    page.get_by_role("button", name="nächster Werktag").click()
    save(page)
    is_saved(page)
    page.go_back()
    page.wait_for_load_state()
    if note(page).input_value():
        save(page)
        page.wait_for_url(re.compile("/faelle/"))
    assert only_record().note == TEXT
    assert FollowUp.objects.count() == 1


# --- Two at once


def test_two_editors_lose_nothing(open_page, case, case_manager, deputy):
    consultation = ConsultationFactory(case=case, note="Erste Fassung.")
    path = f"/faelle/{case.number}/beratungen/{consultation.pk}/"
    first, second = open_page(case_manager), open_page(deputy)
    first.goto(path)
    second.goto(path)
    note(first).fill("Fassung von Leyla.")
    save(first)
    expect(first.get_by_text("Die Beratung ist geändert.")).to_be_visible()
    note(second).fill("Fassung von Dana.")
    save(second)
    both = second.locator("table.differences")
    expect(both).to_contain_text("Fassung von Leyla.")
    expect(both).to_contain_text("Fassung von Dana.")
    expect(note(second)).to_have_value("Fassung von Dana.")
    note(second).fill("Fassung von Leyla. Fassung von Dana.")
    save(second)
    expect(second.get_by_text("Die Beratung ist geändert.")).to_be_visible()
    consultation.refresh_from_db()
    assert consultation.note == "Fassung von Leyla. Fassung von Dana."


def test_a_case_closed_meanwhile_takes_no_text(page, case, server_at_rest):
    consultation_form(page, case)
    note(page).fill(TEXT)
    with server_at_rest:
        Case.objects.update(
            closed_on=today() - timedelta(days=1), status=Case.Status.CLOSED, closing_reason="goals_reached"
        )
    save(page)
    expect(page.locator(".error-summary")).to_contain_text("abgeschlossen")
    assert note(page).input_value() == TEXT
