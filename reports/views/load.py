from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kim.permissions import Permission, requires
from reports.pages import load as load_page


@require_safe
@requires(Permission.DISPATCH_REQUESTS)
def load(request: HttpRequest) -> HttpResponse:
    return render(request, "reports/load.html", load_page.page(timezone.localdate()))
