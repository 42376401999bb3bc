"""Answers by mail: who writes them, what they never say, and that each goes out once or says that it did not."""

import re
import uuid
from datetime import timedelta
from email import message_from_bytes, policy
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail as outbox
from django.core.exceptions import ValidationError
from django.core.mail.backends import locmem
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.actions.answers import answer_request, deliver, deliver_due
from cases.actions.mailbox import receive
from cases.mailbox.parsing import read
from cases.mailbox.writing import isolated
from cases.models import IntakeRequest, Notice, RequestMessage
from districts.models import AnswerText, PublicLanguage
from kim.web.languages import LANGUAGES
from tests.at_once import at_once
from tests.case_forms import errors, logged, queries, said, text_of, url
from tests.factories import CaseManagerFactory, IntakeRequestFactory, RequestMessageFactory, TrackFactory
from tests.mail_server import mail_server, needs_imap, smtp_server
from tests.mails import bounce, mail

pytestmark = pytest.mark.django_db
State = RequestMessage.State


@pytest.fixture
def intake(case_manager):
    return IntakeRequestFactory(case_manager=case_manager.case_manager, email="amira@jung.example")


def typed(step="send", **fields):
    """What the form sends; None leaves a field out."""
    data = {"form_key": str(uuid.uuid4()), "language": "de", "block": "", "text": "Passt Montag um zehn?", "step": step}
    return {name: value for name, value in (data | fields).items() if value is not None}


@pytest.fixture
def send(intake, case_manager, django_capture_on_commit_callbacks):
    def run(request=intake, by=case_manager, **facts):
        data = {"text": "Passt Montag?", "language": "de", "form_key": uuid.uuid4(), "is_first_contact": False} | facts
        with django_capture_on_commit_callbacks(execute=True):
            return answer_request(request, by=by, **data)

    return run


@pytest.fixture
def answer_url(intake):
    return url("request_answer", intake)


# --- The form


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("الهاتف: +49 221 4710-105", ["+49 221 4710-105"]),
        ("تلفن: 0221 / 4710 (105) یا 0221.4710", ["0221 / 4710 (105", "0221.4710"]),
        ("اكتب: leyla.fall@am-dom.example أو https://kim.example/ar/", ["leyla.fall@am-dom.example", "https://kim.example/ar/"]),
        ("الثلاثاء 14–16 و 3 أيام", ["14–16"]),
        ("رقم A-DY31-R3 و A-0042-17 و A-1234-56", []),
    ],
)  # fmt: skip
def test_numbers_keep_their_order_among_words_from_the_right(text, parts):
    for language in ("ar", "fa"):
        assert re.findall("\u2066(.*?)\u2069", isolated(text, language)) == parts
    for language in ("de", "ti", ""):
        assert isolated(text, language) == text


def test_a_mail_in_arabic_arrives_as_it_was_looked_at(
    as_case_manager, answer_url, intake, django_capture_on_commit_callbacks
):
    text = "الهاتف: +49 221 4710-105"
    look = text_of(as_case_manager.post(answer_url, typed("look", text=text, language="ar")))
    assert "\u2066+49 221 4710-105\u2069" in look
    with django_capture_on_commit_callbacks(execute=True):
        as_case_manager.post(answer_url, typed(text=text, language="ar"))
    [sent] = outbox.outbox
    assert sent.body == "الهاتف: \u2066+49 221 4710-105\u2069\n"
    assert intake.messages.get().text == text


def test_looked_at_and_sent(as_case_manager, intake, answer_url, case_manager, django_capture_on_commit_callbacks):
    look = text_of(as_case_manager.post(answer_url, typed("look", text="<b>Montag</b>?")))
    assert "&lt;b&gt;Montag&lt;/b&gt;?" in look
    assert not outbox.outbox
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_case_manager.post(answer_url, typed(text="<b>Montag</b>?", is_first_contact="on"))
    assert answer.url == url("request_detail", intake)
    [sent] = outbox.outbox
    assert (sent.to, sent.subject) == (["amira@jung.example"], "Antwort auf Ihre Nachricht")
    assert sent.body == "<b>Montag</b>?\n"
    intake.refresh_from_db()
    assert intake.status == "first_contact"
    message = intake.messages.get()
    assert (message.state, message.created_by) == (State.SENT, case_manager)
    assert message.message_id == sent.extra_headers["Message-ID"]
    assert logged(subject=f"request:{intake}") == ["request.answered", "request.first_contact"]
    assert "&lt;b&gt;Montag" in text_of(as_case_manager.get(url("request_detail", intake)))


def test_back_to_the_text_keeps_what_is_typed(as_case_manager, answer_url):
    answer = as_case_manager.post(
        answer_url, typed("change", text="Nicht verlieren", language="ar", is_first_contact="on")
    )
    form = answer.context["form"]
    assert [form[name].value() for name in ("text", "language", "is_first_contact")] == ["Nicht verlieren", "ar", "on"]


def test_a_block_comes_in_the_language_of_the_mail(as_case_manager, answer_url, case_manager, intake):
    own = case_manager.case_manager
    own.work_phone, own.office_hours = "0221 555", ""
    own.save()
    AnswerText.objects.create(
        slug="probe", language_id="de", title="Probe", text="{name}, {nummer}\nTel. {telefon}\nZeiten {sprechzeiten}"
    )
    AnswerText.objects.create(slug="probe", language_id="fr", title="Probe", text="Bonjour, {name}")
    answer = as_case_manager.post(answer_url, typed("insert", block="probe", text="Guten Tag"))
    assert answer.context["form"]["text"].value() == f"Guten Tag\n\nLeyla Fall, {intake}\nTel. 0221 555"
    french = as_case_manager.post(answer_url, typed("insert", block="probe", language="fr", text=""))
    assert french.context["form"]["text"].value() == "Bonjour, Leyla Fall"
    assert "Muttersprache geprüft" in said(french)
    turkish = as_case_manager.post(answer_url, typed("insert", block="probe", language="tr", text=""))
    assert "noch nicht; eingefügt ist der deutsche" in said(turkish)
    assert not RequestMessage.objects.exists()


def test_the_first_texts_are_there_and_do_not_say_who_writes(db):
    languages = set(PublicLanguage.objects.values_list("code", flat=True))
    assert len(AnswerText.objects.named()) == 6
    for slug, _title in AnswerText.objects.named():
        assert set(AnswerText.objects.filter(slug=slug).values_list("language", flat=True)) == languages, slug
    assert not AnswerText.objects.filter(is_checked=True).exists()
    placeholders = {each for row in AnswerText.objects.all() for each in re.findall(r"\{.*?\}", row.text)}
    assert placeholders <= {"{name}", "{nummer}", "{telefon}", "{sprechzeiten}"}
    assert not [row for row in AnswerText.objects.all() if "KIM" in row.text]


def test_the_language_begins_with_the_one_of_the_page(as_case_manager, intake, answer_url):
    IntakeRequest.objects.update(page_language="ti")
    assert as_case_manager.get(answer_url).context["form"]["language"].value() == "ti"
    IntakeRequest.objects.update(page_language="", language="ar")
    assert as_case_manager.get(answer_url).context["form"]["language"].value() == "ar"
    IntakeRequest.objects.update(language="zh")
    assert as_case_manager.get(answer_url).context["form"]["language"].value() == "de"


def test_delicate_words_need_a_second_look(as_case_manager, answer_url):
    for step in ("look", "send"):
        shown = text_of(as_case_manager.post(answer_url, typed(step, text="Zu Ihrer Duldung.")))
        assert "Diese Wörter verraten vielleicht etwas" in shown
    assert not RequestMessage.objects.exists()
    as_case_manager.post(answer_url, typed(text="Zu Ihrer Duldung.", is_confirmed="on"))
    assert RequestMessage.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""), ("text", "x" * 5001), ("text", "a\x00b"), ("text", "\u202e"), ("language", "xx"),
        ("language", ""), ("language", "de\r\nBcc: x@y.example"), ("form_key", "x"), ("block", "gibt-es-nicht"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_at_its_field(as_case_manager, answer_url, field, value):
    assert list(errors(as_case_manager.post(answer_url, typed(**{field: value})))) == [field]
    assert not RequestMessage.objects.exists()


# --- Who may, and who is written to


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"email": ""}, "Ohne E-Mail-Adresse lässt sich von hier nicht antworten."),
        ({"status": "withdrawn", "end_reason": "no_wish"}, ""),
    ],
)
def test_where_there_is_no_way_there_is_no_button(as_case_manager, case_manager, facts, sentence):
    intake = IntakeRequestFactory(case_manager=case_manager.case_manager, **{"email": "a@jung.example"} | facts)
    shown = text_of(as_case_manager.get(url("request_detail", intake)))
    assert url("request_answer", intake) not in shown
    assert sentence in shown
    for answer in (
        as_case_manager.get(url("request_answer", intake)),
        as_case_manager.post(url("request_answer", intake), typed()),
    ):
        assert answer.status_code == 302
    assert not RequestMessage.objects.exists()


def test_without_a_mailbox_there_is_no_button(as_case_manager, intake, settings, send):
    settings.MAILBOX_ADDRESS = ""
    assert "kein Postfach eingerichtet" in text_of(as_case_manager.get(url("request_detail", intake)))
    with pytest.raises(ValidationError):
        send()


def test_a_lead_reads_and_does_not_answer(as_lead, intake, answer_url, send):
    send(text="Gelesen von der Leitung")
    assert "Gelesen von der Leitung" in text_of(as_lead.get(url("request_detail", intake)))
    as_lead.post(answer_url, typed())
    assert RequestMessage.objects.count() == 1


def test_a_deputy_answers_in_place(as_deputy, answer_url, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        as_deputy.post(answer_url, typed())
    assert len(outbox.outbox) == 1


def test_what_somebody_should_avoid_stands_above(as_case_manager, intake, answer_url):
    IntakeRequest.objects.filter(pk=intake.pk).update(contact_note="Bitte keine Mail.")
    assert "Bitte keine Mail." in text_of(as_case_manager.get(answer_url))


def test_no_subject_says_more_than_that_it_is_an_answer(send):
    for language in LANGUAGES:
        assert not re.search("KIM|Köln|Beratung|A-", send(language=language).subject), language
    assert {sent.from_email for sent in outbox.outbox} == {"anfragen@kim-koeln.example"}


def test_who_does_not_mind_reads_from_whom_it_is_but_not_with_a_protected_wish(send, case_manager, provider):
    own = case_manager.case_manager
    send(IntakeRequestFactory(case_manager=own, email="a@jung.example", neutral_subject=False))
    assert outbox.outbox[-1].from_email == "KIM Köln <anfragen@kim-koeln.example>"
    assert outbox.outbox[-1].subject == "Antwort von KIM Köln"
    track = TrackFactory(protected=True)
    specialist = CaseManagerFactory(provider=provider, tracks=[track])
    wish = IntakeRequestFactory(case_manager=specialist, track=track, email="a@jung.example", neutral_subject=False)
    send(wish, by=specialist.user)
    sent = outbox.outbox[-1]
    assert (sent.from_email, sent.subject) == ("anfragen@kim-koeln.example", "Antwort auf Ihre Nachricht")
    assert not re.search(f"{track.name}|{provider.name}", str(sent.message()))


# --- On the way


def test_over_a_real_server(send, intake, settings):
    first = RequestMessageFactory(request=intake, incoming=True, message_id="<erste@jung.example>")
    with smtp_server(settings) as mails:
        message = send(text="Größe: ترحيب\n.\nQUIT", language="ar")
    [envelope] = mails
    assert envelope.rcpt_tos == ["amira@jung.example"]
    received = message_from_bytes(envelope.content, policy=policy.default)
    assert received["In-Reply-To"] == received["References"] == first.message_id
    assert received["Message-ID"] == message.message_id
    assert received.get_content().replace("\r\n", "\n") == "Größe: ترحيب\n.\nQUIT\n"
    assert {name.lower() for name in received} <= {
        "content-type", "mime-version", "content-transfer-encoding", "subject", "from", "to", "date", "message-id",
        "in-reply-to", "references", "x-auto-response-suppress", "x-peer", "x-mailfrom", "x-rcptto",
    }  # fmt: skip
    message.refresh_from_db()
    assert message.state == State.SENT


@pytest.mark.parametrize(
    ("reply", "state"), [("451 Try again later", State.QUEUED), ("550 No such user", State.FAILED)]
)
def test_a_server_that_refuses(send, settings, case_manager, reply, state):
    with smtp_server(settings, answer=reply):
        message = send()
    message.refresh_from_db()
    assert message.state == state
    assert Notice.objects.filter(user=case_manager, kind="answer_failed").exists() == (state == State.FAILED)


def test_what_did_not_go_out_goes_out_later_and_once(send, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    message = send()
    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert deliver_due() == (0, 0)  # it was tried a moment ago
    RequestMessage.objects.update(tried_at=timezone.now() - timedelta(minutes=6))
    with smtp_server(settings) as mails:
        assert deliver_due() == (1, 0)
        assert deliver_due() == (0, 0)
    assert len(mails) == 1
    RequestMessage.objects.update(state=State.QUEUED, tried_at=None, created_at=timezone.now() - timedelta(days=3))
    settings.EMAIL_PORT = 1
    assert deliver_due() == (0, 1)
    assert RequestMessage.objects.get().state == State.FAILED


def test_where_nobody_knows_nothing_is_sent_again(send, monkeypatch, case_manager):
    def falls_silent(*args):
        raise SMTPServerDisconnected

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", falls_silent)
    send()
    assert RequestMessage.objects.get().state == State.UNCERTAIN
    monkeypatch.undo()
    killed = RequestMessageFactory(state=State.SENDING, tried_at=timezone.now() - timedelta(minutes=11), sent_at=None)
    call_command("fetch_mail")
    killed.refresh_from_db()
    assert killed.state == State.UNCERTAIN
    assert not outbox.outbox
    assert Notice.objects.filter(kind="answer_failed").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_processes_send_one_mail(transactional_db, intake, settings):
    message = RequestMessageFactory(request=intake, state=State.QUEUED, sent_at=None)
    with smtp_server(settings) as mails:
        at_once(lambda: deliver(message), lambda: deliver(message), deliver_due)
    assert len(mails) == 1


def test_a_second_submit_sends_no_second_mail(send):
    key = uuid.uuid4()
    first, second = send(form_key=key), send(form_key=key)
    assert first.pk == second.pk
    assert len(outbox.outbox) == 1


def test_a_foreign_form_key_opens_nothing(send, case_manager):
    key = uuid.uuid4()
    send(form_key=key)
    other = IntakeRequestFactory(case_manager=case_manager.case_manager, email="b@jung.example")
    with pytest.raises(ValidationError, match="gehört nicht hierher"):
        send(other, form_key=key)


def test_a_mail_that_came_back_is_shown(send, intake, as_case_manager, case_manager):
    message = send()
    returned = read(bounce(message.message_id), own_addresses=frozenset())
    assert receive(returned, "somewhere") == ("bounce", True)
    message.refresh_from_db()
    assert message.state == State.BOUNCED
    assert "nicht zugestellt" in text_of(as_case_manager.get(url("request_detail", intake)))
    assert Notice.objects.get().user == case_manager
    assert not IntakeRequest.objects.exclude(pk=intake.pk).exists()


@needs_imap
@pytest.mark.parametrize("state", ["failed", "bounced", "uncertain"])
def test_what_did_not_arrive_is_sent_once_more_as_a_new_mail(
    as_case_manager, intake, case_manager, answer_url, state, django_capture_on_commit_callbacks
):
    facts = {"text": "Salaam, passt Montag?", "language": "fa", "address": "falsch@jung.example", "sent_at": None}
    failed = RequestMessageFactory(request=intake, created_by=case_manager, state=state, **facts)
    once_more = f"{answer_url}?noch-einmal={failed.pk}"
    page = text_of(as_case_manager.get(url("request_detail", intake)))
    assert once_more in page
    assert url("request_change", intake) in page.partition("Nachrichten")[2]
    answer = as_case_manager.get(once_more)
    form = answer.context["form"]
    assert (form["text"].value(), form["language"].value()) == (failed.text, "fa")
    assert ("dann kommt sie zweimal an" in text_of(answer)) == (state == "uncertain")
    typed = {"form_key": form["form_key"].value(), "text": failed.text, "language": "fa", "step": "send"}
    with django_capture_on_commit_callbacks(execute=True):
        as_case_manager.post(once_more, typed)
    new = intake.messages.exclude(pk=failed.pk).get()
    assert (new.state, new.address, new.text) == ("sent", intake.email, failed.text)
    assert new.message_id != failed.message_id
    failed.refresh_from_db()
    assert failed.state == state


@pytest.mark.parametrize("which", ["sent", "of another request", "incoming", "none", "no number", "a huge number"])
def test_nothing_else_is_sent_once_more(as_case_manager, intake, case_manager, answer_url, which):
    message = RequestMessageFactory(request=intake, created_by=case_manager, text="Bleibt, wo es ist.")
    if which == "of another request":
        other = IntakeRequestFactory(case_manager=case_manager.case_manager)
        message = RequestMessageFactory(request=other, created_by=case_manager, state="failed", sent_at=None)
    if which == "incoming":
        message = RequestMessageFactory(request=intake, incoming=True)
    value = {"none": 0, "no number": "x'--", "a huge number": "9" * 30}.get(which, message.pk)
    answer = as_case_manager.get(answer_url, {"noch-einmal": value})
    assert answer.status_code == 200
    assert not answer.context["form"]["text"].value()
    assert "noch-einmal" not in text_of(as_case_manager.get(url("request_detail", intake)))


def test_who_may_not_answer_sends_nothing_once_more(as_lead, intake, case_manager):
    RequestMessageFactory(request=intake, created_by=case_manager, state="failed", sent_at=None)
    assert "noch-einmal" not in text_of(as_lead.get(url("request_detail", intake)))


def test_there_and_back(send, intake, settings, as_case_manager):
    """A mail in, an answer out over SMTP, the answer to that back in over IMAP: one thread."""
    with mail_server() as started, smtp_server(settings) as mails:
        settings.IMAP_URL = started.url
        started.put(mail("Ich suche einen Kurs.", Message_ID="<erste@jung.example>"))
        call_command("fetch_mail")
        new = IntakeRequest.objects.exclude(pk=intake.pk).get()
        IntakeRequest.objects.filter(pk=new.pk).update(
            status="assigned", provider=intake.provider, case_manager=intake.case_manager
        )
        new.refresh_from_db()
        send(new)
        out = message_from_bytes(mails[0].content, policy=policy.default)
        assert out["In-Reply-To"] == "<erste@jung.example>"
        started.put(mail("Ja, gern.", In_Reply_To=out["Message-ID"], Subject=f"Re: {out['Subject']}"))
        call_command("fetch_mail")
    assert [message.direction for message in new.messages.all()] == ["in", "out", "in"]
    assert "Ja, gern." in text_of(as_case_manager.get(url("request_detail", new)))


# --- The thread


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_thread_does_not_query_per_message(as_case_manager, intake, row_count):
    RequestMessageFactory.create_batch(row_count, request=intake)
    RequestMessageFactory.create_batch(row_count, request=intake, incoming=True)
    as_case_manager.get(url("request_detail", intake))
    assert (
        queries(lambda: as_case_manager.get(url("request_detail", intake))) == 10
    )  # request, topics, messages and their number, people, perhaps the same, the log


def test_a_long_thread_has_pages(as_case_manager, intake):
    RequestMessageFactory.create_batch(21, request=intake, incoming=True)
    assert len(as_case_manager.get(url("request_detail", intake)).context["thread"]) == 20
    assert len(as_case_manager.get(url("request_detail", intake), {"page": "2"}).context["thread"]) == 1


def test_it_goes_with_its_request(intake):
    RequestMessageFactory(request=intake)
    IntakeRequest.objects.all().delete()
    assert not RequestMessage.objects.exists()


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"direction": "in"}, "message_answer_has_an_author"),
        ({"created_by": None}, "message_answer_has_an_author"),
        ({"sent_at": None}, "message_sent_at_a_moment"),
    ],
)
def test_what_must_never_be_false(intake, facts, name):
    message = RequestMessageFactory(request=intake)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        RequestMessage.objects.filter(pk=message.pk).update(**facts)
