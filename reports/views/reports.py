"""Which reports there are, and having one made."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kim.permissions import Permission, may, requires
from reports.actions.reports import ask_for_report
from reports.forms.reports import ReportForm
from reports.freezing import reportable_periods
from reports.models import Report
from reports.periods import coming_periods


@require_safe
@requires(Permission.VIEW_REPORTS)
def report_list(request: HttpRequest) -> HttpResponse:
    """While one is being made the page asks every two seconds for the part that changes."""
    reports = list(Report.objects.newest_first().light().with_gap())
    context = {
        "reports": reports,
        "is_running": any(report.is_running for report in reports),
        "coming": coming_periods(timezone.localdate()),
        "may_freeze": may(request.user, Permission.FREEZE_REPORTS),
    }
    template = "reports/list/_reports.html" if request.htmx else "reports/list/page.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@requires(Permission.FREEZE_REPORTS)
def report_new(request: HttpRequest) -> HttpResponse:
    """Choose, read what it means, confirm; `version` is what was confirmed, so that a second click asks for nothing."""
    today = timezone.localdate()
    chosen = {"period": request.GET.get("zeitraum")}
    form = ReportForm(request.POST or None, periods=reportable_periods(today), today=today, initial=chosen)
    if request.method == "POST" and form.is_valid():
        if not form.cleaned_data["version"]:
            return render(request, "reports/list/confirm.html", {"form": form, "report": form.report})
        try:
            report = ask_for_report(**form.cleaned_data, today=today, by=request.user)
            messages.success(request, _("Der Bericht „%(period)s“ wird erstellt.") % {"period": report.label})
            return redirect("reports:report_list")
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "reports/list/new.html", {"form": form, "coming": coming_periods(today)})
