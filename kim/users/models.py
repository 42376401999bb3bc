"""Who can log in, and in which role. Knows nothing of Träger, districts or cases."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kim.text import CleanCharField


class Role(models.TextChoices):
    CASE_MANAGER = "case_manager", _("Fallmanagement")
    LEAD = "lead", _("Teamleitung")
    COORDINATION = "coordination", _("Koordinierende Fachstelle")
    DATA_PROTECTION = "data_protection", _("Datenschutz")
    ADMIN = "admin", _("Systemverwaltung")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account; without a password it can only be entered through an invitation."""
        user = self.model(email=self.normalize_email(email).strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create the first admin of an installation (`manage.py createsuperuser`)."""
        return self.create_user(email, password, role=Role.ADMIN, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def held(self, pk: int) -> User:
        """The account as it is now: nobody closes it or moves it to another Träger before the transaction is over.

        A notice may be written to it meanwhile: who writes one may hold the very row that is to be changed next here.
        """
        return self.select_for_update(no_key=True).get(pk=pk)


class User(AbstractBaseUser):
    """Somebody who works with KIM: one person, one role, one Träger or the city.

    A role with access to cases counts only from the moment the lead of the Träger has confirmed it, so that
    whoever creates accounts cannot give themselves a case file.
    """

    email = models.EmailField(_("E-Mail-Adresse"), unique=True)
    name = CleanCharField(_("Name"), max_length=150)
    role = models.CharField(_("Rolle"), max_length=20, choices=Role.choices)
    is_active = models.BooleanField(_("aktiv"), default=True)
    role_confirmed_at = models.DateTimeField(_("Rolle bestätigt am"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("angelegt am"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("Zugang")
        verbose_name_plural = _("Zugänge")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message=_("Für diese E-Mail-Adresse gibt es schon einen Zugang."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """The Django admin is the workplace of one role only."""
        return self.role == Role.ADMIN

    @property
    def is_superuser(self) -> bool:
        return self.is_staff

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Inside the Django admin the role decides; what it may not touch is simply not registered there."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session belongs to a password and to a role: it ends when either changes."""
        value = f"{self.role}:{self.password}"
        return salted_hmac("kim.users.models.User.session", value, secret=secret, algorithm="sha256").hexdigest()

    def confirm_role(self) -> None:
        self.role_confirmed_at = timezone.now()
