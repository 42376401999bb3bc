"""Below the language of the page: /de/anmeldung/. Stands before the pages of the Systemverwaltung, /de/<slug>/."""

from django.urls import path

from cases.public import views
from districts.public import urls as _page_language  # noqa: F401  # registers the converter

app_name = "registration"

urlpatterns = [
    path("<page_language:language>/anmeldung/", views.registration, name="form"),
    path("<page_language:language>/anmeldung/danke/<str:receipt>/", views.thanks, name="thanks"),
]
