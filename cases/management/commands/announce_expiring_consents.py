from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cases.actions.notices import notify
from cases.models import Case, ConfidentialityRelease, Consent, Notice
from kim.audit.models import record


class Command(BaseCommand):
    """Each consent and each release is announced once, thirty days ahead; for the nightly timer, harmless to repeat."""

    help = "Sagt den Zuständigen, welche Einwilligungen und Entbindungen in dreißig Tagen ablaufen."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        announced = [self.announce(each) for model in (Consent, ConfidentialityRelease) for each in self.news(model)]
        if count := sum(announced):
            record("consent.announced", by=None, count=count)

    def news(self, model: Any) -> Any:
        return model.objects.expiring().unannounced().order_by("pk")

    def announce(self, agreement: Any) -> int:
        """1, or 0 when another run was quicker or the case has just been closed."""
        case = Case.objects.open().select_related("case_manager__user").filter(client=agreement.client_id).first()
        if case is None:
            return 0
        unannounced = type(agreement).objects.unannounced().filter(pk=agreement.pk)
        if not unannounced.update(announced_at=timezone.now()):
            return 0
        path = reverse("cases:consents", args=[case.number])
        notify([case.case_manager.user], Notice.Kind.CONSENT_EXPIRING, path=path, case=case)
        return 1
