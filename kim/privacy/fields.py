"""Text that is encrypted in the application: who reads the database or a backup reads nothing (Art. 32 GDPR)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NoReturn

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Exact

from kim.text import CleanTextField


class DecryptionError(Exception):
    """A stored value fits none of the keys or was changed. Names model and field only, never the value."""


class EncryptedTextField(CleanTextField):
    """Clean text of several lines, stored as a Fernet token (AES-128-CBC, HMAC-SHA256); "" stays "", NULL stays NULL.

    Keys come from settings.FIELD_ENCRYPTION_KEYS: URL-safe base64, 32 bytes each; the first encrypts, all decrypt.
    The database cannot look inside: only `isnull` and comparison with "" are possible, every other lookup raises
    FieldError. Reading with a wrong key raises DecryptionError. `max_length` counts the characters of the open text.
    Do not write expressions such as Value("text") to it with update(): they would bypass the encryption.
    """

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        text = super().get_db_prep_save(value, connection)
        return encrypt(text) if isinstance(text, str) else text

    def from_db_value(self, value: str | None, expression: object, connection: BaseDatabaseWrapper) -> str | None:
        """The open text of a stored token; raises DecryptionError."""
        if not value:
            return value
        try:
            return fernet().decrypt(value).decode()
        except InvalidToken:
            pass  # raised below, outside, so that no chained traceback carries the token
        raise DecryptionError(
            f"A value of {self} cannot be read: no key in FIELD_ENCRYPTION_KEYS fits, "
            "or the value was changed outside the application."
        )

    def get_lookup(self, lookup: str) -> Any:
        if lookup == "exact":
            return _EmptyText
        if lookup == "isnull":
            return super().get_lookup(lookup)
        return _refuse_lookup(self, lookup)

    def get_transform(self, name: str) -> Any:
        return _refuse_lookup(self, name)


class _EmptyText(Exact):
    """The only comparison with a value that an encrypted column can answer."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs is not None and not (isinstance(rhs, str) and rhs == ""):  # Django turns None into isnull
            _refuse_lookup(lhs.output_field, "exact")
        super().__init__(lhs, rhs)


def _refuse_lookup(field: "models.Field[Any, Any]", lookup: str) -> NoReturn:
    raise FieldError(
        f"{field} is encrypted and cannot be searched by '{lookup}'; "
        "only isnull and comparison with the empty text are possible."
    )


def encrypt(text: str) -> str:
    """The token of a text under the first key; "" stays ""."""
    return fernet().encrypt(text.encode()).decode() if text else ""


def fernet() -> MultiFernet:
    """The keys of settings.FIELD_ENCRYPTION_KEYS; raises ImproperlyConfigured if none or a bad one is set."""
    return MultiFernet(single_fernets())


def single_fernets() -> Sequence[Fernet]:
    """One Fernet for each key, the encrypting one first; errors as fernet()."""
    return _fernets(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _fernets(keys: tuple[str, ...]) -> tuple[Fernet, ...]:
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS is empty; at least one key is needed.")
    try:
        return tuple(Fernet(key) for key in keys)
    except ValueError:
        pass  # raised below, so that no traceback carries a key
    raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS holds something that is not a key: 32 bytes in URL-safe base64.")
