"""Reports on the directory: anybody writes one, its keepers answer, and the writer sees what became of it."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.actions import directory as actions
from cases.forms.directory import DirectoryAnswerForm, DirectoryReportForm
from districts.models import DirectoryReport, Institution
from kim.permissions import Permission, may, requires

PAGE_SIZE = 20


@require_GET
@requires(Permission.VIEW_DIRECTORY)
def directory_reports(request):
    reports = DirectoryReport.objects.visible_to(request.user).with_details().open_first()
    page = Paginator(reports, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "may_keep": may(request.user, Permission.KEEP_DIRECTORY)}
    return render(request, "cases/directory/reports.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_DIRECTORY)
def directory_report(request, pk):
    institution = get_object_or_404(Institution.objects.active(), pk=pk)
    return report_form(request, institution)


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_DIRECTORY)
def directory_propose(request):
    """A report without an institution proposes a new one."""
    return report_form(request, None)


def report_form(request, institution):
    report = DirectoryReport(institution=institution)
    form = DirectoryReportForm(request.POST or None, instance=report, initial={"form_key": uuid.uuid4()})
    if form.is_valid():
        try:
            actions.report_change(form.instance, by=request.user)
            messages.success(request, _("Danke. Ihre Meldung ist angekommen; hier sehen Sie, was daraus wird."))
            return redirect("cases:directory_reports")
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/directory/report.html", {"form": form, "institution": institution})


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DIRECTORY)
def directory_answer(request, pk):
    reports = DirectoryReport.objects.visible_to(request.user).select_related("institution", "provider", "reported_by")
    report = get_object_or_404(reports, pk=pk)
    form = DirectoryAnswerForm(request.POST or None)
    if form.is_valid():
        try:
            actions.answer_report(report, **form.cleaned_data, by=request.user)
            messages.success(request, _("Die Meldung ist beantwortet."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("cases:directory_reports")
    return render(request, "cases/directory/answer.html", {"form": form, "report": report})
