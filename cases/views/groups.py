"""One entry for a talk with several people: choose them, write what they share, and to each what is theirs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from cases.actions import consultations as actions
from cases.duplicates import find_cases
from cases.forms.consultations import owner_token
from cases.forms.files import SearchForm
from cases.forms.groups import MOST, GroupForm, fresh
from cases.models import Case, Draft
from cases.numbers import normalised
from cases.views.consultations import keep_for_later, parsed_uuid, redirect_for, refuse_other_owner
from kim.permissions import Permission, requires

FOUND, RECENT = 8, 6


@login_not_required
@require_http_methods(["GET", "POST"])
def consultation_group(request):
    """As the form for one person: what is sent after the session ended is kept as a draft of its owner."""
    if not request.user.is_authenticated:
        return keep_for_later(request)
    return _consultation_group(request)


@requires(Permission.LOG_CONSULTATIONS)
def _consultation_group(request):
    draft = requested_draft(request)
    cases = chosen_cases(request, draft)
    form = group_form(request, cases, draft)
    if request.method == "POST" and "save" in request.POST:
        refuse_other_owner(request)
        if form is not None and form.is_valid() and (answer := save_group(request, form)):
            return answer
    context = {"form": form, "cases": cases, "draft": draft, "today": timezone.localdate(), "most": MOST}
    context |= people_to_add(request, cases)
    template = "cases/group/_form.html" if request.htmx else "cases/group/form.html"
    return render(request, template, context)


def requested_draft(request):
    if not (key := request.GET.get("entwurf")):
        return None
    return get_object_or_404(Draft.objects.visible_to(request.user).exclude(case=None), pk=parsed_uuid(key))


def chosen_cases(request, draft):
    """The people on the list, in its order; one that may not be seen makes the whole page not exist.

    A draft may be older than somebody's leaving: then only those who are still there come back.
    """
    data = request.POST if request.method == "POST" else request.GET
    numbers = data.getlist("person") or [number for number in [data.get("fall")] if number]
    if draft:
        numbers = draft.initial.get("person", [draft.case.number])
    numbers = [normalised(number) or "" for number in (*numbers, *data.getlist("add"))]
    numbers = list(dict.fromkeys(numbers))
    rows = Case.objects.visible_to(request.user).filter(number__in=numbers)
    rows = rows.select_related("client", "district", "track", "provider", "case_manager")
    found = {case.number: case for case in rows} if numbers else {}
    if len(found) < len(numbers) and not draft:
        raise Http404
    return [found[number] for number in numbers if number in found and number not in data.getlist("remove")]


def group_form(request, cases, draft):
    """None while nobody is chosen. Typed text stays when the list of people changes."""
    if not cases:
        return None
    settings = {"user": request.user, "case_manager": request.user.case_manager, "cases": cases}
    if request.method == "POST" and "save" in request.POST:
        return GroupForm(request.POST, **settings)
    defaults = GroupForm.defaults(user=request.user, case=cases[0], case_manager=request.user.case_manager)
    if request.method == "POST":
        defaults = (defaults if "form_key" not in request.POST else {}) | fresh(request.POST)
    elif draft:
        defaults |= draft.initial
    return GroupForm(initial=defaults | {"owner": owner_token(request.user)}, **settings)


def people_to_add(request, cases):
    """Who may join: what a few letters find, else the people counselled last."""
    chosen = [case.pk for case in cases]
    if len(cases) >= MOST:
        return {"search": None}
    search = SearchForm(request.POST if request.POST.get("q") else None)
    query = search.cleaned_data["q"] if search.is_bound and search.is_valid() else ""
    if query and not request.POST.get("add"):
        found = [case for case in find_cases(query, user=request.user) if case.is_open and case.pk not in chosen]
        return {"search": search, "query": query, "found": found[:FOUND]}
    recent = Case.objects.visible_to(request.user).open().exclude(pk__in=chosen).exclude(last_contact_on=None)
    recent = recent.with_list_data().order_by("-last_contact_on", "-pk")[:RECENT]
    return {"search": SearchForm() if not search.errors else search, "query": "", "found": list(recent)}


def save_group(request, form):
    try:
        stored = actions.log_group(
            form.consultations(),
            topics=form.cleaned_data["topics"],
            follow_ups=form.follow_ups(),
            by=request.user,
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None
    except actions.SavedBefore:
        form.start_anew()
        return None
    text = ngettext(
        "Das Gespräch steht in %(number)s Akte.", "Das Gespräch steht in %(number)s Akten.", len(stored)
    ) % {"number": len(stored)}
    messages.success(request, text)
    next_page = "cases:consultation_create" if request.POST.get("save") == "next" else "cases:today"
    return redirect_for(request, reverse(next_page))
