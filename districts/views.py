"""The directory: who else in Cologne helps, and keeping that up to date."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from districts import actions
from districts.forms import (
    InstitutionFilter,
    InstitutionForm,
    InstitutionFormKeyForm,
    InstitutionUpkeepForm,
    OwnContactForm,
)
from districts.models import CaseManager, Institution
from kim.permissions import Permission, may, requires

PER_PAGE = 25


@require_safe
@requires(Permission.VIEW_DIRECTORY)
def institution_list(request):
    """The page, or for htmx only the table that a changed filter replaces."""
    found = InstitutionFilter(request.GET, Institution.objects.active().with_row_data())
    page = Paginator(found.qs, PER_PAGE).get_page(request.GET.get("page"))
    is_fragment = request.htmx and not request.htmx.history_restore_request
    template = "districts/_institution_table.html" if is_fragment else "districts/institution_list.html"
    context = {"filter": found, "page": page, "all_url": reverse("districts:institution_list")}
    return render(request, template, context | {"may_keep": may(request.user, Permission.KEEP_DIRECTORY)})


@require_safe
@requires(Permission.VIEW_DIRECTORY)
def institution_detail(request, pk):
    institution = get_object_or_404(Institution.objects.active().with_details(), pk=pk)
    context = {
        "institution": institution,
        "open_reports": institution.reports.open().count(),
        "may_keep": may(request.user, Permission.KEEP_DIRECTORY),
        "may_refer": may(request.user, Permission.WORK_ON_CASES),
    }
    return render(request, "districts/institution_detail.html", context)


@require_POST
@requires(Permission.KEEP_DIRECTORY)
def institution_confirm(request, pk):
    institution = get_object_or_404(Institution.objects.active(), pk=pk)
    actions.confirm_institution(institution, by=request.user)
    messages.success(request, _("Danke. Der Eintrag gilt als heute geprüft."))
    return redirect("districts:institution_detail", pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DIRECTORY)
def institution_change(request, pk):
    institution = get_object_or_404(Institution.objects.active(), pk=pk)
    form = InstitutionUpkeepForm(request.POST or None, instance=institution)
    if form.is_valid():
        if actions.update_institution(form.instance, opened_version=form.opened_version, form=form, by=request.user):
            messages.success(request, _("Gespeichert. Der Eintrag gilt als heute geprüft."))
            return redirect("districts:institution_detail", pk)
        form.meet(InstitutionUpkeepForm(instance=Institution.objects.get(pk=pk)))
    return render(request, "districts/institution_change.html", {"form": form, "institution": institution})


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DIRECTORY)
def institution_create(request):
    key_form = InstitutionFormKeyForm(request.POST or None, initial={"form_key": uuid.uuid4()})
    if key_form.is_valid() and (first := Institution.objects.filter(**key_form.cleaned_data).first()):
        return redirect("districts:institution_detail", first.pk)
    form = InstitutionForm(request.POST or None)
    if all([key_form.is_valid(), form.is_valid()]):
        form.instance.form_key = key_form.cleaned_data["form_key"]
        sets = {name: form.cleaned_data[name] for name in ("topics", "languages")}
        institution = actions.add_institution(form.instance, by=request.user, **sets)
        messages.success(request, _("Die Einrichtung steht jetzt im Verzeichnis."))
        return redirect("districts:institution_detail", institution.pk)
    return render(request, "districts/institution_create.html", {"form": form, "key_form": key_form})


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
