"""The bell, the page behind it, and the daily mail that says how much waits and not a word more."""

import re
from datetime import date, datetime, timedelta
from smtplib import SMTPException
from unittest.mock import patch

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.actions.digests import is_working_day, send_digests
from cases.actions.notices import notify
from cases.models import Digest, Notice
from cases.numbers import PATTERN
from kim.users.models import User
from tests.case_forms import ago, logged, nothing_stored, queries, text_of, url
from tests.factories import (
    CaseFactory,
    DigestFactory,
    ExpiringDocumentFactory,
    FollowUpFactory,
    MembershipFactory,
    NoticeFactory,
    SubstitutionFactory,
)

LIST, READ_ALL, SETTING = (url(name) for name in ("notice_list", "notice_read_all", "digest_setting"))
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def post(case_manager):
    return case_manager.case_manager


def bell(browser, page=LIST):
    found = re.search(r'class="bell-count"[^>]*>([0-9+]+)<', text_of(browser.get(page)))
    return found[1] if found else None


# --- The bell


def test_the_bell_counts_what_is_unread_on_every_page(as_case_manager, case_manager):
    NoticeFactory.create_batch(2, user=case_manager)
    NoticeFactory(user=case_manager, read_at=timezone.now())
    NoticeFactory()
    for page in (LIST, url("today"), url("list"), SETTING):
        assert bell(as_case_manager, page) == "2"
    NoticeFactory.create_batch(98, user=case_manager)
    assert bell(as_case_manager) == "99+"


def test_without_news_the_bell_is_silent(as_case_manager, as_lead, as_admin):
    assert bell(as_case_manager) is None
    assert 'class="bell"' in text_of(as_lead.get(LIST))
    assert 'class="bell"' not in text_of(as_admin.get("/verwaltung/"))


@pytest.mark.parametrize("rows", [0, 30])
def test_the_bell_costs_no_query(as_case_manager, case_manager, post, rows):
    for case in CaseFactory.create_batch(rows, case_manager=post):
        NoticeFactory(user=case_manager, case=case)
    assert queries(lambda: as_case_manager.get(SETTING)) == 3  # session, user with the bell, setting
    assert queries(lambda: as_case_manager.get(LIST)) == (4 if rows else 3)  # session, user, count, page


@pytest.fixture
def around(case_manager, colleague, deputy, lead, stranger):
    """Notices for everybody about every kind of case."""
    cases = {
        "none": None,
        "own": CaseFactory(case_manager=case_manager.case_manager),
        "protected": CaseFactory(case_manager=case_manager.case_manager, protected=True),
        "colleague's": CaseFactory(case_manager=colleague.case_manager),
        "just closed": closed_case(case_manager, 90),
        "locked": closed_case(case_manager, 91),
        "foreign": CaseFactory(case_manager=stranger.case_manager),
    }
    for user in (case_manager, colleague, deputy, lead, stranger):
        for case in cases.values():
            NoticeFactory(user=user, case=case)
    return cases


def closed_case(user, days):
    return CaseFactory(case_manager=user.case_manager, closed=True, opened_on=ago(200), closed_on=ago(days))


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("case_manager", {"none", "own", "protected", "just closed"}),
        ("colleague", {"none", "colleague's"}),
        ("deputy", {"none", "own", "just closed"}),
        ("lead", {"none", "own", "protected", "colleague's", "just closed", "locked"}),
        ("stranger", {"none", "foreign"}),
    ],
)
def test_the_bell_counts_exactly_what_the_page_shows(around, client_of, request, who, seen):
    user = request.getfixturevalue(who)
    browser = client_of(user)
    shown = {notice.case for notice in browser.get(LIST).context["page"]}
    assert shown == {around[name] for name in seen}
    assert bell(browser) == str(len(seen))


@pytest.mark.parametrize("who", ["data_protection", "coordination"])
def test_who_has_no_case_sees_no_notice_about_one(around, client_of, request, who):
    user = request.getfixturevalue(who)
    NoticeFactory(user=user, case=around["own"])
    assert bell(client_of(user)) is None


def test_a_substitution_that_is_over_takes_its_notices_along(case_manager, colleague, client_of):
    over = SubstitutionFactory(absent=case_manager.case_manager, deputy=colleague.case_manager, over=True)
    NoticeFactory(user=over.deputy.user, case=CaseFactory(case_manager=over.absent))
    assert bell(client_of(colleague)) is None


# --- The page


def test_unread_stands_first_and_says_no_name(as_case_manager, case_manager, post):
    case = CaseFactory(case_manager=post, client__family_name="Unverkennbar", protected=True)
    old = NoticeFactory(user=case_manager, case=case, created_at=timezone.now() - timedelta(days=9))
    read = NoticeFactory(user=case_manager, read_at=timezone.now())
    page = as_case_manager.get(LIST)
    assert list(page.context["page"]) == [old, read]
    for secret in ("Unverkennbar", str(case.track)):
        assert secret not in text_of(page)


def test_opening_marks_as_read_and_leads_there(as_case_manager, case_manager, post):
    case = CaseFactory(case_manager=post)
    notify([case_manager], Notice.Kind.CASE_RECEIVED, path=url("detail", case), case=case)
    notice = Notice.objects.get()
    assert as_case_manager.get(url("notice_open", None, notice.pk)).status_code == 405
    assert as_case_manager.post(url("notice_open", None, notice.pk)).url == url("detail", case)
    first = Notice.objects.get().read_at
    as_case_manager.post(url("notice_open", None, notice.pk))
    assert Notice.objects.get().read_at == first
    assert bell(as_case_manager) is None


@pytest.mark.parametrize("path", ["https://example.org/", "//example.org", "javascript:alert(1)", ""])
def test_a_notice_leads_to_no_other_house(as_case_manager, case_manager, path):
    notice = NoticeFactory(user=case_manager, path=path)
    assert as_case_manager.post(url("notice_open", None, notice.pk)).status_code == 404


def test_all_are_marked_as_read_but_only_ones_own(as_case_manager, case_manager, colleague):
    NoticeFactory.create_batch(2, user=case_manager)
    hidden = NoticeFactory(user=case_manager, case=CaseFactory())
    foreign = NoticeFactory(user=colleague)
    as_case_manager.post(READ_ALL)
    assert set(Notice.objects.unread()) == {hidden, foreign}


def test_notices_live_ninety_days(case_manager):
    now = timezone.now()
    kept = NoticeFactory(user=case_manager, created_at=now - timedelta(days=89, hours=23))
    NoticeFactory(user=case_manager, created_at=now - timedelta(days=90, minutes=1))
    call_command("delete_expired_notices")
    call_command("delete_expired_notices")
    assert set(Notice.objects.all()) == {kept}
    assert logged() == ["notices.expired"]


# --- The daily mail


@pytest.fixture
def due(case_manager, post):
    """One thing due of each kind, the person in a protected track."""
    case = CaseFactory(
        case_manager=post,
        protected=True,
        client__given_names="Zarife",
        client__family_name="Unverkennbar",
        last_contact_on=WEDNESDAY - timedelta(days=40),
    )
    for days in (0, 0, 0, -1, 1):
        FollowUpFactory(case=case, due_on=WEDNESDAY + timedelta(days=days), text="Geheimes Vorhaben.")
    ExpiringDocumentFactory(client=case.client, valid_until=WEDNESDAY, note="Ausweisknick")
    NoticeFactory.create_batch(2, user=case_manager, case=case)
    return case


def test_the_mail_says_how_much_and_nothing_else(due, case_manager, mailoutbox):
    assert send_digests(WEDNESDAY) == (1, 0)
    (mail,) = mailoutbox
    assert mail.to == [case_manager.email]
    assert mail.subject == "KIM Köln: Ihr Tag"
    assert mail.extra_headers == {"Auto-Submitted": "auto-generated"}
    assert mail.body == (
        "Guten Tag,\n\nfür Sie steht heute an:\n\n"
        "- 3 Wiedervorlagen sind heute fällig.\n- 1 Wiedervorlage ist überfällig.\n"
        "- 1 weiterer Punkt ist fällig.\n- 2 neue Hinweise.\n\n"
        "http://testserver/mein-tag/\n\n"
        "Diese Mail nennt mit Absicht keine Namen und keine Fälle.\n"
        "Abbestellen: http://testserver/benachrichtigungen/\n"
    )
    whole = mail.message().as_string() + mail.body
    secrets = ("Zarife", "Unverkennbar", "Geheimes", "Ausweisknick", due.number, str(due.track), due.track.code)
    assert not [secret for secret in (*secrets, case_manager.name) if secret in whole]
    assert not re.search(PATTERN, whole)


def test_nobody_gets_two_a_day(due, mailoutbox):
    for _ in range(3):
        send_digests(WEDNESDAY)
    assert len(mailoutbox) == 1
    assert send_digests(WEDNESDAY + timedelta(days=1)) == (1, 0)


def test_two_runs_at_once_send_one(due, case_manager, mailoutbox):
    """The second run looked before the first one claimed."""
    DigestFactory(user=case_manager)
    assert Digest.objects.claim(case_manager, WEDNESDAY)
    assert not Digest.objects.claim(case_manager, WEDNESDAY)
    assert send_digests(WEDNESDAY) == (0, 0)
    assert not mailoutbox


def test_a_run_that_is_killed_goes_on_with_the_others(due, colleague, mailoutbox):
    FollowUpFactory(case=CaseFactory(case_manager=colleague.case_manager), due_on=WEDNESDAY)

    def kill(*args, **options):
        raise KeyboardInterrupt

    with patch.object(EmailMessage, "send", kill), pytest.raises(KeyboardInterrupt):
        send_digests(WEDNESDAY)
    assert send_digests(WEDNESDAY) == (1, 0)
    assert [mail.to for mail in mailoutbox] == [[colleague.email]]


def test_a_broken_mail_stops_no_other_and_is_tried_again(due, case_manager, colleague, mailoutbox):
    FollowUpFactory(case=CaseFactory(case_manager=colleague.case_manager), due_on=WEDNESDAY)
    send = EmailMessage.send

    def broken(mail, *args, **options):
        if mail.to == [case_manager.email]:
            raise SMTPException("mailbox is full")
        return send(mail, *args, **options)

    with patch.object(EmailMessage, "send", broken):
        assert send_digests(WEDNESDAY) == (1, 1)
    assert send_digests(WEDNESDAY) == (1, 0)
    assert [mail.to for mail in mailoutbox] == [[colleague.email], [case_manager.email]]


def test_the_job_says_that_a_mail_failed(due, mailoutbox):
    with patch.object(EmailMessage, "send", side_effect=SMTPException), pytest.raises(CommandError, match="1 Mails"):
        call_command("send_digests", today=WEDNESDAY)
    call_command("send_digests", today=WEDNESDAY)
    assert len(mailoutbox) == 1


def test_who_has_nothing_gets_nothing(case_manager, post, mailoutbox):
    case = CaseFactory(case_manager=post, last_contact_on=WEDNESDAY - timedelta(days=40))
    FollowUpFactory(case=case, due_on=WEDNESDAY + timedelta(days=1))
    FollowUpFactory(case=case, due_on=WEDNESDAY, done=True)
    ExpiringDocumentFactory(client=case.client, valid_until=WEDNESDAY + timedelta(days=1))
    NoticeFactory(user=case_manager, read_at=timezone.now())
    NoticeFactory(user=case_manager, case=CaseFactory())
    assert send_digests(WEDNESDAY) == (0, 0)
    assert not mailoutbox


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 25), True),
        (date(2026, 11, 28), False),
        (date(2026, 11, 29), False),
        (date(2026, 6, 4), False),  # Fronleichnam, in NRW a holiday
        (date(2026, 11, 1), False),
        (date(2026, 10, 31), False),
        (date(2025, 10, 31), True),  # Reformationstag, not in NRW
        (date(2027, 1, 1), False),
        (date(2026, 12, 24), True),
    ],
)
def test_mails_come_on_working_days(due, mailoutbox, day, works):
    assert is_working_day(day) == works
    send_digests(day)
    assert bool(mailoutbox) == works


@pytest.mark.parametrize("change", [{"is_active": False}, {"role_confirmed_at": None}, {"role": "admin"}])
def test_never_to_an_account_that_does_not_count(due, case_manager, mailoutbox, change):
    User.objects.filter(pk=case_manager.pk).update(**change)
    assert send_digests(WEDNESDAY) == (0, 0)
    assert not mailoutbox


def test_a_lead_and_the_city_hear_of_their_notices(lead, coordination, mailoutbox):
    unconfirmed = MembershipFactory(user__role_confirmed_at=None).user
    for user in (lead, coordination, unconfirmed):
        NoticeFactory(user=user)
    assert send_digests(WEDNESDAY) == (2, 0)
    assert {mail.to[0] for mail in mailoutbox} == {lead.email, coordination.email}
    assert all("http://testserver/hinweise/" in mail.body for mail in mailoutbox)


@pytest.fixture
def on_wednesday(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: WEDNESDAY)


def test_a_deputy_hears_of_the_absent_colleagues_day_without_the_protected(on_wednesday, due, post, deputy, mailoutbox):
    FollowUpFactory(case=CaseFactory(case_manager=post, opened_on=WEDNESDAY), due_on=WEDNESDAY)
    send_digests(WEDNESDAY)
    (mail,) = [mail for mail in mailoutbox if mail.to == [deputy.email]]
    assert "- 1 Wiedervorlage ist heute fällig." in mail.body


def test_somebody_says_no(as_case_manager, case_manager, due, mailoutbox):
    page = as_case_manager.get(SETTING)
    assert page.context["form"]["is_wanted"].value() is True
    assert as_case_manager.post(SETTING, {"save": "1"}).url == SETTING
    assert as_case_manager.get(SETTING).context["form"]["is_wanted"].value() is False
    assert send_digests(WEDNESDAY) == (0, 0)
    as_case_manager.post(SETTING, {"save": "1", "is_wanted": "on"})
    assert send_digests(WEDNESDAY) == (1, 0)
    assert logged() == ["digest.changed", "digest.changed"]


def test_the_setting_is_ones_own(as_colleague, colleague, case_manager):
    DigestFactory(user=case_manager, sent_on=WEDNESDAY)
    as_colleague.post(SETTING, {"save": "1", "user": case_manager.pk, "sent_on": "2020-01-01"})
    assert Digest.objects.get(user=case_manager).is_wanted
    assert Digest.objects.get(user=case_manager).sent_on == WEDNESDAY
    assert not Digest.objects.get(user=colleague).is_wanted


def test_looking_at_the_setting_changes_nothing(as_case_manager):
    with nothing_stored():
        as_case_manager.get(SETTING)
    assert not Digest.objects.exists()


def test_a_minute_before_midnight_in_cologne_it_is_still_today(due, mailoutbox, monkeypatch):
    evening = datetime(2026, 11, 25, 22, 59, tzinfo=timezone.get_fixed_timezone(0))
    monkeypatch.setattr("django.utils.timezone.now", lambda: evening)
    call_command("send_digests")
    assert len(mailoutbox) == 1
