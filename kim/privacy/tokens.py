"""Secrets in addresses: whoever holds one gets in, so only their hash is stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, as an address can carry them."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """A token has 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()
