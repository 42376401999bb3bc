"""The front door on real screens: right to left and left to right, on a small phone, light, and without a trace."""

import json
from itertools import combinations

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from cases.public.form_pass import receipt_for
from districts.models import District, Language, PublicPage, Track
from kim.web.languages import LANGUAGES
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_accessibility import AXE, NARROW, RULES, TOO_WIDE, compressed_size
from tests.factories import CaseManagerFactory, PrivacyNoticeFactory

pytestmark = pytest.mark.browser

MOST = 60 * 1024  # bytes on the wire at the first look, for a slow phone
ADDRESSES = [
    reverse("public:start", args=["de"]),
    reverse("public:contact", args=["de"]),
    f"{reverse('public:contact', args=['de'])}?bezirk=6&sprache=fa",
    reverse("registration:form", args=["de"]),
    *(reverse("public:page", args=["de", slug]) for slug in PublicPage.Slug.values),
    reverse("public:notice", args=["de", "am-dom"]),
]
NOWHERE = "/de/weit/weg/"


def in_language(address, code):
    return address.replace("/de/", f"/{code}/", 1)


@pytest.fixture
def city(browser_db, provider):
    """As many people as KIM Köln has, with long names, two of them on protected tracks."""
    PrivacyNoticeFactory(provider=provider, text="# Wer\n" + "Wir speichern wenig. " * 40)
    tracks = {track.code: track for track in Track.objects.all()}
    spoken = list(Language.objects.filter(is_common=True).exclude(code="fa-AF"))
    for number in range(17):
        code = ("general", "outreach", "single_parents", "lsbti", "disability")[max(0, number - 12)]
        CaseManagerFactory(
            provider=provider,
            user__name=f"Mohammed-Abdulrahman Al-Ali von der Brücke {number}",
            is_published=True,
            tracks=[tracks[code]],
            districts=District.objects.filter(number=1 + number % 9),
            languages=[*spoken[number : number + 4], Language.objects.get(code="fa")],
            work_phone=f"+49 221 4710-{100 + number}",
            work_email=f"mohammed-abdulrahman.al-ali.von.der.bruecke.{number}@mail.kim-koeln.example",
            office_hours="Di 14–16 Uhr, Do 10–12 Uhr",
        )


@pytest.mark.parametrize("code", ["de", "ar", "ti"])
def test_accessible_in_both_directions(code, open_page, city):
    page = open_page()
    page.context.add_init_script(path=AXE)
    for address in ADDRESSES:
        for size in (DESKTOP, PHONE, NARROW) if code != "ti" else (NARROW,):
            page.set_viewport_size(size)
            assert page.goto(in_language(address, code)).status == 200
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            assert page.evaluate("rules => axe.run(document, rules)", RULES)["violations"] == [], page.url
            assert not page.evaluate(TOO_WIDE), page.url
    assert page.goto(in_language(NOWHERE, code)).status == 404
    assert page.evaluate("rules => axe.run(document, rules)", RULES)["violations"] == []
    assert not page.evaluate(TOO_WIDE)
    direction = page.evaluate("getComputedStyle(document.body).direction")
    assert direction == LANGUAGES[code].direction


def test_light_for_a_slow_phone(open_page, city):
    """Everything a first look loads, compressed as the server sends it; nothing is stored in the browser."""
    for code in LANGUAGES:
        for address in (ADDRESSES[1], ADDRESSES[3]):
            page = open_page(viewport=PHONE)
            answers = []
            page.on("response", lambda answer, answers=answers: answers.append(answer))
            page.goto(in_language(address, code), wait_until="networkidle")
            sizes = {answer.url: compressed_size(answer) for answer in answers}
            assert sum(sizes.values()) <= MOST, json.dumps(sizes, indent=2)
            assert 2 <= len(sizes) <= 4, json.dumps(sizes, indent=2)
            assert page.context.cookies() == []
            assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        shared = sum(sizes.values()) - sizes[page.url]  # what every page loads beside itself
        thanks = reverse("registration:thanks", args=[code, receipt_for("A-7F3K-9Q")])
        for address in (thanks, *(in_language(address, code) for address in (*ADDRESSES, NOWHERE))):
            answer = page.request.get(address)
            assert answer.status == (404 if address == in_language(NOWHERE, code) else 200)
            assert compressed_size(answer) + shared <= MOST, address


def test_a_young_person_finds_somebody(open_page, server_at_rest, city, provider):
    """From the address of the house to the telephone number: four taps, in Farsi, without a script."""
    with server_at_rest:
        CaseManagerFactory(
            provider=provider,
            user__name="Farid Nazari",
            is_published=True,
            districts=District.objects.filter(name="Chorweiler"),
            languages=Language.objects.filter(code="fa-AF"),
            work_phone="0221 4710-999",
        )
    page = open_page(viewport=PHONE, java_script_enabled=False, locale="de-DE")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hilfe für junge Menschen in Köln")
    page.get_by_role("link", name="فارسی").click()
    page.get_by_role("link", name="پیدا کردن فرد پاسخگو").click()
    page.get_by_label("منطقهٔ شهری", exact=True).select_option(label="منطقهٔ شهری Chorweiler")
    page.get_by_label("زبان", exact=True).select_option(label="دری")
    page.get_by_role("button", name="نمایش").click()
    found = page.locator("#personen article")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("Farid Nazari")
    assert found.get_by_role("link", name="0221 4710-999").get_attribute("href") == "tel:02214710999"
    with page.expect_download() as download:
        found.get_by_role("link", name="ذخیرهٔ مخاطب در تلفن").click()
    assert download.value.suggested_filename == "kontakt.vcf"


def test_the_map_by_keyboard(open_page, city):
    page = open_page()
    page.goto("/de/kontakt/")
    page.get_by_text("In welchem Stadtbezirk wohne ich?").press("Enter")
    page.locator(".map").get_by_role("link", name="Stadtbezirk Porz").press("Enter")
    page.wait_for_url("**/de/kontakt/?bezirk=7#personen")
    expect(page.get_by_label("Stadtbezirk", exact=True)).to_have_value("7")


@pytest.mark.parametrize("size", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_the_names_on_the_map_stay_apart(size, open_page, city):
    page = open_page(viewport=size)
    page.goto("/fa/kontakt/")
    page.locator("details.places summary").click()
    found = page.locator(".map text").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect()).map(box => [box.left, box.right, box.top, box.bottom])"
    )
    assert len(found) == 9
    for one, other in combinations(found, 2):
        is_beside = one[1] < other[0] or other[1] < one[0]
        assert is_beside or one[3] < other[2] or other[3] < one[2], (one, other)


def test_it_prints_people_and_no_controls(open_page, city):
    page = open_page()
    page.goto("/de/kontakt/")
    page.emulate_media(media="print")
    expect(page.get_by_text("+49 221 4710-100")).to_be_visible()
    for hidden in (".filter", ".nav", ".language-menu", ".places"):
        expect(page.locator(hidden)).to_be_hidden()


def test_the_way_in_for_staff(open_page, city, case_manager):
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Anmelden für Mitarbeitende").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert settings.SESSION_COOKIE_NAME not in {cookie["name"] for cookie in page.context.cookies()}
