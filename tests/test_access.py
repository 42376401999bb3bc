"""Who may use which route: one table for the whole application, tried as every role with GET and with POST."""

from itertools import cycle

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.tokens import default_token_generator
from django.test import Client as Browser
from django.urls import reverse

from cases.public.form_pass import receipt_for
from districts import models as districts
from districts.models import CaseManager
from kim.permissions import Permission, may
from kim.users.models import Role, User
from kim.web.admin import site
from kim.web.middleware import SESSION_SECOND_FACTOR
from reports.models import ReportLink
from tests.factories import (
    CalendarFeedFactory,
    CaseFactory,
    CaseManagerFactory,
    ConsentFactory,
    ConsultationFactory,
    DirectoryReportFactory,
    DraftFactory,
    ExpiringDocumentFactory,
    FollowUpFactory,
    GoalFactory,
    HandoverFactory,
    InstitutionFactory,
    IntakeRequestFactory,
    ListImportFactory,
    MembershipFactory,
    NeedFactory,
    NetworkContactFactory,
    NoticeFactory,
    ObservationFactory,
    PlanFactory,
    PrivacyNoticeFactory,
    ReferralFactory,
    ReleaseFactory,
    ReportLinkFactory,
    StepFactory,
    SubstitutionFactory,
)
from tests.findings import FINDING_ROUTES, finding_keys
from tests.routes import LOGIN, address, ask, asks_for_login, own_routes, place_of_request, routes, undone

# --- Audiences

UNCONFIRMED = {"unconfirmed", "unconfirmed_lead"}  # a role at a Träger that its lead has not confirmed yet
CASEWORK = {"case_manager"}
TEAM = {"lead"}
DISPATCH = {"coordination"}
STAFF_OF_PROVIDERS = CASEWORK | TEAM
REVISION = {"lead", "data_protection"}
KIM = {"case_manager", "lead", "coordination", "data_protection"} | UNCONFIRMED  # the admin has no page but the admin
KEEPERS = KIM - {"data_protection"}
LOGGED_IN = KIM | {"admin"}
EVERYBODY = LOGGED_IN | {"anonymous"}
ADMIN = {"admin"}

ACCESS = {
    "start": EVERYBODY,
    "public:start": EVERYBODY,
    "public:contact": EVERYBODY,
    "public:vcard": EVERYBODY,
    "public:notice": EVERYBODY,
    "public:page": EVERYBODY,
    "registration:form": EVERYBODY,
    "registration:thanks": EVERYBODY,
    "robots": EVERYBODY,
    "account_login": EVERYBODY,
    "mfa_authenticate": EVERYBODY,
    "account_logout": EVERYBODY,
    "account_reset_password": EVERYBODY,
    "account_reset_password_done": EVERYBODY,
    "account_reset_password_from_key": EVERYBODY,
    "account_reset_password_from_key_done": EVERYBODY,
    "account_change_password": LOGGED_IN,
    "account_reauthenticate": LOGGED_IN,
    "mfa_reauthenticate": LOGGED_IN,
    "mfa_index": LOGGED_IN,
    "mfa_activate_totp": LOGGED_IN,
    "mfa_deactivate_totp": LOGGED_IN,
    "mfa_view_recovery_codes": LOGGED_IN,
    "mfa_generate_recovery_codes": LOGGED_IN,
    "set_language": EVERYBODY,
    "cases:today": CASEWORK,
    "cases:list": CASEWORK,
    "cases:search": CASEWORK,
    "cases:export": CASEWORK,
    "cases:client_search": CASEWORK,
    "cases:client_create": CASEWORK,
    "cases:list_import_start": STAFF_OF_PROVIDERS,
    "cases:list_import_template": STAFF_OF_PROVIDERS,
    "cases:list_import": STAFF_OF_PROVIDERS,
    "cases:list_import_columns": STAFF_OF_PROVIDERS,
    "cases:list_import_header": STAFF_OF_PROVIDERS,
    "cases:list_import_check": STAFF_OF_PROVIDERS,
    "cases:list_import_row": STAFF_OF_PROVIDERS,
    "cases:list_import_decide": STAFF_OF_PROVIDERS,
    "cases:list_import_finish": STAFF_OF_PROVIDERS,
    "cases:list_import_undo": STAFF_OF_PROVIDERS,
    "cases:list_import_discard": STAFF_OF_PROVIDERS,
    "cases:detail": CASEWORK,
    "cases:print": CASEWORK,
    "cases:readers": CASEWORK,
    "cases:client_change": CASEWORK,
    "cases:create": CASEWORK,
    "cases:change": CASEWORK,
    "cases:phase": CASEWORK,
    "cases:pause": CASEWORK,
    "cases:resume": CASEWORK,
    "cases:close": CASEWORK,
    "cases:request_reopening": CASEWORK,
    "cases:consents": CASEWORK,
    "cases:consent_withdraw": CASEWORK,
    "cases:release_give": CASEWORK,
    "cases:release_withdraw": CASEWORK,
    "cases:first_interview": CASEWORK,
    "cases:clearing": CASEWORK,
    "cases:special_notes": CASEWORK,
    "cases:special_notes_erase": CASEWORK,
    "cases:consultation_list": CASEWORK,
    "cases:consultation_change": CASEWORK,
    "cases:consultation_delete": CASEWORK,
    "cases:consultation_create": CASEWORK,
    "cases:consultation_without_case": CASEWORK,
    "cases:follow_up_create": CASEWORK,
    "cases:follow_up_complete": CASEWORK,
    "cases:observation_create": CASEWORK,
    "cases:person_hints": CASEWORK,
    "cases:observation_list": CASEWORK,
    "cases:observation_change": CASEWORK,
    "cases:observation_take_back": CASEWORK,
    "cases:observation_discard": CASEWORK,
    "cases:handover_create": CASEWORK,
    "cases:handover_create_external": CASEWORK,
    "cases:handover_summary": CASEWORK,
    "cases:handover_list": CASEWORK,
    "cases:handover_withdraw": CASEWORK,
    "cases:handover_inbox": CASEWORK,
    "cases:handover_answer": CASEWORK,
    "cases:referral_list": CASEWORK,
    "cases:referral_create": CASEWORK,
    "cases:referral_search": CASEWORK,
    "cases:referral_change": CASEWORK,
    "cases:referral_result": CASEWORK,
    "cases:referral_choose": CASEWORK,
    "cases:directory_report": KIM,
    "cases:directory_propose": KIM,
    "cases:directory_reports": KIM,
    "cases:directory_answer": KEEPERS,
    "cases:needs": CASEWORK,
    "cases:assess": CASEWORK,
    "cases:need_create": CASEWORK,
    "cases:need_change": CASEWORK,
    "cases:need_met": CASEWORK,
    "cases:network": CASEWORK,
    "cases:network_create": CASEWORK,
    "cases:network_change": CASEWORK,
    "cases:network_remove": CASEWORK,
    "cases:plan": CASEWORK,
    "cases:plan_draft": CASEWORK,
    "cases:plan_intro": CASEWORK,
    "cases:plan_agree": CASEWORK,
    "cases:plan_review": CASEWORK,
    "cases:plan_discard": CASEWORK,
    "cases:plan_takeaway": CASEWORK,
    "cases:plan_version": CASEWORK,
    "cases:goal_create": CASEWORK,
    "cases:goal_change": CASEWORK,
    "cases:goal_remove": CASEWORK,
    "cases:goal_progress": CASEWORK,
    "cases:step_done": CASEWORK,
    "cases:draft_save": CASEWORK,
    "cases:draft_discard": CASEWORK,
    "cases:session_state": EVERYBODY,
    "cases:request_list": STAFF_OF_PROVIDERS,
    "cases:request_create": STAFF_OF_PROVIDERS | DISPATCH,
    "cases:request_detail": STAFF_OF_PROVIDERS,
    "cases:request_take": CASEWORK,
    "cases:request_give": TEAM,
    "cases:request_change": STAFF_OF_PROVIDERS,
    "cases:request_return": STAFF_OF_PROVIDERS,
    "cases:request_answer": STAFF_OF_PROVIDERS,
    "cases:request_step": STAFF_OF_PROVIDERS,
    "cases:request_end": STAFF_OF_PROVIDERS,
    "cases:dispatch": DISPATCH,
    "cases:dispatch_demand": DISPATCH,
    "cases:dispatch_request": DISPATCH,
    "cases:dispatch_assign": DISPATCH,
    "cases:dispatch_step": DISPATCH,
    "cases:dispatch_cancel": DISPATCH,
    "cases:dispatch_correct": DISPATCH,
    "cases:dispatch_doubtful": DISPATCH,
    "cases:dispatch_judge": DISPATCH,
    "cases:consultation_group": CASEWORK,
    "cases:due_list": CASEWORK,
    "cases:state_database": CASEWORK,
    "cases:state_sheet": CASEWORK,
    "cases:state_transferred": CASEWORK,
    "cases:state_note": CASEWORK,
    "cases:document_list": CASEWORK,
    "cases:document_create": CASEWORK,
    "cases:document_change": CASEWORK,
    "cases:document_complete": CASEWORK,
    "cases:notice_list": KIM,
    "cases:notice_open": KIM,
    "cases:notice_read_all": KIM,
    "cases:digest_setting": KIM,
    "cases:calendar_setting": CASEWORK,
    "cases:calendar_renew": CASEWORK,
    "cases:calendar_delete": CASEWORK,
    "cases:calendar_feed": EVERYBODY,
    "cases:team": TEAM,
    "cases:team_cases": TEAM,
    "cases:team_reassign": TEAM,
    "cases:team_reopening": TEAM,
    "cases:team_confirm_role": TEAM,
    "cases:team_observations": TEAM,
    "cases:team_observation": TEAM,
    "cases:team_handovers": TEAM,
    "cases:team_handover": TEAM,
    "cases:team_accounts": TEAM,
    "cases:team_account_close": TEAM,
    "cases:substitution_worklist": CASEWORK,
    "cases:substitution_list": STAFF_OF_PROVIDERS,
    "cases:substitution_create": STAFF_OF_PROVIDERS,
    "cases:substitution_end": STAFF_OF_PROVIDERS,
    "cases:audit_log": REVISION,
    "districts:institution_list": KIM,
    "districts:institution_detail": KIM,
    "districts:institution_create": KEEPERS,
    "districts:institution_confirm": KEEPERS,
    "districts:institution_change": KEEPERS,
    "districts:own_contact": CASEWORK,
    "reports:analysis": KIM,
    "reports:situation": KIM,
    "reports:district": KIM,
    "reports:report_district": KIM,
    "reports:load": DISPATCH,
    "reports:own_figures": CASEWORK,
    "reports:report_list": KIM,
    "reports:report_new": DISPATCH,
    "reports:findings": DISPATCH,
    "reports:finding_inbox": DISPATCH,
    "reports:finding_new": DISPATCH,
    "reports:signal_take_up": DISPATCH,
    "reports:finding": DISPATCH,
    "reports:finding_change": DISPATCH,
    "reports:evidence_add": DISPATCH,
    "reports:evidence_remove": DISPATCH,
    "reports:measure_change": DISPATCH,
    "reports:measure_effect": DISPATCH,
    "reports:conferences": DISPATCH,
    "reports:conference_new": DISPATCH,
    "reports:conference": DISPATCH,
    "reports:conference_close": DISPATCH,
    "reports:report": KIM,
    "reports:report_csv": KIM,
    "reports:report_pdf": KIM,
    "reports:report_xlsx": KIM,
    "reports:link_create": DISPATCH,
    "reports:link_revoke": DISPATCH,
    "reports:shared": EVERYBODY,
    "reports:shared_csv": EVERYBODY,
    "reports:shared_pdf": EVERYBODY,
    "reports:shared_xlsx": EVERYBODY,
}

REPORT_ROUTES = {name for name in ACCESS if name.startswith(("reports:report", "reports:link", "reports:shared"))}

# What somebody reaches whose role needs a second factor that is not set up yet.
BEFORE_THE_SECOND_FACTOR = {
    "robots",
    "public:start",
    "public:contact",
    "public:vcard",
    "public:notice",
    "public:page",
    "registration:form",
    "registration:thanks",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_change_password",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "set_language",
}

# A case of a protected track, or one that is somebody else's, is tests/test_objects.py.

pytestmark = pytest.mark.django_db


def test_every_route_declares_who_may_use_it():
    assert set(own_routes()) == set(ACCESS)


def test_audiences_are_people_of_these_tests():
    assert set().union(*ACCESS.values()) <= set(PEOPLE)


# --- Who asks, and for what


@pytest.fixture
def unconfirmed(provider):
    return CaseManagerFactory(provider=provider, user__name="Nora Neu", user__role_confirmed_at=None).user


@pytest.fixture
def unconfirmed_lead(provider):
    return MembershipFactory(provider=provider, user__name="Nils Neu", user__role_confirmed_at=None).user


PEOPLE = {  # audience -> fixture
    "anonymous": None,
    "unconfirmed": "unconfirmed",
    "unconfirmed_lead": "unconfirmed_lead",
    "case_manager": "case_manager",
    "lead": "lead",
    "coordination": "coordination",
    "data_protection": "data_protection",
    "admin": "admin_user",
}


@pytest.fixture
def browser_of(request, client_of):
    """The browser of one of PEOPLE, with a second factor and recovery codes whatever the role."""

    def open_browser(who):
        if who == "anonymous":
            return Browser()
        user = request.getfixturevalue(PEOPLE[who])
        if not Authenticator.objects.filter(user=user).exists():
            TOTP.activate(user, generate_totp_secret())
            RecoveryCodes.activate(user)
        return client_of(user)

    return open_browser


@pytest.fixture
def keys_of(case_manager, colleague, request):
    """The parameters of a route: of the case manager's own things, of a colleague for the lead's page."""

    def keys(name, who="case_manager"):
        parameters = own_routes()[name].parameters
        if not parameters:
            return {}
        if name == "account_reset_password_from_key":
            return {"uidb36": "1", "key": f"abc-{default_token_generator.make_token(case_manager)}"}
        if name == "reports:district":
            return {"number": 8}
        if name in FINDING_ROUTES:
            return finding_keys(name)
        if name == "cases:due_list":
            return {"section": "still"}
        if name == "cases:calendar_feed":
            return {"token": CalendarFeedFactory(user=case_manager) and "geheime-adresse"}
        if name in REPORT_ROUTES:
            link = ReportLink.objects.first() or ReportLinkFactory(token="geheimer-link", report__persons=20)
            keys = {"pk": link.report.pk, "link": link.pk, "token": "geheimer-link", "table": "topics", "number": 8}
            return {parameter: keys[parameter] for parameter in parameters}
        if name.startswith(("public:", "registration:")):
            keys = {"language": "de", "slug": "kim", **public_keys(case_manager.case_manager)}
            keys["receipt"] = receipt_for("A-7F3K-9Q")
            return {parameter: keys[parameter] for parameter in parameters}
        if place := place_of_request(name):
            provider = case_manager.case_manager.provider if place == "requests" else None
            return {"number": IntakeRequestFactory(provider=provider).number}
        return _objects(name, parameters, request.getfixturevalue(PEOPLE[who] or "case_manager"))

    def _objects(name, parameters, user):
        case = CaseFactory(case_manager=case_manager.case_manager)
        made = {
            "cases:consent_withdraw": lambda: ConsentFactory(client=case.client),
            "cases:release_withdraw": lambda: ReleaseFactory(client=case.client),
            "cases:consultation_change": lambda: ConsultationFactory(case=case),
            "cases:consultation_delete": lambda: ConsultationFactory(case=case),
            "cases:follow_up_complete": lambda: FollowUpFactory(case=case),
            "cases:need_change": lambda: NeedFactory(case=case),
            "cases:need_met": lambda: NeedFactory(case=case),
            "cases:network_change": lambda: NetworkContactFactory(case=case),
            "cases:network_remove": lambda: NetworkContactFactory(case=case),
            "cases:plan_version": lambda: PlanFactory(case=case),
            "cases:goal_change": lambda: GoalFactory(plan__case=case, plan__draft=True),
            "cases:goal_remove": lambda: GoalFactory(plan__case=case, plan__draft=True),
            "cases:goal_progress": lambda: GoalFactory(plan__case=case),
            "cases:step_done": lambda: StepFactory(goal__plan__case=case),
            "cases:draft_discard": lambda: DraftFactory(case=case),
            "cases:document_change": lambda: ExpiringDocumentFactory(client=case.client),
            "cases:document_complete": lambda: ExpiringDocumentFactory(client=case.client),
            "cases:notice_open": lambda: NoticeFactory(user=user),
            "cases:team_confirm_role": lambda: colleague,
            "cases:observation_change": lambda: ObservationFactory(case=case, draft=True),
            "cases:observation_take_back": lambda: ObservationFactory(case=case),
            "cases:observation_discard": lambda: ObservationFactory(case=case, draft=True),
            "cases:team_observation": lambda: ObservationFactory(case=case),
            "cases:handover_withdraw": lambda: HandoverFactory(case=case),
            "cases:handover_answer": lambda: HandoverFactory(
                case=CaseFactory(case_manager=colleague.case_manager), to_case_manager=case_manager.case_manager
            ),
            "cases:team_handover": lambda: HandoverFactory(case=case, external=True),
            "cases:team_account_close": lambda: colleague,
            "cases:substitution_worklist": lambda: SubstitutionFactory(
                absent=colleague.case_manager, deputy=case_manager.case_manager
            ),
            "cases:substitution_end": lambda: SubstitutionFactory(absent=case_manager.case_manager),
            "cases:referral_change": lambda: ReferralFactory(case=case),
            "cases:referral_result": lambda: ReferralFactory(case=case),
            "cases:referral_choose": InstitutionFactory,
            "cases:directory_report": InstitutionFactory,
            "cases:directory_answer": DirectoryReportFactory,
            "districts:institution_detail": InstitutionFactory,
            "districts:institution_confirm": InstitutionFactory,
            "districts:institution_change": InstitutionFactory,
        }
        reader = user if may(user, Permission.IMPORT_LISTS) else case_manager  # a list is for whoever uploaded it
        made |= {route: lambda: ListImportFactory(created_by=reader) for route in ACCESS if "list_import" in route}
        made["cases:list_import_row"] = lambda: ListImportFactory(created_by=reader).rows.last()
        keys = {"number": case.number} if "number" in parameters else {}
        return keys | ({"pk": made[name]().pk} if "pk" in parameters else {})

    return keys


def public_keys(case_manager):
    """Of a contact that is released, and of its Träger, which tells what it does with data."""
    CaseManager.objects.filter(pk=case_manager.pk).update(is_published=True)
    if not case_manager.provider.privacy_notices.exists():
        PrivacyNoticeFactory(provider=case_manager.provider)
    return {"public_id": case_manager.public_id, "code": case_manager.provider.code}


# --- The application


@pytest.mark.parametrize("name", ACCESS)
def test_a_route_is_open_to_its_audience_and_to_nobody_else(name, browser_of, keys_of):
    """Both methods are tried: a method that a view does not take must not hide that it asks nobody who they are."""
    answers = {}
    for who, browser in {who: browser_of(who) for who in PEOPLE}.items():
        with undone():
            url = address(name, keys_of(name, who))
            answers[who] = {ask(browser, method, url) for method in ("get", "post")} - {"wrong method"}
    refused = {who: "login" if who == "anonymous" else "forbidden" for who in PEOPLE}
    assert answers == {who: {"open" if who in ACCESS[name] else refused[who]} for who in PEOPLE}


@pytest.fixture
def without_second_factor(client_of, provider):
    """The browsers of every role that needs a second factor, logged in with the password alone."""

    def open_browser(user):
        browser = client_of(user)
        session = browser.session
        del session[SESSION_SECOND_FACTOR]
        session.save()
        return browser

    roles = (Role.LEAD, Role.COORDINATION, Role.DATA_PROTECTION, Role.ADMIN)
    users = [MembershipFactory(user__role=role, provider=provider).user for role in roles]
    return [open_browser(user) for user in users]


def test_without_a_second_factor_only_its_setup_answers(without_second_factor, keys_of):
    """The roles take turns, so that each meets a quarter of the routes: they are turned back before any view."""
    setup = reverse("mfa_activate_totp")
    for name, browser in zip([name for name in ACCESS if name != "account_logout"], cycle(without_second_factor)):
        with undone():
            url = address(name, keys_of(name))
            for method in ("get", "post"):
                response = getattr(browser, method)(url)
                is_sent_to_setup = response.status_code == 302 and response["Location"] == setup
                assert is_sent_to_setup == (name not in BEFORE_THE_SECOND_FACTOR), (name, method, response.status_code)
                assert "_auth_user_id" in browser.session, (name, method)


def test_without_a_second_factor_one_can_leave(without_second_factor):
    for browser in without_second_factor:
        assert ask(browser, "post", reverse("account_logout")) == "open"
        assert "_auth_user_id" not in browser.session


def test_case_managers_need_no_second_factor(as_case_manager):
    assert as_case_manager.get(reverse("cases:today")).status_code == 200


def test_a_script_without_a_session_is_told_so(db):
    for name in ("cases:today", "cases:draft_save", "reports:situation"):
        response = Browser().post(reverse(name), headers={"HX-Request": "true"})
        assert (response.status_code, response["KIM-Login"]) == (401, "required")


@pytest.mark.parametrize("name", ["cases:today", "cases:team", "reports:situation", "districts:institution_list"])
def test_a_deactivated_account_is_out_at_the_next_request(name, client_of, case_manager, lead):
    browsers = [client_of(case_manager), client_of(lead)]
    User.objects.update(is_active=False)
    assert all(asks_for_login(browser.get(reverse(name))) for browser in browsers)


def test_a_withdrawn_confirmation_counts_at_the_next_request(as_case_manager, case_manager):
    User.objects.filter(pk=case_manager.pk).update(role_confirmed_at=None)
    assert as_case_manager.get(reverse("cases:today")).status_code == 403


# --- The Django admin: one rule for its namespace


def admin_urls():
    """Every address of the Django admin, with objects that exist where it needs one."""
    for route in routes():
        if not route.is_admin or route.name == "admin:":
            continue
        if "app_label" in route.parameters:
            yield route.name, reverse(route.name, args=["districts"])
        elif "object_id" in route.parameters:
            yield route.name, reverse(route.name, args=[object_of(route.name).pk])
        else:
            yield route.name, reverse(route.name)
    yield "catch all", "/verwaltung/gibt/es/nicht/"


def object_of(name):
    return next(model for model in site._registry if model._meta.label_lower.replace(".", "_") in name).objects.first()


@pytest.fixture
def catalogue(case_manager):
    """One entry of each model of the admin that the migrations do not bring along."""
    SubstitutionFactory(absent=case_manager.case_manager)
    DirectoryReportFactory()
    PrivacyNoticeFactory(provider=case_manager.case_manager.provider)
    if not districts.Population.objects.exists():
        district = districts.District.objects.first()
        districts.Population.objects.create(
            district=district, year=2024, band="all", count=1, source="-", imported_on="2025-01-01"
        )


def test_the_admin_knows_no_case_and_no_account_of_a_library():
    assert {model._meta.app_label for model in site._registry} == {"users", "districts"}


@pytest.mark.parametrize("who", [who for who in PEOPLE if who not in ADMIN])
def test_the_admin_refuses_every_other_role(who, browser_of, catalogue):
    browser = browser_of(who)
    for name, url in admin_urls():
        for method in ("get", "post"):
            response = getattr(browser, method)(url)
            if who == "anonymous":
                assert response.status_code == 302, (name, method)
                assert response["Location"].startswith((LOGIN, reverse("admin:login"))), (name, method)
            else:
                assert response.status_code == 403, (name, method)


def test_the_admin_opens_every_list_and_form(browser_of, catalogue):
    browser = browser_of("admin")
    request = browser.get(reverse("admin:index")).wsgi_request
    for model, model_admin in site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert browser.get(reverse(f"{name}_changelist")).status_code == 200, name
        entry = model.objects.first()
        assert browser.get(reverse(f"{name}_change", args=[entry.pk])).status_code == 200, name
        may_add = model_admin.has_add_permission(request)
        assert browser.get(reverse(f"{name}_add")).status_code == (200 if may_add else 403), name
        assert not model_admin.has_delete_permission(request), name
    for app in ("users", "districts"):
        assert browser.get(reverse("admin:app_list", args=[app])).status_code == 200


def test_the_admin_asks_again_when_the_password_was_entered_long_ago(admin_user, client_of, monkeypatch):
    browser = client_of(admin_user)
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 31 * 60
    session.save()
    response = browser.get(reverse("admin:index"))
    assert response["Location"].startswith(reverse("account_reauthenticate")) or response["Location"].startswith(
        reverse("mfa_reauthenticate")
    )


@pytest.mark.parametrize("who", ["case_manager", "coordination", "anonymous"])
def test_what_does_not_exist_is_missing_for_everybody(who, browser_of):
    assert ask(browser_of(who), "get", "/gibt/es/nicht/") == "missing"
