"""The beginning of a case: the first interview and the decision of the clearing."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cases.actions.consents import hold
from cases.actions.files import close_case
from cases.models import Case, ClearingDecision, FirstInterview
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM, ChangedMeanwhile
from kim.users.models import User

Outcome, ClosingReason = ClearingDecision.Outcome, Case.ClosingReason


@transaction.atomic
def record_first_interview(interview: FirstInterview, *, opened_version: int, by: User) -> None:
    """Save over the version that was opened, or the first one; raises ChangedMeanwhile."""
    if interview.pk:
        interview.save_version(opened_version)
    else:
        interview.created_by = by
        try:
            with transaction.atomic():
                interview.save(force_insert=True)
        except IntegrityError:  # written down at the same moment in another window
            raise ChangedMeanwhile from None
    record("first_interview.recorded", by=by, subject=interview.case)


def decide_clearing(decision: ClearingDecision, *, closes: bool, by: User) -> ClearingDecision:
    """Keep the decision and do what follows from it, once however often its form is sent.

    Who is not taken leaves at once, a Verweisberatung if `closes`. Raises ValidationError or ChangedMeanwhile.
    """
    decision.created_by = by
    try:
        with transaction.atomic():
            hold(decision.case.client)  # before the decision touches the row of the case, as everywhere
            decision.save(force_insert=True)
            _carry_out(decision, closes=closes, by=by)
            record("case.cleared", by=by, subject=decision.case, outcome=decision.outcome)
            return decision
    except IntegrityError:
        first = decision.first_result(by)
        if first is None or first.case_id != decision.case_id:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first


def _carry_out(decision: ClearingDecision, *, closes: bool, by: User) -> None:
    case, is_taken = decision.case, decision.outcome != Outcome.NOT_TAKEN
    version = case.version
    case.settle(decision.outcome if is_taken else "")
    if is_taken and not (closes and decision.outcome == Outcome.SIGNPOSTING):
        case.save_version(version)
        return
    close_case(
        case,
        on=decision.decided_on,
        reason=ClosingReason.OTHER_SERVICE if is_taken else ClosingReason.NOT_TAKEN,
        note=decision.reason,
        follow_up_service=decision.referred_to,
        by=by,
    )
