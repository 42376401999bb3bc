"""Deciding about requests that may be spam, many at once and without reading any; and taking that back."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cases.models import IntakeRequest, Judgement
from cases.models.request import STEPS
from kim.audit.models import record
from kim.records import ChangedMeanwhile
from kim.users.models import User

RECORDED = {
    Judgement.REAL: "request.judged_real",
    Judgement.SPAM: "request.judged_spam",
    Judgement.UNDECIDED: "request.judgement_withdrawn",
}


@dataclass
class Judged:
    done: list[IntakeRequest] = field(default_factory=list)
    gone: list[IntakeRequest] = field(default_factory=list)  # changed since they were looked at


def sorted_out(chosen: dict[IntakeRequest, int], judgement: Judgement) -> Judged:
    """What it would mean: only what is still as it was looked at is decided."""
    judged = Judged()
    for request, version in chosen.items():
        is_fit = request.version == version and _awaits(request, judgement)
        (judged.done if is_fit else judged.gone).append(request)
    return judged


@transaction.atomic
def judge_requests(chosen: dict[IntakeRequest, int], *, judgement: Judgement, by: User) -> Judged:
    """Decide about each in the version that was looked at; what has changed meanwhile stays as it is.

    Nothing is deleted here: spam goes on its day, as anything doubtful does that nobody works on. What is taken back
    has its seven days again. In the order of their keys, so that two who judge the same wait and do not block.
    """
    judged = sorted_out(dict(sorted(chosen.items(), key=lambda pair: pair[0].pk)), judgement)
    for request in list(judged.done):
        try:
            request.move("judge", by=by, **_facts(request, judgement))
        except (ChangedMeanwhile, ValidationError):
            judged.done.remove(request)
            judged.gone.append(request)
    for request in judged.done:  # only now: the log makes others wait, who may hold one of the rows above
        record(RECORDED[judgement], by=by, subject=request)
    return judged


def _awaits(request: IntakeRequest, judgement: Judgement) -> bool:
    if not STEPS["judge"].fits(request):
        return False
    is_acquitted = not request.is_suspect and bool(request.suspicion)
    if judgement == Judgement.UNDECIDED:
        return request.is_spam or is_acquitted
    return request.is_suspect and not request.is_spam


def _facts(request: IntakeRequest, judgement: Judgement) -> dict[str, object]:
    facts: dict[str, object] = {"is_suspect": judgement != Judgement.REAL, "suspicion": request.suspicion}
    if judgement == Judgement.SPAM:
        return facts | {"is_spam": True, "last_action_at": request.last_action_at}
    return facts | {"last_action_at": timezone.now()}
