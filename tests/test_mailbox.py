"""The mailbox on a real server: what becomes of a mail, whoever is killed or sends it twice; answers to answers."""

import re
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.management import CommandError
from django.urls import reverse
from django.utils import timezone
from imap_tools import MailBoxFolderManager, MailboxMoveError

from cases.actions import mailbox, registrations
from cases.mailbox import server as imap
from cases.mailbox.server import Server, access_token, opened
from cases.models import IntakeRequest, MailReceipt, Notice, RequestMessage
from kim.audit.models import Entry
from tests.case_forms import logged, text_of, url
from tests.factories import CaseFactory, IntakeRequestFactory, RequestMessageFactory, TrackFactory
from tests.mail_server import fetch, mail_server, needs_imap
from tests.mails import mail, raw

pytestmark = [needs_imap, pytest.mark.django_db]
Status = IntakeRequest.Status


def texts():
    return sorted(request.message for request in IntakeRequest.objects.all())


# --- One mail


def test_a_mail_becomes_a_request_for_the_office(box, coordination):
    box.put(mail("Ich suche <b>Hilfe</b>.", Subject="Wohnung", files=[("Bescheid.pdf", b"x" * 2000)]))
    assert "neue Anfrage: 1" in fetch()
    request = IntakeRequest.objects.get()
    assert (request.source, request.channel, request.status) == ("unknown", "mail", "new")
    assert not request.has_agreed  # a third person may have written
    assert (request.name, request.email) == ("Amira Suchend", "amira@jung.example")
    assert request.message == "Wohnung\n\nIch suche <b>Hilfe</b>."
    assert (request.created_by, request.is_suspect, request.provider) == (None, False, None)
    message = RequestMessage.objects.get()
    assert message.attachments == [("Bescheid.pdf", 2000)]
    assert message.text == ""  # it stands in the request
    assert len(box.mails("Verarbeitet")) == 1
    assert box.mails() == []
    assert logged(subject=f"request:{request}") == ["request.entered"]
    assert [notice.user for notice in Notice.objects.all()] == [coordination]


def test_the_office_meets_nobody_and_scripts_stay_text(box, as_coordination, as_case_manager, case_manager):
    box.put(mail("<script>alert(1)</script>", From="<script>x</script> <amira@jung.example>", Subject="<b>Not</b>"))
    fetch()
    request = IntakeRequest.objects.get()
    for page in (reverse("cases:dispatch"), url("dispatch_request", request)):
        shown = text_of(as_coordination.get(page))
        assert not re.search("amira|alert\\(1\\)|Not&lt;", shown)
    assert as_coordination.get(url("request_detail", request)).status_code == 403
    own = case_manager.case_manager
    IntakeRequest.objects.update(status="assigned", provider=own.provider, case_manager=own)
    shown = text_of(as_case_manager.get(url("request_detail", request)))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    assert "<script>x" not in shown
    assert "Absender ungeprüft" in shown
    assert "Ob die Person selbst schreibt, ist nicht bekannt." in shown
    assert "die junge Person selbst" not in shown


def test_machines_are_filed_apart(box):
    box.put(mail(Auto_Submitted="auto-replied"), mail(List_Id="<x.verein.example>"), mail("Ein Mensch"))
    assert "automatische Mail: 2" in fetch()
    assert texts() == ["Hilfe\n\nEin Mensch"]
    assert len(box.mails("Automatisch")) == 2


def test_what_may_be_forged_stands_aside(box):
    box.put(mail(Authentication_Results="mx.koeln.example; dmarc=fail"))
    fetch()
    assert IntakeRequest.objects.get().is_suspect
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("limit", "senders"), [("TRUSTED_OF_ONE", ["laut"] * 3), ("TRUSTED_A_DAY", ["eins", "zwei", "drei"])]
)
def test_a_flood_of_mails_stands_aside_and_loses_none(box, coordination, monkeypatch, limit, senders):
    monkeypatch.setattr(registrations, limit, 2)
    box.put(*(mail(f"Nr. {place}", From=f"{name}@bot.example") for place, name in enumerate(senders)))
    fetch()
    assert [request.is_suspect for request in IntakeRequest.objects.order_by("pk")] == [False, False, True]
    box.put(mail("Ich brauche Hilfe."))
    fetch()
    real = IntakeRequest.objects.order_by("pk").last()
    assert real.is_suspect == (limit == "TRUSTED_A_DAY")
    assert len(box.mails("Verarbeitet")) == 4


def test_a_huge_mail_is_read_from_its_beginning(box, monkeypatch):
    monkeypatch.setattr(imap, "READ_WHOLE", 50_000)
    monkeypatch.setattr(imap, "BEGINNING", 10_000)
    box.put(mail("Vorne", files=[("Film.mp4", b"0" * 200_000)]))
    fetch()
    message = RequestMessage.objects.get()
    assert message.is_shortened
    assert [name for name, _size in message.attachments] == ["Film.mp4"]
    assert texts() == ["Hilfe\n\nVorne"]


def test_a_mail_of_thirty_megabytes(box):
    whole = mail("Vorne", files=[("Film.mp4", bytes(23 * 1024 * 1024))])
    assert len(whole) > 30_000_000
    box.put(whole)
    fetch()
    message = RequestMessage.objects.get()
    assert (message.is_shortened, [name for name, _size in message.attachments]) == (True, ["Film.mp4"])
    assert texts() == ["Hilfe\n\nVorne"]
    assert box.mails("Verarbeitet") == [whole]


def test_empty_and_broken_mails_lose_nobody_and_stop_no_other(box):
    box.put(b"", raw("From: x", body=b""), mail("Danach"), mail(None, html=""), mail(From=None, To=None, Subject=None))
    fetch()
    assert IntakeRequest.objects.count() == 5
    assert len(box.mails("Verarbeitet")) == 5
    assert "Hilfe\n\nDanach" in texts()


# --- Twice, at once, killed


def test_the_same_mail_twice_is_one_request(box):
    twin = mail("Einmal genügt.")
    box.put(twin, b"Delivered-To: alias@kim-koeln.example\r\n" + twin)
    fetch()
    fetch()
    box.put(twin)
    fetch()
    assert texts() == ["Hilfe\n\nEinmal genügt."]
    assert len(box.mails("Verarbeitet")) == 3


def test_two_mails_with_one_id_are_two_requests(box):
    box.put(mail("Eins", Message_ID="<gleich@jung.example>"), mail("Zwei", Message_ID="<gleich@jung.example>"))
    fetch()
    assert IntakeRequest.objects.count() == 2


class Killed(BaseException):
    """No `except Exception` stops it, like a signal."""


def raising(error):
    def fail(*args, **kwargs):
        raise error

    return fail


def test_killed_before_it_is_stored_leaves_the_mail(box, monkeypatch):
    box.put(mail("Nichts geht verloren."))
    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "_message", raising(Killed))
        with pytest.raises(Killed):
            fetch()
    assert not IntakeRequest.objects.exists()
    assert not MailReceipt.objects.exists()
    assert len(box.mails()) == 1
    fetch()
    assert texts() == ["Hilfe\n\nNichts geht verloren."]


def test_killed_after_it_is_stored_makes_no_second(box, monkeypatch):
    box.put(mail("Nichts verdoppelt sich."))
    with monkeypatch.context() as patch:
        patch.setattr(Server, "file", raising(Killed))
        with pytest.raises(Killed):
            fetch()
    assert IntakeRequest.objects.count() == 1
    assert len(box.mails()) == 1
    fetch()
    assert IntakeRequest.objects.count() == 1
    assert box.mails() == []


def test_what_cannot_be_moved_is_moved_later(box, monkeypatch):
    box.put(mail("Eins"), mail("Zwei"))
    with monkeypatch.context() as patch:
        patch.setattr(Server, "file", raising(MailboxMoveError(("NO", []), "OK")))
        with pytest.raises(CommandError, match="2 nicht verschieben"):
            fetch()
    fetched = []
    with monkeypatch.context() as patch:
        patch.setattr(Server, "fetch", lambda _server, uid: fetched.append(uid))
        fetch()
    assert fetched == []  # known by its place
    assert IntakeRequest.objects.count() == len(box.mails("Verarbeitet")) == 2


def test_one_that_cannot_be_stored_stops_no_other(box, monkeypatch):
    box.put(mail("kaputt"), mail("heil"))
    real = mailbox.receive
    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "receive", lambda found, place: 1 / 0 if "kaputt" in found.text else real(found, place))
        with pytest.raises(CommandError, match="1 Mails ließen sich nicht ablegen"):
            fetch()
    assert texts() == ["Hilfe\n\nheil"]
    fetch()
    assert texts() == ["Hilfe\n\nheil", "Hilfe\n\nkaputt"]


def test_a_folder_that_another_run_has_just_made_is_used(box, monkeypatch):
    box.put(mail("Eins"))
    fetch()
    real, looks = MailBoxFolderManager.exists, iter([False])
    monkeypatch.setattr(MailBoxFolderManager, "exists", lambda *args: next(looks, None) is None and real(*args))
    box.put(mail("Zwei"))
    assert "neue Anfrage: 1" in fetch()
    assert len(box.mails("Verarbeitet")) == 2


# --- Answers to answers


@pytest.fixture
def held(case_manager):
    return IntakeRequestFactory(case_manager=case_manager.case_manager, email="amira@jung.example")


def test_an_answer_finds_its_request_whoever_sends_it(box, held, case_manager, as_case_manager, as_stranger):
    sent = RequestMessageFactory(request=held, created_by=case_manager)
    box.put(mail("Ja, Montag passt.", From="Andere <andere@jung.example>", In_Reply_To=sent.message_id))
    assert "Nachricht zu einer Anfrage: 1" in fetch()
    assert IntakeRequest.objects.get() == held
    assert held.messages.first().text == "Ja, Montag passt."
    assert Notice.objects.get().user == case_manager
    shown = text_of(as_case_manager.get(url("request_detail", held)))
    assert "Ja, Montag passt." in shown
    assert "andere Adresse als in der Anfrage" in shown
    assert as_stranger.get(url("request_detail", held)).status_code == 404


def test_what_is_one_too_many_stays_in_a_folder_of_the_mailbox(box, held, case_manager, monkeypatch):
    monkeypatch.setattr(mailbox, "REPLIES_A_DAY", 1)
    sent = RequestMessageFactory(request=held, created_by=case_manager)
    box.put(*(mail(f"Nr. {number}", In_Reply_To=sent.message_id) for number in range(3)))
    assert "Nachricht über der Grenze je Tag: 2" in fetch()
    assert (len(box.mails("Verarbeitet")), len(box.mails("Zu viele")), box.mails()) == (1, 2, [])


def test_a_number_opens_nothing_for_a_stranger(box, held):
    box.put(mail("Bitte alles löschen", Subject=f"Zu {held}", From="Fremd <fremd@jung.example>"))
    fetch()
    assert not held.messages.exists()
    assert IntakeRequest.objects.exclude(pk=held.pk).get().message == f"Zu {held}\n\nBitte alles löschen"


def test_an_address_that_is_not_the_senders_opens_nothing(box, held):
    box.put(mail("Bitte alles löschen", Subject=f"Zu {held}", Authentication_Results="mx.koeln.example; dmarc=fail"))
    fetch()
    assert not held.messages.exists()
    assert IntakeRequest.objects.exclude(pk=held.pk).get().is_suspect


def test_with_the_address_of_the_request_its_number_is_enough(box, held):
    box.put(mail("Noch etwas", Subject=f"Zu {held}"), mail("Etwas ganz anderes"))
    fetch()
    assert held.messages.get().text == "Noch etwas"
    assert IntakeRequest.objects.count() == 2


def test_an_own_mail_may_be_answered_from_the_same_address_only(box, held):
    first = RequestMessageFactory(request=held, incoming=True, address=held.email)
    box.put(
        mail("Nachtrag", References=f"<x@y.example> {first.message_id}"),
        mail("Trittbrett", In_Reply_To=first.message_id, From="fremd@jung.example"),
    )
    fetch()
    assert {each.text for each in held.messages.all()} == {first.text, "Nachtrag"}
    assert IntakeRequest.objects.count() == 2


@pytest.mark.parametrize(("facts", "page"), [({}, "request_detail"), ({"protected": True}, "request_give")])
def test_where_whoever_has_it_has_left_the_lead_is_told(box, case_manager, lead, facts, page):
    request = IntakeRequestFactory(case_manager=case_manager.case_manager, **facts)
    sent = RequestMessageFactory(request=request, created_by=case_manager)
    case_manager.is_active = False
    case_manager.save()
    box.put(mail("Sind Sie noch da?", In_Reply_To=sent.message_id))
    fetch()
    notice = Notice.objects.get(kind="reply_arrived")
    assert (notice.user, notice.path) == (lead, url(page, request))


@pytest.mark.parametrize(
    ("state", "is_kept"),
    [("unreachable", True), ("withdrawn", False), ("referred_on", False), ("open case", True), ("closed case", False)],
)
def test_a_late_answer_reaches_somebody(box, case_manager, state, is_kept):
    """Who is sent away, or whose case has ended, asks anew; everything else is read by whoever has it."""
    facts = {"status": state, "end_reason": "no_wish"}
    if "case" in state:
        closed = {"closed": True} if state == "closed case" else {}
        facts = {"status": Status.ADMITTED, "case": CaseFactory(case_manager=case_manager.case_manager, **closed)}
    request = IntakeRequestFactory(case_manager=case_manager.case_manager, **facts)
    sent = RequestMessageFactory(request=request, created_by=case_manager)
    box.put(mail("Doch noch", In_Reply_To=sent.message_id))
    fetch()
    assert request.messages.filter(direction="in").exists() == is_kept
    assert IntakeRequest.objects.count() == (1 if is_kept else 2)
    assert Notice.objects.filter(user=case_manager, kind="reply_arrived").exists() == is_kept


def write_back(box, request, by, text="Doch noch"):
    sent = RequestMessageFactory(request=request, created_by=by)
    box.put(mail(text, In_Reply_To=sent.message_id))
    fetch()
    request.refresh_from_db()


@pytest.mark.parametrize(("facts", "is_told"), [({}, True), ({"protected": True}, False)])
@pytest.mark.parametrize("became", ["request", "case"])
def test_a_deputy_is_told_too_and_never_of_a_protected_wish(box, case_manager, deputy, became, facts, is_told):
    if became == "case":
        track = TrackFactory(**facts)
        case = CaseFactory(case_manager=case_manager.case_manager, track=track)
        facts = {"status": Status.ADMITTED, "case": case, "track": track}
    request = IntakeRequestFactory(case_manager=case_manager.case_manager, **facts)
    write_back(box, request, case_manager)
    told = {notice.user for notice in Notice.objects.filter(kind="reply_arrived")}
    assert told == ({case_manager, deputy} if is_told else {case_manager})


def test_a_deputy_whose_time_is_over_is_told_nothing(box, held, case_manager, deputy):
    case_manager.case_manager.substitutions.update(ends_on=timezone.localdate() - timedelta(days=1))
    write_back(box, held, case_manager)
    assert {notice.user for notice in Notice.objects.all()} == {case_manager}


@pytest.mark.parametrize("reader", ["as_case_manager", "as_deputy"])
def test_the_list_says_that_something_is_new_until_somebody_who_answers_has_read_it(
    box, request, held, case_manager, as_case_manager, as_lead, reader
):
    write_back(box, held, case_manager)
    lists, page = url("request_list"), url("request_detail", held)
    as_lead.get(page)
    assert "neue Nachricht" in text_of(as_case_manager.get(lists))
    assert "neue Nachricht" in text_of(as_lead.get(lists))
    request.getfixturevalue(reader).get(page)
    assert "neue Nachricht" not in text_of(as_case_manager.get(lists))
    assert IntakeRequest.objects.get(pk=held.pk).version == held.version


@pytest.mark.parametrize(("spoken", "state"), [(None, "assigned"), (timezone.now(), "first_contact")])
def test_who_was_not_reached_and_writes_is_back_in_the_list(box, held, case_manager, as_case_manager, spoken, state):
    IntakeRequest.objects.update(status=Status.UNREACHABLE, first_contact_at=spoken)
    assert held.number not in text_of(as_case_manager.get(url("request_list")))
    write_back(box, held, case_manager)
    assert (held.status, held.version) == (state, 2)
    assert held.number in text_of(as_case_manager.get(url("request_list")))
    assert "request.reopened" in logged(subject=f"request:{held}")


def test_what_was_not_lost_is_not_reopened(box, held, case_manager):
    IntakeRequest.objects.update(status=Status.WAITING_LIST)
    write_back(box, held, case_manager)
    assert (held.status, held.version) == (Status.WAITING_LIST, 1)
    assert "request.reopened" not in logged(subject=f"request:{held}")


def test_the_file_says_that_something_is_new_and_how_to_answer(box, case_manager, as_case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager)
    request = IntakeRequestFactory(case_manager=case_manager.case_manager, status=Status.ADMITTED, case=case)
    file, sentence = url("detail", case), f"Neue Nachricht zur Anfrage {request}"
    assert sentence not in text_of(as_case_manager.get(file))
    write_back(box, request, case_manager)
    shown = text_of(as_case_manager.get(file))
    assert sentence in shown
    assert url("request_detail", request) in shown
    assert "Von hier geht keine Antwort mehr." in text_of(as_case_manager.get(url("request_detail", request)))
    assert sentence not in text_of(as_case_manager.get(file))


# --- The server


def test_a_server_that_does_not_answer_is_said_so(box, settings):
    settings.IMAP_URL = "imap://a:b@127.0.0.1:1/INBOX"
    with pytest.raises(CommandError, match="nicht zu lesen"):
        fetch()
    settings.IMAP_URL = box.url.replace("geheim", "falsch")
    with pytest.raises(CommandError, match="nicht zu lesen"):
        fetch()


def test_without_a_mailbox_nothing_is_fetched(settings):
    settings.IMAP_URL = ""
    assert "kein Postfach gelesen" in fetch()


def test_a_server_that_keeps_all_folders_below_the_inbox(settings):
    more = "namespace inbox {\n  inbox = yes\n  prefix = INBOX.\n  separator = .\n}\n"
    with mail_server(more) as started:
        settings.IMAP_URL = started.url
        started.put(mail())
        fetch()
        assert len(started.mails("Verarbeitet")) == 1


def test_a_token_instead_of_a_password(settings):
    asked = []

    class Tokens(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            is_moved = self.path == "/moved"
            self.send_response(302 if is_moved else 200)
            if is_moved:
                self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            self.wfile.write(b'{"access_token": "abc"}')

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Tokens) as tokens:
        thread = threading.Thread(target=tokens.serve_forever)
        thread.start()
        settings.IMAP_TOKEN_REQUEST = "grant_type=client_credentials&scope=x"
        settings.IMAP_TOKEN_URL = f"http://127.0.0.1:{tokens.server_port}/token"
        assert access_token() == "abc"
        settings.IMAP_TOKEN_URL = f"http://127.0.0.1:{tokens.server_port}/moved"
        with pytest.raises(OSError, match="302"):
            access_token()
        tokens.shutdown()
        thread.join()
    assert asked == ["grant_type=client_credentials&scope=x"] * 2


def test_with_a_token_the_server_is_asked_by_oauth(box, settings, monkeypatch):
    monkeypatch.setattr(imap, "access_token", lambda: "abc")
    said = []
    monkeypatch.setattr(
        imap.BaseMailBox, "xoauth2", lambda _box, user, token, folder: said.append((user, token)) or 1 / 0
    )
    settings.IMAP_URL = re.sub(":[^:@]*@", "@", box.url)
    with pytest.raises(ZeroDivisionError), opened():
        pass
    assert said == [("anfragen@kim-koeln.example", "abc")]


def test_receipts_are_forgotten_after_a_while(box):
    old = MailReceipt.objects.create(key="a", place="b", outcome="automatic")
    MailReceipt.objects.filter(pk=old.pk).update(seen_at="2026-01-01T00:00Z")
    box.put(mail())
    fetch()
    assert MailReceipt.objects.get().outcome == "request"
    assert Entry.objects.get(action="mails.forgotten").details == {"count": 1}
