"""How people get in: what the login library asks us, and the mails with a link to set a password."""

from __future__ import annotations

import ipaddress
import logging
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kim.audit.models import record
from kim.privacy.fields import fernet
from kim.users.models import User
from kim.web.decorators import has_recently_authenticated
from kim.web.middleware import SESSION_SEEN, SESSION_STARTED

logger = logging.getLogger(__name__)


class PasswordTokenGenerator(PasswordResetTokenGenerator):
    """The key in a mailed link: for one use, for settings.PASSWORD_RESET_TIMEOUT, and only for active accounts."""

    key_salt = "kim.web.accounts.PasswordTokenGenerator"

    def check_token(self, user: Any, token: str | None) -> bool:
        return user is not None and user.is_active and super().check_token(user, token)


def password_link(user: User) -> str:
    """The address under which this person sets a password. Its host is configured, never taken from a request."""
    key = {"uidb36": user_pk_to_url_str(user), "key": PasswordTokenGenerator().make_token(user)}
    return settings.SITE_URL.rstrip("/") + reverse("account_reset_password_from_key", kwargs=key)


def send_account_mail(user: User, occasion: str, **context: str) -> None:
    """Send one of templates/account/email in German. It names nobody, since mail is read on the way."""
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string(f"account/email/{occasion}_subject.txt", context).strip()
        body = render_to_string(f"account/email/{occasion}_message.txt", {"site_url": settings.SITE_URL, **context})
    send_mail(subject, body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [user.email])


def send_invitation(user: User) -> None:
    """Mail a new account the link to set its first password. Who invites records `account.invited`."""
    send_account_mail(user, "invitation", link=password_link(user))


def send_password_reset(user: User) -> None:
    """Mail the link to set a new password; a broken mail server is logged, since nobody waits for the answer."""
    try:
        send_account_mail(user, "password_reset", link=password_link(user))
    except OSError:
        logger.exception("The mail with a password link to user %s was not sent.", user.pk)


@transaction.atomic
def note(action: str, *, by: Any, **details: Any) -> None:
    record(action, by=by, **details)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up, every text is ours, every way in and out leaves a trace."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("E-Mail-Adresse oder Passwort stimmt nicht."),
        "email_password_mismatch": _("E-Mail-Adresse oder Passwort stimmt nicht."),
        "enter_current_password": _("Das bisherige Passwort stimmt nicht."),
        "incorrect_code": _("Dieser Code stimmt nicht. Bitte geben Sie den nächsten Code aus der App ein."),
        "incorrect_password": _("Das Passwort stimmt nicht."),
        "invalid_login": _("E-Mail-Adresse oder Passwort stimmt nicht."),
        "invalid_password_reset": _("Dieser Link gilt nicht mehr."),
        "rate_limited": _("Zu viele Versuche. Bitte warten Sie fünf Minuten."),
        "too_many_login_attempts": _("Zu viele Versuche. Bitte warten Sie fünf Minuten."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """One address for one place: of IPv4 written as IPv6 the home networks are all the same (RFC 4291, 2.5.5.2)."""
        address = ipaddress.ip_address(super().get_client_ip(request))
        return str(getattr(address, "ipv4_mapped", None) or address)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Pages only: nobody needs the JSON answers of the login library."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """A deactivated account is answered like a wrong password."""
        user = super().authenticate(request, **credentials)
        if user is not None and not user.is_active:
            self.authentication_failed(request, **credentials)
            return None
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        note("login.failed", by=None, step="password")

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        messages.error(request, self.error_messages["invalid_login"])
        return redirect("account_login")

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        request.session[SESSION_STARTED] = request.session[SESSION_SEEN] = int(time.time())

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        note("login.succeeded", by=user)
        return super().post_login(request, user, **kwargs)

    def logout(self, request: HttpRequest) -> None:
        note("login.ended", by=request.user)
        super().logout(request)

    @transaction.atomic
    def set_password(self, user: Any, password: str) -> None:
        super().set_password(user, password)
        note("password.changed", by=user)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Logging in counts as having shown the password, so nobody types it twice in a row."""
        return not has_recently_authenticated(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        words = {"reauthenticate": _("Lieber mit dem Passwort"), "mfa_reauthenticate": _("Lieber mit einem Code")}
        methods = super().get_reauthentication_methods(user)
        return [method | {"description": words[method["id"]]} for method in methods]

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """One mail for every change of password or second factor: whoever did not make it should call."""
        try:
            send_account_mail(user, "security_notice")
        except OSError:
            logger.exception("The security notice to user %s was not sent.", user.pk)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords per account and address of the network, so that a stranger cannot lock anybody out."""
        return f"{self.get_client_ip(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of the second factor are unreadable in the database and in its backups."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("Der zweite Faktor lässt sich nicht entfernen."),
        "cannot_generate_recovery_codes": _("Ersatzcodes gibt es erst, wenn der zweite Faktor eingerichtet ist."),
        "incorrect_code": _("Dieser Code stimmt nicht. Bitte geben Sie den nächsten Code aus der App ein."),
    }

    def encrypt(self, text: str) -> str:
        return fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return fernet().decrypt(encrypted_text.encode()).decode()
