"""Giving a case away and taking one over. Before somebody accepts, no page says whose case it is."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from cases.actions import files
from cases.actions import handovers as actions
from cases.closing import open_items
from cases.forms.handovers import AnswerForm, ArrivalForm, ExternalHandoverForm, HandoverForm
from cases.models import Handover
from cases.views.files import LAST_CONSULTATIONS, change_or_explain, own_case, visible_case
from districts.models import Topic
from kim.permissions import Permission, requires
from kim.web.form_parts import FormKeyForm, all_valid


def _visible(request):
    return Handover.objects.visible_to(request.user).select_related(
        "case__client", "case__track", "case__district", "case__provider", "provider", "to_provider",
        "from_case_manager__user", "to_case_manager__user",
    )  # fmt: skip


# --- Giving


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def handover_create(request, number):
    return _propose(request, number, HandoverForm, "cases/handovers/create.html")


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def handover_create_external(request, number):
    return _propose(request, number, ExternalHandoverForm, "cases/handovers/create_external.html")


def _propose(request, number, form_class, template):
    case = own_case(request, number)
    form = form_class(request.POST or None, case=case, user=request.user)
    form.watch(reverse("cases:person_hints", args=[number]))
    key_form = FormKeyForm(request.POST or None, initial={"form_key": uuid.uuid4()})
    if request.method == "POST" and all_valid(key_form, form):
        try:
            actions.propose_handover(key_form.mark(form.instance), by=request.user)
            messages.success(request, _("Die Übergabe ist vorgeschlagen. Bis zur Annahme bleibt der Fall bei Ihnen."))
            return redirect("cases:handover_list", number)
        except ValidationError as error:
            form.add_error(None, error)
    obstacle = _obstacle(case, form_class)
    context = {"form": form, "key_form": key_form, "case": case, "obstacle": obstacle}
    context["lacks_consent"] = obstacle == actions.NO_CONSENT
    return render(request, template, context)


def _obstacle(case, form_class):
    """Why this case cannot be given away now, as a sentence instead of a form."""
    if not case.is_open:
        return _("Der Fall ist abgeschlossen.")
    if case.handovers.open().exists():
        return _("Für diesen Fall läuft schon eine Übergabe.")
    if form_class is ExternalHandoverForm:
        return actions.why_not_leave(case)
    return ""


@require_GET
@requires(Permission.WORK_ON_CASES)
def handover_list(request, number):
    """How the case came here and where it goes: what another Träger gave along, hand-overs, reopenings."""
    case = visible_case(request, number)
    context = {
        "case": case,
        "note": getattr(case, "transfer_note", None),
        "handovers": case.handovers.with_row_data(),
        "reopenings": case.reopenings.select_related("reopened_by"),
        "is_own": case.case_manager.user_id == request.user.pk,
    }
    files.record_reading(case, by=request.user)
    return render(request, "cases/handovers/list.html", context)


@require_GET
@requires(Permission.WORK_ON_CASES)
def handover_summary(request, number):
    """One sheet of paper for whoever goes on with the case."""
    case = visible_case(request, number)
    consultations = case.consultations.readable_by(request.user).with_details()
    context = {
        "case": case,
        "client": case.client,
        "languages": [name for _code, name in case.client.languages.named()],
        "topics": [name for _pk, name in case.topics.named()],
        "consents": case.client.consents.in_force(),
        "consultations": consultations[:LAST_CONSULTATIONS],
        "open_items": open_items(case),
        "printed_at": timezone.localtime(),
    }
    files.record_reading(case, by=request.user, what="case.printed")
    return render(request, "cases/handovers/summary.html", context)


@require_POST
@requires(Permission.WORK_ON_CASES)
def handover_withdraw(request, number, pk):
    case = own_case(request, number)
    handover = get_object_or_404(_visible(request), pk=pk, case=case)
    return change_or_explain(
        request,
        case,
        lambda: actions.withdraw_handover(handover, by=request.user),
        _("Die Übergabe ist zurückgezogen."),
    )


# --- Answering


@require_GET
@requires(Permission.WORK_ON_CASES)
def handover_inbox(request):
    context = {
        "offered_to": Handover.objects.visible_to(request.user).offered_to(request.user).with_row_data(),
        "offered_by": Handover.objects.visible_to(request.user).offered_by(request.user).with_row_data(),
    }
    return render(request, "cases/handovers/inbox.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def handover_answer(request, pk):
    """The receiving colleague reads phase, language, place and the words of the giver; the file only afterwards."""
    handover = get_object_or_404(_visible(request).internal().filter(to_case_manager__user=request.user), pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _answer(request, handover, form)
    if not handover.is_open:
        return redirect("cases:handover_list", handover.case.number)
    context = {"handover": handover, "form": form, "languages": _languages(handover)}
    return render(request, "cases/handovers/answer.html", context)


def _languages(handover):
    return [name for _code, name in handover.case.client.languages.named()]


def _answer(request, handover, form):
    number = handover.case.number
    try:
        if form.accepts:
            actions.accept_handover(handover, by=request.user)
            messages.success(request, _("Der Fall liegt jetzt bei Ihnen."))
            return redirect("cases:detail", number)
        actions.decline_handover(handover, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("Sie haben abgelehnt. Der Grund steht bei der Übergabe."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("cases:handover_inbox")


# --- The leads


@require_safe
@requires(Permission.LEAD_TEAM)
def team_handovers(request):
    rows = Handover.objects.visible_to(request.user).with_row_data()
    context = {
        "to_release": rows.to_release(request.user),
        "arriving": rows.arriving_for(request.user).prefetch_related(
            Prefetch("case__topics", Topic.objects.without_health()), "case__client__languages"
        ),
        "released": rows.released_by_team_of(request.user),
    }
    return render(request, "cases/handovers/team.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.LEAD_TEAM)
def team_handover(request, pk):
    """One page, two leads: the own one releases, the other one accepts and says who takes over."""
    handover = get_object_or_404(_visible(request), pk=pk)
    arrives = Handover.objects.visible_to(request.user).arriving_for(request.user).filter(pk=pk).exists()
    data = request.POST or None
    form = ArrivalForm(data, user=request.user) if arrives else AnswerForm(data)
    is_sound = request.method == "POST" and form.is_valid()
    if is_sound and (answer := _lead_answer(request, handover, form, arrives=arrives)):
        return answer
    context = {"handover": handover, "form": form, "arrives": arrives}
    if arrives:
        topics = [name for _pk, name in handover.case.topics.without_health().named()]
        context |= {"languages": _languages(handover), "topics": topics}
    return render(request, "cases/handovers/team_answer.html", context)


def _lead_answer(request, handover, form, *, arrives):
    """Do what the lead decided and lead back to the list; None when the form has to be shown again."""
    try:
        if not form.accepts:
            decline = actions.decline_handover if arrives else actions.refuse_release
            decline(handover, reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("Abgelehnt. Der Grund steht bei der Übergabe."))
        elif arrives:
            to = form.cleaned_data["to"]
            actions.accept_from_provider(handover, to=to, by=request.user)
            messages.success(request, _("Angenommen. %(name)s ist benachrichtigt.") % {"name": to})
        else:
            actions.release_handover(handover, by=request.user)
            messages.success(request, _("Freigegeben. Jetzt entscheidet der andere Träger."))
    except ValidationError as error:
        form.add_error(None, error)
        handover.refresh_from_db(fields=["status"])
        return None
    return redirect("cases:team_handovers")
