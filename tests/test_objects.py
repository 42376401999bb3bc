"""Who reaches which record: every address that names one, as every person, with GET and with POST.

Somebody else's record answers exactly like one that does not exist; a verb somebody lacks answers 403.
"""

import re
import uuid
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from cases.models import Consultation, Draft, FollowUp
from cases.numbers import new_number
from districts.models import CaseManager, Provider
from tests.factories import (
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
    ProviderFactory,
    ReferralFactory,
    ReleaseFactory,
    ReportLinkFactory,
    StepFactory,
    SubstitutionFactory,
)
from tests.findings import FINDING_ROUTES, finding_keys
from tests.routes import address, ask, own_routes, place_of_request, undone

pytestmark = pytest.mark.django_db

# --- Who reaches what. Who is not named is refused: 404 for a record, 403 without the verb, the login for nobody.

PEOPLE = {  # person -> fixture; the records belong to the case manager
    "owner": "case_manager",
    "deputy": "deputy",
    "colleague": "colleague",
    "lead": "lead",
    "stranger": "stranger",
    "foreign_lead": "foreign_lead",
    "coordination": "coordination",
    "data_protection": "data_protection",
    "admin": "admin_user",
    "unconfirmed": "unconfirmed",
    "anonymous": None,
}
CASE_MANAGERS = {"owner", "deputy", "colleague", "stranger"}  # with the verb for case work
LEADS = {"lead", "foreign_lead"}
FILE = ({"owner", "deputy"}, CASE_MANAGERS)  # who reaches it, who has the verb
OWN = ({"owner"}, CASE_MANAGERS)  # not in a substitution
LISTS = ({"owner"}, CASE_MANAGERS | LEADS)  # whoever uploaded it, and nobody else
TEAM = ({"lead"}, LEADS)
REQUEST = ({"owner", "deputy", "lead"}, CASE_MANAGERS | LEADS)  # one that the owner has accepted
UNACCEPTED_REQUEST = ({"owner", "deputy", "colleague"}, CASE_MANAGERS)
DISPATCH = ({"coordination"}, {"coordination"})
SUBSTITUTION = ({"owner", "lead"}, CASE_MANAGERS | LEADS)
NOTICE = ({"owner"}, set(PEOPLE) - {"admin", "anonymous"})
PUBLIC = (set(PEOPLE) - {"admin", "anonymous"},) * 2  # the landscape: nobody's secret inside KIM

KEEPERS = (PUBLIC[0] - {"data_protection"},) * 2

OBJECTS = {
    "cases:detail": FILE,
    "cases:print": FILE,
    "cases:readers": OWN,
    "cases:client_change": FILE,
    "cases:create": OWN,
    "cases:change": OWN,
    "cases:phase": FILE,
    "cases:pause": OWN,
    "cases:resume": OWN,
    "cases:close": OWN,
    "cases:request_reopening": OWN,
    "cases:consents": FILE,
    "cases:consent_withdraw": FILE,
    "cases:release_give": FILE,
    "cases:release_withdraw": FILE,
    "cases:first_interview": FILE,
    "cases:clearing": OWN,
    "cases:special_notes": OWN,
    "cases:special_notes_erase": OWN,
    "cases:consultation_list": FILE,
    "cases:consultation_change": FILE,
    "cases:consultation_delete": OWN,  # only who wrote it
    "cases:state_sheet": FILE,
    "cases:state_transferred": FILE,
    "cases:state_note": FILE,
    "cases:document_list": FILE,
    "cases:document_create": FILE,
    "cases:document_change": FILE,
    "cases:document_complete": FILE,
    "cases:follow_up_create": FILE,
    "cases:follow_up_complete": FILE,
    "cases:observation_create": FILE,
    "cases:person_hints": FILE,
    "cases:handover_create": OWN,
    "cases:handover_create_external": OWN,
    "cases:handover_summary": FILE,
    "cases:handover_list": FILE,
    "cases:handover_withdraw": OWN,
    "cases:observation_change": OWN,
    "cases:observation_take_back": OWN,
    "cases:observation_discard": OWN,
    "cases:handover_answer": ({"colleague"}, CASE_MANAGERS),
    "cases:substitution_worklist": ({"deputy"}, CASE_MANAGERS),
    "cases:team_observation": TEAM,
    "cases:team_handover": ({"lead", "foreign_lead"}, LEADS),
    "cases:team_account_close": TEAM,
    "cases:referral_list": FILE,
    "cases:referral_create": FILE,
    "cases:referral_search": FILE,
    "cases:referral_change": FILE,
    "cases:referral_result": FILE,
    "cases:referral_choose": (CASE_MANAGERS, CASE_MANAGERS),
    "cases:directory_report": PUBLIC,
    "cases:directory_answer": KEEPERS,
    "cases:needs": FILE,
    "cases:assess": FILE,
    "cases:need_create": FILE,
    "cases:need_change": FILE,
    "cases:need_met": FILE,
    "cases:network": FILE,
    "cases:network_create": FILE,
    "cases:network_change": FILE,
    "cases:network_remove": FILE,
    "cases:plan": FILE,
    "cases:plan_draft": FILE,
    "cases:plan_intro": FILE,
    "cases:plan_agree": FILE,
    "cases:plan_review": FILE,
    "cases:plan_discard": FILE,
    "cases:plan_takeaway": FILE,
    "cases:plan_version": FILE,
    "cases:goal_create": FILE,
    "cases:goal_change": FILE,
    "cases:goal_remove": FILE,
    "cases:goal_progress": FILE,
    "cases:step_done": FILE,
    "cases:draft_discard": OWN,
    "cases:request_detail": REQUEST,
    "cases:request_take": UNACCEPTED_REQUEST,
    "cases:request_give": TEAM,
    "cases:request_change": REQUEST,
    "cases:request_return": REQUEST,
    "cases:request_answer": REQUEST,
    "cases:request_step": REQUEST,
    "cases:request_end": REQUEST,
    "cases:dispatch_request": DISPATCH,
    "cases:dispatch_assign": DISPATCH,
    "cases:dispatch_step": DISPATCH,
    "cases:dispatch_cancel": DISPATCH,
    "cases:dispatch_correct": DISPATCH,
    "cases:notice_open": NOTICE,
    "cases:list_import": LISTS,
    "cases:list_import_columns": LISTS,
    "cases:list_import_header": LISTS,
    "cases:list_import_check": LISTS,
    "cases:list_import_row": LISTS,
    "cases:list_import_decide": LISTS,
    "cases:list_import_finish": LISTS,
    "cases:list_import_undo": LISTS,
    "cases:list_import_discard": LISTS,
    "cases:team_reopening": TEAM,
    "cases:team_confirm_role": TEAM,
    "cases:substitution_end": SUBSTITUTION,
    "districts:institution_detail": PUBLIC,
    "districts:institution_confirm": KEEPERS,
    "districts:institution_change": KEEPERS,
    "reports:district": PUBLIC,
    "reports:finding": DISPATCH,
    "reports:finding_change": DISPATCH,
    "reports:evidence_add": DISPATCH,
    "reports:evidence_remove": DISPATCH,
    "reports:measure_change": DISPATCH,
    "reports:measure_effect": DISPATCH,
    "reports:conference": DISPATCH,
    "reports:conference_close": DISPATCH,
    "reports:report": PUBLIC,
    "reports:report_csv": PUBLIC,
    "reports:report_pdf": PUBLIC,
    "reports:report_xlsx": PUBLIC,
    "reports:link_create": DISPATCH,
    "reports:link_revoke": DISPATCH,
    "reports:report_district": PUBLIC,
}
NO_RECORD = {
    "account_reset_password_from_key",  # the key in the address is the secret
    "cases:calendar_feed",  # likewise
    "reports:shared",
    "reports:shared_csv",
    "reports:shared_pdf",
    "reports:shared_xlsx",
    "cases:due_list",  # a section of one's own page
    "public:start",  # what is public, and who is not, is tests/test_public_pages.py
    "public:contact",
    "public:vcard",
    "public:notice",
    "public:page",
    "registration:form",
    "registration:thanks",  # the receipt is signed, and shows a number only
}
CASE_ROUTES = [name for name in OBJECTS if name.startswith("cases:") and OBJECTS[name] in (FILE, OWN)]
WITHOUT_CASE = ("draft_discard", "observation_change", "observation_take_back", "observation_discard")
CASE_ROUTES = [name for name in CASE_ROUTES if name.removeprefix("cases:") not in WITHOUT_CASE]


def test_every_address_of_a_record_is_in_the_table():
    assert {name for name, route in own_routes().items() if route.parameters} == set(OBJECTS) | NO_RECORD


# --- The records and the people


@pytest.fixture
def foreign_lead(stranger):
    return MembershipFactory(provider=stranger.case_manager.provider, user__name="Frieda Fremd").user


@pytest.fixture
def unconfirmed(provider):
    return CaseManagerFactory(provider=provider, user__role_confirmed_at=None).user


@pytest.fixture
def browser_of(request, client_of):
    return lambda who: client_of(request.getfixturevalue(PEOPLE[who])) if PEOPLE[who] else Browser()


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


def parts_of(case):
    """What hangs on a case, by the route that reaches it."""
    return {
        "cases:consent_withdraw": lambda: ConsentFactory(client=case.client),
        "cases:release_withdraw": lambda: ReleaseFactory(client=case.client),
        "cases:consultation_change": lambda: ConsultationFactory(case=case),
        "cases:consultation_delete": lambda: ConsultationFactory(case=case),
        "cases:document_change": lambda: ExpiringDocumentFactory(client=case.client),
        "cases:document_complete": lambda: ExpiringDocumentFactory(client=case.client),
        "cases:follow_up_complete": lambda: FollowUpFactory(case=case),
        "cases:handover_withdraw": lambda: HandoverFactory(case=case),
        "cases:referral_change": lambda: ReferralFactory(case=case),
        "cases:referral_result": lambda: ReferralFactory(case=case),
        "cases:need_change": lambda: NeedFactory(case=case),
        "cases:need_met": lambda: NeedFactory(case=case),
        "cases:network_change": lambda: NetworkContactFactory(case=case),
        "cases:network_remove": lambda: NetworkContactFactory(case=case),
        "cases:plan_version": lambda: PlanFactory(case=case),
        "cases:goal_change": lambda: GoalFactory(plan__case=case, plan__draft=True),
        "cases:goal_remove": lambda: GoalFactory(plan__case=case, plan__draft=True),
        "cases:goal_progress": lambda: GoalFactory(plan__case=case),
        "cases:step_done": lambda: StepFactory(goal__plan__case=case),
    }


def keys_of(name, case):
    """The parameters that name a record of this case, or one beside it."""
    if name == "reports:district":
        return {"number": 8}
    if name in FINDING_ROUTES:
        return finding_keys(name)
    if name.startswith(("reports:report", "reports:link")):
        link = ReportLinkFactory(report__persons=20)
        keys = {"pk": link.report.pk, "link": link.pk, "table": "topics", "number": 8}
        return {parameter: keys[parameter] for parameter in own_routes()[name].parameters}
    if name == "cases:request_take":
        return {"number": IntakeRequestFactory(provider=case.provider).number}
    if place := place_of_request(name):
        return {"number": IntakeRequestFactory(case_manager=case.case_manager if place == "requests" else None).number}
    beside = {
        "cases:draft_discard": lambda: DraftFactory(case=case),
        "cases:notice_open": lambda: NoticeFactory(user=case.case_manager.user, case=case),
        "cases:team_confirm_role": lambda: case.case_manager.user,
        "cases:substitution_end": lambda: SubstitutionFactory(absent=case.case_manager),
        "cases:substitution_worklist": lambda: (
            case.case_manager.substitutions.first() or SubstitutionFactory(absent=case.case_manager)
        ),
        "cases:observation_change": lambda: ObservationFactory(case=case, draft=True),
        "cases:observation_take_back": lambda: ObservationFactory(case=case),
        "cases:observation_discard": lambda: ObservationFactory(case=case, draft=True),
        "cases:team_observation": lambda: ObservationFactory(case=case),
        "cases:handover_answer": lambda: HandoverFactory(case=case, to_case_manager=kolja(case)),
        "cases:team_handover": lambda: HandoverFactory(
            case=case,
            external=True,
            released=True,
            to_provider=Provider.objects.filter(code="am-rhein").first() or ProviderFactory(),
        ),
        "cases:team_account_close": lambda: case.case_manager.user,
        "cases:referral_choose": InstitutionFactory,
        "cases:directory_report": InstitutionFactory,
        "cases:directory_answer": DirectoryReportFactory,
        "districts:institution_detail": InstitutionFactory,
        "districts:institution_confirm": InstitutionFactory,
        "districts:institution_change": InstitutionFactory,
    }
    beside |= {
        route: lambda: ListImportFactory(created_by=case.case_manager.user) for route in OBJECTS if "list_" in route
    }
    beside["cases:list_import_row"] = lambda: ListImportFactory(created_by=case.case_manager.user).rows.last()
    parameters = own_routes()[name].parameters
    keys = {"number": case.number} if "number" in parameters else {}
    return keys | ({"pk": (parts_of(case) | beside)[name]().pk} if "pk" in parameters else {})


def kolja(case):
    """The colleague of these tests, where somebody has asked for them."""
    found = CaseManager.objects.filter(user__name="Kolja Kollegium").first()
    return found or CaseManagerFactory(provider=case.provider)


def nowhere(keys):
    """Parameters of the same shape that name nothing."""
    missing = {
        "link": 999_999,
        "table": "topics",
        "pk": uuid.uuid4() if isinstance(keys.get("pk"), uuid.UUID) else 999_999,
    }
    number = 99 if isinstance(keys.get("number"), int) else new_number(keys.get("number", "K")[0])
    return {name: missing.get(name, number) for name in keys}


def body(response):
    """The page without what is new in every answer."""
    text = re.sub(r'(nonce|value|content)="[A-Za-z0-9_+/=-]{16,}"', "", response.text)
    return response.status_code, re.sub(r'"X-CSRFToken": ?"[^"]*"', "", text)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_record_is_there_for_its_people_only(name, browser_of, case):
    reaches, has_verb = OBJECTS[name]
    expected = {who: {"missing" if who in has_verb else "forbidden"} for who in PEOPLE}
    expected |= {who: {"open"} for who in reaches} | {"anonymous": {"login"}}
    answers = {}
    for who, browser in {who: browser_of(who) for who in PEOPLE}.items():
        with undone():
            url = address(name, keys_of(name, case))
            answers[who] = {ask(browser, method, url) for method in ("get", "post")} - {"wrong method"}
    assert answers == expected


@pytest.mark.parametrize("name", [name for name, (reaches, has_verb) in OBJECTS.items() if has_verb - reaches])
def test_somebody_elses_record_answers_like_none(name, browser_of, case):
    reaches, has_verb = OBJECTS[name]
    for who, browser in {who: browser_of(who) for who in has_verb - reaches}.items():
        with undone():
            keys = keys_of(name, case)
            for method in ("get", "post"):
                theirs, none = (getattr(browser, method)(address(name, each)) for each in (keys, nowhere(keys)))
                assert body(theirs) == body(none), who
                assert set(theirs.headers) == set(none.headers), who


@pytest.mark.parametrize("name", parts_of(None))
def test_a_part_is_reached_through_its_own_case_only(name, as_case_manager, case, case_manager):
    """Both cases are one's own, and still the part of one is not a part of the other."""
    keys = keys_of(name, case) | {"number": CaseFactory(case_manager=case_manager.case_manager).number}
    for method in ("get", "post"):
        assert ask(as_case_manager, method, address(name, keys)) in {"missing", "wrong method"}
    assert Consultation.objects.count() == (1 if "consultation" in name else 0)
    assert not FollowUp.objects.exclude(done_at=None).exists()
    assert case.client.consents.in_force().count() == (1 if "consent" in name else 0)
    assert case.client.releases.in_force().count() == (1 if "release" in name else 0)


# --- Records named by a query or a form instead of a path


@pytest.mark.parametrize("who", ["colleague", "stranger"])
def test_a_foreign_number_in_a_form_does_not_exist(who, browser_of, case):
    browser = browser_of(who)
    create, save = reverse("cases:consultation_create"), reverse("cases:draft_save")
    for number in (case.number, new_number()):
        assert ask(browser, "get", f"{create}?fall={number}") == "missing"
        assert ask(browser, "post", create, {"fall": number}) == "missing"
        assert ask(browser, "post", save, {"fall": number, "form_key": str(uuid.uuid4())}) == "missing"
    assert not Draft.objects.exists()


def test_a_draft_is_offered_to_its_author_for_its_case_only(as_case_manager, as_deputy, case, case_manager):
    draft = DraftFactory(case=case)
    other = CaseFactory(case_manager=case_manager.case_manager)
    create = reverse("cases:consultation_create")
    assert ask(as_case_manager, "get", f"{create}?fall={case.number}&entwurf={draft.pk}") == "open"
    for browser, number in ((as_deputy, case.number), (as_case_manager, other.number)):
        assert ask(browser, "get", f"{create}?fall={number}&entwurf={draft.pk}") == "missing"


def test_a_foreign_lead_hands_over_nothing(client_of, foreign_lead, case):
    browser, url = client_of(foreign_lead), reverse("cases:team_reassign")
    choice = f"{case.number}:{case.case_manager_id}"
    assert ask(browser, "get", f"{url}?case={choice}") == ask(browser, "post", url, {"case": choice}) == "missing"


def test_a_search_finds_the_own_and_the_deputised_only(browser_of, case):
    for query in (case.client.family_name, case.number):
        for who, finds in {"owner": True, "deputy": True, "colleague": False, "stranger": False}.items():
            response = browser_of(who).post(reverse("cases:search"), {"q": query})
            assert (reverse("cases:detail", args=[case.number]) in response.text) == finds, (who, query)


def test_the_list_and_the_export_hold_no_foreign_case(browser_of, case):
    for who, finds in {"owner": (True, True), "deputy": (True, False), "colleague": (False, False)}.items():
        browser = browser_of(who)
        pages = browser.get(reverse("cases:list")).text, browser.post(reverse("cases:export")).text
        assert tuple(case.number in page for page in pages) == finds, who


# --- What a deputy does not see although the colleague is absent


@pytest.mark.parametrize("name", CASE_ROUTES)
def test_a_protected_case_does_not_exist_for_the_deputy(name, as_deputy, as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    url = address(name, keys_of(name, case))
    for method in ("get", "post"):
        assert ask(as_deputy, method, url) in {"missing", "wrong method"}
    assert "open" in {ask(as_case_manager, method, url) for method in ("get", "post")}


def test_a_private_note_is_its_authors_alone(as_deputy, as_case_manager, case):
    private = ConsultationFactory(case=case, is_private=True, note="Nur für mich gedacht.")
    keys = {"number": case.number}
    for name in ("cases:detail", "cases:print", "cases:consultation_list"):
        assert private.note in as_case_manager.get(address(name, keys)).text
        assert private.note not in as_deputy.get(address(name, keys)).text
    for name in ("cases:consultation_change", "cases:consultation_delete"):
        url = address(name, keys | {"pk": private.pk})
        assert ask(as_deputy, "get", url) == ask(as_deputy, "post", url) == "missing"


def test_a_note_of_the_deputy_can_be_private_too(as_deputy, as_case_manager, deputy, case):
    private = ConsultationFactory(case=case, created_by=deputy, is_private=True, note="Nur für die Vertretung.")
    url = address("cases:detail", {"number": case.number})
    assert private.note in as_deputy.get(url).text
    assert private.note not in as_case_manager.get(url).text


# --- A closed case


@pytest.mark.parametrize("name", CASE_ROUTES)
def test_a_closed_case_is_there_for_ninety_days(name, browser_of, case_manager):
    browsers = {who: browser_of(who) for who in ("owner", "deputy")}
    for (who, browser), days in product(browsers.items(), (90, 91)):
        with undone():
            closed_on = timezone.localdate() - timedelta(days=days)
            case = CaseFactory(
                case_manager=case_manager.case_manager,
                closed=True,
                closed_on=closed_on,
                opened_on=closed_on - timedelta(days=9),
            )
            url = address(name, keys_of(name, case))
            answers = {ask(browser, method, url) for method in ("get", "post")} - {"wrong method"}
            assert answers == {"open" if who in OBJECTS[name][0] and days == 90 else "missing"}, (who, days)


def test_a_protected_track_is_named_inside_the_opened_file_only(as_case_manager, as_lead, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    name = str(case.track)
    assert name in as_case_manager.get(address("cases:detail", {"number": case.number})).text
    for url in (reverse("cases:today"), reverse("cases:list"), reverse("reports:own_figures")):
        assert name not in as_case_manager.get(url).text, url
    assert name not in as_case_manager.post(reverse("cases:search"), {"q": case.number}).text
    assert name not in as_case_manager.post(reverse("cases:export")).text
    for url in (reverse("cases:team"), reverse("cases:team_cases"), reverse("cases:audit_log")):
        assert name not in as_lead.get(url).text, url
