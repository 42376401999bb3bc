"""Logging consultations: the record, what follows from it, and the draft it came from."""

import json
from collections.abc import Iterable
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions.consents import hold
from cases.forms.consultations import CONFERENCE_REFUSED, ConsultationForm
from cases.models import Case, Consent, Consultation, Draft, FollowUp
from districts.models import Topic
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM
from kim.users.models import User

LONGEST_DRAFT = 100_000  # characters of the whole form
MOST_DRAFTS = 50  # of one user, for forms that arrive without a session
NOT_DRAFTED = {"csrfmiddlewaretoken", "owner", "save", "fall", "q", "add", "remove"}


def log_consultation(
    consultation: Consultation, *, topics: Iterable[Topic], follow_up: FollowUp | None, by: User
) -> Consultation:
    """Save a validated consultation once, however often its form is sent; the draft it came from is gone with it.

    Returns the stored record: on a repeated submit (same form key, same user) the one the first submit made. Raises
    ValidationError when the case was closed meanwhile.
    """
    try:
        with transaction.atomic():
            _store(consultation, topics=topics, follow_up=follow_up, by=by)
            _note_in_log(consultation, by=by)
            return consultation
    except IntegrityError:
        first = consultation.first_result(by)
        if first is None:
            raise ValidationError(NOT_YOUR_FORM) from None
        if not _says_the_same(first, consultation, topics, follow_up):
            raise SavedBefore from None
        return first


def log_group(
    consultations: list[Consultation], *, topics: Iterable[Topic], follow_ups: dict[int, FollowUp], by: User
) -> list[Consultation]:
    """Save a talk with several people: a record in each file, all of them or none, once however often it is sent.

    The first one carries the key of the form as its own, so a second submit meets it whoever else is on its list.
    `follow_ups`: what is to be done next, by the id of the case.
    """
    consultations = sorted(consultations, key=lambda each: each.case_id or 0)  # everybody locks files in this order
    lead = consultations[0]
    group_key = lead.form_key
    for each in consultations:
        each.group_key, each.group_size = group_key, len(consultations)
        each.form_key = group_key if each is lead else uuid5(group_key, str(each.case_id))
    for each in consultations:
        if follow_up := follow_ups.get(each.case_id or 0):
            follow_up.form_key = uuid5(each.form_key, "follow-up")
    try:
        with transaction.atomic():
            for each in consultations:
                _store(each, topics=topics, follow_up=follow_ups.get(each.case_id or 0), by=by)
            for each in consultations:
                _note_in_log(each, by=by)
            return consultations
    except IntegrityError:
        return _first_group(consultations, group_key, topics=topics, follow_ups=follow_ups, by=by)


def _first_group(
    sent: list[Consultation], key: UUID, *, topics: Iterable[Topic], follow_ups: dict[int, FollowUp], by: User
) -> list[Consultation]:
    """What the first submit of the form made, if the second says the same."""
    if not (lead := Consultation.objects.filter(form_key=key).first()) or lead.created_by_id != by.pk:
        raise ValidationError(NOT_YOUR_FORM)
    stored = {each.case_id: each for each in Consultation.objects.filter(group_key=key, created_by=by)}
    topics = list(topics)
    is_same = set(stored) == {each.case_id for each in sent} and all(
        _says_the_same(stored[each.case_id], each, topics, follow_ups.get(each.case_id or 0)) for each in sent
    )
    if not is_same:
        raise SavedBefore
    return list(stored.values())


class SavedBefore(Exception):
    """The form was saved before, with another content: going back and changing it makes no second record unasked."""


TYPED = (
    "case_id", "held_on", "minutes", "kind", "note", "shared_note", "language_id", "interpreter", "institution_id",
    "waiting_minutes", "indirect_minutes", "is_private",
)  # fmt: skip


def _says_the_same(
    first: Consultation, sent: Consultation, topics: Iterable[Topic], follow_up: FollowUp | None
) -> bool:
    if {topic.pk for topic in first.topics.all()} != {topic.pk for topic in topics}:
        return False
    if any(getattr(first, fact) != getattr(sent, fact) for fact in TYPED):
        return False
    return follow_up is None or _is_kept(follow_up)


def _is_kept(follow_up: FollowUp) -> bool:
    """Whether the next step typed along with a consultation is stored as it stands in the form."""
    kept = FollowUp.objects.filter(form_key=follow_up.form_key).first()
    return kept is not None and all(
        getattr(kept, fact) == getattr(follow_up, fact) for fact in ("text", "due_on", "due_at")
    )


def _store(consultation: Consultation, *, topics: Iterable[Topic], follow_up: FollowUp | None, by: User) -> None:
    _respect_withdrawal(consultation)
    consultation.created_by = by
    consultation.save(force_insert=True)
    consultation.topics.add(*topics)  # a fresh record has none to compare with
    _note_contact(consultation)
    if follow_up is not None and consultation.case is not None:
        follow_up.case = consultation.case
        follow_up.created_by = by
        follow_up.save()
    Draft.objects.filter(user=by, form_key=consultation.form_key).delete()


def _note_in_log(consultation: Consultation, *, by: User) -> None:
    """Apart from storing: the log is written last, because its writers wait for each other."""
    record("consultation.logged", by=by, subject=consultation, deputy=consultation.is_by_deputy)


def _respect_withdrawal(consultation: Consultation) -> None:
    """No case conference about somebody who has withdrawn the consent to it meanwhile."""
    if consultation.case is None or consultation.kind != Consultation.Kind.CASE_CONFERENCE:
        return
    hold(consultation.case.client)
    if consultation.case.client.consents.forbid(Consent.Purpose.CASE_CONFERENCE, consultation.held_on):
        raise ValidationError(CONFERENCE_REFUSED)


def _note_contact(consultation: Consultation) -> None:
    """Keep the day of the last contact. The UPDATE also waits for a colleague who is just closing the case."""
    if consultation.case_id is None:
        return
    day = consultation.held_on
    latest: Combinable = F("last_contact_on")
    if consultation.kind in Consultation.WITH_PERSON:
        latest = Greatest(Coalesce("last_contact_on", Value(day)), Value(day))
    reachable = Case.objects.filter(Q(closed_on=None) | Q(closed_on__gte=day), pk=consultation.case_id)
    if not reachable.update(last_contact_on=latest):
        raise ValidationError(_("Der Fall wurde inzwischen zu einem früheren Tag abgeschlossen. Nichts ist verloren."))


@transaction.atomic
def change_consultation(consultation: Consultation, *, opened_version: int, form: ConsultationForm, by: User) -> None:
    """Save over the version that was opened; raises ChangedMeanwhile or ValidationError."""
    if {"kind", "held_on"} & set(form.changed_data):
        _respect_withdrawal(consultation)
    consultation.save_version(opened_version)
    consultation.topics.set(form.cleaned_data["topics"])
    _renew_last_contact(consultation.case)
    record("consultation.changed", by=by, subject=consultation, fields=form.changed_data)


@transaction.atomic
def delete_consultation(consultation: Consultation, *, by: User) -> None:
    """Take back an entry made by mistake; the log keeps that it happened, not what it said."""
    case, held_on = consultation.case, consultation.held_on
    consultation.delete()
    _renew_last_contact(case)
    record("consultation.deleted", by=by, subject=case, held_on=held_on.isoformat())


def _renew_last_contact(case: Case | None) -> None:
    if case is not None:
        latest = case.consultations.counted().aggregate(latest=Max("held_on"))["latest"]
        Case.objects.filter(pk=case.pk).update(last_contact_on=latest)


def add_follow_up(follow_up: FollowUp, *, by: User) -> FollowUp:
    """Save a validated follow-up once, however often its form is sent."""
    follow_up.created_by = by
    try:
        with transaction.atomic():
            follow_up.save(force_insert=True)
            record("follow_up.added", by=by, subject=follow_up.case)
            return follow_up
    except IntegrityError:
        first = follow_up.first_result(by)
        if first is None:
            raise ValidationError(NOT_YOUR_FORM) from None
        return first


@transaction.atomic
def complete_follow_up(follow_up: FollowUp, *, by: User) -> None:
    follow_up.complete(by)
    follow_up.save(update_fields=["done_at", "done_by"])
    record("follow_up.completed", by=by, subject=follow_up.case)


@transaction.atomic
def save_draft(data: QueryDict, *, form_key: UUID, case: Case | None, by: User) -> Draft | None:
    """Keep what is typed so far. None when that form was saved meanwhile, so that a late autosave revives nothing."""
    if Consultation.objects.filter(form_key=form_key, created_by=by).exists():
        return None
    content = json.dumps({name: data.getlist(name) for name in data if name not in NOT_DRAFTED}, ensure_ascii=False)
    if len(content) > LONGEST_DRAFT:
        return None
    draft, _created = Draft.objects.update_or_create(
        form_key=form_key,
        user=by,
        defaults={"case": case, "content": content, "is_group": "person" in data, "saved_at": timezone.now()},
    )
    return draft
