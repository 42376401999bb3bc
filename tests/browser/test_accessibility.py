"""Every page for everybody: axe-core finds nothing, nothing sticks out at 320 px, nothing comes from elsewhere.

The pages are those of the URLconf: a new route is looked at without a word here, or named in NOT_A_PAGE.
"""

import json
import uuid
from functools import cache
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from cases.models import Client, Consultation
from cases.public.form_pass import receipt_for
from districts.models import DirectoryReport, Institution, Language, Topic
from reports.models import Report
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import consultation_form, note, save, tap
from tests.factories import (
    AssessmentFactory,
    CaseFactory,
    CaseManagerFactory,
    ClearingDecisionFactory,
    ClientFactory,
    ConsentFactory,
    ConsultationFactory,
    DirectoryReportFactory,
    DistrictFactory,
    DraftFactory,
    ExpiringDocumentFactory,
    FollowUpFactory,
    GoalFactory,
    HandoverFactory,
    InstitutionFactory,
    IntakeRequestFactory,
    ListImportFactory,
    MembershipFactory,
    NeedFactory,
    NetworkContactFactory,
    NoticeFactory,
    ObservationFactory,
    PlanFactory,
    ReferralFactory,
    ReleaseFactory,
    ReportFactory,
    ReportLinkFactory,
    RequestMessageFactory,
    StepFactory,
    SubstitutionFactory,
    days_ago,
)
from tests.findings import FINDING_ROUTES, FindingFactory, MeasureFactory, finding_keys, released
from tests.report_figures import FINDING, SIGNAL, figures
from tests.routes import own_routes, place_of_request
from tests.test_access import ACCESS, public_keys

pytestmark = pytest.mark.browser

(AXE,) = (Path(__file__).parent.parent / "vendor").glob("axe-core-*/axe.min.js")
# Every rule axe-core has, the ones of WCAG 2.2 that are off by default included.
RULES = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# In a second language the same page differs in its words: names, labels, language, width.
WORDS = {"runOnly": ["cat.aria", "cat.forms", "cat.language", "cat.name-role-value", "cat.text-alternatives"],
         "resultTypes": ["violations"]}  # fmt: skip
NARROW = {"width": 320, "height": 800}
ROLES = {  # who looks at a route that several may open: the first of them
    "case_manager": "case_manager",
    "lead": "lead",
    "coordination": "coordination",
    "data_protection": "data_protection",
    "admin": "admin_user",
    "anonymous": None,
}
NOT_A_PAGE = {
    "start",  # leads on
    "robots",
    "public:vcard",  # a download
    "set_language",
    "mfa_reauthenticate",
    "mfa_authenticate",  # needs a half-finished login
    "mfa_deactivate_totp",  # needs a second factor of one's own
    "mfa_view_recovery_codes",
    "cases:search",  # by POST; looked at in test_states
    "cases:client_create",
    "cases:export",
    "cases:phase",
    "cases:resume",
    "cases:special_notes_erase",
    "cases:create",  # needs a closed case
    "cases:follow_up_complete",
    "cases:need_met",
    "cases:plan_draft",
    "cases:step_done",
    "cases:draft_save",
    "cases:draft_discard",
    "cases:session_state",
    "cases:request_take",
    "cases:request_step",
    "cases:dispatch_assign",
    "cases:dispatch_step",
    "cases:dispatch_judge",  # needs a selection
    "cases:person_hints",  # by POST, while somebody types
    "cases:observation_take_back",
    "reports:evidence_remove",
    "reports:conference_close",
    "cases:observation_discard",
    "cases:handover_withdraw",
    "cases:team_observation",
    "districts:institution_confirm",
    "cases:document_complete",
    "cases:state_transferred",
    "cases:state_note",
    "cases:notice_open",
    "cases:notice_read_all",
    "cases:calendar_renew",
    "cases:calendar_delete",
    "cases:calendar_feed",
    "cases:list_import_template",
    "cases:list_import_check",  # goes on by itself
    "cases:list_import_header",
    "cases:list_import_decide",
    "cases:list_import_finish",
    "cases:team_reassign",  # needs a selection
    "cases:team_reopening",
    "cases:team_confirm_role",
    "reports:report_csv",  # downloads
    "reports:report_pdf",
    "reports:report_xlsx",
    "reports:shared_csv",
    "reports:shared_pdf",
    "reports:shared_xlsx",
    "reports:link_revoke",
    "reports:signal_take_up",
}


@pytest.fixture
def looked_at(open_page, request):
    """look(role, path): opens a page and notes what is wrong with it; the test fails at its end with all of it."""
    windows, wrong = {}, []

    def window(role, language="de", viewport=DESKTOP):
        if (role, language) not in windows:
            user = request.getfixturevalue(ROLES[role]) if ROLES[role] else None
            page = open_page(user, viewport=viewport)
            page.context.add_init_script(path=AXE)
            page.context.add_cookies(
                [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_url(request)}]
            )
            page.on("console", lambda message: message.type == "error" and wrong.append(f"{page.url}: {message.text}"))
            windows[role, language] = page
        return windows[role, language]

    def look(page, where="", rules=RULES):
        page.wait_for_load_state()
        where = f"{where or page.url} ({page.viewport_size['width']} px)"
        for violation in page.evaluate("rules => axe.run(document, rules)", rules)["violations"]:
            nodes = "; ".join(node["html"][:150] for node in violation["nodes"][:3])
            wrong.append(f"{where}: {violation['id']} ({violation['impact']}): {nodes}")
        before = page.viewport_size
        page.set_viewport_size(NARROW)
        if too_wide := page.evaluate(TOO_WIDE):
            wrong.append(f"{where}: wider than 320 px: {too_wide}")
        page.set_viewport_size(before)

    look.window = window
    yield look
    assert not wrong, "\n".join(wrong)


TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return "";
  const isOut = (element) => element.getBoundingClientRect().right > root.clientWidth + 1;
  const out = [...document.querySelectorAll("main *")].filter(isOut);
  return (out.at(-1) || root).outerHTML.slice(0, 200);
}"""


def live_url(request):
    return request.getfixturevalue("live_server").url


@pytest.fixture
def file(browser_db, case_manager):
    """A full file: everything a case can show at once."""
    case = CaseFactory(
        case_manager=case_manager.case_manager,
        client=ClientFactory(
            provider=case_manager.case_manager.provider,
            created_by=case_manager,
            given_names="Mohammed-Abdulrahman",
            family_name="Al-Ali von der Donaudampfschifffahrtsgesellschaft",
            phone="+49 221 123456",
            email="mohammed.abdulrahman.al-ali@mail.kim-koeln.example",
            languages=Language.objects.all()[:3],
        ),
        opened_on=days_ago(200),
        topics=Topic.objects.main()[:2],
    )
    for number in range(4):
        topics = Topic.objects.all()[number : number + 3]
        ConsultationFactory(case=case, topics=topics, note="Langer Text. " * 30, is_private=number == 1)
    FollowUpFactory(case=case, due_on=days_ago(3))
    FollowUpFactory(case=case, due_at="09:30")
    ConsentFactory(client=case.client)
    ConsentFactory(client=case.client, purpose="orientation", withdrawn_on=days_ago(0))
    ConsentFactory(client=case.client, purpose="contact_channels", valid_until=days_ago(-9))
    Client.objects.filter(pk=case.client_id).update(identity_note="Gesperrt.")
    ReleaseFactory(client=case.client)
    ClearingDecisionFactory(case=case, referred_to="Jugendberatung Nord")
    DraftFactory(case=case)
    ReferralFactory(case=case, due=True, note="Langer Text. " * 20)
    ReferralFactory(case=case, failed=True, institution=None, other_institution="Donaudampfschifffahrtsverein Köln")
    need = NeedFactory(case=case, topic=Topic.objects.main()[4], text="Langer Text. " * 20)
    NeedFactory(case=case, topic=Topic.objects.main()[1], unmet=True)
    NeedFactory(case=case, topic=Topic.objects.main()[2], met=True)
    AssessmentFactory(case=case, rated={need: "soon"}, held_on=days_ago(90))
    AssessmentFactory(case=case, rated={need: "urgent"})
    for kind in ("family", "family", "authority", "school_work"):
        NetworkContactFactory(case=case, kind=kind)
    for plan in (PlanFactory(case=case, overdue=True), PlanFactory(case=case, draft=True)):
        for status in ("open", "in_progress"):
            StepFactory(goal=GoalFactory(plan=plan, status=status, topic=need.topic, need=need))
    ExpiringDocumentFactory(client=case.client)
    ExpiringDocumentFactory(client=case.client, done=True)
    ConsultationFactory(case=case, group_key=uuid.uuid4(), group_size=3, shared_note="Alle waren da.")
    NoticeFactory(user=case_manager, case=case)
    CaseFactory.create_batch(26, case_manager=case.case_manager)  # a second page
    return case


@pytest.fixture
def city(file, lead, provider):
    """Something to see on everybody else's pages."""
    for number in range(36):
        ConsultationFactory(
            case=CaseFactory(case_manager=file.case_manager, district=DistrictFactory(number=8 if number < 31 else 9)),
            topics=Topic.objects.main()[number % 3 : number % 3 + 2],
        )
    call_command("build_situation", verbosity=0)
    InstitutionFactory(topics=Topic.objects.main()[:3], languages=Language.objects.all()[:4], waiting_weeks=3)
    DirectoryReportFactory(text="Langer Text. " * 20)
    DirectoryReportFactory(proposal=True, answered=True, answer="Ist aufgenommen.")
    SubstitutionFactory(absent=file.case_manager)
    SubstitutionFactory(absent=file.case_manager, coming=True)
    CaseFactory(case_manager=file.case_manager, closed=True, reopen_requested_at="2026-01-02T10:00+01:00")
    MembershipFactory(provider=provider, user__name="Nils Neu", user__role_confirmed_at=None)
    for number in range(3):
        arabic = Language.objects.get(code="ar")
        IntakeRequestFactory(urgency="urgent", received_on=days_ago(9 * number), language=arabic)
        IntakeRequestFactory(provider=provider, urgency="soon", contact_note="Nicht auf die Mailbox sprechen.")
    ObservationFactory(case=file, text="Frau Meier war am 12.03.2026 nicht da.", institution=InstitutionFactory())
    HandoverFactory(case=file, external=True)
    released()
    FindingFactory(status="steering", moved_on=days_ago(40))
    MeasureFactory(due_on=days_ago(2))
    FindingFactory(status="checked")
    ReportFactory(period="2026-2")
    shown = figures(withheld={"sex_by_age": "fine", "durations": "few"})
    shown["findings"] = [FINDING]
    report = ReportFactory(figures=shown | {"signals": [SIGNAL]})
    ReportLinkFactory(report=report, token="geheime-adresse")
    ReportLinkFactory(report=report, label="Ausschuss", valid_until=days_ago(1))


def written_to(intake):
    """With everything a mail can show at once."""
    RequestMessageFactory(request=intake, state="bounced")
    RequestMessageFactory(
        request=intake, incoming=True, address="fremd@jung.example", text="Ja. شكرا " + "w" * 90, quoted="> Montag?",
        attachment_list="2000 Bescheid_mit_einem_sehr_langen_Namen_ohne_Trennung_2026.pdf", is_forged=True,
        is_shortened=True,
    )  # fmt: skip
    return intake


@pytest.fixture
def addresses(city, file, case_manager):
    """Route name -> address, with real objects."""

    def address(name, parameters):
        if name in FINDING_ROUTES:
            return reverse(name, kwargs=finding_keys(name))
        numbers = {"reports:district": lambda: 8, "reports:report_district": lambda: 8}
        if place := place_of_request(name):
            desk = file.case_manager if place == "requests" else None
            numbers[name] = lambda: written_to(IntakeRequestFactory(case_manager=desk, email="a@jung.example")).number
        keys = {
            "number": numbers.get(name, lambda: file.number)(),
            "uidb36": "1",
            "key": f"abc-{default_token_generator.make_token(case_manager)}",
            "section": "still",
            "token": "geheime-adresse",
            "table": "topics",
            "link": 1,
            "pk": OBJECTS.get(name, lambda case: 1)(file),
            "language": "de",
            "slug": "daten",
            "receipt": receipt_for("A-7F3K-9Q"),
            **public_keys(file.case_manager),
        }
        return reverse(name, kwargs={parameter: keys[parameter] for parameter in parameters})

    return {name: address(name, route.parameters) for name, route in own_routes().items()}


OBJECTS = {
    "cases:consent_withdraw": lambda case: case.client.consents.get(purpose="documentation").pk,
    "cases:release_withdraw": lambda case: case.client.releases.first().pk,
    "cases:consultation_change": lambda case: case.consultations.first().pk,
    "cases:consultation_delete": lambda case: case.consultations.first().pk,
    "cases:follow_up_complete": lambda case: case.follow_ups.first().pk,
    "cases:need_change": lambda case: case.needs.first().pk,
    "cases:need_met": lambda case: case.needs.first().pk,
    "cases:network_change": lambda case: case.network.first().pk,
    "cases:network_remove": lambda case: case.network.first().pk,
    "cases:plan_version": lambda case: case.plans.drafts().get().pk,
    "cases:goal_change": lambda case: case.plans.drafts().get().goals.first().pk,
    "cases:goal_remove": lambda case: case.plans.drafts().get().goals.first().pk,
    "cases:goal_progress": lambda case: case.plans.agreed().get().goals.first().pk,
    "cases:step_done": lambda case: case.plans.agreed().get().goals.first().steps.first().pk,
    "cases:draft_discard": lambda case: case.drafts.get().pk,
    "cases:handover_withdraw": lambda case: case.handovers.get().pk,
    "cases:observation_take_back": lambda case: case.observations.first().pk,
    "cases:observation_discard": lambda case: case.observations.first().pk,
    "cases:team_observation": lambda case: case.observations.first().pk,
    "cases:observation_change": lambda case: ObservationFactory(case=case, returned=True).pk,
    "cases:handover_answer": lambda case: (
        HandoverFactory(case=CaseFactory(case_manager__provider=case.provider), to_case_manager=case.case_manager).pk
    ),
    "cases:team_handover": lambda case: (
        HandoverFactory(case=CaseFactory(case_manager=case.case_manager), external=True).pk
    ),
    "cases:team_account_close": lambda case: CaseManagerFactory(provider=case.provider).user.pk,
    "cases:substitution_worklist": lambda case: (
        SubstitutionFactory(absent=CaseManagerFactory(provider=case.provider), deputy=case.case_manager).pk
    ),
    "reports:report_district": lambda case: Report.objects.newest_first().first().pk,
    "cases:document_change": lambda case: case.client.documents.first().pk,
    "cases:document_complete": lambda case: case.client.documents.first().pk,
    "cases:substitution_end": lambda case: case.case_manager.substitutions.first().pk,
    "cases:referral_change": lambda case: case.referrals.first().pk,
    "cases:referral_result": lambda case: case.referrals.first().pk,
    "cases:referral_choose": lambda case: Institution.objects.first().pk,
    "cases:directory_report": lambda case: Institution.objects.first().pk,
    "cases:directory_answer": lambda case: DirectoryReport.objects.open().first().pk,
    "districts:institution_detail": lambda case: InstitutionFactory().pk,
    "districts:institution_change": lambda case: Institution.objects.first().pk,
    "districts:institution_confirm": lambda case: Institution.objects.first().pk,
    "reports:report": lambda case: Report.objects.newest_first().first().pk,
    "reports:link_create": lambda case: Report.objects.newest_first().first().pk,
    "cases:list_import_row": lambda case: ListImportFactory(created_by=case.case_manager.user).rows.last().pk,
    "cases:list_import_undo": lambda case: ListImportFactory(created_by=case.case_manager.user, imported=True).pk,
} | dict.fromkeys(
    (f"cases:list_import{part}" for part in ("", "_columns", "_check", "_header", "_decide", "_finish", "_discard")),
    lambda case: ListImportFactory(created_by=case.case_manager.user).pk,
)


@pytest.fixture
def pages(addresses, client_of, request):
    """Who opens what: (role, address) of every route that answers a GET with a page."""
    browsers = {role: client_of(request.getfixturevalue(user)) for role, user in ROLES.items() if user}
    browsers["anonymous"] = request.getfixturevalue("client")
    found = {}
    for name, address in addresses.items():
        for role in ROLES:
            if role not in ACCESS[name] or name in found:
                continue
            answer = browsers[role].get(address)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                found[name] = (role, address)
    return found


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_page(pages, looked_at, language):
    assert set(own_routes()) - set(pages) == NOT_A_PAGE
    for name, (role, address) in pages.items():
        page = looked_at.window(role, language)
        if address.startswith("/de/"):  # their language stands in the address; see tests/browser/test_public.py
            address = address.replace("/de/", f"/{language}/")
        if name == "reports:shared":  # a link knows no cookie
            address += f"?sprache={language}"
        assert page.goto(address).status == 200, address
        assert page.locator("html").get_attribute("lang") == language
        looked_at(page, rules=RULES if language == "de" else WORDS)


def test_main_pages_on_a_phone(pages, looked_at, file):
    names = ("cases:today", "cases:list", "cases:detail", "cases:client_search", "reports:situation")
    for name in names:
        role, address = pages[name]
        page = looked_at.window(role, viewport=PHONE)
        page.goto(address)
        looked_at(page)
    page.locator(".site-nav details summary").click()
    looked_at(page, "the open menu at the bottom")
    consultation_form(page, file)
    looked_at(page)


def test_states(city, file, looked_at, server_at_rest):
    """What a page looks like after something was done on it."""
    page = looked_at.window("case_manager")
    page.goto("/benachrichtigungen/")  # a short page: what an open menu half covers would count as too small
    page.locator(".user-menu summary").click()
    looked_at(page, "open user menu")
    page.goto(f"/faelle/{file.number}/")
    page.locator("main details.menu summary").click()
    looked_at(page, "open menu of the file")
    page.keyboard.press("Escape")
    page.get_by_text("Wiedervorlage anlegen").click()
    page.get_by_role("link", name="Alle ansehen").click()
    expect(page.locator("#consultations article")).to_have_count(5)
    looked_at(page, "file with everything unfolded")

    consultation_form(page, file)
    tap(page, "andere")
    tap(page, "Wohnen")
    page.get_by_text("Sprachmittlung, Einrichtung, Wartezeit").click()
    page.get_by_label("Datum").fill("31.02.2026")
    looked_at(page, "unfolded consultation form")
    save(page)
    expect(page.locator(".error-summary")).to_be_focused()
    looked_at(page, "refused consultation form")

    for query, where in (("Al-Ali", "hits"), ("Xyzzy", "no hit")):
        page.goto("/faelle/")
        page.get_by_label("Name, Fallnummer oder Telefon").fill(query)
        expect(page.locator("#search-results h2")).to_be_visible()
        looked_at(page, f"search with {where}")
        page.goto("/beratungen/neu/")
        page.get_by_label("Name, Fallnummer oder Telefon").fill(query)
        expect(page.locator("#search-results h2")).to_be_visible()
        looked_at(page, f"choice with {where}")
    page.goto(f"/beratungen/gruppe/?fall={file.number}")
    page.get_by_label("Jemanden dazunehmen").fill("Amal")
    page.locator("#people-found button").first.click()
    expect(page.get_by_label("Nur in dieser Akte")).to_have_count(2)
    looked_at(page, "form for several people")
    save(page)
    expect(page.locator(".error-summary")).to_be_focused()
    looked_at(page, "refused form for several people")
    page.goto("/kalender/")
    page.get_by_role("button", name="Adresse erzeugen").click()
    expect(page.get_by_label("Adresse")).to_be_visible()
    looked_at(page, "calendar address")
    page.goto("/faelle/?state=paused")
    looked_at(page, "empty list")

    page.goto("/faelle/neu/")
    page.get_by_role("button", name="Nachsehen").click()
    expect(page.locator(".error-summary")).to_be_focused()
    looked_at(page, "refused search for a person")
    page.get_by_label("Name").fill("Mohammed Al-Ali")
    page.get_by_role("button", name="Nachsehen").click()
    expect(page.get_by_role("button", name="Neue Person aufnehmen")).to_be_visible()
    looked_at(page, "known people")
    page.get_by_role("button", name="Neue Person aufnehmen").click()
    expect(page.get_by_role("button", name="Fall eröffnen")).to_be_visible()
    looked_at(page, "form for a new person")
    page.locator("[name=birth_date]").fill("31.02.2000")
    page.locator("[name=phone]").fill("x")
    page.get_by_role("button", name="Fall eröffnen").click()
    expect(page.locator(".error-summary").first).to_be_visible()
    looked_at(page, "refused form for a new person")

    consultation = Consultation.objects.filter(case=file).first()
    page.goto(reverse("cases:consultation_change", args=[file.number, consultation.pk]))
    note(page).fill("Meine Fassung.")
    with server_at_rest:
        Consultation.objects.filter(pk=consultation.pk).update(version=7, note="Andere Fassung.")
    save(page)
    expect(page.locator("table.differences")).to_be_visible()
    looked_at(page, "conflict")

    with server_at_rest:
        closed = CaseFactory(case_manager=file.case_manager, closed=True)
        paused = CaseFactory(case_manager=file.case_manager, paused=True)
        draft = DraftFactory(case=file)
    for path in (
        f"/faelle/{closed.number}/",
        f"/faelle/{closed.number}/neu/",
        f"/faelle/{closed.number}/wiederaufnahme/",
        f"/faelle/{paused.number}/",
        draft.url,
    ):
        page.goto(path)
        looked_at(page)

    lead = looked_at.window("lead")
    lead.goto("/team/faelle/")
    lead.locator("[name=case]").first.check()
    lead.get_by_role("button", name="Ausgewählte übergeben").click()
    expect(lead.get_by_role("button", name="Weiter zur Vorschau")).to_be_visible()
    looked_at(lead, "whom to give cases to")


def test_empty_and_refusing_pages(looked_at, case_manager, lead):
    nobody = looked_at.window("anonymous")
    nobody.goto("/anmelden/")
    nobody.locator("[name=login]").fill("niemand@kim-koeln.example")
    nobody.locator("[name=password]").fill("falsch")
    nobody.get_by_role("button", name="Anmelden").click()
    expect(nobody.locator(".error-summary")).to_be_visible()
    looked_at(nobody, "refused login")
    for role, paths in {
        "case_manager": ("/mein-tag/", "/faelle/", "/verzeichnis/", "/lage/", "/meine-zahlen/", "/vertretungen/"),
        "lead": ("/team/", "/team/faelle/", "/vertretungen/", "/protokoll/?who=xyz"),
    }.items():
        page = looked_at.window(role)
        for path in paths:
            page.goto(path)
            looked_at(page, f"empty {path}")


@pytest.mark.parametrize(("path", "status"), [("/team/", 403), ("/faelle/K-0000-00/", 404)])
def test_refusals(open_page, case_manager, path, status):
    page = open_page(case_manager)
    page.context.add_init_script(path=AXE)
    assert page.goto(path).status == status
    assert page.evaluate("rules => axe.run(document, rules)", RULES)["violations"] == []
    page.set_viewport_size(NARROW)
    assert not page.evaluate(TOO_WIDE)


def test_the_first_page_is_light(open_page, city, file, case_manager, coordination):
    """150 KB for somebody who has never been here, compressed as the server sends it; 8 requests up to Mein Tag."""
    for path, user, most in (
        ("/anmelden/", None, 8),
        ("/mein-tag/", case_manager, 8),
        (f"/beratungen/neu/?fall={file.number}", case_manager, 8),
        ("/lage/", coordination, 8),
    ):
        page = open_page(user)
        answers = []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(path, wait_until="networkidle")
        sizes = {answer.url: compressed_size(answer) for answer in answers}
        assert len(sizes) <= most, json.dumps(sizes, indent=2)
        assert sum(sizes.values()) <= 150 * 1024, json.dumps(sizes, indent=2)


def compressed_size(answer):
    """Static files lie compressed beside the originals (whitenoise); pages are compressed by the proxy."""
    body = answer.body()
    if answer.url.endswith(".woff2"):
        return len(body)
    return compressed_static(body) if "/static/" in answer.url else len(brotli.compress(body, quality=5))


@cache
def compressed_static(body):
    return len(brotli.compress(body, quality=11))
