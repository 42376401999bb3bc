"""Paths of the case work. A case appears by its number only; what belongs to a case is reached through it."""

from django.urls import path, register_converter

from cases import views
from cases.converters import CaseNumberConverter

register_converter(CaseNumberConverter, "case")
app_name = "cases"

urlpatterns = [
    path("mein-tag/", views.today, name="today"),
    path("faelle/", views.case_list, name="list"),
    path("faelle/suche/", views.case_search, name="search"),
    path("faelle/liste.csv", views.case_export, name="export"),
    path("faelle/neu/", views.client_search, name="client_search"),
    path("faelle/neu/person/", views.client_create, name="client_create"),
    path("faelle/liste-einlesen/", views.list_import_start, name="list_import_start"),
    path("faelle/liste-einlesen/vorlage.csv", views.list_import_template, name="list_import_template"),
    path("faelle/liste-einlesen/zeile/<uuid:pk>/", views.list_import_row, name="list_import_row"),
    path("faelle/liste-einlesen/<uuid:pk>/", views.list_import, name="list_import"),
    path("faelle/liste-einlesen/<uuid:pk>/spalten/", views.list_import_columns, name="list_import_columns"),
    path("faelle/liste-einlesen/<uuid:pk>/kopfzeile/", views.list_import_header, name="list_import_header"),
    path("faelle/liste-einlesen/<uuid:pk>/pruefen/", views.list_import_check, name="list_import_check"),
    path("faelle/liste-einlesen/<uuid:pk>/entscheiden/", views.list_import_decide, name="list_import_decide"),
    path("faelle/liste-einlesen/<uuid:pk>/einlesen/", views.list_import_finish, name="list_import_finish"),
    path("faelle/liste-einlesen/<uuid:pk>/rueckgaengig/", views.list_import_undo, name="list_import_undo"),
    path("faelle/liste-einlesen/<uuid:pk>/verwerfen/", views.list_import_discard, name="list_import_discard"),
    path("faelle/<case:number>/", views.case_detail, name="detail"),
    path("faelle/<case:number>/drucken/", views.case_print, name="print"),
    path("faelle/<case:number>/gelesen/", views.case_readers, name="readers"),
    path("faelle/<case:number>/person/", views.client_change, name="client_change"),
    path("faelle/<case:number>/neu/", views.case_create, name="create"),
    path("faelle/<case:number>/bearbeiten/", views.case_change, name="change"),
    path("faelle/<case:number>/phase/", views.case_phase, name="phase"),
    path("faelle/<case:number>/ruhen/", views.case_pause, name="pause"),
    path("faelle/<case:number>/fortsetzen/", views.case_resume, name="resume"),
    path("faelle/<case:number>/abschliessen/", views.case_close, name="close"),
    path("faelle/<case:number>/wiederaufnahme/", views.case_request_reopening, name="request_reopening"),
    path("faelle/<case:number>/einwilligung/", views.consent_give, name="consent_give"),
    path("faelle/<case:number>/einwilligung/<int:pk>/widerrufen/", views.consent_withdraw, name="consent_withdraw"),
    path("faelle/<case:number>/beratungen/", views.consultation_list, name="consultation_list"),
    path("faelle/<case:number>/beratungen/<uuid:pk>/", views.consultation_change, name="consultation_change"),
    path("faelle/<case:number>/beratungen/<uuid:pk>/loeschen/", views.consultation_delete, name="consultation_delete"),
    path("faelle/<case:number>/wiedervorlagen/neu/", views.follow_up_create, name="follow_up_create"),
    path(
        "faelle/<case:number>/wiedervorlagen/<uuid:pk>/erledigt/", views.follow_up_complete, name="follow_up_complete"
    ),
    path("beratungen/neu/", views.consultation_create, name="consultation_create"),
    path("beratungen/ohne-fall/", views.consultation_without_case, name="consultation_without_case"),
    path("entwuerfe/sichern/", views.draft_save, name="draft_save"),
    path("entwuerfe/<uuid:pk>/verwerfen/", views.draft_discard, name="draft_discard"),
    path("sitzung/", views.session_state, name="session_state"),
    path("team/", views.team, name="team"),
    path("team/faelle/", views.team_cases, name="team_cases"),
    path("team/faelle/uebergeben/", views.team_reassign, name="team_reassign"),
    path("team/wiederaufnahme/<case:number>/", views.team_reopening, name="team_reopening"),
    path("team/zugang/<int:pk>/bestaetigen/", views.team_confirm_role, name="team_confirm_role"),
    path("vertretungen/", views.substitution_list, name="substitution_list"),
    path("vertretungen/neu/", views.substitution_create, name="substitution_create"),
    path("vertretungen/<int:pk>/beenden/", views.substitution_end, name="substitution_end"),
    path("protokoll/", views.audit_log, name="audit_log"),
]
