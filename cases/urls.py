"""Paths of the case work. A case appears by its number only; what belongs to a case is reached through it."""

from django.urls import path, register_converter

from cases import views
from cases.converters import CaseNumberConverter, RequestNumberConverter

register_converter(CaseNumberConverter, "case")
register_converter(RequestNumberConverter, "request")
app_name = "cases"

urlpatterns = [
    path("mein-tag/", views.today, name="today"),
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
    path("faelle/<case:number>/einwilligungen/", views.consents, name="consents"),
    path("faelle/<case:number>/einwilligungen/<int:pk>/widerrufen/", views.consent_withdraw, name="consent_withdraw"),
    path("faelle/<case:number>/entbindungen/neu/", views.release_give, name="release_give"),
    path("faelle/<case:number>/entbindungen/<uuid:pk>/widerrufen/", views.release_withdraw, name="release_withdraw"),
    path("faelle/<case:number>/erstgespraech/", views.first_interview, name="first_interview"),
    path("faelle/<case:number>/klaerung/", views.clearing, name="clearing"),
    path("faelle/<case:number>/besondere-angaben/", views.special_notes_change, name="special_notes"),
    path("faelle/<case:number>/besondere-angaben/loeschen/", views.special_notes_erase, name="special_notes_erase"),
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
    path("anfragen/", views.request_list, name="request_list"),
    path("anfragen/neu/", views.request_create, name="request_create"),
    path("anfragen/<request:number>/", views.request_detail, name="request_detail"),
    path("anfragen/<request:number>/uebernehmen/", views.request_take, name="request_take"),
    path("anfragen/<request:number>/weitergeben/", views.request_give, name="request_give"),
    path("anfragen/<request:number>/zurueckgeben/", views.request_return, name="request_return"),
    path("anfragen/<request:number>/schritt/", views.request_step, name="request_step"),
    path("anfragen/<request:number>/beenden/", views.request_end, name="request_end"),
    path("einsatz/", views.dispatch, name="dispatch"),
    path("einsatz/wer-wartet/", views.dispatch_demand, name="dispatch_demand"),
    path("einsatz/<request:number>/", views.dispatch_request, name="dispatch_request"),
    path("einsatz/<request:number>/zuweisen/", views.dispatch_assign, name="dispatch_assign"),
    path("einsatz/<request:number>/schritt/", views.dispatch_step, name="dispatch_step"),
    path("einsatz/<request:number>/beenden/", views.dispatch_cancel, name="dispatch_cancel"),
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
