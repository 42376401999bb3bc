"""What cases show about the system: written by the case manager, released by the lead."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from cases.actions import observations as actions
from cases.forms.observations import ObservationChangeForm, ObservationDecisionForm, ObservationForm
from cases.models import Observation
from cases.models.base import ChangedMeanwhile
from cases.person_hints import person_hints
from cases.views.consultations import parsed_uuid
from cases.views.files import visible_case
from kim.permissions import Permission, requires
from kim.web.form_parts import FormKeyForm, all_valid

PAGE = 20
WATCHED = ("text", "observation-text", "summary")  # the fields in which a text must name nobody


def _proposes(request):
    return request.POST.get("send") == "propose"


def own_observation(request, pk):
    rows = Observation.objects.visible_to(request.user).filter(created_by=request.user)
    return get_object_or_404(rows.select_related("case__client", "topic", "institution", "provider"), pk=pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.WRITE_OBSERVATIONS)
def observation_create(request, number):
    case = visible_case(request, number)
    data = request.POST or None
    observation = Observation()
    observation.is_about(case)
    settings = {"client": case.client, "propose": _proposes(request), "initial": _shown_by(case, request)}
    form = ObservationForm(data, instance=observation, **settings)
    form.watch(reverse("cases:person_hints", args=[number]))
    key_form = FormKeyForm(data, initial={"form_key": uuid.uuid4()})
    if request.method == "POST" and all_valid(key_form, form):
        try:
            written = key_form.mark(form.instance)
            actions.write_observation(written, propose=form.propose, by=request.user)
            messages.success(request, _told(form.propose))
            return redirect("cases:detail", number)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/observations/create.html", {"form": form, "key_form": key_form, "case": case})


def _shown_by(case, request):
    """What the failed referral a link names has already said; the words are still to be found."""
    key = parsed_uuid(request.GET.get("vermittlung", ""))
    failed = case.referrals.failed().filter(pk=key).first() if key else None
    return {name: getattr(failed, name) for name in ("topic", "barrier", "institution")} if failed else {}


def _told(proposed):
    if proposed:
        return _("Die Beobachtung liegt jetzt bei der Teamleitung.")
    return _("Als Entwurf gesichert. Niemand sonst sieht ihn.")


@require_POST
@requires(Permission.WRITE_OBSERVATIONS)
def person_hints_of(request, number):
    """What in a text that is being typed may name somebody; nothing is kept."""
    case = visible_case(request, number)
    text = next((request.POST[name] for name in WATCHED if name in request.POST), "")
    return render(request, "cases/observations/_hints.html", {"hints": person_hints(text[:5000], case.client)})


@require_GET
@requires(Permission.WRITE_OBSERVATIONS)
def observation_list(request):
    rows = Observation.objects.visible_to(request.user).select_related("topic", "institution")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "cases/observations/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Permission.WRITE_OBSERVATIONS)
def observation_change(request, pk):
    observation = own_observation(request, pk)
    client = observation.case.client if observation.case else None
    form = ObservationChangeForm(request.POST or None, instance=observation, client=client, propose=_proposes(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_observation(
                form.instance, opened_version=form.opened_version, propose=form.propose, by=request.user
            )
            messages.success(request, _told(form.propose))
            return redirect("cases:observation_list")
        except ChangedMeanwhile:
            form.meet(ObservationChangeForm(instance=own_observation(request, pk)))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("cases:observation_change", pk)
    return render(request, "cases/observations/change.html", {"form": form, "observation": observation})


def _do(request, change, done):
    try:
        change()
        messages.success(request, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("cases:observation_list")


@require_POST
@requires(Permission.WRITE_OBSERVATIONS)
def observation_take_back(request, pk):
    observation = own_observation(request, pk)
    return _do(request, lambda: actions.take_back(observation, by=request.user), _("Wieder ein Entwurf."))


@require_POST
@requires(Permission.WRITE_OBSERVATIONS)
def observation_discard(request, pk):
    observation = own_observation(request, pk)
    return _do(request, lambda: actions.discard(observation, by=request.user), _("Der Entwurf ist gelöscht."))


# --- The lead


def _proposed(user):
    return Observation.objects.visible_to(user).select_related(
        "case__client", "topic", "institution", "district", "created_by", "provider"
    )


def _team_page(request, wrong=None):
    """The proposed ones, oldest first, without number and name of the case; `wrong` is a refused decision."""
    page = Paginator(_proposed(request.user).order_by("created_at", "pk"), PAGE).get_page(request.GET.get("page"))
    rows = []
    for row in page.object_list:
        is_wrong = wrong is not None and wrong[0] == row.pk
        form = wrong[1] if is_wrong else ObservationDecisionForm(auto_id=f"{row.pk}_%s")
        rows.append({"row": row, "form": form, "hints": person_hints(row.text, row.case.client if row.case else None)})
    released = Observation.objects.listed_for(request.user).select_related("topic")[:PAGE]
    return render(request, "cases/observations/team.html", {"page": page, "rows": rows, "released": released})


@require_safe
@requires(Permission.LEAD_TEAM)
def team_observations(request):
    return _team_page(request)


@require_POST
@requires(Permission.LEAD_TEAM)
def team_observation(request, pk):
    observation = get_object_or_404(_proposed(request.user), pk=pk)
    form = ObservationDecisionForm(request.POST, auto_id=f"{pk}_%s")
    if not form.is_valid():
        return _team_page(request, wrong=(pk, form))
    decision, version = form.cleaned_data["decision"], form.cleaned_data["version"]
    try:
        if decision == "release":
            actions.release(observation, opened_version=version, by=request.user)
            messages.success(request, _("Freigegeben. Die Stadt liest Thema, Ort, Hürde und Text, sonst nichts."))
        else:
            reason = form.cleaned_data["reason"]
            actions.return_to_writer(observation, reason=reason, opened_version=version, by=request.user)
            messages.success(request, _("Mit Ihrem Grund zurückgegeben."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("cases:team_observations")
