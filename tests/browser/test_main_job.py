"""The main job from the first login to the figure the city sees, by the people who do it."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import expect

from cases.models import Case
from districts.models import CaseManager
from kim.users.models import Role, User
from reports.queries.situation import true_situation
from tests.browser.steps import NAME_TYPED, has_scripts, is_saved, log_in_by_form, note, tap
from tests.factories import CaseFactory, ConsultationFactory, DistrictFactory, today

pytestmark = pytest.mark.browser

KALK = 8
NEW_PASSWORD = "Sieben-Katzen-schlafen-26"


def figures_of_kalk():
    true = true_situation(today())
    quarter = next(quarter for quarter in true.quarters if quarter.quarter.start <= today() <= quarter.quarter.end)
    return quarter.by_district[KALK], quarter.total


def some_work(count):
    """Enough people for the city to see figures at all."""
    for number in range(count):
        ConsultationFactory(case=CaseFactory(district=DistrictFactory(number=KALK if number < 30 else 9)))


def test_from_login_to_the_figures_of_the_city(open_page, case_manager, coordination, server_at_rest):
    with server_at_rest:
        some_work(41)
        district_before, city_before = figures_of_kalk()

    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Anmelden für Mitarbeitende").click()
    log_in_by_form(page, case_manager)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mein Tag")
    register(page)
    case = Case.objects.latest("pk")
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME_TYPED)
    log_consultation(page)
    expect(page.locator("#beratungen")).to_contain_text("Räumungsklage; Frist läuft.")
    for topic in ("Wohnen", "Umgang mit Behörden"):
        expect(page.locator("#beratungen .tag", has_text=topic)).to_be_visible()
    expect(page.locator("#zu-tun")).to_contain_text("Termin beim Mieterverein")
    assert case.number in page.title()
    assert "Ali" not in page.title() + page.url

    with server_at_rest:
        district_after, city_after = figures_of_kalk()
        call_command("build_situation")
    for before, after in ((district_before, district_after), (city_before, city_after)):
        assert after.persons == before.persons + 1
        assert after.consultations == before.consultations + 1

    only_rounded_figures_are_shown(open_page(coordination), district_after, city_after)


def register(page):
    """Search first: nobody known, so the person is entered and the case opened."""
    page.get_by_role("link", name="Fälle", exact=True).first.click()
    page.get_by_role("link", name="Person aufnehmen").click()
    page.get_by_label("Name").fill(NAME_TYPED)
    page.get_by_role("button", name="Nachsehen").click()
    expect(page.get_by_text("In Ihren Fällen gibt es keinen ähnlichen Namen.")).to_be_visible()
    page.get_by_role("button", name="Neue Person aufnehmen").click()
    page.locator("[name=given_names]").fill("محمد")
    page.locator("[name=family_name]").fill("العلي")
    page.locator("[name=pseudonym]").fill("")
    page.locator("[name=district]").select_option(str(KALK))
    page.locator("[name=birth_date]").fill("03.04.2004")
    page.get_by_role("button", name="Fall eröffnen").click()
    expect(page.get_by_text("ist eröffnet.")).to_be_visible()


def log_consultation(page):
    """From another page, found by the name in Latin letters."""
    page.goto("/lage/")
    page.keyboard.press("n")
    page.wait_for_url("**/beratungen/neu/")
    page.keyboard.type("mohamed al")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Beratung mit {NAME_TYPED}")
    has_scripts(page)
    tap(page, "Wohnen")
    tap(page, "Umgang mit Behörden")
    note(page).fill("Räumungsklage; Frist läuft.")
    page.get_by_label("Was ist zu tun?").fill("Termin beim Mieterverein")
    page.get_by_label("bis wann").fill((today() + timedelta(days=2)).strftime("%d.%m.%Y"))
    page.keyboard.press("Control+Enter")
    is_saved(page)


def only_rounded_figures_are_shown(page, district, city):
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lage")
    expect(page.locator("main")).to_contain_text(f"Stand {today():%d.%m.%Y}")
    for path, true in ((page.url, city), (f"/lage/{KALK}/", district)):
        page.goto(path)
        shown = page.locator(".stat-value, td.num, svg .number").all_inner_texts()
        numbers = [int(text.replace(".", "")) for text in shown if re.fullmatch(r"[\d.]+", text)]
        assert {5 * round(true.persons / 5), 5 * round(true.consultations / 5)} <= set(numbers), shown
        assert [number for number in numbers if number % 5] == []
        assert "Ali" not in page.content()


def test_a_new_colleague_from_invitation_to_first_day(
    open_page, admin_user, lead, provider, live_server, settings, server_at_rest
):
    settings.SITE_URL = live_server.url
    admin = open_page(admin_user)
    admin.goto("/verwaltung/")
    admin.get_by_role("link", name="Fallmanager*innen").first.click()
    admin.get_by_role("link", name="Fallmanager*in hinzufügen").click()
    admin.get_by_label("Name").fill("Nour Neu")
    admin.locator("[name=email]").fill("nour.neu@kim-koeln.example")
    admin.locator("[name=provider]").select_option(str(provider.pk))
    admin.get_by_label("Stadtbezirk Kalk").check()
    admin.get_by_label("Fallmanagement im Stadtbezirk").check()
    admin.get_by_role("button", name="Sichern", exact=True).click()
    expect(admin.locator(".messagelist")).to_contain_text("Nour Neu")
    user = CaseManager.objects.get().user
    assert (user.email, user.role_confirmed_at) == ("nour.neu@kim-koeln.example", None)

    new = open_page()
    new.goto(invitation())
    for field in ("password1", "password2"):
        new.locator(f"[name={field}]").fill(NEW_PASSWORD)
    new.locator("main").get_by_role("button").first.click()
    expect(new.get_by_role("heading", level=1)).to_have_text("Passwort gespeichert")
    new.goto("/anmelden/")
    log_in_by_form(new, user, NEW_PASSWORD)
    expect(new.get_by_text("Ihr Zugang wartet auf die Bestätigung")).to_be_visible()
    assert new.goto("/mein-tag/").status == 403

    boss = open_page(lead)
    boss.goto("/")
    boss.get_by_role("button", name="Zugang bestätigen Nour Neu").click()
    expect(boss.get_by_text("Der Zugang von Nour Neu ist bestätigt.")).to_be_visible()

    new.goto("/")
    expect(new.get_by_role("heading", level=1)).to_have_text("Mein Tag")
    assert User.objects.get(pk=user.pk).role == Role.CASE_MANAGER


def invitation():
    """The link in the only mail, as a path of this server."""
    (message,) = mail.outbox
    link = urlsplit(re.search(r"https?://\S+", message.body)[0])
    return link.path
