"""The Django admin behind our login: its own login form would go around the second factor."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from kim.web.decorators import recently_authenticated

ENTERED_SECONDS = 30 * 60  # how long one password opens the admin


class AdminSite(admin.AdminSite):
    """Asks for the password again after half an hour, and leaves login, logout and passwords to the application."""

    site_header = _("Verwaltung · KIM Köln")
    site_title = _("KIM Köln")
    index_title = _("Verwaltung")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        if view != self.logout:
            view = recently_authenticated(ENTERED_SECONDS)(view)
        return super().admin_view(view, cacheable)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")
