"""Reading in a list: upload, columns, check, corrections, import, undo. One list belongs to whoever uploaded it."""

import csv
import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from cases.actions import list_imports, lists
from cases.forms import lists as forms
from cases.lists.columns import COLUMNS
from cases.lists.reading import MOST_BYTES, TOO_BIG
from cases.lists.review import shown_rows, texts_of
from cases.models import ImportRow, ListImport
from kim.permissions import Permission, may, requires
from kim.web.uploads import InMemoryUpload

PAGE_SIZE = 25
SHOWN_LISTS = 20
Status = ListImport.Status
PAGES = {Status.MAPPING: "cases:list_import_columns", Status.CHECKING: "cases:list_import_check"}


def visible_list(request, pk):
    """One's own list; a page it is not ready for leads on to the right one."""
    return get_object_or_404(ListImport.objects.visible_to(request.user).select_related("provider"), pk=pk)


def where_it_stands(list_import):
    return redirect(PAGES.get(list_import.status, "cases:list_import"), list_import.pk)


def do_or_explain(request, list_import, change, done=None):
    """Run a change of the list; what it refuses is said on the page where the list stands."""
    try:
        result = change()
        if done:
            messages.success(request, done(result))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return where_it_stands(ListImport.objects.visible_to(request.user).filter(pk=list_import.pk).first() or list_import)


@csrf_exempt  # the token is checked below, once it is known who may send a file at all
@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_LISTS)
def list_import_start(request):
    """The only page that takes a file: into memory, and only from somebody who may read lists in."""
    handler = InMemoryUpload(request, MOST_BYTES)
    request.upload_handlers = [handler]
    return _start(request, handler)


@csrf_protect
def _start(request, handler):
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.UploadForm(*sent, initial={"form_key": uuid.uuid4()})
    if sent and handler.is_too_large:
        form.errors["file"] = form.error_class([TOO_BIG], "invalid-feedback")
    elif form.is_valid():
        try:
            return where_it_stands(_taken_up(form, request.user))
        except ValidationError as error:
            form.add_error("file", error)
    mine = ListImport.objects.visible_to(request.user)[:SHOWN_LISTS]
    context = {"form": form, "lists": mine, "is_too_large": "zu-gross" in request.GET, "too_big": TOO_BIG}
    return render(request, "cases/list_import/start.html", context)


def _taken_up(form, user):
    cleaned = form.cleaned_data
    content = cleaned["file"].read()
    return lists.start_import(content, sheet=cleaned["sheet"], form_key=cleaned["form_key"], by=user)


@require_GET
@requires(Permission.IMPORT_LISTS)
def list_import_template(request):
    """An empty list with headings that are recognised."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="liste-vorlage.csv"'
    response.write("\ufeff")
    names = [name for name in forms.allowed_columns(may(request.user, Permission.LEAD_TEAM)) if name != "full_name"]
    csv.writer(response, delimiter=";").writerow([COLUMNS[name].label for name in names])
    return response


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_LISTS)
def list_import_columns(request, pk):
    list_import = visible_list(request, pk)
    if not list_import.is_unfinished:
        return where_it_stands(list_import)
    form = columns_form(request, list_import)
    if form.is_valid():
        chosen = {name: form.cleaned_data.get(name) for name in ("case_manager", "track")}
        return do_or_explain(
            request,
            list_import,
            lambda: lists.map_columns(list_import, mapping=form.mapping, **chosen, by=request.user),
        )
    beginning = list_import.beginning
    header_form = forms.HeaderRowForm(initial={"header_row": list_import.header_row}, rows=beginning["rows"])
    context = {"list": list_import, "form": form, "header_form": header_form, "beginning": beginning}
    return render(request, "cases/list_import/columns.html", context)


def columns_form(request, list_import):
    is_lead = may(request.user, Permission.LEAD_TEAM)
    staff = lists.responsible_staff(request.user)
    tracks = forms.tracks_for(staff.order_by().values("pk"))
    only = list(tracks[:2])
    return forms.ColumnsForm(
        request.POST or None,
        initial={
            "track": list_import.track_id or (only[0].pk if len(only) == 1 else None),
            "case_manager": list_import.case_manager_id,
        },
        headings=list_import.headings,
        samples=[cells for position, cells in list_import.beginning["rows"] if position > list_import.header_row],
        suggested=lists.suggested_mapping(list_import, forms.allowed_columns(is_lead)),
        staff=staff,
        tracks=tracks,
        is_lead=is_lead,
    )


@require_POST
@requires(Permission.IMPORT_LISTS)
def list_import_header(request, pk):
    list_import = visible_list(request, pk)
    form = forms.HeaderRowForm(request.POST, rows=list_import.beginning["rows"])
    if form.is_valid():
        position = form.cleaned_data["header_row"]
        return do_or_explain(request, list_import, lambda: lists.set_header_row(list_import, position=position))
    messages.error(request, _("Diese Zeile gibt es nicht."))
    return where_it_stands(list_import)


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_LISTS)
def list_import_check(request, pk):
    """One chunk per POST; the page goes on by itself, or by its button."""
    list_import = visible_list(request, pk)
    if request.method == "POST":
        answer = do_or_explain(request, list_import, lambda: lists.check_chunk(list_import, by=request.user))
        list_import.refresh_from_db()
        if list_import.status != Status.CHECKING:
            return HttpResponseClientRedirect(answer.url) if request.htmx else answer
    elif list_import.status != Status.CHECKING:
        return where_it_stands(list_import)
    counts = list_import.rows.counts()
    total = sum(counts.values()) - counts[ImportRow.State.HEADING]
    context = {"list": list_import, "total": total, "checked": total - counts[ImportRow.State.WAITING]}
    template = "_progress" if request.htmx else "check"
    return render(request, f"cases/list_import/{template}.html", context)


@require_GET
@requires(Permission.IMPORT_LISTS)
def list_import(request, pk):
    """Where the list stands: its rows to be corrected, or what has become of it."""
    found = visible_list(request, pk)
    if found.status in PAGES:
        return where_it_stands(found)
    if not found.is_unfinished:
        context = {"list": found, "may_open": may(request.user, Permission.WORK_ON_CASES)}
        return render(request, "cases/list_import/result.html", context)
    return render(request, "cases/list_import/review.html", review_context(request, found))


def review_context(request, found):
    """The rows in the state one looks at, and what keeps the list from being imported."""
    counts = found.rows.counts()
    total = sum(counts.values()) - counts[ImportRow.State.HEADING]
    state = request.GET.get("stand", "")
    rows = found.rows.filter(state=state) if state in counts else found.rows.exclude(state=ImportRow.State.HEADING)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "list": found,
        "counts": counts,
        "total": total,
        "page": page,
        "state": state if state in counts else "",
        "shown": shown_rows(page.object_list, found.mapping),
        "filters": [(key, label, counts.get(key, total)) for key, label in forms.FILTERS if not key or counts[key]],
        "first_fault": found.rows.filter(state=ImportRow.State.FAULTY).only("pk").first(),
        "loads": lists.preview(found) if may(request.user, Permission.LEAD_TEAM) else [],
        "may_open": may(request.user, Permission.WORK_ON_CASES),
    }


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_LISTS)
def list_import_row(request, pk):
    """One row with its texts; saved as typed, with what is still wrong said at the field."""
    row = get_object_or_404(ImportRow.objects.visible_to(request.user).select_related("list_import__provider"), pk=pk)
    if row.list_import.status != Status.READY:
        return where_it_stands(row.list_import)
    form = row_form(request, row)
    if request.method == "POST" and form.is_valid():
        try:
            row = lists.correct_row(row, list_import=row.list_import, fixed=form.cleaned_data, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return where_it_stands(row.list_import)
        if not row.faults:
            messages.success(request, _("Zeile %(row)s ist in Ordnung.") % {"row": row.position})
            return next_row(request, row)
    for name, sentence in row.parts["said"] if form.is_bound else ():
        form.add_error(name if name in form.fields else None, sentence)
    context = {
        "form": form,
        "list": row.list_import,
        "row": row,
        "shown": shown_rows([row], row.list_import.mapping)[0],
    }
    return render(request, "cases/list_import/row.html", context)


def row_form(request, row):
    """With what was typed, else with the texts of the row: as if typed where something is wrong with them."""
    texts = texts_of(row, row.list_import.mapping)
    blamed = [name for name, _sentence in row.parts["said"] if name in COLUMNS]
    names = [name for name in COLUMNS if name in texts or name in blamed]
    data = request.POST if request.method == "POST" else texts if row.faults else None
    return forms.RowForm(data, names=names, initial=texts)


def next_row(request, row):
    """The next row with a fault, or the list."""
    following = row.list_import.rows.filter(state=ImportRow.State.FAULTY).order_by("position")
    found = following.filter(position__gt=row.position).first() or following.first()
    if found and "weiter" in request.POST:
        return redirect("cases:list_import_row", found.pk)
    return redirect("cases:list_import", row.list_import_id)


@require_POST
@requires(Permission.IMPORT_LISTS)
def list_import_decide(request, pk):
    found = visible_list(request, pk)
    form = forms.DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Bitte eine Zeile und eine Entscheidung wählen."))
        return where_it_stands(found)
    cleaned = form.cleaned_data
    narrowed = {"position": cleaned["row"]} if cleaned["row"] else {"state": cleaned["state"]}
    rows = found.rows.filter(**narrowed)
    answer = do_or_explain(request, found, lambda: lists.decide(rows, cleaned["decision"], list_import=found))
    if cleaned["row"] and request.POST.get("stand") in ImportRow.State.values:
        answer["Location"] += f"?stand={request.POST['stand']}"
    return answer


@require_POST
@requires(Permission.IMPORT_LISTS)
def list_import_finish(request, pk):
    found = visible_list(request, pk)
    return do_or_explain(request, found, lambda: list_imports.import_list(found, by=request.user))


def _undone(count: int) -> str:
    return ngettext("%(count)s Fall ist wieder gelöscht.", "%(count)s Fälle sind wieder gelöscht.", count) % {
        "count": count
    }


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_LISTS)
def list_import_undo(request, pk):
    found = visible_list(request, pk)
    if request.method == "POST":
        return do_or_explain(request, found, lambda: list_imports.undo_import(found, by=request.user), _undone)
    if not found.can_be_undone:
        return where_it_stands(found)
    return render(request, "cases/list_import/undo.html", {"list": found})


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_LISTS)
def list_import_discard(request, pk):
    found = visible_list(request, pk)
    if request.method == "POST" and found.is_unfinished:
        try:
            lists.discard(found, by=request.user)
            messages.success(request, _("Die Liste ist verworfen."))
            return redirect("cases:list_import_start")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    if not found.is_unfinished:
        return where_it_stands(found)
    return render(request, "cases/list_import/discard.html", {"list": found})
