"""What a person agrees to: consents per purpose, releases per recipient, and their withdrawal in as many clicks."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.actions import consents as actions
from cases.actions import withdrawals
from cases.actions.files import record_reading
from cases.consents import purpose_rows
from cases.forms.consents import ConsentForm, ReleaseForm
from cases.models import Consent
from cases.shown_notices import notice_for, notices_of
from cases.views.files import visible_case
from kim.permissions import Permission, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def consents(request, number):
    """Every purpose with its state; a POST gives the consent to one of them."""
    case = visible_case(request, number)
    notices = notices_of(case.client)
    form = sent_form(request, case, notices)
    if form and form.is_valid() and give_or_explain(request, form, case):
        return redirect("cases:consents", number)
    rows = purpose_rows(case, case.client.consents.all())
    shown = notice_for(case.client, notices)
    context = {
        "case": case,
        "form": form,
        "rows": [(row, form_for(row, form, case, notices, shown)) for row in rows],
        "notices": notices,
        "releases": case.client.releases.with_recipient(),
    }
    if request.method == "GET":
        record_reading(case, by=request.user)
    return render(request, "cases/consents/list.html", context)


def sent_form(request, case, notices):
    if request.method == "GET":
        return None
    purpose = request.POST.get("purpose", "")
    known = purpose if purpose in Consent.Purpose else ""
    return ConsentForm(request.POST, client=case.client, purpose=known, notices=notices)


def form_for(row, sent, case, notices, shown):
    """The form that gives this consent: the one just sent, or a fresh one for today; none where nothing is to give."""
    if sent and sent.data.get("purpose") == row.purpose:
        return sent
    if not row.may_be_given:
        return None
    initial = {
        "purpose": row.purpose,
        "form": Consent.Form.WRITTEN,
        "given_on": timezone.localdate(),
        "notice_language": shown.language_id if shown else "",
    }
    return ConsentForm(client=case.client, purpose=row.purpose, initial=initial, notices=notices)


def give_or_explain(request, form, case):
    try:
        actions.give_consent(form.instance, case=case, by=request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, _("Die Einwilligung ist eingetragen."))
    return True


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def consent_withdraw(request, number, pk):
    case = visible_case(request, number)
    consent = get_object_or_404(case.client.consents.select_related("client"), pk=pk)
    ended = withdrawals.case_ended_by(consent)
    if request.method == "POST":
        return withdraw_or_explain(
            request, number, lambda: withdrawals.withdraw_consent(consent, case=case, by=request.user)
        )
    context = {"case": case, "consent": consent, "ends_case": ended is not None}
    return render(request, "cases/consents/withdraw.html", context)


def withdraw_or_explain(request, number, withdraw):
    try:
        withdraw()
        messages.success(request, _("Der Widerruf ist eingetragen und gilt ab sofort."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("cases:consents", number)


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def release_give(request, number):
    case = visible_case(request, number)
    initial = {"form": Consent.Form.WRITTEN, "given_on": timezone.localdate(), "form_key": uuid.uuid4()}
    form = ReleaseForm(request.POST or None, client=case.client, initial=initial)
    if form.is_valid():
        try:
            actions.give_release(form.instance, case=case, by=request.user)
            messages.success(request, _("Die Entbindung von der Schweigepflicht ist eingetragen."))
            return redirect("cases:consents", number)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "cases/consents/release_give.html", {"form": form, "case": case})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORK_ON_CASES)
def release_withdraw(request, number, pk):
    case = visible_case(request, number)
    release = get_object_or_404(case.client.releases.with_recipient(), pk=pk)
    if request.method == "POST":
        return withdraw_or_explain(
            request, number, lambda: withdrawals.withdraw_release(release, case=case, by=request.user)
        )
    return render(request, "cases/consents/release_withdraw.html", {"case": case, "release": release})
