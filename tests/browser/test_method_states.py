"""States of the method's pages that a walk over the routes does not reach: axe-core finds nothing, 320 px suffice."""

import pytest
from playwright.sync_api import expect

from districts.models import Language, Topic
from tests.browser import test_accessibility
from tests.browser.steps import follow, tap
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ConsentFactory,
    DistrictFactory,
    FollowUpFactory,
    GoalFactory,
    HandoverFactory,
    InstitutionFactory,
    IntakeRequestFactory,
    NeedFactory,
    ObservationFactory,
    PlanFactory,
    ProviderFactory,
    ReferralFactory,
    StepFactory,
    SubstitutionFactory,
    days_ago,
)

pytestmark = pytest.mark.browser

looked_at = test_accessibility.looked_at
LONG = "Ich möchte bis zum Sommer eine Wohnung, in der ich nachts schlafen und tagsüber lernen kann. " * 2


@pytest.fixture
def case(browser_db, case_manager):
    """In the middle of the method, with something open everywhere."""
    case = CaseFactory(case_manager=case_manager.case_manager, status="planning", topics=Topic.objects.main()[:2])
    ConsentFactory(client=case.client)
    need = NeedFactory(case=case, text=LONG)
    NeedFactory(case=case, topic=Topic.objects.main()[1])
    plan = PlanFactory(case=case, draft=True)
    for status in ("open", "in_progress"):
        goal = GoalFactory(plan=plan, need=need, topic=need.topic, text=LONG, status=status)
        StepFactory(goal=goal, due_on=days_ago(3))
        StepFactory(goal=goal, done_on=days_ago(1), who="Frau Muster")
    ReferralFactory(case=case, due=True)
    FollowUpFactory(case=case)
    return case


def refused(page, button):
    page.get_by_role("button", name=button).first.click()
    expect(page.locator(".error-summary").first).to_be_visible()


def test_requests(looked_at, coordination, case_manager, server_at_rest):
    kalk, arabic = DistrictFactory(number=8), Language.objects.get(code="ar")
    case_manager.case_manager.districts.set([kalk])
    case_manager.case_manager.languages.set([arabic])
    CaseFactory.create_batch(20, case_manager=case_manager.case_manager)  # no free place
    away = CaseManagerFactory(districts=[DistrictFactory(number=1)], provider=ProviderFactory(name="Träger " * 12))
    SubstitutionFactory(absent=away, deputy__provider=away.provider)
    request = IntakeRequestFactory(
        district=kalk, language=arabic, urgency="urgent", returned_from=away.provider, return_reason="no_capacity"
    )
    office = looked_at.window("coordination")
    office.goto(f"/einsatz/{request.number}/")
    for reason in ("spricht die Sprache", "voll", "abwesend bis", "hat die Anfrage zurückgegeben"):
        expect(office.locator("ol.rows")).to_contain_text(reason)
    looked_at(office, "request with a proposal")
    office.goto("/anfragen/neu/")
    refused(office, "Anfrage eintragen")
    looked_at(office, "refused request, write-only")

    with server_at_rest:
        own = IntakeRequestFactory(case_manager=case_manager.case_manager, has_agreed=False, topics=Topic.objects.all())
    page = looked_at.window("case_manager")
    page.goto(f"/anfragen/{own.number}/")
    page.locator("main details.menu summary").click()
    looked_at(page, "accepted request with its menu")
    follow(page, "Nicht aufnehmen")
    tap(page, "weitervermittelt")
    refused(page, "Anfrage beenden")
    looked_at(page, "refused end of a request")
    page.goto(f"/faelle/neu/?anfrage={own.number}")
    page.get_by_role("button", name="Nachsehen").click()
    page.get_by_role("button", name="Neue Person aufnehmen").click()
    expect(page.get_by_role("button", name="Fall eröffnen")).to_be_visible()
    looked_at(page, "form for a person, filled from a request")


def test_needs_and_plan(looked_at, case, case_manager):
    page = looked_at.window("case_manager")
    page.goto(f"/faelle/{case.number}/bedarfe/einschaetzen/")
    for fold in page.locator("main details.fold > summary").all():
        fold.click()
    page.locator(".need-fresh .chip label").filter(has_text="dringend").last.click()
    looked_at(page, "unfolded needs")
    page.locator("[name=held_on]").fill("31.02.2026")
    refused(page, "Speichern")
    looked_at(page, "refused needs")
    page.goto(f"/faelle/{case.number}/plan/")
    expect(page.get_by_role("link", name="Ziel dazu").first).to_be_visible()
    looked_at(page, "draft of a plan")
    page.get_by_role("link", name="Ziel dazu").first.click()
    page.locator("[name=step-1-due_on]").fill("31.02.2026")
    refused(page, "Speichern")
    looked_at(page, "refused goal")
    page.goto(f"/faelle/{case.number}/plan/vereinbaren/")
    page.locator("[name=review_on]").fill("01.02.2020")
    refused(page, "Vereinbaren")
    looked_at(page, "refused agreement")
    page.goto(f"/faelle/{case.number}/einwilligungen/")
    for fold in page.locator("main details > summary").all():
        fold.click()
    looked_at(page, "unfolded consents")


def test_linking_handing_over_and_closing(looked_at, case, case_manager, lead):
    incoming = CaseFactory(case_manager=CaseManagerFactory(provider=case.provider))
    offer = HandoverFactory(case=incoming, to_case_manager=case_manager.case_manager, summary=LONG)
    ReferralFactory(case=case, failed=True, institution=InstitutionFactory())
    ObservationFactory(case=incoming, text="Frau Meier war am 12.03.2026 nicht da.")

    page = looked_at.window("case_manager")
    page.goto(f"/faelle/{case.number}/vermittlungen/")
    expect(page.get_by_role("link", name="Als Beobachtung aufschreiben")).to_be_visible()
    looked_at(page, "referrals, one failed")
    page.get_by_role("link", name="abgelehnt").first.click()
    refused(page, "Speichern")
    looked_at(page, "refused result of a referral")

    page.goto(f"/uebergaben/{offer.pk}/")
    looked_at(page, "offered hand-over")
    page.locator("main details > summary").click()
    refused(page, "Mit diesem Grund ablehnen")
    looked_at(page, "refused answer to a hand-over")
    page.goto(f"/faelle/{case.number}/uebergeben/")
    page.get_by_label("In eigenen Worten").fill("Frau Meier vom Jobcenter weiß Bescheid.")
    page.get_by_label("Der Text enthält keine Personen").check()
    refused(page, "Übergabe vorschlagen")
    looked_at(page, "refused hand-over with a hint")

    page.goto(f"/faelle/{case.number}/abschliessen/")
    tap(page, "ja, das schreibe ich auf")
    expect(page.locator("[name=observation-text]")).to_be_visible()
    looked_at(page, "closing with the observation opened")
    refused(page, "Fall abschließen")
    looked_at(page, "refused closing")

    boss = looked_at.window("lead")
    boss.goto("/team/beobachtungen/")
    boss.locator("main details > summary").click()
    boss.get_by_role("button", name="Mit diesem Grund zurückgeben").click()
    expect(boss.get_by_text("Bitte den Grund der Rückgabe nennen.")).to_be_visible()
    looked_at(boss, "refused return of an observation")
