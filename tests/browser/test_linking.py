"""Linking in a browser: how many clicks a result takes, and what an accompaniment unfolds."""

import pytest
from playwright.sync_api import expect

from cases.models import Referral
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import COUNT_CLICKS, clicks, consultation_form, tap
from tests.factories import CaseFactory, InstitutionFactory, ReferralFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def case(browser_db, case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_failed_referral_takes_two_taps_and_the_saving_one(open_page, case, case_manager, server_at_rest, viewport):
    ReferralFactory(case=case)
    page = open_page(case_manager, viewport=viewport)
    page.add_init_script(COUNT_CLICKS)
    page.goto(f"/faelle/{case.number}/vermittlungen/")
    page.get_by_role("link", name="abgelehnt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ergebnis eintragen")
    tap(page, "Kapazität")
    assert clicks(page) == 2
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Das Ergebnis ist eingetragen.").first).to_be_visible()
    with server_at_rest:
        stored = Referral.objects.get()
    assert (stored.result, stored.barrier) == ("rejected", "capacity")


def test_from_the_directory_over_a_case_to_the_form(open_page, case, case_manager):
    institution = InstitutionFactory(name="Sprachschule Ehrenfeld")
    page = open_page(case_manager)
    page.goto(f"/verzeichnis/{institution.pk}/")
    page.get_by_role("link", name="An diese Einrichtung vermitteln").click()
    page.get_by_label("Name, Fallnummer oder Telefon").fill(case.client.family_name)
    page.locator("#search-results").get_by_role("link").click()
    expect(page.get_by_label("Einrichtung", exact=True)).to_have_value(str(institution.pk))


@pytest.mark.parametrize("has_script", [True, False])
def test_an_accompaniment_unfolds_where_and_how_long(open_page, case, case_manager, has_script):
    page = open_page(case_manager, java_script_enabled=has_script)
    consultation_form(page, case)
    where = page.locator("#id_institution")
    expect(where).to_be_hidden()
    tap(page, "Telefon")
    expect(where).to_be_hidden()
    tap(page, "Begleitung")
    if not has_script:
        page.get_by_text("Sprachmittlung, Einrichtung, Wartezeit").click()
    expect(where).to_be_visible()
    expect(page.get_by_label("Davon Wartezeit (Minuten)")).to_be_visible()
