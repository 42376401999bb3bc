"""What must not go into service: each finding is a sentence that names the variable to change.

`manage.py check` and every start of the web server run them; those about the database need a connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

OWN_MACHINE = {"127.0.0.1", "localhost", "[::1]", "::1", "testserver"}


def unsafe_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_about_debug(), *_about_keys(), *_about_address()]


def _about_debug() -> Iterator[CheckMessage]:
    elsewhere = set(settings.ALLOWED_HOSTS) - OWN_MACHINE
    if settings.DEBUG and elsewhere:
        text = "DEBUG shows data in error pages: switch it off, or allow 127.0.0.1 and localhost only."
        yield Error(text, id="kim.E001")
    if not settings.MFA_REQUIRED and not settings.DEMO and elsewhere:
        text = "MFA_REQUIRED is off: leads, coordination and admins log in with a password alone."
        yield Warning(text, id="kim.W001")


def _about_keys() -> Iterator[CheckMessage]:
    if not settings.FIELD_ENCRYPTION_KEYS:
        yield Error("FIELD_ENCRYPTION_KEYS is empty; at least one key is needed.", id="kim.E002")
    for position, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1):
        if not _is_fernet_key(key):
            text = f"Key {position} of FIELD_ENCRYPTION_KEYS is none: it needs 32 bytes in URL-safe base64."
            yield Error(text, id="kim.E003")
    keys = set(settings.FIELD_ENCRYPTION_KEYS)
    if len({settings.SECRET_KEY, settings.AUDIT_KEY} | keys) < 2 + len(keys):
        yield Error("SECRET_KEY, AUDIT_KEY and FIELD_ENCRYPTION_KEYS must differ from each other.", id="kim.E004")


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _about_address() -> Iterator[CheckMessage]:
    address = urlsplit(settings.SITE_URL)
    if address.scheme not in ("http", "https") or not address.hostname:
        text = "SITE_URL must be the full address of this installation, such as https://kim.example."
        yield Error(text, id="kim.E005")
    elif address.scheme == "http" and address.hostname not in OWN_MACHINE:
        text = "SITE_URL must begin with https://, since links to set a password go out under it."
        yield Error(text, id="kim.E006")


def database_role(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """On PostgreSQL the application must not be a superuser: the append-only log would bind nobody."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql" or settings.DEBUG:
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone()[0]:
                found.append(
                    Error("DATABASE_URL names a superuser role; use one without rights beyond.", id="kim.E007")
                )
    return found


def refuse_unsafe_start() -> None:
    """Stop the web server with every finding in one message; warnings do not stop it."""
    findings = run_checks(tags=[Tags.security], databases=None) + database_role(None, databases=list(connections))
    errors = [str(finding.msg) for finding in findings if finding.is_serious()]
    if errors:
        raise ImproperlyConfigured(" ".join(errors))
