from django.urls import path

from districts import views

app_name = "districts"

urlpatterns = [
    path("verzeichnis/", views.institution_list, name="institution_list"),
    path("verzeichnis/neu/", views.institution_create, name="institution_create"),
    path("verzeichnis/<int:pk>/", views.institution_detail, name="institution_detail"),
    path("verzeichnis/<int:pk>/stimmt/", views.institution_confirm, name="institution_confirm"),
    path("verzeichnis/<int:pk>/auffrischen/", views.institution_change, name="institution_change"),
    path("mein-kontakt/", views.own_contact, name="own_contact"),
]
