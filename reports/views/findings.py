"""Bedarfe: the board of the coordinating office, from what the Träger have seen to what was done about it."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile
from kim.web.form_parts import FormKeyForm, all_valid
from reports.actions import findings as actions
from reports.forms import evidence as evidence_forms
from reports.forms import findings as forms
from reports.models import Evidence, Finding
from reports.pages import findings as pages
from reports.pages.origin import Origin, origin_of

CHANGED = gettext_lazy("Inzwischen hat jemand anderes entschieden. Bitte ansehen, was gilt, und noch einmal prüfen.")

ALREADY = gettext_lazy("Diese Zahl ist im Bedarf %(number)s schon ein Beleg. Es bleibt bei dem einen.")


def _finding(number: str) -> Finding:
    return get_object_or_404(Finding, number=number)


@require_safe
@requires(Permission.WORK_ON_FINDINGS)
def board(request: HttpRequest) -> HttpResponse:
    context = pages.board(request.GET.get("stand"), request.GET.get("page"), timezone.localdate())
    return render(request, "reports/findings/board.html", context)


# --- The inbox


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def inbox(request: HttpRequest) -> HttpResponse:
    chosen = forms.InboxFilter(request.GET)
    form = forms.InboxForm(request.POST or None, initial={"target": request.GET.get("bedarf")})
    if request.method == "POST" and form.is_valid():
        try:
            return _take(request, **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("reports:finding_inbox")
    page = pages.inbox(request.GET.get("page"), chosen.chosen)
    context = {"filter": chosen, "form": form, "page": page, "ticked": set(request.POST.getlist("observation"))}
    return render(request, "reports/findings/inbox.html", context)


def _take(request, *, observation, target, decision, reason):
    if decision == "set_aside":
        actions.set_aside(observation, reason=reason, by=request.user)
        messages.success(request, _("Nicht weiterverfolgt. Wer es geschrieben hat, liest Ihren Grund."))
        return redirect("reports:finding_inbox")
    if target is None:
        return redirect(f"{reverse('reports:finding_new')}?{urlencode({'beobachtung': observation}, doseq=True)}")
    actions.bundle(target, observations=observation, by=request.user)
    messages.success(request, _("In den Bedarf aufgenommen."))
    return redirect("reports:finding", target.number)


# --- One finding


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def finding_new(request: HttpRequest) -> HttpResponse:
    origin = origin_of(request.GET)
    form = forms.FindingForm(request.POST or None, instance=Finding(), initial=origin.initial)
    key_form = FormKeyForm(request.POST or None, initial={"form_key": uuid.uuid4()})
    if request.method == "POST" and all_valid(key_form, form):
        try:
            finding = actions.open_finding(
                key_form.mark(form.instance), links=form.links, by=request.user, **origin.as_action()
            )
            messages.success(request, _("Bedarf %(number)s ist eröffnet.") % {"number": finding})
            return redirect("reports:finding", finding.number)
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "key_form": key_form, "origin": origin}
    context["target_form"] = forms.TargetForm(targets=origin.targets) if origin.targets else None
    return render(request, "reports/findings/new.html", context)


@require_POST
@requires(Permission.WORK_ON_FINDINGS)
def signal_take_up(request: HttpRequest) -> HttpResponse:
    """Into a finding that is open already."""
    origin = origin_of(request.GET)
    form = forms.TargetForm(request.POST, targets=origin.targets)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors["target"]))
        return redirect(f"{reverse('reports:finding_new')}?{request.GET.urlencode()}")
    return _take_up(request, origin, form.cleaned_data["target"])


def _take_up(request: HttpRequest, origin: Origin, target: Finding) -> HttpResponse:
    """From an agenda it leads back there."""
    origin.evidence.finding = target
    try:
        is_new = actions.take_up(origin.evidence, text=origin.note, conference=origin.conference, by=request.user)
        said = _("In den Bedarf %(number)s aufgenommen.") if is_new else ALREADY
        messages.success(request, said % {"number": target})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    if origin.conference:
        return redirect("reports:conference", origin.conference.pk)
    return redirect("reports:finding", target.number)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def finding(request: HttpRequest, number: str) -> HttpResponse:
    found = get_object_or_404(pages.with_facts(Finding.objects.all()), number=number)
    form = forms.DecisionForm(request.POST or None, finding=found)
    if request.method == "POST" and is_decided(request, form):
        return redirect("reports:finding", number)
    context = pages.finding_page(found, timezone.localdate())
    return render(request, "reports/findings/finding.html", {**context, "form": form})


def is_decided(request: HttpRequest, form: forms.DecisionForm) -> bool:
    """Whether the page may go on; what is refused stands at the form."""
    if form.is_repeated(request.user):
        return True
    if not form.is_valid():
        return False
    try:
        actions.decide(form.instance, **form.as_action(), by=request.user)
    except ChangedMeanwhile:
        form.add_error(None, CHANGED)
    except ValidationError as error:
        form.add_error(None, error)
    else:
        messages.success(request, _("Der Beschluss ist festgehalten."))
        return True
    return False


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def finding_change(request: HttpRequest, number: str) -> HttpResponse:
    form = forms.FindingChangeForm(request.POST or None, instance=_finding(number))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_finding(form.instance, links=form.links, opened_version=form.opened_version, by=request.user)
            messages.success(request, _("Gespeichert."))
            return redirect("reports:finding", number)
        except ChangedMeanwhile:
            form.meet(forms.FindingChangeForm(instance=_finding(number)))
    return render(request, "reports/findings/change.html", {"form": form, "finding": _finding(number)})


# --- Its evidence


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def evidence_add(request: HttpRequest, number: str) -> HttpResponse:
    """Two steps that need no script: a report and a table by GET, then one of its figures."""
    found = _finding(number)
    table_form = evidence_forms.TableForm(request.GET)
    form = table_form.figure_form(request.POST or None)
    if form is not None and request.method == "POST" and form.is_valid():
        actions.note_evidence(form.evidence_for(found), by=request.user)
        messages.success(request, _("Als Beleg notiert."))
        return redirect("reports:finding", number)
    context = {"finding": found, "table_form": table_form, "form": form}
    return render(request, "reports/findings/evidence.html", context)


@require_POST
@requires(Permission.WORK_ON_FINDINGS)
def evidence_remove(request: HttpRequest, pk: int) -> HttpResponse:
    evidence = get_object_or_404(Evidence.objects.select_related("finding", "report"), pk=pk)
    try:
        actions.remove_evidence(evidence, by=request.user)
        messages.success(request, _("Der Beleg ist entfernt."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("reports:finding", evidence.finding.number)
