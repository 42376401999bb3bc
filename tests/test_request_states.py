"""What can happen to a request: every state, every step, every person; and two people at once."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.actions import requests as actions
from cases.actions.files import open_case
from cases.forms.requests import SELF
from cases.models import Case, Client, IntakeRequest
from cases.models.request import STEPS, Part, Place
from districts.actions import deactivate, save_user
from districts.forms import CaseManagerForm
from districts.models import CaseManager
from kim.records import ChangedMeanwhile
from kim.users.models import User
from tests.at_once import Refusal, at_once, refusals
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    InstitutionFactory,
    IntakeRequestFactory,
    MembershipFactory,
    ProviderFactory,
    SubstitutionFactory,
    TrackFactory,
)

Status = IntakeRequest.Status

# State -> what each person may do in it. Who is not named may do nothing.
TEAM_WORK = {"take", "return", "edit"}
HELD = {"answer", "edit", "contact", "wait", "unreachable", "refer", "withdraw", "return"}
OFFICE, LEAD = "coordination", "lead"
IN_TEAM = dict.fromkeys(("case_manager", "deputy", "colleague"), TEAM_WORK)
TABLE = {
    "new": {OFFICE: {"assign", "shelve", "cancel", "correct", "judge"}},
    "shelved": {OFFICE: {"assign", "unshelve", "cancel", "correct"}},
    "unaccepted": {OFFICE: {"assign"}, LEAD: {"give", "return"}, **IN_TEAM},
    "accepted": {LEAD: {"give", "return"}, "case_manager": HELD | {"admit"}, "deputy": HELD},
    "first_contact": {
        LEAD: {"give", "return"},
        "case_manager": HELD - {"contact"} | {"admit"},
        "deputy": HELD - {"contact"},
    },
    "waiting_list": {
        LEAD: {"give", "return"},
        "case_manager": HELD - {"wait"} | {"resume", "admit"},
        "deputy": HELD - {"wait"} | {"resume"},
    },
    "unreachable": {
        LEAD: {"give"},
        "case_manager": {"answer", "edit", "contact", "withdraw"},
        "deputy": {"answer", "edit", "contact", "withdraw"},
    },
    "admitted": {},
    "referred_on": {},
    "withdrawn": {},
    "cancelled": {},
}
PEOPLE = (
    "case_manager", "deputy", "colleague", "lead", "stranger", "foreign_lead", "coordination", "data_protection",
    "admin_user", "unconfirmed",
)  # fmt: skip
AFTER = {
    "assign": Status.ASSIGNED, "shelve": Status.WAITING_LIST, "unshelve": Status.NEW, "cancel": Status.WITHDRAWN,
    "return": Status.NEW, "contact": Status.FIRST_CONTACT, "wait": Status.WAITING_LIST, "resume": Status.ASSIGNED,
    "unreachable": Status.UNREACHABLE, "refer": Status.REFERRED_ON, "withdraw": Status.WITHDRAWN,
    "admit": Status.ADMITTED,
}  # fmt: skip


@pytest.fixture
def foreign_lead(stranger):
    return MembershipFactory(provider=stranger.case_manager.provider).user


@pytest.fixture
def unconfirmed(provider):
    return CaseManagerFactory(provider=provider, user__role_confirmed_at=None).user


def request_in(state, desk, **more):
    """A request of the case manager's Träger in one of the states of TABLE."""
    held = {"case_manager": desk}
    facts = {
        "new": {},
        "shelved": {"status": Status.WAITING_LIST},
        "unaccepted": {"provider": desk.provider},
        "accepted": held,
        "first_contact": held | {"status": Status.FIRST_CONTACT},
        "waiting_list": held | {"status": Status.WAITING_LIST},
        "unreachable": held | {"status": Status.UNREACHABLE},
        "referred_on": held | {"status": Status.REFERRED_ON, "end_reason": "settled"},
        "withdrawn": held | {"status": Status.WITHDRAWN, "end_reason": "no_wish"},
        "cancelled": {"status": Status.WITHDRAWN, "end_reason": "no_wish"},
    }
    if state == "admitted":
        facts[state] = held | {"status": Status.ADMITTED, "case": CaseFactory(case_manager=desk)}
    return IntakeRequestFactory(**facts[state] | more)


def facts_for(step, user, desk, colleague):
    """What a step needs beside itself."""
    return {
        "assign": lambda: {"provider": ProviderFactory()},
        "take": lambda: {"case_manager": getattr(user, "case_manager", None)},
        "give": lambda: {"case_manager": colleague.case_manager},
        "return": lambda: {"provider": None, "case_manager": None},
        "admit": lambda: {"case": CaseFactory(case_manager=desk)},
    }.get(step, lambda: {"end_reason": "other"} if step in {"cancel", "refer", "withdraw"} else {})()


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("state", TABLE)
def test_every_step_from_every_state_by_everybody(state, who, request, case_manager, colleague, deputy):
    desk, user = case_manager.case_manager, request.getfixturevalue(who)
    allowed = TABLE[state].get(who, set())
    assert request_in(state, desk).steps_for(user) == allowed
    for step in STEPS:
        intake = request_in(state, desk)
        before = IntakeRequest.objects.filter(pk=intake.pk).values().get()
        facts = facts_for(step, user, desk, colleague)
        if step in allowed:
            with transaction.atomic():
                intake.move(step, by=user, **facts)
            intake.refresh_from_db()
            assert intake.status == AFTER.get(step, before["status"]), step
            assert intake.version == before["version"] + 1
        else:
            with pytest.raises(ValidationError) as refused, transaction.atomic():
                intake.move(step, by=user, **facts)
            assert refused.value.messages[0].endswith("."), step
            assert IntakeRequest.objects.filter(pk=intake.pk).values().get() == before


def test_the_table_names_every_status_and_every_step():
    assert {status for step in STEPS.values() for status in step.before} | set(IntakeRequest.TERMINAL) == set(Status)
    assert {step for people in TABLE.values() for steps in people.values() for step in steps} == set(STEPS)
    assert {part for step in STEPS.values() for part in step.who} == set(Part)
    assert {place for step in STEPS.values() for place in step.places} == set(Place)


@pytest.mark.parametrize("step", STEPS)
def test_what_has_ended_stays_ended(step):
    assert not STEPS[step].before & set(IntakeRequest.TERMINAL)


@pytest.mark.parametrize("state", TABLE)
@pytest.mark.parametrize("who", PEOPLE)
def test_a_protected_wish_is_nothing_for_the_office_a_deputy_or_who_does_not_serve_it(
    who, state, request, case_manager, deputy
):
    case_manager.case_manager.tracks.add(TrackFactory(protected=True))
    intake = request_in(state, case_manager.case_manager, protected=True)
    steps = intake.steps_for(request.getfixturevalue(who))
    if who not in {"case_manager", "lead"}:
        assert steps == set()
    else:
        assert steps == TABLE[state].get(who, set())


@pytest.mark.parametrize(("first", "last", "steps"), [(9, 1, set()), (1, 0, HELD), (0, -5, HELD), (-1, -5, set())])
def test_a_deputy_counts_from_the_first_to_the_last_day(first, last, steps, case_manager, colleague):
    today = timezone.localdate()
    SubstitutionFactory(
        absent=case_manager.case_manager,
        deputy=colleague.case_manager,
        starts_on=today - timedelta(days=first),
        ends_on=today - timedelta(days=last),
    )
    intake = request_in("accepted", case_manager.case_manager)
    assert intake.steps_for(colleague) == steps
    assert IntakeRequest.objects.visible_to(colleague).filter(pk=intake.pk).exists() == bool(steps)


@pytest.mark.parametrize(
    ("state", "changed", "name"),
    [
        ("new", {"case_manager": True}, "request_(new_is_nobodys|case_manager_has_a_provider)"),
        ("unaccepted", {"provider": None}, "request_has_a_provider"),
        ("first_contact", {"case_manager": None}, "request_has_been_accepted"),
        ("waiting_list", {"provider": None}, "request_case_manager_has_a_provider"),
        ("admitted", {"case": None}, "request_admitted_with_case"),
        ("accepted", {"status": Status.ADMITTED}, "request_admitted_with_case"),
        ("referred_on", {"end_reason": ""}, "request_ended_with_reason"),
        ("withdrawn", {"end_reason": ""}, "request_ended_with_reason"),
    ],
)
def test_the_database_refuses_what_must_not_be(state, changed, name, case_manager):
    intake = request_in(state, case_manager.case_manager)
    values = {key: case_manager.case_manager if value is True else value for key, value in changed.items()}
    with pytest.raises(IntegrityError, match=name):
        IntakeRequest.objects.filter(pk=intake.pk).update(**values)


# --- The sentences


@pytest.mark.parametrize(
    ("state", "step", "who", "sentence"),
    [
        ("withdrawn", "contact", "case_manager", "schon beendet (zurückgezogen)"),
        ("accepted", "take", "colleague", "hat schon jemand übernommen"),
        ("accepted", "assign", "coordination", "hat schon jemand übernommen"),
        ("unaccepted", "contact", "case_manager", "zuerst übernehmen"),
        ("unreachable", "return", "lead", "Im Stand „nicht erreichbar“"),
        ("accepted", "contact", "colleague", "jemand anderes zuständig"),
    ],
)
def test_a_refusal_says_why(state, step, who, sentence, request, case_manager, colleague):
    intake = request_in(state, case_manager.case_manager)
    user = request.getfixturevalue(who)
    with pytest.raises(ValidationError, match=sentence.replace("(", r"\(").replace(")", r"\)")):
        intake.move(step, by=user, **facts_for(step, user, case_manager.case_manager, colleague))


def test_off_the_waiting_list_it_is_where_it_was(case_manager):
    desk = case_manager.case_manager
    spoken = request_in("waiting_list", desk, first_contact_at=timezone.now())
    silent = request_in("waiting_list", desk)
    for intake in (spoken, silent):
        actions.take_off_waiting_list(intake, by=case_manager)
    assert (spoken.status, silent.status) == (Status.FIRST_CONTACT, Status.ASSIGNED)


def test_who_was_unreachable_may_call_back(case_manager):
    intake = request_in("unreachable", case_manager.case_manager)
    actions.note_first_contact(intake, by=case_manager)
    intake.refresh_from_db()
    assert (intake.status, intake.is_open) == (Status.FIRST_CONTACT, True)
    assert intake.first_contact_at


# --- Two at once, one after the other


def stale(intake):
    return IntakeRequest.objects.get(pk=intake.pk)


def test_of_two_who_accept_the_first_gets_it(case_manager, colleague):
    intake = request_in("unaccepted", case_manager.case_manager)
    late = stale(intake)
    actions.take_request(intake, by=case_manager)
    with pytest.raises(ChangedMeanwhile):
        actions.take_request(late, by=colleague)
    assert stale(intake).case_manager == case_manager.case_manager


def test_the_office_does_not_move_what_was_just_accepted(case_manager, coordination, stranger):
    intake = request_in("unaccepted", case_manager.case_manager)
    late = stale(intake)
    actions.take_request(intake, by=case_manager)
    with pytest.raises(ChangedMeanwhile):
        actions.assign_request(late, provider=stranger.case_manager.provider, by=coordination)
    assert stale(intake).provider == case_manager.case_manager.provider


def test_ending_and_returning_at_once_is_one_of_both(case_manager, lead):
    intake = request_in("accepted", case_manager.case_manager)
    late = stale(intake)
    institution = InstitutionFactory()
    actions.end_request(
        intake, outcome="refer", reason="other_service", institution=institution, note="", by=case_manager
    )
    with pytest.raises(ChangedMeanwhile):
        actions.return_request(late, reason="other", note="", by=lead)
    assert stale(intake).referred_to == institution


# --- Two at once, in threads


@pytest.mark.django_db(transaction=True)
def test_two_accept_one_request(case_manager, colleague):
    for _round in range(5):
        intake = request_in("unaccepted", case_manager.case_manager)
        people = (case_manager, colleague)
        rows = [stale(intake) for _who in people]
        results = at_once(
            *(lambda row=row, who=who: actions.take_request(row, by=who) for row, who in zip(rows, people, strict=True))
        )
        assert len(refusals(results)) == 1
        winner = next(who for who, result in zip(people, results, strict=True) if not isinstance(result, Refusal))
        assert stale(intake).case_manager == winner.case_manager


@pytest.mark.django_db(transaction=True)
def test_accepting_and_closing_the_account_at_once(case_manager, admin_user):
    """Whoever is first wins: a request in hand keeps the account, a closed account accepts nothing."""
    for _round in range(5):
        user = CaseManagerFactory(provider=case_manager.case_manager.provider).user
        row = stale(request_in("unaccepted", user.case_manager))
        results = at_once(
            lambda row=row, user=user: actions.take_request(row, by=user),
            lambda user=user: deactivate(user, by=admin_user),
        )
        assert len(refusals(results)) == 1
        user.refresh_from_db()
        assert user.is_active == (stale(row).case_manager == user.case_manager)


@pytest.mark.django_db(transaction=True)
def test_writing_one_down_for_oneself_and_closing_the_account_at_once(case_manager, admin_user):
    for _round in range(5):
        user = CaseManagerFactory(provider=case_manager.case_manager.provider).user
        row = IntakeRequest(source="self", channel="phone", name="Samira", phone="0221 98765", has_agreed=True)
        results = at_once(
            lambda row=row, user=user: actions.enter_request(row, topics=[], destination=SELF, by=user),
            lambda user=user: deactivate(user, by=admin_user),
        )
        assert len(refusals(results)) == 1
        user.refresh_from_db()
        assert user.is_active == IntakeRequest.objects.held_by(user).exists()


@pytest.mark.django_db(transaction=True)
def test_accepting_and_moving_to_another_provider_at_once(case_manager, admin_user):
    """As the Systemverwaltung does it: the form holds the account, then the post is saved."""
    elsewhere = ProviderFactory()

    @transaction.atomic
    def move(user):
        data = {"name": user.name, "email": user.email, "is_active": "on", "provider": elsewhere.pk, "post_share": "1"}
        data["tracks"] = [track.pk for track in user.case_manager.tracks.all()]
        form = CaseManagerForm(data, instance=user.case_manager)
        form.by = admin_user
        if not form.is_valid():
            raise ValidationError(form.errors.as_text())
        save_user(user, by=admin_user, provider=elsewhere)
        form.save()

    for _round in range(5):
        user = CaseManagerFactory(provider=case_manager.case_manager.provider).user
        row = stale(request_in("unaccepted", user.case_manager))
        taker, moved = User.objects.get(pk=user.pk), User.objects.get(pk=user.pk)
        assert taker.case_manager.provider_id != elsewhere.pk  # read before, as in a session
        results = at_once(
            lambda row=row, taker=taker: actions.take_request(row, by=taker), lambda moved=moved: move(moved)
        )
        (refused,) = refusals(results)
        assert "noch 1 übernommene Anfrage" in refused or "jemand anderes zuständig" in refused
        is_here = not CaseManager.objects.filter(user=user, provider=elsewhere).exists()
        assert is_here == (stale(row).case_manager is not None)


@pytest.mark.django_db(transaction=True)
def test_two_open_a_case_for_one_request(case_manager):
    intake = request_in("accepted", case_manager.case_manager)
    track = TrackFactory()

    def opened(row):
        desk = row.case_manager
        client = Client(provider=desk.provider, given_names="Amal", created_by=case_manager)
        case = Case(case_manager=desk, provider=desk.provider, track=track, created_by=case_manager)
        open_case(case, topics=[], consents=[], by=case_manager, client=client, intake=row)

    rows = [stale(intake), stale(intake)]
    results = at_once(*(lambda row=row: opened(row) for row in rows))
    (refused,) = refusals(results)
    assert "Die Anfrage hat sich inzwischen geändert" in refused
    assert Case.objects.get() == stale(intake).case
    assert Client.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepting_and_reassigning_at_once(case_manager, coordination, stranger):
    intake = request_in("unaccepted", case_manager.case_manager)
    mine, theirs = stale(intake), stale(intake)
    results = at_once(
        lambda: actions.take_request(mine, by=case_manager),
        lambda: actions.assign_request(theirs, provider=stranger.case_manager.provider, by=coordination),
    )
    assert len(refusals(results)) == 1
    assert (stale(intake).case_manager is None) == bool(refusals(results[:1]))
