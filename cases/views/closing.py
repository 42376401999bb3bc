"""Closing a case: how it ended, what is still open, and what it showed about the system."""

import uuid

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.actions import files as actions
from cases.closing import open_items
from cases.forms.files import CloseForm
from cases.forms.observations import ObservationForm
from cases.models import Observation
from cases.views.files import change_or_explain, own_case
from kim.permissions import Permission, requires
from kim.web.form_parts import FormKeyForm, all_valid


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def case_close(request, number):
    case = own_case(request, number)
    form = CloseForm(request.POST or None, case=case, initial={"on": timezone.localdate(), "shows_system": "no"})
    observed, key_form = observation_forms(request, case, is_wanted=form.wants_observation)
    wanted = [key_form, observed] if form.wants_observation else []
    if request.method == "POST" and all_valid(form, *wanted):
        observation = key_form.mark(observed.instance) if wanted else None
        parts = form.closing | {"observation": observation, "propose": bool(wanted)}
        return change_or_explain(
            request, case, lambda: actions.close_case(case, **parts, by=request.user), _("Der Fall ist abgeschlossen.")
        )
    context = {"form": form, "observed": observed, "key_form": key_form, "case": case, "open_items": open_items(case)}
    return render(request, "cases/close.html", context)


def observation_forms(request, case, *, is_wanted):
    """The second form of the page; it counts only when the question is answered with yes."""
    data = request.POST if is_wanted else None
    observation = Observation()
    observation.is_about(case)
    form = ObservationForm(data, instance=observation, client=case.client, prefix="observation", propose=is_wanted)
    form.watch(reverse("cases:person_hints", args=[case.number]))
    return form, FormKeyForm(data, initial={"form_key": uuid.uuid4()})
