"""Nobody but the people in charge ever receives what is in a file: every page and every file of a role is opened."""

import io
import re
import uuid
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from cases.actions.mailbox import receive
from cases.mailbox import parsing
from cases.models import Case, Client, IntakeRequest
from cases.numbers import PATTERN
from kim.audit.models import Entry
from reports.models import Report
from tests.crawl import XLSX, crawl, text_of, title_of
from tests.factories import (
    AssessmentFactory,
    CaseFactory,
    ClientFactory,
    ConsentFactory,
    ConsultationFactory,
    DirectoryReportFactory,
    DraftFactory,
    ExpiringDocumentFactory,
    FollowUpFactory,
    GoalFactory,
    HandoverFactory,
    InstitutionFactory,
    IntakeRequestFactory,
    NeedFactory,
    NetworkContactFactory,
    NoticeFactory,
    ObservationFactory,
    ReferralFactory,
    ReleaseFactory,
    ReportLinkFactory,
    RequestMessageFactory,
    StepFactory,
)
from tests.findings import ConferenceFactory, EvidenceFactory, FindingFactory, MeasureFactory
from tests.mails import mail
from tests.periods import case as case_of
from tests.periods import talk
from tests.registration import sent
from tests.routes import address
from tests.test_plan_sheet import weasyprint
from tests.test_reports import numbers_on

pytestmark = pytest.mark.django_db

SENTINELS = {
    "name": "Zweifelhard",
    "pseudonym": "Quittenblau",
    "phone": "0221 4711471",
    "mail": "quellwolke",
    "birth date": "17.03.2004",
    "birth date of the database": "2004-03-17",
    "contact note": "Rückseitenklingel",
    "note": "Weinbergschnecke",
    "private note": "Regenwurmtagebuch",
    "follow-up": "Hagebuttentee",
    "draft": "Fensterkittmasse",
    "pause": "Zwischenlandung",
    "closing": "Abschlussforelle",
    "reopening": "Wiederkehrwunsch",
    "age": "Altersrechnung",
    "protected name": "Geheimhuber",
    "protected note": "Flüstertüte",
    "service": "Nachsorgeinsel",
    "release": "Drachenpraxis",
    "health note": "Sauerstoffgurke",
    "identity note": "Regenbogenforelle",
    "hand-over": "Staffelholzwort",
    "arriving hand-over": "Ankunftsvogel",
    "observation": "Wartezimmerpalme",
    "draft of an observation": "Halbsatzkröte",
    "referral": "Vermittlungsmohn",
    "other institution": "Seitentürverein",
    "need": "Kaminholzbedarf",
    "resource": "Dachbodenschatz",
    "assessment": "Windradsumme",
    "contact": "Patentante Leuchtturm",
    "contact's help": "Murmeltierdienst",
    "plan": "Segelflugwunsch",
    "goal": "Honigkuchenziel",
    "step": "Trittsteinliste",
    "step's person": "Herr Fernrohrmann",
    "document": "Ausweisknick",
    "shared note": "Gruppenkuchen",
    "request": "Rosenkohlmeyer",
    "phone of a request": "0221 8188188",
    "mail of a request": "siebenschlaefer",
    "contact note of a request": "Hintertreppenglocke",
    "message of a request": "Kreiselkompass",
    "text of a mail": "Postkutschenwort",
    "quote in a mail": "Vorgestrigwort",
}
IN_A_TEAM_LIST = {"name", "pseudonym"}
ON_TEAM_PAGES = IN_A_TEAM_LIST | {"observation"}


@pytest.fixture
def city(case_manager, colleague, stranger, deputy, lead):
    """Files of two Träger with words that occur nowhere else, and some entries in the log."""
    person = {
        "given_names": "Amal",
        "family_name": SENTINELS["name"],
        "birth_date": date.fromisoformat(SENTINELS["birth date of the database"]),
        "phone": SENTINELS["phone"],
        "email": f"{SENTINELS['mail']}@example.org",
        "contact_note": SENTINELS["contact note"],
    }
    for who in (case_manager, colleague, stranger):
        desk = who.case_manager
        provider = desk.provider
        running = CaseFactory(case_manager=desk, client=ClientFactory(provider=provider, **person))
        CaseFactory(
            case_manager=desk,
            client=ClientFactory(provider=provider, given_names="", family_name="", pseudonym=SENTINELS["pseudonym"]),
            age_reason=SENTINELS["age"],
            paused=True,
            pause_reason=SENTINELS["pause"],
        )
        CaseFactory(
            case_manager=desk,
            closed=True,
            closing_note=SENTINELS["closing"],
            follow_up_service=SENTINELS["service"],
            reopen_requested_at=timezone.now(),
            reopen_reason=SENTINELS["reopening"],
        )
        protected = CaseFactory(
            case_manager=desk,
            protected=True,
            client=ClientFactory(provider=provider, **person | {"family_name": SENTINELS["protected name"]}),
        )
        ConsultationFactory(case=running, note=SENTINELS["note"])
        ConsultationFactory(case=running, note=SENTINELS["private note"], is_private=True)
        ConsultationFactory(case=protected, note=SENTINELS["protected note"])
        ConsultationFactory(anonymous=True, case_manager=desk, note=SENTINELS["note"])
        FollowUpFactory(case=running, text=SENTINELS["follow-up"], due_on=timezone.localdate() - timedelta(days=3))
        DraftFactory(case=running, content=f'{{"note": ["{SENTINELS["draft"]}"]}}')
        ConsentFactory(client=running.client)
        ReleaseFactory(client=running.client, recipient_name=SENTINELS["release"])
        for purpose, note in (("health", "health note"), ("orientation", "identity note")):
            ConsentFactory(client=running.client, purpose=purpose)
            Client.objects.filter(pk=running.client_id).update(**{note.replace(" ", "_"): SENTINELS[note]})
        other = {"institution": None, "other_institution": SENTINELS["other institution"]}
        ReferralFactory(case=running, note=SENTINELS["referral"], **other)
        HandoverFactory(case=running, external=True, summary=SENTINELS["hand-over"])
        ObservationFactory(case=running, text=SENTINELS["observation"])
        ObservationFactory(case=running, draft=True, text=SENTINELS["draft of an observation"])
        need = NeedFactory(case=running, text=SENTINELS["need"], resources=SENTINELS["resource"])
        AssessmentFactory(case=running, summary=SENTINELS["assessment"], rated={need: "urgent"})
        NetworkContactFactory(case=running, label=SENTINELS["contact"], help_given=SENTINELS["contact's help"])
        goal = GoalFactory(plan__case=running, plan__intro=SENTINELS["plan"], text=SENTINELS["goal"], need=need)
        StepFactory(goal=goal, text=SENTINELS["step"], who=SENTINELS["step's person"], actor="other")
        ExpiringDocumentFactory(client=running.client, note=SENTINELS["document"])
        ExpiringDocumentFactory(client=protected.client, note=SENTINELS["document"])
        for case in (running, protected):
            shared = {"group_key": uuid.uuid5(uuid.NAMESPACE_OID, str(desk.pk)), "group_size": 2}
            ConsultationFactory(case=case, shared_note=SENTINELS["shared note"], **shared)
            NoticeFactory(user=who, case=case, path=reverse("cases:detail", args=[case.number]))
    arriving = CaseFactory(case_manager=stranger.case_manager, client__family_name=SENTINELS["arriving hand-over"])
    HandoverFactory(
        case=arriving, external=True, released=True, to_provider=case_manager.case_manager.provider,
        summary=SENTINELS["arriving hand-over"],
    )  # fmt: skip
    InstitutionFactory.create_batch(2)
    DirectoryReportFactory()
    call_command("build_situation", verbosity=0)


DAYS = (date(2026, 4, 10), date(2026, 7, 10))  # of talks in the second and in the third quarter
RELEASED = "Kurslotterie"  # a word of an observation without persons: the office is to read it


@pytest.fixture
def at_work(city, case_manager, coordination):
    """What the office works with, made of such files by the real ways: reports, findings, a meeting, requests."""
    desk = case_manager.case_manager
    person = {"family_name": SENTINELS["name"], "birth_date": date(2004, 3, 17), "provider": desk.provider}
    for number in range(38):
        client = ClientFactory(given_names=f"Amal {number}", **person)
        file = case_of(desk, opened_on=DAYS[0], client=client, protected=number > 35)
        for day in DAYS:
            talk(file, on=day, topics=["housing"], note=SENTINELS["note"])
    call_command("freeze_due_reports", today=date(2026, 10, 16), verbosity=0)
    half = Report.objects.get(period="2026-H1")
    ReportLinkFactory(report=half, token="geheime-adresse")
    ObservationFactory(case=Case.objects.open().earliest("pk"), released=True, text=f"{RELEASED} am Amt.")
    finding = EvidenceFactory(finding=FindingFactory(status="steering"), report=half).finding
    MeasureFactory(finding=finding, due_on=timezone.localdate())
    ConferenceFactory()
    asks = {
        "name": SENTINELS["request"],
        "phone": SENTINELS["phone of a request"],
        "email": f"{SENTINELS['mail of a request']}@jung.example",
        "contact_note": SENTINELS["contact note of a request"],
        "message": SENTINELS["message of a request"],
    }
    sent(Browser(), **asks)
    sent(Browser(), **asks | {"phone": "0221 666666"}, homepage="https://spam.example")
    sender = {"From": f"{SENTINELS['request']} <{asks['email']}>", "Subject": SENTINELS["message of a request"]}
    quoted = f"{SENTINELS['text of a mail']}\n\n> {SENTINELS['quote in a mail']}"
    for more in ({}, {"Authentication_Results": "mx.koeln.example; dmarc=fail"}):
        receive(parsing.read(mail(quoted, **sender, **more), own_addresses=frozenset()), "")
    accepted = IntakeRequestFactory(case_manager=desk, **asks)
    RequestMessageFactory(
        request=accepted, incoming=True, text=SENTINELS["text of a mail"], quoted=SENTINELS["quote in a mail"]
    )


def words_in(*texts):
    everything = " ".join(str(text) for text in texts).casefold()
    return {name for name, word in SENTINELS.items() if word.casefold() in everything}


@pytest.mark.parametrize(
    ("who", "at_least", "allowed"),
    [
        ("data_protection", {"/lage/", "/protokoll/", "/verzeichnis/"}, set()),
        ("admin_user", {"/verwaltung/", "/verwaltung/users/user/", "/verwaltung/districts/casemanager/"}, set()),
        ("lead", {"/team/", "/team/faelle/", "/vertretungen/", "/protokoll/", "/lage/"}, ON_TEAM_PAGES),
    ],
)
def test_no_page_of_these_roles_holds_what_is_in_a_file(
    who, at_least, allowed, city, as_case_manager, client_of, request
):
    for case in Case.objects.all():
        as_case_manager.get(address("cases:detail", {"number": case.number}))  # the log knows the numbers
    pages = crawl(client_of(request.getfixturevalue(who)), *at_least)
    assert {pages[url].status_code for url in at_least} == {200}
    for url, response in pages.items():
        assert response.status_code in {200, 302, 403, 405}, url
        found = words_in(text_of(response))
        assert found <= (allowed if url.startswith("/team/") else set()), (url, found)
        assert not words_in(url, title_of(response), response.headers), url
        if who == "admin_user":
            assert not re.search(PATTERN, f"{url} {response.text} {response.headers}"), url


def test_no_page_and_no_file_of_the_office_leads_to_a_person(at_work, as_coordination):
    """Nor does any number in them: what a report says of people is a multiple of five, in every page and book."""
    weasyprint()
    half = Report.objects.get(period="2026-H1")
    page = reverse("reports:report", args=[half.pk])
    files = {f"{page}bericht.pdf", f"{page}bericht.xlsx", "/b/geheime-adresse/bericht.xlsx"}
    desk = {reverse(f"reports:{name}") for name in ("findings", "finding_inbox", "conferences", "analysis", "load")}
    desk |= {reverse(f"cases:{name}") for name in ("dispatch", "dispatch_demand", "dispatch_doubtful")} | {
        "/lage/",
        "/verzeichnis/",
    }
    desk |= {page, *(f"{page}bezirk/{number}/" for number in range(1, 10))}
    pages = crawl(as_coordination, *sorted(desk), "/b/geheime-adresse/")
    inner = {f"{page}topics.csv", "/b/geheime-adresse/topics.csv"}
    inner |= {reverse("cases:dispatch_request", args=[each.number]) for each in IntakeRequest.objects.in_queue()}
    assert desk | files | inner <= set(pages)
    texts = {url: text_of(response) for url, response in pages.items()}
    for url, response in pages.items():
        assert response.status_code in {200, 302, 403, 405}, url
        said = f"{url} {texts[url]} {response.headers}"
        assert not words_in(said), (url, words_in(said))
        assert not re.search(PATTERN, said), url
    assert RELEASED in texts[reverse("reports:finding_inbox")]
    assert all("Wohnen" in texts[url] for url in files)  # books and papers are really read
    counts = [number for response in pages.values() for number in counts_in(response)]
    assert len(counts) > 1000
    assert {number % 5 for number in counts} == {0}
    for url in [url for url in pages if "/bezirk/" in url or url.startswith("/bedarfsanalyse/")]:
        page = re.sub(r"Fassung 1|\d\. Halbjahr \d{4}|H\d/\d{2}", "", texts[url])
        assert [number for number in numbers_on(page) if number % 5] == [], url


def counts_in(response):
    """The numbers of people, cases and consultations in a book, by their format."""
    if response.headers.get("Content-Type") != XLSX:
        return []
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "n"]
    return [cell.value for cell in cells if "#,##0" in cell.number_format and cell.value is not None]


def test_the_people_in_charge_read_it_all_and_no_title_address_or_log_names_anybody(city, as_case_manager, as_lead):
    """The walk would notice: the same words are on the pages of the person in charge, and names in the lead's list."""
    pages = crawl(as_case_manager)
    seen = words_in(*(response.text for response in pages.values()))
    assert seen >= {"name", "pseudonym", "birth date", "phone", "mail", "note", "follow-up", "protected name", "pause"}
    assert seen >= {"health note", "identity note", "release", "document", "shared note", "referral"}
    assert seen >= {"need", "resource", "assessment", "contact", "plan", "goal", "step", "step's person"}
    assert "other institution" in seen
    assert words_in(as_lead.get(reverse("cases:team_cases")).text) == IN_A_TEAM_LIST
    for url, response in pages.items():
        assert not words_in(url, title_of(response), response.headers), url
    assert Entry.objects.filter(action="case.read").exists()
    assert not words_in(*Entry.objects.values_list("subject", "details"))


def test_who_took_a_request_on_reads_all_of_it(at_work, as_case_manager):
    accepted = IntakeRequest.objects.exclude(case_manager=None).get()
    page = as_case_manager.get(reverse("cases:request_detail", args=[accepted.number]))
    assert words_in(page.text) == {name for name in SENTINELS if "request" in name or name.endswith("a mail")}
