"""Opening, changing, pausing and closing a case file. Each change and its audit entry are one transaction."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions.consents import hold, keep_consents
from cases.actions.observations import write_observation
from cases.actions.requests import admit_request
from cases.actions.stopping import stop_handovers_of
from cases.forms.files import TALK_AFTER, CaseForm, ClientForm
from cases.models import Case, Client, Consent, IntakeRequest, Observation
from cases.models.client import age_on
from districts.models import Country, Language, Topic
from kim.audit.models import record
from kim.records import NOT_YOUR_FORM, ChangedMeanwhile
from kim.users.models import User


def open_case(
    case: Case,
    *,
    topics: Iterable[Topic],
    consents: Iterable[Consent],
    by: User,
    client: Client | None = None,
    nationalities: Iterable[Country] = (),
    languages: Iterable[Language] = (),
    intake: IntakeRequest | None = None,
) -> Case:
    """Save a validated case with its topics and consents, and first its client when the person is new.

    The request in `intake` is admitted with it. Returns the stored case: on a repeated submit (same form key, same
    user) the one the first submit made. Raises ValidationError when a consent that the help needs is missing, when the
    person got an open case meanwhile, when the request changed, or when the form key is somebody else's.
    """
    try:
        with transaction.atomic():
            if client is not None:
                client.save(force_insert=True)
                client.nationalities.set(nationalities)
                client.languages.set(languages)
                case.client = client
            else:
                hold(case.client)
            case.save(force_insert=True)
            case.topics.set(topics)
            keep_consents(consents, case.client, by=by)
            case.refuse_without_consent()
            if intake is not None:
                admit_request(intake, case=case, by=by)
            record("case.opened", by=by, subject=case, new_client=client is not None, service_level=case.service_level)
            return case
    except ChangedMeanwhile:
        raise ValidationError(_("Die Anfrage hat sich inzwischen geändert. Bitte neu öffnen.")) from None
    except IntegrityError:
        if first := case.first_result(by):
            return first
        if client is None and case.client.cases.open().exists():
            raise ValidationError(_("Für diese Person ist bereits ein Fall offen.")) from None
        raise ValidationError(NOT_YOUR_FORM) from None


@transaction.atomic
def change_client(client: Client, *, case: Case, opened_version: int, form: ClientForm, by: User) -> None:
    """Save the person's data over the version that was opened; raises ChangedMeanwhile."""
    client.save_version(opened_version)
    client.nationalities.set(form.cleaned_data["nationalities"])
    client.languages.set(form.cleaned_data["languages"])
    if "birth_date" in form.changed_data:
        _renew_age_at_opening(client)
    record("client.changed", by=by, subject=case, fields=form.changed_data)


def _renew_age_at_opening(client: Client) -> None:
    for case in client.cases.all():
        age = age_on(client.birth_date, case.opened_on) if client.birth_date else None
        Case.objects.filter(pk=case.pk).update(age_at_opening=age)


@transaction.atomic
def change_case(case: Case, *, opened_version: int, form: CaseForm, by: User) -> None:
    """Save the facts of the case over the version that was opened; raises ChangedMeanwhile or ValidationError."""
    hold(case.client)
    case.save_version(opened_version)
    case.topics.set(form.cleaned_data["topics"])
    given = keep_consents(form.consents, case.client, by=by)
    case.refuse_without_consent()
    if "track" in form.changed_data and case.track.is_protected:
        stop_handovers_of([case], by=by)  # the offer was made for another track, perhaps to another Träger
    facts = [name for name in form.changed_data if name in form.Meta.fields]  # a consent's field names its purpose
    record("case.changed", by=by, subject=case, fields=facts)
    for _consent in given:
        record("consent.given", by=by, subject=case)


@transaction.atomic
def enter_phase(case: Case, *, phase: str, by: User) -> None:
    version = case.version
    case.enter_phase(phase)
    case.save_version(version)
    record("case.phase_changed", by=by, subject=case, phase=phase)


@transaction.atomic
def pause_case(case: Case, *, reason: str, until: date | None, by: User) -> None:
    version = case.version
    case.pause(reason=reason, until=until)
    case.save_version(version)
    record("case.paused", by=by, subject=case)


@transaction.atomic
def resume_case(case: Case, *, by: User) -> None:
    version = case.version
    case.resume()
    case.save_version(version)
    record("case.resumed", by=by, subject=case)


@transaction.atomic
def close_case(
    case: Case,
    *,
    on: date,
    reason: str,
    note: str,
    follow_up_service: str,
    by: User,
    observation: Observation | None = None,
    propose: bool = False,
) -> None:
    """Close the case; what was still to be done is done with it. What it showed about the system is kept beside it."""
    end_case(case, on=on, reason=reason, note=note, follow_up_service=follow_up_service, by=by)
    if observation is not None:
        write_observation(observation, propose=propose, by=by)
    record("case.closed", by=by, subject=case, reason=reason)


def end_case(case: Case, *, on: date, reason: str, note: str, follow_up_service: str, by: User) -> None:
    """What closing does to the rows, for a change that writes its own entry into the log."""
    version = case.version
    case.close(on=on, reason=reason, note=note, follow_up_service=follow_up_service)
    case.save_version(version)
    if later := case.consultations.filter(held_on__gt=on).first():  # logged while the form was open
        raise ValidationError(TALK_AFTER % {"day": f"{later.held_on:%d.%m.%Y}"})
    case.follow_ups.open().update(done_at=timezone.now(), done_by=by)
    stop_handovers_of([case], by=by)


@transaction.atomic
def request_reopening(case: Case, *, reason: str, by: User) -> None:
    version = case.version
    case.request_reopening(reason)
    case.save_version(version)
    record("case.reopening_requested", by=by, subject=case)


@transaction.atomic
def record_reading(case: Case, *, by: User, what: str = "case.read") -> None:
    """Note that somebody opened, printed or exported a file."""
    record(what, by=by, subject=case)


@transaction.atomic
def record_lookup(*, by: User) -> None:
    """Note that the search for a new person told somebody about a colleague's case."""
    record("client.searched", by=by, organisation=by.case_manager.provider.code)
