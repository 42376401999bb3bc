"""What may be spam: the coordinating office sorts it out by reason, time and language, without reading it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from cases.actions.judgements import Judged, judge_requests, sorted_out
from cases.forms.dispatch import DoubtfulFilter, JudgeForm
from cases.models import IntakeRequest, Judgement, Suspicion
from kim.permissions import Permission, requires
from kim.text import label_of

PAGE_SIZE = 50


@require_safe
@requires(Permission.DISPATCH_REQUESTS)
def dispatch_doubtful(request: HttpRequest) -> HttpResponse:
    rows = IntakeRequest.objects.listed_for(request.user)
    chosen = DoubtfulFilter(request.GET, queryset=rows, request=request)
    page = Paginator(chosen.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": chosen.form, "page": page, "state": chosen.chosen.get("state", ""), "reasons": _reasons(rows)}
    return render(request, "cases/dispatch/doubtful.html", context)


def _reasons(rows) -> list[tuple[str, str, int]]:
    """Of what is still to be decided: code, words, how many; the most frequent first."""
    counted = rows.undecided().order_by().values_list("suspicion").annotate(number=Count("pk"))
    found = [(code, label_of(Suspicion, code), number) for code, number in counted if code]
    return sorted(found, key=lambda reason: -reason[2])


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DISPATCH_REQUESTS)
def dispatch_judge(request: HttpRequest) -> HttpResponse:
    """Say how many it are and what becomes of them; confirm."""
    data = request.POST if request.method == "POST" else request.GET
    form = JudgeForm(data, rows=IntakeRequest.objects.listed_for(request.user))
    if not form.is_valid():
        messages.error(request, " ".join(form.non_field_errors()) or _("Bitte wählen, was die Anfragen sind."))
        return redirect("cases:dispatch_doubtful")
    judgement, chosen = Judgement(form.cleaned_data["judgement"]), form.chosen
    if request.method == "POST":
        return _tell(request, judge_requests(chosen, judgement=judgement, by=request.user), judgement, form)
    plan = sorted_out(chosen, judgement)
    context = {
        "plan": plan,
        "judgement": judgement,
        "versions": form.versions,
        "gone": len(form.versions) - len(plan.done),
        "first_deleted_on": min((each.deleted_on for each in plan.done), default=None),
    }
    return render(request, "cases/dispatch/judge.html", context)


def _tell(request: HttpRequest, judged: Judged, judgement: Judgement, form: JudgeForm) -> HttpResponse:
    number, gone = len(judged.done), len(form.versions) - len(judged.done)
    sentence = {
        Judgement.REAL: lambda: ngettext(
            "%(number)s Anfrage ist kein Spam. Sie steht jetzt unter „Einsatz“.",
            "%(number)s Anfragen sind kein Spam. Sie stehen jetzt unter „Einsatz“.",
            number,
        ),
        Judgement.SPAM: lambda: ngettext(
            "%(number)s Anfrage ist Spam. Unter der Entscheidung „Spam“ lässt sich das zurücknehmen.",
            "%(number)s Anfragen sind Spam. Unter der Entscheidung „Spam“ lässt sich das zurücknehmen.",
            number,
        ),
        Judgement.UNDECIDED: lambda: ngettext(
            "Bei %(number)s Anfrage ist die Entscheidung zurückgenommen.",
            "Bei %(number)s Anfragen ist die Entscheidung zurückgenommen.",
            number,
        ),
    }[judgement]
    if number:
        messages.success(request, sentence() % {"number": number})
    if gone:
        text = ngettext(
            "%(number)s Anfrage hat sich inzwischen geändert und bleibt, wie sie ist.",
            "%(number)s Anfragen haben sich inzwischen geändert und bleiben, wie sie sind.",
            gone,
        )
        messages.warning(request, text % {"number": gone})
    return redirect("cases:dispatch_doubtful")
