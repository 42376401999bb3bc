"""What the frame of every page shows: navigation by permission, the own menu, the demonstration banner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kim.permissions import Permission, may

NAVIGATION: list[tuple[Any, str, str, Permission]] = [  # label, URL name, icon, who sees it
    (_("Mein Tag"), "cases:today", "house", Permission.WORK_ON_CASES),
    (_("Fälle"), "cases:list", "folder", Permission.WORK_ON_CASES),
    (_("Team"), "cases:team", "people", Permission.LEAD_TEAM),
    (_("Anfragen"), "cases:request_list", "telephone", Permission.TAKE_REQUESTS),
    (_("Vertretungen"), "cases:substitution_list", "calendar", Permission.GRANT_SUBSTITUTIONS),
    (_("Protokoll"), "cases:audit_log", "shield", Permission.VIEW_AUDIT_LOG),
    (_("Lage"), "reports:situation", "map", Permission.VIEW_SITUATION),
    (_("Berichte"), "reports:report_list", "file-text", Permission.VIEW_REPORTS),
    (_("Bedarfe"), "reports:findings", "graph", Permission.WORK_ON_FINDINGS),
    (_("Einsatz"), "cases:dispatch", "people", Permission.DISPATCH_REQUESTS),
    (_("Verzeichnis"), "districts:institution_list", "book", Permission.VIEW_DIRECTORY),
    (_("Meine Zahlen"), "reports:own_figures", "bar-chart", Permission.VIEW_OWN_FIGURES),
    (_("Verwaltung"), "admin:index", "gear", Permission.ADMINISTER),
]
USER_MENU: list[tuple[Any, str, str, Permission | None]] = [  # label, URL name, icon, who sees it (None: everybody)
    (_("Mein Kontakt"), "districts:own_contact", "telephone", Permission.KEEP_OWN_CONTACT),
    (_("Benachrichtigungen"), "cases:digest_setting", "bell", Permission.VIEW_NOTICES),
    (_("Kalender abonnieren"), "cases:calendar_setting", "calendar", Permission.WORK_ON_CASES),
    (_("Sicherheit"), "mfa_index", "shield", None),
    (_("Passwort ändern"), "account_change_password", "lock", None),
]
FOOTER: list[tuple[Any, str]] = [  # label, public page
    (_("Datenschutz"), "daten"),
    (_("Barrierefreiheit"), "barrierefreiheit"),
    (_("Impressum"), "impressum"),
]
NEW_CONSULTATION = "cases:consultation_create"
NOTICES = "cases:notice_list"


def web(request: HttpRequest) -> dict[str, Any]:
    """Ask for nothing but the user, who is loaded anyway."""
    context: dict[str, Any] = {"demo": settings.DEMO, "footer_links": [_public_page(*entry) for entry in FOOTER]}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    is_locked_out = getattr(request, "is_second_factor_missing", False)
    own = [entry for entry in USER_MENU if entry[3] is None or (not is_locked_out and may(user, entry[3]))]
    context["user_menu"] = [_link(request, *entry[:3]) for entry in own]
    if is_locked_out:
        return context
    if may(user, Permission.VIEW_NOTICES):
        context["notices_url"] = reverse(NOTICES)
        context["unread_notices"] = getattr(user, "unread_notices", 0)
    context["navigation"] = [_link(request, *entry[:3]) for entry in NAVIGATION if may(user, entry[3])]
    if may(user, Permission.LOG_CONSULTATIONS):
        context["new_consultation_url"] = reverse(NEW_CONSULTATION)
    return context


def _public_page(label: Any, slug: str) -> dict[str, Any]:
    return {"label": label, "url": reverse("public:page", kwargs={"language": get_language() or "de", "slug": slug})}


def _link(request: HttpRequest, label: Any, url_name: str, icon: str = "") -> dict[str, Any]:
    url = reverse(url_name)
    return {"label": label, "url": url, "icon": icon, "is_current": request.path.startswith(url)}
