"""The plan of a case: drafting, agreeing, progress, reviewing, and the sheet to take home."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.actions import plans as actions
from cases.actions.files import record_reading
from cases.forms import plans as forms
from cases.models import Goal, Step
from cases.plan_sheet import mentioned, sheet
from cases.views.files import back_to_closing, visible_case
from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile
from kim.web.pdf import PdfUnavailable, render_pdf

CHANGED = gettext_lazy("Der Plan wurde inzwischen geändert. Bitte ansehen und noch einmal versuchen.")
SIZES = ("", "small", "smaller")  # of the letters on the sheet, until everything is on one page


def back_to_plan(case, goal=None):
    anchor = f"#ziel-{goal.pk}" if goal else ""
    return redirect(reverse("cases:plan", args=[case.number]) + anchor)


def change_or_explain(request, case, change, done, *, goal=None):
    """Run a change; what it refuses is said on the plan."""
    try:
        change()
        messages.success(request, done)
    except ChangedMeanwhile:
        messages.error(request, CHANGED)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return back_to_plan(case, goal)


def current_of(case):
    """The plan in force, or the draft where none is agreed yet."""
    plans = case.plans.with_goals()
    return plans.agreed().first() or plans.drafts().first()


def draft_or_none(case):
    draft = case.plans.with_goals().drafts().first()
    if draft is not None:
        draft.case = case
    return draft


def no_draft(request, case):
    messages.info(request, _("Es gibt zurzeit keinen Entwurf."))
    return back_to_plan(case)


def plan_page(request, case, plan):
    goals = plan.shown_goals if plan else []
    covered = {goal.need_id for goal in goals}
    context = {
        "case": case,
        "plan": plan,
        "goals": goals,
        "versions": list(case.plans.all()),
        "reviews": list(plan.reviews.all()) if plan and not plan.is_draft else [],
        "uncovered": [need for need in case.needs.open().with_topic() if need.pk not in covered],
        "is_working": bool(plan and plan.is_agreed and case.is_open),
        "is_editing": bool(plan and plan.is_draft and case.is_open),
    }
    context["draft"] = next((each for each in context["versions"] if each.is_draft), None)
    context["has_agreed"] = any(each.is_agreed for each in context["versions"])
    record_reading(case, by=request.user, what="plan.read")
    return render(request, "cases/plan/detail.html", context)


@require_GET
@requires(Permission.WORK_ON_CASES)
def plan(request, number):
    case = visible_case(request, number)
    return plan_page(request, case, current_of(case))


@require_GET
@requires(Permission.WORK_ON_CASES)
def plan_version(request, number, pk):
    """The draft beside the plan in force, or an older version."""
    case = visible_case(request, number)
    return plan_page(request, case, get_object_or_404(case.plans.with_goals(), pk=pk))


@require_POST
@requires(Permission.WORK_ON_CASES)
def plan_draft(request, number):
    """A next version to work on; it starts as a copy."""
    case = visible_case(request, number)
    try:
        draft = actions.draft_of(case, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return back_to_plan(case)
    return redirect("cases:plan_version", number, draft.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def plan_intro(request, number):
    case = visible_case(request, number)
    if (draft := draft_or_none(case)) is None:
        return no_draft(request, case)
    form = forms.IntroForm(request.POST or None, instance=draft)
    if form.is_valid():
        try:
            actions.change_intro(form.instance, opened_version=form.opened_version, by=request.user)
            return redirect("cases:plan_version", number, draft.pk)
        except ChangedMeanwhile:
            form.meet(forms.IntroForm(instance=draft_or_none(case) or draft))
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/plan/intro.html", {"form": form, "case": case})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def plan_agree(request, number):
    case = visible_case(request, number)
    if (draft := draft_or_none(case)) is None:
        return no_draft(request, case)
    may_start = case.status in actions.BEFORE_IMPLEMENTATION
    form = forms.AgreeForm(request.POST or None, plan=draft, may_start=may_start)
    if form.is_valid():
        try:
            actions.agree_plan(draft, **form.agreement(), by=request.user)
            messages.success(request, _("Der Plan ist vereinbart."))
            return back_to_plan(case)
        except ChangedMeanwhile:
            messages.error(request, CHANGED)
            return redirect("cases:plan_version", number, draft.pk)
        except ValidationError as error:
            form.add_error(None, in_form(form, error))
    return render(request, "cases/plan/agree.html", {"form": form, "case": case, "plan": draft})


def in_form(form, error):
    """An error at a field the form does not have is one of the whole form."""
    known = getattr(error, "error_dict", {})
    return error if known and set(known) <= set(form.fields) else ValidationError(error.messages)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def plan_discard(request, number):
    case = visible_case(request, number)
    if (draft := draft_or_none(case)) is None:
        return no_draft(request, case)
    if request.method == "POST":
        return change_or_explain(
            request,
            case,
            lambda: actions.discard_draft(draft, by=request.user),
            _("Der Entwurf ist verworfen."),
        )
    return render(request, "cases/plan/discard.html", {"case": case, "plan": draft})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def plan_review(request, number):
    case = visible_case(request, number)
    agreed = case.plans.agreed().with_goals().first()
    if agreed is None:
        messages.info(request, _("Es gibt noch keinen vereinbarten Plan."))
        return back_to_plan(case)
    agreed.case = case
    form = forms.ReviewForm(request.POST or None, plan=agreed)
    if form.is_valid():
        return change_or_explain(
            request,
            case,
            lambda: actions.keep_plan(agreed, **form.cleaned_data, by=request.user),
            _("Überprüft: Der Plan gilt weiter."),
        )
    context = {"form": form, "case": case, "plan": agreed, "goals": agreed.shown_goals}
    return render(request, "cases/plan/review.html", context)


# --- Goals and steps


def goal_of(request, case, pk):
    visible = Goal.objects.visible_to(request.user).filter(plan__case=case)
    goal = get_object_or_404(visible.select_related("plan", "topic"), pk=pk)
    goal.plan.case = case
    return goal


def goal_settings(case):
    return {"needs": list(case.needs.with_topic())}


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def goal_create(request, number):
    case = visible_case(request, number)
    settings = goal_settings(case)
    asked = next((need for need in settings["needs"] if str(need.pk) == request.GET.get("bedarf")), None)
    initial = {"form_key": uuid.uuid4()} | ({"need": asked.pk, "topic": asked.topic_id} if asked else {})
    data = request.POST or None
    group = forms.GoalGroup(forms.NewGoalForm(data, initial=initial, **settings), data, steps=[])
    if group.is_valid():
        try:
            goal = actions.add_goal(group.goal.instance, case=case, steps=group.kept_steps(), by=request.user)
            return redirect("cases:plan_version", number, goal.plan_id)
        except ValidationError as error:
            group.goal.add_error(None, error)
    return render(request, "cases/plan/goal_create.html", {"form": group, "case": case})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def goal_change(request, number, pk):
    case = visible_case(request, number)
    goal = goal_of(request, case, pk)
    if not goal.plan.is_draft:
        messages.info(request, _("Dieser Plan ist vereinbart. Für Änderungen bitte den Plan fortschreiben."))
        return back_to_plan(case, goal)
    group = goal_group(goal, case, request.POST or None)
    if group.is_valid() and save_goal(request, case, group):
        return redirect("cases:plan_version", number, goal.plan_id)
    return render(request, "cases/plan/goal_change.html", {"form": group, "case": case, "goal": goal})


def goal_group(goal, case, data):
    form = forms.GoalChangeForm(data, instance=goal, **goal_settings(case))
    return forms.GoalGroup(form, data, steps=list(goal.steps.all()))


def save_goal(request, case, group):
    """Whether it is saved; otherwise the form says why."""
    try:
        actions.change_goal(
            group.goal.instance,
            opened_version=group.goal.opened_version,
            steps=group.kept_steps(),
            fields=group.changed(),
            by=request.user,
        )
        return True
    except ChangedMeanwhile:
        group.meet(goal_group(goal_of(request, case, group.goal.instance.pk), case, None))
    except ValidationError as error:
        group.goal.add_error(None, error)
    return False


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def goal_remove(request, number, pk):
    case = visible_case(request, number)
    goal = goal_of(request, case, pk)
    if request.method == "POST":
        return change_or_explain(
            request,
            case,
            lambda: actions.remove_goal(goal, by=request.user),
            _("Das Ziel ist aus dem Entwurf entfernt."),
        )
    return render(request, "cases/plan/goal_remove.html", {"case": case, "goal": goal})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def goal_progress(request, number, pk):
    """One click from the plan; the page asks where a goal was not reached."""
    case = visible_case(request, number)
    goal = goal_of(request, case, pk)
    form = forms.ProgressForm(request.POST or None, initial=progress_of(goal))
    if form.is_valid():
        answer = change_or_explain(
            request,
            case,
            lambda: actions.settle_goal(goal, **form.cleaned_data, by=request.user),
            _("Der Stand ist gespeichert."),
            goal=goal,
        )
        return back_to_closing(request, number) or answer
    return render(request, "cases/plan/progress.html", {"form": form, "case": case, "goal": goal})


def progress_of(goal):
    hurdle = {True: "yes", False: "no"}.get(goal.is_system_hurdle, "")
    return {"status": goal.status, "is_system_hurdle": hurdle}


@require_POST
@requires(Permission.WORK_ON_CASES)
def step_done(request, number, pk):
    case = visible_case(request, number)
    visible = Step.objects.visible_to(request.user).filter(goal__plan__case=case)
    step = get_object_or_404(visible.select_related("goal__plan"), pk=pk)
    step.goal.plan.case = case
    is_done = request.POST.get("done") != "no"
    done = _("Der Schritt ist erledigt.") if is_done else _("Der Schritt ist wieder offen.")
    return change_or_explain(
        request, case, lambda: actions.mark_step(step, is_done=is_done, by=request.user), done, goal=step.goal
    )


# --- The plan to take home


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def plan_takeaway(request, number):
    case = visible_case(request, number)
    shown = current_of(case)
    if shown is None or not shown.shown_goals:
        messages.info(request, _("Noch steht kein Ziel im Plan. Dann gibt es etwas zum Mitnehmen."))
        return back_to_plan(case)
    form = forms.TakeawayForm(request.POST or None, initial={"language": forms.usual_language(case)})
    if form.is_valid():
        return sheet_as_pdf(request, case, sheet(shown, case, form.cleaned_data["language"]))
    labels = [contact.label for contact in case.network.all()]
    context = {"form": form, "case": case, "plan": shown, "names": mentioned(shown, labels)}
    return render(request, "cases/plan/takeaway.html", context)


def sheet_as_pdf(request, case, page):
    try:
        content = render_pdf("cases/plan/sheet.html", {"sheet": page}, stylesheet="css/plan.css", sizes=SIZES)
    except PdfUnavailable:
        return render(request, "cases/plan/no_pdf.html", {"case": case}, status=503)
    actions.record_takeaway(case, by=request.user)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="plan-{case.number}.pdf"'
    return response
