"""Logging in, with the work place at hand: one query loads the user, the Träger, and whether they deputise today."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import Exists, OuterRef

from districts.models import Substitution
from kim.users.models import User


class StaffBackend(AuthenticationBackend):
    def accounts(self):
        """The columns that come along with an account. `is_deputy_today` spares most requests a query."""
        deputising = Substitution.objects.in_force().filter(deputy__user=OuterRef("pk"))
        users = User.objects.select_related("case_manager__provider", "membership__provider")
        return users.annotate(is_deputy_today=Exists(deputising))

    def get_user(self, user_id):
        """The active user, or None, which ends the session."""
        return self.accounts().filter(pk=user_id, is_active=True).first()
