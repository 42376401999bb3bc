"""The directory: who else in Cologne helps."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from districts.forms import InstitutionFilter
from districts.models import Institution
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
