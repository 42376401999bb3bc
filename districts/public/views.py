"""The pages anybody can read: the start, whom to turn to, what KIM is, what happens with one's data."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views import defaults

from districts.models import CaseManager, Provider, PublicPage
from districts.public.contacts import ContactSearch, contact_of, services
from districts.public.frame import missing_page, public_view, render_page
from districts.public.plain_text import blocks
from districts.public.vcard import vcard
from kim.web import languages
from kim.web.languages import say


@public_view
def start(request):
    return render_page(request, "public/start.html")


@public_view
def contact(request):
    found = ContactSearch(request.GET)
    context = {"found": found, "services": services()}
    return render_page(request, "public/contact.html", context, query=found.query)


@public_view
def contact_card(request, public_id):
    """The vCard of somebody who is named on the page right now; its address tells nothing and cannot be guessed."""
    people = CaseManager.objects.listed().for_public_page()
    card = vcard(contact_of(get_object_or_404(people, public_id=public_id)), hours_label=say("Sprechzeiten"))
    headers = {"Content-Disposition": 'attachment; filename="kontakt.vcf"', "X-Robots-Tag": "noindex, nofollow"}
    return HttpResponse(card, content_type="text/vcard; charset=utf-8", headers=headers)


@public_view
def page(request, slug):
    found = PublicPage.objects.best(slug, languages.current().code)
    if found is None:
        raise Http404
    context = {"page": found, "title": found.title, **_text(found.text, found.language_id)}
    if slug == PublicPage.Slug.IMPRINT and found.language_id != languages.SOURCE:
        context["original"] = _original(slug)
    if slug == PublicPage.Slug.DATA:
        context["providers"] = Provider.objects.with_notice()
    return render_page(request, "public/page.html", context)


def _original(slug):
    """The German text, which alone names address and telephone."""
    german = PublicPage.objects.best(slug, languages.SOURCE)
    return german and _text(german.text, german.language_id)


@public_view
def notice(request, code):
    """What a Träger does with the data of the people it counsels, in its own words."""
    provider = get_object_or_404(Provider.objects.with_notice(), code=code)
    found = provider.privacy_notices.in_force().best(languages.current().code)
    title = say("Datenschutz: %(provider)s", provider=provider.name)
    context = {"notice": found, "title": title, **_text(found.text, found.language_id)}
    return render_page(request, "public/notice.html", context)


def _text(text, code):
    return {"blocks": blocks(text), "spoken": languages.LANGUAGES[code]}


def page_not_found(request, exception):
    """Below a language it is a public page, too: in that language, light, without a cookie (kim.urls.handler404)."""
    language = request.path.split("/")[1]
    if language in languages.LANGUAGES:
        return missing_page(request, language)
    return defaults.page_not_found(request, exception)
