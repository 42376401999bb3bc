"""Linking: the referrals of a case, the way from the directory to a case and back, and what came of it."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.actions import referrals as actions
from cases.actions.files import record_reading
from cases.duplicates import find_cases
from cases.forms.files import SearchForm
from cases.forms.referrals import NewReferralForm, ReferralChangeForm, ReferralResultForm, ask_again_on
from cases.models import Case, Referral
from cases.views.files import back_to_closing, visible_case
from districts.forms import InstitutionFilter
from districts.models import Institution
from kim.permissions import Permission, may, requires
from kim.records import ChangedMeanwhile

PAGE_SIZE = 20
DIRECTORY_PAGE = 25
RECENT = 6


def referral_of(case, pk):
    return get_object_or_404(case.referrals.select_related("institution", "topic", "case__provider"), pk=pk)


def to_list(case):
    return redirect("cases:referral_list", case.number)


@require_GET
@requires(Permission.WORK_ON_CASES)
def referral_list(request, number):
    """`offer_observation`: whoever may write observations is offered one beside each referral that failed."""
    case = visible_case(request, number)
    page = Paginator(case.referrals.with_details().open_first(), PAGE_SIZE).get_page(request.GET.get("page"))
    record_reading(case, by=request.user, what="referral.read")
    context = {
        "case": case,
        "page": page,
        "quick_results": [choice for choice in Referral.Result if choice != Referral.Result.OPEN],
        "offer_observation": may(request.user, Permission.WRITE_OBSERVATIONS),
    }
    return render(request, "cases/referrals/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def referral_create(request, number):
    case = visible_case(request, number)
    if not case.is_open:
        messages.error(request, _("Der Fall ist abgeschlossen. Vermitteln lässt sich nur aus einem offenen Fall."))
        return to_list(case)
    form = NewReferralForm(request.POST or None, case=case, initial=new_referral(request, case))
    if form.is_valid():
        try:
            actions.add_referral(form.instance, case=case, by=request.user)
            messages.success(request, _("Die Vermittlung ist eingetragen."))
            return to_list(case)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/referrals/create.html", {"form": form, "case": case})


def new_referral(request, case):
    """What a fresh form already knows: the institution that a link names, and the topic of a case that has but one."""
    topics = list(case.topics.order_by().values_list("pk", flat=True)[:2]) if request.method == "GET" else []
    return {
        "topic": topics[0] if len(topics) == 1 else None,
        "institution": request.GET.get("einrichtung", ""),
        "kind": Referral.Kind.HINT,
        "made_on": timezone.localdate(),
        "ask_again_on": ask_again_on(),
        "form_key": uuid.uuid4(),
    }


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def referral_change(request, number, pk):
    case = visible_case(request, number)
    referral = referral_of(case, pk)
    form = ReferralChangeForm(request.POST or None, instance=referral, case=case)
    if form.is_valid():
        try:
            actions.change_referral(form.instance, opened_version=form.opened_version, form=form, by=request.user)
            messages.success(request, _("Die Vermittlung ist geändert."))
            return to_list(case)
        except ChangedMeanwhile:
            form.meet(ReferralChangeForm(instance=referral_of(case, pk), case=case))
    return render(request, "cases/referrals/change.html", {"form": form, "case": case, "referral": referral})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def referral_result(request, number, pk):
    """Also of a closed case while it can be read: some doors open late."""
    case = visible_case(request, number)
    referral = referral_of(case, pk)
    initial = ReferralResultForm.defaults(referral)
    if (tapped := request.GET.get("ergebnis")) in Referral.Result.values:
        initial["result"] = tapped
    form = ReferralResultForm(request.POST or None, instance=referral, initial=initial)
    if form.is_valid():
        try:
            actions.enter_result(form.instance, opened_version=form.opened_version, form=form, by=request.user)
            messages.success(request, _("Das Ergebnis ist eingetragen."))
            return back_to_closing(request, number) or to_list(case)
        except ChangedMeanwhile:
            form.meet(ReferralResultForm(instance=referral_of(case, pk)))
    return render(request, "cases/referrals/result.html", {"form": form, "case": case, "referral": referral})


@require_GET
@requires(Permission.WORK_ON_CASES)
def referral_search(request, number):
    """The directory in the name of a case: at first what serves its Stadtbezirk."""
    case = visible_case(request, number)
    chosen = request.GET or {"district": case.district_id or ""}
    found = InstitutionFilter(chosen, Institution.objects.active().with_row_data())
    page = Paginator(found.qs, DIRECTORY_PAGE).get_page(request.GET.get("page"))
    is_fragment = request.htmx and not request.htmx.history_restore_request
    template = "districts/_institution_table.html" if is_fragment else "cases/referrals/search.html"
    context = {"filter": found, "page": page, "case": case, "all_url": f"{request.path}?district="}
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def referral_choose(request, pk):
    """From the directory to a case: for whom? Names are sent by POST, so that no log ever holds them."""
    institution = get_object_or_404(Institution.objects.active(), pk=pk)
    form = SearchForm(request.POST or None)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    recent = Case.objects.visible_to(request.user).open().with_list_data().order_by("-last_contact_on", "-pk")
    context = {
        "institution": institution,
        "search": form,
        "query": query,
        "found": [case for case in find_cases(query, user=request.user) if case.is_open] if query else [],
        "recent": recent.exclude(last_contact_on=None)[:RECENT],
        "target": f"?einrichtung={institution.pk}",
    }
    template = "cases/referrals/_choices.html" if request.htmx else "cases/referrals/choose.html"
    return render(request, template, context)
