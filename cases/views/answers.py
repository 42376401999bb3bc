"""Answering a request by mail: write, look at the mail as it will arrive, send."""

import re
import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.actions import answers as actions
from cases.forms.answers import AnswerForm, language_of
from cases.mailbox.writing import filled, isolated
from cases.models import IntakeRequest
from cases.views.requests import CHANGED, visible_request
from districts.models import AnswerText
from kim.permissions import Permission, requires
from kim.records import ChangedMeanwhile
from kim.users.models import User
from kim.web.languages import LANGUAGES

ONCE_MORE = "noch-einmal"
PK = re.compile("[0-9]{1,18}")


@require_http_methods(["GET", "POST"])
@requires(Permission.TAKE_REQUESTS)
def request_answer(request: HttpRequest, number: str) -> HttpResponse:
    intake = visible_request(request, number)
    steps = intake.steps_for(request.user)
    if "answer" not in steps or not actions.can_be_answered(intake):
        messages.error(request, _("Diese Anfrage lässt sich von hier nicht per Mail beantworten."))
        return redirect("cases:request_detail", number)
    form = _form(request, intake, steps)
    if form.step == "insert" and form.is_valid():
        form = _with_block(request, form, intake, steps)
    elif form.step == "send" and form.is_valid() and _sent(request, form, intake):
        return redirect("cases:request_detail", number)
    context = {"intake": intake, "form": form, "mail": _mail(form, intake)}
    return render(request, "cases/requests/answer.html", context)


def _form(request: HttpRequest, intake: IntakeRequest, steps: set[str], **values) -> AnswerForm:
    pressed = request.POST.get("step") if request.POST.get("step") in AnswerForm.STEPS else "look"
    begin = {"form_key": uuid.uuid4(), "language": language_of(intake)} | _once_more(request, intake) | values
    data = request.POST if request.method == "POST" and not values and pressed != "change" else None
    if pressed == "change":  # back from the preview, with all that was typed
        begin |= request.POST.dict()
    step = "look" if values else pressed
    return AnswerForm(
        data, initial=begin, step=step, can_note_contact="contact" in steps, is_protected=intake.is_protected
    )


def _once_more(request: HttpRequest, intake: IntakeRequest) -> dict[str, str]:
    """The text of an answer of this request that did not arrive, or perhaps not, to begin a new mail with."""
    pk = request.GET.get(ONCE_MORE, "")
    failed = intake.messages.failed().filter(pk=pk).first() if PK.fullmatch(pk) else None
    if failed is None:
        return {}
    if failed.state == failed.State.UNCERTAIN and request.method == "GET":
        messages.warning(request, _("Vielleicht ist diese Mail schon angekommen; dann kommt sie zweimal an."))
    return {"text": failed.text, "language": failed.language}


def _with_block(request: HttpRequest, form: AnswerForm, intake: IntakeRequest, steps: set[str]) -> AnswerForm:
    """The block below what is written already, in the language of the mail or else in German."""
    typed = form.cleaned_data
    block = AnswerText.objects.best(typed["block"], typed["language"])
    if block is None:
        return form
    if block.language_id != typed["language"]:
        messages.info(request, _("Diesen Baustein gibt es in dieser Sprache noch nicht; eingefügt ist der deutsche."))
    elif block.needs_a_reader:
        messages.info(request, _("Diesen Baustein hat noch niemand mit dieser Muttersprache geprüft."))
    text = "\n\n".join(
        filter(None, (typed["text"], filled(block.text, _values(request.user, intake), block.language_id)))
    )
    return _form(request, intake, steps, **typed | {"text": text, "block": ""})


def _values(user: User, intake: IntakeRequest) -> dict[str, str]:
    own = user.case_manager  # only case managers have the step
    return {
        "name": user.name,
        "nummer": intake.number,
        "telefon": own.work_phone,
        "sprechzeiten": own.office_hours.replace("\n", "; "),
    }


def _sent(request: HttpRequest, form: AnswerForm, intake: IntakeRequest) -> bool:
    typed = form.cleaned_data
    try:
        message = actions.answer_request(
            intake,
            text=typed["text"],
            language=typed["language"],
            form_key=typed["form_key"],
            is_first_contact=typed.get("is_first_contact", False),
            by=request.user,
        )
    except (ChangedMeanwhile, ValidationError) as error:
        messages.error(request, " ".join(error.messages) if isinstance(error, ValidationError) else CHANGED)
        return False
    message.refresh_from_db(fields=["state"])
    if message.state == message.State.SENT:
        messages.success(request, _("Die Antwort ist gesendet."))
    else:
        messages.warning(request, _("Die Antwort ist gespeichert. Wie es mit ihr steht, zeigt „Nachrichten“."))
    return True


def _mail(form: AnswerForm, intake: IntakeRequest) -> dict[str, object] | None:
    """The mail as it will arrive, once there is one to look at."""
    if not form.is_bound or form.step == "insert" or set(form.errors) - {"__all__"}:
        return None
    language = form.cleaned_data["language"]
    return {
        "sender": actions.sender_for(intake),
        "subject": actions.subject_for(intake, language),
        "text": isolated(form.cleaned_data["text"], language),
        "spoken": LANGUAGES[language],
        "words": form.delicate_words(),
    }
