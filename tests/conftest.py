"""Recurring people, their logged-in browsers, and a database that forgives the append-only log after a test."""

import time

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis

from kim.permissions import needs_second_factor
from kim.users.models import Role
from kim.web.middleware import SESSION_SECOND_FACTOR, SESSION_SEEN, SESSION_STARTED
from tests.audit_triggers import triggers_off
from tests.factories import CaseManagerFactory, MembershipFactory, ProviderFactory, SubstitutionFactory, UserFactory
from tests.mail_server import mail_server

hypothesis.register_profile("kim", deadline=None)  # how long an example takes says how busy the machine is
hypothesis.load_profile("kim")

_flush = TransactionTestCase._fixture_teardown


def _flush_with_log(self):
    """Empty the tables after a transactional test although the log refuses it, and put the reference data back.

    Django puts it back before the next transactional test only, but other tests may follow on the same worker.
    """
    contents = getattr(connection, "_test_serialized_contents", None)
    self.serialized_rollback = contents is not None  # so that the flush creates no content types of its own
    with triggers_off(connection):
        _flush(self)
    if contents is not None:
        connection.creation.deserialize_db_from_string(contents)


@classmethod
def _start_as_it_is(cls):
    """The reference data is there already, see above."""


TransactionTestCase._fixture_teardown = _flush_with_log
TransactionTestCase._fixture_setup = _start_as_it_is


@pytest.fixture(autouse=True)
def _empty_cache():
    yield
    cache.clear()


@pytest.fixture
def browser_db(django_db_serialized_rollback, transactional_db):
    """For live_server: real transactions, and the reference data of the migrations is there."""


# --- Mail


@pytest.fixture(scope="module")
def imap_server():
    with mail_server() as started:
        yield started


@pytest.fixture
def box(imap_server, settings):
    """The mailbox, empty and configured."""
    imap_server.clear()
    settings.IMAP_URL = imap_server.url
    return imap_server


# --- People. `case_manager`, `deputy`, `colleague`, `lead` and `data_protection` share a Träger.


@pytest.fixture
def provider(db):
    return ProviderFactory(name="Träger am Dom", code="am-dom")


@pytest.fixture
def case_manager(provider):
    return CaseManagerFactory(provider=provider, user__name="Leyla Fall").user


@pytest.fixture
def deputy(case_manager):
    """Stands in for `case_manager` since yesterday."""
    absent = case_manager.case_manager
    return SubstitutionFactory(absent=absent, deputy__user__name="Dana Vertretung").deputy.user


@pytest.fixture
def colleague(provider):
    return CaseManagerFactory(provider=provider, user__name="Kolja Kollegium").user


@pytest.fixture
def lead(provider):
    return MembershipFactory(provider=provider, user__name="Tessa Leitung").user


@pytest.fixture
def stranger(db):
    """A case manager at another Träger."""
    return CaseManagerFactory(provider__name="Träger am Rhein", provider__code="am-rhein", user__name="Fred Fremd").user


@pytest.fixture
def coordination(db):
    return UserFactory(role=Role.COORDINATION, name="Kora Stadt")


@pytest.fixture
def data_protection(provider):
    return MembershipFactory(provider=provider, user__role=Role.DATA_PROTECTION, user__name="Dieter Schutz").user


@pytest.fixture
def admin_user(db):
    return UserFactory(role=Role.ADMIN, name="Ada Admin")


# --- Their browsers


@pytest.fixture
def client_of(db):
    """A browser in which this user has just logged in, with a second factor where the role needs one."""

    def log_in(user, **options):
        browser = Browser(**options)
        browser.force_login(user)
        session, now = browser.session, int(time.time())
        session[SESSION_STARTED] = session[SESSION_SEEN] = now
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
        session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
        if needs_second_factor(user):
            session[SESSION_SECOND_FACTOR] = True
        session.save()
        return browser

    return log_in


@pytest.fixture
def as_case_manager(client_of, case_manager):
    return client_of(case_manager)


@pytest.fixture
def as_deputy(client_of, deputy):
    return client_of(deputy)


@pytest.fixture
def as_colleague(client_of, colleague):
    return client_of(colleague)


@pytest.fixture
def as_lead(client_of, lead):
    return client_of(lead)


@pytest.fixture
def as_stranger(client_of, stranger):
    return client_of(stranger)


@pytest.fixture
def as_coordination(client_of, coordination):
    return client_of(coordination)


@pytest.fixture
def as_data_protection(client_of, data_protection):
    return client_of(data_protection)


@pytest.fixture
def as_admin(client_of, admin_user):
    return client_of(admin_user)
