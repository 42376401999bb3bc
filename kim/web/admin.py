"""The Systemverwaltung at /verwaltung/: accounts and catalogues, for one role.

A site of our own: what libraries register on Django's own site (groups, mail addresses, second factors) would let an
admin take over somebody's account, so it never shows up here. Case files are not registered anywhere.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kim.permissions import Permission, may
from kim.web.admin_site import AdminSite

ABSENT = {"view_on_site"}  # a way from here into other pages


class Systemverwaltung(AdminSite):
    """Its log is the audit log: it keeps no list of recent actions with names in it."""

    site_header = _("KIM Köln – Systemverwaltung")
    site_title = _("KIM Köln – Systemverwaltung")
    index_title = _("Zugänge und Kataloge")
    site_url = None
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Permission.ADMINISTER)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Whoever is logged in and lacks the verb gets 403 instead of a way around through the login page."""
        guarded = super().admin_view(view, cacheable)

        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            if "\x00" in request.path or any("\x00" in value for value in request.GET.dict().values()):
                raise BadRequest("No address of ours has a NUL character, and PostgreSQL cannot look for one.")
            return guarded(request, *args, **kwargs)

        wrapped.permission = Permission.ADMINISTER  # type: ignore[attr-defined]
        return wrapped

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if getattr(url, "name", "") not in ABSENT]


site = Systemverwaltung(name="admin")
site.disable_action("delete_selected")
