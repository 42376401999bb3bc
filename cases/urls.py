"""Paths of the case work. A case appears by its number only; what belongs to a case is reached through it."""

from django.urls import path, register_converter

from cases import views
from cases.converters import CaseNumberConverter

register_converter(CaseNumberConverter, "case")
app_name = "cases"

urlpatterns = [
    path("mein-tag/", views.today, name="today"),
    path("mein-tag/<slug:section>/", views.due_list, name="due_list"),
    path("faelle/", views.case_list, name="list"),
    path("faelle/suche/", views.case_search, name="search"),
    path("faelle/liste.csv", views.case_export, name="export"),
    path("faelle/neu/", views.client_search, name="client_search"),
    path("faelle/neu/person/", views.client_create, name="client_create"),
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
    path("faelle/<case:number>/fristen/", views.document_list, name="document_list"),
    path("faelle/<case:number>/fristen/neu/", views.document_create, name="document_create"),
    path("faelle/<case:number>/fristen/<uuid:pk>/", views.document_change, name="document_change"),
    path("faelle/<case:number>/fristen/<uuid:pk>/erledigt/", views.document_complete, name="document_complete"),
    path("faelle/<case:number>/beratungen/", views.consultation_list, name="consultation_list"),
    path("faelle/<case:number>/beratungen/<uuid:pk>/", views.consultation_change, name="consultation_change"),
    path("faelle/<case:number>/beratungen/<uuid:pk>/loeschen/", views.consultation_delete, name="consultation_delete"),
    path("faelle/<case:number>/wiedervorlagen/neu/", views.follow_up_create, name="follow_up_create"),
    path(
        "faelle/<case:number>/wiedervorlagen/<uuid:pk>/erledigt/", views.follow_up_complete, name="follow_up_complete"
    ),
    path("beratungen/neu/", views.consultation_create, name="consultation_create"),
    path("beratungen/gruppe/", views.consultation_group, name="consultation_group"),
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
    path("hinweise/", views.notice_list, name="notice_list"),
    path("hinweise/gelesen/", views.notice_read_all, name="notice_read_all"),
    path("hinweise/<int:pk>/oeffnen/", views.notice_open, name="notice_open"),
    path("benachrichtigungen/", views.digest_setting, name="digest_setting"),
    path("kalender/", views.calendar_setting, name="calendar_setting"),
    path("kalender/neu/", views.calendar_renew, name="calendar_renew"),
    path("kalender/abschalten/", views.calendar_delete, name="calendar_delete"),
    path("kalender/<str:token>.ics", views.calendar_feed, name="calendar_feed"),
    path("protokoll/", views.audit_log, name="audit_log"),
]
