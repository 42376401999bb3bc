from django.urls import path

from districts import views

app_name = "districts"

urlpatterns = [
    path("verzeichnis/", views.institution_list, name="institution_list"),
    path("verzeichnis/<int:pk>/", views.institution_detail, name="institution_detail"),
    path("mein-kontakt/", views.own_contact, name="own_contact"),
]
