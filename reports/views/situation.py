from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from districts.models import District
from kim.permissions import Permission, requires
from reports.models import Report, Situation
from reports.pages import situation as pages


@require_safe
@requires(Permission.VIEW_SITUATION)
def situation(request: HttpRequest) -> HttpResponse:
    newest = Situation.objects.newest()
    if newest is None:
        return render(request, "reports/situation_empty.html")
    key, districts = request.GET.get("quartal"), list(District.objects.all())
    return render(request, "reports/situation.html", pages.situation_page(newest, districts, key, timezone.localdate()))


@require_safe
@requires(Permission.VIEW_SITUATION)
def district(request: HttpRequest, number: int) -> HttpResponse:
    found, newest = get_object_or_404(District, number=number), Situation.objects.newest()
    page = pages.district_page(newest, found, request.GET.get("quartal"), timezone.localdate()) if newest else {}
    return render(
        request,
        "reports/district.html",
        {
            **page,
            "district": found,
            "contacts": pages.contacts(found),
            "offers": pages.offers(found),
            "report": Report.objects.current().light().newest_first().first(),
        },
    )
