"""The forms of login, password and second factor with our labels and help."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kim.users.models import User
from kim.web.accounts import note

PASSWORD_HELP = _("Mindestens 12 Zeichen. Vier oder fünf zufällige Wörter sind sicher und leicht zu merken.")
CODE_HELP = _("Die sechs Ziffern aus Ihrer Authenticator-App.")
CODE_OR_RECOVERY_HELP = _("Die sechs Ziffern aus Ihrer Authenticator-App oder einer Ihrer Ersatzcodes.")


class Worded(forms.Form):
    """Gives fields the words of KIM; a label stands above its field, never inside it."""

    words: ClassVar[dict[str, tuple[Any, Any]]] = {}  # field name -> label, help

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in self.words.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
            self.fields[name].widget.attrs.pop("placeholder", None)


class NewPassword(Worded):
    """A new password, typed twice."""

    words: ClassVar = {
        "password1": (_("Neues Passwort"), PASSWORD_HELP),
        "password2": (_("Neues Passwort wiederholen"), ""),
    }

    def clean(self) -> dict[str, Any]:
        cleaned = forms.Form.clean(self) or self.cleaned_data
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("Die beiden Passwörter sind nicht gleich."))
        return cleaned


class LoginForm(Worded, account_forms.LoginForm):
    words: ClassVar = {"login": (_("E-Mail-Adresse"), ""), "password": (_("Passwort"), "")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autofocus": True}


class ChangePasswordForm(NewPassword, account_forms.ChangePasswordForm):
    words: ClassVar = {"oldpassword": (_("Bisheriges Passwort"), "")} | NewPassword.words


class ResetPasswordForm(Worded, account_forms.ResetPasswordForm):
    """Only finds the accounts; the mail goes out after the answer, which therefore takes the same time for all."""

    words: ClassVar = {"email": (_("E-Mail-Adresse"), "")}
    accepted: tuple[User, ...] = ()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        self.accepted = tuple(self.users)
        return self.cleaned_data["email"]


class SetPasswordForm(NewPassword, account_forms.ResetPasswordKeyForm):
    """The first password of an invitation, or a new one after a reset."""


class ReauthenticateForm(Worded, account_forms.ReauthenticateForm):
    words: ClassVar = {"password": (_("Passwort"), "")}


class CodeForm(Worded, mfa_forms.AuthenticateForm):
    """The second step of the login."""

    words: ClassVar = {"code": (_("Code"), CODE_OR_RECOVERY_HELP)}

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except forms.ValidationError:
            note("login.failed", by=None, step="code")
            raise


class CodeAgainForm(Worded, mfa_forms.ReauthenticateForm):
    words: ClassVar = {"code": (_("Code"), CODE_OR_RECOVERY_HELP)}


class ActivateForm(Worded, totp_forms.ActivateTOTPForm):
    words: ClassVar = {"code": (_("Code"), CODE_HELP)}
