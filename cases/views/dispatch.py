"""Einsatz: the coordinating office sends requests to a Träger and never meets who asks.

Every row comes from listed_for(), which loads no name, no contact and no text for this role.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.actions import requests as actions
from cases.candidates import candidates_for, languages_asked, waiting_list, wish_of
from cases.dispatch import ranked
from cases.forms import dispatch as forms
from cases.models import IntakeRequest
from cases.request_counts import months_of_requests, overview_of
from cases.views.requests import CHANGED, PAGE_SIZE, step_or_explain
from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile

MOST_PROPOSALS = 8


def _row(request: HttpRequest, number: str) -> IntakeRequest:
    return get_object_or_404(IntakeRequest.objects.listed_for(request.user), number=number)


@require_safe
@requires(Permission.DISPATCH_REQUESTS)
def dispatch(request: HttpRequest) -> HttpResponse:
    rows = IntakeRequest.objects.listed_for(request.user)
    chosen = forms.QueueFilter(request.GET, queryset=rows, request=request)
    page = Paginator(chosen.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request, "cases/dispatch/queue.html", {"form": chosen.form, "page": page, "overview": overview_of(rows)}
    )


@require_safe
@requires(Permission.DISPATCH_REQUESTS)
def dispatch_demand(request: HttpRequest) -> HttpResponse:
    """Who waits for what, and which languages are asked for beside those that are spoken."""
    rows = IntakeRequest.objects.listed_for(request.user)
    context = {
        "waiting": waiting_list(rows),
        "languages": languages_asked(rows),
        "months": months_of_requests(request.user),
    }
    return render(request, "cases/dispatch/demand.html", context)


@require_safe
@requires(Permission.DISPATCH_REQUESTS)
def dispatch_request(request: HttpRequest, number: str) -> HttpResponse:
    intake = _row(request, number)
    steps = intake.steps_for(request.user)
    proposals = ranked(wish_of(intake), candidates_for(None)) if "assign" in steps else []
    context = {
        "intake": intake,
        "steps": steps,
        "proposals": proposals[:MOST_PROPOSALS],
        "form": forms.AssignForm(initial={"version": intake.version}) if "assign" in steps else None,
    }
    return render(request, "cases/dispatch/request.html", context)


@require_POST
@requires(Permission.DISPATCH_REQUESTS)
def dispatch_assign(request: HttpRequest, number: str) -> HttpResponse:
    intake = _row(request, number)
    form = forms.AssignForm(request.POST)
    if not form.is_valid():
        for error in form.errors.values():
            messages.error(request, " ".join(error))
        return redirect("cases:dispatch_request", number)
    provider, intake.version = form.cleaned_data["provider"], form.cleaned_data["version"]
    try:
        actions.assign_request(intake, provider=provider, by=request.user)
    except ChangedMeanwhile:
        messages.error(request, CHANGED)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        words = {"number": intake, "provider": provider}
        messages.success(request, _("Anfrage %(number)s liegt jetzt bei %(provider)s.") % words)
        return redirect("cases:dispatch")
    return redirect("cases:dispatch_request", number)


@require_POST
@requires(Permission.DISPATCH_REQUESTS)
def dispatch_step(request: HttpRequest, number: str) -> HttpResponse:
    intake = _row(request, number)
    form = forms.QueueStepForm(request.POST)
    back = redirect("cases:dispatch_request", number)
    if not form.is_valid():
        messages.error(request, _("Bitte einen der angebotenen Schritte wählen."))
        return back
    step, done = {
        "shelve": (actions.shelve_request, _("Die Anfrage steht auf der Warteliste.")),
        "unshelve": (actions.unshelve_request, _("Die Anfrage steht nicht mehr auf der Warteliste.")),
    }[form.cleaned_data["step"]]
    return step_or_explain(request, lambda: step(intake, by=request.user), done, back)


@require_http_methods(["GET", "POST"])
@requires(Permission.DISPATCH_REQUESTS)
def dispatch_correct(request: HttpRequest, number: str) -> HttpResponse:
    intake = _row(request, number)
    back = redirect("cases:dispatch_request", number)
    if "correct" not in intake.steps_for(request.user):
        messages.error(request, _("Die Anfrage liegt nicht mehr bei Ihnen. Berichtigen kann sie jetzt der Träger."))
        return back
    form = forms.CorrectionForm(request.POST or None, instance=intake)
    if form.is_valid():
        try:
            actions.correct_request(intake, form=form, by=request.user)
            messages.success(request, _("Gespeichert."))
            return back
        except ChangedMeanwhile:
            form.meet(forms.CorrectionForm(instance=_row(request, number)))
    return render(request, "cases/dispatch/correct.html", {"form": form, "intake": intake})


@require_http_methods(["GET", "POST"])
@requires(Permission.DISPATCH_REQUESTS)
def dispatch_cancel(request: HttpRequest, number: str) -> HttpResponse:
    intake = _row(request, number)
    form = forms.CancelForm(request.POST or None)
    if form.is_valid():
        back = redirect("cases:dispatch")
        done = _("Anfrage %(number)s ist beendet.") % {"number": intake}
        return step_or_explain(
            request, lambda: actions.cancel_request(intake, **form.cleaned_data, by=request.user), done, back
        )
    return render(request, "cases/dispatch/cancel.html", {"form": form, "intake": intake})
