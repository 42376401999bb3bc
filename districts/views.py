"""The directory: who else in Cologne helps."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from districts import actions
from districts.forms import InstitutionFilter, OwnContactForm
from districts.models import CaseManager, Institution
from kim.permissions import Permission, requires

PER_PAGE = 25


@require_safe
@requires(Permission.VIEW_DIRECTORY)
def institution_list(request):
    """The page, or for htmx only the table that a changed filter replaces."""
    found = InstitutionFilter(request.GET, Institution.objects.active().with_row_data())
    page = Paginator(found.qs, PER_PAGE).get_page(request.GET.get("page"))
    is_fragment = request.htmx and not request.htmx.history_restore_request
    template = "districts/_institution_table.html" if is_fragment else "districts/institution_list.html"
    return render(request, template, {"filter": found, "page": page})


@require_safe
@requires(Permission.VIEW_DIRECTORY)
def institution_detail(request, pk):
    institution = get_object_or_404(Institution.objects.active().with_details(), pk=pk)
    return render(request, "districts/institution_detail.html", {"institution": institution})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.KEEP_OWN_CONTACT)
def own_contact(request):
    """Whether one stands on the public page, and with what."""
    case_manager = get_object_or_404(CaseManager.objects.select_related("provider"), user=request.user)
    form = OwnContactForm(request.POST or None, instance=case_manager)
    if request.method == "POST" and form.is_valid():
        actions.save_contact(case_manager, by=request.user)
        is_public = case_manager.is_published
        messages.success(
            request, _("Ihr Kontakt ist öffentlich.") if is_public else _("Ihr Kontakt ist nicht öffentlich.")
        )
        return redirect("districts:own_contact")
    status = 422 if form.is_bound else 200
    return render(request, "districts/own_contact.html", {"form": form}, status=status)
