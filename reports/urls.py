from django.urls import path

from reports.views import conferences, findings, links, measures, own, report, reports, situation

app_name = "reports"
urlpatterns = [
    path("lage/", situation.situation, name="situation"),
    path("lage/<int:number>/", situation.district, name="district"),
    path("meine-zahlen/", own.own_figures, name="own_figures"),
    path("berichte/", reports.report_list, name="report_list"),
    path("berichte/neu/", reports.report_new, name="report_new"),
    path("berichte/<int:pk>/", report.report, name="report"),
    path("berichte/<int:pk>/bericht.pdf", report.report_pdf, name="report_pdf"),
    path("berichte/<int:pk>/bericht.xlsx", report.report_xlsx, name="report_xlsx"),
    path("berichte/<int:pk>/<slug:table>.csv", report.report_csv, name="report_csv"),
    path("berichte/<int:pk>/link/", links.link_create, name="link_create"),
    path("berichte/<int:pk>/link/<int:link>/zurueckziehen/", links.link_revoke, name="link_revoke"),
    path("b/<str:token>/", links.shared, name="shared"),
    path("b/<str:token>/bericht.pdf", links.shared_pdf, name="shared_pdf"),
    path("b/<str:token>/bericht.xlsx", links.shared_xlsx, name="shared_xlsx"),
    path("b/<str:token>/<slug:table>.csv", links.shared_csv, name="shared_csv"),
    path("bedarfe/", findings.board, name="findings"),
    path("bedarfe/eingang/", findings.inbox, name="finding_inbox"),
    path("bedarfe/neu/", findings.finding_new, name="finding_new"),
    path("bedarfe/massnahmen/<int:pk>/", measures.measure_change, name="measure_change"),
    path("bedarfe/massnahmen/<int:pk>/wirkung/", measures.measure_effect, name="measure_effect"),
    path("bedarfe/belege/<int:pk>/entfernen/", findings.evidence_remove, name="evidence_remove"),
    path("bedarfe/konferenzen/", conferences.conference_list, name="conferences"),
    path("bedarfe/konferenzen/neu/", conferences.conference_new, name="conference_new"),
    path("bedarfe/konferenzen/<int:pk>/", conferences.conference, name="conference"),
    path("bedarfe/konferenzen/<int:pk>/abschliessen/", conferences.conference_close, name="conference_close"),
    path("bedarfe/<slug:number>/", findings.finding, name="finding"),
    path("bedarfe/<slug:number>/aendern/", findings.finding_change, name="finding_change"),
    path("bedarfe/<slug:number>/beleg/", findings.evidence_add, name="evidence_add"),
]
