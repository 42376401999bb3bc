"""Links to a report: made and withdrawn by the office, opened by whoever holds one."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from kim.permissions import Permission, requires
from kim.web.decorators import recently_authenticated
from kim.web.limits import is_called_too_often, later
from kim.web.pdf import PdfUnavailable
from reports.actions import sharing as actions
from reports.exports.files import csv_answer, pdf_answer, xlsx_answer
from reports.forms.sharing import ReportLinkForm
from reports.models import ReportLink
from reports.pages.report import body, edition_of
from reports.views.report import frozen_report

MOST_CALLS = 600  # of one link in an hour: a council reads together


@require_http_methods(["GET", "POST"])
@requires(Permission.FREEZE_REPORTS)
@recently_authenticated()
def link_create(request, pk):
    """The address is on this answer only: whoever opens the page later cannot read it."""
    report = frozen_report(pk)
    form = ReportLinkForm(request.POST or None, report=report)
    context = {"report": report, "form": form}
    if form.is_valid():
        try:
            token = actions.share_report(report, **form.cleaned_data, by=request.user)
            context["address"] = settings.SITE_URL.rstrip("/") + reverse("reports:shared", args=[token])
        except ValidationError as error:
            form.add_error("label", error)
    return render(request, "reports/link_form.html", context)


@require_POST
@requires(Permission.FREEZE_REPORTS)
def link_revoke(request, pk, link):
    found = get_object_or_404(ReportLink.objects.select_related("report"), pk=link, report=frozen_report(pk))
    try:
        actions.revoke_link(found, by=request.user)
        messages.success(request, _("Der Link öffnet nichts mehr."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("reports:report", pk=pk)


# --- For whoever holds the address: no login, no session, no cookie


def opened(view):
    """Finds the report of the link. Every address that opens nothing is answered alike."""

    @login_not_required
    def wrapped(request, token, **keys):
        link = ReportLink.objects.known_by(token).select_related("report").defer("report__figures").first()
        if link is None:
            raise Http404
        if is_called_too_often(f"report_link:{link.pk}", MOST_CALLS):
            return later()
        with translation.override("en" if request.GET.get("sprache") == "en" else "de"):
            return view(request, link.report, **keys)

    return wrapped


@opened
@require_safe
def shared(request, report):
    """Rendered without the request, so that nothing of whoever reads it gets into the page."""
    edition = edition_of(report)
    context = {"report": report, "body": body(edition), "demo": settings.DEMO, "language": edition.language}
    return HttpResponse(render_to_string("reports/shared.html", context))


@opened
@require_GET
def shared_csv(request, report, table):
    answer = csv_answer(edition_of(report), table)
    if answer is None:
        raise Http404
    return answer


@opened
@require_GET
def shared_xlsx(request, report):
    return xlsx_answer(edition_of(report))


@opened
@require_GET
def shared_pdf(request, report):
    try:
        return pdf_answer(edition_of(report))
    except PdfUnavailable:
        return HttpResponse(status=503)
