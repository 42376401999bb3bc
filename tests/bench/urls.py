"""The application and one more page: the floor, which only logs in and renders one template."""

from django.shortcuts import render
from django.urls import include, path


def floor(request):
    return render(request, "base.html")


urlpatterns = [path("boden/", floor, name="floor"), path("", include("kim.urls"))]
