"""Papers of a person that run out, under the case they are seen from."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.actions import documents as actions
from cases.actions.files import record_reading
from cases.forms.documents import DocumentChangeForm, DocumentForm
from cases.models import ExpiringDocument
from cases.views.files import visible_case
from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile


@require_GET
@requires(Permission.WORK_ON_CASES)
def document_list(request, number):
    case = visible_case(request, number)
    documents = list(case.client.documents.all())
    record_reading(case, by=request.user, what="document.read")
    context = {
        "case": case,
        "open_documents": [document for document in documents if not document.done_at],
        "done_documents": [document for document in documents if document.done_at],
    }
    return render(request, "cases/documents/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def document_create(request, number):
    case = visible_case(request, number)
    document = ExpiringDocument(client=case.client)
    form = DocumentForm(request.POST or None, instance=document, initial={"form_key": uuid.uuid4()})
    if form.is_valid():
        try:
            actions.add_document(form.instance, case=case, by=request.user)
            messages.success(request, _("Die Frist ist eingetragen."))
            return redirect("cases:document_list", number)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/documents/form.html", {"form": form, "case": case})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def document_change(request, number, pk):
    case = visible_case(request, number)
    document = get_object_or_404(case.client.documents, pk=pk)
    form = DocumentChangeForm(request.POST or None, instance=document)
    if form.is_valid():
        try:
            version = form.opened_version
            actions.change_document(form.instance, case=case, opened_version=version, form=form, by=request.user)
            messages.success(request, _("Gespeichert."))
            return redirect("cases:document_list", number)
        except ChangedMeanwhile:
            form.meet(DocumentChangeForm(instance=case.client.documents.get(pk=pk)))
    return render(request, "cases/documents/form.html", {"form": form, "case": case})


@require_POST
@requires(Permission.WORK_ON_CASES)
def document_complete(request, number, pk):
    case = visible_case(request, number)
    document = get_object_or_404(case.client.documents, pk=pk)
    try:
        actions.complete_document(document, case=case, by=request.user)
        messages.success(request, _("Erledigt."))
    except ValidationError as error:
        messages.info(request, " ".join(error.messages))
    return redirect("cases:document_list", number)
