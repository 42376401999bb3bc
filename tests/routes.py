"""Every route of the application, and how an answer counts: what the tests about access walk through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import URLPattern, get_resolver, reverse

LOGIN = "/anmelden/"


@dataclass(frozen=True)
class Route:
    name: str  # with its namespace; "" where nobody reverses it
    parameters: frozenset[str]
    view: Any

    @property
    def is_admin(self) -> bool:
        return self.name.startswith("admin:")


def routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, ""))


def own_routes() -> dict[str, Route]:
    """Without the Django admin, whose routes have one rule by namespace."""
    return {route.name: route for route in routes() if not route.is_admin}


def place_of_request(name: str) -> str:
    """Whether a route is about a request: "requests" at a Träger, "dispatch" with the coordinating office, else ""."""
    module = own_routes()[name].view.__module__.removeprefix("cases.views.")
    return {"requests": "requests", "answers": "requests", "dispatch": "dispatch"}.get(module, "")


def _walk(patterns: Any, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            parameters = pattern.pattern.converters or pattern.pattern.regex.groupindex
            name = f"{namespace}{pattern.name or ''}"
            yield Route(name, frozenset(parameters), pattern.callback)
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner)


def asks_for_login(response) -> bool:
    """A page that leads back after the login, as opposed to one that merely ends there."""
    return response.status_code == 302 and response["Location"].startswith(f"{LOGIN}?next=")


def verdict(response) -> str:
    """What an answer says about the asker: "login", "forbidden", "missing", "wrong method" or "open"."""
    if asks_for_login(response):
        return "login"
    words = {403: "forbidden", 404: "missing", 405: "wrong method"}
    assert response.status_code in {200, 302, 400, *words}, response.status_code
    return words.get(response.status_code, "open")


def ask(browser, method: str, url: str, data: dict[str, str] | None = None) -> str:
    return verdict(getattr(browser, method)(url, data or {}))


def address(name: str, keys: dict[str, object]) -> str:
    return reverse(name, kwargs=keys)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside never happened: several people try the same, each as if nobody had before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
