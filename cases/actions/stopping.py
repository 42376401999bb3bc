"""Ending open hand-overs because something else happened to the case. Inside the transaction of that change."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone

from cases.actions.notices import notify
from cases.models import Case, Client, Handover, Notice
from kim.users.models import User


def stop_handovers_of(cases: Iterable[Case], *, by: User) -> list[Handover]:
    """Stop what is open for these cases, whose rows are changed already; who waits for an answer is told.

    The log needs no entry of its own: the change that caused it has one.
    """
    stopped = []
    for handover in Handover.objects.open().filter(case__in=cases).select_related("from_case_manager__user"):
        same = Handover.objects.open().filter(pk=handover.pk)
        if same.update(status=Handover.Status.STOPPED, decided_by=by, decided_at=timezone.now()):
            stopped.append(handover)
            path = reverse("cases:handover_inbox")
            notify([handover.from_case_manager.user], Notice.Kind.HANDOVER_DECLINED, path=path, by=by)
    return stopped


def stop_handovers(client: Client, *, by: User) -> list[Handover]:
    """A withdrawn consent stops what is on its way to another Träger, at once (Art. 7 Abs. 3 DSGVO).

    Call it after the consent is withdrawn. The rows of the cases are taken first, as everywhere.
    """
    cases = list(Case.objects.select_for_update().filter(client=client).order_by("pk"))
    leaving = Handover.objects.open().external().filter(case__in=cases).values("case")
    return stop_handovers_of(Case.objects.filter(pk__in=leaving), by=by)
