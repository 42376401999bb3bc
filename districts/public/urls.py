"""Below the language of the page: /de/kontakt/, /ar/kontakt/."""

from django.urls import path, register_converter

from districts.public import views
from kim.web.languages import LANGUAGES


class LanguageConverter:
    """One of our languages; the longer code first, so that de-simple is not read as de."""

    regex = "|".join(sorted(LANGUAGES, key=len, reverse=True))

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(LanguageConverter, "page_language")

app_name = "public"

urlpatterns = [
    path("<page_language:language>/", views.start, name="start"),
    path("<page_language:language>/kontakt/", views.contact, name="contact"),
    path("<page_language:language>/kontakt/<uuid:public_id>.vcf", views.contact_card, name="vcard"),
    path("<page_language:language>/datenschutz/<slug:code>/", views.notice, name="notice"),
    path("<page_language:language>/<slug:slug>/", views.page, name="page"),
]
