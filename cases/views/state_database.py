"""What goes into the database of the state: the list of what is left to transfer, and a sheet without a name."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.actions import state_database as actions
from cases.actions.files import record_reading
from cases.forms.state_database import NoteForm, TransferForm
from cases.models import Case
from cases.state_database import key_of, sheet_of, standing_of, what_forbids, with_sheet_data
from cases.views.files import visible_case
from kim.permissions import Permission, requires

PAGE_SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.WORK_ON_CASES)
def state_database(request):
    """The own cases with something left to transfer; several are ticked off at once."""
    cases = Case.objects.visible_to(request.user).owned_by(request.user).state_record_due().with_state_record()
    cases = cases.with_list_data("opened_on", "closing_reason", "provider__code").select_related("provider")
    page = Paginator(cases, PAGE_SIZE).get_page(request.GET.get("page"))
    form = TransferForm(request.POST or None, cases=page.object_list, initial={"noted_on": timezone.localdate()})
    if form.is_valid():
        actions.note_transferred(form.chosen, on=form.cleaned_data["noted_on"], by=request.user)
        number = len(form.chosen)
        text = ngettext("%(n)s Fall ist als übertragen vermerkt.", "%(n)s Fälle sind als übertragen vermerkt.", number)
        messages.success(request, text % {"n": number})
        return redirect("cases:state_database")
    rows = [(case, key_of(case), standing_of(case)) for case in page.object_list]
    return render(request, "cases/state_database/list.html", {"page": page, "rows": rows, "form": form})


def _sheet_case(request, number):
    return visible_case(request, number, also=with_sheet_data)


@require_GET
@requires(Permission.WORK_ON_CASES)
def state_sheet(request, number):
    case = _sheet_case(request, number)
    standing, forbidden = standing_of(case), what_forbids(case, case.client.consents.all())
    is_open = not (standing.is_withheld or forbidden)
    context = {
        "case": case,
        "standing": standing,
        "forbidden": forbidden,
        "groups": sheet_of(case) if is_open else [],
        "form": TransferForm(cases=[case], initial={"noted_on": timezone.localdate(), "case": [key_of(case)]}),
        "key": key_of(case),
    }
    record_reading(case, by=request.user, what="state_database.read")
    return render(request, "cases/state_database/sheet.html", context)


@require_POST
@requires(Permission.WORK_ON_CASES)
def state_transferred(request, number):
    case = _sheet_case(request, number)
    form = TransferForm(request.POST, cases=[case])
    if form.is_valid():
        actions.note_transferred([case], on=form.cleaned_data["noted_on"], by=request.user)
        messages.success(request, _("Der Fall ist als übertragen vermerkt."))
    for error in form.errors.values():
        messages.error(request, " ".join(error))
    return redirect("cases:state_sheet", number)


@require_POST
@requires(Permission.WORK_ON_CASES)
def state_note(request, number):
    case, form = _sheet_case(request, number), NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Bitte einen der angebotenen Schritte wählen."))
    elif form.cleaned_data["step"] == "withhold":
        actions.note_withheld(case, on=timezone.localdate(), by=request.user)
        messages.success(request, _("Vermerkt: Der Fall wird nicht übertragen."))
    else:
        actions.take_note_back(case, by=request.user)
        messages.success(request, _("Der Vermerk ist zurückgenommen."))
    return redirect("cases:state_sheet", number)
