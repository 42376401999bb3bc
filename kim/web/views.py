"""Pages that belong to no app: where somebody lands after the login."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from kim.permissions import is_waiting, may
from kim.web.context_processors import NAVIGATION
from kim.web.decorators import public_page


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """The first page of the navigation; whoever waits for the confirmation of the role is told so."""
    if is_waiting(request.user):
        return render(request, "web/waiting.html")
    first = next(url_name for _label, url_name, _icon, permission in NAVIGATION if may(request.user, permission))
    return redirect(first)


@public_page
@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines; no path is named."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
