"""Pages that belong to no app: where somebody lands after the login."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from kim.permissions import is_waiting, may
from kim.web import languages
from kim.web.context_processors import NAVIGATION
from kim.web.decorators import public_page


@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The first page of the navigation, or of the public; whoever waits for the confirmation of the role is told so."""
    if not request.user.is_authenticated:
        language = languages.negotiated(request.headers.get("Accept-Language", ""))
        return redirect("public:start", language=language)
    if is_waiting(request.user):
        return render(request, "web/waiting.html")
    first = next(url_name for _label, url_name, _icon, permission in NAVIGATION if may(request.user, permission))
    return redirect(first)


@public_page
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Only the public pages are for search engines; no other path is named."""
    allowed = "".join(f"Allow: /{code}/\n" for code in languages.LANGUAGES)
    rules = f"User-agent: *\nAllow: /$\n{allowed}Allow: /{settings.STATIC_URL.strip('/')}/\nDisallow: /\n"
    return HttpResponse(rules, content_type="text/plain")
