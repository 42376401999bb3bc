"""The beginning of a case: first interview, clearing, and notes that need a consent of their own."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.actions import intake as actions
from cases.actions import special_notes
from cases.actions.files import record_reading
from cases.consents import purpose_rows
from cases.forms.intake import ClearingForm, FirstInterviewForm, SpecialNotesForm
from cases.models import ClearingDecision, Client, FirstInterview
from cases.shown_notices import in_language, notice_for, notices_of
from cases.views.files import change_or_explain, own_case, visible_case
from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile
from kim.web.languages import nearest


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def first_interview(request, number):
    case = visible_case(request, number)
    interview = interview_of(case, request.user)
    form = FirstInterviewForm(request.POST or None, instance=interview)
    if form.is_valid() and save_interview(request, form):
        return redirect("cases:detail", number)
    context = {"case": case, "form": form, "current_version": current_version(interview)}
    return render(request, "cases/intake/first_interview.html", context)


def current_version(interview):
    """Of the notice the person would get today, in the language of the one handed over."""
    notices = notices_of(interview.case.client)
    if interview.notice_language_id:
        notice = in_language(nearest(interview.notice_language_id), notices)
    else:
        notice = notice_for(interview.case.client, notices)
    return notice.version if notice else ""


def interview_of(case, user):
    found = FirstInterview.objects.visible_to(user).filter(case=case).first() or FirstInterview()
    found.case = case
    return found


def save_interview(request, form):
    """False when somebody else wrote something different meanwhile; then the form shows both."""
    try:
        actions.record_first_interview(form.instance, opened_version=form.opened_version, by=request.user)
    except ChangedMeanwhile:
        form.meet(FirstInterviewForm(instance=interview_of(form.instance.case, request.user)))
        if form.differences:
            return False
    messages.success(request, _("Das Erstgespräch ist festgehalten."))
    return True


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def clearing(request, number):
    case = own_case(request, number)
    decision = ClearingDecision(case=case)
    form = ClearingForm(request.POST or None, instance=decision, initial=ClearingForm.defaults(case, uuid.uuid4()))
    if form.is_valid() and decide_or_explain(request, form):
        return redirect("cases:detail", number)
    rows = purpose_rows(case, case.client.consents.all())
    context = {
        "case": case,
        "form": form,
        "decisions": case.clearing_decisions.select_related("created_by"),
        "documentation": next(row for row in rows if row.purpose == "documentation"),
        "is_open": case.is_open and case.status == case.Status.CLEARING,
    }
    if request.method == "GET":
        record_reading(case, by=request.user)
    return render(request, "cases/intake/clearing.html", context)


def decide_or_explain(request, form):
    try:
        actions.decide_clearing(form.instance, closes=form.cleaned_data["closes"], by=request.user)
    except ChangedMeanwhile:
        form.add_error(None, _("Der Fall wurde inzwischen geändert. Bitte ansehen und noch einmal versuchen."))
        return False
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        return False
    messages.success(request, _("Die Entscheidung ist festgehalten."))
    return True


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def special_notes_change(request, number):
    """For the case manager in charge alone, field by field as consents are in force; a look is logged as reading."""
    case = own_case(request, number)
    in_force = case.client.consents.in_force().purposes()
    client = Client.objects.visible_to(request.user).get(pk=case.client_id)
    form = SpecialNotesForm(request.POST or None, instance=client, in_force=in_force)
    if form.is_valid() and (answer := save_notes(request, form, case)):
        return answer
    record_reading(case, by=request.user)
    context = {"case": case, "form": form, "locked": client.locked_notes(in_force), "is_closed": bool(form.closed)}
    return render(request, "cases/intake/special_notes.html", context)


def save_notes(request, form, case):
    try:
        special_notes.save_special_notes(form.notes, case=case, opened_version=form.opened_version, by=request.user)
    except ChangedMeanwhile:
        stored = Client.objects.visible_to(request.user).get(pk=case.client_id)
        in_force = frozenset(Client.SPECIAL_NOTES[name] for name in form.notes)
        form.meet(SpecialNotesForm(instance=stored, in_force=in_force))
        return None
    except ValidationError as error:
        form.add_error(None, error)
        return None
    messages.success(request, _("Gespeichert."))
    return redirect("cases:special_notes", case.number)


@require_POST
@requires(Permission.WORK_ON_CASES)
def special_notes_erase(request, number):
    case = own_case(request, number)
    return change_or_explain(
        request,
        case,
        lambda: special_notes.erase_locked_notes(case, by=request.user),
        _("Die gesperrten Angaben sind gelöscht."),
    )
