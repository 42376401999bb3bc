"""Where a case manager starts: what is due, and which cases there are."""

import csv

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Min, OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from cases.duplicates import find_cases
from cases.filters import CaseFilter
from cases.forms.files import SearchForm
from cases.models import Case, FollowUp
from cases.worklist import DUE, FOLLOW_UPS, Scope, due_rows, source_at, upcoming, worklist
from districts.models import CaseManager, Substitution
from kim.audit.models import record
from kim.permissions import Permission, requires
from kim.web.decorators import recently_authenticated

PAGE_SIZE = 25
COLUMNS = (
    _("Fallnummer"),
    _("Phase"),
    _("Art der Hilfe"),
    _("Stadtbezirk"),
    _("eröffnet"),
    _("letzter Kontakt"),
    _("abgeschlossen"),
)


@require_GET
@requires(Permission.WORK_ON_CASES)
def today(request):
    day = timezone.localdate()
    context = worklist(request.user, day) | {
        "today": day,
        "desk": CaseManager.objects.with_load().select_related(None).only("post_share").get(user=request.user),
        "deputising": deputising(request.user, day),
    }
    return render(request, "cases/today.html", context)


@require_GET
@requires(Permission.WORK_ON_CASES)
def due_list(request, section):
    """A section of Mein Tag in full, page by page."""
    scope, source = Scope.of(request.user, timezone.localdate()), source_at(section)
    if source is None and section not in FOLLOW_UPS:
        raise Http404
    if source is None:
        rows = upcoming(scope).filter(bucket=FOLLOW_UPS[section])
    else:
        rows = source.rows(scope).order_by("due_day", "pk").values_list(*DUE)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    if source is not None:
        page.object_list = due_rows(page.object_list, scope)
    context = {"page": page, "source": source, "section": FOLLOW_UPS.get(section), "today": scope.day}
    return render(request, "cases/due_list.html", context)


def deputising(user, day):
    """Whom the user stands in for; not asked where the login already knows that it is nobody."""
    if not getattr(user, "is_deputy_today", True):
        return ()
    rows = Substitution.objects.in_force(day).filter(deputy__user=user).select_related("absent__user")
    return rows.only("ends_on", "absent__user__name")


def _rows(cases):
    next_due = FollowUp.objects.open().filter(case=OuterRef("pk")).order_by()
    next_due = next_due.values("case").annotate(first=Min("due_on")).values("first")
    return cases.with_list_data().annotate(next_due_on=Subquery(next_due))


@require_GET
@requires(Permission.WORK_ON_CASES)
def case_list(request):
    case_filter = CaseFilter(request.GET, queryset=Case.objects.visible_to(request.user))
    page = Paginator(_rows(case_filter.qs), PAGE_SIZE).get_page(request.GET.get("page"))
    template = "cases/_case_table.html" if request.htmx else "cases/list.html"
    context = {"filter": case_filter, "page": page, "search": SearchForm(), "today": timezone.localdate()}
    return render(request, template, context)


@require_POST
@requires(Permission.WORK_ON_CASES)
def case_search(request):
    """Names are sent by POST, so that no log and no history ever holds them."""
    form = SearchForm(request.POST)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    context = {"search": form, "query": query, "found": find_cases(query, user=request.user) if query else []}
    context["pick"] = pick = request.POST.get("for") == "consultation"
    template = "cases/_case_choices.html" if pick else "cases/_search_results.html"
    if not request.htmx:
        template = "cases/search.html"
    return render(request, template, context)


@require_POST
@requires(Permission.WORK_ON_CASES)
@recently_authenticated()
def case_export(request):
    """The own caseload without names and without tracks, for one's own planning."""
    cases = Case.objects.visible_to(request.user).owned_by(request.user).select_related("district")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="faelle-{timezone.localdate():%Y-%m-%d}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response, delimiter=";")
    writer.writerow(COLUMNS)
    for case in cases.order_by("opened_on", "pk"):
        days = [f"{day:%d.%m.%Y}" if day else "" for day in (case.opened_on, case.last_contact_on, case.closed_on)]
        place = case.district.name if case.district else ""
        writer.writerow([case.number, case.get_status_display(), case.get_service_level_display(), place, *days])
    with transaction.atomic():
        record("case_list.exported", by=request.user, organisation=request.user.case_manager.provider.code)
    return response
