"""Calls the WSGI application as gunicorn does, with a real session and CSRF token, without the test client."""

import gc
import time
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import import_module
from io import BytesIO
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from kim.web.middleware import SESSION_SECOND_FACTOR, SESSION_SEEN, SESSION_STARTED

CSRF = "b" * 32


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: bytes
    seconds: float


@dataclass
class Browser:
    user: object
    application: WSGIHandler = field(default_factory=WSGIHandler)
    session: str = ""

    def log_in(self) -> None:
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(self.user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
        session[SESSION_STARTED] = session[SESSION_SEEN] = int(time.time())
        session[SESSION_SECOND_FACTOR] = True
        session.save()
        self.session = session.session_key

    def ask(self, path: str, data: list[tuple[str, str]] | None = None) -> Answer:
        """GET, or POST when there is data."""
        environ = self.environ(path, urlencode(data).encode() if data is not None else None)
        seen: dict[str, object] = {}

        def start_response(status, headers, exc_info=None):
            seen["status"], seen["headers"] = int(status.split()[0]), dict(headers)

        started = time.perf_counter()
        response = self.application(environ, start_response)
        body = b"".join(response)
        response.close()
        seconds = time.perf_counter() - started
        return Answer(seen["status"], seen["headers"].get("Location", ""), body, seconds)

    def environ(self, path: str, body: bytes | None) -> dict[str, object]:
        path, _, query = path.partition("?")
        cookies = f"{settings.SESSION_COOKIE_NAME}={self.session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
        return {
            "REQUEST_METHOD": "GET" if body is None else "POST",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": cookies,
            "HTTP_X_CSRFTOKEN": CSRF,
            "HTTP_ACCEPT_ENCODING": "br, gzip",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body or b"")),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body or b""),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

    def queries(self, path: str, data: list[tuple[str, str]] | None = None) -> int:
        """How many statements the page sends, without those that only begin or end a transaction."""
        statements: list[str] = []

        def note(execute, sql, params, many, context):
            statements.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            self.ask(path, data)
        return sum(not sql.startswith(("SAVEPOINT", "RELEASE")) for sql in statements)


def is_posted(attributes: dict[str, str | None]) -> bool:
    kind = attributes.get("type")
    return kind not in {"submit", "button"} and (kind not in {"radio", "checkbox"} or "checked" in attributes)


class FormReader(HTMLParser):
    """The fields of a page's forms as a browser would post them untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.select: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        name = values.get("name")
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in values:
            self.fields.setdefault(self.select, []).append(values.get("value") or "")
        elif tag == "input" and name and is_posted(values):
            self.fields.setdefault(name, []).append(values.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = None


def typed_consultation(page: bytes, number: str) -> list[tuple[str, str]]:
    """What the form page holds, with a note and a fresh key: ready to post."""
    reader = FormReader()
    reader.feed(page.decode())
    fields = {name: values for name, values in reader.fields.items() if name != "csrfmiddlewaretoken"}
    fields |= {"fall": [number], "note": ["Über den Kursplatz gesprochen. Ruft am Montag zurück."]}
    fields |= {"form_key": [str(uuid.uuid4())]}
    return [(name, value) for name, values in fields.items() for value in values]


def quiet() -> None:
    """Collect garbage of the preparation, so that it is not collected while a page is timed."""
    gc.collect()
    gc.freeze()
