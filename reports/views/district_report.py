from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from districts.models import District
from kim.permissions import Permission, requires
from reports.models import Report
from reports.pages import district_report


@require_safe
@requires(Permission.VIEW_REPORTS)
def report_district(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    report, districts = get_object_or_404(Report.objects.frozen(), pk=pk), list(District.objects.defer("outline"))
    district = next((each for each in districts if each.number == number), None)
    if district is None:
        raise Http404
    page = district_report.page(report, districts, district, request.user, timezone.localdate())
    return render(request, "reports/report_district.html", page)
