"""Registering on a telephone: in Farsi from the address of the house to the right desk, without script or trace."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cases.models import IntakeRequest
from districts.models import District, Language
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import AXE, NARROW, RULES, TOO_WIDE
from tests.factories import CaseManagerFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def farid(browser_db, provider):
    return CaseManagerFactory(
        provider=provider,
        user__name="Farid Nazari",
        is_published=True,
        districts=District.objects.filter(name="Chorweiler"),
        languages=Language.objects.filter(code__in=["fa", "fa-AF"]),
        work_phone="0221 4710-999",
    ).user


@pytest.mark.parametrize("code", ["de", "ar"])
def test_accessible_with_everything_wrong_and_when_done(code, open_page, browser_db):
    page = open_page(viewport=NARROW)
    page.context.add_init_script(path=AXE)
    page.goto(reverse("registration:form", args=[code]))
    page.locator("#id_who_1").check()
    page.locator("#id_phone").fill("null")
    page.locator("#id_email").fill("müller@")
    check(page)
    page.locator("form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#id_phone")).to_have_attribute("aria-invalid", "true")
    check(page)
    page.get_by_role("alert").locator("a[href='#id_email']").click()
    expect(page.locator("#id_email")).to_be_focused()
    page.locator("#id_email").fill("")
    page.locator("#id_who_0").check()
    expect(page.locator("#id_third_party_name")).to_be_hidden()
    page.locator("#id_phone").fill("٠٢٢١ ١٢٣٤٥٦٧")
    page.locator("form button").click()
    expect(page.locator(".receipt strong")).to_have_text(re.compile("^A-"))
    check(page)


def check(page):
    assert page.evaluate("rules => axe.run(document, rules)", RULES)["violations"] == [], page.url
    assert not page.evaluate(TOO_WIDE), page.url


def test_in_farsi_from_the_house_to_the_right_desk(open_page, server_at_rest, farid, case_manager, coordination):
    person = open_page(viewport=PHONE, java_script_enabled=False, locale="fa-IR")
    find_and_register(person)
    number = person.locator(".receipt strong").text_content()
    assert person.context.cookies() == []
    send_to_its_place(open_page(coordination), number)
    read(open_page(farid), number)
    with server_at_rest:
        intake = IntakeRequest.objects.get(number=number)
        assert (intake.phone, intake.language_id, intake.is_suspect) == ("0176 1234567", "fa", False)
    stranger = open_page(case_manager)  # the same Träger, but it is accepted by another
    assert stranger.goto(reverse("cases:request_detail", args=[number])).status == 404


def find_and_register(page):
    page.goto("/")
    page.get_by_role("link", name="پیدا کردن فرد پاسخگو").click()
    page.get_by_label("منطقهٔ شهری", exact=True).select_option(label="منطقهٔ شهری Chorweiler")
    page.get_by_label("زبان", exact=True).select_option(label="فارسی")
    page.get_by_role("button", name="نمایش").click()
    expect(page.locator("#personen article")).to_contain_text("Farid Nazari")
    page.get_by_role("main").get_by_role("link", name="ثبت‌نام", exact=True).first.click()
    expect(page.locator("#id_district")).to_have_value("6")
    expect(page.locator("#id_language")).to_have_value("fa")
    page.get_by_label("تلفن یا پیام‌رسان").fill("۰۱۷۶ ۱۲۳۴۵۶۷")
    page.get_by_label("شما را به چه نامی صدا کنیم؟").fill("نسیم")
    page.get_by_label("لطفاً زنگ نزنید، فقط بنویسید").check()
    page.get_by_text("مسکن", exact=True).click()
    page.get_by_label("می‌خواهید چیز دیگری بگویید؟").fill("دنبال خانه می‌گردم.")
    page.wait_for_timeout(3_100)  # as long as somebody needs to read it at least
    page.get_by_role("button", name="ارسال").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("سپاس. ثبت‌نام شما رسید.")


def send_to_its_place(page, number):
    page.goto(reverse("cases:dispatch"))
    page.get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    for secret in ("نسیم", "1234567", "خانه"):
        expect(page.get_by_text(secret)).to_have_count(0)
    page.get_by_role("button", name=re.compile("Zuweisen .*Farid Nazari")).click()
    expect(page.get_by_text(f"Anfrage {number} liegt jetzt bei")).to_be_visible()


def read(page, number):
    page.goto(reverse("cases:request_detail", args=[number]))
    expect(page.get_by_role("heading", level=1)).to_have_text("نسیم")
    for words in ("nicht anrufen, nur schreiben", "دنبال خانه می‌گردم.", "فارسی", "Wohnen", "Chorweiler"):
        expect(page.get_by_text(words).first).to_be_visible()
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_text(f"Sie haben Anfrage {number} übernommen.")).to_be_visible()
