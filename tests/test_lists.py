"""Mein Tag, the list of cases, the search and the export: one's own, complete, and nothing for anybody else."""

import csv
import io
import time

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.duplicates import find_cases
from cases.models import Case, FollowUp
from cases.models.case import years_before
from cases.search import folded
from cases.worklist import SHOWN
from districts.models import Topic
from kim.audit.models import Entry
from tests.case_forms import ago, german, logged, nothing_stored, queries, text_of, url
from tests.factories import (
    CaseFactory,
    ConsultationFactory,
    DistrictFactory,
    DraftFactory,
    FollowUpFactory,
    SubstitutionFactory,
)

TODAY, LIST, SEARCH, EXPORT = (url(name) for name in ("today", "list", "search", "export"))
FORMULA = '=HYPERLINK("https://example.org")'


@pytest.fixture
def post(case_manager):
    return case_manager.case_manager


def named(post, name, **values):
    return CaseFactory(case_manager=post, client__given_names="", client__family_name=name, **values)


def search(browser, q, **more):
    return browser.post(SEARCH, {"q": q} | more)


def found(browser, q):
    return {case.client.family_name for case in search(browser, q).context["found"]}


# --- Who sees what


@pytest.mark.parametrize("who", ["as_colleague", "as_stranger"])
def test_nobody_elses_people_are_listed_or_found(request, post, who):
    case = named(post, "Unverkennbar", last_contact_on=ago(40))
    FollowUpFactory(case=case)
    browser = request.getfixturevalue(who)
    with nothing_stored():
        pages = [browser.get(TODAY), browser.get(LIST), browser.get(LIST, {"state": "silent"})]
        pages += [browser.get(url("consultation_create")), search(browser, case.number)]
    for page in pages:
        assert "Unverkennbar" not in text_of(page)
    assert found(browser, "Unverkennbar") == found(browser, case.number) == set()


@pytest.mark.parametrize("who", ["as_lead", "as_coordination", "as_data_protection", "as_admin"])
def test_who_does_not_counsel_has_no_lists(request, post, who):
    named(post, "Unverkennbar")
    browser = request.getfixturevalue(who)
    with nothing_stored():
        answers = [browser.get(TODAY), browser.get(LIST), search(browser, "Unverkennbar"), browser.post(EXPORT)]
    assert {answer.status_code for answer in answers} == {403}
    assert not any("Unverkennbar" in text_of(answer) for answer in answers)


def test_a_lead_never_reads_the_name_of_a_protected_person(as_lead, post):
    named(post, "Unverkennbar", protected=True)
    for name in ("team", "team_cases"):
        assert "Unverkennbar" not in text_of(as_lead.get(url(name)))


def test_a_deputy_sees_both_desks_but_no_protected_track(as_deputy, deputy, post):
    named(post, "Vertreten")
    named(post, "Verborgen", protected=True)
    named(deputy.case_manager, "Eigen")
    page = as_deputy.get(LIST)
    assert {case.client.family_name for case in page.context["page"]} == {"Vertreten", "Eigen"}
    assert text_of(page).count('tag-accent">Vertretung</span>') == 1
    assert "Sie vertreten Leyla Fall bis" in text_of(as_deputy.get(TODAY))
    assert found(as_deputy, "Ver") == {"Vertreten"}


def test_the_track_is_told_in_no_list(as_case_manager, post):
    case = named(post, "Verborgen", protected=True, last_contact_on=ago(40))
    for page in (as_case_manager.get(TODAY), as_case_manager.get(LIST), search(as_case_manager, "Verborgen")):
        assert "Verborgen" in text_of(page)
        assert str(case.track) not in text_of(page)


# --- Mein Tag


def test_todays_lists_have_their_borders(as_case_manager, post):
    case = named(post, "Amari", last_contact_on=ago(29))
    for days, text in [(1, "gestern"), (0, "heute"), (-1, "morgen"), (-7, "in einer Woche"), (-8, "später")]:
        FollowUpFactory(case=case, due_on=ago(days), text=text)
    FollowUpFactory(case=case, text="getan", done=True)
    named(post, "Laut", last_contact_on=ago(28))
    named(post, "Ruhend", paused=True, paused_until=ago(0), last_contact_on=ago(60))
    named(post, "Schläft", paused=True, paused_until=ago(-1))
    named(post, "Bald", client__birth_date=years_before(ago(-20), 28), last_contact_on=ago(1))
    DraftFactory(case=case, user=post.user)
    context = as_case_manager.get(TODAY).context
    due = {name: [row.text for row in rows.rows] for name, rows in context["follow_ups"].items()}
    assert due == {"overdue": ["gestern"], "today": ["heute"], "coming": ["morgen", "in einer Woche"]}
    lists = ("silent", "pauses_over", "ageing_out")
    found = {section.source.code: section for section in context["sections"]}
    names = {name: {due.case.client.family_name for due in found[name].rows} for name in lists}
    assert names == {"silent": {"Amari"}, "pauses_over": {"Ruhend"}, "ageing_out": {"Bald"}}
    assert [draft.case for draft in context["drafts"].rows] == [case]
    assert context["desk"].open_cases == 5


def test_long_lists_say_how_long_they_are(as_case_manager, post):
    for _ in range(SHOWN + 2):
        FollowUpFactory(case=CaseFactory(case_manager=post, last_contact_on=ago(40)))
    context = as_case_manager.get(TODAY).context
    silent = next(section for section in context["sections"] if section.source.code == "silent")
    for rows in (context["follow_ups"]["today"], silent):
        assert (len(rows.rows), rows.total, rows.more) == (SHOWN, SHOWN + 2, 2)


def test_an_appointment_stands_before_what_has_no_time(as_case_manager, post):
    case = named(post, "Amari")
    FollowUpFactory(case=case, text="ohne Uhrzeit")
    FollowUpFactory(case=case, text="um zehn", due_at="10:00")
    FollowUpFactory(case=case, text="um neun", due_at="09:00")
    rows = as_case_manager.get(TODAY).context["follow_ups"]["today"].rows
    assert [row.text for row in rows] == ["um neun", "um zehn", "ohne Uhrzeit"]


# --- The list


@pytest.fixture
def files(post):
    kalk, porz = DistrictFactory(), DistrictFactory(number=7)
    named(post, "Laufend", district=kalk, last_contact_on=ago(3)).topics.set([Topic.objects.main()[0]])
    named(post, "Still", district=porz, opened_on=ago(90), last_contact_on=ago(40), status=Case.Status.PLANNING)
    named(post, "Ruhend", paused=True, service_level="signposting", opened_on=ago(9))
    named(post, "Abgeschlossen", closed=True)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"Laufend", "Still", "Ruhend"}),
        ({"state": "running"}, {"Laufend", "Still"}),
        ({"state": "silent"}, {"Still"}),
        ({"state": "paused"}, {"Ruhend"}),
        ({"state": "closed"}, {"Abgeschlossen"}),
        ({"phase": "planning"}, {"Still"}),
        ({"service_level": "signposting"}, {"Ruhend"}),
        ({"district": "7"}, {"Still"}),
        ({"district": "7", "state": "paused"}, set()),
    ],
)
def test_the_list_is_narrowed(as_case_manager, files, query, names):
    page = as_case_manager.get(LIST, query).context["page"]
    assert {case.client.family_name for case in page} == names


def test_the_list_is_narrowed_by_a_topic(as_case_manager, files):
    page = as_case_manager.get(LIST, {"topic": Topic.objects.main()[0].pk}).context["page"]
    assert [case.client.family_name for case in page] == ["Laufend"]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", ["Laufend", "Ruhend", "Still"]),
        ("name", ["Laufend", "Ruhend", "Still"]),
        ("opened", ["Ruhend", "Laufend", "Still"]),
    ],
)
def test_the_list_has_an_order(as_case_manager, files, order, names):
    page = as_case_manager.get(LIST, {"order": order}).context["page"]
    assert [case.client.family_name for case in page] == names


@pytest.mark.parametrize("value", ["x", "\x00", "-1", "9" * 40, "'", "<script>alert(1)</script>", "%00"])
@pytest.mark.parametrize("field", ["state", "phase", "service_level", "district", "topic", "order", "page"])
def test_a_query_that_makes_no_sense_narrows_nothing(as_case_manager, files, field, value):
    answer = as_case_manager.get(LIST, {field: value})
    assert {case.client.family_name for case in answer.context["page"]} == {"Laufend", "Still", "Ruhend"}
    assert "<script>alert" not in text_of(answer)


def test_the_next_step_is_the_nearest_open_one(as_case_manager, post):
    case = named(post, "Amari")
    FollowUpFactory(case=case, due_on=ago(9), done=True)
    for days in (-5, 2, -1):
        FollowUpFactory(case=case, due_on=ago(days))
    page = as_case_manager.get(LIST)
    assert page.context["page"][0].next_due_on == ago(2)
    assert f"{german(ago(2))} (überfällig)" in text_of(page)


def test_names_are_shown_as_they_are_and_never_run(as_case_manager, post):
    for name in ("<script>alert(1)</script>", "{{ 7*7 }}", FORMULA):
        named(post, name)
    page = text_of(as_case_manager.get(LIST))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page
    assert "<script>alert" not in page


# --- The search


def test_names_are_never_in_an_address(as_case_manager):
    assert as_case_manager.get(SEARCH, {"q": "Amari"}).status_code == 405
    assert 'method="post"' in text_of(as_case_manager.get(LIST)).partition('role="search"')[2][:40]


def test_name_number_and_phone_find_a_case(as_case_manager, post):
    case = named(post, "Amari", client__phone="+49 221 4710-12")
    named(post, "Beres", client__phone="0171 999")
    for q in ("amari", "Amary", "  amari ", case.number.lower(), case.number.replace("-", " "), "0221 4710", "471012"):
        assert found(as_case_manager, q) == {"Amari"}, q
    for q in ("", "x", "!?", "Zzz", "47", "K-0000-00"):
        assert found(as_case_manager, q) == set(), q


def test_a_name_may_look_like_a_number(as_case_manager, post):
    for pseudonym in ("12345", "K000000"):
        CaseFactory(case_manager=post, client__given_names="", client__family_name=pseudonym)
        assert found(as_case_manager, pseudonym) == {pseudonym}


def test_a_small_mistake_still_finds_the_likeliest_first(as_case_manager, post):
    named(post, "Beispielhuber")
    named(post, "Anders")
    assert found(as_case_manager, "Baispelhuber") == {"Beispielhuber"}


@pytest.mark.parametrize("q", ["a" * 201, "a\x00b", "a\u202eb", "a\nb"])
def test_a_search_that_cannot_be_is_said(as_case_manager, post, q):
    answer = search(as_case_manager, q)
    (sentence,) = answer.context["search"].errors["q"]
    assert sentence in text_of(answer)
    assert answer.context["found"] == []


def test_what_was_searched_is_shown_as_text(as_case_manager):
    page = text_of(search(as_case_manager, '"><script>alert(1)</script>'))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(("more", "leads_to"), [({}, "detail"), ({"for": "consultation"}, "consultation_create")])
def test_a_search_as_one_types(as_case_manager, post, more, leads_to):
    case = named(post, "Amari")
    page = text_of(as_case_manager.post(SEARCH, {"q": "ama"} | more, headers={"HX-Request": "true"}))
    target = url("detail", case) if leads_to == "detail" else f"{url(leads_to)}?fall={case.number}"
    assert f'href="{target}"' in page
    assert "<title>" not in page


LETTERS = st.characters(categories=["Ll", "Lu", "Lo"], exclude_characters="\u115f\u1160\u3164\uffa0")
NAMES = st.lists(st.text(LETTERS, min_size=2, max_size=12), min_size=1, max_size=3).map(" ".join)


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_start_of_every_word_finds_the_person(case_manager, data):
    name = data.draw(NAMES)
    case = Case.objects.first() or named(case_manager.case_manager, "Anfang")
    case.client.family_name = name
    case.client.save()
    for word in folded(case.client.family_name).split():
        prefix = word[: data.draw(st.integers(2, max(2, len(word))))]
        if len(prefix) >= 2:
            assert find_cases(prefix, user=case_manager) == [case], (name, prefix)


# --- The export


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_the_export_holds_ones_own_cases_and_no_word_about_a_person(as_case_manager, post, deputy):
    case = named(post, FORMULA, protected=True, last_contact_on=ago(2), client__phone="0221 4710")
    ConsultationFactory(case=case, note="Streng vertraulich.")
    named(deputy.case_manager, "Nicht meins")
    SubstitutionFactory(absent=deputy.case_manager, deputy=post)
    answer = as_case_manager.post(EXPORT)
    header, *rows = rows_of(answer)
    days = ["eröffnet", "letzter Kontakt", "abgeschlossen"]
    assert header == ["Fallnummer", "Phase", "Art der Hilfe", "Stadtbezirk", *days]
    assert rows == [[case.number, "Klärung", "Kurzberatung", "Kalk", german(ago(30)), german(ago(2)), ""]]
    for secret in (FORMULA, "0221", "vertraulich", str(case.track), "Nicht meins"):
        assert secret not in answer.content.decode()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="faelle-{ago(0):%Y-%m-%d}.csv"'
    assert logged() == ["case_list.exported"]
    assert (Entry.objects.get().organisation, Entry.objects.get().actor) == ("am-dom", str(post.user_id))


def test_no_cell_of_the_export_can_be_a_formula(as_case_manager, post):
    named(post, "Amari", district=None)
    named(post, "Beres", paused=True, district=DistrictFactory(number=9, name="=1+1"))
    for row in rows_of(as_case_manager.post(EXPORT)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_export_asks_for_the_password_again(as_case_manager, post):
    named(post, "Amari")
    session = as_case_manager.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - 3600}]
    session.save()
    with nothing_stored():
        assert as_case_manager.post(EXPORT).status_code == 302
    assert as_case_manager.get(EXPORT).status_code == 405


# --- How much a page asks the database


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_do_not_ask_per_row(as_case_manager, post, rows):
    absent = SubstitutionFactory.create_batch(rows, deputy=post, absent__provider=post.provider)
    for substitution in absent:
        named(substitution.absent, "Vertreten", last_contact_on=ago(40))
    for _ in range(rows):
        case = named(post, "Amari", last_contact_on=ago(40), client__birth_date=years_before(ago(-20), 28))
        named(post, "Amari", paused=True, paused_until=ago(1))
        for days in (1, 0, -1):
            FollowUpFactory(case=case, due_on=ago(days))
        DraftFactory(case=case, user=post.user)
    assert FollowUp.objects.count() == 3 * rows
    calls = {
        "today": lambda: as_case_manager.get(TODAY),
        "list": lambda: as_case_manager.get(LIST),
        "found": lambda: search(as_case_manager, "Amari"),
        "not found": lambda: search(as_case_manager, "Amira Xx"),
        "export": lambda: as_case_manager.post(EXPORT),
    }
    numbers = {name: queries(call) for name, call in calls.items()}
    assert numbers == {"today": 12, "list": 7, "found": 4, "not found": 5, "export": 6}


@pytest.mark.parametrize("rows", [1, 3])
def test_search_first_does_not_ask_per_row(as_case_manager, post, colleague, rows):
    for _ in range(rows):
        named(post, "Amari", client__birth_date=ago(8000))
        named(colleague.case_manager, "Amari", client__birth_date=ago(8000))
    typed = {"name": "Amari", "birth_date": german(ago(8000))}
    assert (
        queries(lambda: as_case_manager.post(url("client_search"), typed)) == 6
    )  # two of them tell the log that a colleague was named
