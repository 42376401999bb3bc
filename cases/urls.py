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
    path("faelle/<case:number>/bedarfe/", views.needs, name="needs"),
    path("faelle/<case:number>/bedarfe/einschaetzen/", views.assess, name="assess"),
    path("faelle/<case:number>/bedarfe/neu/", views.need_create, name="need_create"),
    path("faelle/<case:number>/bedarfe/<uuid:pk>/", views.need_change, name="need_change"),
    path("faelle/<case:number>/bedarfe/<uuid:pk>/erfuellt/", views.need_met, name="need_met"),
    path("faelle/<case:number>/netzwerk/", views.network, name="network"),
    path("faelle/<case:number>/netzwerk/neu/", views.network_create, name="network_create"),
    path("faelle/<case:number>/netzwerk/<uuid:pk>/", views.network_change, name="network_change"),
    path("faelle/<case:number>/netzwerk/<uuid:pk>/entfernen/", views.network_remove, name="network_remove"),
    path("faelle/<case:number>/plan/", views.plan, name="plan"),
    path("faelle/<case:number>/plan/entwurf/", views.plan_draft, name="plan_draft"),
    path("faelle/<case:number>/plan/einleitung/", views.plan_intro, name="plan_intro"),
    path("faelle/<case:number>/plan/vereinbaren/", views.plan_agree, name="plan_agree"),
    path("faelle/<case:number>/plan/ueberpruefen/", views.plan_review, name="plan_review"),
    path("faelle/<case:number>/plan/verwerfen/", views.plan_discard, name="plan_discard"),
    path("faelle/<case:number>/plan/mitnehmen/", views.plan_takeaway, name="plan_takeaway"),
    path("faelle/<case:number>/plan/<uuid:pk>/", views.plan_version, name="plan_version"),
    path("faelle/<case:number>/plan/ziele/neu/", views.goal_create, name="goal_create"),
    path("faelle/<case:number>/plan/ziele/<uuid:pk>/", views.goal_change, name="goal_change"),
    path("faelle/<case:number>/plan/ziele/<uuid:pk>/entfernen/", views.goal_remove, name="goal_remove"),
    path("faelle/<case:number>/plan/ziele/<uuid:pk>/stand/", views.goal_progress, name="goal_progress"),
    path("faelle/<case:number>/plan/schritte/<uuid:pk>/erledigt/", views.step_done, name="step_done"),
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
