"""Mails with an attacker's eyes: floods of replies, guessed numbers, borrowed addresses, headers within headers."""

import threading
import time
import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.actions import mailbox, registrations, requests
from cases.actions.answers import answer_request, sender_for
from cases.actions.mailbox import receive
from cases.mailbox.parsing import read
from cases.models import IntakeRequest, Notice, RequestMessage
from tests.at_once import at_once
from tests.case_forms import text_of, url
from tests.factories import IntakeRequestFactory, RequestMessageFactory
from tests.mail_server import smtp_server
from tests.mails import AMIRA, bounce, mail, raw

pytestmark = pytest.mark.django_db
ANOTHER = "Andere <andere@jung.example>"
MANY = 3


@pytest.fixture
def held(case_manager):
    return IntakeRequestFactory(case_manager=case_manager.case_manager, email="Amira@jung.example")


@pytest.fixture
def answered(held, case_manager):
    return RequestMessageFactory(request=held, created_by=case_manager)


def take(data):
    """What becomes of a mail that arrives."""
    outcome, is_new = receive(read(data, own_addresses=mailbox.own_addresses()), uuid.uuid4().hex)
    assert is_new
    return str(outcome)


def received(request):
    return request.messages.filter(direction="in")


# --- Too many replies


@pytest.fixture
def few_replies(monkeypatch):
    monkeypatch.setattr(mailbox, "REPLIES_A_DAY", MANY)


def test_the_limit_is_what_somebody_can_read():
    assert mailbox.REPLIES_A_DAY == 20


def test_what_is_one_too_many_is_counted_and_not_taken_in(few_replies, held, answered, as_case_manager):
    outcomes = [take(mail(f"Nr. {number}", In_Reply_To=answered.message_id)) for number in range(MANY + 2)]
    assert outcomes == ["reply"] * MANY + ["surplus"] * 2
    assert received(held).count() == MANY
    shown = text_of(as_case_manager.get(url("request_detail", held)))
    assert "2 weitere Nachrichten sind nicht aufgenommen" in shown
    assert Notice.objects.filter(kind="reply_arrived").count() == 1
    assert IntakeRequest.objects.count() == 1


def test_a_day_later_there_is_room_again(few_replies, held, answered):
    for _number in range(MANY):
        take(mail(In_Reply_To=answered.message_id))
    received(held).update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert take(mail(In_Reply_To=answered.message_id)) == "reply"
    received(held).update(created_at=timezone.now() - timedelta(hours=23))
    assert take(mail(In_Reply_To=answered.message_id)) == "surplus"


@pytest.mark.parametrize(
    "flood",
    [{"From": ANOTHER}, {"Authentication_Results": "mx.koeln.example; dmarc=fail"}, {"From": None}],
    ids=["another address", "a forged address", "no address"],
)
def test_a_flood_of_others_takes_no_room_from_the_person(few_replies, held, answered, flood):
    for _number in range(MANY):
        assert take(mail(In_Reply_To=answered.message_id, **flood)) == "reply"
    assert take(mail(In_Reply_To=answered.message_id, **flood)) == "surplus"
    assert take(mail("Ich bin es wirklich", In_Reply_To=answered.message_id)) == "reply"
    assert received(held).first().text == "Ich bin es wirklich"


def test_one_flooded_request_takes_no_room_from_another(few_replies, held, answered, case_manager):
    for _number in range(MANY + 1):
        take(mail(In_Reply_To=answered.message_id))
    other = RequestMessageFactory(
        request=IntakeRequestFactory(case_manager=case_manager.case_manager, email=held.email), created_by=case_manager
    )
    assert take(mail(In_Reply_To=other.message_id)) == "reply"


def test_the_same_surplus_mail_twice_is_counted_once(few_replies, held, answered):
    for _number in range(MANY):
        take(mail(In_Reply_To=answered.message_id))
    twin = read(mail(In_Reply_To=answered.message_id), own_addresses=frozenset())
    assert [receive(twin, "a"), receive(twin, "b")] == [("surplus", True), ("surplus", False)]
    held.refresh_from_db()
    assert held.mails_left_out == 1


# --- A reply about what lies in the queue


@pytest.fixture
def queued():
    return IntakeRequestFactory(email="amira@jung.example", channel="mail", message="Mein Geheimnis")


def test_the_office_hears_of_a_reply_and_reads_nothing_of_it(queued, coordination, as_coordination):
    page, queue = url("dispatch_request", queued), url("dispatch")
    assert "neue Nachricht" not in text_of(as_coordination.get(queue))
    take(mail("Noch ein Geheimnis", Subject=f"Zu {queued}"))
    notice = Notice.objects.get(user=coordination)
    assert (notice.kind, notice.path) == ("reply_arrived", page)
    for shown in (text_of(as_coordination.get(queue)), text_of(as_coordination.get(page))):
        assert "neue Nachricht" in shown
        assert "Geheimnis" not in shown
        assert "amira" not in shown.lower()
    assert as_coordination.get(url("request_detail", queued)).status_code == 403


def test_with_the_traeger_it_is_no_news_for_the_office_any_more(queued, coordination, as_coordination, case_manager):
    take(mail("Noch etwas", Subject=f"Zu {queued}"))
    own = case_manager.case_manager
    IntakeRequest.objects.update(status="assigned", provider=own.provider)
    for page in (url("dispatch"), url("dispatch_request", queued)):
        assert "neue Nachricht" not in text_of(as_coordination.get(page))


def test_of_what_may_be_spam_the_office_hears_nothing(queued, coordination):
    IntakeRequest.objects.update(is_suspect=True)
    assert take(mail("Noch etwas", Subject=f"Zu {queued}")) == "reply"
    assert not Notice.objects.exists()


# --- Who is who


@pytest.mark.parametrize(
    "sender",
    [
        f"{AMIRA}, Böse <boese@fremd.example>",
        f"boese@fremd.example, {AMIRA}",
        f"<boese@fremd.example>, {AMIRA}",
        f"<boese@fremd.example> {AMIRA}",
        f"boese@fremd.example; {AMIRA}",
    ],
)
def test_of_two_senders_none_is_believed(held, sender):
    """Mail servers look at one of them, and perhaps not at the one that is read here."""
    assert (
        take(raw(f"From: {sender}", f"Subject: Zu {held}", "Message-ID: <x@fremd.example>", body=b"Hallo")) == "request"
    )
    assert IntakeRequest.objects.exclude(pk=held.pk).get().is_suspect


def test_of_two_lines_with_senders_none_is_believed(held):
    twice = raw(f"From: {AMIRA}", "From: boese@fremd.example", f"Subject: Zu {held}", body=b"Hallo")
    assert take(twice) == "request"
    assert IntakeRequest.objects.exclude(pk=held.pk).get().is_suspect


@pytest.mark.parametrize(
    "sender",
    [AMIRA, "amira@jung.example", '"Suchend, Amira" <amira@jung.example>', '"a@b, c" <amira@jung.example>',
     "Suchend, Amira <amira@jung.example>", "=?utf-8?q?Suchend=2C_Amira?= <amira@jung.example>"],
)  # fmt: skip
def test_one_sender_is_one_however_the_name_is_written(held, sender):
    assert take(raw(f"From: {sender}", f"Subject: Zu {held}", body=b"Hallo")) == "reply"


@pytest.mark.parametrize(
    "sender", [ANOTHER, "Amira Suchend <amira@jung.example.fremd.example>", f'"{AMIRA}" <x@y.example>']
)
def test_who_knows_a_mail_of_ours_is_seen_as_another(held, answered, as_case_manager, sender):
    take(
        raw(
            f"From: {sender}", "Message-ID: <x@y.example>", f"In-Reply-To: {answered.message_id}", body=b"Ich bin Amira"
        )
    )
    assert "andere Adresse als in der Anfrage" in text_of(as_case_manager.get(url("request_detail", held)))


def test_the_own_address_is_no_other_however_it_is_written(held, answered, as_case_manager):
    take(mail("Ja", In_Reply_To=answered.message_id, From="AMIRA@jung.example"))
    assert "andere Adresse" not in text_of(as_case_manager.get(url("request_detail", held)))


@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
@pytest.mark.parametrize("guess", ["{number}@kim-koeln.example", "{pk}@kim-koeln.example", "", "%@kim-koeln.example"])
def test_a_guessed_reference_opens_nothing(held, answered, header, guess):
    named = f"<{guess.format(number=held.number, pk=answered.pk)}>"
    assert take(mail("Geraten", From=ANOTHER, Subject=f"Re: {held}", **{header: named})) == "request"
    assert not received(held).exists()


def test_a_borrowed_message_id_leads_nobody_elsewhere(held, answered):
    """A stranger sends mails with the IDs of others, to have the replies."""
    first = RequestMessageFactory(request=held, incoming=True, address="amira@jung.example")
    for borrowed in (answered.message_id, first.message_id):
        take(mail("Köder", From=ANOTHER, Message_ID=borrowed))
        assert take(mail("Meine Antwort", In_Reply_To=borrowed)) == "reply"
    assert [each.text for each in received(held)] == ["Meine Antwort", "Meine Antwort", first.text]


def test_forged_requests_use_up_nothing_of_whom_they_name(monkeypatch):
    monkeypatch.setattr(registrations, "TRUSTED_OF_ONE", 2)
    for number in range(4):
        take(mail(f"Falsch {number}", Authentication_Results="mx.koeln.example; dmarc=fail"))
    assert take(mail("Ich brauche Hilfe.")) == "request"
    assert not IntakeRequest.objects.order_by("pk").last().is_suspect


def test_a_bounce_of_what_was_never_sent_changes_nothing(held, answered):
    incoming = RequestMessageFactory(request=held, incoming=True)
    for named in (incoming.message_id, "<geraten@kim-koeln.example>"):
        assert take(bounce(named)) == "bounce"
    answered.refresh_from_db()
    assert answered.state == RequestMessage.State.SENT
    assert not Notice.objects.exists()


# --- At the same moment


@pytest.mark.django_db(transaction=True)
def test_a_mail_comes_in_while_somebody_takes_the_request(provider, case_manager, monkeypatch):
    """Each holds what the other wants next: the account of whoever takes it, and the request."""
    request = IntakeRequestFactory(provider=provider, status="assigned")
    answered = RequestMessageFactory(request=request, created_by=case_manager)
    both = threading.Barrier(2)

    def meeting(call):
        def met(*args, **facts):
            with suppress(threading.BrokenBarrierError):  # on SQLite the other waits at the door
                both.wait(timeout=1)
            return call(*args, **facts)

        return met

    monkeypatch.setattr(requests, "_step", meeting(requests._step))
    monkeypatch.setattr(mailbox, "_tell_readers", meeting(mailbox._tell_readers))
    mine, arrived = IntakeRequest.objects.get(), mail("Noch etwas", In_Reply_To=answered.message_id)
    _taken, outcome = at_once(lambda: requests.take_request(mine, by=case_manager), lambda: take(arrived))
    request.refresh_from_db()
    assert (request.case_manager, outcome, request.has_news) == (case_manager.case_manager, "reply", True)


# --- Headers within headers


@pytest.mark.parametrize("hostile", ["@" * 10_000, "@a" * 5_000, "<@a " * 2_500, '@a"" ' * 2_000])
def test_a_sender_without_end_keeps_nobody_waiting(hostile):
    """And is doubtful: only the beginning of the line is read, and an address may stand behind it."""
    begun = time.process_time()
    found = read(raw(f"From: {hostile}", f"From: {hostile}", body=b"Hilfe"), own_addresses=frozenset())
    assert time.process_time() - begun < 2  # seconds of work, not of waiting
    assert found.is_forged
    hidden = raw(f"From: {AMIRA}{' (x)' * 600}, boese@fremd.example", body=b"Hilfe")
    assert read(hidden, own_addresses=frozenset()).is_forged


@pytest.mark.parametrize(
    "lines",
    [
        ["From: =?utf-8?q?Amira=0D=0ABcc:_boese=40fremd.example?= <amira@jung.example>", "Message-ID: <a@b>"],
        ["From: amira@jung.example", "Message-ID: <a\r\n Bcc: boese@fremd.example\r\n @jung.example>"],
        ["From: amira@jung.example", "Message-ID: <a@x>\rBcc: boese@fremd.example"],
        ["From: amira@jung.example", "Message-ID: <a\N{GRINNING FACE}@jung.example>"],
        ["From: amira@jung.example", "Subject: =?utf-8?q?Hilfe=0D=0ABcc:_boese=40fremd.example?=", "Message-ID: <a@b>"],
        ["From: amira@jung.example", f"Message-ID: <{'a' * 5000}@jung.example>"],
    ],
)  # fmt: skip
def test_nothing_of_a_mail_gets_into_the_headers_of_the_answer(
    lines, case_manager, settings, django_capture_on_commit_callbacks
):
    assert take(raw(*lines, body=b"Hilfe")) == "request"
    own = case_manager.case_manager
    IntakeRequest.objects.update(status="assigned", provider=own.provider, case_manager=own, neutral_subject=False)
    request = IntakeRequest.objects.get()
    with smtp_server(settings) as mails, django_capture_on_commit_callbacks(execute=True):
        answer_request(
            request, text="Ja.", language="de", form_key=uuid.uuid4(), is_first_contact=False, by=case_manager
        )
    [envelope] = mails
    assert envelope.rcpt_tos == ["amira@jung.example"]
    assert b"fremd" not in envelope.content
    assert envelope.content.isascii()
    assert sender_for(request) == "KIM Köln <anfragen@kim-koeln.example>"
    assert RequestMessage.objects.get(direction="out").state == "sent"
