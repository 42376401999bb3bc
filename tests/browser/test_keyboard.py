"""The same work by keyboard alone, with a visible focus all the way."""

import pytest
from playwright.sync_api import expect

from cases.models import Consultation
from tests.browser.steps import consultation_form, has_scripts, held_back, is_saved, note
from tests.factories import CaseFactory

pytestmark = pytest.mark.browser

# What has the focus, in words, and whether it can be seen: an outline or a shadow on it or on the chip around it.
FOCUS = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const element = document.activeElement;
  const labelled = element.labels?.length ? element.labels[0].textContent : element.textContent || element.name;
  const shows = (candidate) => {
    const style = getComputedStyle(candidate);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const places = [element, element.closest(".chip"), element.closest(".chip label"), ...(element.labels || [])];
  const box = element.getBoundingClientRect();
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    name: labelled.trim(),
    tag: element.tagName,
    isSeen: places.filter(Boolean).some(shows),
    isCovered: !(middle && (middle === element || element.contains(middle) || middle.contains(element)
      || places.some((place) => place && (place === middle || place.contains(middle))))),
  };
}"""


@pytest.fixture
def case(browser_db, case_manager):
    return CaseFactory(
        case_manager=case_manager.case_manager, client__given_names="Mohammed", client__family_name="Al-Ali"
    )


@pytest.fixture
def page(open_page, case_manager):
    return open_page(case_manager, reduced_motion="reduce")  # no smooth scrolling to wait for


def focus(page):
    found = page.evaluate(FOCUS)
    assert found["isSeen"], f"the focus on {found['name']!r} cannot be seen"
    assert not found["isCovered"], f"{found['name']!r} has the focus, but something lies over it"
    return found["name"]


def tab_to(page, name, most=60):
    """Press Tab until the element of that name has the focus; every step on the way is visible."""
    passed = []
    for _step in range(most):
        page.keyboard.press("Tab")
        passed.append(focus(page))
        if passed[-1].startswith(name):
            return
    raise AssertionError(f"{name!r} is not reached by Tab, only {passed}")


def test_a_consultation_by_keyboard_alone(page, case):
    page.goto("/mein-tag/")
    tab_to(page, "Neue Beratung")
    page.keyboard.press("Enter")
    page.wait_for_url("**/beratungen/neu/")
    expect(page.get_by_label("Name, Fallnummer oder Telefon")).to_be_focused()
    page.keyboard.insert_text("moham")  # at once: a second answer would take away the link that has the focus
    tab_to(page, "Suchen")
    expect(page.get_by_role("link", name="Mohammed Al-Ali").first).to_be_visible()
    tab_to(page, "Mohammed Al-Ali")
    page.keyboard.press("Enter")
    expect(page.locator("#consultation-form")).to_be_visible()
    has_scripts(page)
    tab_to(page, "30")
    page.keyboard.press("ArrowRight")
    assert focus(page) == "45"
    for name in ("Arbeitssuche", "Wohnen"):
        tab_to(page, name)
        page.keyboard.press("Space")
    tab_to(page, "Büro")
    tab_to(page, "Notiz")
    page.keyboard.type("Nur mit der Tastatur.")
    tab_to(page, "Was ist zu tun?")
    page.keyboard.type("Unterlagen schicken")
    tab_to(page, "in 1 Woche")
    page.keyboard.press("Space")
    tab_to(page, "Speichern")
    page.keyboard.press("Enter")
    is_saved(page)
    consultation = Consultation.objects.get()
    assert (consultation.minutes, consultation.note) == (45, "Nur mit der Tastatur.")
    assert {str(topic) for topic in consultation.topics.all()} == {"Arbeitssuche", "Wohnen"}
    assert consultation.case.follow_ups.count() == 1


def test_skip_link_is_first_and_leads_to_the_content(page, case):
    page.goto(f"/faelle/{case.number}/")
    page.keyboard.press("Tab")
    assert focus(page) == "Zum Inhalt springen"
    expect(page.get_by_role("link", name="Zum Inhalt springen")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert focus(page) == "Fälle"  # the way up, the first link of the content


def test_every_stop_on_the_file_and_the_form_is_visible(page, case):
    for path in (f"/faelle/{case.number}/", "/faelle/", f"/beratungen/neu/?fall={case.number}"):
        page.goto(path)
        page.keyboard.press("Tab")
        names = []
        for _step in range(80):
            names.append(focus(page))
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
        assert len(names) > 10


def test_escape_closes_menus_and_gives_the_focus_back(page, case):
    page.goto(f"/faelle/{case.number}/")
    for menu in (page.locator(".user-menu"), page.locator("main details.menu")):
        summary = menu.locator("summary")
        summary.focus()
        page.keyboard.press("Enter")
        expect(menu).to_have_attribute("open", "")
        page.keyboard.press("Tab")
        focus(page)
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(summary).to_be_focused()
    page.locator(".user-menu summary").click()
    page.locator("h1").click()
    expect(page.locator(".user-menu")).not_to_have_attribute("open", "")


def test_after_a_refused_form_the_focus_is_on_what_to_mend(page, case):
    consultation_form(page, case)
    page.get_by_label("Datum").fill("31.02.2026")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Datum")).to_be_focused()

    page.goto("/faelle/neu/")
    page.get_by_role("button", name="Nachsehen").press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()


def test_a_late_script_leaves_the_cursor_where_somebody_has_put_it(open_page, browser_db):
    page = open_page()
    with held_back(page, "**/kim.js"):
        page.goto("/anmelden/", wait_until="commit")
        password = page.locator("[name=password]")
        password.click()
        page.keyboard.type("Sieben-")
    has_scripts(page)
    page.keyboard.type("Katzen")
    expect(password).to_have_value("Sieben-Katzen")


def test_shortcuts(page, case):
    page.goto("/faelle/")
    page.keyboard.press("/")
    search = page.get_by_label("Name, Fallnummer oder Telefon")
    expect(search).to_be_focused()
    page.keyboard.type("n/n")
    assert page.url.endswith("/faelle/")
    assert search.input_value() == "n/n"

    consultation_form(page, case)
    note(page).focus()
    page.keyboard.type("nun")
    assert note(page).input_value() == "nun"

    page.goto("/mein-tag/")
    page.keyboard.press("Control+n")
    page.keyboard.press("Alt+n")
    switch = page.locator("[data-shortcut-switch]")
    page.locator(".user-menu summary").click()
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.goto("/lage/")
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert page.url.endswith("/lage/")
    page.locator(".user-menu summary").click()
    switch.click()
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url("**/beratungen/neu/")
