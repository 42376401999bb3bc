"""The lead's work: load, lists without content, handing over, reopening, roles; and substitutions for everybody."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from cases.actions import team as actions
from cases.models import Case, Consultation
from cases.workload import Desk, desks, staff_to_confirm, substitutions_listed_for
from districts.models import Substitution
from kim.audit.models import Entry
from kim.records import ChangedMeanwhile
from kim.users.models import Role
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ConsultationFactory,
    FollowUpFactory,
    LanguageFactory,
    MembershipFactory,
    ProviderFactory,
    SubstitutionFactory,
    TrackFactory,
    UserFactory,
)

TEAM, CASES, REASSIGN = reverse("cases:team"), reverse("cases:team_cases"), reverse("cases:team_reassign")
SUBSTITUTIONS, NEW_SUBSTITUTION = reverse("cases:substitution_list"), reverse("cases:substitution_create")
LEAD_ONLY = [TEAM, CASES, REASSIGN]


def today():
    return timezone.localdate()


def days(number):
    return today() + timedelta(days=number)


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def actions_logged():
    return list(Entry.objects.order_by("id").values_list("action", flat=True))


def choice(case, case_manager=None):
    return f"{case.number}:{(case_manager or case.case_manager).pk}"


@pytest.fixture
def post_of(case_manager):
    return case_manager.case_manager


@pytest.fixture
def other(colleague):
    return colleague.case_manager


# --- Who may


@pytest.mark.parametrize("url", LEAD_ONLY)
@pytest.mark.parametrize("browser", ["as_case_manager", "as_coordination", "as_data_protection", "as_admin"])
def test_only_a_lead_enters_the_team_pages(request, browser, url):
    assert request.getfixturevalue(browser).get(url).status_code == 403


@pytest.mark.parametrize("browser", ["as_case_manager", "as_coordination", "as_data_protection", "as_admin"])
def test_only_a_lead_decides(request, browser, post_of):
    case = CaseFactory(case_manager=post_of, closed=True)
    urls = [
        REASSIGN,
        reverse("cases:team_reopening", args=[case.number]),
        reverse("cases:team_confirm_role", args=[post_of.user_id]),
    ]
    client = request.getfixturevalue(browser)
    assert [client.post(url).status_code for url in urls] == [403, 403, 403]


@pytest.mark.parametrize("browser", ["as_coordination", "as_data_protection", "as_admin"])
def test_who_does_not_counsel_or_lead_grants_no_substitution(request, browser):
    client = request.getfixturevalue(browser)
    assert client.get(SUBSTITUTIONS).status_code == client.get(NEW_SUBSTITUTION).status_code == 403


def test_a_lead_without_a_confirmed_role_sees_no_team(client_of, provider):
    user = MembershipFactory(provider=provider, user__role_confirmed_at=None).user
    assert client_of(user).get(TEAM).status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        reverse("cases:team_reopening", args=["K-7F3K-9Q"]),
        reverse("cases:team_confirm_role", args=[1]),
    ],
)
def test_decisions_are_never_made_by_a_link(as_lead, url):
    assert as_lead.get(url).status_code == 405


# --- Team


def test_desks_count_exactly_and_only_the_own_traeger(lead, post_of, other, stranger):
    CaseFactory.create_batch(2, case_manager=post_of, last_contact_on=days(-1))
    quiet = CaseFactory(case_manager=post_of, last_contact_on=days(-29))
    CaseFactory(case_manager=post_of, last_contact_on=days(-28))  # exactly four weeks is not yet silent
    CaseFactory(case_manager=post_of, closed=True)
    CaseFactory(case_manager=stranger.case_manager)
    FollowUpFactory(case=quiet, due_on=days(-1))
    FollowUpFactory(case=quiet)  # due today is not overdue
    FollowUpFactory(case=quiet, due_on=days(-1), done=True)
    found = {desk.case_manager: (desk.open, desk.silent, desk.overdue) for desk in desks(lead)}
    assert found == {post_of: (4, 1, 1), other: (0, 0, 0)}


def test_a_leaver_stays_visible_while_cases_lie_there(lead, provider):
    left, gone = CaseManagerFactory.create_batch(2, provider=provider, user__is_active=False)
    CaseFactory(case_manager=left)
    assert [desk.case_manager for desk in desks(lead)] == [left]
    assert gone not in [desk.case_manager for desk in desks(lead)]


def test_nobody_but_the_lead_has_the_load(case_manager, data_protection, coordination):
    CaseFactory(case_manager=case_manager.case_manager)
    for user in (case_manager, data_protection, coordination):
        assert desks(user) == []


@pytest.mark.parametrize(("cases", "share", "percent", "full"), [(0, 0, 0, True), (1, 0, 100, True), (10, 1, 50, False),
                                                                 (20, 1, 100, True), (30, 1, 100, True)])  # fmt: skip
def test_the_bar_ends_at_the_capacity(db, cases, share, percent, full):
    desk = Desk(CaseManagerFactory(post_share=share), open=cases)
    assert (desk.percent, desk.is_full) == (percent, full)


def test_team_page_tells_load_substitution_languages_and_requests(as_lead, post_of, other):
    other.languages.set([LanguageFactory(code="ar")])
    CaseFactory(case_manager=post_of)
    SubstitutionFactory(absent=post_of, deputy=other, ends_on=days(5))
    asked = CaseFactory(case_manager=post_of, closed=True, reopen_requested_at=timezone.now(),
                        reopen_reason="Sie steht wieder vor der Tür.")  # fmt: skip
    page = as_lead.get(TEAM).content.decode()
    until = days(5).strftime("%d.%m.%Y")
    assert "1 von 20" in page
    assert f"abwesend, {other} vertritt bis {until}" in page
    assert f"vertritt {post_of} bis {until}" in page
    assert asked.number in page
    assert "vor der Tür" not in page
    assert asked.client.family_name not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_team_page_does_not_query_per_row(as_lead, provider, rows, django_assert_num_queries):
    for _row in range(rows):
        absent = CaseManagerFactory(provider=provider, languages=[LanguageFactory(code="ar")])
        SubstitutionFactory(absent=absent)
        FollowUpFactory(case=CaseFactory(case_manager=absent), due_on=days(-1))
        CaseFactory(case_manager=absent, closed=True, reopen_requested_at=timezone.now())
        CaseManagerFactory(provider=provider, user__role_confirmed_at=None)
    with django_assert_num_queries(TEAM_QUERIES):
        as_lead.get(TEAM)


TEAM_QUERIES = 10  # session, user, open and silent, overdue, staff, languages, 2 for substitutions, requests, roles


# --- The list


def test_list_shows_no_content_and_protected_cases_by_number_only(as_lead, post_of):
    plain = CaseFactory(case_manager=post_of, client__family_name="Offenname")
    hidden = CaseFactory(case_manager=post_of, client__family_name="Verborgen", protected=True)
    page = as_lead.get(CASES).content.decode()
    assert {plain.number in page, hidden.number in page, "Offenname" in page} == {True}
    assert "Verborgen" not in page
    assert hidden.track.name not in page
    assert plain.track.name not in page
    assert ConsultationFactory(case=plain).note not in as_lead.get(CASES).content.decode()


def test_list_ends_at_the_own_traeger(as_lead, post_of, stranger):
    own, foreign = CaseFactory(case_manager=post_of), CaseFactory(case_manager=stranger.case_manager)
    page = as_lead.get(CASES).content.decode()
    assert own.number in page
    assert foreign.number not in page


@pytest.fixture
def one_of_each(post_of):
    return {
        "open": CaseFactory(case_manager=post_of, last_contact_on=today()),
        "paused": CaseFactory(case_manager=post_of, paused=True, last_contact_on=today()),
        "silent": CaseFactory(case_manager=post_of, last_contact_on=days(-29)),
        "overdue": FollowUpFactory(case__case_manager=post_of, case__last_contact_on=today(), due_on=days(-1)).case,
        "closed": CaseFactory(case_manager=post_of, closed=True, opened_on=days(-200), closed_on=days(-90)),
        "locked": CaseFactory(case_manager=post_of, closed=True, opened_on=days(-200), closed_on=days(-91)),
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("", {"open", "paused", "silent", "overdue"}),
        ("open", {"open", "paused", "silent", "overdue"}),
        ("paused", {"paused"}),
        ("silent", {"silent"}),
        ("overdue", {"overdue"}),
        ("closed", {"closed"}),
        ("locked", {"locked"}),
    ],
)
def test_list_filters_by_state(as_lead, one_of_each, state, expected):
    rows = as_lead.get(CASES, {"state": state}).context["page"].object_list
    assert set(rows) == {one_of_each[name] for name in expected}


def test_list_filters_by_case_manager_even_one_who_left(as_lead, provider, post_of):
    CaseFactory(case_manager=post_of)
    left = CaseFactory(case_manager=CaseManagerFactory(provider=provider, user__is_active=False))
    response = as_lead.get(CASES, {"case_manager": left.case_manager.pk})
    assert list(response.context["page"]) == [left]
    assert f"{REASSIGN}?case_manager={left.case_manager.pk}" in response.content.decode()


@pytest.mark.parametrize("query", [{"state": "x"}, {"case_manager": "x"}, {"case_manager": "9" * 30}])
def test_a_wrong_filter_is_named_and_shows_nothing(as_lead, post_of, query):
    CaseFactory(case_manager=post_of)
    response = as_lead.get(CASES, query)
    assert list(response.context["page"]) == []
    assert set(response.context["form"].errors) == set(query)


def test_a_foreign_case_manager_is_no_filter(as_lead, stranger):
    CaseFactory(case_manager=stranger.case_manager)
    response = as_lead.get(CASES, {"case_manager": stranger.case_manager.pk})
    assert list(response.context["page"]) == []
    assert "Fred Fremd" not in response.content.decode()


def test_list_has_pages_of_fifty(as_lead, post_of):
    CaseFactory.create_batch(51, case_manager=post_of)
    assert len(as_lead.get(CASES).context["page"]) == 50
    assert len(as_lead.get(CASES, {"page": 2}).context["page"]) == 1


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("state", ["open", "closed"])
def test_list_does_not_query_per_row(as_lead, provider, rows, state, django_assert_num_queries):
    for _row in range(rows):
        CaseFactory(case_manager=CaseManagerFactory(provider=provider), closed=state == "closed")
    with django_assert_num_queries(5):  # session, user, case managers of the filter, count, page
        as_lead.get(CASES, {"state": state})


# --- Handing over


def test_reassigning_moves_cases_and_leaves_consultations(as_lead, lead, post_of, other):
    first, second = CaseFactory.create_batch(2, case_manager=post_of)
    talk = ConsultationFactory(case=first)
    response = as_lead.post(REASSIGN, {"case": [choice(first), choice(second)], "to": other.pk})
    assert response.status_code == 302
    assert set(Case.objects.filter(case_manager=other)) == {first, second}
    assert Consultation.objects.get().case_manager == talk.case_manager == post_of
    entry = Entry.objects.of(first.audit_name).get()
    assert (entry.action, entry.details) == ("case.reassigned", {"old": post_of.pk, "new": other.pk})
    assert (entry.actor, entry.organisation) == (str(lead.pk), "am-dom")
    assert "2 Fälle" in said(response)


def test_moving_a_case_makes_open_forms_notice(post_of, other, lead):
    case = CaseFactory(case_manager=post_of)
    actions.reassign_cases({Case.objects.get(): post_of.pk}, to=other, by=lead)
    with pytest.raises(ChangedMeanwhile):
        case.save_version(case.version)


def test_the_preview_changes_nothing_and_shows_the_loads(as_lead, post_of, other):
    case = CaseFactory(case_manager=post_of)
    CaseFactory.create_batch(20, case_manager=other)
    response = as_lead.get(REASSIGN, {"case": choice(case), "to": other.pk})
    rows = [(load.case_manager, load.before, load.after, load.is_over) for load in response.context["loads"]]
    assert rows == [(other, 20, 21, True), (post_of, 1, 0, False)]
    assert "überlastet" in response.content.decode()
    assert Case.objects.get(pk=case.pk).case_manager == post_of
    assert not Entry.objects.exists()


def test_what_changed_since_it_was_chosen_stays_and_is_named(as_lead, provider, post_of, other):
    stays, closed, moves = CaseFactory.create_batch(3, case_manager=post_of)
    data = {"case": [choice(stays), choice(closed), choice(moves)], "to": other.pk}
    third = CaseManagerFactory(provider=provider)
    Case.objects.filter(pk=stays.pk).update(case_manager=third)
    Case.objects.filter(pk=closed.pk).update(closed_on=today(), status="closed", closing_reason="other")
    preview = as_lead.get(REASSIGN, data)
    assert set(preview.context["plan"].gone) == {stays, closed}
    response = as_lead.post(REASSIGN, data)
    assert set(Case.objects.filter(case_manager=other)) == {moves}
    assert {number in said(response) for number in (stays.number, closed.number)} == {True}


def test_a_case_moved_between_plan_and_update_is_not_taken(monkeypatch, lead, provider, post_of, other):
    case = CaseFactory(case_manager=post_of)
    third = CaseManagerFactory(provider=provider)
    chosen = {Case.objects.get(pk=case.pk): post_of.pk}
    plan = actions.plan_reassignment

    def somebody_is_quicker(chosen, *, to):
        found = plan(chosen, to=to)
        Case.objects.filter(pk=case.pk).update(case_manager=third)
        return found

    monkeypatch.setattr(actions, "plan_reassignment", somebody_is_quicker)
    done = actions.reassign_cases(chosen, to=other, by=lead)
    assert (done.movable, done.gone) == ([], [case])
    assert Case.objects.get(pk=case.pk).case_manager == third
    assert actions_logged() == []


def test_a_second_submit_moves_nothing_twice(as_lead, post_of, other):
    case = CaseFactory(case_manager=post_of)
    data = {"case": choice(case), "to": other.pk}
    as_lead.post(REASSIGN, data)
    assert case.number in said(as_lead.post(REASSIGN, data))
    assert actions_logged() == ["case.reassigned"]


def test_a_missing_track_is_a_warning_but_a_protected_one_a_refusal(as_lead, post_of, other):
    single_parents = CaseFactory(case_manager=post_of, track=TrackFactory(without_age=True))
    protected = CaseFactory(case_manager=post_of, protected=True)
    data = {"case": [choice(single_parents), choice(protected)], "to": other.pk}
    response = as_lead.get(REASSIGN, data)
    plan, page = response.context["plan"], response.content.decode()
    assert (plan.movable, plan.off_track, plan.refused) == ([single_parents], [single_parents], [protected])
    assert protected.track.name not in page
    as_lead.post(REASSIGN, data)
    assert set(Case.objects.filter(case_manager=other)) == {single_parents}
    other.tracks.add(protected.track)
    as_lead.post(REASSIGN, {"case": choice(protected), "to": other.pk})
    assert set(Case.objects.filter(case_manager=other)) == {single_parents, protected}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("form_of", ["{foreign}:{owner}", "K-0000-00:1", "{own}", "{own}:x", "{own}:²", ""])
def test_a_foreign_or_broken_choice_does_not_exist(as_lead, post_of, other, stranger, method, form_of):
    own, foreign = CaseFactory(case_manager=post_of), CaseFactory(case_manager=stranger.case_manager)
    broken = form_of.format(foreign=foreign.number, owner=foreign.case_manager.pk, own=own.number)
    data = {"case": [choice(own), broken], "to": other.pk}
    assert getattr(as_lead, method)(REASSIGN, data).status_code == 404
    assert Case.objects.get(pk=own.pk).case_manager == post_of


@pytest.mark.parametrize("who", ["stranger", "inactive", "unconfirmed", "nobody"])
def test_cases_go_only_to_somebody_who_can_work_on_them_here(as_lead, provider, post_of, stranger, who):
    receivers = {
        "stranger": stranger.case_manager.pk,
        "inactive": CaseManagerFactory(provider=provider, user__is_active=False).pk,
        "unconfirmed": CaseManagerFactory(provider=provider, user__role_confirmed_at=None).pk,
        "nobody": "",
    }
    case = CaseFactory(case_manager=post_of)
    response = as_lead.post(REASSIGN, {"case": choice(case), "to": receivers[who]})
    assert response.status_code == 200
    assert "to" in response.context["form"].errors
    assert choice(case) in response.content.decode()
    assert Case.objects.get(pk=case.pk).case_manager == post_of


def test_a_colleague_who_leaves_before_the_confirmation_gets_nothing(lead, post_of, other):
    case = CaseFactory(case_manager=post_of)
    other.user.is_active = False
    other.user.save()
    with pytest.raises(ValidationError):
        actions.reassign_cases({case: post_of.pk}, to=other, by=lead)
    assert Case.objects.get(pk=case.pk).case_manager == post_of


def test_nothing_chosen_leads_back_with_a_sentence(as_lead):
    response = as_lead.get(REASSIGN)
    assert response.status_code == 302
    assert "auswählen" in said(response)


def test_all_cases_of_a_leaver_in_one_go(as_lead, provider, other):
    leaver = CaseManagerFactory(provider=provider, user__is_active=False)
    cases = set(CaseFactory.create_batch(2, case_manager=leaver))
    CaseFactory(case_manager=leaver, closed=True)
    assert set(as_lead.get(REASSIGN, {"case_manager": leaver.pk}).context["chosen"]) == cases


def test_the_open_cases_of_a_strangers_desk_are_not_chosen(as_lead, stranger):
    CaseFactory(case_manager=stranger.case_manager)
    assert as_lead.get(REASSIGN, {"case_manager": stranger.case_manager.pk}).status_code == 302


@pytest.mark.parametrize("rows", [1, 3])
def test_preview_does_not_query_per_row(as_lead, provider, other, rows, django_assert_num_queries):
    cases = [CaseFactory(case_manager=CaseManagerFactory(provider=provider)) for _row in range(rows)]
    with django_assert_num_queries(PREVIEW_QUERIES):
        as_lead.get(REASSIGN, {"case": [choice(case) for case in cases], "to": other.pk})


PREVIEW_QUERIES = 6  # session, user, cases, colleague, tracks, loads


# --- Reopening


def decide(browser, case, decision="accept", version=None):
    url = reverse("cases:team_reopening", args=[case.number])
    return browser.post(url, {"decision": decision, "version": version or case.version})


@pytest.fixture
def asked(post_of):
    return CaseFactory(
        case_manager=post_of, closed=True, reopen_requested_at=timezone.now(), reopen_reason="Neuer Bescheid."
    )


def test_accepting_opens_the_case_again(as_lead, asked):
    response = decide(as_lead, asked)
    case = Case.objects.get()
    assert (case.is_open, case.status, case.reopen_requested_at) == (True, "implementation", None)
    assert actions_logged() == ["case.reopened"]
    assert "wieder offen" in said(response)


def test_declining_leaves_it_closed(as_lead, asked):
    decide(as_lead, asked, "decline")
    case = Case.objects.get()
    assert (case.is_open, case.reopen_requested_at, case.reopen_reason) == (False, None, "")
    assert actions_logged() == ["case.reopening_declined"]


@pytest.mark.parametrize("decision", ["accept", "decline"])
def test_deciding_keeps_what_is_written_in_the_file(as_lead, asked, decision):
    Case.objects.filter(pk=asked.pk).update(closing_note="Alles gut.", follow_up_service="Jugendbüro")
    decide(as_lead, asked, decision)
    case = Case.objects.get()
    assert (case.closing_note, case.follow_up_service) == ("Alles gut.", "Jugendbüro")


def test_a_locked_case_is_reopened_from_the_list_without_a_request(as_lead, post_of):
    locked = CaseFactory(case_manager=post_of, closed=True, opened_on=days(-400), closed_on=days(-100))
    page = as_lead.get(CASES, {"state": "locked"}).content.decode()
    assert reverse("cases:team_reopening", args=[locked.number]) in page
    decide(as_lead, locked)
    assert Case.objects.get().is_open
    assert actions_logged() == ["case.reopened"]


@pytest.mark.parametrize("first", ["accept", "decline"])
@pytest.mark.parametrize("second", ["accept", "decline"])
def test_the_second_of_two_leads_gets_a_sentence(as_lead, client_of, provider, asked, first, second):
    decide(as_lead, asked, first)
    response = decide(client_of(MembershipFactory(provider=provider).user), asked, second)
    assert response.status_code == 302
    assert asked.number in said(response)
    assert len(actions_logged()) == 1
    assert Case.objects.get().is_open == (first == "accept")


def test_nobody_is_counselled_twice_at_once(as_lead, asked):
    CaseFactory(case_manager=asked.case_manager, client=asked.client)
    assert "bereits ein Fall offen" in said(decide(as_lead, asked))
    assert not Case.objects.get(pk=asked.pk).is_open


def test_the_constraint_speaks_when_two_cases_open_at_the_same_moment(monkeypatch, lead, asked):
    CaseFactory(case_manager=asked.case_manager, client=asked.client)
    case = Case.objects.get(pk=asked.pk)

    def without_looking():
        case.status, case.closed_on, case.closing_reason = "clearing", None, ""

    monkeypatch.setattr(case, "reopen", without_looking)
    with pytest.raises(ValidationError, match="bereits ein Fall offen"):
        actions.accept_reopening(case, opened_version=case.version, by=lead)
    assert actions_logged() == []


def test_a_case_of_somebody_who_left_is_to_be_handed_over(as_lead, provider):
    leaver = CaseManagerFactory(provider=provider, user__is_active=False)
    case = CaseFactory(case_manager=leaver, closed=True)
    response = decide(as_lead, case)
    assert "übergeben" in said(response)
    assert response.url == f"{CASES}?case_manager={leaver.pk}"


@pytest.mark.parametrize("data", [{}, {"decision": "x", "version": "1"}, {"decision": "accept", "version": "x"}])
def test_a_broken_decision_changes_nothing(as_lead, asked, data):
    response = as_lead.post(reverse("cases:team_reopening", args=[asked.number]), data)
    assert response.status_code == 302
    assert not Case.objects.get().is_open


def test_a_foreign_case_cannot_be_reopened(as_lead, stranger):
    assert decide(as_lead, CaseFactory(case_manager=stranger.case_manager, closed=True)).status_code == 404


# --- Roles


def confirm(browser, user, role=None):
    return browser.post(reverse("cases:team_confirm_role", args=[user.pk]), {"role": role or user.role})


@pytest.fixture
def newcomer(provider):
    return CaseManagerFactory(provider=provider, user__role_confirmed_at=None, user__name="Nina Neu").user


def test_confirming_lets_the_role_count(as_lead, lead, newcomer):
    assert "Nina Neu" in as_lead.get(TEAM).content.decode()
    assert "Nina Neu" in said(confirm(as_lead, newcomer))
    newcomer.refresh_from_db()
    assert newcomer.role_confirmed_at is not None
    entry = Entry.objects.get()
    assert (entry.action, entry.actor, entry.organisation) == ("role.confirmed", str(lead.pk), "am-dom")
    assert entry.details == {"staff": newcomer.pk, "role": "case_manager"}


def test_who_waits_is_shown_once_and_never_oneself(lead, provider, newcomer, data_protection, stranger, case_manager):
    waiting = staff_to_confirm(lead).filter(role_confirmed_at=None)
    MembershipFactory(provider=provider, user__role_confirmed_at=None, user__is_active=False)
    CaseManagerFactory(user__role_confirmed_at=None)
    assert list(waiting) == [newcomer]
    assert set(staff_to_confirm(lead)) == {newcomer, data_protection, case_manager}


def test_nobody_confirms_strangers_oneself_or_the_city(as_lead, lead, stranger, coordination, admin_user):
    for user in (stranger, lead, coordination, admin_user):
        assert confirm(as_lead, user).status_code == 404
    assert confirm(as_lead, UserFactory.build(pk=10**6)).status_code == 404


def test_a_second_lead_confirming_gets_a_sentence(as_lead, client_of, provider, newcomer):
    confirm(as_lead, newcomer)
    second = confirm(client_of(MembershipFactory(provider=provider).user), newcomer)
    assert "schon bestätigt" in said(second)
    assert actions_logged() == ["role.confirmed"]


def test_only_the_role_the_lead_has_seen_is_confirmed(as_lead, provider):
    user = MembershipFactory(provider=provider, user__role=Role.DATA_PROTECTION, user__role_confirmed_at=None).user
    user.role = Role.LEAD
    user.save()
    assert "geändert" in said(confirm(as_lead, user, role=Role.DATA_PROTECTION))
    user.refresh_from_db()
    assert user.role_confirmed_at is None


def test_confirming_asks_for_the_password_again_after_a_while(as_lead, newcomer):
    session = as_lead.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    assert confirm(as_lead, newcomer).status_code == 302
    newcomer.refresh_from_db()
    assert newcomer.role_confirmed_at is None


# --- Substitutions


def substitution_data(deputy, *, absent=None, first=0, last=13):
    starts_on, ends_on = (days(number).strftime("%d.%m.%Y") for number in (first, last))
    data = {"deputy": deputy.pk, "starts_on": starts_on, "ends_on": ends_on}
    return data | ({"absent": absent.pk} if absent else {})


def test_a_case_manager_grants_for_the_own_cases(as_case_manager, case_manager, other):
    response = as_case_manager.post(NEW_SUBSTITUTION, substitution_data(other))
    granted = Substitution.objects.get()
    assert response.url == SUBSTITUTIONS
    assert (granted.absent, granted.deputy, granted.created_by) == (case_manager.case_manager, other, case_manager)
    entry = Entry.objects.get()
    assert (entry.action, entry.organisation) == ("substitution.granted", "am-dom")
    assert entry.details["absent"] == case_manager.case_manager.pk


def test_a_case_manager_cannot_grant_for_somebody_else(as_case_manager, post_of, other, provider):
    third = CaseManagerFactory(provider=provider)
    as_case_manager.post(NEW_SUBSTITUTION, substitution_data(third, absent=other))
    assert Substitution.objects.get().absent == post_of


def test_a_lead_grants_for_anybody_here(as_lead, post_of, other):
    as_lead.post(NEW_SUBSTITUTION, substitution_data(other, absent=post_of))
    assert (Substitution.objects.get().absent, Substitution.objects.get().deputy) == (post_of, other)


def test_the_deputy_sees_the_cases_from_the_first_day(as_lead, post_of, other):
    case = CaseFactory(case_manager=post_of)
    CaseFactory(case_manager=post_of, protected=True)
    as_lead.post(NEW_SUBSTITUTION, substitution_data(other, absent=post_of))
    assert set(Case.objects.visible_to(other.user)) == {case}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"first": -1}, "starts_on"),
        ({"first": 5, "last": 4}, "ends_on"),
        ({"last": 42}, "ends_on"),
    ],
)
def test_days_that_do_not_fit_are_named_and_nothing_typed_is_lost(as_lead, post_of, other, change, field):
    data = substitution_data(other, absent=post_of, **change)
    response = as_lead.post(NEW_SUBSTITUTION, data)
    assert set(response.context["form"].errors) == {field}
    assert data["ends_on"] in response.content.decode()
    assert not Substitution.objects.exists()


@pytest.mark.parametrize("change", [{"last": 0}, {"last": 41}, {"first": 3, "last": 44}])
def test_one_day_and_six_weeks_are_allowed(as_lead, post_of, other, change):
    as_lead.post(NEW_SUBSTITUTION, substitution_data(other, absent=post_of, **change))
    assert Substitution.objects.count() == 1


def test_only_an_able_colleague_of_the_same_traeger_stands_in(as_lead, provider, post_of, stranger):
    unable = [
        stranger.case_manager,
        post_of,
        CaseManagerFactory(provider=provider, user__is_active=False),
        CaseManagerFactory(provider=provider, user__role_confirmed_at=None),
    ]
    for deputy in unable:
        response = as_lead.post(NEW_SUBSTITUTION, substitution_data(deputy, absent=post_of))
        assert "deputy" in response.context["form"].errors
    assert not Substitution.objects.exists()


def test_a_lead_cannot_send_a_stranger_away(as_lead, stranger, other):
    response = as_lead.post(NEW_SUBSTITUTION, substitution_data(other, absent=stranger.case_manager))
    assert "absent" in response.context["form"].errors


@pytest.mark.parametrize(("first", "refused"), [(13, True), (14, False)])
def test_the_same_pair_does_not_overlap(as_lead, post_of, other, first, refused):
    SubstitutionFactory(absent=post_of, deputy=other, ends_on=days(13))
    response = as_lead.post(NEW_SUBSTITUTION, substitution_data(other, absent=post_of, first=first, last=20))
    assert (response.status_code == 200) is refused
    assert Substitution.objects.count() == (1 if refused else 2)


@pytest.mark.parametrize(("first", "refused"), [(13, True), (14, False)])
def test_who_is_away_stands_in_for_nobody(as_lead, post_of, other, first, refused):
    SubstitutionFactory(absent=post_of, deputy=other, ends_on=days(13))
    data = substitution_data(post_of, absent=other, first=first, last=20)
    response = as_lead.post(NEW_SUBSTITUTION, data)
    assert (response.status_code == 200) is refused
    if refused:
        assert "selbst abwesend" in str(response.context["form"].errors["deputy"])


def test_who_stands_in_does_not_go_away_unnoticed(as_lead, provider, post_of, other):
    SubstitutionFactory(absent=post_of, deputy=other)
    third = CaseManagerFactory(provider=provider)
    response = as_lead.post(NEW_SUBSTITUTION, substitution_data(third, absent=other))
    assert "Bitte zuerst diese Vertretung beenden" in response.content.decode()
    assert Substitution.objects.count() == 1


def test_two_deputies_share_the_work(as_lead, provider, post_of, other):
    SubstitutionFactory(absent=post_of, deputy=other)
    as_lead.post(NEW_SUBSTITUTION, substitution_data(CaseManagerFactory(provider=provider), absent=post_of))
    assert Substitution.objects.count() == 2


def test_list_tells_now_soon_and_lately(as_lead, post_of, other, stranger):
    now = SubstitutionFactory(absent=post_of, deputy=other)
    soon = SubstitutionFactory(absent=post_of, deputy=other, coming=True)
    lately = SubstitutionFactory(absent=post_of, deputy=other, starts_on=days(-100), ends_on=days(-90))
    SubstitutionFactory(absent=post_of, deputy=other, starts_on=days(-100), ends_on=days(-91))
    SubstitutionFactory(absent=stranger.case_manager)
    context = as_lead.get(SUBSTITUTIONS).context
    assert (list(context["current"]), list(context["coming"]), list(context["past"])) == ([now], [soon], [lately])
    assert context["ruled"] == {now.pk, soon.pk}


def test_a_case_manager_lists_the_own_and_the_deputised(case_manager, provider, other):
    third = CaseManagerFactory(provider=provider)
    mine = SubstitutionFactory(absent=case_manager.case_manager, deputy=other)
    for_me = SubstitutionFactory(absent=third, deputy=case_manager.case_manager)
    SubstitutionFactory(absent=third, deputy=other)
    assert set(substitutions_listed_for(case_manager)) == {mine, for_me}


@pytest.mark.parametrize("rows", [1, 3])
def test_list_of_substitutions_does_not_query_per_row(as_lead, provider, rows, django_assert_num_queries):
    for _row in range(rows):
        SubstitutionFactory(absent__provider=provider)
        SubstitutionFactory(absent__provider=provider, coming=True)
        SubstitutionFactory(absent__provider=provider, over=True)
    with django_assert_num_queries(6):  # session, user, current, coming, past, which one may end
        as_lead.get(SUBSTITUTIONS)


def end(browser, substitution):
    return browser.post(reverse("cases:substitution_end", args=[substitution.pk]))


@pytest.mark.parametrize("browser", ["as_lead", "as_case_manager"])
def test_ending_takes_the_cases_back_at_once(request, browser, post_of, other):
    substitution = SubstitutionFactory(absent=post_of, deputy=other)
    CaseFactory(case_manager=post_of)
    client = request.getfixturevalue(browser)
    assert "sofort nicht mehr" in client.get(reverse("cases:substitution_end", args=[substitution.pk])).content.decode()
    end(client, substitution)
    substitution.refresh_from_db()
    assert substitution.ends_on == days(-1)
    assert not Case.objects.visible_to(other.user).exists()
    assert actions_logged() == ["substitution.ended"]


@pytest.mark.parametrize("first", [0, 1])
def test_one_that_has_not_passed_a_day_is_deleted_but_logged(as_lead, post_of, other, first):
    end(as_lead, SubstitutionFactory(absent=post_of, deputy=other, starts_on=days(first)))
    assert not Substitution.objects.exists()
    assert Entry.objects.get().details["starts_on"] == days(first).isoformat()


def test_the_second_of_two_who_end_it_gets_a_sentence(as_lead, as_case_manager, post_of, other):
    substitution = SubstitutionFactory(absent=post_of, deputy=other)
    end(as_lead, substitution)
    assert "schon beendet" in said(end(as_case_manager, substitution))
    assert actions_logged() == ["substitution.ended"]


def test_the_deputy_and_strangers_end_nothing(client_of, as_colleague, as_stranger, post_of, other):
    substitution = SubstitutionFactory(absent=post_of, deputy=other)
    strange_lead = client_of(MembershipFactory(provider=ProviderFactory()).user)
    for browser in (as_colleague, as_stranger, strange_lead):
        assert end(browser, substitution).status_code == 404
    assert not Entry.objects.exists()


def test_the_form_says_what_the_deputy_will_see(as_case_manager):
    page = as_case_manager.get(NEW_SUBSTITUTION).content.decode()
    assert "geschützten Schwerpunkten" in page
    assert 'name="absent"' not in page


def test_many_desks_stand_on_pages(as_lead, post_of):
    """The page stays as heavy as twenty desks, however large the Träger."""
    CaseManagerFactory.create_batch(20, provider=post_of.provider)
    answer = as_lead.get(reverse("cases:team"))
    assert len(answer.context["page"].object_list) == 20
    assert "Seite 1 von 2" in answer.content.decode()
