"""How a case begins: the first interview, the decision of the clearing, and what the person agrees to."""

from datetime import date, timedelta

from cases.demo import method_texts as texts
from cases.demo.method import File, Method, Rows
from cases.demo.staff import DRAFTS
from cases.models import ClearingDecision, Client, ConfidentialityRelease, Consent, Consultation, FirstInterview, Notice
from cases.models.agreement import WARNED_BEFORE
from kim.web.languages import SOURCE

Purpose, Form = Consent.Purpose, Consent.Form
TERM = timedelta(days=364)
NOTICE_LANGUAGES = ("ar", "fa", "tr", "ru", "uk", "ti", "fr", "en", "es", "sq", "ro", "ku")
MANAGED = {Purpose.CONTACT_CHANNELS: 0.7, Purpose.CASE_CONFERENCE: 0.4, Purpose.HANDOVER: 0.2, Purpose.HEALTH: 0.3}
OTHERS = {Purpose.CONTACT_CHANNELS: 0.5}
FOR_A_TERM = (Purpose.CASE_CONFERENCE, Purpose.HANDOVER)


def begin(pen: Method, rows: Rows, file: File) -> None:
    _first_interview(pen, rows, file)
    _clearing(pen, rows, file)


def _first_interview(pen: Method, rows: Rows, file: File) -> None:
    """Of the newest cases some have none yet."""
    held_on, is_whole = file.case.opened_on, pen.chance(0.85)
    if pen.chance(0.5 if held_on >= pen.today - timedelta(days=10) else 0.05):
        return
    interview = FirstInterview(
        case=file.case, held_on=held_on, told_voluntary=True, told_free=True,
        told_confidential=is_whole or pen.chance(0.5), asked_interpreter=is_whole,
        asked_consent=is_whole or pen.chance(0.3), created_by_id=file.manager.user_id,
    )  # fmt: skip
    if is_whole:
        interview.notice_given_on = held_on
        interview.notice_language_id = file.language if file.language in NOTICE_LANGUAGES else "de"
        interview.notice_version = pen.staff.notice_version(file.manager.provider, held_on)
    rows.add(interview)


def _clearing(pen: Method, rows: Rows, file: File) -> None:
    if file.is_open and not file.has_reached("assessment"):
        return
    first = file.case.opened_on + timedelta(days=5)
    decided_on = pen.day(first, min(first + timedelta(days=20), file.end))
    level = file.case.service_level
    rows.add(
        ClearingDecision(
            id=pen.uuid(), case=file.case, outcome=level, decided_on=decided_on,
            reason=pen.rng.choice(texts.CLEARING[level]), form_key=pen.uuid(), created_at=pen.at(decided_on),
            created_by_id=file.manager.user_id,
        )
    )  # fmt: skip


# --- Consents


def agree(pen: Method, rows: Rows, client: Client, files: list[File], given: list[Consent]) -> bool:
    """What the person agrees to beside the file itself. True if their health may be written about."""
    first, last = files[0], files[-1]
    for consent in given:
        consent.notice_version = pen.staff.notice_version(first.manager.provider, consent.given_on)
        consent.notice_language = _told_in(first)
    purposes = {consent.purpose for consent in given}
    withdrawn_on = next((consent.withdrawn_on for consent in given), None)
    if given and not withdrawn_on:
        is_managed = any(file.is_managed for file in files)
        for purpose, share in (MANAGED if is_managed else OTHERS).items():
            if purpose not in purposes and pen.chance(share):
                purposes.add(purpose)
                _consent(pen, rows, first, last, purpose)
        if last.is_open and last.is_managed:
            _releases(pen, rows, last)
    may_write_of_health = Purpose.HEALTH in purposes and not withdrawn_on
    if may_write_of_health and last.is_open and pen.chance(0.5):
        client.health_note = pen.rng.choice(texts.HEALTH_NOTES)
    return may_write_of_health


def _consent(pen: Method, rows: Rows, first: File, last: File, purpose: str) -> None:
    opened_on = first.case.opened_on
    given_on = pen.day(opened_on, min(opened_on + timedelta(days=14), first.end))
    consent = _given(pen, first, purpose, given_on)
    rows.add(consent)
    if purpose in FOR_A_TERM and pen.chance(0.6):
        _limit(pen, rows, consent, last)
    elif last.is_open and purpose in (Purpose.CONTACT_CHANNELS, Purpose.CASE_CONFERENCE) and pen.chance(0.06):
        _withdraw(pen, consent, last)


def _given(pen: Method, file: File, purpose: str, given_on: date) -> Consent:
    forms = [Form.WRITTEN] * 7 + [Form.ELECTRONIC] * 2 + [Form.ORAL] * (purpose not in Consent.SPECIAL)
    version = pen.staff.notice_version(file.manager.provider, given_on)
    return Consent(
        client=file.client, purpose=purpose, form=pen.rng.choice(forms), given_on=given_on, notice_version=version,
        notice_language=_told_in(file), recorded_by_id=file.manager.user_id,
    )  # fmt: skip


def _told_in(file: File) -> str:
    return file.language if file.language in DRAFTS else SOURCE


def _limit(pen: Method, rows: Rows, consent: Consent, last: File) -> None:
    """For a year; renewed before the year is over while the case is open."""
    if not last.is_open:
        consent.valid_until = max(consent.given_on + TERM, last.end)
        return
    consent.valid_until = consent.given_on + TERM
    if pen.today - consent.given_on > timedelta(days=60) and pen.allows("expiring", last, 1):
        _run_out_soon(pen, rows, consent, last)
    elif consent.valid_until <= pen.today + WARNED_BEFORE:
        renewed_on = pen.day(consent.valid_until - timedelta(days=40), min(consent.valid_until, last.end))
        consent.replaced_on = max(renewed_on, consent.given_on)
        rows.add(_given(pen, last, consent.purpose, consent.replaced_on))


def _run_out_soon(pen: Method, rows: Rows, agreement, file: File) -> None:
    agreement.valid_until = pen.today + timedelta(days=pen.rng.randrange(3, 29))
    told_on = max(agreement.given_on, agreement.valid_until - WARNED_BEFORE)
    agreement.announced_at = pen.at(told_on, 5)
    for notice in pen.tell(file, Notice.Kind.CONSENT_EXPIRING, "cases:consents", told_on):
        rows.add(notice)


def _withdraw(pen: Method, consent: Consent, last: File) -> None:
    """At the last talk, unless a conference would have been held without the consent."""
    day = max((talk.held_on for talk in last.talks), default=last.end)
    conferences = [talk.held_on for talk in last.talks if talk.kind == Consultation.Kind.CASE_CONFERENCE]
    if day >= consent.given_on and day not in conferences and pen.allows("withdrawn", last, 1):
        consent.withdrawn_on = day


def _releases(pen: Method, rows: Rows, file: File) -> None:
    for topic in pen.rng.sample(file.topics, k=min(len(file.topics), pen.rng.choice((0, 0, 1, 1, 2)))):
        release = ConfidentialityRelease(
            id=pen.uuid(), client=file.client, concerns=pen.rng.choice(texts.RELEASE_CONCERNS), form=Form.WRITTEN,
            given_on=pen.day(file.case.opened_on, file.end), form_key=pen.uuid(), created_by_id=file.manager.user_id,
        )  # fmt: skip
        release.created_at = pen.at(release.given_on)
        if pen.chance(0.15):
            release.recipient_name = pen.rng.choice(texts.RELEASE_PEOPLE)
        else:
            release.institution_id = pen.rng.choice(pen.offices[topic]).pk
        if pen.chance(0.2) and pen.allows("expiring", file, 2):
            _run_out_soon(pen, rows, release, file)
        elif pen.chance(0.4):
            is_near = timedelta(0) <= release.given_on + TERM - pen.today <= WARNED_BEFORE
            release.valid_until = release.given_on + (2 * TERM if is_near else TERM)
        elif pen.chance(0.2):
            release.withdrawn_on = file.end
        rows.add(release)
