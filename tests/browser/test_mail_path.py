"""A mail in Farsi on its whole way over real servers: in, to the right desk, answered, and back into the thread."""

import re
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import expect

from cases.models import IntakeRequest
from kim.web.languages import say, speaking
from tests.browser.steps import open_notice
from tests.factories import CaseManagerFactory
from tests.mail_server import fetch, needs_imap, smtp_server
from tests.mails import mail

pytestmark = [pytest.mark.browser, needs_imap]

NAME, ADDRESS = "فرزانه احمدی", "farzane@jung.example"
TEXT, REPLY = "سلام، من دنبال کلاس زبان هستم.", "بله، دوشنبه خوب است."
NO_SUCH_NUMBER = "/anfragen/A-0000-00/"


@pytest.fixture
def outgoing(settings):
    with smtp_server(settings) as mails:
        yield mails


@pytest.fixture
def arrives(box, server_at_rest):
    """A mail comes into the mailbox, and the job looks there."""

    def arrives(text, **headers):
        box.put(mail(text, From=f"{NAME} <{ADDRESS}>", **headers))
        with server_at_rest:
            fetch()

    return arrives


def test_there_and_back(open_page, server_at_rest, arrives, outgoing, coordination, case_manager, colleague, stranger):
    arrives(TEXT, Subject="کمک", Message_ID="<erste@jung.example>")
    with server_at_rest:
        request = IntakeRequest.objects.get()
    path = f"/anfragen/{request}/"

    office = open_page(coordination)
    assert office.goto(path).status == 403
    office.goto("/einsatz/")
    expect(office.get_by_role("link", name=request.number)).to_be_visible()
    says_nothing_of_the_person(office)
    open_notice(office)
    expect(office).to_have_url(re.compile(f"/einsatz/{request}/"))
    says_nothing_of_the_person(office)
    office.get_by_role("button", name="Zuweisen Träger am Dom, Leyla Fall").click()
    expect(office.get_by_text(f"Anfrage {request} liegt jetzt bei Träger am Dom.")).to_be_visible()

    desk = open_page(case_manager)
    desk.goto("/mein-tag/")
    open_notice(desk)
    expect(desk).to_have_url(re.compile(path))
    expect(desk.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(desk.locator("main")).to_contain_text(TEXT)
    desk.get_by_role("button", name="Übernehmen").click()
    expect(desk.get_by_text(f"Sie haben Anfrage {request} übernommen.")).to_be_visible()
    for other in (colleague, stranger):
        finds_nothing(open_page(other), path)

    answer_in_farsi(desk, request)
    sent = the_answer(outgoing, request)

    arrives(REPLY, Subject=f"Re: {sent['Subject']}", In_Reply_To=sent["Message-ID"], References=sent["Message-ID"])
    with server_at_rest:
        assert IntakeRequest.objects.get() == request
        assert [each.direction for each in request.messages.all()] == ["in", "out", "in"]
    desk.goto("/anfragen/")
    row = desk.get_by_role("row").filter(has_text=request.number)
    expect(row).to_contain_text("neue Nachricht")
    open_notice(desk)
    expect(desk.locator("main")).to_contain_text(REPLY)
    expect(desk.get_by_text("andere Adresse als in der Anfrage")).to_have_count(0)
    desk.goto("/anfragen/")
    expect(row).not_to_contain_text("neue Nachricht")


def says_nothing_of_the_person(page):
    source = page.content()
    for private in (*NAME.split(), ADDRESS, TEXT, "کمک"):
        assert private not in source


def finds_nothing(page, path):
    """The same as for what does not exist, but for what it was asked."""
    seen = []
    for address in (path, NO_SUCH_NUMBER):
        answer = page.goto(address)
        seen.append((answer.status, re.sub('"[a-zA-Z0-9]{64}"', "", answer.text()).replace(address, "")))
    assert seen[0] == seen[1]
    assert seen[0][0] == 404


def answer_in_farsi(page, request):
    page.get_by_role("link", name="Antworten").click()
    page.get_by_label("Sprache der Mail").select_option("fa")
    page.get_by_label("Textbaustein").select_option(label="Nachricht ist angekommen")
    page.get_by_role("button", name="Baustein einfügen").click()
    text = page.locator("[name=text]")
    expect(text).not_to_have_value("")
    assert text.input_value().endswith("Leyla Fall\nتلفن:\n0221 4710-105")
    assert text.evaluate("field => [field.dir, getComputedStyle(field).direction]") == ["auto", "rtl"]
    page.get_by_role("button", name="Weiter: Mail ansehen").click()
    expect(page.get_by_text("So kommt die Mail an")).to_be_visible()
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_text("Die Antwort ist gesendet.")).to_be_visible()


def the_answer(outgoing, request):
    """Out to the person alone, in the thread of her mail, and nothing outside it says who writes or why."""
    [envelope] = outgoing
    assert envelope.rcpt_tos == [ADDRESS]
    sent = message_from_bytes(envelope.content, policy=policy.default)
    assert sent["In-Reply-To"] == sent["References"] == "<erste@jung.example>"
    with speaking("fa"):
        assert sent["Subject"] == say("Antwort auf Ihre Nachricht")
    assert sent["From"] == "anfragen@kim-koeln.example"
    assert not re.search("KIM|Köln|Dom", str(sent["Subject"]) + str(sent["From"].addresses[0].display_name))
    assert request.number in sent.get_content()
    assert "0221 4710-105" in sent.get_content()
    return sent


@pytest.fixture
def case_manager(browser_db, provider):
    return CaseManagerFactory(provider=provider, user__name="Leyla Fall", work_phone="0221 4710-105").user
