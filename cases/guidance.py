"""What the file offers next: at each phase what is due or missing, as a sentence and one button.

Every rule looks at the case and the Facts and asks the database nothing. What is past its day comes first, then the
rules in their order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.consents import Purpose, has_locked_notes, last_words, purposes_in_force
from cases.file_summary import FileSummary
from cases.models import Case, Consent
from cases.models.agreement import WARNED_BEFORE
from cases.models.case import AGEING_OUT, SILENCE
from cases.models.plan import REVIEW_AHEAD

SHOWN = 4
IN_WORK = (Case.Status.ASSESSMENT, Case.Status.PLANNING, Case.Status.IMPLEMENTATION)


@dataclass(frozen=True)
class Hint:
    code: str
    text: str
    action: str
    url: str
    is_late: bool = False
    is_post: bool = False  # the button acts at once instead of leading to a page


@dataclass(frozen=True)
class Facts:
    """All that the rules know beside the case itself."""

    day: date
    is_own: bool
    consents: list[Consent]
    summary: FileSummary
    has_interview: bool = False
    is_decided: bool = False
    has_need: bool = False
    has_next_step: bool = False  # a follow-up or an open step of the agreed plan
    has_locked_notes: bool = False

    @classmethod
    def of(cls, case: Case, summary: FileSummary, page: dict[str, Any]) -> "Facts":
        """Of a case from `with_method`, and what its page knows already."""
        is_own, consents = page["is_own"], page["consents"]
        return cls(
            day=page["today"],
            is_own=is_own,
            consents=consents,
            summary=summary,
            has_interview=case.has_interview,
            is_decided=case.is_decided,
            has_need=case.has_need,
            has_next_step=bool(page["follow_ups"]) or case.has_step,
            has_locked_notes=is_own and has_locked_notes(case, consents),
        )


def guide(case: Case, facts: Facts) -> list[Hint]:
    """The most pressing first; a closed case needs nothing."""
    if not case.is_open:
        return []
    found = [hint for rule in RULES if (hint := rule(case, facts))]
    return sorted(found, key=lambda hint: not hint.is_late)


def _to(name: str, case: Case, *parts: object) -> str:
    return reverse(f"cases:{name}", args=[case.number, *parts])


def _german(day: date) -> str:
    return f"{day:%d.%m.%Y}"


# --- What the law and the calendar ask


def missing_consent(case: Case, facts: Facts) -> Hint | None:
    missing = case.required_consents() - purposes_in_force(facts.consents)
    if not missing:
        return None
    labels = ", ".join(str(purpose.label) for purpose in Purpose if purpose in missing)
    text = _("Für diesen Fall fehlt eine Einwilligung: %(purposes)s.") % {"purposes": labels}
    return Hint("consent_missing", text, _("Einwilligung eintragen"), _to("consents", case), is_late=True)


def locked_notes(case: Case, facts: Facts) -> Hint | None:
    if not facts.has_locked_notes:
        return None
    text = _("Besondere Angaben sind gesperrt: Die Einwilligung gilt nicht mehr.")
    return Hint("locked_notes", text, _("Jetzt löschen"), _to("special_notes_erase", case), is_late=True, is_post=True)


def document(case: Case, facts: Facts) -> Hint | None:
    """The paper that runs out first."""
    if not facts.summary.documents:
        return None
    row = facts.summary.documents.all[0]
    is_over = row.day < facts.day
    text = _("%(kind)s: abgelaufen am %(day)s.") if is_over else _("%(kind)s: läuft am %(day)s ab.")
    text = text % {"kind": row.label, "day": _german(row.day)}
    return Hint("document", text, _("Fristen ansehen"), _to("document_list", case), is_late=is_over)


def review(case: Case, facts: Facts) -> Hint | None:
    plan = facts.summary.plan
    if plan is None or plan.day > facts.day + REVIEW_AHEAD:
        return None
    is_over = plan.day < facts.day
    text = _("Die Überprüfung des Plans war am %(day)s fällig.") if is_over else _(
        "Die Überprüfung des Plans ist am %(day)s fällig."
    )  # fmt: skip
    text = text % {"day": _german(plan.day)}
    return Hint("review", text, _("Plan überprüfen"), _to("plan_review", case), is_late=is_over)


def referral_result(case: Case, facts: Facts) -> Hint | None:
    due = [row for row in facts.summary.referrals.all if row.day is not None and row.day <= facts.day]
    if not due:
        return None
    if len(due) > 1:
        text = _("Bei %(n)s Vermittlungen ist nach dem Ergebnis zu fragen.") % {"n": len(due)}
        return Hint("referral", text, _("Ergebnisse eintragen"), _to("referral_list", case))
    text = _("Nach dem Ergebnis der Vermittlung fragen: %(where)s.") % {"where": due[0].title}
    return Hint("referral", text, _("Ergebnis eintragen"), _to("referral_result", case, due[0].pk))


# --- What the method asks in this phase


def first_interview(case: Case, facts: Facts) -> Hint | None:
    if case.status != Case.Status.CLEARING or facts.has_interview:
        return None
    text = _("Das Erstgespräch ist noch nicht festgehalten.")
    return Hint("first_interview", text, _("Erstgespräch festhalten"), _to("first_interview", case))


def consent_for_file(case: Case, facts: Facts) -> Hint | None:
    """Asked for in the clearing; where the case cannot go on without, `missing_consent` says so."""
    is_asked = case.status == Case.Status.CLEARING and facts.has_interview and not facts.is_decided
    known = purposes_in_force(facts.consents) | case.required_consents()
    if not is_asked or Purpose.DOCUMENTATION in known:
        return None
    text = _("Für Case Management braucht es noch die Einwilligung in das Führen der Akte.")
    return Hint("consent_for_file", text, _("Einwilligung eintragen"), _to("consents", case))


def clearing(case: Case, facts: Facts) -> Hint | None:
    """Decided by whoever is in charge, after the first interview."""
    if case.status != Case.Status.CLEARING or facts.is_decided or not facts.has_interview or not facts.is_own:
        return None
    text = _("Die Klärung läuft seit dem %(day)s.") % {"day": _german(case.opened_on)}
    return Hint("clearing", text, _("Klärung entscheiden"), _to("clearing", case))


def needs_and_plan(case: Case, facts: Facts) -> Hint | None:
    """The next step of the method, one at a time; only Case Management has to have needs and a plan."""
    if case.status not in IN_WORK or case.service_level != Case.ServiceLevel.CASE_MANAGEMENT:
        return None
    plan, draft = facts.summary.plan, facts.summary.draft
    if not facts.has_need:
        return Hint("no_need", _("Noch kein Bedarf erfasst."), _("Bedarfe erfassen"), _to("assess", case))
    if plan is None and draft is None:
        text = _("Noch kein Plan vereinbart.")
        return Hint("no_plan", text, _("Plan beginnen"), _to("plan_draft", case), is_post=True)
    if draft is None:
        return None
    if not facts.summary.draft_goals:
        return Hint("no_goal", _("Im Entwurf des Plans steht noch kein Ziel."), _("Ziel eintragen"), _to(
            "goal_create", case
        ))  # fmt: skip
    text = _("Der neue Plan ist noch ein Entwurf.") if plan else _("Der Plan ist noch ein Entwurf.")
    return Hint("draft", text, _("Plan vereinbaren"), _to("plan_agree", case))


# --- What must not be forgotten


def handover(case: Case, facts: Facts) -> Hint | None:
    if not facts.summary.handovers:
        return None
    row = facts.summary.handovers.all[0]
    text = _("Die Übergabe an %(name)s wartet seit dem %(day)s auf Antwort.")
    text = text % {"name": row.name, "day": _german(row.since)}
    return Hint("handover", text, _("Übergabe ansehen"), _to("handover_list", case))


def silence(case: Case, facts: Facts) -> Hint | None:
    since = case.last_contact_on or case.opened_on
    if case.is_paused or facts.day - since <= SILENCE:
        return None
    text = _("Seit %(day)s kein Kontakt.") % {"day": _german(since)}
    url = f"{reverse('cases:consultation_create')}?fall={case.number}"
    return Hint("silence", text, _("Beratung eintragen"), url)


def expiring_consent(case: Case, facts: Facts) -> Hint | None:
    """The first to end of those in force, be it a consent or a release."""
    said = last_words(facts.consents).values()
    ends = [(row.valid_until, row.get_purpose_display()) for row in said if row.is_in_force and row.valid_until]
    ends += [(row.day, _("Entbindung %(name)s") % {"name": row.title}) for row in facts.summary.releases.all if row.day]
    ends = sorted(end for end in ends if end[0] <= facts.day + WARNED_BEFORE)
    if not ends:
        return None
    day, name = ends[0]
    text = _("Endet am %(day)s: %(name)s.") % {"day": _german(day), "name": name}
    if len(ends) > 1:
        more = len(ends) - 1
        text += " " + ngettext("Noch eine endet bald.", "Noch %(n)s enden bald.", more) % {"n": more}
    return Hint("consent_expiring", text, _("Erneuern"), _to("consents", case))


def ageing_out(case: Case, facts: Facts) -> Hint | None:
    day = case.ages_out_on
    if day is None or day - facts.day > AGEING_OUT:
        return None
    if day > facts.day:
        text = _(
            "Wird am %(day)s älter, als dieser Schwerpunkt vorsieht. Der Fall läuft weiter; an den Übergang denken."
        )
    else:
        text = _("Ist seit dem %(day)s älter, als dieser Schwerpunkt vorsieht. Der Fall läuft weiter.")
    text = text % {"day": _german(day)}
    return Hint("ageing_out", text, _("Übergang vormerken"), _to("follow_up_create", case))


def next_step(case: Case, facts: Facts) -> Hint | None:
    """Asked for once the method is under way."""
    if case.status not in IN_WORK or facts.has_next_step:
        return None
    return Hint("next_step", _("Kein nächster Schritt vorgemerkt."), _("Vormerken"), _to("follow_up_create", case))


RULES: list[Callable[[Case, Facts], Hint | None]] = [
    missing_consent,
    locked_notes,
    document,
    review,
    referral_result,
    first_interview,
    consent_for_file,
    clearing,
    needs_and_plan,
    handover,
    silence,
    expiring_consent,
    ageing_out,
    next_step,
]
