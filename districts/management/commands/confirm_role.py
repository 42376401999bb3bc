"""Confirm the role of somebody whom no team lead can confirm."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from districts.actions import provider_of
from kim.audit.models import record
from kim.users.models import User


class Command(BaseCommand):
    help = (
        "Bestätigt die Rolle eines Zugangs, wenn beim Träger niemand mehr ist, der es könnte. Nur auf schriftlichen "
        "Auftrag des Trägers; der Vorgang steht in dessen Protokoll."
    )

    def add_arguments(self, parser):
        parser.add_argument("email", help="die E-Mail-Adresse des Zugangs")

    @transaction.atomic
    def handle(self, *, email, **options):
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"Einen aktiven Zugang mit der Adresse {email} gibt es nicht.")
        user.confirm_role()
        user.save(update_fields=["role_confirmed_at"])
        provider = provider_of(user)
        record("role.confirmed", by=None, organisation=provider.code if provider else "", staff=user.pk, role=user.role)
        self.stdout.write(f"{user.email}: Die Rolle {user.get_role_display()} gilt ab jetzt.")
