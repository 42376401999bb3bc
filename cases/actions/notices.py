"""Telling somebody that something waits for them. Called inside the transaction of the change it reports."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from cases.models import Case, Notice
from kim.audit.models import record
from kim.users.models import User


def notify(users: Iterable[User], kind: str, *, path: str, case: Case | None = None, by: User | None = None) -> None:
    """One unread notice of a kind and page is enough for anybody; whoever caused it (`by`) needs none."""
    receivers = {user.pk for user in users} - ({by.pk} if by else set())
    told = Notice.objects.unread().filter(user__in=receivers, kind=kind, path=path).values_list("user", flat=True)
    Notice.objects.bulk_create(
        Notice(user_id=pk, kind=kind, path=path, case=case) for pk in sorted(receivers - set(told))
    )


def mark_read(notices: "Iterable[int]", *, by: User) -> None:
    """Of one's own only. Reading a notice is no entry of the log: what it leads to is."""
    Notice.objects.unread().filter(pk__in=notices, user=by).update(read_at=timezone.now())


@transaction.atomic
def delete_expired_notices() -> int:
    deleted, _by_model = Notice.objects.expired().delete()
    if deleted:
        record("notices.expired", by=None, count=deleted)
    return deleted
