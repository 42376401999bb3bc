"""What people do on the pages, in the words of the screen."""

import re
from contextlib import contextmanager
from urllib.parse import parse_qs

from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE
from tests.factories import PASSWORD

NAME_TYPED = "محمد العلي"  # Mohammed Al-Ali

# Taps and mouse clicks of the person, not those a script or the keyboard causes; kept over pages of one window.
COUNT_CLICKS = """
addEventListener("pointerdown", () => sessionStorage.setItem("clicks", clicks() + 1), true);
const clicks = () => Number(sessionStorage.getItem("clicks") || 0);
"""


def has_scripts(page):
    """The page that is seen has run its scripts too; keys that only they understand may be pressed."""
    page.wait_for_load_state()


def until(page, holds):
    """For what the server learns without the page showing it."""
    for _look in range(PATIENCE // 50):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("It has not come about.")


@contextmanager
def held_back(page, pattern):
    """The first that the page asks for at this address comes only at the end of the block."""
    asked = []
    page.route(pattern, lambda route: asked.append(route), times=1)
    yield
    until(page, lambda: asked)
    asked[0].continue_()


def clicks(page):
    return page.evaluate('Number(sessionStorage.getItem("clicks") || 0)')


def tap(page, label):
    """A chip: its label is what a finger or a mouse hits."""
    page.locator(".chip label").filter(has_text=re.compile(f"^{re.escape(label)}$")).click()


def is_tapped(page, label):
    return page.get_by_label(label, exact=True).is_checked()


def log_in_by_form(page, user, password=PASSWORD):
    """On the login page, as somebody does who was sent there; done when another page has come."""
    page.get_by_label("E-Mail-Adresse").fill(user.email)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Anmelden")


def follow(page, words):
    """The link of a page that begins with these words, wherever it stands: in sight, or folded under „Mehr“."""
    link = page.locator("main").get_by_role("link", name=re.compile(rf"^{re.escape(words)}\b"))
    menu = page.locator("main details.menu summary")
    expect(link.or_(menu).first).to_be_visible()
    if not link.count():
        menu.first.click()
    link.first.click()


def open_notice(page):
    """The newest one under the bell."""
    page.get_by_role("link", name=re.compile("neuer? Hinweis")).click()
    page.locator("main .row-button").first.click()


def consultation_form(page, case):
    """The empty form for a case."""
    page.goto(f"/beratungen/neu/?fall={case.number}")
    expect(page.locator("#consultation-form")).to_be_visible()


def note(page):
    return page.get_by_label("Notiz")


def save(page):
    page.get_by_role("button", name="Speichern", exact=True).click()


def is_saved(page):
    expect(page.get_by_text("Die Beratung ist gespeichert.").first).to_be_visible()


def draft_is_kept(page):
    expect(page.get_by_text("Entwurf gesichert um")).to_be_visible()


def kept_with(page, text):
    """Around what is typed: ends when the server has kept a draft in which a field says just this."""

    def is_it(answer):
        sent = answer.request.post_data or ""
        return answer.url.endswith("/entwuerfe/sichern/") and [text] in parse_qs(sent).values()

    return page.expect_response(is_it)


def trouble(page):
    return page.locator("[data-trouble]")


def type_into(page, field, text):
    """As somebody with a mouse does: click where the text goes, unless the page has put the cursor there already."""
    if not field.evaluate("field => field === document.activeElement"):
        field.click()
    page.keyboard.type(text)


def pick(page, field, label):
    """From a list that unfolds. Its entries are no part of the page, so the second click is written down here."""
    field.click()
    page.keyboard.press("Escape")
    field.select_option(label=label)
    page.evaluate('sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks") || 0) + 1)')
