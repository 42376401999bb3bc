"""What every public page is built in. A page of another app uses it, too: @public_view, then render_page().

The page knows nothing of whoever asks: no session, no cookie, no login, no script. So it is the same for everybody and
carries an ETag: a browser keeps it, but asks each time (`no-cache`, kim.web.middleware), mostly to hear "unchanged".
A time for which it may be shown unasked, however short, would show somebody who has left or withdrawn the contact.

A form (@public_form) takes a POST from anybody. Without a session there is nothing that a foreign page could abuse, so
Django's token, which needs a cookie, is not asked for; what the form needs instead it brings along itself.
"""

import hashlib
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag, urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from districts.models import PublicLanguage, PublicPage
from kim.web import languages
from kim.web.decorators import public_page
from kim.web.languages import mark

REGISTRATION = "registration:form"
NAVIGATION = (  # label, URL name, slug of a page
    (mark("Start"), "public:start", ""),
    (mark("Kontakt"), "public:contact", ""),
    (mark("Anmelden"), REGISTRATION, ""),
    (mark("Was ist KIM?"), "public:page", PublicPage.Slug.ABOUT),
    (mark("Meine Daten"), "public:page", PublicPage.Slug.DATA),
)
FOOTER = (
    (mark("Barrierefreiheit"), "public:page", PublicPage.Slug.ACCESSIBILITY),
    (mark("Impressum"), "public:page", PublicPage.Slug.IMPRINT),
)


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    is_current: bool = False


def public_view(view):
    """A page for everybody, in the language of its address; a language that is switched off leads to German."""
    return public_page(require_safe(_in_its_language(view)))


def public_form(view):
    """As public_view, and takes what is filled in there."""
    return csrf_exempt(public_page(require_http_methods(["GET", "HEAD", "POST"])(_in_its_language(view))))


def _in_its_language(view):
    @wraps(view)
    def wrapped(request, language, **keys):
        with languages.speaking(language):
            request.public_languages = list(PublicLanguage.objects.offered())
            offered = {each.code for each in request.public_languages}
            if language not in offered and request.method != "POST":  # what is typed must not get lost on the way
                return redirect(_in_language(request, languages.SOURCE, {}))
            return view(request, **keys)

    return wrapped


def missing_page(request, language):
    """For an address where nothing is. The other languages lead to their start."""
    request.resolver_match = resolve(reverse("public:start", kwargs={"language": language}))
    return _missing(request, language)


@_in_its_language
def _missing(request):
    return render_page(request, "public/missing.html", status=404, is_kept=False)


def render_page(request, template, context=None, *, query=None, status=200, is_kept=True):
    """The page with its frame. `query`: what a link to another language keeps of the query string, checked before.

    Not `is_kept`: no browser may keep it, since it is not the same for everybody.
    """
    html = render_to_string(template, {**_frame(request, query or {}), **(context or {})})
    response = HttpResponse(html, status=status)
    response["Content-Language"] = languages.current().code
    if not is_kept:
        return response
    response["ETag"] = quote_etag(hashlib.sha256(html.encode()).hexdigest()[:32])
    return get_conditional_response(request, etag=response["ETag"], response=response)


def public_url(name, **keys):
    """An address in the language that is being spoken."""
    return reverse(name, kwargs={"language": languages.current().code, **keys})


def _frame(request, query):
    spoken = languages.current()
    return {
        "page_language": spoken,
        "languages": [_language_link(request, offered, query) for offered in request.public_languages],
        "navigation": [_link(request, *entry) for entry in NAVIGATION],
        "footer": [_link(request, *entry) for entry in FOOTER],
        "alternates": [
            (offered.code, settings.SITE_URL + _in_language(request, offered.code, {}))
            for offered in request.public_languages
        ],
        "canonical": settings.SITE_URL + _in_language(request, spoken.code, {}),
        "start_url": public_url("public:start"),
        "contact_url": public_url("public:contact"),
        "registration_url": public_url(REGISTRATION),
        "mail_address": settings.MAILBOX_ADDRESS,
        "is_unchecked": any(each.needs_a_reader for each in request.public_languages if each.code == spoken.code),
        "demo": settings.DEMO,
    }


def _link(request, label, name, slug):
    url = public_url(name, **({"slug": slug} if slug else {}))
    return Link(languages.said(label), url, request.path == url)


def _language_link(request, offered, query):
    return offered.spoken, _in_language(request, offered.code, query), offered.code == languages.current().code


def _in_language(request, code, query):
    """The same page in another language."""
    match = request.resolver_match
    url = reverse(match.view_name, kwargs={**match.kwargs, "language": code})
    return f"{url}?{urlencode(query)}" if query else url
