"""What every request passes: headers, language, the end of a session, the second factor."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from kim.permissions import needs_second_factor

GetResponse = Callable[[HttpRequest], HttpResponseBase]

SESSION_STARTED = "started_at"
SESSION_SEEN = "seen_at"
SESSION_SECOND_FACTOR = "second_factor"
SEEN_STEP_SECONDS = 60  # how exactly the last request is known; the price is one write a minute

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "microphone", "geolocation", "payment", "usb", "serial", "display-capture")
)


class PrivateResponseMiddleware:
    """No page stays in a browser, a proxy or a search engine; `public_page` views may be found, but not kept.

    Holds for errors, redirects and downloads as well. Static files are nobody's secret and stay cacheable. A public
    page with an ETag is the same for everybody (districts.public.frame): it may be kept, but never shown without asking
    whether it still holds, so that a contact that is withdrawn is gone with the next look.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(str(settings.STATIC_URL)):
            return response
        is_public = getattr(request, "is_public_page", False) and response.status_code < 400
        response["Cache-Control"] = "no-cache" if is_public and response.has_header("ETag") else "no-store"
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if not is_public:
            response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        request.is_public_page = getattr(view, "public_page", False)  # type: ignore[attr-defined]


class ChosenLanguageMiddleware:
    """German unless somebody chose another language; what the browser asks for does not count on shared computers."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response


class SessionLimitMiddleware:
    """A session ends after idle minutes and hours in all, before anybody asks whose it is.

    Stands after SessionMiddleware and before AuthenticationMiddleware. The database hears of it once a minute at most.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if SESSION_KEY in request.session:
            self.limit(request)
        return self.get_response(request)

    def limit(self, request: HttpRequest) -> None:
        now = int(time.time())
        session = request.session
        started = session.get(SESSION_STARTED, now)
        seen = session.get(SESSION_SEEN, now)
        if now - seen >= settings.SESSION_IDLE_SECONDS or now - started >= settings.SESSION_COOKIE_AGE:
            session.flush()
            request.has_expired = True  # type: ignore[attr-defined]
        elif SESSION_SEEN not in session or now - seen >= SEEN_STEP_SECONDS:
            session[SESSION_STARTED], session[SESSION_SEEN] = started, now


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """Every view asks for a login unless it says otherwise.

    A script gets 401 and `KIM-Login: required` instead of the login page, so that it can keep the typed text.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401, headers={"KIM-Login": "required"})
        if getattr(request, "has_expired", False):
            messages.info(request, _("Ihre Sitzung ist abgelaufen. Bitte melden Sie sich wieder an."))
        if request.method == "POST":
            return redirect_to_login(self.page_of_the_form(request), self.get_login_url(view_func))
        return super().handle_no_permission(request, view_func)

    def page_of_the_form(self, request: HttpRequest) -> str:
        """Where a form was sent from: the login leads back there, not to an address that only takes forms."""
        referer = request.headers.get("Referer", "")
        own = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
        return urlsplit(referer)._replace(scheme="", netloc="").geturl() if own else request.get_full_path()


class SecondFactorMiddleware:
    """Roles that need a second factor reach nothing but its set-up until they have one (setting: MFA_REQUIRED).

    What counts is that this session has shown it: one that was opened with the password before the set-up, perhaps by
    somebody else, is asked for a code. The answer is kept in the session, so it costs no query per request.
    """

    REACHABLE = frozenset(
        {
            "account_change_password",
            "account_login",
            "account_logout",
            "account_reauthenticate",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key",
            "account_reset_password_from_key_done",
            "mfa_activate_totp",
            "mfa_reauthenticate",
            "set_language",
        }
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not self.is_missing(request):
            return None
        request.is_second_factor_missing = True  # type: ignore[attr-defined]
        match = request.resolver_match
        if getattr(view, "public_page", False) or (match and match.view_name in self.REACHABLE):
            return None
        if self.has_one(request.user):
            return redirect("mfa_reauthenticate")
        messages.warning(request, _("Ihre Rolle braucht einen zweiten Faktor. Bitte richten Sie ihn jetzt ein."))
        return redirect("mfa_activate_totp")

    def is_missing(self, request: HttpRequest) -> bool:
        user = request.user
        if not settings.MFA_REQUIRED or not user.is_authenticated or not needs_second_factor(user):
            return False
        if not request.session.get(SESSION_SECOND_FACTOR):
            shown = any(record["method"] == "mfa" for record in get_authentication_records(request, user))
            if shown and self.has_one(user):
                request.session[SESSION_SECOND_FACTOR] = True
                return False
            return True
        return False

    def has_one(self, user: Any) -> bool:
        return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()
