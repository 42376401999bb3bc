"""Logging in, with the Träger at hand: one query loads the user and where they work."""

from allauth.account.auth_backends import AuthenticationBackend

from kim.users.models import User


class StaffBackend(AuthenticationBackend):
    def get_user(self, user_id):
        """The active user with their Träger, or None, which ends the session."""
        users = User.objects.select_related("case_manager__provider", "membership__provider")
        return users.filter(pk=user_id, is_active=True).first()
