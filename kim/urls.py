"""Every path of the application. Who may use which is declared in tests/test_access.py."""

from django.urls import include, path

from kim.web import views
from kim.web.admin import site

urlpatterns = [
    path("", views.start, name="start"),
    path("robots.txt", views.robots, name="robots"),
    path("", include("kim.web.account_urls")),
    path("", include("cases.urls")),
    path("", include("districts.urls")),
    path("", include("reports.urls")),
    path("", include("cases.public.urls")),
    path("", include("districts.public.urls")),
    path("verwaltung/", site.urls),
]

handler404 = "districts.public.views.page_not_found"
