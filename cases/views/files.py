"""The case file: opening, reading, changing, pausing, closing."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.actions import files as actions
from cases.consents import channels_closed, purpose_rows, special_notes
from cases.duplicates import known_people
from cases.file_summary import summary_of, with_method
from cases.forms import files as forms
from cases.forms.consultations import FollowUpForm
from cases.forms.requests import case_from, person_from
from cases.guidance import Facts, guide
from cases.models import Case, Client, IntakeRequest
from cases.numbers import REQUEST, normalised
from cases.readers import readers_of
from cases.state_database import standing_of
from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile
from kim.web.form_parts import FormKeyForm, all_valid

LAST_CONSULTATIONS = 3
# Columns of the records around a case that no page of the file shows.
ASIDE = (
    "district__outline", "district__label_x", "district__label_y", "track__position",
    "provider__privacy_regime", "provider__retention_years", "provider__lead_access", "case_manager__is_published",
    "case_manager__work_phone", "case_manager__work_email", "case_manager__office_hours", "case_manager__post_share",
    "case_manager__user__password", "case_manager__user__last_login", "case_manager__user__email",
    "case_manager__user__created_at", "case_manager__user__role_confirmed_at",
)  # fmt: skip
NOTES = tuple(f"client__{name}" for name in Client.SPECIAL_NOTES)  # read only where they may be shown
HAS_NOTES = {f"has_{name}": ~Q(**{f"client__{name}": ""}) for name in Client.SPECIAL_NOTES}


def visible_case(request, number, aside=(*ASIDE, *NOTES), also=None):
    """`also` adds to the query what one page needs."""
    cases = (
        Case.objects.visible_to(request.user)
        .select_related("client__quarter", "district", "track", "provider", "case_manager__user")
        .defer(*aside)
        .annotate(**HAS_NOTES)
    )
    return get_object_or_404(also(cases) if also else cases, number=number)


def own_case(request, number):
    """For what a deputy may not do: a colleague's case does not exist here."""
    return get_object_or_404(
        Case.objects.visible_to(request.user)
        .owned_by(request.user)
        .select_related("client", "track", "district", "provider", "case_manager__user")
        .defer(*NOTES),
        number=number,
    )


def file_context(request, case):
    return {
        "case": case,
        "client": case.client,
        "languages": [name for _code, name in case.client.languages.named()],
        "consents": list(case.client.consents.all()),
        "follow_ups": list(case.follow_ups.open().only("case", "text", "due_on", "due_at", "done_at")),
        "is_own": case.case_manager.user_id == request.user.pk,
        "today": timezone.localdate(),
    }


@require_GET
@requires(Permission.WORK_ON_CASES)
def case_detail(request, number):
    case = visible_case(request, number, also=with_method)
    context = file_context(request, case)
    consultations = case.consultations.readable_by(request.user).with_details()
    summary = summary_of(case)
    facts = Facts.of(case, summary, context)
    context |= {
        "consultations": list(consultations[:LAST_CONSULTATIONS]),
        "follow_up_form": FollowUpForm(initial={"form_key": uuid.uuid4()}),
        "summary": summary,
        "hints": guide(case, facts),
        "channels_closed": channels_closed(context["consents"]),
        "purposes": purpose_rows(case, context["consents"]),
        "phases": [(phase, phase == case.status) for phase in Case.PHASES],
        "state_database": standing_of(case),
    }
    actions.record_reading(case, by=request.user)
    return render(request, "cases/detail.html", context)


@require_GET
@requires(Permission.WORK_ON_CASES)
def case_print(request, number):
    """The whole file on paper; private notes only for their author."""
    case = visible_case(request, number, aside=ASIDE)
    context = file_context(request, case)
    context |= {
        "consultations": case.consultations.readable_by(request.user).with_details(),
        "special_notes": special_notes(case.client, context["consents"]) if context["is_own"] else [],
        "referrals": case.referrals.with_details(),
        "printed_at": timezone.localtime(),
        "topics": [name for _pk, name in case.topics.named()],
    }
    actions.record_reading(case, by=request.user, what="case.printed")
    return render(request, "cases/print.html", context)


@require_GET
@requires(Permission.WORK_ON_CASES)
def case_readers(request, number):
    case = own_case(request, number)
    template = "cases/_readers.html" if request.htmx else "cases/readers.html"
    return render(request, template, {"case": case, "readers": readers_of(case)})


def asked_for(request):
    """The accepted request a case is opened for, named in the address; None where a case begins without one."""
    if not (number := request.GET.get("anfrage")):
        return None
    own = IntakeRequest.objects.visible_to(request.user).held_by(request.user)
    own = own.select_related("track", "provider")
    return get_object_or_404(own, number=normalised(number, REQUEST) or "")


@require_http_methods(["GET", "POST"])
@requires(Permission.OPEN_CASES)
def client_search(request):
    """Search first: a new person is entered only after a look at who is known."""
    intake = asked_for(request)
    if intake and "admit" not in intake.steps_for(request.user):
        messages.error(request, _("Diese Anfrage kann nicht mehr aufgenommen werden."))
        return redirect("cases:request_detail", intake.number)
    form = forms.NewClientSearchForm(request.POST or None, initial={"name": intake.name} if intake else None)
    context = {"form": form, "intake": intake}
    if form.is_valid():
        known = known_people(form.cleaned_data["name"], form.cleaned_data["birth_date"], user=request.user)
        if known.hints:
            actions.record_lookup(by=request.user)
        context["known"] = known
    return render(request, "cases/client_search.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.OPEN_CASES)
def client_create(request):
    """The form for a new person with their case; the first POST brings only the searched name."""
    if request.method == "GET":  # back from a login in between
        return redirect(f"{reverse('cases:client_search')}?{request.GET.urlencode()}".removesuffix("?"))
    intake = asked_for(request)
    case_manager = request.user.case_manager
    entered = "form_key" in request.POST
    data = request.POST if entered else None
    client = Client(provider=case_manager.provider, created_by=request.user)
    case = new_case(case_manager, request.user)
    told = person_from(intake) | forms.searched_names(request.POST)
    client_form = forms.ClientForm(data, instance=client, initial=told)
    case_form = forms.CaseForm(data, instance=case, case_manager=case_manager, initial=case_from(intake))
    key_form = FormKeyForm(data, initial={"form_key": uuid.uuid4()})
    context = {"client_form": client_form, "case_form": case_form, "key_form": key_form, "intake": intake}
    if entered and all_valid(key_form, client_form, case_form) and case_form.check_rules(client):
        cleaned = client_form.cleaned_data
        person = {name: cleaned[name] for name in ("nationalities", "languages")}
        person |= {"client": key_form.mark(client), "intake": intake}
        if answer := open_or_explain(request, key_form, case_form, **person):
            return answer
    return render(request, "cases/client_create.html", context)


def new_case(case_manager, user):
    """An unsaved case on this desk, in its Stadtbezirk where it serves only one."""
    districts = list(case_manager.districts.all()[:2])
    district = districts[0] if len(districts) == 1 else None
    return Case(case_manager=case_manager, provider=case_manager.provider, created_by=user, district=district)


def open_or_explain(request, key_form, case_form, **person):
    """Open the case and lead to it; None when it is refused, with the sentence in the form."""
    try:
        case = actions.open_case(
            key_form.mark(case_form.instance),
            topics=case_form.cleaned_data["topics"],
            consents=case_form.consents,
            by=request.user,
            **person,
        )
    except ValidationError as error:
        case_form.add_error(None, error)
        return None
    messages.success(request, _("Fall %(number)s ist eröffnet.") % {"number": case.number})
    return redirect("cases:detail", case.number)


@require_http_methods(["GET", "POST"])
@requires(Permission.OPEN_CASES)
def case_create(request, number):
    """A new case for a person whose last one is closed."""
    former, intake = own_case(request, number), asked_for(request)
    case_manager = request.user.case_manager
    case = new_case(case_manager, request.user)
    settings = {"case_manager": case_manager, "in_force": consents_in_force(former.client)}
    form = forms.CaseForm(request.POST or None, instance=case, initial=case_from(intake), **settings)
    key_form = FormKeyForm(request.POST or None, initial={"form_key": uuid.uuid4()})
    if running := former.client.cases.open().first():
        if key_form.is_valid() and key_form.mark(case).form_key == running.form_key:
            return redirect("cases:detail", running.number)
        messages.error(request, _("Für diese Person ist bereits ein Fall offen."))
        return redirect("cases:detail", former.number)
    is_sound = request.method == "POST" and all_valid(key_form, form) and form.check_rules(former.client)
    if is_sound and (answer := open_or_explain(request, key_form, form, intake=intake)):
        return answer
    return render(request, "cases/case_create.html", {"form": form, "key_form": key_form, "former": former})


def consents_in_force(client):
    return client.consents.in_force().purposes()


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def client_change(request, number):
    case = visible_case(request, number)
    form = forms.ClientChangeForm(request.POST or None, instance=case.client)
    if form.is_valid():
        try:
            actions.change_client(
                form.instance, case=case, opened_version=form.opened_version, form=form, by=request.user
            )
            messages.success(request, _("Gespeichert."))
            return redirect("cases:detail", number)
        except ChangedMeanwhile:
            stored = Client.objects.get(pk=case.client_id)
            form.meet(forms.ClientChangeForm(instance=stored))
    return render(request, "cases/client_change.html", {"form": form, "case": case})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def case_change(request, number):
    case = own_case(request, number)
    settings = {"case_manager": case.case_manager, "in_force": consents_in_force(case.client)}
    form = forms.CaseChangeForm(request.POST or None, instance=case, **settings)
    if form.is_valid() and form.check_rules(case.client):
        try:
            actions.change_case(form.instance, opened_version=form.opened_version, form=form, by=request.user)
            messages.success(request, _("Gespeichert."))
            return redirect("cases:detail", number)
        except ValidationError as error:
            form.add_error(None, error)
        except ChangedMeanwhile:
            stored = Case.objects.get(pk=case.pk)
            form.meet(forms.CaseChangeForm(instance=stored, **settings))
    return render(request, "cases/case_change.html", {"form": form, "case": case})


def back_to_closing(request, number):
    """To the closing page for what was settled from there; None for everything else."""
    return redirect("cases:close", number) if request.GET.get("zurueck") == "abschluss" else None


def change_or_explain(request, case, change, done):
    """Run a change of state; what it refuses is said on the file."""
    try:
        change()
        messages.success(request, done)
    except ChangedMeanwhile:
        messages.error(request, _("Der Fall wurde inzwischen geändert. Bitte ansehen und noch einmal versuchen."))
        if not Case.objects.visible_to(request.user).filter(pk=case.pk).exists():  # in other hands meanwhile
            return redirect("cases:list")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("cases:detail", case.number)


@require_POST
@requires(Permission.WORK_ON_CASES)
def case_phase(request, number):
    case = visible_case(request, number)
    form = forms.PhaseForm(request.POST)
    phase = form.cleaned_data["status"] if form.is_valid() else ""
    return change_or_explain(
        request, case, lambda: actions.enter_phase(case, phase=phase, by=request.user), _("Die Phase ist geändert.")
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def case_pause(request, number):
    case = own_case(request, number)
    form = forms.PauseForm(request.POST or None)
    if form.is_valid():
        return change_or_explain(
            request, case, lambda: actions.pause_case(case, **form.cleaned_data, by=request.user), _("Der Fall ruht.")
        )
    return render(request, "cases/pause.html", {"form": form, "case": case})


@require_POST
@requires(Permission.WORK_ON_CASES)
def case_resume(request, number):
    case = own_case(request, number)
    return change_or_explain(
        request, case, lambda: actions.resume_case(case, by=request.user), _("Der Fall läuft weiter.")
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def case_request_reopening(request, number):
    case = own_case(request, number)
    form = forms.ReopeningForm(request.POST or None)
    if form.is_valid():
        return change_or_explain(
            request,
            case,
            lambda: actions.request_reopening(case, **form.cleaned_data, by=request.user),
            _("Die Teamleitung ist um Wiederaufnahme gebeten."),
        )
    return render(request, "cases/request_reopening.html", {"form": form, "case": case})
