"""Requests at a Träger: the list, one request, and what a case manager or the lead does with it."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.actions import requests as actions
from cases.actions.answers import can_be_answered
from cases.audit_words import lines
from cases.forms import requests as forms
from cases.models import IntakeRequest
from cases.numbers import quoted_requests
from cases.same_person import perhaps_the_same
from kim.audit.models import Entry
from kim.permissions import Permission, may, requires
from kim.records import ChangedMeanwhile
from kim.users.models import User
from kim.web.form_parts import FormKeyForm, all_valid

PAGE_SIZE, MESSAGES, MOST_LINKS = 25, 20, 50
ENDINGS = {"refer", "withdraw", "unreachable"}
CHANGED = gettext_lazy("Die Anfrage hat sich inzwischen geändert. Bitte ansehen und noch einmal versuchen.")
WITH_NAMES = (
    "district", "language", "track", "provider", "case_manager__user", "case", "referred_to", "returned_from",
)  # fmt: skip
ASIDE = ("district__outline",)


def visible_request(request: HttpRequest, number: str) -> IntakeRequest:
    """With its content; a protected wish is none of a lead's, and the coordinating office has no content at all."""
    rows = IntakeRequest.objects.visible_to(request.user).select_related(*WITH_NAMES).defer(*ASIDE)
    return get_object_or_404(rows, number=number)


def listed_request(request: HttpRequest, number: str) -> IntakeRequest:
    """Without its content: what a lead may pass on unread, and what a colleague may just have accepted."""
    return get_object_or_404(IntakeRequest.objects.listed_for(request.user), number=number)


@require_safe
@requires(Permission.TAKE_REQUESTS)
def request_list(request: HttpRequest) -> HttpResponse:
    leads = may(request.user, Permission.LEAD_TEAM)
    rows = IntakeRequest.objects.listed_for(request.user) if leads else _visible_rows(request.user)
    chosen = forms.RequestFilter(request.GET, queryset=rows, request=request)
    page = Paginator(chosen.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    suspect = IntakeRequest.objects.visible_to(request.user).suspect().count()
    context = {"form": chosen.form, "page": page, "leads": leads, "suspect": suspect}
    return render(request, "cases/requests/list.html", context)


def _visible_rows(user):
    return IntakeRequest.objects.visible_to(user).with_row_data()


@require_http_methods(["GET", "POST"])
@requires(Permission.ENTER_REQUESTS)
def request_create(request: HttpRequest) -> HttpResponse:
    """Write a request down. Whoever has no way to its content sees nothing of it again, not even here."""
    data = request.POST if request.method == "POST" else None
    form = forms.RequestForm(data, user=request.user, initial={"received_on": timezone.localdate()})
    key_form = FormKeyForm(data, initial={"form_key": uuid.uuid4()})
    if data is not None and all_valid(key_form, form):
        try:
            entered = actions.enter_request(
                key_form.mark(form.instance),
                topics=form.cleaned_data["topics"],
                destination=form.chosen_destination,
                by=request.user,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _tell_entered(request, entered)
    return render(request, "cases/requests/create.html", {"form": form, "key_form": key_form})


def _tell_entered(request: HttpRequest, entered: IntakeRequest) -> HttpResponse:
    """The number, or only that it went on where the wish is protected and the content is not for this user."""
    if IntakeRequest.objects.visible_to(request.user).filter(pk=entered.pk).exists():
        messages.success(request, _("Anfrage %(number)s ist eingetragen.") % {"number": entered.number})
        return redirect("cases:request_detail", entered.number)
    if entered.is_protected:
        messages.success(request, _("Die Anfrage ist weitergegeben."))
    else:
        messages.success(request, _("Anfrage %(number)s ist eingetragen.") % {"number": entered.number})
    return redirect("cases:dispatch" if may(request.user, Permission.DISPATCH_REQUESTS) else "cases:request_list")


@require_safe
@requires(Permission.TAKE_REQUESTS)
def request_detail(request: HttpRequest, number: str) -> HttpResponse:
    intake = visible_request(request, number)
    steps = intake.steps_for(request.user)
    actions.record_reading(intake, by=request.user)
    thread = _messages_of(intake, request)
    context = {
        "intake": intake,
        "steps": steps,
        "can_end": bool(steps & ENDINGS),
        "topics": [name for _pk, name in intake.topics.named()],
        "history": lines(_changes_of(intake)),
        "thread": thread,
        "links": _quoted_requests(intake, thread, request.user),
        "same": perhaps_the_same(intake, request.user),
        "can_answer": "answer" in steps and can_be_answered(intake),
    }
    return render(request, "cases/requests/detail.html", context)


def _messages_of(intake: IntakeRequest, request: HttpRequest) -> Page:
    rows = intake.messages.visible_to(request.user).select_related("created_by")
    return Paginator(rows, MESSAGES).get_page(request.GET.get("page"))


def _quoted_requests(intake: IntakeRequest, thread: Page, user: User) -> dict[str, str]:
    """Other requests that are named here, with their page, as far as the user may read them; the rest stays text."""
    said = [text for message in thread for text in (message.subject, message.text, message.quoted)]
    named = quoted_requests("\n".join([intake.message, *said])) - {intake.number}
    if not named:
        return {}
    found = IntakeRequest.objects.visible_to(user).filter(number__in=sorted(named)[:MOST_LINKS])
    return {number: reverse("cases:request_detail", args=[number]) for number in found.values_list("number", flat=True)}


def _changes_of(intake: IntakeRequest) -> list[Entry]:
    return list(Entry.objects.of(intake.audit_name).exclude(action="request.read")[:30])


def step_or_explain(request, change, done, back):
    """Take a step; what refuses it is said on the page one comes back to."""
    try:
        change()
        messages.success(request, done)
    except ChangedMeanwhile:
        messages.error(request, CHANGED)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return back


@require_POST
@requires(Permission.WORK_ON_CASES)
def request_take(request: HttpRequest, number: str) -> HttpResponse:
    """Of two who accept at once one gets it; the other reads why not, and the request is none of theirs any more."""
    intake = listed_request(request, number)
    try:
        actions.take_request(intake, by=request.user)
    except (ChangedMeanwhile, ValidationError) as error:
        taken = _("Anfrage %(number)s hat inzwischen eine Kolleg*in übernommen, oder sie ist nicht mehr hier.")
        sentence = " ".join(error.messages) if isinstance(error, ValidationError) else taken % {"number": intake}
        messages.error(request, sentence)
        return redirect("cases:request_list")
    messages.success(request, _("Sie haben Anfrage %(number)s übernommen.") % {"number": intake})
    return redirect("cases:request_detail", number)


@require_http_methods(["GET", "POST"])
@requires(Permission.LEAD_TEAM)
def request_give(request: HttpRequest, number: str) -> HttpResponse:
    intake = listed_request(request, number)
    form = forms.GiveForm(request.POST or None, user=request.user, request=intake)
    if form.is_valid():
        to = form.cleaned_data["to"]
        try:
            actions.give_request(intake, to=to, by=request.user)
        except ChangedMeanwhile:
            messages.error(request, CHANGED)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            words = {"number": intake, "name": to}
            messages.success(request, _("Anfrage %(number)s liegt jetzt bei %(name)s.") % words)
        return redirect("cases:request_list")
    return render(request, "cases/requests/give.html", {"form": form, "intake": intake})


@require_http_methods(["GET", "POST"])
@requires(Permission.TAKE_REQUESTS)
def request_change(request: HttpRequest, number: str) -> HttpResponse:
    intake = visible_request(request, number)
    back = redirect("cases:request_detail", number)
    if "edit" not in intake.steps_for(request.user):
        messages.error(request, _("Die Angaben dieser Anfrage lassen sich hier nicht ändern."))
        return back
    form = forms.RequestChangeForm(request.POST or None, instance=intake)
    if form.is_valid():
        try:
            actions.change_request(intake, form=form, by=request.user)
            messages.success(request, _("Gespeichert."))
            return back
        except ChangedMeanwhile:
            form.meet(forms.RequestChangeForm(instance=visible_request(request, number)))
    return render(request, "cases/requests/change.html", {"form": form, "intake": intake})


@require_http_methods(["GET", "POST"])
@requires(Permission.TAKE_REQUESTS)
def request_return(request: HttpRequest, number: str) -> HttpResponse:
    leads = may(request.user, Permission.LEAD_TEAM)
    intake = listed_request(request, number) if leads else visible_request(request, number)
    form = forms.ReturnForm(request.POST or None, is_blind=leads and intake.is_protected)
    if form.is_valid():
        back = redirect("cases:request_list")
        done = _("Anfrage %(number)s ist zurückgegeben.") % {"number": intake}
        return step_or_explain(
            request, lambda: actions.return_request(intake, **form.cleaned_data, by=request.user), done, back
        )
    return render(request, "cases/requests/return.html", {"form": form, "intake": intake})


@require_http_methods(["GET", "POST"])
@requires(Permission.TAKE_REQUESTS)
def request_end(request: HttpRequest, number: str) -> HttpResponse:
    """The clearing said no: sent on, withdrawn or not reached, with the reason and where to."""
    intake = visible_request(request, number)
    data = request.POST if request.method == "POST" else None
    possible = intake.steps_for(request.user) & ENDINGS
    if not possible:
        messages.error(request, _("Diese Anfrage lässt sich hier nicht beenden."))
        return redirect("cases:request_detail", number)
    form = forms.EndForm(data, possible=possible)
    if form.is_valid():
        back = redirect("cases:request_detail", number)
        done = _("Anfrage %(number)s ist beendet.") % {"number": intake}
        return step_or_explain(
            request, lambda: actions.end_request(intake, **form.cleaned_data, by=request.user), done, back
        )
    return render(request, "cases/requests/end.html", {"form": form, "intake": intake})


@require_POST
@requires(Permission.TAKE_REQUESTS)
def request_step(request: HttpRequest, number: str) -> HttpResponse:
    intake = visible_request(request, number)
    form = forms.StepForm(request.POST)
    back = redirect("cases:request_detail", number)
    if not form.is_valid():
        messages.error(request, _("Bitte einen der angebotenen Schritte wählen."))
        return back
    step, done = {
        "contact": (actions.note_first_contact, _("Der Erstkontakt ist eingetragen.")),
        "wait": (actions.put_on_waiting_list, _("Die Anfrage steht auf der Warteliste.")),
        "resume": (actions.take_off_waiting_list, _("Die Anfrage steht nicht mehr auf der Warteliste.")),
    }[form.cleaned_data["step"]]
    return step_or_explain(request, lambda: step(intake, by=request.user), done, back)
