"""Who reaches which record: every address that names one, as every person, with GET and with POST.

Somebody else's record answers exactly like one that does not exist; a verb somebody lacks answers 403.
"""

import re
import uuid
from collections import Counter
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Consultation, Draft, FollowUp
from cases.numbers import PATTERN, new_number
from kim.audit.models import Entry
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ClientFactory,
    ConsentFactory,
    ConsultationFactory,
    DraftFactory,
    FollowUpFactory,
    InstitutionFactory,
    MembershipFactory,
    SubstitutionFactory,
)
from tests.routes import address, ask, own_routes

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
TEAM = ({"lead"}, LEADS)
SUBSTITUTION = ({"owner", "lead"}, CASE_MANAGERS | LEADS)
PUBLIC = (set(PEOPLE) - {"admin", "anonymous"},) * 2  # the landscape: nobody's secret inside KIM

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
    "cases:consent_give": FILE,
    "cases:consent_withdraw": FILE,
    "cases:consultation_list": FILE,
    "cases:consultation_change": FILE,
    "cases:consultation_delete": OWN,  # only who wrote it
    "cases:follow_up_create": FILE,
    "cases:follow_up_complete": FILE,
    "cases:draft_discard": OWN,
    "cases:team_reopening": TEAM,
    "cases:team_confirm_role": TEAM,
    "cases:substitution_end": SUBSTITUTION,
    "districts:institution_detail": PUBLIC,
    "reports:district": PUBLIC,
}
NO_RECORD = {
    "account_reset_password_from_key",  # the key in the address is the secret
    "public:start",  # what is public, and who is not, is tests/test_public_pages.py
    "public:contact",
    "public:vcard",
    "public:notice",
    "public:page",
}
CASE_ROUTES = [name for name in OBJECTS if name.startswith("cases:") and OBJECTS[name] in (FILE, OWN)]
CASE_ROUTES.remove("cases:draft_discard")


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
        "cases:consultation_change": lambda: ConsultationFactory(case=case),
        "cases:consultation_delete": lambda: ConsultationFactory(case=case),
        "cases:follow_up_complete": lambda: FollowUpFactory(case=case),
    }


def keys_of(name, case):
    """The parameters that name a record of this case, or one beside it."""
    if name == "reports:district":
        return {"number": 8}
    beside = {
        "cases:draft_discard": lambda: DraftFactory(case=case),
        "cases:team_confirm_role": lambda: case.case_manager.user,
        "cases:substitution_end": lambda: SubstitutionFactory(absent=case.case_manager),
        "districts:institution_detail": InstitutionFactory,
    }
    parameters = own_routes()[name].parameters
    keys = {"number": case.number} if "number" in parameters else {}
    return keys | ({"pk": (parts_of(case) | beside)[name]().pk} if "pk" in parameters else {})


def nowhere(keys):
    """Parameters of the same shape that name nothing."""
    missing = {"pk": uuid.uuid4() if isinstance(keys.get("pk"), uuid.UUID) else 999_999}
    number = 99 if isinstance(keys.get("number"), int) else new_number()
    return {name: missing.get(name, number) for name in keys}


def body(response):
    """The page without what is new in every answer."""
    text = re.sub(r'(nonce|value|content)="[A-Za-z0-9_+/=-]{16,}"', "", response.text)
    return response.status_code, re.sub(r'"X-CSRFToken": ?"[^"]*"', "", text)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("name", OBJECTS)
def test_a_record_is_there_for_its_people_only(name, who, browser_of, case):
    reaches, has_verb = OBJECTS[name]
    browser, url = browser_of(who), address(name, keys_of(name, case))
    answers = {ask(browser, method, url) for method in ("get", "post")} - {"wrong method"}
    expected = "open" if who in reaches else "missing" if who in has_verb else "forbidden"
    assert answers == {"login" if who == "anonymous" else expected}


@pytest.mark.parametrize(
    ("name", "who"),
    [(name, who) for name, (reaches, has_verb) in OBJECTS.items() for who in PEOPLE if who in has_verb - reaches],
)
def test_somebody_elses_record_answers_like_none(name, who, browser_of, case):
    keys, browser = keys_of(name, case), browser_of(who)
    for method in ("get", "post"):
        theirs, none = (getattr(browser, method)(address(name, each)) for each in (keys, nowhere(keys)))
        assert body(theirs) == body(none)
        assert set(theirs.headers) == set(none.headers)


@pytest.mark.parametrize("name", parts_of(None))
def test_a_part_is_reached_through_its_own_case_only(name, as_case_manager, case, case_manager):
    """Both cases are one's own, and still the part of one is not a part of the other."""
    keys = keys_of(name, case) | {"number": CaseFactory(case_manager=case_manager.case_manager).number}
    for method in ("get", "post"):
        assert ask(as_case_manager, method, address(name, keys)) in {"missing", "wrong method"}
    assert Consultation.objects.count() == (1 if "consultation" in name else 0)
    assert not FollowUp.objects.exclude(done_at=None).exists()
    assert case.client.consents.in_force().count() == (1 if "consent" in name else 0)


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


@pytest.mark.parametrize(("days", "answer"), [(90, "open"), (91, "missing")])
@pytest.mark.parametrize("who", ["owner", "deputy"])
@pytest.mark.parametrize("name", CASE_ROUTES)
def test_a_closed_case_is_there_for_ninety_days(name, who, days, answer, browser_of, case_manager):
    closed_on = timezone.localdate() - timedelta(days=days)
    case = CaseFactory(
        case_manager=case_manager.case_manager,
        closed=True,
        closed_on=closed_on,
        opened_on=closed_on - timedelta(days=9),
    )
    browser, url = browser_of(who), address(name, keys_of(name, case))
    answers = {ask(browser, method, url) for method in ("get", "post")} - {"wrong method"}
    assert answers == {answer if who in OBJECTS[name][0] else "missing"}


# --- Nobody but the people in charge ever receives what is in a file: every page of a role is opened

SENTINELS = {
    "name": "Zweifelhard",
    "pseudonym": "Quittenblau",
    "phone": "0221 4711471",
    "mail": "quellwolke",
    "birth date": "17.03.2004",
    "birth date of the database": "2004-03-17",
    "contact note": "Rückseitenklingel",
    "note": "Weinbergschnecke",
    "private note": "Regenwurmtagebuch",
    "follow-up": "Hagebuttentee",
    "draft": "Fensterkittmasse",
    "pause": "Zwischenlandung",
    "closing": "Abschlussforelle",
    "reopening": "Wiederkehrwunsch",
    "age": "Altersrechnung",
    "protected name": "Geheimhuber",
    "protected note": "Flüstertüte",
    "service": "Nachsorgeinsel",
}
IN_A_TEAM_LIST = {"name", "pseudonym"}


@pytest.fixture
def city(case_manager, colleague, stranger, deputy, lead):
    """Files of two Träger with words that occur nowhere else, and some entries in the log."""
    person = {
        "given_names": "Amal",
        "family_name": SENTINELS["name"],
        "birth_date": date.fromisoformat(SENTINELS["birth date of the database"]),
        "phone": SENTINELS["phone"],
        "email": f"{SENTINELS['mail']}@example.org",
        "contact_note": SENTINELS["contact note"],
    }
    for who in (case_manager, colleague, stranger):
        desk = who.case_manager
        provider = desk.provider
        running = CaseFactory(case_manager=desk, client=ClientFactory(provider=provider, **person))
        CaseFactory(
            case_manager=desk,
            client=ClientFactory(provider=provider, given_names="", family_name="", pseudonym=SENTINELS["pseudonym"]),
            age_reason=SENTINELS["age"],
            paused=True,
            pause_reason=SENTINELS["pause"],
        )
        CaseFactory(
            case_manager=desk,
            closed=True,
            closing_note=SENTINELS["closing"],
            follow_up_service=SENTINELS["service"],
            reopen_requested_at=timezone.now(),
            reopen_reason=SENTINELS["reopening"],
        )
        protected = CaseFactory(
            case_manager=desk,
            protected=True,
            client=ClientFactory(provider=provider, **person | {"family_name": SENTINELS["protected name"]}),
        )
        ConsultationFactory(case=running, note=SENTINELS["note"])
        ConsultationFactory(case=running, note=SENTINELS["private note"], is_private=True)
        ConsultationFactory(case=protected, note=SENTINELS["protected note"])
        ConsultationFactory(anonymous=True, case_manager=desk, note=SENTINELS["note"])
        FollowUpFactory(case=running, text=SENTINELS["follow-up"], due_on=timezone.localdate() - timedelta(days=3))
        DraftFactory(case=running, content=f'{{"note": ["{SENTINELS["draft"]}"]}}')
        ConsentFactory(client=running.client)
    InstitutionFactory.create_batch(2)
    call_command("build_situation", verbosity=0)


def crawl(browser, *starts):
    """Every page that links lead to: address -> answer. Two choices of each filter and two entries of a catalogue in
    the admin stand for all, and filters are not combined there."""
    waiting, pages, kinds = ["/", *starts], {}, Counter()
    while waiting:
        url = waiting.pop(0)
        path, _mark, query = url.partition("?")
        choices = {part.partition("=")[0] for part in query.split("&")}
        kind = (re.sub(r"[^/]+/change/$", "change/", path), *sorted(choices))
        is_combined = path.startswith("/verwaltung/") and "&" in query
        if url in pages or kinds[kind] == 2 or is_combined or path.startswith("/static/"):
            continue
        kinds[kind] += 1
        pages[url] = response = browser.get(url)
        found = re.findall(r'(?:href|action|hx-get|src)="([^"#:]+)"', response.text) if is_page(response) else []
        found += [response["Location"]] if response.status_code == 302 else []
        waiting += [absolute(path, link.replace("&amp;", "&")) for link in found]
    return pages


def absolute(path, link):
    if link.startswith("?"):
        return path + link
    return link if link.startswith("/") else path.rsplit("/", 1)[0] + "/" + link


def is_page(response):
    return response.headers.get("Content-Type", "").startswith("text/html")


def title_of(response):
    """What a browser shows in its tab and keeps in its history."""
    found = re.search(r"<title>(.*?)</title>", response.text, re.DOTALL) if is_page(response) else None
    return found[1] if found else ""


def words_in(*texts):
    everything = " ".join(str(text) for text in texts).casefold()
    return {name for name, word in SENTINELS.items() if word.casefold() in everything}


@pytest.mark.parametrize(
    ("who", "at_least", "allowed"),
    [
        ("coordination", {"/lage/", "/lage/8/", "/verzeichnis/"}, set()),
        ("data_protection", {"/lage/", "/protokoll/", "/verzeichnis/"}, set()),
        ("admin", {"/verwaltung/", "/verwaltung/users/user/", "/verwaltung/districts/casemanager/"}, set()),
        ("lead", {"/team/", "/team/faelle/", "/vertretungen/", "/protokoll/", "/lage/"}, IN_A_TEAM_LIST),
    ],
)
def test_no_page_of_these_roles_holds_what_is_in_a_file(who, at_least, allowed, city, as_case_manager, browser_of):
    for case in Case.objects.all():
        as_case_manager.get(address("cases:detail", {"number": case.number}))  # the log knows the numbers
    pages = crawl(browser_of(who), *at_least)
    assert {pages[url].status_code for url in at_least} == {200}
    for url, response in pages.items():
        assert response.status_code in {200, 302, 403, 405}, url
        found = words_in(response.text)
        assert found <= (allowed if url.startswith("/team/") else set()), (url, found)
        assert not words_in(url, title_of(response), response.headers), url
        if who in {"coordination", "admin"}:
            assert not re.search(PATTERN, f"{url} {response.text} {response.headers}"), url


def test_the_crawl_would_notice(city, as_case_manager, as_lead):
    """The same words are on the pages of the person in charge, and names in the lead's list."""
    seen = words_in(*(response.text for response in crawl(as_case_manager).values()))
    assert seen >= {"name", "pseudonym", "birth date", "phone", "mail", "note", "follow-up", "protected name", "pause"}
    assert words_in(as_lead.get(reverse("cases:team_cases")).text) == IN_A_TEAM_LIST


def test_where_the_files_are_kept_no_title_address_or_log_names_anybody(city, as_case_manager):
    for url, response in crawl(as_case_manager).items():
        assert not words_in(url, title_of(response), response.headers), url
    assert Entry.objects.filter(action="case.read").exists()
    assert not words_in(*Entry.objects.values_list("subject", "details"))


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
