from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from districts.models import CaseManager, Topic
from kim.permissions import Permission, requires
from reports.pages import own as own_page


@require_safe
@requires(Permission.VIEW_OWN_FIGURES)
def own_figures(request: HttpRequest) -> HttpResponse:
    case_manager = CaseManager.objects.select_related("user").filter(user=request.user).first()
    if case_manager is None:
        return render(request, "reports/own_figures.html")
    topics, key = list(Topic.objects.main()), request.GET.get("zeitraum")
    return render(request, "reports/own_figures.html", own_page.page(case_manager, topics, key, timezone.localdate()))
