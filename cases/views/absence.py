"""The deputy's list, and what a lead does when somebody leaves."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from cases.absence import absence_list, deputised
from cases.actions import team as actions
from cases.workload import staff_of
from kim.permissions import Permission, requires
from kim.web.decorators import recently_authenticated


@require_GET
@requires(Permission.WORK_ON_CASES)
def substitution_worklist(request, pk):
    """Only for the deputy, and only as long as the substitution lasts."""
    substitution = get_object_or_404(deputised(request.user), pk=pk)
    today = timezone.localdate()
    context = {"substitution": substitution, "today": today} | absence_list(substitution, request.user, today)
    return render(request, "cases/absence/list.html", context)


@require_safe
@requires(Permission.LEAD_TEAM)
def team_accounts(request):
    return render(request, "cases/absence/accounts.html", {"staff": staff_of(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LEAD_TEAM)
@recently_authenticated()
def team_account_close(request, pk):
    user = get_object_or_404(staff_of(request.user), pk=pk)
    refusal = ""
    if request.method == "POST":
        try:
            actions.close_account(user, by=request.user)
            messages.success(request, _("Der Zugang von %(name)s ist geschlossen.") % {"name": user})
            return redirect("cases:team_accounts")
        except ValidationError as error:
            refusal = error.messages[0]
    return render(request, "cases/absence/account_close.html", {"account": user, "refusal": refusal})
