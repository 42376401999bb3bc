from django.urls import path

from reports.views import load, own, situation

app_name = "reports"
urlpatterns = [
    path("lage/", situation.situation, name="situation"),
    path("lage/<int:number>/", situation.district, name="district"),
    path("einsatz/auslastung/", load.load, name="load"),
    path("meine-zahlen/", own.own_figures, name="own_figures"),
]
