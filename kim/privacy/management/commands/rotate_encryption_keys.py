from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django.db.models import ExpressionWrapper, F, Q, Value

from kim.privacy.fields import EncryptedTextField, fernet, single_fernets

BATCH = 500
TOKEN = "gAAAA"  # how every Fernet token begins


@dataclass
class Counts:
    """Values met by one run: written anew, already under the first key, edited meanwhile by somebody, unreadable."""

    rotated: int = 0
    current: int = 0
    edited: int = 0
    unreadable: int = 0


class Command(BaseCommand):
    """Encrypts every encrypted text anew under the first key of FIELD_ENCRYPTION_KEYS.

    Covers each EncryptedTextField and the JSON columns that an app names in `encrypted_json` of its AppConfig. May be
    repeated and interrupted at any time. A text that somebody edits meanwhile is left alone: it is already under the
    first key. Prints counts only; exits non-zero if a value fits none of the keys.
    """

    help = "Verschlüsselt alle verschlüsselten Texte neu mit dem ersten Schlüssel aus FIELD_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = Counts()
        for model, field in encrypted_fields():
            rotate(model, field, counts)
        for model, field in encrypted_json():
            rotate_json(model, field, counts)
        self.stdout.write(
            f"Neu verschlüsselt: {counts.rotated}, schon aktuell: {counts.current}, "
            f"inzwischen geändert: {counts.edited}, nicht lesbar: {counts.unreadable}."
        )
        if counts.unreadable:
            raise CommandError(
                f"{counts.unreadable} Werte passen zu keinem Schlüssel. Bitte keinen alten Schlüssel entfernen."
            )


def encrypted_fields() -> Iterator[tuple[type[models.Model], str]]:
    """Every table of the project that holds an EncryptedTextField, with the name of the field."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy and model._meta.managed:
            for field in model._meta.local_concrete_fields:
                if isinstance(field, EncryptedTextField):
                    yield model, field.name


def encrypted_json() -> Iterator[tuple[type[models.Model], str]]:
    """What apps encrypt by themselves: ("app.Model", "field") of each JSON column, as their AppConfig names them."""
    for config in apps.get_app_configs():
        for name, field in getattr(config, "encrypted_json", ()):
            yield apps.get_model(name), field


def rotate(model: type[models.Model], field: str, counts: Counts) -> None:
    """Rotates one column in batches, each in its own transaction, and adds to `counts`."""
    rows = model._base_manager.annotate(_token=ExpressionWrapper(F(field), output_field=models.TextField()))
    filled = rows.exclude(Q(_token="") | Q(_token=None)).order_by("pk").values_list("pk", "_token")
    batch = list(filled[:BATCH])
    while batch:
        with transaction.atomic():
            for pk, token in batch:
                _rotate_one(rows.filter(pk=pk, _token=token), field, token, counts)
        batch = list(filled.filter(pk__gt=batch[-1][0])[:BATCH])


def _rotate_one(row: models.QuerySet[Any], field: str, token: str, counts: Counts) -> None:
    renewed = _renewed(token, counts)
    if renewed is None:
        return
    # The old token is part of the condition: an edit in between wins.
    changed = row.update(**{field: Value(renewed, output_field=models.TextField())})
    counts.rotated += changed
    counts.edited += 1 - changed


def rotate_json(model: type[models.Model], field: str, counts: Counts) -> None:
    """Rotates every token inside a JSON column, row by row under a lock; what is no token stays as it is."""

    def renewed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renewed(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [renewed(inner) for inner in value]
        if isinstance(value, str) and value.startswith(TOKEN) and (token := _renewed(value, counts)):
            counts.rotated += 1
            return token
        return value

    for pk in list(model._base_manager.order_by("pk").values_list("pk", flat=True)):
        row = model._base_manager.filter(pk=pk)
        with transaction.atomic():
            for stored in row.select_for_update().values_list(field, flat=True):
                if (rotated := renewed(stored)) != stored:
                    row.update(**{field: rotated})


def _renewed(token: str, counts: Counts) -> str | None:
    """The same text under the first key; None, and counted, if it is there already or fits no key."""
    if _fits(single_fernets()[0], token):
        counts.current += 1
        return None
    try:
        return fernet().rotate(token).decode()
    except InvalidToken:
        counts.unreadable += 1
        return None


def _fits(key: Fernet, token: str) -> bool:
    try:
        key.decrypt(token)
    except InvalidToken:
        return False
    return True
