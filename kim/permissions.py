"""Which role has which verb. The only file that compares roles; rows are `visible_to` of each QuerySet.

403 answers a verb somebody does not have, 404 a record they may not see. The table is the one of docs/datenschutz.md.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum, auto
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from kim.users.models import Role

View = TypeVar("View", bound=Callable[..., HttpResponse])


class Permission(StrEnum):
    WORK_ON_CASES = auto()  # read and write the case files that are one's own or deputised
    LOG_CONSULTATIONS = auto()
    OPEN_CASES = auto()
    VIEW_OWN_FIGURES = auto()
    GRANT_SUBSTITUTIONS = auto()
    ENTER_REQUESTS = auto()  # write down what a young person or a third party asks for
    TAKE_REQUESTS = auto()  # read and work on the requests of the own Träger
    DISPATCH_REQUESTS = auto()  # see requests without identity and assign them to a Träger
    WRITE_OBSERVATIONS = auto()  # what one's own cases show about the system
    WORK_ON_FINDINGS = auto()  # from released observations to measures and their effect
    IMPORT_LISTS = auto()  # read people and cases from a spreadsheet
    VIEW_NOTICES = auto()
    KEEP_OWN_CONTACT = auto()  # decide what of one's own contact is public
    KEEP_DIRECTORY = auto()  # bring the entry of an institution up to date
    LEAD_TEAM = auto()  # lists and load of the own Träger, reassigning, reopening, confirming roles
    VIEW_AUDIT_LOG = auto()
    VIEW_SITUATION = auto()  # rounded figures of the city
    VIEW_REPORTS = auto()  # the frozen ones
    FREEZE_REPORTS = auto()  # have the report of an ended period made, without seeing what it is made of
    VIEW_DIRECTORY = auto()
    ADMINISTER = auto()


CASEWORK = {
    Permission.WORK_ON_CASES,
    Permission.LOG_CONSULTATIONS,
    Permission.OPEN_CASES,
    Permission.VIEW_OWN_FIGURES,
    Permission.GRANT_SUBSTITUTIONS,
    Permission.ENTER_REQUESTS,
    Permission.TAKE_REQUESTS,
    Permission.WRITE_OBSERVATIONS,
    Permission.IMPORT_LISTS,
    Permission.KEEP_OWN_CONTACT,
}
LANDSCAPE = {Permission.VIEW_SITUATION, Permission.VIEW_REPORTS, Permission.VIEW_DIRECTORY, Permission.VIEW_NOTICES}

GRANTS: dict[str, set[Permission]] = {
    Role.CASE_MANAGER: CASEWORK | LANDSCAPE | {Permission.KEEP_DIRECTORY},
    Role.LEAD: LANDSCAPE
    | {
        Permission.LEAD_TEAM,
        Permission.GRANT_SUBSTITUTIONS,
        Permission.ENTER_REQUESTS,
        Permission.TAKE_REQUESTS,
        Permission.IMPORT_LISTS,
        Permission.VIEW_AUDIT_LOG,
        Permission.KEEP_DIRECTORY,
    },
    Role.COORDINATION: LANDSCAPE
    | {
        Permission.ENTER_REQUESTS,
        Permission.DISPATCH_REQUESTS,
        Permission.KEEP_DIRECTORY,
        Permission.WORK_ON_FINDINGS,
        Permission.FREEZE_REPORTS,
    },
    Role.DATA_PROTECTION: LANDSCAPE | {Permission.VIEW_AUDIT_LOG},
    Role.ADMIN: {Permission.ADMINISTER},
}

# These verbs touch the people in the files: they count only once the lead of the Träger has confirmed the role.
NEEDS_CONFIRMED_ROLE = CASEWORK | {Permission.LEAD_TEAM, Permission.VIEW_AUDIT_LOG}

# Roles that must log in with a second factor.
NEEDS_SECOND_FACTOR = {Role.LEAD, Role.COORDINATION, Role.DATA_PROTECTION, Role.ADMIN}


def may(user: Any, permission: Permission) -> bool:
    """Whether the user's role has the verb and, for case work, has been confirmed. Nobody may anything logged out."""
    if not getattr(user, "is_active", False) or permission not in GRANTS.get(user.role, set()):
        return False
    return user.role_confirmed_at is not None or permission not in NEEDS_CONFIRMED_ROLE


def is_waiting(user: Any) -> bool:
    """Whether the role touches case files and the lead has not confirmed it yet."""
    return user.role_confirmed_at is None and bool(GRANTS[user.role] & NEEDS_CONFIRMED_ROLE)


def requires(permission: Permission) -> Callable[[View], View]:
    """Answer 403 to whoever lacks the verb. The view carries it as `.permission`, so tests can read the door sign."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        wrapped.permission = permission  # type: ignore[attr-defined]
        return cast(View, wrapped)

    return decorate


def needs_second_factor(user: Any) -> bool:
    return user.role in NEEDS_SECOND_FACTOR


def roles_with(*permissions: Permission) -> list[str]:
    """The roles that have one of these verbs, to find the people whom something concerns."""
    return [role for role, verbs in GRANTS.items() if verbs & set(permissions)]
