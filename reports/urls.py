from django.urls import path

from reports.views import conferences, district_report, findings, load, measures, own, situation

app_name = "reports"
urlpatterns = [
    path("lage/", situation.situation, name="situation"),
    path("lage/<int:number>/", situation.district, name="district"),
    path("berichte/<int:pk>/bezirk/<int:number>/", district_report.report_district, name="report_district"),
    path("einsatz/auslastung/", load.load, name="load"),
    path("meine-zahlen/", own.own_figures, name="own_figures"),
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
