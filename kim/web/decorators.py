"""What a view says about itself: open to everybody, or only shortly after a password or code was entered."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse

View = TypeVar("View", bound=Callable[..., HttpResponse])


def public_page(view: View) -> View:
    """Open to everybody and to search engines. Every other page asks for a login and is not indexed."""
    open_view = login_not_required(view)
    open_view.public_page = True  # type: ignore[attr-defined]
    return open_view


def has_recently_authenticated(request: HttpRequest, seconds: int | None = None) -> bool:
    """Whether a password or code was entered here within that time (or settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)."""
    if not request.user.is_authenticated:
        return False
    records = get_authentication_records(request, request.user)
    limit = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT if seconds is None else seconds
    return bool(records) and time.time() - records[-1]["at"] < limit


def recently_authenticated(seconds: int | None = None) -> Callable[[View], View]:
    """Ask for the password or a code again when the last one is too old; then go on with the same request.

    For what a stolen session must not reach: exports, erasure, roles, the Django admin. Logging in counts.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not has_recently_authenticated(request, seconds):
                raise ReauthenticationRequired
            return view(request, *args, **kwargs)

        return cast(View, wrapped)

    return decorate
