"""Needs of a case by topic, assessed and assessed again; the map of the network."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.actions import needs as actions
from cases.actions.files import record_reading
from cases.forms import needs as forms
from cases.models import Consent, Need, NetworkContact
from cases.network_map import network_map
from cases.reassessment import compare
from cases.views.files import back_to_closing, visible_case
from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile

GONE = (Need.Status.MET, Need.Status.WITHDRAWN)  # not asked about again


def has_special_consent(case):
    return case.client.consents.in_force().filter(purpose=Consent.Purpose.HEALTH).exists()


@require_GET
@requires(Permission.WORK_ON_CASES)
def needs(request, number):
    case = visible_case(request, number)
    assessments = list(case.assessments.select_related("created_by"))
    found = list(case.needs.with_topic())
    if case.is_open and not assessments and not found:
        return redirect("cases:assess", number)
    context = {
        "case": case,
        "current": [need for need in found if need.status not in GONE],
        "gone": [need for need in found if need.status in GONE],
        "assessments": assessments,
        "comparison": compare(found, assessments),
        "has_special_consent": has_special_consent(case),
    }
    record_reading(case, by=request.user, what="need.read")
    return render(request, "cases/needs/list.html", context)


def needs_grid(request, case, data):
    """The form over all topics, and how each need stood the last time."""
    found = list(case.needs.with_topic().exclude(status__in=GONE))
    last = case.assessments.last()
    grid = forms.NeedsGrid(data, case=case, needs=found, last=last, has_special_consent=has_special_consent(case))
    before = {rating.need_id: rating for rating in last.ratings.all()} if last else {}
    for row in grid.rows:
        row.before = before.get(row.instance.pk)
    return grid


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def assess(request, number):
    case = visible_case(request, number)
    grid = needs_grid(request, case, request.POST or None)
    if grid.is_valid():
        try:
            save_assessment(grid, by=request.user)
            messages.success(request, _("Die Einschätzung ist gespeichert."))
            return redirect("cases:needs", number)
        except ChangedMeanwhile:
            grid.meet(needs_grid(request, case, None))
        except ValidationError as error:
            grid.head.add_error(None, error)
    return render(request, "cases/needs/assess.html", {"form": grid, "case": case})


def save_assessment(grid, *, by):
    changed = [actions.ChangedNeed(row.instance, row.opened_version) for row in grid.changed_rows()]
    actions.assess(
        grid.head.instance,
        opened_number=grid.head.cleaned_data["opened_number"],
        new=grid.new_needs(by),
        changed=changed,
        by=by,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def need_create(request, number):
    case = visible_case(request, number)
    form = forms.NeedForm(
        request.POST or None,
        instance=Need(case=case),
        initial={"form_key": uuid.uuid4()},
        has_special_consent=has_special_consent(case),
    )
    if form.is_valid():
        try:
            actions.add_need(form.instance, by=request.user)
            messages.success(request, _("Der Bedarf ist eingetragen."))
            return redirect("cases:needs", number)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/needs/create.html", {"form": form, "case": case})


def need_of(case, pk):
    need = get_object_or_404(case.needs.with_topic(), pk=pk)
    need.case = case
    return need


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def need_change(request, number, pk):
    case = visible_case(request, number)
    settings = {"has_special_consent": has_special_consent(case)}
    form = forms.NeedChangeForm(request.POST or None, instance=need_of(case, pk), **settings)
    if form.is_valid():
        fields = [name for name in form.changed_data if name in form.Meta.fields]
        try:
            actions.change_need(form.instance, opened_version=form.opened_version, fields=fields, by=request.user)
            messages.success(request, _("Gespeichert."))
            return back_to_closing(request, number) or redirect("cases:needs", number)
        except ChangedMeanwhile:
            form.meet(forms.NeedChangeForm(instance=need_of(case, pk), **settings))
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/needs/change.html", {"form": form, "case": case})


@require_POST
@requires(Permission.WORK_ON_CASES)
def need_met(request, number, pk):
    case = visible_case(request, number)
    try:
        actions.meet_need(need_of(case, pk), by=request.user)
        messages.success(request, _("Der Bedarf ist erfüllt."))
    except ChangedMeanwhile:
        messages.error(request, _("Der Bedarf wurde inzwischen geändert. Bitte ansehen und noch einmal versuchen."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return back_to_closing(request, number) or redirect("cases:needs", number)


# --- The network


@require_GET
@requires(Permission.WORK_ON_CASES)
def network(request, number):
    case = visible_case(request, number)
    contacts = list(case.network.select_related("institution"))
    record_reading(case, by=request.user, what="network.read")
    context = {"case": case, "contacts": contacts, "map": network_map(contacts) if contacts else None}
    return render(request, "cases/network/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def network_create(request, number):
    case = visible_case(request, number)
    form = forms.NetworkContactCreateForm(
        request.POST or None, instance=NetworkContact(case=case), initial={"form_key": uuid.uuid4()}
    )
    if form.is_valid():
        try:
            actions.add_contact(form.instance, by=request.user)
            return redirect("cases:network", number)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/network/create.html", {"form": form, "case": case})


def contact_of(case, pk):
    contact = get_object_or_404(case.network, pk=pk)
    contact.case = case
    return contact


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def network_change(request, number, pk):
    case = visible_case(request, number)
    form = forms.NetworkContactChangeForm(request.POST or None, instance=contact_of(case, pk))
    if form.is_valid():
        fields = [name for name in form.changed_data if name in form.Meta.fields]
        try:
            actions.change_contact(form.instance, opened_version=form.opened_version, fields=fields, by=request.user)
            return redirect("cases:network", number)
        except ChangedMeanwhile:
            form.meet(forms.NetworkContactChangeForm(instance=contact_of(case, pk)))
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/network/change.html", {"form": form, "case": case})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def network_remove(request, number, pk):
    case = visible_case(request, number)
    contact = contact_of(case, pk)
    if request.method == "POST":
        try:
            actions.remove_contact(contact, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("cases:network", number)
    return render(request, "cases/network/remove.html", {"case": case, "contact": contact})
