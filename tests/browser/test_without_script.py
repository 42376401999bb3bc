"""Everything works in a browser without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from cases.models import Case, Consultation, Draft, FollowUp
from tests.browser.steps import is_saved, is_tapped, log_in_by_form, note, save, tap
from tests.factories import CaseFactory, FollowUpFactory, today

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page):
    return open_page(java_script_enabled=False)


@pytest.fixture
def signed_in(open_page, case_manager):
    return open_page(case_manager, java_script_enabled=False)


def heading(page):
    return page.get_by_role("heading", level=1)


def test_the_main_job(page, case_manager):
    page.goto("/")
    page.get_by_role("link", name="Anmelden für Mitarbeitende").click()
    log_in_by_form(page, case_manager)
    page.get_by_role("link", name="Neue Beratung").click()
    page.get_by_label("Name, Fallnummer oder Telefon").fill("Oksana")
    page.get_by_role("button", name="Suchen").click()
    page.get_by_role("link", name="Person aufnehmen").click()
    page.get_by_label("Name").fill("Oksana Kowalenko")
    page.get_by_role("button", name="Nachsehen").click()
    page.get_by_role("button", name="Neue Person aufnehmen").click()
    page.get_by_role("button", name="Fall eröffnen").click()
    expect(heading(page)).to_have_text("Oksana Kowalenko")

    page.get_by_role("link", name="Neue Beratung").click()
    page.get_by_label("Name, Fallnummer oder Telefon").fill("Оксана")
    page.get_by_role("button", name="Suchen").click()
    page.get_by_role("link", name="Oksana Kowalenko").click()
    expect(heading(page)).to_have_text("Beratung mit Oksana Kowalenko")
    tap(page, "andere")
    page.get_by_label("andere Dauer in Minuten").fill("25")
    tap(page, "Wohnen")
    tap(page, "Familie")
    note(page).fill("Ohne Skript geschrieben.")
    page.get_by_label("Was ist zu tun?").fill("Anrufen.")
    page.get_by_label("bis wann").fill(today().strftime("%d.%m.%Y"))
    save(page)
    is_saved(page)
    expect(page.locator("#beratungen")).to_contain_text("Ohne Skript geschrieben.")
    consultation = Consultation.objects.get()
    assert (consultation.minutes, consultation.topics.count()) == (25, 2)

    page.get_by_role("link", name="Mein Tag").first.click()
    page.get_by_role("button", name="Erledigt: Anrufen.").click()
    expect(page.get_by_text("Für heute ist nichts vorgemerkt.")).to_be_visible()
    assert FollowUp.objects.get().done_by == case_manager

    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Abmelden").click()
    expect(heading(page)).to_have_text("Anmelden")
    page.goto("/mein-tag/")
    expect(heading(page)).to_have_text("Anmelden")


def test_minutes_left_out_are_asked_for_beside_what_was_typed(signed_in, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)
    page = signed_in
    page.goto(f"/beratungen/neu/?fall={case.number}")
    tap(page, "andere")
    tap(page, "Wohnen")
    note(page).fill("Bleibt stehen.")
    save(page)
    expect(page.locator(".error-summary")).to_contain_text("Bitte die Dauer in Minuten eintragen.")
    expect(note(page)).to_have_value("Bleibt stehen.")
    assert is_tapped(page, "Wohnen")
    page.get_by_label("andere Dauer in Minuten").fill("7")
    save(page)
    is_saved(page)
    assert Consultation.objects.get().minutes == 7


def test_filter_pager_and_fold(signed_in, case_manager):
    CaseFactory.create_batch(27, case_manager=case_manager.case_manager)
    paused = CaseFactory(case_manager=case_manager.case_manager, paused=True)
    page = signed_in
    page.goto("/faelle/")
    expect(page.get_by_text("Seite 1 von 2")).to_be_visible()
    page.get_by_role("link", name="Weiter").click()
    expect(page.get_by_text("Seite 2 von 2")).to_be_visible()
    page.goto("/faelle/")
    page.get_by_text("Filtern und ordnen").click()
    page.get_by_label("Stand").select_option("paused")
    page.get_by_role("button", name="Anwenden").click()
    expect(page.locator("#case-table tbody tr")).to_have_count(1)
    expect(page.locator("#case-table")).to_contain_text(paused.number)


def test_an_ended_session_keeps_the_text(signed_in, case_manager, server_at_rest):
    case = CaseFactory(case_manager=case_manager.case_manager)
    page = signed_in
    page.goto(f"/beratungen/neu/?fall={case.number}")
    tap(page, "Wohnen")
    note(page).fill("Mitten in der Arbeit.")
    with server_at_rest:
        Session.objects.all().delete()
    save(page)
    expect(heading(page)).to_have_text("Anmelden")
    assert "Mitten" not in page.url + page.content()
    log_in_by_form(page, case_manager)
    expect(heading(page)).to_have_text(re.compile("Beratung mit"))
    expect(note(page)).to_have_value("Mitten in der Arbeit.")
    assert is_tapped(page, "Wohnen")
    save(page)
    is_saved(page)
    assert Consultation.objects.get().note == "Mitten in der Arbeit."
    assert not Draft.objects.exists()


def test_pausing_and_closing_a_case(signed_in, case_manager):
    case = FollowUpFactory(case__case_manager=case_manager.case_manager, due_on=today() + timedelta(days=3)).case
    page = signed_in
    page.goto(f"/faelle/{case.number}/")
    page.locator("main details.menu summary").click()
    page.get_by_role("link", name="Ruhen lassen").click()
    page.get_by_label("Grund").fill("Praktikum")
    page.get_by_role("button", name="Ruhen lassen").click()
    page.get_by_role("button", name="Fortsetzen").click()
    page.locator("main details.menu summary").click()
    page.get_by_role("link", name="Abschließen", exact=True).click()
    expect(page.get_by_text("Eine Wiedervorlage ist noch offen")).to_be_visible()
    page.get_by_label("Beendigungsgrund").select_option(Case.ClosingReason.GOALS_REACHED)
    page.get_by_role("button", name="Fall abschließen").click()
    expect(page.get_by_text("Der Fall ist abgeschlossen.")).to_be_visible()
    case.refresh_from_db()
    assert case.closed_on == today()
