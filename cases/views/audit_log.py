"""Who did what and when at one Träger: for its lead and its data protection."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cases.audit_words import lines
from cases.forms.audit_log import AuditLogForm
from districts.models import Provider
from kim.audit.models import Entry, EntryQuerySet
from kim.permissions import Permission, may, requires

PAGE = 50
CITY = ("", "city")  # what happened at no Träger


def entries_visible_to(user) -> EntryQuerySet:
    """The entries of the own Träger; data protection of the city sees what belongs to no Träger, a lead never."""
    code = Provider.objects.of(user).values_list("code", flat=True).first()
    if code:
        return Entry.objects.for_organisation(code)
    return Entry.objects.none() if may(user, Permission.LEAD_TEAM) else Entry.objects.filter(organisation__in=CITY)


@require_safe
@requires(Permission.VIEW_AUDIT_LOG)
def audit_log(request: HttpRequest) -> HttpResponse:
    form = AuditLogForm(request.GET)
    page = Paginator(form.apply(entries_visible_to(request.user)), PAGE).get_page(request.GET.get("page"))
    return render(request, "cases/audit_log/list.html", {"form": form, "page": page, "lines": lines(page.object_list)})
