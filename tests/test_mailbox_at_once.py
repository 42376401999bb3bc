"""Many mails, several runs, a process that is killed: each mail leaves exactly one request, at the same cost."""

import os
import signal
import subprocess
import sys
import tracemalloc
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from cases.models import IntakeRequest, MailReceipt, Notice, RequestMessage
from tests.at_once import at_once, database_for_processes
from tests.case_forms import text_of, url
from tests.factories import IntakeRequestFactory
from tests.mail_server import fetch, needs_imap
from tests.mails import mail

pytestmark = [needs_imap, pytest.mark.django_db]
ROOT = settings.BASE_DIR


def texts():
    return sorted(request.message for request in IntakeRequest.objects.all())


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_share_the_work(box, transactional_db):
    box.put(*(mail(f"Nummer {number}") for number in range(12)))
    at_once(fetch, fetch)
    fetch()
    assert texts() == sorted(f"Hilfe\n\nNummer {number}" for number in range(12))
    assert RequestMessage.objects.count() == MailReceipt.objects.count() == 12
    assert len(box.mails("Verarbeitet")) >= 12
    assert box.mails() == []


KILLED_AFTER = """
import os, signal, sys, django
django.setup()
from django.core.management import call_command
from cases.mailbox.server import Server
real, filed = Server.file, []
def file(*mail):
    if len(filed) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    filed.append(real(*mail))
Server.file = file
call_command("fetch_mail")
"""


def fetch_and_kill(box, *, after):
    """In a process of its own, as many mails are dealt with; the next is stored and not yet moved."""
    with database_for_processes() as database:
        named = {"DATABASE_URL": database, "IMAP_URL": box.url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        killed = subprocess.run([sys.executable, "-c", KILLED_AFTER, str(after)], cwd=ROOT, env=os.environ | named)
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_really_killed(box, transactional_db):
    """kill -9 in the middle of the work, with a mail that is stored and not yet moved; the next run ends it."""
    box.put(*(mail(f"Nummer {number}") for number in range(12)))
    fetch_and_kill(box, after=5)
    assert (IntakeRequest.objects.count(), len(box.mails("Verarbeitet"))) == (6, 5)
    fetch()
    assert texts() == sorted(f"Hilfe\n\nNummer {number}" for number in range(12))
    assert box.mails() == []


@pytest.mark.django_db(transaction=True)
def test_a_thousand_at_once(box, transactional_db, coordination, as_coordination):
    """From a thousand people, the run killed in the middle, some delivered once more: a request of each and no second.

    So many are perhaps spam: all but the first hundred stand aside and cover nothing that the office has to see.
    """
    waiting = IntakeRequestFactory(received_on=timezone.localdate() - timedelta(days=1))
    mails = [mail(f"Nummer {number}", From=f"{number}@jung.example") for number in range(1000)]
    box.put(*mails)
    fetch_and_kill(box, after=500)
    assert (IntakeRequest.objects.count(), len(box.mails("Verarbeitet"))) == (502, 500)
    box.put(*mails[::100])
    statements = Counter()
    with connection.execute_wrapper(lambda run, *query: statements.update(all=1) or run(*query)):
        assert "neue Anfrage: 499" in fetch()
    new = IntakeRequest.objects.exclude(pk=waiting.pk).order_by("pk")
    assert sorted(each.message for each in new) == sorted(f"Hilfe\n\nNummer {number}" for number in range(1000))
    assert [each.email for each in new.filter(is_suspect=False)] == [f"{number}@jung.example" for number in range(100)]
    assert RequestMessage.objects.count() == MailReceipt.objects.count() == 1000
    assert (box.mails(), len(box.mails("Verarbeitet"))) == ([], 1010)
    assert statements["all"] < 20 * 510  # each costs the same, however many there are
    assert Notice.objects.filter(user=coordination).count() == 100
    queue = as_coordination.get(url("dispatch"))
    assert queue.context["page"].paginator.count == 101
    assert waiting.number in text_of(queue)
    assert "900 Anfragen, die vielleicht Spam sind" in text_of(queue)


def test_of_many_mails_one_is_held_at_a_time(box):
    peaks = []
    for number in (1, 20):
        box.put(*(mail(f"{number}", files=[("Film.mp4", os.urandom(300_000))]) for _mail in range(number)))
        tracemalloc.start()
        fetch()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    one, many = peaks
    assert many < 2 * one
    assert IntakeRequest.objects.count() == 21
