"""Standing in and leaving: the deputy's one list, and accounts that close only when nobody is dropped."""

from datetime import time

import pytest
from django.core.exceptions import ValidationError

from cases import absence
from cases.actions import team as actions
from cases.models import Notice
from districts.actions import refuse_deactivation
from districts.models import Substitution
from kim.users.models import User
from tests.case_forms import ago, errors, german, logged, queries, said, text_of, url
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    FollowUpFactory,
    HandoverFactory,
    IntakeRequestFactory,
    MembershipFactory,
    SubstitutionFactory,
)
from tests.routes import asks_for_login

pytestmark = pytest.mark.django_db


@pytest.fixture
def absent(case_manager):
    return case_manager.case_manager


def named(absent, name, **more):
    return CaseFactory(case_manager=absent, client__given_names="", client__family_name=name, **more)


# --- The deputy's list


def test_the_list_holds_what_waits_in_the_absent_persons_files(as_deputy, absent):
    due = named(absent, "Fällig", last_contact_on=ago(1))
    FollowUpFactory(case=due, text="Amt anrufen.", due_on=ago(2))
    meeting = named(absent, "Termin", last_contact_on=ago(1))
    FollowUpFactory(case=meeting, text="Begleiten.", due_on=ago(-20), due_at=time(9, 30))
    named(absent, "Still", last_contact_on=ago(40))
    named(absent, "Ruhend", paused=True, paused_until=ago(1))
    named(absent, "Abgeschlossen", closed=True)
    named(absent, "Geheim", protected=True, last_contact_on=ago(40))
    page = text_of(as_deputy.get(url("substitution_worklist", absent.substitutions.get().pk)))
    for word in ("Fällig", "Amt anrufen.", "Termin", "9:30", "Still", "Ruhend", "4 offene Fälle"):
        assert word in page
    for word in ("Abgeschlossen", "Geheim"):
        assert word not in page
    assert url("detail", due) in page


def test_the_list_holds_only_this_absent_person(as_deputy, deputy, absent, provider):
    other = SubstitutionFactory(absent=CaseManagerFactory(provider=provider), deputy=deputy.case_manager)
    named(other.absent, "Anderswo", last_contact_on=ago(40))
    named(deputy.case_manager, "Eigenes", last_contact_on=ago(40))
    page = text_of(as_deputy.get(url("substitution_worklist", absent.substitutions.get().pk)))
    assert "Anderswo" not in page
    assert "Eigenes" not in page


def test_other_records_can_add_their_questions(as_deputy, absent, monkeypatch):
    asked = []

    def requests(absent, user):
        asked.append((absent, user))
        return [absence.Link("2 Anfragen", "/anfragen/")]

    monkeypatch.setattr(absence, "MORE", [requests])
    assert "2 Anfragen" in text_of(as_deputy.get(url("substitution_worklist", absent.substitutions.get().pk)))
    assert asked[0][0] == absent


def test_the_list_holds_the_requests_the_absent_person_has_accepted(as_deputy, absent, provider):
    held = IntakeRequestFactory(case_manager=absent)
    others = [
        IntakeRequestFactory(provider=provider),
        IntakeRequestFactory(case_manager=CaseManagerFactory(provider=provider)),
        IntakeRequestFactory(case_manager=absent, protected=True),
        IntakeRequestFactory(case_manager=absent, status="withdrawn", end_reason="no_wish"),
    ]
    page = text_of(as_deputy.get(url("substitution_worklist", absent.substitutions.get().pk)))
    assert f"Anfrage {held.number}, zugewiesen seit {german(ago(2))}" in page
    assert url("request_detail", held.number) in page
    assert held.name not in page
    assert not [other for other in others if other.number in page]


@pytest.mark.parametrize("when", ["over", "coming"])
def test_before_the_first_and_after_the_last_day_there_is_no_list_and_no_file(when, client_of, absent):
    substitution = SubstitutionFactory(absent=absent, **{when: True})
    case = CaseFactory(case_manager=absent)
    browser = client_of(substitution.deputy.user)
    for address in (url("substitution_worklist", substitution.pk), url("detail", case)):
        assert browser.get(address).status_code == 404


def test_ending_a_substitution_ends_the_list(as_lead, as_deputy, absent):
    substitution = absent.substitutions.get()
    as_lead.post(url("substitution_end", substitution.pk))
    assert as_deputy.get(url("substitution_worklist", substitution.pk)).status_code == 404


@pytest.mark.parametrize("who", ["as_case_manager", "as_colleague", "as_stranger", "as_lead"])
def test_the_list_is_the_deputys_alone(who, request, deputy, absent):
    address = url("substitution_worklist", absent.substitutions.get().pk)
    assert request.getfixturevalue(who).get(address).status_code in {403, 404}


def test_mein_tag_leads_to_the_list(as_deputy, absent):
    assert url("substitution_worklist", absent.substitutions.get().pk) in text_of(as_deputy.get(url("today")))


@pytest.mark.parametrize(("first", "leads_to"), [(0, "substitution_worklist"), (3, "substitution_list")])
def test_the_deputy_is_told_where_to_look(first, leads_to, as_lead, colleague, absent):
    data = {
        "absent": absent.pk, "deputy": colleague.case_manager.pk, "starts_on": german(ago(-first)),
        "ends_on": german(ago(-9)),
    }  # fmt: skip
    as_lead.post(url("substitution_create"), data)
    notice = Notice.objects.get()
    keys = [Substitution.objects.get().pk] if leads_to == "substitution_worklist" else []
    assert (notice.user, notice.kind, notice.path) == (colleague, "substitution_granted", url(leads_to, *keys))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_does_not_query_per_row(rows, as_deputy, absent):
    for _row in range(rows):
        FollowUpFactory(case=CaseFactory(case_manager=absent, last_contact_on=ago(40)), due_at=time(9, 0))
        CaseFactory(case_manager=absent, paused=True, paused_until=ago(1))
        IntakeRequestFactory(case_manager=absent)
    address = url("substitution_worklist", absent.substitutions.get().pk)
    # session, user, substitution, whom one stands in for, appointments, follow-ups, silent, pauses, open cases,
    # requests with twice whom one stands in for
    assert queries(lambda: as_deputy.get(address)) == 12


# --- Circles and long absences


def test_a_circle_of_three_is_refused_whichever_link_comes_last(lead, provider, absent):
    second, third = CaseManagerFactory.create_batch(2, provider=provider)

    def grant(away, deputy):
        row = Substitution(absent=away, deputy=deputy, starts_on=ago(0), ends_on=ago(-5))
        return actions.grant_substitution(row, by=lead)

    grant(absent, second)
    for away, deputy in ((second, third), (third, absent), (second, absent)):
        with pytest.raises(ValidationError):
            grant(away, deputy)
    assert Substitution.objects.count() == 1


@pytest.mark.parametrize(("last", "refused"), [(41, False), (42, True), (400, True)])
def test_six_weeks_are_the_most(last, refused, as_lead, colleague, absent):
    data = {
        "absent": absent.pk, "deputy": colleague.case_manager.pk, "starts_on": german(ago(0)),
        "ends_on": german(ago(-last)),
    }  # fmt: skip
    answer = as_lead.post(url("substitution_create"), data)
    if refused:
        assert "höchstens sechs Wochen" in errors(answer)["ends_on"]
    assert Substitution.objects.exists() != refused


# --- Leaving


def close(browser, user):
    return browser.post(url("team_account_close", user.pk))


def test_an_account_without_cases_closes_at_once(as_lead, client_of, colleague):
    browser = client_of(colleague)
    assert colleague.name in text_of(as_lead.get(url("team_accounts")))
    close(as_lead, colleague)
    colleague.refresh_from_db()
    assert (colleague.is_active, colleague.role_confirmed_at) == (False, None)
    assert asks_for_login(browser.get(url("today")))
    assert logged() == ["staff.changed"]
    as_lead.get(url("team_accounts"))  # says that it is closed
    assert colleague.name not in text_of(as_lead.get(url("team_accounts")))


def test_open_cases_keep_an_account_open_and_the_page_leads_to_them(as_lead, colleague):
    CaseFactory(case_manager=colleague.case_manager)
    page = text_of(as_lead.get(url("team_account_close", colleague.pk)))
    assert f"{url('team_reassign')}?case_manager={colleague.case_manager.pk}" in page
    assert "noch 1 offenen Fall" in text_of(close(as_lead, colleague))
    colleague.refresh_from_db()
    assert colleague.is_active
    assert logged() == []


def test_requests_in_hand_keep_an_account_open_until_the_lead_has_given_them(
    as_lead, admin_user, colleague, case_manager
):
    held = {"case_manager": colleague.case_manager}
    requests = [
        IntakeRequestFactory(**held, status=status)
        for status in ("assigned", "first_contact", "waiting_list", "unreachable")
    ]
    IntakeRequestFactory(**held, status="withdrawn", end_reason="other")
    IntakeRequestFactory(provider=colleague.case_manager.provider)
    answer = text_of(close(as_lead, colleague))
    assert "noch 4 übernommene Anfragen" in answer
    assert f'href="{url("request_list")}"' in answer
    with pytest.raises(ValidationError, match="noch 4 übernommene Anfragen"):
        refuse_deactivation(colleague, by=admin_user)
    for request in requests[:3]:
        as_lead.post(url("request_give", request), {"to": case_manager.case_manager.pk})
    assert "noch 1 übernommene Anfrage." in text_of(close(as_lead, colleague))
    as_lead.post(url("request_give", requests[3]), {"to": case_manager.case_manager.pk})
    assert close(as_lead, colleague).status_code == 302


def test_a_hand_over_offered_to_somebody_keeps_the_account_open(as_lead, admin_user, colleague, absent):
    row = HandoverFactory(case=CaseFactory(case_manager=absent), to_case_manager=colleague.case_manager)
    assert "zur Übernahme angeboten" in text_of(close(as_lead, colleague))
    with pytest.raises(ValidationError, match="zur Übernahme angeboten"):
        refuse_deactivation(colleague, by=admin_user)
    type(row).objects.update(status="declined", decided_at=row.created_at)
    assert close(as_lead, colleague).status_code == 302


def test_nobody_closes_the_own_account_a_strangers_or_the_citys(
    as_lead, client_of, lead, stranger, coordination, admin_user, case_manager
):
    foreign = client_of(MembershipFactory(provider=stranger.case_manager.provider).user)
    for browser, user in ((as_lead, lead), (as_lead, stranger), (as_lead, coordination), (as_lead, admin_user),
                          (foreign, case_manager)):  # fmt: skip
        assert close(browser, user).status_code == 404
    assert not User.objects.filter(is_active=False).exists()


def test_of_two_leads_the_second_reads_that_it_is_done(lead, provider, colleague):
    second = MembershipFactory(provider=provider).user
    actions.close_account(colleague, by=lead)
    with pytest.raises(ValidationError, match="schon geschlossen"):
        actions.close_account(colleague, by=second)
    assert logged() == ["staff.changed"]


def test_closing_asks_for_the_password_again_after_a_while(as_lead, colleague):
    session = as_lead.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 31 * 60
    session.save()
    assert close(as_lead, colleague).status_code == 302
    colleague.refresh_from_db()
    assert colleague.is_active
    assert said(as_lead.get(url("team_accounts"))) == ""


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_accounts_does_not_query_per_row(rows, as_lead, provider, django_assert_num_queries):
    for _row in range(rows):
        CaseFactory(case_manager=CaseManagerFactory(provider=provider))
    with django_assert_num_queries(3):  # session, user, accounts
        as_lead.get(url("team_accounts"))
