"""A case changes hands: every state and role, nothing of the person before somebody accepts, one of two wins."""

import uuid
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cases.actions import files, stopping, team
from cases.actions import handovers as actions
from cases.actions.withdrawals import withdraw_consent
from cases.models import Case, Client, Consent, Consultation, Handover, Notice, Reopening, TransferNote
from districts.models import Topic
from kim.records import ChangedMeanwhile
from tests.at_once import at_once, refusals
from tests.case_forms import ago, case_data, consultation_data, errors, german, logged, queries, said, text_of, url
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ClientFactory,
    ConsentFactory,
    ConsultationFactory,
    FollowUpFactory,
    HandoverFactory,
    LanguageFactory,
    MembershipFactory,
    TopicFactory,
    TrackFactory,
)

pytestmark = pytest.mark.django_db
Status = Handover.Status
WORDS = "Sucht eine Wohnung, der Antrag liegt beim Amt."
INBOX, TEAM = url("handover_inbox"), url("team_handovers")
SECRETS = ("Amalia", "Zweifelhard", "0221 4711471", "quellwolke", "17.03.2004", "Weinbergschnecke")


@pytest.fixture
def case(case_manager):
    desk = case_manager.case_manager
    client = ClientFactory(
        provider=desk.provider, given_names=SECRETS[0], family_name=SECRETS[1], phone=SECRETS[2],
        email=f"{SECRETS[3]}@example.org", birth_date=date(2004, 3, 17), contact_note="Weinbergschnecke",
        languages=[LanguageFactory(code="ar", name="Arabisch")],
    )  # fmt: skip
    case = CaseFactory(case_manager=desk, client=client, topics=[TopicFactory()])
    ConsultationFactory(case=case, note="Weinbergschnecke")
    return case


@pytest.fixture
def foreign_lead(stranger):
    return MembershipFactory(provider=stranger.case_manager.provider, user__name="Frieda Fremd").user


@pytest.fixture
def agreed(case):
    return ConsentFactory(client=case.client, purpose=Consent.Purpose.HANDOVER)


def inside(case, to, **more):
    return HandoverFactory(case=case, to_case_manager=to.case_manager, **more)


def outside(case, to, **more):
    return HandoverFactory(case=case, external=True, to_provider=to.case_manager.provider, summary=WORDS, **more)


def typed(**more):
    return {"form_key": str(uuid.uuid4()), "summary": WORDS, "is_without_persons": "on"} | more


def holder(case):
    return Case.objects.get(pk=case.pk).case_manager.user


def notices():
    return {(notice.user.name, notice.kind) for notice in Notice.objects.select_related("user")}


# --- Proposing within the Träger


def test_a_proposal_tells_the_colleague_and_changes_nothing_yet(as_case_manager, case_manager, colleague, case):
    answer = as_case_manager.post(url("handover_create", case), typed(to_case_manager=colleague.case_manager.pk))
    row = Handover.objects.get()
    assert answer["Location"] == url("handover_list", case)
    assert (row.status, row.summary, row.is_external, row.created_by) == ("proposed", WORDS, False, case_manager)
    assert holder(case) == case_manager
    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.case) == (colleague, "handover_proposed", None)
    assert logged() == ["handover.proposed"]


def test_a_second_submit_proposes_once_and_a_second_form_reads_why(as_case_manager, colleague, case):
    data = typed(to_case_manager=colleague.case_manager.pk)
    for _submit in range(2):
        assert as_case_manager.post(url("handover_create", case), data).status_code == 302
    again = data | {"form_key": str(uuid.uuid4())}
    assert "läuft schon eine Übergabe" in errors(as_case_manager.post(url("handover_create", case), again))["__all__"]
    assert "läuft schon eine Übergabe" in text_of(as_case_manager.get(url("handover_create", case)))
    assert logged() == ["handover.proposed"]


def test_the_words_are_looked_at_for_names(as_case_manager, colleague, case):
    data = typed(to_case_manager=colleague.case_manager.pk, summary="Amalia sucht eine Wohnung.")
    answer = as_case_manager.post(url("handover_create", case), data)
    assert "Hinweise" in errors(answer)["is_without_persons"]
    assert not Handover.objects.exists()


@pytest.mark.parametrize("who", ["case_manager", "stranger", "lead", "unconfirmed", "left", "nobody"])
def test_only_an_able_colleague_can_be_chosen(who, request, as_case_manager, provider, case):
    pks = {
        "unconfirmed": lambda: CaseManagerFactory(provider=provider, user__role_confirmed_at=None).pk,
        "left": lambda: CaseManagerFactory(provider=provider, user__is_active=False).pk,
        "lead": lambda: 0 * request.getfixturevalue("lead").pk,
        "nobody": lambda: "9" * 40,
    }
    pk = pks.get(who, lambda: request.getfixturevalue(who).case_manager.pk)()
    answer = as_case_manager.post(url("handover_create", case), typed(to_case_manager=pk))
    assert set(errors(answer)) == {"to_case_manager"}
    assert WORDS in text_of(answer)
    assert not Handover.objects.exists()


@pytest.mark.parametrize("summary", ["", "  ", "a\x00b", "x" * 5001, "a\u202eb"])
def test_bad_words_are_named_at_their_field(summary, as_case_manager, colleague, case):
    data = typed(to_case_manager=colleague.case_manager.pk, summary=summary)
    assert set(errors(as_case_manager.post(url("handover_create", case), data))) == {"summary"}


def test_a_protected_case_goes_only_to_who_serves_the_track(as_case_manager, colleague, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    data = typed(to_case_manager=colleague.case_manager.pk)
    assert set(errors(as_case_manager.post(url("handover_create", case), data))) == {"to_case_manager"}
    colleague.case_manager.tracks.add(case.track)
    assert as_case_manager.post(url("handover_create", case), data).status_code == 302


def test_who_lost_the_track_meanwhile_cannot_accept(as_colleague, colleague, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    row = inside(case, colleague)
    assert "nicht übernehmen" in said(as_colleague.post(url("handover_answer", row.pk), {"decision": "accept"}))
    assert holder(case) == case_manager


def test_a_deputy_gives_nothing_away(as_deputy, colleague, case):
    for name in ("handover_create", "handover_create_external"):
        assert as_deputy.post(url(name, case), typed(to_case_manager=colleague.case_manager.pk)).status_code == 404


# --- Answering


def test_before_accepting_nothing_says_whose_case_it_is(as_colleague, colleague, case):
    row = inside(case, colleague, summary=WORDS)
    page = text_of(as_colleague.get(url("handover_answer", row.pk)))
    for word in (case.number, "Klärung", "Arabisch", str(case.district), WORDS):
        assert word in page
    for text in (page, text_of(as_colleague.get(INBOX))):
        assert not [secret for secret in SECRETS if secret in text]
    for name in ("detail", "handover_list", "handover_summary"):
        assert as_colleague.get(url(name, case)).status_code == 404


def test_accepting_moves_the_file_and_leaves_the_talks(as_colleague, colleague, case_manager, case):
    row = inside(case, colleague)
    stale = Case.objects.get(pk=case.pk)
    answer = as_colleague.post(url("handover_answer", row.pk), {"decision": "accept"})
    assert answer["Location"] == url("detail", case)
    assert as_colleague.get(url("detail", case)).status_code == 200
    assert holder(case) == colleague
    assert Consultation.objects.get().case_manager == case_manager.case_manager
    assert not Case.objects.visible_to(case_manager).exists()
    assert notices() == {("Leyla Fall", "handover_accepted")}
    with pytest.raises(ChangedMeanwhile), transaction.atomic():
        stale.save_version(stale.version)
    assert logged()[0] == "case.handed_over"
    assert row.summary in text_of(as_colleague.get(url("handover_list", case)))


def test_declining_needs_a_reason_and_the_giver_reads_it(as_colleague, as_case_manager, colleague, case):
    row = inside(case, colleague)
    for reason in ("", "  ", "a\x00b", "x" * 1001):
        answer = as_colleague.post(url("handover_answer", row.pk), {"decision": "decline", "reason": reason})
        assert "reason" in errors(answer)
    assert "decision" in errors(as_colleague.post(url("handover_answer", row.pk), {"decision": "x"}))
    as_colleague.post(url("handover_answer", row.pk), {"decision": "decline", "reason": "Zu viele Fälle."})
    assert "Zu viele Fälle." in text_of(as_case_manager.get(url("handover_list", case)))
    assert notices() == {("Leyla Fall", "handover_declined")}
    assert as_colleague.get(url("handover_answer", row.pk)).status_code == 404


def test_after_an_answer_the_case_can_be_offered_again(as_case_manager, colleague, case):
    inside(case, colleague, done=True)
    data = typed(to_case_manager=colleague.case_manager.pk)
    assert as_case_manager.post(url("handover_create", case), data).status_code == 302


# --- To another Träger


def test_without_the_persons_consent_nothing_is_proposed(as_case_manager, stranger, case):
    page = text_of(as_case_manager.get(url("handover_create_external", case)))
    assert "fehlt die Einwilligung" in page
    assert url("consents", case) in page
    data = typed(to_provider=stranger.case_manager.provider.pk)
    answer = as_case_manager.post(url("handover_create_external", case), data)
    assert "fehlt die Einwilligung" in errors(answer)["__all__"]
    ConsentFactory(client=case.client, purpose="handover", given_on=ago(9), withdrawn_on=ago(1))
    assert "__all__" in errors(as_case_manager.post(url("handover_create_external", case), data))
    assert not Handover.objects.exists()


def test_a_protected_case_is_never_offered_to_another_traeger(as_case_manager, stranger, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    stranger.case_manager.tracks.add(case.track)
    ConsentFactory(client=case.client, purpose="handover")
    data = typed(to_provider=stranger.case_manager.provider.pk)
    answer = as_case_manager.post(url("handover_create_external", case), data)
    assert "nicht über KIM" in errors(answer)["__all__"]
    assert url("handover_create_external", case) not in text_of(as_case_manager.get(url("handover_create", case)))


@pytest.mark.parametrize("which", ["own", "closed", "huge"])
def test_only_another_active_traeger_can_be_chosen(which, as_case_manager, stranger, case, agreed):
    other = stranger.case_manager.provider
    if which == "closed":
        other.is_active = False
        other.save()
    pk = {"own": case.provider.pk, "closed": other.pk, "huge": "9" * 40}[which]
    answer = as_case_manager.post(url("handover_create_external", case), typed(to_provider=pk))
    assert set(errors(answer)) == {"to_provider"}


def test_two_leads_and_a_consent_make_a_new_file_and_close_the_old_one(
    as_case_manager, as_lead, client_of, foreign_lead, stranger, case, agreed
):
    FollowUpFactory(case=case)
    plain = set(case.topics.all())
    case.topics.add(Topic.objects.get(code="health-therapy"))  # stays: the person has not agreed to that
    desk = stranger.case_manager
    as_case_manager.post(url("handover_create_external", case), typed(to_provider=desk.provider.pk))
    row = Handover.objects.get()
    page = url("team_handover", row.pk)
    assert notices() == {("Tessa Leitung", "handover_proposed")}
    assert client_of(foreign_lead).get(page).status_code == 404  # not before the own lead has released it
    as_lead.post(page, {"decision": "accept"})
    assert ("Frieda Fremd", "handover_proposed") in notices()
    client_of(foreign_lead).post(page, {"decision": "accept", "to": desk.pk})
    old, new = Case.objects.get(pk=case.pk), Case.objects.get(case_manager=desk)
    assert (old.status, old.closing_reason, old.follow_up_service) == ("closed", "other_service", desk.provider.name)
    assert not old.follow_ups.open().exists()
    assert old.consultations.count() == 1
    person = new.client
    assert (person.name, person.phone, str(person.birth_date)) == ("Amalia Zweifelhard", SECRETS[2], "2004-03-17")
    assert (person.residence_group, person.provider) == ("", desk.provider)
    assert person.contact_note == case.client.contact_note != ""  # what not to do when calling belongs to the number
    assert set(person.languages.all()) == set(case.client.languages.all())
    assert (set(new.topics.all()), new.district) == (plain, case.district)
    assert (new.status, new.service_level, new.access_route) == ("clearing", "brief", "provider")
    assert not new.consultations.exists()
    assert not person.consents.exists()
    assert (new.transfer_note.text, new.transfer_note.from_provider) == (WORDS, case.provider)
    assert WORDS in text_of(client_of(stranger).get(url("handover_list", new)))
    assert {("Fred Fremd", "case_received"), ("Leyla Fall", "handover_accepted")} <= notices()
    assert sorted(logged()) == ["case.closed", "case.opened", "case.read", "handover.proposed", "handover.released"]


def test_the_receiving_lead_reads_place_language_and_topics_only(client_of, foreign_lead, stranger, case, agreed):
    therapy = Topic.objects.get(code="health-therapy")
    case.topics.add(therapy)
    row = outside(case, stranger, released=True)
    browser = client_of(foreign_lead)
    for page in (text_of(browser.get(TEAM)), text_of(browser.get(url("team_handover", row.pk)))):
        for word in (row.reference, "Arabisch", str(case.district), str(TopicFactory())):
            assert word in page
        for secret in (*SECRETS, str(therapy), case.number, WORDS, case.case_manager.user.name):
            assert secret not in page


def test_the_own_lead_reads_numbers_only(as_lead, stranger, case, agreed):
    row = outside(case, stranger)
    for page in (text_of(as_lead.get(TEAM)), text_of(as_lead.get(url("team_handover", row.pk)))):
        assert case.number in page
        for secret in (*SECRETS, WORDS):
            assert secret not in page


def test_the_receiving_lead_chooses_among_the_own_people(client_of, foreign_lead, stranger, colleague, case, agreed):
    row = outside(case, stranger, released=True)
    browser = client_of(foreign_lead)
    for to in ("", colleague.case_manager.pk, "9" * 40):
        answer = browser.post(url("team_handover", row.pk), {"decision": "accept", "to": to})
        assert set(errors(answer)) == {"to"}
    assert Client.objects.count() == 1


@pytest.mark.parametrize("stage", ["release", "accept"])
def test_a_consent_withdrawn_in_between_ends_it(stage, as_lead, client_of, foreign_lead, stranger, case, agreed):
    row = outside(case, stranger, released=stage == "accept")
    Consent.objects.filter(pk=agreed.pk).update(withdrawn_on=ago(0))
    browser = as_lead if stage == "release" else client_of(foreign_lead)
    data = {"decision": "accept", "to": stranger.case_manager.pk}
    assert "fehlt die Einwilligung" in errors(browser.post(url("team_handover", row.pk), data))["__all__"]
    assert Client.objects.count() == 1
    assert Handover.objects.get().is_open


def test_withdrawing_the_consent_stops_it_at_once_and_only_outside(as_case_manager, stranger, colleague, case, agreed):
    row = outside(case, stranger, released=True)
    other = CaseFactory(case_manager=case.case_manager)
    stays = inside(other, colleague)
    as_case_manager.post(url("consent_withdraw", case, agreed.pk))
    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("stopped", case.case_manager.user)
    with transaction.atomic():
        assert stopping.stop_handovers(other.client, by=case.case_manager.user) == []
    stays.refresh_from_db()
    assert stays.status == "proposed"
    assert Case.objects.get(pk=case.pk).is_open


def test_an_adult_beyond_the_track_arrives_with_a_reason(client_of, foreign_lead, stranger, case, agreed):
    Client.objects.update(birth_date=ago(365 * 35))
    row = outside(case, stranger, released=True)
    data = {"decision": "accept", "to": stranger.case_manager.pk}
    client_of(foreign_lead).post(url("team_handover", row.pk), data)
    assert "anderen Träger" in Case.objects.get(case_manager=stranger.case_manager).age_reason


def test_a_track_that_is_not_served_there_becomes_one_that_is(client_of, foreign_lead, stranger, case, agreed):
    Case.objects.update(track=TrackFactory(without_age=True))
    row = outside(case, stranger, released=True)
    data = {"decision": "accept", "to": stranger.case_manager.pk}
    client_of(foreign_lead).post(url("team_handover", row.pk), data)
    assert Case.objects.get(case_manager=stranger.case_manager).track.code == "general"
    protected = TrackFactory(protected=True)
    desk = CaseManagerFactory(provider=stranger.case_manager.provider, tracks=[protected])
    second = CaseFactory(case_manager=case.case_manager)
    ConsentFactory(client=second.client, purpose="handover")
    row = outside(second, stranger, released=True)
    answer = client_of(foreign_lead).post(url("team_handover", row.pk), {"decision": "accept", "to": desk.pk})
    assert "nicht übernehmen" in errors(answer)["__all__"]
    assert Case.objects.get(pk=second.pk).is_open


def test_another_traeger_does_not_learn_that_the_track_has_become_protected(
    client_of, foreign_lead, stranger, case, agreed
):
    row = outside(case, stranger, released=True)
    Case.objects.filter(pk=case.pk).update(track=TrackFactory(protected=True))
    data = {"decision": "accept", "to": stranger.case_manager.pk}
    answer = client_of(foreign_lead).post(url("team_handover", row.pk), data)
    assert "hat sich inzwischen geändert" in errors(answer)["__all__"]
    assert "begleiten" not in text_of(answer)
    assert Client.objects.count() == 1
    assert Handover.objects.get().is_open


@pytest.mark.parametrize("protected", [True, False])
def test_a_change_to_a_protected_track_ends_what_was_offered_before(
    protected, as_case_manager, client_of, foreign_lead, stranger, case, agreed
):
    row = outside(case, stranger, released=True)
    track = TrackFactory(protected=True) if protected else TrackFactory(without_age=True)
    case.case_manager.tracks.add(track)
    purpose = track.special_category
    consent = {f"{purpose}_given_on": german(ago(0)), f"{purpose}_form": "written"} if protected else {}
    data = case_data(track, opened_on=german(case.opened_on), version=1, **consent)
    assert as_case_manager.post(url("change", case), data).status_code == 302
    row.refresh_from_db()
    assert row.status == ("stopped" if protected else "released")
    assert client_of(foreign_lead).get(url("team_handover", row.pk)).status_code == (404 if protected else 200)


def test_whoever_does_not_want_to_be_called_any_more_is_not_called_from_elsewhere(
    client_of, foreign_lead, stranger, case, agreed
):
    ConsentFactory(client=case.client, purpose="contact_channels", given_on=ago(9), withdrawn_on=ago(1))
    row = outside(case, stranger, released=True)
    data = {"decision": "accept", "to": stranger.case_manager.pk}
    client_of(foreign_lead).post(url("team_handover", row.pk), data)
    person = Case.objects.get(case_manager=stranger.case_manager).client
    assert (person.name, person.phone, person.email, person.preferred_channel) == ("Amalia Zweifelhard", "", "", "")


# --- Every state, every action, every role

ROLES = ("case_manager", "deputy", "colleague", "lead", "stranger", "foreign_lead", "coordination", "data_protection",
         "admin_user")  # fmt: skip
SENT = {
    "withdraw": ("handover_withdraw", {}),
    "accept": ("handover_answer", {"decision": "accept"}),
    "decline": ("handover_answer", {"decision": "decline", "reason": "Nein."}),
    "lead accepts": ("team_handover", {"decision": "accept"}),
    "lead declines": ("team_handover", {"decision": "decline", "reason": "Nein."}),
}
INSIDE = {  # (status, action, role) -> status afterwards; everything else changes nothing
    ("proposed", "withdraw", "case_manager"): "withdrawn",
    ("proposed", "accept", "colleague"): "accepted",
    ("proposed", "decline", "colleague"): "declined",
}
OUTSIDE = {
    ("proposed", "withdraw", "case_manager"): "withdrawn",
    ("released", "withdraw", "case_manager"): "withdrawn",
    ("proposed", "lead accepts", "lead"): "released",
    ("proposed", "lead declines", "lead"): "declined",
    ("released", "lead accepts", "foreign_lead"): "accepted",
    ("released", "lead declines", "foreign_lead"): "declined",
}
DONE = (Status.ACCEPTED, Status.DECLINED, Status.WITHDRAWN, Status.STOPPED)


def table(kind):
    """Every combination; the released state exists only on the way to another Träger."""
    return [
        (status, action, role)
        for status in Status.values
        if kind == "outside" or status != "released"
        for action in SENT
        for role in ROLES
    ]


def try_out(row, status, action, role, user, browser, to=""):
    if status in DONE:
        Handover.objects.filter(pk=row.pk).update(status=status, decided_at=row.created_at)
    elif status == "released":
        Handover.objects.filter(pk=row.pk).update(status=status)
    route, data = SENT[action]
    keys = (row.case, row.pk) if action == "withdraw" else (row.pk,)
    answer = browser.post(url(route, *keys), data | {"to": to})
    row.refresh_from_db()
    return answer


@pytest.mark.parametrize(("status", "action", "role"), table("inside"))
def test_state_table_inside(status, action, role, request, client_of, colleague, case):
    user = request.getfixturevalue(role)
    row = inside(case, colleague)
    answer = try_out(row, status, action, role, user, client_of(user))
    expected = INSIDE.get((status, action, role))
    assert row.status == (expected or status)
    assert bool(logged()) == bool(expected)
    assert holder(case) == (colleague if expected == "accepted" else case.case_manager.user)
    assert answer.status_code in {302} if expected else answer.status_code in {302, 403, 404}


@pytest.mark.parametrize(("status", "action", "role"), table("outside"))
def test_state_table_outside(status, action, role, request, client_of, stranger, foreign_lead, colleague, case, agreed):
    user = request.getfixturevalue(role)
    row = outside(case, stranger)
    answer = try_out(row, status, action, role, user, client_of(user), to=stranger.case_manager.pk)
    expected = OUTSIDE.get((status, action, role))
    assert row.status == (expected or status)
    assert bool(logged()) == bool(expected)
    assert Client.objects.count() == (2 if expected == "accepted" else 1)
    assert TransferNote.objects.count() == (1 if expected == "accepted" else 0)
    assert answer.status_code in ({302} if expected else {200, 302, 403, 404})


# --- What ends an open hand-over


def test_the_leads_own_decision_closes_it(lead, provider, colleague, case):
    row = inside(case, colleague)
    third = CaseManagerFactory(provider=provider)
    team.reassign_cases({Case.objects.get(pk=case.pk): case.case_manager_id}, to=third, by=lead)
    row.refresh_from_db()
    assert row.status == "stopped"
    assert (third.user.name, "case_received") in notices()
    with pytest.raises(ValidationError, match="schon entschieden"):
        actions.accept_handover(row, by=colleague)


def test_closing_the_case_closes_it(as_case_manager, colleague, case):
    row = inside(case, colleague)
    page = text_of(as_case_manager.get(url("close", case)))
    assert "Die Übergabe läuft noch" in page
    as_case_manager.post(url("close", case), {"on": german(ago(0)), "reason": "goals_reached"})
    row.refresh_from_db()
    assert row.status == "stopped"


@pytest.mark.parametrize("name", ["handover_create", "handover_create_external"])
def test_a_closed_case_is_not_handed_over(name, as_case_manager, colleague, stranger, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, closed=True)
    ConsentFactory(client=case.client, purpose="handover")
    data = typed(to_case_manager=colleague.case_manager.pk, to_provider=stranger.case_manager.provider.pk)
    assert "abgeschlossen" in text_of(as_case_manager.get(url(name, case)))
    assert "abgeschlossen" in errors(as_case_manager.post(url(name, case), data))["__all__"]


# --- Two at once, one after the other


def stored(row):
    return Handover.objects.select_related(
        "case__client", "case__track", "case__provider", "from_case_manager__user", "to_case_manager__user",
        "provider", "to_provider",
    ).get(pk=row.pk)  # fmt: skip


def test_the_second_of_two_answers_reads_which_came_first(colleague, case_manager, case):
    first, second = (stored(row) for row in [inside(case, colleague)] * 2)
    actions.withdraw_handover(first, by=case_manager)
    with pytest.raises(ValidationError, match="schon entschieden: zurückgezogen"):
        actions.accept_handover(second, by=colleague)
    assert holder(case) == case_manager


def test_accepting_what_was_just_closed_is_refused(colleague, case_manager, case):
    row = stored(inside(case, colleague))
    Case.objects.update(closed_on=ago(0), status="closed", closing_reason="other")
    with pytest.raises(ValidationError, match="abgeschlossen oder liegt"):
        actions.accept_handover(row, by=colleague)
    assert Handover.objects.get().is_open  # nothing half done


def test_closing_what_was_just_accepted_is_refused(as_case_manager, colleague, case, monkeypatch):
    row = stored(inside(case, colleague))
    close = files.close_case

    def somebody_is_quicker(*args, **kwargs):
        actions.accept_handover(row, by=colleague)
        close(*args, **kwargs)

    monkeypatch.setattr(files, "close_case", somebody_is_quicker)
    answer = as_case_manager.post(url("close", case), {"on": german(ago(0)), "reason": "goals_reached"})
    assert "inzwischen geändert" in said(answer)
    assert answer["Location"] == url("list")
    assert Case.objects.get(pk=case.pk).is_open
    assert holder(case) == colleague


def test_two_leads_of_the_other_traeger_open_one_file(foreign_lead, stranger, case, agreed):
    first, second = (stored(row) for row in [outside(case, stranger, released=True)] * 2)
    actions.accept_from_provider(first, to=stranger.case_manager, by=foreign_lead)
    with pytest.raises(ValidationError):
        actions.accept_from_provider(second, to=stranger.case_manager, by=foreign_lead)
    assert Client.objects.count() == 2


def test_the_database_keeps_one_open_hand_over_per_case(colleague, provider, case):
    inside(case, colleague)
    with pytest.raises(IntegrityError), transaction.atomic():
        HandoverFactory(case=case)
    with pytest.raises(IntegrityError, match="handover_not_to_oneself"), transaction.atomic():
        Handover.objects.update(to_case_manager=case.case_manager)
    with pytest.raises(IntegrityError, match="handover_colleague_or_provider"), transaction.atomic():
        Handover.objects.update(to_case_manager=None)
    with pytest.raises(IntegrityError, match="handover_decided_with_moment"), transaction.atomic():
        Handover.objects.update(status="accepted")


# --- Really at once


def closing(case, by):
    def close():
        files.close_case(
            Case.objects.get(pk=case.pk), on=ago(0), reason="goals_reached", note="", follow_up_service="", by=by
        )

    return close


@pytest.mark.django_db(transaction=True)
def test_threads_two_hand_overs_of_one_case(case_manager, colleague, case):
    def propose():
        desk = case.case_manager
        row = Handover(
            case=Case.objects.select_related("track").get(pk=case.pk), provider=desk.provider, summary=WORDS,
            to_provider=desk.provider, from_case_manager=desk, to_case_manager=colleague.case_manager,
        )  # fmt: skip
        actions.propose_handover(row, by=case_manager)

    results = at_once(propose, propose)
    (refused,) = refusals(results)
    assert "läuft schon" in refused
    assert Handover.objects.open().count() == 1


@pytest.mark.django_db(transaction=True)
def test_threads_accept_against_withdraw(case_manager, colleague, case):
    row = inside(case, colleague)
    results = at_once(
        lambda: actions.accept_handover(stored(row), by=colleague),
        lambda: actions.withdraw_handover(stored(row), by=case_manager),
    )
    assert len(refusals(results)) == 1
    row.refresh_from_db()
    assert holder(case) == (colleague if row.status == "accepted" else case_manager)


@pytest.mark.django_db(transaction=True)
def test_threads_accept_against_close(case_manager, colleague, case):
    row = inside(case, colleague)
    results = at_once(lambda: actions.accept_handover(stored(row), by=colleague), closing(case, case_manager))
    assert len(refusals(results)) < 2
    row.refresh_from_db()
    after = Case.objects.get(pk=case.pk)
    if row.status == "stopped":
        assert (after.is_open, after.case_manager) == (False, case.case_manager)
    else:  # accepted first; who was about to close had an old version, or closed the case of the colleague
        assert (row.status, after.case_manager) == ("accepted", colleague.case_manager)


@pytest.mark.django_db(transaction=True)
def test_threads_two_leads_accept_from_another_traeger(stranger, foreign_lead, case, agreed):
    second = MembershipFactory(provider=stranger.case_manager.provider).user
    row = outside(case, stranger, released=True)
    results = at_once(
        *(
            lambda by=by: actions.accept_from_provider(stored(row), to=stranger.case_manager, by=by)
            for by in (foreign_lead, second)
        )
    )
    assert len(refusals(results)) == 1
    assert Client.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_threads_accept_from_another_traeger_against_the_withdrawal(case_manager, stranger, foreign_lead, case, agreed):
    row = outside(case, stranger, released=True)
    at_once(
        lambda: actions.accept_from_provider(stored(row), to=stranger.case_manager, by=foreign_lead),
        lambda: withdraw_consent(
            Consent.objects.select_related("client").get(pk=agreed.pk), case=case, by=case_manager
        ),
    )
    row.refresh_from_db()
    assert (row.status, Client.objects.count()) in {("stopped", 1), ("accepted", 2)}
    assert not Consent.objects.in_force().filter(purpose="handover").exists()


@pytest.mark.django_db(transaction=True)
def test_threads_close_against_a_consultation(case_manager, client_of, case):
    browser = client_of(case_manager)
    answers = []
    results = at_once(
        closing(case, case_manager),
        lambda: answers.append(browser.post(url("consultation_create"), consultation_data(case))),
    )
    after = Case.objects.get(pk=case.pk)
    assert not after.is_open or refusals(results[:1])
    assert answers[0].status_code in {200, 302}
    assert not after.consultations.filter(held_on__gt=after.closed_on or ago(0)).exists()


# --- Sheet, history, reopening


def test_the_sheet_says_who_what_is_open_and_the_last_three_talks(as_case_manager, case):
    ConsultationFactory.create_batch(3, case=case, note="Letzte drei.")
    oldest = Consultation.objects.order_by("created_at").first()
    Consultation.objects.filter(pk=oldest.pk).update(held_on=ago(25))
    FollowUpFactory(case=case, text="Amt anrufen.")
    ConsentFactory(client=case.client)
    page = text_of(as_case_manager.get(url("handover_summary", case)))
    for word in ("Amalia Zweifelhard", "Arabisch", "Amt anrufen.", "Führen der Akte", german(ago(20))):
        assert word in page
    assert page.count("Letzte drei.") == 3
    assert oldest.note not in page.replace(case.client.contact_note, "", 1)
    assert logged() == ["case.printed"]


def test_a_private_note_is_not_on_the_deputys_sheet(as_deputy, case):
    ConsultationFactory(case=case, is_private=True, note="Nur für mich gedacht.")
    assert "Nur für mich gedacht." not in text_of(as_deputy.get(url("handover_summary", case)))


def test_each_lifted_closing_is_remembered_and_told(as_lead, lead, as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, closed=True, closed_on=ago(3))
    decide = url("team_reopening", case)
    as_lead.post(decide, {"decision": "accept", "version": case.version})
    assert [(row.closed_on, row.closing_reason, row.reopened_by) for row in case.reopenings.all()] == [
        (ago(3), "goals_reached", lead)
    ]
    assert notices() == {("Leyla Fall", "reopening_decided")}
    assert german(ago(3)) in text_of(as_case_manager.get(url("handover_list", case)))


def test_a_declined_reopening_is_told_and_a_refused_one_leaves_no_trace(as_lead, case_manager):
    case = CaseFactory(
        case_manager=case_manager.case_manager, closed=True, reopen_requested_at="2026-01-02T10:00+01:00"
    )
    as_lead.post(url("team_reopening", case), {"decision": "decline", "version": case.version})
    assert notices() == {("Leyla Fall", "reopening_decided")}
    CaseFactory(case_manager=case_manager.case_manager, client=case.client)
    as_lead.post(url("team_reopening", case), {"decision": "accept", "version": case.version + 1})
    assert not Reopening.objects.exists()


# --- Lists


@pytest.mark.parametrize("rows", [1, 3])
def test_the_inbox_does_not_query_per_row(rows, as_case_manager, case_manager, colleague, django_assert_num_queries):
    for _row in range(rows):
        inside(CaseFactory(case_manager=colleague.case_manager), case_manager)
        inside(CaseFactory(case_manager=case_manager.case_manager), colleague)
    with django_assert_num_queries(4):  # session, user, offered to and by
        as_case_manager.get(INBOX)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_leads_list_does_not_query_per_row(
    rows, as_lead, case_manager, colleague, stranger, django_assert_num_queries
):
    for _row in range(rows):
        outside(CaseFactory(case_manager=case_manager.case_manager), stranger)
        outside(CaseFactory(case_manager=case_manager.case_manager), stranger, released=True)
        arriving = CaseFactory(
            case_manager=stranger.case_manager, topics=[TopicFactory()], client__languages=[LanguageFactory()]
        )
        outside(arriving, colleague, released=True)
    with django_assert_num_queries(8):  # session, user, to release, arriving with topics and languages, released
        as_lead.get(TEAM)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_history_does_not_query_per_row(rows, as_case_manager, colleague, lead, case):
    for _row in range(rows):
        inside(case, colleague, done=True)
        Reopening.objects.create(case=case, closed_on=ago(3), closing_reason="other", reopened_by=lead)
    # session, user, case, note, hand-overs, reopenings, two for the log
    assert queries(lambda: as_case_manager.get(url("handover_list", case))) == 8


@pytest.mark.parametrize("rows", [1, 3])
def test_the_sheet_does_not_query_per_row(rows, as_case_manager, case):
    for _row in range(rows):
        ConsultationFactory(case=case, topics=[TopicFactory()])
        FollowUpFactory(case=case)
    # session, user, case, languages, topics, consents, talks with topics, follow-ups, hand-overs, and 2 for the log
    assert queries(lambda: as_case_manager.get(url("handover_summary", case))) == 12
