"""The method in the demonstration city: every kind of record, valid, consistent, and something on every page."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Q
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from cases.demo import arrival_texts
from cases.models import (
    Assessment,
    Case,
    ClearingDecision,
    ConfidentialityRelease,
    Consent,
    Consultation,
    ExpiringDocument,
    FirstInterview,
    Goal,
    Handover,
    IntakeRequest,
    Need,
    NeedRating,
    NetworkContact,
    Notice,
    Observation,
    PlanReview,
    Referral,
    RequestMessage,
    Step,
    SupportPlan,
)
from cases.models.request import VERY_LATE
from cases.numbers import PATTERN, REQUEST_PATTERN
from cases.person_hints import person_hints
from cases.worklist import COMING, OVERDUE, TODAY, Scope, follow_ups, sections
from districts.models import CaseManager, DirectoryReport, Institution, PrivacyNotice, Provider, Track
from kim.users.models import Role, User
from reports.pages import load
from reports.pages.load import Outlook

Status = IntakeRequest.Status
NEUTRAL = rf"(/[a-zü-]+)+/(({PATTERN}|{REQUEST_PATTERN}|[0-9a-f-]{{36}})/([a-zü]+/)?)?"  # words of pages, numbers, keys
OF_THE_METHOD = (
    FirstInterview, ClearingDecision, Consent, ConfidentialityRelease, Need, Assessment, NeedRating, NetworkContact,
    SupportPlan, PlanReview, Goal, Step, Referral, ExpiringDocument, IntakeRequest, Observation, Handover, Notice,
    DirectoryReport,
)  # fmt: skip
# The pages of the method that must show something to whoever uses a printed login.
PAGES = {
    "fallmanagement": (
        "cases:today", "cases:request_list", "cases:observation_list", "cases:handover_inbox", "cases:notice_list",
        "cases:directory_reports",
    ),
    "leitung": (
        "cases:team", "cases:request_list", "cases:team_observations", "cases:team_handovers", "cases:notice_list",
        "cases:directory_reports",
    ),
    "koordination": ("cases:dispatch", "cases:dispatch_demand", "cases:notice_list", "cases:directory_reports"),
    "datenschutz": ("cases:notice_list", "cases:directory_reports"),
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DEMO=True):
            call_command("demo_city", stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def city(loaded, db):
    return timezone.localdate()


def login(name):
    return User.objects.get(email=f"{name}@kim-koeln.example")


@pytest.mark.parametrize("model", OF_THE_METHOD, ids=lambda model: model.__name__)
def test_records_of_every_kind_are_there_and_valid(city, model):
    rows = list(model.objects.order_by("pk")[:60])
    assert rows
    for row in rows:
        row.full_clean()


def test_nothing_of_a_file_is_younger_than_its_end_or_than_today(city):
    end = {"opened": F("case__opened_on"), "closed": F("case__closed_on")}
    for model, day in (
        (FirstInterview, "held_on"),
        (ClearingDecision, "decided_on"),
        (Need, "settled_on"),
        (Assessment, "held_on"),
        (SupportPlan, "agreed_on"),
        (SupportPlan, "superseded_on"),
        (Referral, "made_on"),
        (Referral, "result_on"),
    ):
        rows = model.objects.exclude(**{day: None})
        assert rows
        assert not rows.filter(Q(**{f"{day}__gt": city}) | Q(**{f"{day}__lt": end["opened"]})), (model, day)
        assert not rows.exclude(case__closed_on=None).filter(**{f"{day}__gt": end["closed"]}), (model, day)
    assert not Step.objects.filter(done_on__gt=city)
    assert not Goal.objects.filter(settled_on__gt=city)
    assert not Consent.objects.filter(Q(given_on__gt=city) | Q(withdrawn_on__gt=city))
    assert not Notice.objects.filter(Q(created_at__date__gt=city) | Q(read_at__date__gt=city))


# --- Requests


def test_requests_lie_everywhere(city):
    found = IntakeRequest.objects.open()
    assert found.count() == len(arrival_texts.STANDS) + len(arrival_texts.PROTECTED)
    assert found.in_queue().filter(status=Status.NEW).exclude(returned_from=None)
    assert found.in_queue().filter(status=Status.WAITING_LIST)
    assert found.unaccepted()
    for status in (Status.ASSIGNED, Status.FIRST_CONTACT, Status.WAITING_LIST):
        assert found.filter(status=status).exclude(case_manager=None)
    for status in set(Status) - set(IntakeRequest.OPEN):
        assert IntakeRequest.objects.filter(status=status), status
    assert {request.lateness for request in found} == {"", "warning", "danger"}
    assert max(request.waiting_days for request in found) > VERY_LATE


def test_one_request_was_answered_by_mail(city):
    asked, answer, reply = RequestMessage.objects.order_by("created_at").select_related("request__case_manager")
    request = answer.request
    assert {each.request for each in (asked, reply)} == {request}
    assert (request.case_manager.user_id, request.created_by) == (login("fallmanagement").pk, None)
    assert [each.is_answer for each in (asked, answer, reply)] == [False, True, False]
    assert reply.created_at.date() <= city


def test_admitted_requests_belong_to_the_case_they_became(city):
    rows = IntakeRequest.objects.filter(status=Status.ADMITTED).select_related("case", "case__client", "case__track")
    assert len(rows) > 20
    for request in rows:
        case = request.case
        assert (request.provider_id, request.case_manager_id) == (case.provider_id, case.case_manager_id)
        assert request.received_on <= case.opened_on
        assert not case.track.is_protected or request.track_id == case.track_id


def test_a_protected_wish_waits_where_the_track_is_served(city):
    rows = IntakeRequest.objects.open().filter(track__is_protected=True)
    assert set(rows.values_list("track__code", flat=True)) == {"lsbti", "disability"}
    for request in rows:
        assert CaseManager.objects.filter(provider=request.provider, tracks=request.track)
        for reader in Notice.objects.filter(path=reverse("cases:request_detail", args=[request.number])):
            assert reader.user.case_manager.tracks.filter(pk=request.track_id)
    office, lead = login("koordination"), login("leitung")
    assert not IntakeRequest.objects.listed_for(office).filter(track__is_protected=True)
    assert not IntakeRequest.objects.visible_to(lead).filter(track__is_protected=True)


# --- Agreements


def test_case_conferences_keep_to_the_consent(city):
    talks = Consultation.objects.filter(kind=Consultation.Kind.CASE_CONFERENCE).exclude(case=None)
    assert talks
    for talk in talks.select_related("case__client"):
        assert not talk.case.client.consents.forbid(Consent.Purpose.CASE_CONFERENCE, talk.held_on)


def test_every_open_case_has_the_consents_it_needs(city):
    for case in Case.objects.open().select_related("client", "track"):
        case.refuse_without_consent()


def test_consents_and_releases_are_in_every_state(city):
    assert {consent.state for consent in Consent.objects.all()} >= {"in_force", "expiring", "replaced", "withdrawn"}
    assert {release.state for release in ConfidentialityRelease.objects.all()} >= {"in_force", "expiring", "withdrawn"}
    assert set(Consent.objects.values_list("purpose", flat=True)) == set(Consent.Purpose.values)
    assert not Consent.objects.expiring().unannounced()
    assert not ConfidentialityRelease.objects.expiring().unannounced()
    assert not Consent.objects.filter(notice_version="")
    versions = set(PrivacyNotice.objects.values_list("version", "language"))
    assert set(Consent.objects.values_list("notice_version", "notice_language")) <= versions
    assert Provider.objects.with_notice().count() == Provider.objects.count()
    assert not PrivacyNotice.objects.filter(text__contains="[")


def test_health_is_written_about_with_consent_only(city):
    spoken = [need for need in Need.objects.filter(topic__code__startswith="health") if need.text or need.resources]
    assert spoken
    for need in spoken:
        assert need.case.client.consents.filter(purpose=Consent.Purpose.HEALTH)
    for case in Case.objects.open().select_related("client"):
        if case.client.health_note:
            assert Consent.Purpose.HEALTH in case.client.consents.in_force().purposes()


# --- Needs, plans, linking


def test_the_method_fits_the_phase(city):
    running = Case.objects.open().filter(service_level=Case.ServiceLevel.CASE_MANAGEMENT)
    early = running.filter(status=Case.Status.CLEARING)
    assert not Need.objects.filter(case__in=early)
    assert not ClearingDecision.objects.filter(case__in=early)
    assert not SupportPlan.objects.exclude(case__service_level=Case.ServiceLevel.CASE_MANAGEMENT)
    assert SupportPlan.objects.drafts().filter(case__status=Case.Status.PLANNING)
    assert not SupportPlan.objects.agreed().filter(case__status__in=(Case.Status.CLEARING, Case.Status.ASSESSMENT))
    late = running.filter(status=Case.Status.IMPLEMENTATION)
    assert SupportPlan.objects.agreed().filter(case__in=late).count() > 0.8 * late.count()
    assert not SupportPlan.objects.filter(goals=None)
    assert not Goal.objects.filter(steps=None)
    assert not Goal.objects.exclude(topic=F("need__topic"))


def test_plans_are_reviewed_soon_late_and_have_versions(city):
    assert SupportPlan.objects.review_overdue(city)
    assert SupportPlan.objects.review_due(city)
    assert Goal.objects.filter(plan__status=SupportPlan.Status.SUPERSEDED)
    assert Goal.objects.current().exclude(continues=None)
    assert set(Goal.objects.values_list("status", flat=True)) == set(Goal.Status.values)
    for plan in SupportPlan.objects.filter(status=SupportPlan.Status.SUPERSEDED):
        newer = plan.case.plans.get(number=plan.number + 1)
        assert newer.agreed_on == plan.superseded_on


def test_needs_were_talked_through_again(city):
    again = Assessment.objects.filter(number=2).first()
    first = again.case.assessments.get(number=1)
    assert first.held_on < again.held_on
    assert set(first.ratings.values_list("need", flat=True)) == set(again.ratings.values_list("need", flat=True))
    assert Need.objects.unmet().exclude(barrier="")
    for rating in NeedRating.objects.filter(assessment__number=1):
        assert rating.status == Need.Status.OPEN


def test_results_are_due_and_were_asked_for(city):
    due = Referral.objects.result_due(city)
    assert due
    assert not due.unannounced()
    assert Referral.objects.failed()
    assert Referral.objects.exclude(waiting_days=None)
    assert ExpiringDocument.objects.expiring(city)


def test_joint_talks_are_whole(city):
    talks = Consultation.objects.exclude(group_key=None).select_related("case")
    groups = {}
    for talk in talks:
        groups.setdefault(talk.group_key, []).append(talk)
    assert groups
    for people in groups.values():
        assert {talk.group_size for talk in people} == {len(people)} == {len({talk.case_id for talk in people})}
        shared = ("held_on", "kind", "minutes", "case_manager_id", "shared_note", "language_id", "provider_id")
        assert len({tuple(getattr(talk, name) for name in shared) for talk in people}) == 1
        assert len({frozenset(talk.topics.values_list("pk", flat=True)) for talk in people}) == 1
    assert Consultation.objects.filter(indirect_minutes__gt=0)


# --- Between people


def test_hand_overs_keep_the_rules(city):
    for handover in Handover.objects.select_related("case__track", "case__client"):
        assert handover.case.case_manager_id == handover.from_case_manager_id
        assert not handover.case.track.is_protected
        if handover.is_external:
            assert Consent.Purpose.HANDOVER in handover.case.client.consents.in_force().purposes()
    assert Handover.objects.offered_to(login("fallmanagement")).count() == 1
    assert Handover.objects.arriving_for(login("leitung")).count() == 1
    assert Handover.objects.to_release(login("leitung")).count() == 1


def test_observations_name_nobody(city):
    assert set(Observation.objects.values_list("status", flat=True)) == set(Observation.Status.values)
    for observation in Observation.objects.select_related("case__client", "case__track"):
        assert person_hints(observation.text, observation.case.client) == []
        assert not observation.case.track.is_protected
    assert {row.status for row in Observation.objects.visible_to(login("fallmanagement"))} == set(Observation.Status)
    assert Observation.objects.visible_to(login("leitung")).count() == 2


def test_the_directory_is_kept_by_several(city):
    assert Institution.objects.filter(checked_by=None)
    assert Institution.objects.exclude(checked_by=None).values("checked_by").distinct().count() > 5
    assert set(DirectoryReport.objects.values_list("status", flat=True)) == set(DirectoryReport.Status.values)


def test_notices_name_no_protected_track_and_nobody(city):
    labels = [str(track).lower() for track in Track.objects.filter(is_protected=True)]
    codes = list(Track.objects.filter(is_protected=True).values_list("code", flat=True))
    for notice in Notice.objects.all():
        assert not any(word in notice.path.lower() for word in (*labels, *codes))
        assert re.fullmatch(NEUTRAL, notice.path), notice.path
    for notice in Notice.objects.exclude(case=None).select_related("case__track", "user__case_manager"):
        if notice.case.track.is_protected:
            assert notice.user.case_manager.pk == notice.case.case_manager_id


# --- What the printed logins see


@pytest.mark.parametrize(("name", "route"), [(name, route) for name, routes in PAGES.items() for route in routes])
def test_every_login_has_something_on_every_page(city, client, settings, name, route):
    settings.MFA_REQUIRED = False
    client.force_login(login(name))
    response = client.get(reverse(route))
    assert response.status_code == 200
    assert b'class="empty"' not in response.content.split(b"<main", 1)[1]


@pytest.mark.parametrize("name", list(PAGES))
def test_every_notice_opens_its_page(city, client, settings, name):
    settings.MFA_REQUIRED = False
    user = login(name)
    client.force_login(user)
    notices = Notice.objects.visible_to(user)
    assert notices.unread()
    for notice in notices:
        assert client.get(notice.path).status_code == 200, notice.path


def test_the_day_of_the_case_manager_is_a_day_and_no_disaster(city):
    user = login("fallmanagement")
    scope = Scope.of(user, city)
    due = follow_ups(scope)
    assert 0 < due[OVERDUE].total <= 6
    assert 0 < due[TODAY].total <= 6
    assert due[COMING].total <= 10
    by_code = {section.source.code: section.total for section in sections(scope)}
    assert 0 < by_code["documents"] <= 8
    mine = Case.objects.visible_to(user).owned_by(user).open()
    assert 1 <= SupportPlan.objects.review_overdue(city).filter(case__in=mine).count() <= 2
    assert 1 <= Referral.objects.result_due(city).filter(case__in=mine).count() <= 4
    assert 1 <= Notice.objects.visible_to(user).unread().count() <= 14
    held = IntakeRequest.objects.open().held_by(user)
    assert set(held.values_list("status", flat=True)) == {Status.ASSIGNED, Status.FIRST_CONTACT, Status.WAITING_LIST}


def test_some_will_be_full_on_a_day_and_others_are_or_nobody_knows(city):
    outlooks = {row.forecast.outlook for row in load.page(city)["districts"]}
    assert {Outlook.DATED, Outlook.FULL, Outlook.TOO_FEW} <= outlooks


def test_no_desk_is_a_disaster(city):
    for manager in CaseManager.objects.all():
        mine = Case.objects.open().filter(case_manager=manager)
        assert SupportPlan.objects.review_overdue(city).filter(case__in=mine).count() <= 1
        assert Referral.objects.result_due(city).filter(case__in=mine).count() <= 2
        expiring = ExpiringDocument.objects.expiring(city).filter(client__cases__in=mine)
        assert expiring.count() <= 4
        assert expiring.filter(valid_until__lt=city - timedelta(days=10)).count() == 0
    assert User.objects.filter(role=Role.CASE_MANAGER).count() == CaseManager.objects.count()
