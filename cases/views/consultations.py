"""Logging a consultation, from anywhere, without losing a character; drafts; what is to be done next."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from cases.actions import consultations as actions
from cases.actions.files import record_reading
from cases.forms.consultations import ConsultationChangeForm, ConsultationForm, FollowUpForm, owner_of
from cases.forms.files import SearchForm
from cases.models import Case, Consultation, Draft, FollowUp
from cases.numbers import normalised
from cases.views.files import visible_case
from kim.permissions import Permission, may, requires
from kim.records import ChangedMeanwhile
from kim.users.models import User

PAGE_SIZE = 20
RECENT = 6


def chosen_case(request, number):
    """The case named in a form or link; none named is None, one that may not be seen does not exist."""
    if not number:
        return None
    return visible_case(request, normalised(number) or "")


def refuse_other_owner(request):
    """A form that was opened by a colleague in this browser is not saved under one's own name."""
    if owner_of(request.POST.get("owner", "")) not in (None, request.user.pk):
        raise PermissionDenied


def redirect_for(request, url):
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@login_not_required
@require_http_methods(["GET", "POST"])
def consultation_create(request):
    """Needs a session to save; what is sent after it ended is kept as a draft of the form's owner."""
    if not request.user.is_authenticated:
        return keep_for_later(request)
    return _consultation_create(request)


@requires(Permission.LOG_CONSULTATIONS)
def _consultation_create(request):
    case = chosen_case(request, request.POST.get("fall") or request.GET.get("fall"))
    return choose_case(request) if case is None else consultation_form(request, case)


@login_not_required
@require_http_methods(["GET", "POST"])
def consultation_without_case(request):
    """Anonymous Verweisberatung: a place and topics, no person. Kept after the session as above."""
    if not request.user.is_authenticated:
        return keep_for_later(request)
    return _consultation_without_case(request)


@requires(Permission.LOG_CONSULTATIONS)
def _consultation_without_case(request):
    return consultation_form(request, None)


def choose_case(request):
    recent = Case.objects.visible_to(request.user).open().with_list_data()
    recent = recent.exclude(last_contact_on=None).order_by("-last_contact_on", "-pk")[:RECENT]
    return render(request, "cases/consultation_choose.html", {"search": SearchForm(), "recent": recent})


def consultation_form(request, case):
    settings = {"user": request.user, "case": case, "case_manager": request.user.case_manager}
    draft = requested_draft(request, case)
    if request.method == "POST":
        refuse_other_owner(request)
        if request.POST.get("save") == "group" and case and (answer := go_on_as_group(request, case)):
            return answer
        form = ConsultationForm(request.POST, **settings)
        if form.is_valid() and (answer := save_consultation(request, form, case)):
            return answer
    else:
        initial = ConsultationForm.defaults(**settings) | (draft.initial if draft else asked_kind(request))
        form = ConsultationForm(initial=initial, **settings)
    drafts = (
        Draft.objects.filter(user=request.user, case=case)
        .select_related("case")
        .only("saved_at", "is_group", "case__number")
    )
    offered = drafts if request.method == "GET" and not draft else ()
    context = {"form": form, "case": case, "drafts": offered, "draft": draft, "today": timezone.localdate()}
    template = "cases/_consultation_form.html" if request.htmx else "cases/consultation_create.html"
    return render(request, template, context)


def asked_kind(request):
    """The link for work without the person presets what is tapped otherwise."""
    kind = request.GET.get("art")
    return {"kind": kind, "minutes_tapped": "15"} if kind in Consultation.INDIRECT else {}


def go_on_as_group(request, case):
    """Take what is typed along to the form for several people; None when it was saved meanwhile."""
    form_key = parsed_uuid(request.POST.get("form_key", ""))
    draft = actions.save_draft(request.POST, form_key=form_key, case=case, by=request.user) if form_key else None
    if draft is None:
        return None
    query = urlencode({"fall": case.number, "entwurf": str(draft.pk)})
    return redirect_for(request, f"{reverse('cases:consultation_group')}?{query}")


def requested_draft(request, case):
    """The draft a link asks for, if it is one's own and belongs to this very case."""
    if not (key := request.GET.get("entwurf")):
        return None
    return get_object_or_404(Draft.objects.visible_to(request.user), pk=parsed_uuid(key), case=case)


def parsed_uuid(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def save_consultation(request, form, case):
    try:
        actions.log_consultation(
            form.instance, topics=form.cleaned_data["topics"], follow_up=form.follow_up(), by=request.user
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None
    except actions.SavedBefore:
        form.start_anew()
        return None
    messages.success(request, _("Die Beratung ist gespeichert."))
    if request.POST.get("save") == "next":
        return redirect_for(request, reverse("cases:consultation_create"))
    url = reverse("cases:detail", args=[case.number]) if case else reverse("cases:today")
    return redirect_for(request, url)


def keep_for_later(request):
    """Nobody is logged in: keep a sent form for its owner, then ask for the login and lead back to it."""
    target = request.get_full_path()
    owner = owner_of(request.POST.get("owner", ""))
    form_key = parsed_uuid(request.POST.get("form_key", ""))
    user = User.objects.filter(pk=owner, is_active=True).first() if owner and form_key else None
    if user and may(user, Permission.LOG_CONSULTATIONS):
        number = request.POST.get("fall", "")
        case = Case.objects.visible_to(user).filter(number=normalised(number) or "").first()
        if (case or not number) and user.drafts.count() < actions.MOST_DRAFTS:
            draft = actions.save_draft(request.POST, form_key=form_key, case=case, by=user)
            target = draft.url if draft else target
    if request.htmx:
        return JsonResponse({}, status=401, headers={"KIM-Login": "required"})
    return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def consultation_change(request, number, pk):
    case = visible_case(request, number)
    consultation = get_object_or_404(case.consultations.readable_by(request.user), pk=pk)
    settings = {"user": request.user, "case": case, "case_manager": case.case_manager}
    form = ConsultationChangeForm(request.POST or None, instance=consultation, **settings)
    if request.method == "GET":
        record_reading(case, by=request.user, what="consultation.read")
    if form.is_valid():
        try:
            actions.change_consultation(form.instance, opened_version=form.opened_version, form=form, by=request.user)
            messages.success(request, _("Die Beratung ist geändert."))
            return redirect("cases:detail", number)
        except ValidationError as error:
            form.add_error(None, error)
        except ChangedMeanwhile:
            meet_stored(form, case.consultations.readable_by(request.user).filter(pk=pk).first(), settings)
    return render(
        request, "cases/consultation_change.html", {"form": form, "case": case, "today": timezone.localdate()}
    )


def meet_stored(form, stored, settings):
    """Show what somebody else did meanwhile; what was typed stays in the form either way."""
    if stored is None:
        form.add_error(None, _("Diese Beratung wurde inzwischen gelöscht. Ihr Text steht noch hier."))
    else:
        form.meet(ConsultationChangeForm(instance=stored, **settings))


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def consultation_delete(request, number, pk):
    """Only who wrote an entry takes it back."""
    case = visible_case(request, number)
    consultation = get_object_or_404(
        case.consultations.readable_by(request.user).select_related("case", "provider"), pk=pk, created_by=request.user
    )
    if request.method == "POST":
        actions.delete_consultation(consultation, by=request.user)
        messages.success(request, _("Die Beratung ist gelöscht."))
        return redirect("cases:detail", number)
    return render(request, "cases/consultation_delete.html", {"case": case, "consultation": consultation})


@require_GET
@requires(Permission.WORK_ON_CASES)
def consultation_list(request, number):
    case = get_object_or_404(
        Case.objects.visible_to(request.user)
        .select_related("client", "provider")
        .only("number", "provider__code", "client__given_names", "client__family_name", "client__pseudonym"),
        number=number,
    )
    consultations = case.consultations.readable_by(request.user).with_details()
    page = Paginator(consultations, PAGE_SIZE).get_page(request.GET.get("page"))
    record_reading(case, by=request.user, what="consultation.read")
    template = "cases/_consultations.html" if request.htmx else "cases/consultation_list.html"
    return render(request, template, {"case": case, "page": page, "consultations": page.object_list})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def follow_up_create(request, number):
    case = visible_case(request, number)
    form = FollowUpForm(request.POST or None, instance=FollowUp(case=case), initial={"form_key": uuid.uuid4()})
    if form.is_valid():
        try:
            actions.add_follow_up(form.save(commit=False), by=request.user)
            return redirect("cases:detail", number)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/follow_up_create.html", {"form": form, "case": case})


@require_POST
@requires(Permission.WORK_ON_CASES)
def follow_up_complete(request, number, pk):
    case = visible_case(request, number)
    follow_up = get_object_or_404(case.follow_ups.select_related("case__provider"), pk=pk)
    try:
        actions.complete_follow_up(follow_up, by=request.user)
    except ValidationError as error:
        messages.info(request, " ".join(error.messages))
    target = reverse("cases:today") if request.POST.get("back") == "today" else reverse("cases:detail", args=[number])
    return redirect_for(request, target)


@require_POST
@requires(Permission.LOG_CONSULTATIONS)
def draft_save(request):
    """Keeps what is typed so far, every few seconds. Answers with the time, or `{}` if it is saved for good already."""
    form_key = parsed_uuid(request.POST.get("form_key", ""))
    refuse_other_owner(request)
    if form_key is None:
        return JsonResponse({}, status=400)
    case = chosen_case(request, request.POST.get("fall"))
    draft = actions.save_draft(request.POST, form_key=form_key, case=case, by=request.user)
    if draft is None:
        return JsonResponse({})
    return JsonResponse(
        {"saved": _("Entwurf gesichert um %(time)s") % {"time": f"{timezone.localtime(draft.saved_at):%H:%M}"}}
    )


@require_POST
@requires(Permission.LOG_CONSULTATIONS)
def draft_discard(request, pk):
    draft = get_object_or_404(Draft.objects.filter(user=request.user), pk=pk)
    draft.delete()
    messages.success(request, _("Der Entwurf ist verworfen."))
    return redirect("cases:today")


@login_not_required
@require_GET
def session_state(request):
    """Tells an open form whether somebody is logged in again, and gives it a fresh token."""
    return JsonResponse({"user": request.user.pk, "token": get_token(request)})
