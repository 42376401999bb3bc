"""Getting in, staying in and getting out: login, password, second factor, sessions, invitations."""

import re
import time
from datetime import timedelta
from importlib import import_module
from unittest.mock import MagicMock

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kim.audit.models import Entry
from kim.users.models import Role, User
from kim.web.account_views import RedirectFirst
from kim.web.accounts import send_invitation
from kim.web.checks import database_role, refuse_unsafe_start, unsafe_settings

PASSWORD = "vier alte Pferde traben"
NEW_PASSWORD = "sieben junge Katzen schlafen"
LOGIN = "/anmelden/"
ORDINARY = "/sicherheit/"  # any page that needs a login

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def user():
    return make_user()


def make_user(role=Role.CASE_MANAGER, **fields):
    fields = {"email": f"{role}@example.org", "name": "Kim Beispiel", "password": PASSWORD} | fields
    return User.objects.create_user(role=role, role_confirmed_at=timezone.now(), **fields)


def log_in(client, user, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": user.email, "password": password}, **extra)


def is_in(client):
    return client.get(ORDINARY).status_code == 200


def code_for(secret):
    (counter,) = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, counter))


def set_up_second_factor(client):
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", client.get(reverse("mfa_activate_totp")).text)[1]
    response = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert response.status_code == 302
    cache.clear()  # the code just used would not count a second time
    return secret


def actions():
    return list(Entry.objects.order_by("id").values_list("action", flat=True))


@pytest.fixture
def later(monkeypatch):
    """Move the clock of sessions and authentications."""

    def move(**delta):
        moment = time.time() + timedelta(**delta).total_seconds()
        monkeypatch.setattr(time, "time", lambda: moment)

    return move


# --- Login


def test_login_leads_to_the_start_page(client, user):
    response = log_in(client, user)
    assert (response.status_code, response["Location"]) == (302, reverse("start"))
    assert is_in(client)
    assert actions() == ["login.succeeded"]


def test_login_takes_the_address_in_any_case(client, user):
    assert client.post(LOGIN, {"login": user.email.upper(), "password": PASSWORD}).status_code == 302


def alert(response):
    """The error summary of a page."""
    return re.search(r'role="alert".*?</div>', response.text, re.DOTALL)[0]


def test_wrong_password_unknown_address_and_inactive_account_are_answered_alike(client, user):
    inactive = make_user(Role.LEAD, is_active=False)
    answers = [
        log_in(client, user, "falsch"),
        client.post(LOGIN, {"login": "unbekannt@example.org", "password": PASSWORD}),
        log_in(client, inactive),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({alert(answer) for answer in answers}) == 1
    assert "E-Mail-Adresse oder Passwort stimmt nicht." in alert(answers[0])
    assert actions() == ["login.failed"] * 3


def test_failed_login_keeps_no_address_in_the_log(client, user):
    log_in(client, user, "falsch")
    entry = Entry.objects.get()
    assert (entry.actor, entry.subject, entry.details) == ("", "", {"step": "password"})


def test_guessing_locks_the_guesser_out_and_nobody_else(client, user):
    for _guess in range(6):
        log_in(client, user, "falsch", REMOTE_ADDR="203.0.113.7")
    locked = log_in(client, user, REMOTE_ADDR="203.0.113.7")
    assert "Zu viele Versuche" in alert(locked)
    assert log_in(Client(), user, REMOTE_ADDR="198.51.100.1").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_login_redirects_to_own_pages_only(client, user, target):
    response = client.post(f"{LOGIN}?next={target}", {"login": user.email, "password": PASSWORD})
    assert response["Location"] == reverse("start")


def test_login_goes_on_where_somebody_wanted_to_go(client, user):
    wanted = client.get(ORDINARY)
    assert wanted["Location"] == f"{LOGIN}?next={ORDINARY}"
    response = client.post(wanted["Location"], {"login": user.email, "password": PASSWORD})
    assert response["Location"] == ORDINARY


def test_a_script_without_login_is_told_so_instead_of_getting_a_login_page(client):
    response = client.get(ORDINARY, headers={"HX-Request": "true"})
    assert (response.status_code, response["KIM-Login"]) == (401, "required")


@pytest.mark.parametrize(
    "path", ["/anmelden/registrieren/", "/accounts/signup/", "/accounts/login/", "/accounts/email/"]
)
def test_pages_of_the_login_library_that_are_not_used_do_not_exist(client, path):
    assert client.get(path).status_code == 404


def test_session_key_changes_with_the_login(client, user):
    client.get(LOGIN)
    client.session["x"] = 1
    before = client.session.session_key
    log_in(client, user)
    assert client.session.session_key != before


# --- Logout


def test_logout_needs_a_post(client, user):
    log_in(client, user)
    assert client.get("/abmelden/").status_code == 200
    assert is_in(client)


def test_logout_ends_the_session_and_clears_the_browser(client, user):
    log_in(client, user)
    response = client.post("/abmelden/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response["Location"] == LOGIN
    assert not is_in(client)
    assert actions() == ["login.succeeded", "login.ended"]


def test_logout_is_protected_against_other_sites(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post("/abmelden/").status_code == 403


# --- The end of a session


@pytest.mark.parametrize(("minutes", "expected"), [(29, True), (31, False)])
def test_session_ends_after_idle_minutes(client, user, later, minutes, expected):
    log_in(client, user)
    later(minutes=minutes)
    assert is_in(client) is expected


def test_session_ends_after_twelve_hours_however_busy(client, user, later):
    log_in(client, user)
    for minutes in [25] * 28 + [19]:
        later(minutes=minutes)
        assert is_in(client)
    later(minutes=2)
    assert not is_in(client)


def test_expired_session_is_gone_from_the_database_and_says_why(client, user, later):
    log_in(client, user)
    key = client.session.session_key
    later(hours=1)
    response = client.get(ORDINARY, follow=True)
    assert "Ihre Sitzung ist abgelaufen" in response.text
    assert not import_module(settings.SESSION_ENGINE).SessionStore().exists(key)


def test_limits_cost_no_query_but_one_write_a_minute(client, user, later, django_assert_num_queries):
    log_in(client, user)
    later(seconds=30)
    with django_assert_num_queries(2):  # session, user
        client.get(LOGIN)
    later(seconds=31)
    with CaptureQueriesContext(connection) as queries:
        client.get(LOGIN)
    assert [query["sql"].split()[0] for query in queries].count("UPDATE") == 1


def test_deactivation_ends_the_session_at_the_next_request(client, user):
    log_in(client, user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not is_in(client)


def test_change_of_role_ends_the_session(client, user):
    log_in(client, user)
    User.objects.filter(pk=user.pk).update(role=Role.COORDINATION)
    assert not is_in(client)


def test_change_of_password_ends_the_other_sessions_only(client, user):
    other = Client()
    log_in(client, user)
    log_in(other, user)
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = client.post("/passwort/aendern/", form)
    assert response["Location"] == ORDINARY
    assert is_in(client)
    assert not is_in(other)
    assert actions()[-1] == "password.changed"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"oldpassword": "falsch"}, "Das bisherige Passwort stimmt nicht."),
        ({"password2": "etwas ganz anderes"}, "Die beiden Passwörter sind nicht gleich."),
        ({"password1": "kurz", "password2": "kurz"}, "mindestens 12 Zeichen"),
        ({"password1": "Kim Beispiel 2", "password2": "Kim Beispiel 2"}, "zu ähnlich"),
    ],
)
def test_password_change_says_what_is_wrong(client, user, change, message):
    log_in(client, user)
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD} | change
    assert message in client.post("/passwort/aendern/", form).text


# --- Second factor

PROTECTED_ROLES = [Role.LEAD, Role.COORDINATION, Role.DATA_PROTECTION, Role.ADMIN]


@pytest.mark.parametrize("role", PROTECTED_ROLES)
def test_second_factor_is_demanded_of_every_role_beyond_case_management(client, role):
    log_in(client, make_user(role))
    for path in [reverse("start"), ORDINARY, reverse("admin:index")]:
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, reverse("mfa_activate_totp"))
    page = client.get(reverse("mfa_activate_totp"))
    assert "Ihre Rolle braucht einen zweiten Faktor" in page.text
    assert "site-nav" not in page.text


def test_case_managers_may_have_a_second_factor_but_need_none(client, user):
    log_in(client, user)
    assert is_in(client)
    set_up_second_factor(client)
    assert is_in(client)


def test_demand_can_be_switched_off_for_a_demonstration(client, settings):
    settings.MFA_REQUIRED = False
    log_in(client, make_user(Role.LEAD))
    assert is_in(client)


def test_password_and_logout_are_reachable_without_the_second_factor(client):
    log_in(client, make_user(Role.LEAD))
    assert client.get("/passwort/aendern/").status_code == 200
    assert client.post("/sprache/", {"language": "en", "next": "/"}).status_code == 302
    assert client.post("/abmelden/").status_code == 302


def test_second_factor_is_set_up_and_asked_for_at_the_next_login(client):
    lead = make_user(Role.LEAD)
    log_in(client, lead)
    secret = set_up_second_factor(client)
    assert "Ersatzcodes" in client.get(reverse("mfa_view_recovery_codes")).text
    assert is_in(client)
    client.post("/abmelden/")

    assert log_in(client, lead)["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    wrong = client.post(reverse("mfa_authenticate"), {"code": "abcdef"})
    assert "Dieser Code stimmt nicht" in wrong.text
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert is_in(client)
    assert actions() == [
        "login.succeeded",
        "mfa.activated",
        "login.ended",
        "login.failed",
        "login.succeeded",
    ]


def test_recovery_code_opens_once(client):
    lead = make_user(Role.LEAD)
    log_in(client, lead)
    set_up_second_factor(client)
    code = re.search(r"<code[^>]*>(\d{8})</code>", client.get(reverse("mfa_view_recovery_codes")).text)[1]
    for expected in [True, False]:
        client.post("/abmelden/")
        log_in(client, lead)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert is_in(client) is expected


def test_login_that_waits_for_its_code_can_be_given_up(client):
    lead = make_user(Role.LEAD)
    log_in(client, lead)
    set_up_second_factor(client)
    client.post("/abmelden/")
    log_in(client, lead)
    client.post("/abmelden/")
    assert client.get(reverse("mfa_authenticate"))["Location"] == LOGIN


def test_removing_the_second_factor_demands_a_new_one(client):
    log_in(client, make_user(Role.LEAD))
    set_up_second_factor(client)
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert client.get(ORDINARY)["Location"] == reverse("mfa_activate_totp")
    assert "mfa.deactivated" in actions()


def test_secrets_of_the_second_factor_are_unreadable_in_the_database(client):
    log_in(client, make_user(Role.LEAD))
    secret = set_up_second_factor(client)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert "'secret': 'gAAAAA" in stored
    assert "'seed': 'gAAAAA" in stored
    assert secret not in str(dict(client.session))


def test_second_factor_costs_no_query_per_request(client, django_assert_num_queries):
    log_in(client, make_user(Role.LEAD))
    set_up_second_factor(client)
    client.get(ORDINARY)
    with django_assert_num_queries(2):  # session, user
        client.get(LOGIN)


def test_qr_code_is_an_image_that_the_content_security_policy_allows(client, user):
    log_in(client, user)
    page = client.get(reverse("mfa_activate_totp"))
    assert 'src="data:image/svg+xml;base64,' in page.text
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    assert "style=" not in page.text


def test_old_login_must_be_confirmed_before_the_second_factor_is_touched(client, user, later):
    log_in(client, user)
    later(minutes=6)
    response = client.get(reverse("mfa_activate_totp"))
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    wrong = client.post(response["Location"], {"password": "falsch"})
    assert "Das Passwort stimmt nicht." in wrong.text
    assert client.post(response["Location"], {"password": PASSWORD})["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


# --- The Django admin


def test_admin_has_no_login_of_its_own(client, user):
    admin = make_user(Role.ADMIN)
    response = client.post("/verwaltung/login/", {"username": admin.email, "password": PASSWORD})
    assert response["Location"] == f"{LOGIN}?next={reverse('admin:index')}"
    log_in(client, user)
    assert client.get("/verwaltung/", follow=True).status_code == 403


def test_admin_asks_for_the_password_again(client, later):
    log_in(client, make_user(Role.ADMIN))
    set_up_second_factor(client)
    assert client.get(reverse("admin:index")).status_code == 200
    for _step in range(2):
        later(minutes=20)
        is_in(client)
    response = client.get(reverse("admin:index"))
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    client.post(response["Location"], {"password": PASSWORD})
    assert client.get(reverse("admin:index")).status_code == 200


# --- Invitation and reset


def link_in(mail):
    return re.search(r"http\S+/passwort/neu/\S+", mail.body)[0]


def open_link(client, link):
    return client.get(link.removeprefix("http://testserver"), follow=True)


def set_password(client, link, password=NEW_PASSWORD):
    page = open_link(client, link)
    return client.post(page.request["PATH_INFO"], {"password1": password, "password2": password}, follow=True)


@pytest.fixture
def invited(mailoutbox):
    user = make_user(password=None)
    send_invitation(user)
    return user


def test_invitation_leads_to_a_password_and_a_login(client, invited, mailoutbox):
    mail = mailoutbox[0]
    assert mail.to == [invited.email]
    assert mail.subject == "Ihr Zugang zu KIM Köln"
    assert "Für Sie wurde ein Zugang zu KIM Köln angelegt." in mail.body
    assert invited.name not in mail.body
    done = set_password(client, link_in(mail))
    assert "Passwort gespeichert" in done.text
    assert not is_in(client)
    assert log_in(client, invited, NEW_PASSWORD).status_code == 302
    assert actions() == ["password.changed", "login.succeeded"]


def test_invitation_can_be_used_once(client, invited, mailoutbox):
    set_password(client, link_in(mailoutbox[0]))
    assert "Dieser Link gilt nicht mehr" in open_link(Client(), link_in(mailoutbox[0])).text


def test_invitation_dies_after_three_days(client, invited, mailoutbox, monkeypatch):
    link = link_in(mailoutbox[0])
    now = timezone.now().replace(tzinfo=None)
    for days, expected in [(2, "Passwort festlegen"), (4, "Dieser Link gilt nicht mehr")]:
        moment = now + timedelta(days=days)
        monkeypatch.setattr("kim.web.accounts.PasswordTokenGenerator._now", lambda self, moment=moment: moment)
        assert expected in open_link(Client(), link).text


def test_invitation_dies_with_the_account(client, invited, mailoutbox):
    User.objects.filter(pk=invited.pk).update(is_active=False)
    assert "Dieser Link gilt nicht mehr" in open_link(client, link_in(mailoutbox[0])).text


def test_invited_account_cannot_be_entered_before_it_has_a_password(client, invited):
    assert log_in(client, invited, "").status_code == 200
    assert not is_in(client)


def test_reset_answers_alike_and_mails_only_active_accounts(client, user, mailoutbox):
    inactive = make_user(Role.LEAD, is_active=False)
    answers = [
        client.post("/passwort/vergessen/", {"email": email}, follow=True)
        for email in [user.email, inactive.email, "unbekannt@example.org"]
    ]
    assert len({(answer.status_code, answer.redirect_chain[0]) for answer in answers}) == 1
    assert len({re.sub(r'value="[^"]+"|nonce="[^"]+"|Token": "[^"]+"', "", answer.text) for answer in answers}) == 1
    assert [mail.to for mail in mailoutbox] == [[user.email]]


def test_reset_mail_goes_out_after_the_answer(client, user, mailoutbox, monkeypatch):
    monkeypatch.setattr(RedirectFirst, "close", lambda response: None)  # what a server does when all is sent
    response = client.post("/passwort/vergessen/", {"email": user.email})
    assert (response.status_code, mailoutbox) == (302, [])


def test_reset_sets_a_new_password_and_ends_sessions(client, user, mailoutbox):
    log_in(client, user)
    other = Client()
    other.post("/passwort/vergessen/", {"email": user.email})
    assert "Passwort gespeichert" in set_password(other, link_in(mailoutbox[0])).text
    assert not is_in(client)
    assert log_in(Client(), user).status_code == 200
    assert log_in(Client(), user, NEW_PASSWORD).status_code == 302
    assert [mail.subject for mail in mailoutbox[1:]] == ["Ihr Zugang zu KIM Köln wurde geändert"]


def test_link_in_a_mail_ignores_the_host_of_the_request(client, user, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    client.post("/passwort/vergessen/", {"email": user.email}, headers=headers)
    assert link_in(mailoutbox[0]).startswith("http://testserver/")
    assert "evil.example" not in mailoutbox[0].message().as_string()


def test_reset_is_limited(client, user, mailoutbox):
    answers = [client.post("/passwort/vergessen/", {"email": user.email}).status_code for _attempt in range(7)]
    assert answers[-1] == 429
    assert len(mailoutbox) <= 5


# --- Language


@pytest.mark.parametrize("path", [LOGIN, "/passwort/vergessen/"])
def test_pages_are_german_whatever_the_browser_asks_for(client, path):
    response = client.get(path, headers={"accept-language": "en"})
    assert response["Content-Language"] == "de"
    assert 'lang="de"' in response.text


def test_language_is_chosen_by_a_cookie_of_ours(client):
    client.post("/sprache/", {"language": "en", "next": LOGIN})
    response = client.get(LOGIN)
    assert response["Content-Language"] == "en"
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME]["httponly"]


def test_unknown_language_is_german(client):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "xx"
    assert client.get(LOGIN)["Content-Language"] == "de"


def test_switching_the_language_leads_to_own_pages_only(client):
    response = client.post("/sprache/", {"language": "en", "next": "https://evil.example/"})
    assert "evil" not in response["Location"]


INFORMAL = re.compile(r"\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b")


def test_every_page_says_sie(client):
    admin = make_user(Role.ADMIN)
    pages = [client.get(path) for path in [LOGIN, "/passwort/vergessen/", "/passwort/vergessen/gesendet/"]]
    pages += [log_in(client, admin, "falsch"), client.post(LOGIN, {})]
    log_in(client, admin)
    pages += [client.post(reverse("mfa_activate_totp"), {"code": "1"})]
    set_up_second_factor(client)
    names = [
        "mfa_index",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_deactivate_totp",
        "mfa_reauthenticate",
        "account_reauthenticate",
        "account_change_password",
        "account_logout",
    ]
    pages += [client.get(reverse(name)) for name in names]
    assert [page.status_code for page in pages] == [200] * len(pages)
    for page in pages:
        words = re.sub(r"<[^>]*>", " ", page.text)
        assert not INFORMAL.search(words), page.request["PATH_INFO"]
        assert 'lang="de"' in page.text


# --- Refusing to start


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"DEBUG": True, "ALLOWED_HOSTS": ["kim.example"]}, "DEBUG"),
        ({"FIELD_ENCRYPTION_KEYS": []}, "FIELD_ENCRYPTION_KEYS"),
        ({"FIELD_ENCRYPTION_KEYS": ["zu kurz"]}, "FIELD_ENCRYPTION_KEYS"),
        ({"SECRET_KEY": "gleich" * 8, "AUDIT_KEY": "gleich" * 8}, "SECRET_KEY"),
        ({"SITE_URL": "http://kim.example"}, "SITE_URL"),
        ({"SITE_URL": "kim.example"}, "SITE_URL"),
    ],
)
def test_unsafe_settings_stop_the_start_with_a_sentence(settings, change, variable):
    for name, value in change.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=variable):
        refuse_unsafe_start()


def test_missing_second_factor_in_service_is_a_warning(settings):
    settings.MFA_REQUIRED, settings.ALLOWED_HOSTS = False, ["kim.example"]
    assert [finding.id for finding in unsafe_settings(None)] == ["kim.W001"]


def test_settings_of_the_tests_are_safe():
    assert unsafe_settings(None) == []


@pytest.mark.parametrize("is_superuser", [True, False])
def test_database_role_must_not_be_a_superuser(monkeypatch, is_superuser):
    database = MagicMock(vendor="postgresql")
    database.cursor.return_value.__enter__.return_value.fetchone.return_value = (is_superuser,)
    monkeypatch.setattr("kim.web.checks.connections", {"default": database})
    assert [finding.id for finding in database_role(None, databases=["default"])] == ["kim.E007"] * is_superuser
