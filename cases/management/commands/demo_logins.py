"""`manage.py demo_logins`: with what to log in to the demonstration, the last thing that `make run` says."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cases.demo.staff import DOMAIN, LOGINS, PASSWORD
from kim.users.models import User


class Command(BaseCommand):
    help = "Nennt die Zugänge der Demo-Stadt, einen je Rolle (nur mit DEMO=true)."

    def handle(self, *args: Any, **options: Any) -> None:
        users = {user.email: user for user in User.objects.filter(email__endswith=f"@{DOMAIN}")}
        logins = [users[address] for name in LOGINS.values() if (address := f"{name}@{DOMAIN}") in users]
        if not logins or not settings.DEMO:
            return
        self.stdout.write(f"Anmelden mit dem Passwort {PASSWORD} als:")
        for user in logins:
            self.stdout.write(f"  {user.email:<36} {user.get_role_display()} ({user.name})")
