"""A measure: what became of it, and whether it helped."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile
from reports.actions import findings as actions
from reports.forms.measures import MeasureForm, VerdictForm
from reports.models import Conference, Measure
from reports.pages.effect import effect_of
from reports.pages.origin import row_of
from reports.views.findings import CHANGED


def _measure(pk: int) -> Measure:
    rows = Measure.objects.select_related("finding", "evidence__report", "decision")
    return get_object_or_404(rows.defer("evidence__report__figures"), pk=pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def measure_change(request: HttpRequest, pk: int) -> HttpResponse:
    """From the agenda of a conference it leads back there, and the minutes have it."""
    conference = row_of(Conference.objects.open(), request.GET.get("konferenz"))
    form = MeasureForm(request.POST or None, instance=_measure(pk))
    if request.method == "POST" and form.is_valid():
        try:
            note, version = form.cleaned_data["note"], form.opened_version
            actions.advance(form.instance, opened_version=version, note=note, conference=conference, by=request.user)
            messages.success(request, _("Der Stand der Maßnahme ist eingetragen."))
            return _back(form.instance, conference)
        except ChangedMeanwhile:
            form.meet(MeasureForm(instance=_measure(pk)))
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "measure": _measure(pk), "finding": form.instance.finding, "conference": conference}
    return render(request, "reports/findings/measure.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def measure_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """From the agenda of a conference it leads back there as well."""
    conference = row_of(Conference.objects.open(), request.GET.get("konferenz"))
    measure = _measure(pk)
    start = {"version": measure.version, "verdict": measure.verdict, "text": measure.verdict_text}
    form = VerdictForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        words = {name: form.cleaned_data[name] for name in ("verdict", "text")}
        try:
            version = form.cleaned_data["version"]
            actions.judge(measure, **words, opened_version=version, conference=conference, by=request.user)
            messages.success(request, _("Die Wirkung ist beurteilt."))
            return _back(measure, conference)
        except ChangedMeanwhile:
            form.add_error(None, CHANGED)
        except ValidationError as error:
            form.add_error(None, error)
    effect = effect_of(measure.evidence, measure.done_on) if measure.evidence else None
    context = {"form": form, "measure": measure, "finding": measure.finding, "effect": effect, "conference": conference}
    return render(request, "reports/findings/effect.html", context)


def _back(measure: Measure, conference: Conference | None) -> HttpResponse:
    if conference is not None:
        return redirect("reports:conference", conference.pk)
    return redirect("reports:finding", measure.finding.number)
