"""The lead's pages: the team and its load, its cases as a list, reopening, roles; and substitutions for everybody."""

import re
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.actions import team as actions
from cases.forms.team import ReassignForm, ReopeningForm, SubstitutionForm, TeamCaseFilter, overdue
from cases.models import Case
from cases.numbers import PATTERN
from cases.workload import able_colleagues, desks, staff_to_confirm, substitutions_listed_for, substitutions_ruled_by
from kim.permissions import Permission, may, requires
from kim.records import ChangedMeanwhile
from kim.users.models import User
from kim.web.decorators import recently_authenticated

PAGE = 50
DESKS_PAGE = 20
PAST = timedelta(days=90)  # how long a substitution that is over stays in the list
CONTENT = ("age_reason", "pause_reason", "closing_note", "follow_up_service", "reopen_reason")  # not for a lead's list


def _listed(user: User) -> QuerySet[Case]:
    """Rows of the team without what is written in the files."""
    return Case.objects.listed_for(user).select_related("case_manager__user", "track", "client").defer(*CONTENT)


@require_safe
@requires(Permission.LEAD_TEAM)
def team(request: HttpRequest) -> HttpResponse:
    asked = _listed(request.user).closed().exclude(reopen_requested_at=None).order_by("reopen_requested_at")
    waiting = staff_to_confirm(request.user).filter(role_confirmed_at=None)
    page = Paginator(desks(request.user), DESKS_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "asked": asked, "waiting": waiting}
    return render(request, "cases/team/team.html", context)


@require_safe
@requires(Permission.LEAD_TEAM)
def team_cases(request: HttpRequest) -> HttpResponse:
    silent = Case.objects.silent().filter(pk=OuterRef("pk"))
    rows = _listed(request.user).annotate(is_silent=Exists(silent), is_overdue=overdue())
    chosen = TeamCaseFilter(request.GET, queryset=rows, request=request)
    page = Paginator(chosen.qs, PAGE).get_page(request.GET.get("page"))
    context = {"form": chosen.form, "page": page, "showing": chosen.form.data.get("state")}
    return render(request, "cases/team/cases.html", context)


def parsed_pk(text: str) -> int | None:
    """A primary key as written in an address; None for anything no database could hold."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _chosen_or_404(data: QueryDict, user: User) -> dict[Case, int]:
    """The chosen cases, each with the case manager it had then; written as number:id, or all of one case manager."""
    listed = _listed(user).select_related("provider").order_by("number")
    if not data.getlist("case") and (case_manager := parsed_pk(data.get("case_manager", ""))):
        return {case: case.case_manager_id for case in listed.open().filter(case_manager=case_manager)}
    expected = {}
    for choice in data.getlist("case"):
        number, _colon, case_manager = choice.partition(":")
        if not re.fullmatch(PATTERN, number) or not parsed_pk(case_manager):
            raise Http404
        expected[number] = int(case_manager)
    cases = listed.filter(number__in=expected)
    if len(cases) != len(expected):
        raise Http404
    return {case: expected[case.number] for case in cases}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LEAD_TEAM)
def team_reassign(request: HttpRequest) -> HttpResponse:
    """Choose a colleague, look at what it means, confirm."""
    data = request.POST if request.method == "POST" else request.GET
    if not (chosen := _chosen_or_404(data, request.user)):
        messages.info(request, _("Bitte zuerst Fälle auswählen."))
        return redirect("cases:team_cases")
    form = ReassignForm(data if "to" in data or request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.reassign_cases(chosen, to=form.cleaned_data["to"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _tell_reassigned(request, done)
    plan = actions.plan_reassignment(chosen, to=form.cleaned_data["to"]) if form.is_valid() else None
    context = {"form": form, "chosen": chosen, "plan": plan, "loads": actions.loads(plan) if plan else []}
    return render(request, "cases/team/reassign.html", context)


def _tell_reassigned(request: HttpRequest, done: actions.Reassignment) -> HttpResponse:
    number, to = len(done.movable), done.to
    if number:
        text = ngettext("%(number)s Fall an %(to)s übergeben.", "%(number)s Fälle an %(to)s übergeben.", number)
        messages.success(request, text % {"number": number, "to": to})
    for text, cases in (
        (_("Inzwischen verändert und deshalb nicht übergeben: %(numbers)s."), done.gone),
        (_("%(to)s kann diese Fälle nicht übernehmen: %(numbers)s."), done.refused),
        (_("Lag schon bei %(to)s: %(numbers)s."), done.settled),
    ):
        if cases:
            messages.warning(request, text % {"to": to, "numbers": ", ".join(case.number for case in cases)})
    return redirect(f"{reverse('cases:team_cases')}?case_manager={to.pk}")


@require_POST
@requires(Permission.LEAD_TEAM)
def team_reopening(request: HttpRequest, number: str) -> HttpResponse:
    case = get_object_or_404(_listed(request.user).select_related("provider"), number=number)
    form = ReopeningForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Bitte wählen: wieder öffnen oder ablehnen."))
        return redirect("cases:team")
    accepts = form.cleaned_data["decision"] == "accept"
    decide = actions.accept_reopening if accepts else actions.decline_reopening
    try:
        decide(case, opened_version=form.cleaned_data["version"], by=request.user)
    except ValidationError as error:
        messages.error(request, f"{case.number}: {' '.join(error.messages)}")
    except ChangedMeanwhile:
        text = _("%(number)s hat sich inzwischen verändert. Bitte neu entscheiden.")
        messages.error(request, text % {"number": case})
    else:
        return _tell_reopened(request, case) if accepts else _tell_declined(request, case)
    return redirect("cases:team")


def _tell_declined(request: HttpRequest, case: Case) -> HttpResponse:
    messages.success(request, _("Die Wiederaufnahme von %(number)s ist abgelehnt.") % {"number": case})
    return redirect("cases:team")


def _tell_reopened(request: HttpRequest, case: Case) -> HttpResponse:
    words = {"number": case, "name": case.case_manager}
    messages.success(request, _("%(number)s ist wieder offen und liegt bei %(name)s.") % words)
    if not able_colleagues(request.user).filter(pk=case.case_manager_id).exists():
        messages.warning(request, _("%(name)s arbeitet nicht mehr an Fällen. Bitte übergeben Sie %(number)s.") % words)
    return redirect(f"{reverse('cases:team_cases')}?case_manager={case.case_manager_id}")


@require_POST
@requires(Permission.LEAD_TEAM)
@recently_authenticated()
def team_confirm_role(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(staff_to_confirm(request.user), pk=pk)
    try:
        actions.confirm_role(user, role=request.POST.get("role", ""), by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Der Zugang von %(name)s ist bestätigt.") % {"name": user})
    return redirect("cases:team")


@require_safe
@requires(Permission.GRANT_SUBSTITUTIONS)
def substitution_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    rows = substitutions_listed_for(request.user)
    context = {
        "current": rows.in_force(today),
        "coming": rows.filter(starts_on__gt=today).order_by("starts_on", "pk"),
        "past": rows.filter(ends_on__lt=today, ends_on__gte=today - PAST),
        "ruled": set(substitutions_ruled_by(request.user).not_over(today).values_list("pk", flat=True)),
        "leads": may(request.user, Permission.LEAD_TEAM),
    }
    return render(request, "cases/team/substitution_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.GRANT_SUBSTITUTIONS)
def substitution_create(request: HttpRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = SubstitutionForm(data, user=request.user, initial={"starts_on": timezone.localdate()})
    if form.is_valid():
        try:
            granted = actions.grant_substitution(form.save(commit=False), by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            words = {"deputy": granted.deputy, "absent": granted.absent, "last": granted.ends_on.strftime("%d.%m.%Y")}
            messages.success(request, _("%(deputy)s vertritt %(absent)s bis %(last)s.") % words)
            return redirect("cases:substitution_list")
    return render(request, "cases/team/substitution_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.GRANT_SUBSTITUTIONS)
def substitution_end(request: HttpRequest, pk: int) -> HttpResponse:
    rows = substitutions_ruled_by(request.user).select_related("absent__provider")
    substitution = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        return render(request, "cases/team/substitution_end.html", {"substitution": substitution})
    try:
        actions.end_substitution(substitution, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Die Vertretung ist beendet."))
    return redirect("cases:substitution_list")
