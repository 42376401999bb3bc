"""Planning conferences: the agenda from the data, and decisions that flow back while the meeting is on."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kim.permissions import Permission, requires
from kim.web.form_parts import FormKeyForm, all_valid
from reports.actions import conferences as actions
from reports.forms.conferences import ConferenceForm
from reports.forms.findings import DecisionForm
from reports.models import Conference, Finding
from reports.pages.agenda import Item, agenda, minutes
from reports.views.findings import is_decided

PAGE = 20


@require_safe
@requires(Permission.WORK_ON_FINDINGS)
def conference_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(Conference.objects.all(), PAGE).get_page(request.GET.get("page"))
    return render(request, "reports/conferences/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def conference_new(request: HttpRequest) -> HttpResponse:
    form = ConferenceForm(request.POST or None)
    key_form = FormKeyForm(request.POST or None, initial={"form_key": uuid.uuid4()})
    if request.method == "POST" and all_valid(key_form, form):
        try:
            made = actions.open_conference(key_form.mark(form.instance), by=request.user)
            return redirect("reports:conference", made.pk)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "reports/conferences/new.html", {"form": form, "key_form": key_form})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_FINDINGS)
def conference(request: HttpRequest, pk: int) -> HttpResponse:
    """While it is open a decision is sent here, with the number of its finding."""
    found = get_object_or_404(Conference.objects.with_next(timezone.localdate()), pk=pk)
    wrong = None
    if request.method == "POST" and found.is_open:
        number = request.POST.get("finding", "").replace("\0", "")  # PostgreSQL cannot look for one
        decided = Finding.objects.filter(number=number).first()
        wrong = DecisionForm(request.POST, finding=decided, conference=found) if decided else None
        if wrong and is_decided(request, wrong):
            return redirect("reports:conference", pk)
    context = agenda(found, timezone.localdate()) if found.is_open else {}
    for name in ("findings", "checks"):
        context[name] = [(item, _form_of(item, found, wrong)) for item in context.get(name, [])]
    context |= {"conference": found, "minutes": minutes(found), "wrong": wrong}
    return render(request, "reports/conferences/conference.html", context)


def _form_of(item: Item, conference: Conference, wrong: DecisionForm | None) -> DecisionForm:
    if wrong is not None and wrong.instance.finding == item.finding:
        return wrong
    measures = [measure for measure, _is_overdue in item.measures]
    return DecisionForm(finding=item.finding, conference=conference, measures=measures)


@require_POST
@requires(Permission.WORK_ON_FINDINGS)
def conference_close(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Conference, pk=pk)
    try:
        actions.close_conference(found, by=request.user)
        messages.success(request, _("Abgeschlossen. Ab jetzt steht hier die Niederschrift."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("reports:conference", pk)
