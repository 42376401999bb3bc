"""From what somebody saw to what came of it: observation, finding, measure, effect; by the people who do it."""

import re

import pytest
from playwright.sync_api import expect

from reports.models import Finding, Measure
from tests.browser.conftest import PHONE
from tests.browser.steps import tap
from tests.factories import CaseFactory, today
from tests.findings import ConferenceFactory, FindingFactory, MeasureFactory
from tests.test_measures import with_figure

pytestmark = pytest.mark.browser

SEEN = "Bei Kündigung verweisen zwei Ämter aufeinander, bis die Frist um ist."


def save_decision(page):
    page.get_by_role("button", name="Beschluss festhalten").click()
    expect(page.get_by_text("Der Beschluss ist festgehalten.").first).to_be_visible()


def test_from_observation_to_effect(open_page, browser_db, case_manager, lead, coordination, server_at_rest):
    with server_at_rest:
        case = CaseFactory(case_manager=case_manager.case_manager)
        for period, value in (("2026-1", 80), ("2026-2", 70), ("2026-3", 50)):
            with_figure(period, value)

    own = open_page(case_manager)  # writes it down
    own.goto(f"/faelle/{case.number}/beobachtung/")
    own.get_by_label("Thema").select_option(label="Wohnen")
    own.get_by_label("Hürde").select_option(label="Zuständigkeit ungeklärt")
    own.get_by_label("Was zeigt der Fall über das System?").fill(SEEN)
    own.get_by_label("Enthält keine Personen").check()
    own.get_by_role("button", name="Zur Freigabe vorschlagen").click()
    expect(own.get_by_text("Die Beobachtung liegt jetzt bei der Teamleitung.").first).to_be_visible()

    team = open_page(lead)  # releases it
    team.goto("/team/beobachtungen/")
    team.get_by_role("button", name=re.compile("^Freigeben")).click()
    expect(team.get_by_text(re.compile("^Freigegeben")).first).to_be_visible()

    office = open_page(coordination)  # makes a finding of it
    office.goto("/bedarfe/")
    office.get_by_role("link", name="1 neue Beobachtung").click()
    expect(office.get_by_text(SEEN)).to_be_visible()
    assert case.number not in office.content()
    office.get_by_role("checkbox").check()
    office.get_by_role("button", name="Ausgewählte bündeln").click()
    office.get_by_label("Titel").fill("Wohnungsverlust: niemand zuständig")
    office.get_by_label("Worum geht es?").fill("Zwei Ämter, keine Stelle.")
    office.get_by_role("button", name="Bedarf anlegen").click()
    expect(office.get_by_text("1 Beobachtung von 1 Träger")).to_be_visible()

    office.get_by_role("link", name="Zahl notieren").click()  # with a published number
    office.get_by_label("Bericht").select_option(label="1. Quartal 2026")
    office.get_by_label("Tabelle").select_option(label="Hürden")
    office.get_by_role("button", name="Zahlen zeigen").click()
    office.get_by_label("Zeile").select_option(label="Zuständigkeit ungeklärt")
    office.get_by_role("button", name="Als Beleg notieren").click()

    save_decision(office)  # in review
    measure = office.get_by_label("Maßnahme", exact=True)
    expect(measure).to_be_hidden()
    tap(office, "Maßnahme vereinbaren")
    measure.fill("Gemeinsame Sprechstunde")
    office.get_by_role("textbox", name="Zuständig").fill("Amt für Wohnen")
    office.get_by_label("Frist").fill(today().strftime("%d.%m.%Y"))
    save_decision(office)

    office.get_by_role("link", name=re.compile("^Stand")).click()  # is done
    tap(office, "umgesetzt")
    office.get_by_label("Umgesetzt am").fill("15.02.2026")
    office.get_by_label("Was ist geschehen?").fill("Seit Februar jeden Dienstag.")
    office.get_by_label("Woran sieht man die Wirkung?").select_option(index=1)
    office.get_by_role("button", name="Eintragen").click()
    save_decision(office)

    office.get_by_role("link", name="Wirkung prüfen").click()  # and has helped
    expect(office.get_by_text("50 zwei Zeiträume nach der Umsetzung (3. Quartal 2026)")).to_be_visible()
    expect(office.get_by_text("30 weniger")).to_be_visible()
    tap(office, "geholfen")
    office.get_by_label("In einem Satz").fill("Die Fristen werden gehalten.")
    office.get_by_role("button", name="Urteil festhalten").click()
    expect(office.get_by_text("Abgeschlossen. Zurzeit ist nichts zu tun.")).to_be_visible()

    own.goto("/beobachtungen/")
    own.get_by_role("link", name=re.compile("neuer? Hinweis")).click()  # who saw it reads what came of it
    own.get_by_role("button", name="Zu einer Beobachtung gibt es eine Rückmeldung.").first.click()
    expect(own.get_by_text("die Wirkung ist geprüft")).to_be_visible()
    expect(own.get_by_text("Die Fristen werden gehalten.")).to_be_visible()
    with server_at_rest:
        assert (Finding.objects.get().status, Measure.objects.get().verdict) == ("checked", "helped")


@pytest.mark.parametrize("has_script", [True, False])
def test_a_meeting_decides_in_place(open_page, browser_db, coordination, server_at_rest, has_script):
    with server_at_rest:
        conference = ConferenceFactory()
        finding = FindingFactory(status="steering", title="Kurse mit Betreuung")
        MeasureFactory(due_on=today())
    page = open_page(coordination, viewport=PHONE, java_script_enabled=has_script)
    page.goto(f"/bedarfe/konferenzen/{conference.pk}/")
    entry = page.locator(f"[id='{finding.number}']")
    entry.get_by_text("Beschluss").first.click()
    entry.locator(".chip label").filter(has_text="nicht lokal lösbar").click()
    entry.get_by_label("Beschluss", exact=True).fill("Darüber entscheidet das Land.")
    entry.get_by_role("button", name=re.compile("^Beschluss festhalten")).click()
    minutes = page.locator("section").filter(has_text="Niederschrift")
    expect(minutes.get_by_text("Darüber entscheidet das Land.")).to_be_visible()
    page.get_by_role("button", name="Konferenz abschließen").click()
    expect(page.get_by_text("Zu entscheiden")).to_have_count(0)
    with server_at_rest:
        assert Finding.objects.get(pk=finding.pk).status == "not_local"
