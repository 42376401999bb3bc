"""A talk with several people, with and without script: found by a few letters, written once, apart in each file."""

import pytest
from playwright.sync_api import expect

from cases.models import Consultation, Draft
from tests.browser.steps import consultation_form, kept_with, note, save, tap, until
from tests.factories import CaseFactory

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(request, open_page, case_manager):
    return open_page(case_manager, java_script_enabled=request.param)


@pytest.fixture
def cases(browser_db, case_manager):
    names = [("Amina", "Yusuf"), ("Samir", "Yusuf"), ("Oksana", "Kowalenko")]
    return [
        CaseFactory(case_manager=case_manager.case_manager, client__given_names=given, client__family_name=family)
        for given, family in names
    ]


def test_a_family_talk_that_began_with_one(page, cases, server_at_rest):
    consultation_form(page, cases[0])
    note(page).fill("Nur Aminas Sache.")
    page.get_by_role("button", name="Weitere Personen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gespräch mit mehreren Personen")
    for letters, name in (("samr", "Samir Yusuf"), ("Оксана", "Oksana Kowalenko")):
        page.get_by_label("Jemanden dazunehmen").fill(letters)
        page.get_by_role("button", name="Suchen").click()
        page.locator("#people-found").get_by_role("button", name=name).click()
        expect(page.locator(".rows").get_by_text(name)).to_be_visible()
    page.get_by_role("button", name="Oksana Kowalenko herausnehmen").click()
    expect(page.locator(".rows").get_by_text("Oksana Kowalenko")).to_have_count(0)
    tap(page, "Familie")
    page.get_by_label("Gemeinsame Notiz").fill("Zusammen gekommen.")
    expect(page.get_by_label("Nur in dieser Akte").first).to_have_value("Nur Aminas Sache.")
    page.get_by_label("Nur in dieser Akte").nth(1).fill("Nur Samirs Sache.")
    save(page)
    expect(page.get_by_text("Das Gespräch steht in 2 Akten.")).to_be_visible()
    with server_at_rest:
        notes = dict(Consultation.objects.values_list("case__client__given_names", "note"))
        assert notes == {"Amina": "Nur Aminas Sache.", "Samir": "Nur Samirs Sache."}
        assert not Draft.objects.exists()


def test_hits_of_the_letters_stand_back_while_the_whole_form_is_on_its_way(open_page, case_manager, cases):
    """A tap on them would do nothing: the form is sent once, and its answer brings hits of its own."""
    page, form_on_its_way = open_page(case_manager), []

    def hold_the_form(route):
        if form_on_its_way or "hx-target" in route.request.headers:
            route.continue_()
        else:
            form_on_its_way.append(route)

    page.goto(f"/beratungen/gruppe/?person={cases[0].number}")
    page.route("**/beratungen/gruppe/", hold_the_form)
    page.evaluate("addEventListener('htmx:afterRequest', () => { document.body.dataset.found = '' })")
    page.get_by_label("Jemanden dazunehmen").fill("samr")
    page.get_by_role("button", name="Suchen").click()
    expect(page.locator("body[data-found]")).to_be_visible()
    hit = page.locator("#people-found").get_by_role("button", name="Samir Yusuf")
    expect(hit).to_have_count(0)
    until(page, lambda: form_on_its_way)
    form_on_its_way[0].continue_()
    hit.click()
    expect(page.locator(".rows").get_by_text("Samir Yusuf")).to_be_visible()


def test_letters_find_people_while_typing_and_the_draft_is_kept(open_page, case_manager, cases, server_at_rest):
    page = open_page(case_manager)
    page.goto(f"/beratungen/gruppe/?person={cases[0].number}")
    page.get_by_label("Jemanden dazunehmen").fill("sami")
    page.locator("#people-found").get_by_role("button", name="Samir Yusuf").click()
    expect(page.locator(".rows").get_by_text("Samir Yusuf")).to_be_visible()
    with kept_with(page, "Noch nicht gespeichert."):
        page.get_by_label("Gemeinsame Notiz").fill("Noch nicht gespeichert.")
    page.goto("/mein-tag/")
    page.get_by_role("link", name="Amina Yusuf").first.click()
    expect(page.get_by_label("Gemeinsame Notiz")).to_have_value("Noch nicht gespeichert.")
    expect(page.get_by_label("Nur in dieser Akte")).to_have_count(2)
