from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("lage/", views.situation, name="situation"),
    path("lage/<int:number>/", views.district, name="district"),
    path("meine-zahlen/", views.own_figures, name="own_figures"),
]
