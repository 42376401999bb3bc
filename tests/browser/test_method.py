"""The whole method by the people who do it: one young person from request to closing, and a day in clicks."""

import json
import re
from collections import defaultdict

import pytest
from django.core.handlers.base import BaseHandler
from playwright.sync_api import expect

from cases.models import Case, ClearingDecision, Consultation, Handover, IntakeRequest, Observation, Referral
from districts.models import Language
from tests.browser.steps import (
    COUNT_CLICKS,
    NAME_TYPED,
    clicks,
    follow,
    is_saved,
    note,
    open_notice,
    pick,
    save,
    tap,
    type_into,
)
from tests.factories import CaseFactory, DistrictFactory, InstitutionFactory, days_ago, today

pytestmark = pytest.mark.browser

KALK = 8
PHONE_TYPED = "0221 4711 08"
WISH = "Die Wohnung ist zum Ersten gekündigt."
GOAL = "Ich habe eine eigene Wohnung."
SEEN = "Für junge Menschen ohne Einkommen nimmt hier niemand neue Anmeldungen an."


@pytest.fixture
def sent_to(monkeypatch):
    """User -> everything the server ever answered them: text, address of a redirect, cookies."""
    answers, answer = defaultdict(list), BaseHandler.get_response

    def get_response(handler, request):
        response = answer(handler, request)
        user = getattr(request, "user", None)
        if user is not None and not response.streaming:
            answers[user.pk].append(f"{request.path}\n{response.headers}\n{response.text}")
        return response

    monkeypatch.setattr(BaseHandler, "get_response", get_response)
    return answers


@pytest.fixture
def landscape(browser_db, case_manager, colleague, stranger):
    """Leyla works in Kalk and speaks Arabic; the other Träger works elsewhere."""
    InstitutionFactory(name="Wohnhilfe Kalk")
    case_manager.case_manager.districts.set([DistrictFactory(number=KALK)])
    case_manager.case_manager.languages.set(Language.objects.filter(code="ar"))
    stranger.case_manager.districts.set([DistrictFactory(number=1)])


def test_one_young_person_from_request_to_closing(
    open_page, sent_to, landscape, coordination, case_manager, colleague, lead, server_at_rest
):
    office = open_page(coordination)
    number = the_office_enters_a_request(office)
    the_office_assigns_it(office, number)

    page = open_page(case_manager)
    the_case_manager_takes_it(page, number)
    a_case_is_opened_from_it(page)
    with server_at_rest:
        case = Case.objects.get()
        begun_at = (case.district_id, case.track_id)
    intake_and_clearing(page)
    needs_and_plan(page, case)
    two_consultations(page, case)
    a_referral_fails(page, case)
    a_handover_is_offered(page, case)

    other = open_page(colleague)
    the_colleague_takes_over(other, case)
    the_colleague_closes(other, case)
    the_lead_releases_the_observation(open_page(lead))
    for path in ("/einsatz/", "/einsatz/?state=desk", "/einsatz/wer-wartet/", "/hinweise/", "/lage/", "/verzeichnis/"):
        assert office.goto(path).status == 200
    office.goto(f"/einsatz/{number}/")

    with server_at_rest:
        what_is_true_now(case, begun_at, case_manager, colleague, lead)
        the_office_never_saw(sent_to[coordination.pk])
        assert any(NAME_TYPED.split()[1] in text for text in sent_to[case_manager.pk]), "nothing was written down"


def what_is_true_now(case, begun_at, case_manager, colleague, lead):
    case.refresh_from_db()
    request, referral, observation = IntakeRequest.objects.get(), Referral.objects.get(), Observation.objects.get()
    assert (request.status, request.case, request.case_manager.user) == ("admitted", case, case_manager)
    assert request.first_contact_at
    assert (case.status, case.closing_reason, case.closed_on) == ("closed", "goals_reached", today())
    assert (case.service_level, case.phase_before_pause) == ("case_management", "implementation")
    assert (case.district_id, case.track_id) == begun_at
    assert case.district_id == KALK
    assert case.case_manager.user == colleague
    assert case.client.name == NAME_TYPED
    assert case.client.consents.in_force().purposes() == {"documentation"}
    assert ClearingDecision.objects.get().outcome == "case_management"
    assert [(need.topic.code, need.urgency) for need in case.needs.all()] == [("housing", "urgent")]
    (plan,) = case.plans.all()
    assert (plan.status, plan.goals.get().status) == ("agreed", "reached")
    assert plan.goals.get().steps.count() == 1
    assert [talk.case_manager.user for talk in case.consultations.all()] == [case_manager] * 2
    assert (referral.result, referral.barrier) == ("rejected", "capacity")
    assert Handover.objects.get().status == "accepted"
    assert (observation.status, observation.released_by, observation.text) == ("released", lead, SEEN)
    assert (observation.topic.code, observation.barrier) == ("housing", "capacity")


def the_office_never_saw(answers):
    assert len(answers) > 8
    secrets = [*NAME_TYPED.split(), PHONE_TYPED, WISH]
    for secret in [*secrets, *(json.dumps(word)[1:-1] for word in secrets)]:
        assert [text[:200] for text in answers if secret in text] == []


# --- Request and dispatch


def the_office_enters_a_request(page):
    page.goto("/")
    page.get_by_role("link", name="Einsatz", exact=True).click()
    page.get_by_role("link", name="Anfrage eintragen").click()
    page.locator("main [name=source]").select_option("self")
    page.locator("main [name=channel]").select_option("phone")
    page.locator("main [name=name]").fill(NAME_TYPED)
    page.locator("main [name=phone]").fill(PHONE_TYPED)
    page.locator("main [name=language]").select_option("ar")
    page.locator("main [name=district]").select_option(str(KALK))
    page.locator(".chip label").filter(has_text=re.compile("^dringend")).click()
    tap(page, "Wohnen")
    page.locator("main [name=message]").fill(WISH)
    page.get_by_role("button", name="Anfrage eintragen").click()
    said = page.get_by_text(re.compile(r"Anfrage \S+ ist eingetragen\.")).first
    expect(said).to_be_visible()
    return said.inner_text().split()[1]


def the_office_assigns_it(page, number):
    page.get_by_role("link", name=number).click()
    best = page.locator("ol.rows > li").first
    for words in ("Leyla Fall", "spricht die Sprache", "arbeitet in diesem Stadtbezirk", "frei"):
        expect(best).to_contain_text(words)
    best.get_by_role("button", name="Zuweisen").click()
    expect(page.get_by_text("liegt jetzt bei Träger am Dom").first).to_be_visible()


def the_case_manager_takes_it(page, number):
    page.goto("/")
    open_notice(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME_TYPED)
    expect(page.locator("main")).to_contain_text(WISH)
    assert number in page.title()
    page.get_by_role("button", name="Übernehmen").click()
    page.get_by_role("button", name="Erstkontakt eintragen").click()
    expect(page.get_by_text("Der Erstkontakt ist eingetragen.").first).to_be_visible()


# --- Intake


def a_case_is_opened_from_it(page):
    page.get_by_role("link", name="Aufnehmen: Fall eröffnen").click()
    page.get_by_role("button", name="Nachsehen").click()
    page.get_by_role("button", name="Neue Person aufnehmen").click()
    expect(page.locator("main [name=phone]")).to_have_value(PHONE_TYPED)
    expect(page.locator("main [name=district]")).to_have_value(str(KALK))
    assert page.get_by_label("Wohnen", exact=True).is_checked()
    page.locator("main [name=documentation_given_on]").fill(f"{today():%d.%m.%Y}")
    page.locator("main [name=documentation_form]").select_option("written")
    page.get_by_role("button", name="Fall eröffnen").click()
    expect(page.get_by_text("ist eröffnet.").first).to_be_visible()


def intake_and_clearing(page):
    follow(page, "Erstgespräch")
    expect(page.get_by_role("button", name="Speichern", exact=True)).to_be_visible()
    for box in page.locator("main form [type=checkbox]").all():
        box.check()
    save(page)
    expect(page.get_by_text("Das Erstgespräch ist festgehalten.").first).to_be_visible()
    follow(page, "Klärung")
    tap(page, "Case Management")
    page.get_by_label("Begründung").fill("Wohnung, Arbeit und Aufenthalt hängen zusammen.")
    page.get_by_role("button", name="Entscheidung festhalten").click()
    expect(page.locator("main .tags").first).to_contain_text("Assessment")


# --- Assessment and plan


def needs_and_plan(page, case):
    follow(page, "Bedarfe")
    housing = page.get_by_role("region", name="Wohnen", exact=True)
    housing.locator(".chip label").filter(has_text="dringend").click()
    housing.get_by_label("Was die Person braucht").fill("Eine Wohnung bis Januar.")
    save(page)
    page.get_by_role("link", name="Zum Plan").click()
    page.get_by_role("link", name="Ziel dazu: Wohnen").click()
    page.get_by_label("Ziel in den Worten der Person").fill(GOAL)
    page.locator("main [name=step-0-text]").fill("Wohnberechtigungsschein beantragen")
    save(page)
    page.get_by_role("link", name="Vereinbaren").click()
    page.get_by_role("button", name="Vereinbaren").click()
    expect(page.get_by_text("Der Plan ist vereinbart.").first).to_be_visible()
    page.get_by_role("link", name=case.number).first.click()


# --- Counselling and linking


def two_consultations(page, case):
    for text in ("Antrag auf den Wohnberechtigungsschein ausgefüllt.", "Beim Vermieter nachgefragt."):
        follow(page, "Beratung eintragen")
        tap(page, "Wohnen")
        note(page).fill(text)
        save(page)
        is_saved(page)


def a_referral_fails(page, case):
    follow(page, "Vermittlungen")
    page.get_by_role("link", name="Neue Vermittlung").click()
    page.locator("main [name=institution]").select_option(label="Wohnhilfe Kalk")
    expect(page.locator("main [name=topic] option:checked")).to_have_text("Wohnen")
    page.get_by_role("button", name="Eintragen").click()
    page.get_by_role("link", name="abgelehnt").click()
    tap(page, "Kapazität")
    save(page)
    page.get_by_role("link", name="Als Beobachtung aufschreiben").click()
    expect(page.locator("main [name=topic] option:checked")).to_have_text("Wohnen")
    expect(page.locator("main [name=institution] option:checked")).to_have_text("Wohnhilfe Kalk")
    expect(page.locator("main [name=barrier]")).to_have_value("capacity")
    page.get_by_role("link", name="Abbrechen").click()


# --- Hand-over


def a_handover_is_offered(page, case):
    follow(page, "Übergeben")
    page.locator("main [name=to_case_manager]").select_option(label="Kolja Kollegium")
    page.get_by_label("In eigenen Worten").fill("Sucht eine Wohnung, ist gut zu erreichen. Der Antrag läuft.")
    page.get_by_label("Der Text enthält keine Personen").check()
    page.get_by_role("button", name="Übergabe vorschlagen").click()
    expect(page.get_by_text("Die Übergabe ist vorgeschlagen.").first).to_be_visible()


def the_colleague_takes_over(page, case):
    page.goto("/")
    assert page.request.get(f"/faelle/{case.number}/").status == 404
    open_notice(page)
    expect(page.locator("main")).to_contain_text("Sucht eine Wohnung, ist gut zu erreichen.")
    assert NAME_TYPED.split()[1] not in page.content()
    page.get_by_role("button", name="Fall übernehmen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME_TYPED)


# --- Closing


def the_colleague_closes(page, case):
    follow(page, "Plan")
    page.get_by_role("button", name=f"Erreicht: {GOAL}", exact=True).click()
    expect(page.locator(".goal .tag").first).to_have_text("erreicht")
    page.get_by_role("link", name=case.number).first.click()
    follow(page, "Abschließen")
    page.locator("main [name=reason]").select_option("goals_reached")
    tap(page, "ja, das schreibe ich auf")
    page.locator("main [name=observation-topic]").select_option(label="Wohnen")
    page.locator("main [name=observation-barrier]").select_option("capacity")
    page.locator("main [name=observation-text]").fill(SEEN)
    page.get_by_label("Der Text enthält keine Personen").check()
    page.get_by_role("button", name="Fall abschließen").click()
    expect(page.get_by_text("Der Fall ist abgeschlossen.").first).to_be_visible()


def the_lead_releases_the_observation(page):
    page.goto("/")
    open_notice(page)
    expect(page.locator("main")).to_contain_text(SEEN)
    assert NAME_TYPED.split()[1] not in page.content()
    page.get_by_role("button", name="Freigeben").click()
    expect(page.get_by_text("Freigegeben.").first).to_be_visible()


# --- A day in clicks

MOST_CLICKS = 45
DAY = (
    ("Amina Yusuf", "45", "Wohnen", "Mit dem Vermieter gesprochen."),
    ("Samir Haile", "30", "Bildung", "Zeugnisse zur Anerkennung geschickt."),
    ("Oksana Kowalenko", "60", "Familie", "Kitaplatz gesucht."),
    ("Yusuf Barry", "30", "Umgang mit Behörden", "Antrag ausgefüllt."),
)


@pytest.fixture
def desk(browser_db, case_manager):
    """Four people who come today, and one who is through."""
    InstitutionFactory(name="Sprachschule Ehrenfeld")
    case_manager.case_manager.districts.set([DistrictFactory(number=KALK)])
    for name in (*(name for name, *_rest in DAY), "Dilek Demir"):
        given, family = name.split()
        CaseFactory(
            case_manager=case_manager.case_manager,
            client__given_names=given,
            client__family_name=family,
            last_contact_on=days_ago(7),
        )


def test_a_day_takes_at_most_45_clicks(open_page, desk, case_manager, server_at_rest):
    """Mouse and text only: the keys that open pages are not used."""
    page = open_page(case_manager)
    page.context.add_init_script(COUNT_CLICKS)
    page.goto("/")
    spent = {}
    for work in (log_four_consultations, take_a_new_client, refer_somebody, close_a_case):
        before = clicks(page)
        work(page)
        spent[work.__name__] = clicks(page) - before
    assert clicks(page) <= MOST_CLICKS, f"{clicks(page)} clicks: {spent}"
    assert min(spent.values()) > 3, f"the counter does not count: {spent}"

    with server_at_rest:
        talks = Consultation.objects.filter(held_on=today())
        logged = {(talk.case.client.name, str(talk.minutes), str(talk.topics.get()), talk.note) for talk in talks}
        assert logged == set(DAY)
        new = Case.objects.latest("pk")
        assert (new.client.name, new.client.phone) == (NAME_TYPED, PHONE_TYPED)
        referral = Referral.objects.get()
        assert (referral.case, referral.institution.name, referral.topic.code) == (
            new,
            "Sprachschule Ehrenfeld",
            "housing",
        )
        (closed,) = Case.objects.closed()
        assert (closed.client.name, closed.closing_reason) == ("Dilek Demir", "goals_reached")


def log_four_consultations(page):
    page.get_by_role("link", name="Neue Beratung").click()
    for place, (name, minutes, topic, text) in enumerate(DAY, 1):
        page.locator("main").get_by_role("link", name=name).click()
        if minutes != "30":
            tap(page, minutes)
        tap(page, topic)
        type_into(page, note(page), text)
        page.get_by_role(
            "button", name="Speichern" if place == len(DAY) else "Speichern und nächste", exact=True
        ).click()
        is_saved(page)


def take_a_new_client(page):
    page.get_by_role("link", name="Fälle", exact=True).first.click()
    page.get_by_role("link", name="Person aufnehmen").click()
    type_into(page, page.locator("main [name=name]"), NAME_TYPED)
    page.get_by_role("button", name="Nachsehen").click()
    page.get_by_role("button", name="Neue Person aufnehmen").click()
    type_into(page, page.locator("main [name=birth_date]"), "03.04.2004")
    type_into(page, page.locator("main [name=phone]"), PHONE_TYPED)
    tap(page, "Wohnen")
    page.get_by_role("button", name="Fall eröffnen").click()
    expect(page.get_by_text("ist eröffnet.").first).to_be_visible()


def refer_somebody(page):
    follow(page, "Vermittlungen")
    page.get_by_role("link", name="Neue Vermittlung").click()
    pick(page, page.locator("main [name=institution]"), "Sprachschule Ehrenfeld")
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_text("Die Vermittlung ist eingetragen.").first).to_be_visible()


def close_a_case(page):
    page.get_by_role("link", name="Fälle", exact=True).first.click()
    page.locator("main").get_by_role("link", name="Dilek Demir").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dilek Demir")
    follow(page, "Abschließen")
    pick(page, page.locator("main [name=reason]"), "Ziele erreicht")
    page.get_by_role("button", name="Fall abschließen").click()
    expect(page.get_by_text("Der Fall ist abgeschlossen.").first).to_be_visible()
