"""The pages of the login library that must do more for us: leave a trace, answer everybody alike, clear the browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.account import views as account_views
from allauth.mfa.recovery_codes import views as recovery_code_views
from allauth.mfa.totp import views as totp_views
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator

from kim.web.account_forms import ActivateForm, ResetPasswordForm
from kim.web.accounts import note, send_password_reset
from kim.web.middleware import SESSION_SECOND_FACTOR


class RedirectFirst(HttpResponseRedirect):
    """A redirect that does its work after the browser has the answer (the server closes a response at the end)."""

    def __init__(self, url: str, *, afterwards: list[Callable[[], None]]) -> None:
        super().__init__(url)
        self.afterwards = afterwards

    def close(self) -> None:
        for work in self.afterwards:
            work()
        super().close()


@method_decorator(login_not_required, name="dispatch")
class LogoutView(account_views.LogoutView):
    """Ends a session, or a login that waits for its code, and clears the browser. Only by POST; GET asks first."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class PasswordResetView(account_views.PasswordResetView):
    """The same answer in the same time, whether there is an account or not."""

    form_class = ResetPasswordForm

    def form_valid(self, form: ResetPasswordForm) -> HttpResponse:
        response = super().form_valid(form)
        if response.status_code != 302:  # too many requests
            return response
        mails: list[Callable[[], None]] = [partial(send_password_reset, user) for user in form.accepted]
        return RedirectFirst(response["Location"], afterwards=mails)


class ActivateTOTPView(totp_views.ActivateTOTPView):
    form_class = ActivateForm

    @transaction.atomic
    def form_valid(self, form: ActivateForm) -> HttpResponse:
        response = super().form_valid(form)
        self.request.session[SESSION_SECOND_FACTOR] = True  # the code of the set-up was typed here
        note("mfa.activated", by=self.request.user)
        return response


class DeactivateTOTPView(totp_views.DeactivateTOTPView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        note("mfa.deactivated", by=self.request.user)
        self.request.session.pop(SESSION_SECOND_FACTOR, None)
        return response


class GenerateRecoveryCodesView(recovery_code_views.GenerateRecoveryCodesView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        note("mfa.recovery_codes_replaced", by=self.request.user)
        return response
