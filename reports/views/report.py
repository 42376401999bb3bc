"""A report on screen and as files, for whoever may see reports."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from kim.permissions import Permission, may, requires
from kim.web.pdf import PdfUnavailable
from reports.actions import sharing as actions
from reports.exports.files import csv_answer, pdf_answer, xlsx_answer
from reports.models import Report
from reports.pages.report import body, edition_of


def frozen_report(pk: int) -> Report:
    return get_object_or_404(Report.objects.frozen().light(), pk=pk)


@require_safe
@requires(Permission.VIEW_REPORTS)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    found = frozen_report(pk)
    links = found.links.select_related("created_by") if may(request.user, Permission.FREEZE_REPORTS) else None
    context = {"report": found, "body": body(edition_of(found), district_pages="bezirk/"), "links": links}
    return render(request, "reports/report.html", context)


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_csv(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    found = frozen_report(pk)
    answer = csv_answer(edition_of(found), table)
    if answer is None:
        raise Http404
    actions.note_export(found, what=f"{table}.csv", by=request.user)
    return answer


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    found = frozen_report(pk)
    answer = xlsx_answer(edition_of(found))
    actions.note_export(found, what="xlsx", by=request.user)
    return answer


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    found = frozen_report(pk)
    try:
        answer = pdf_answer(edition_of(found))
    except PdfUnavailable:
        messages.error(
            request, _("PDF lässt sich auf diesem Rechner nicht erstellen. Bitte die Systemverwaltung fragen.")
        )
        return redirect("reports:report", pk=pk)
    actions.note_export(found, what="pdf", by=request.user)
    return answer
