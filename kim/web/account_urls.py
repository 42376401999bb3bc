"""Login, password, second factor and language: the views of the login library that KIM uses, under German paths."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.views.i18n import set_language

from kim.web import account_forms as forms
from kim.web import account_views as views

urlpatterns = [
    path("anmelden/", account.LoginView.as_view(form_class=forms.LoginForm), name="account_login"),
    path("anmelden/code/", mfa.AuthenticateView.as_view(form_class=forms.CodeForm), name="mfa_authenticate"),
    path("abmelden/", views.LogoutView.as_view(), name="account_logout"),
    path("passwort/vergessen/", views.PasswordResetView.as_view(), name="account_reset_password"),
    path("passwort/vergessen/gesendet/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^passwort/neu/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        account.PasswordResetFromKeyView.as_view(form_class=forms.SetPasswordForm),
        name="account_reset_password_from_key",
    ),
    path("passwort/gespeichert/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path(
        "passwort/aendern/",
        account.PasswordChangeView.as_view(form_class=forms.ChangePasswordForm),
        name="account_change_password",
    ),
    path(
        "bestaetigen/",
        account.ReauthenticateView.as_view(form_class=forms.ReauthenticateForm),
        name="account_reauthenticate",
    ),
    path(
        "bestaetigen/code/",
        mfa.ReauthenticateView.as_view(form_class=forms.CodeAgainForm),
        name="mfa_reauthenticate",
    ),
    path("sicherheit/", mfa.index, name="mfa_index"),
    path("sicherheit/zweiter-faktor/", views.ActivateTOTPView.as_view(), name="mfa_activate_totp"),
    path("sicherheit/zweiter-faktor/entfernen/", views.DeactivateTOTPView.as_view(), name="mfa_deactivate_totp"),
    path("sicherheit/ersatzcodes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "sicherheit/ersatzcodes/neu/",
        views.GenerateRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("sprache/", login_not_required(set_language), name="set_language"),
]
