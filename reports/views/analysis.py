from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kim.permissions import Permission, may, requires
from reports.models import Report
from reports.pages import analysis as pages


@require_safe
@requires(Permission.VIEW_REPORTS)
def analysis(request: HttpRequest) -> HttpResponse:
    reports = list(Report.objects.current().newest_first().light())
    may_take_up = may(request.user, Permission.WORK_ON_FINDINGS)
    page = pages.page(reports, request.GET.get("bericht"), with_findings=may_take_up) if reports else {}
    return render(request, "reports/analysis.html", {**page, "may_take_up": may_take_up})
