"""Real pages in Debian's Chromium: one browser per run, a fresh context per person, a server that answers in turn.

Without Chromium these tests are skipped; with BROWSER_TESTS=required they fail instead.
"""

import os
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import DEFAULT_DB_ALIAS, connections
from playwright.sync_api import expect, sync_playwright

# Playwright's event loop lives in the thread of the tests, and Django would take every query there for a mistake.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 60_000  # milliseconds until something that should appear counts as missing, on the slowest machine
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args():
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is missing (apt-get install chromium)"
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    return {"executable_path": CHROMIUM, "args": FLAGS, "timeout": 2 * PATIENCE}


@pytest.fixture(scope="session")
def playwright(django_db_setup):
    """Started after the database: beside a running event loop Django would open a second connection of its own."""
    connection = connections[DEFAULT_DB_ALIAS]
    with sync_playwright() as playwright:
        connections[DEFAULT_DB_ALIAS] = connection
        yield playwright


# --- The server


_turn = threading.RLock()
_is_open = threading.Event()
_handle = WSGIHandler.__call__


def _answer_in_turn(self, environ, start_response):
    with _turn:
        if _is_open.is_set():
            return _handle(self, environ, start_response)
    start_response("503 Service Unavailable", [])
    return []


def _query_in_turn(execute, *query):
    with _turn:
        return execute(*query)


@pytest.fixture(scope="session")
def live_server(live_server):
    """One answer after the other, and none after the end of a test: then the tables are emptied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIHandler, "__call__", _answer_in_turn)
        yield live_server


@pytest.fixture
def server_at_rest(browser_db, live_server):
    """Held by whoever changes the database beside the server: SQLite in memory is one connection for all threads.

    A question to the database waits for the server by itself.
    """
    _is_open.set()
    with connections[DEFAULT_DB_ALIAS].execute_wrapper(_query_in_turn):
        yield _turn
        with _turn:
            _is_open.clear()


# --- People in front of a screen


class Troubles:
    """What no page may do, whatever a test is about: script errors, refused content, requests to other hosts."""

    def __init__(self, context, host):
        self.found, self.host = [], host
        context.on("console", self.console)
        context.on("weberror", lambda error: self.found.append(f"script error: {error.error}"))
        context.on("request", self.request)

    def console(self, message):
        # A refused or failed request is logged by the browser; tests that provoke none look at it themselves.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.found.append(f"console: {message.text}")

    def request(self, request):
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self.host:
            self.found.append(f"foreign request: {request.url}")


@pytest.fixture
def open_page(browser, live_server, server_at_rest, client_of):
    """A page in a browser of its own; logged in as `user`, if one is named. Options are those of a context."""
    contexts = []

    def open_page(user=None, **options):
        options = {"viewport": DESKTOP, "locale": "de-DE", "timezone_id": "Europe/Berlin"} | options
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append((context, Troubles(context, urlsplit(live_server.url).netloc)))
        if user is not None:
            log_in(context, user)
        return context.new_page()

    def log_in(context, user):
        with server_at_rest:
            key = client_of(user).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])

    open_page.log_in = log_in
    yield open_page
    for context, _troubles in contexts:
        context.cookies()  # an answer, and what the pages said before it
    found = [trouble for _context, troubles in contexts for trouble in troubles.found]
    for context, _troubles in contexts:
        context.set_offline(True)  # a page that is closed sends its last draft; the tables are about to be emptied
        context.close()
    assert not found, "\n".join(found)
