"""Einsatz: the ranking in words, what the coordinating office sees and does, and that it never meets anybody."""

import re
import uuid
from datetime import date

import pytest

from cases.candidates import (
    candidates_for,
    languages_asked,
    matching_staff,
    specialised_provider,
    waiting_list,
    wish_of,
)
from cases.dispatch import Candidate, Capacity, Wish, capacity_of, ranked, reasons
from cases.models import IntakeRequest, Notice
from cases.working_days import is_working_day, months_before, working_days_between
from districts.models import Language, Topic, Track
from tests.case_forms import ago, errors, german, logged, queries, said, text_of, url
from tests.crawl import crawl, title_of
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    DistrictFactory,
    IntakeRequestFactory,
    SubstitutionFactory,
    TrackFactory,
)

QUEUE, DEMAND, NEW = url("dispatch"), url("dispatch_demand"), url("request_create")
GENERAL, ALONE, LSBTI = 1, 2, 3
KALK, PORZ = 8, 7


def candidate(pk=1, name="A", **facts):
    usual = {"provider": pk, "provider_name": f"Träger {pk}", "capacity": Capacity.FREE}
    usual |= {"districts": frozenset({PORZ}), "tracks": frozenset({GENERAL}), "languages": frozenset({"de"})}
    return Candidate(pk=pk, name=name, **usual | facts)


def words(wish, who):
    return {reason.text for reason in reasons(wish, who)}


# --- The ranking, without a database


@pytest.mark.parametrize(
    ("taken", "places", "word"),
    [(0, 20, "frei"), (15, 20, "frei"), (16, 20, "wenig frei"), (19, 20, "wenig frei"), (20, 20, "voll"),
     (25, 20, "voll"), (0, 0, "voll"), (0, 1, "frei")],
)  # fmt: skip
def test_capacity_is_a_word(taken, places, word):
    assert capacity_of(taken, places).word == word


@pytest.mark.parametrize(
    ("wish", "better", "worse"),
    [
        (Wish(track=ALONE), {"tracks": frozenset({ALONE})}, {"languages": frozenset({"ar"})}),
        (Wish(language="ar"), {"languages": frozenset({"ar"})}, {}),
        (Wish(language="ar", district=KALK), {"languages": frozenset({"ar"})}, {"districts": frozenset({KALK})}),
        (Wish(district=KALK), {"districts": frozenset({KALK})}, {"districts": frozenset()}),
        (Wish(district=KALK), {"districts": frozenset()}, {}),
        (Wish(), {"capacity": Capacity.FREE}, {"capacity": Capacity.SCARCE}),
        (Wish(), {"capacity": Capacity.SCARCE}, {"capacity": Capacity.FULL}),
        (Wish(district=KALK), {}, {"districts": frozenset({KALK}), "absent_until": date(2026, 12, 12)}),
        (Wish(returned_from=2), {"capacity": Capacity.FULL}, {"districts": frozenset()}),
    ],
)
def test_who_fits_better_stands_first(wish, better, worse):
    first, second = candidate(1, "Z", **better), candidate(2, "A", **worse)
    assert [proposal.candidate for proposal in ranked(wish, [second, first])] == [first, second]


def test_equals_stand_in_the_order_of_their_names():
    both = [candidate(1, "B"), candidate(2, "A")]
    assert [proposal.candidate.name for proposal in ranked(Wish(), both)] == ["A", "B"]


def test_the_reasons_are_words():
    who = candidate(languages=frozenset({"ar"}), districts=frozenset({KALK}), absent_until=date(2026, 12, 31))
    assert words(Wish(district=KALK, track=GENERAL, language="ar", returned_from=1), who) == {
        "hat den gewünschten Schwerpunkt",
        "spricht die Sprache",
        "arbeitet in diesem Stadtbezirk",
        "frei",
        "abwesend bis 31.12.2026",
        "der Träger hat die Anfrage zurückgegeben",
    }
    assert words(Wish(district=KALK, track=ALONE, language="ar"), candidate(capacity=Capacity.FULL)) == {
        "hat einen anderen Schwerpunkt",
        "spricht die Sprache nicht",
        "arbeitet in einem anderen Stadtbezirk",
        "voll",
    }
    assert words(Wish(), candidate(has_citywide_track=True)) == {"arbeitet stadtweit", "frei"}


def test_german_is_everybodys():
    assert words(Wish(language="de"), candidate(languages=frozenset())) == {"frei"}


# --- Days


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 25), date(2026, 11, 25), 0),
        (date(2026, 11, 27), date(2026, 11, 30), 1),  # a weekend between
        (date(2026, 12, 23), date(2026, 12, 28), 2),  # 24 December counts, both days of Christmas do not
        (date(2026, 6, 3), date(2026, 6, 5), 1),  # Fronleichnam
        (date(2026, 10, 30), date(2026, 11, 2), 1),  # Allerheiligen on a Sunday
        (date(2026, 1, 1), date(2026, 12, 31), 30),  # nobody counts further
    ],
)
def test_working_days(first, last, days):
    assert working_days_between(first, last) == days


def test_all_saints_is_a_holiday_here():
    assert not is_working_day(date(2027, 11, 1))


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 25), 6, date(2026, 5, 25)),
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2028, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 3, 1), 6, date(2025, 9, 1)),
        (date(2026, 8, 31), -6, date(2027, 2, 28)),
    ],
)
def test_months(day, months, before):
    assert months_before(day, months) == before


@pytest.mark.parametrize(
    ("status", "days", "mark"),
    [
        ("new", 0, ""),
        ("new", 30, "danger"),
        ("assigned", 30, "danger"),
        ("first_contact", 30, ""),
        ("withdrawn", 30, ""),
    ],
)
def test_long_waiting_is_marked(status, days, mark):
    intake = IntakeRequest(status=status, received_on=ago(days))
    assert intake.lateness == mark
    assert (intake.waiting_days is None) == (status == "withdrawn")


def test_waiting_is_marked_from_the_fourth_and_the_eleventh_working_day(monkeypatch):
    for days, mark in [(3, ""), (4, "warning"), (10, "warning"), (11, "danger")]:
        monkeypatch.setattr("cases.models.request.working_days_between", lambda *args, days=days, **more: days)
        assert IntakeRequest(status="new", received_on=ago(0)).lateness == mark


# --- Who is a candidate


@pytest.fixture
def tracks(db):
    return {"general": TrackFactory(), "protected": TrackFactory(protected=True)}


@pytest.fixture
def specialist(tracks):
    return CaseManagerFactory(user__name="Pia Geschützt", provider__name="Haus am Park", tracks=[tracks["protected"]])


def names(candidates):
    return {each.name for each in candidates}


def test_candidates_work_are_confirmed_and_serve_no_protected_track(specialist, tracks, case_manager, stranger, lead):
    CaseManagerFactory(user__is_active=False)
    CaseManagerFactory(user__role_confirmed_at=None)
    CaseManagerFactory(user__role="lead")
    CaseManagerFactory(provider__is_active=False)
    CaseManagerFactory(tracks=list(tracks.values()))
    assert names(candidates_for(None)) == names(candidates_for(tracks["general"])) == {"Leyla Fall", "Fred Fremd"}
    assert "Pia Geschützt" in names(candidates_for(tracks["protected"]))
    assert "Leyla Fall" not in names(candidates_for(tracks["protected"]))


def test_capacity_counts_open_cases_and_accepted_requests(case_manager):
    desk = case_manager.case_manager  # 20 places
    CaseFactory.create_batch(15, case_manager=desk)
    CaseFactory(case_manager=desk, closed=True)
    IntakeRequestFactory(case_manager=desk, status="withdrawn", end_reason="other")
    assert candidates_for(None)[0].capacity is Capacity.FREE
    IntakeRequestFactory(case_manager=desk)
    assert candidates_for(None)[0].capacity is Capacity.SCARCE


def test_absence_is_said_with_its_last_day(case_manager):
    until = SubstitutionFactory(absent=case_manager.case_manager).ends_on
    SubstitutionFactory(absent=case_manager.case_manager, over=True)
    found = {each.name: each.absent_until for each in candidates_for(None)}
    assert found["Leyla Fall"] == until
    assert [day for name, day in found.items() if name != "Leyla Fall"] == [None, None]


def test_notices_reach_who_fits(provider, tracks):
    near = CaseManagerFactory(provider=provider, districts=[DistrictFactory()])
    far = CaseManagerFactory(provider=provider, districts=[DistrictFactory(number=7)])
    assert matching_staff(IntakeRequestFactory(provider=provider)) == [near.user]
    elsewhere = IntakeRequestFactory(provider=provider, district=DistrictFactory(number=1))
    assert set(matching_staff(elsewhere)) == {near.user, far.user}
    assert matching_staff(IntakeRequestFactory(provider=provider, track=TrackFactory(without_age=True))) == []


def test_a_protected_wish_prefers_the_language_then_the_place(tracks):
    arabic = Language.objects.get(code="ar")
    CaseManagerFactory(user__name="A", tracks=[tracks["protected"]])
    speaks = CaseManagerFactory(user__name="B", tracks=[tracks["protected"]], languages=[arabic])
    asked = IntakeRequestFactory.build(track=tracks["protected"], language=arabic, district=None)
    assert specialised_provider(asked) == speaks.provider
    asked.returned_from = speaks.provider
    assert specialised_provider(asked) != speaks.provider


def test_the_wish_says_no_more_than_the_office_may_know():
    assert set(vars(wish_of(IntakeRequest(district_id=8, language_id="ar")))) == {
        "district", "track", "language", "returned_from",
    }  # fmt: skip


# --- The queue


def test_the_queue_is_narrowed(as_coordination, provider, case_manager):
    new = IntakeRequestFactory(language_id="ar", urgency="urgent")
    shelved = IntakeRequestFactory(status="waiting_list", district=DistrictFactory(number=7))
    team = IntakeRequestFactory(provider=provider)
    desk = IntakeRequestFactory(case_manager=case_manager.case_manager)
    IntakeRequestFactory(status="withdrawn", end_reason="other")
    for query, wanted in (
        ({}, {new, shelved, team, desk}),
        ({"state": "queue"}, {new}),
        ({"state": "shelved"}, {shelved}),
        ({"state": "team"}, {team}),
        ({"state": "desk"}, {desk}),
        ({"district": "7"}, {shelved}),
        ({"language": "ar"}, {new}),
        ({"urgency": "urgent", "state": "queue"}, {new}),
        ({"urgency": "urgent", "state": "team"}, set()),
    ):
        assert set(as_coordination.get(QUEUE, query).context["page"]) == wanted, query


@pytest.mark.parametrize("value", ["x", "\x00", "-1", "9" * 40, "<script>alert(1)</script>"])
@pytest.mark.parametrize("field", ["state", "district", "language", "urgency", "page"])
def test_a_query_that_makes_no_sense_narrows_nothing(as_coordination, field, value):
    intake = IntakeRequestFactory()
    answer = as_coordination.get(QUEUE, {field: value})
    assert list(answer.context["page"]) == [intake]
    assert "<script>alert" not in text_of(answer)


def test_the_urgent_and_then_the_oldest_stand_first(as_coordination):
    late, early = (IntakeRequestFactory(received_on=ago(days)) for days in (1, 9))
    soon, urgent = IntakeRequestFactory(urgency="soon"), IntakeRequestFactory(urgency="urgent")
    assert list(as_coordination.get(QUEUE).context["page"]) == [urgent, soon, early, late]


def test_one_click_assigns_to_the_provider(as_coordination, case_manager, lead, coordination):
    intake = IntakeRequestFactory()
    page = as_coordination.get(url("dispatch_request", intake))
    provider = case_manager.case_manager.provider
    assert [each.candidate.name for each in page.context["proposals"]] == ["Leyla Fall"]
    answer = as_coordination.post(url("dispatch_assign", intake), {"provider": provider.pk, "version": intake.version})
    assert answer.url == QUEUE
    assert f"Anfrage {intake} liegt jetzt bei Träger am Dom." in said(answer)
    intake.refresh_from_db()
    assert (intake.status, intake.provider, intake.case_manager) == ("assigned", provider, None)
    told = set(Notice.objects.values_list("user", "kind", "path"))
    assert told == {(user.pk, "request_arrived", url("request_detail", intake)) for user in (case_manager, lead)}
    assert logged(subject=f"request:{intake}") == ["request.assigned"]


def test_reassigning_tells_the_next_and_not_the_last(as_coordination, provider, case_manager, stranger):
    intake = IntakeRequestFactory()
    for each in (provider, stranger.case_manager.provider):
        as_coordination.post(url("dispatch_assign", intake), {"provider": each.pk, "version": intake.version})
        intake.refresh_from_db()
    assert intake.provider == stranger.case_manager.provider
    assert set(Notice.objects.values_list("user", flat=True)) == {stranger.pk}
    assert logged(organisation="am-dom") == ["request.assigned", "request.withdrawn_from"]


def test_two_of_the_office_assign_one_request(as_coordination, case_manager, stranger):
    intake = IntakeRequestFactory()
    answers = [
        as_coordination.post(url("dispatch_assign", intake), {"provider": desk.provider_id, "version": intake.version})
        for desk in (case_manager.case_manager, stranger.case_manager)
    ]
    assert "inzwischen geändert" in said(answers[1])
    intake.refresh_from_db()
    assert intake.provider == case_manager.case_manager.provider


@pytest.mark.parametrize(
    "typed", [{}, {"provider": "x"}, {"provider": "9" * 40}, {"provider": "\x00"}, {"version": "x"}]
)
def test_a_provider_that_makes_no_sense_is_refused(as_coordination, case_manager, typed):
    intake = IntakeRequestFactory()
    usual = {"provider": case_manager.case_manager.provider_id, "version": 1}
    answer = as_coordination.post(url("dispatch_assign", intake), usual | typed if typed else {})
    assert said(answer).endswith(".")
    intake.refresh_from_db()
    assert intake.status == "new"


def test_a_provider_of_protected_tracks_only_receives_no_general_request(as_coordination, specialist, case_manager):
    intake = IntakeRequestFactory()
    page = text_of(as_coordination.get(url("dispatch_request", intake)))
    assert "Pia Geschützt" not in page
    assert "Haus am Park" not in page
    answer = as_coordination.post(
        url("dispatch_assign", intake), {"provider": specialist.provider_id, "version": intake.version}
    )
    assert "Dieser Träger nimmt zurzeit keine Anfragen an." in said(answer)


def test_the_office_puts_on_its_waiting_list_and_ends(as_coordination):
    intake = IntakeRequestFactory()
    for step, status in (("shelve", "waiting_list"), ("unshelve", "new"), ("x", "new")):
        answer = as_coordination.post(url("dispatch_step", intake), {"step": step})
        intake.refresh_from_db()
        assert (intake.status, bool(said(answer))) == (status, True)
    assert errors(as_coordination.post(url("dispatch_cancel", intake), {"reason": "x"})).keys() == {"reason"}
    assert as_coordination.post(url("dispatch_cancel", intake), {"reason": "no_wish"}).url == QUEUE
    intake.refresh_from_db()
    assert (intake.status, intake.end_reason) == ("withdrawn", "no_wish")


def test_who_waits_for_what(as_coordination, tracks, provider, case_manager):
    arabic = {"language_id": "ar", "track": tracks["general"]}
    IntakeRequestFactory.create_batch(2, **arabic)
    IntakeRequestFactory(provider=provider, **arabic)
    IntakeRequestFactory(case_manager=case_manager.case_manager, status="first_contact", **arabic)
    IntakeRequestFactory(protected=True, provider=provider, language_id="ar")
    IntakeRequestFactory(district=None)
    rows = {(row.district, row.language): row.requests for row in as_coordination.get(DEMAND).context["waiting"]}
    assert rows == {("Kalk", "Arabisch"): 3, ("", ""): 1}


def test_languages_asked_beside_languages_offered(specialist, tracks):
    arabic, russian, somali = (Language.objects.get(code=code) for code in ("ar", "ru", "so"))
    german = Language.objects.get(code="de")
    CaseManagerFactory.create_batch(
        2, languages=[arabic, german], tracks=[tracks["general"], TrackFactory(without_age=True)]
    )
    specialist.languages.set([russian])
    IntakeRequestFactory.create_batch(3, language=somali)
    IntakeRequestFactory(language=german)
    rows = {row.language: (row.requests, row.case_managers) for row in languages_asked(IntakeRequest.objects.all())}
    assert rows == {"Somali": (3, 0), "Arabisch": (0, 2)}
    assert waiting_list(IntakeRequest.objects.none()) == []


@pytest.mark.parametrize("rows", [1, 30])
def test_the_pages_of_the_office_do_not_query_per_row(as_coordination, rows, provider):
    for number in range(rows):
        CaseManagerFactory(languages=Language.objects.all()[:3], districts=[DistrictFactory()])
        language = Language.objects.all()[number]
        IntakeRequestFactory(language=language, track=TrackFactory(), provider=provider if number % 2 else None)
    intake = IntakeRequestFactory()
    counts = [queries(lambda page=page: as_coordination.get(page)) for page in (
        QUEUE, DEMAND, url("dispatch_request", intake))]  # fmt: skip
    assert counts == [7, 10, 12]


# --- The office never meets anybody

SENTINELS = {
    "name": "Zweifelhard",
    "phone": "0221 4711471",
    "mail": "quellwolke",
    "message": "Weinbergschnecke",
    "contact note": "Rückseitenklingel",
    "return note": "Hagebuttentee",
    "end note": "Abschlussforelle",
}


@pytest.fixture
def asked(provider, case_manager, coordination, specialist):
    """Requests in every place with words that occur nowhere else."""
    person = {
        "name": SENTINELS["name"], "phone": SENTINELS["phone"], "email": f"{SENTINELS['mail']}@example.org",
        "message": SENTINELS["message"], "contact_note": SENTINELS["contact note"],
        "return_note": SENTINELS["return note"], "end_note": SENTINELS["end note"], "return_reason": "no_capacity",
    }  # fmt: skip
    held = {"case_manager": case_manager.case_manager}
    found = [
        IntakeRequestFactory(**person),
        IntakeRequestFactory(**person, status="waiting_list"),
        IntakeRequestFactory(**person, provider=provider),
        IntakeRequestFactory(**person, **held),
        IntakeRequestFactory(**person, **held, status="unreachable"),
        IntakeRequestFactory(**person, **held, status="admitted", case=CaseFactory(**held)),
    ]
    protected = IntakeRequestFactory(**person, protected=True, case_manager=specialist)
    return {"seen": found, "protected": protected}


def words_in(*texts):
    everything = " ".join(map(str, texts)).casefold()
    return {name for name, word in SENTINELS.items() if word.casefold() in everything}


@pytest.mark.parametrize("who", ["as_coordination", "as_data_protection", "as_admin", "as_stranger"])
def test_no_page_of_these_roles_says_who_asks(who, request, asked):
    pages = crawl(request.getfixturevalue(who), "/lage/", *([QUEUE, DEMAND, NEW] if who == "as_coordination" else []))
    if who == "as_coordination":
        assert {url("dispatch_request", intake) for intake in asked["seen"][:4]} <= set(pages)
        assert str(asked["protected"]) not in " ".join(page.text for page in pages.values())
    for address, page in pages.items():
        assert not words_in(address, page.text, page.headers, title_of(page)), address


def test_the_crawl_would_notice(as_case_manager, asked):
    pages = crawl(as_case_manager, f"{url('request_list')}?state=ended")
    assert words_in(*(page.text for page in pages.values())) == set(SENTINELS)
    for address, page in pages.items():
        assert not words_in(address, page.headers, title_of(page)), address


def test_no_row_of_the_office_has_loaded_anybody(as_coordination, asked):
    """Not only the page: the rows in its context never held a name, and asking them would be another query."""
    hidden = {"name", "phone", "email", "message", "contact_note", "return_note", "end_note", "source", "channel"}
    rows = list(as_coordination.get(QUEUE).context["page"])
    rows.append(as_coordination.get(url("dispatch_request", asked["seen"][0])).context["intake"])
    assert rows
    for row in rows:
        assert hidden <= row.get_deferred_fields()


def test_the_office_has_no_way_to_a_protected_request(as_coordination, asked, coordination):
    hidden = asked["protected"]
    for name in ("dispatch_request", "dispatch_assign", "dispatch_step", "dispatch_cancel"):
        for method in (as_coordination.get, as_coordination.post):
            assert method(url(name, hidden)).status_code in {404, 405}
    assert not IntakeRequest.objects.visible_to(coordination).exists()


# --- Writing one down without ever seeing it again


def request_data(**typed):
    data = {
        "form_key": str(uuid.uuid4()),
        "source": "self",
        "channel": "phone",
        "received_on": german(ago(0)),
        "name": SENTINELS["name"],
        "phone": SENTINELS["phone"],
        "email": f"{SENTINELS['mail']}@example.org",
        "contact_note": SENTINELS["contact note"],
        "language": "ar",
        "district": "8",
        "track": "",
        "urgency": "soon",
        "topics": [Topic.objects.main()[0].pk],
        "message": SENTINELS["message"],
    }
    return data | typed


def test_the_entry_of_the_office_is_write_only(as_coordination):
    answer = as_coordination.post(NEW, request_data())
    intake = IntakeRequest.objects.get()
    assert (intake.status, intake.name, intake.has_agreed) == ("new", SENTINELS["name"], True)
    assert answer.url == QUEUE
    assert not words_in(answer.headers, said(answer))
    page = as_coordination.get(answer.url)
    assert f"Anfrage {intake} ist eingetragen." in text_of(page)
    assert not words_in(page.text)
    assert not words_in(as_coordination.get(NEW).text)
    for name in ("request_detail", "request_end", "request_return", "request_step"):
        assert as_coordination.get(url(name, intake)).status_code in {403, 405}


def test_what_is_refused_stays_in_the_form(as_coordination):
    answer = as_coordination.post(NEW, request_data(urgency=""))
    assert list(errors(answer)) == ["urgency"]
    assert words_in(answer.text) == {"name", "phone", "mail", "message", "contact note"}
    assert not IntakeRequest.objects.exists()


def test_a_second_submit_answers_with_the_first_number(as_coordination):
    typed = request_data()
    first, second = (said(as_coordination.post(NEW, typed)) for _ in range(2))
    assert IntakeRequest.objects.count() == 1
    assert set(re.findall(r"A-\S+", first)) == set(re.findall(r"A-\S+", second)) == {IntakeRequest.objects.get().number}


def test_a_protected_wish_goes_straight_on(as_coordination, specialist, coordination, lead):
    answer = as_coordination.post(NEW, request_data(track=specialist.tracks.get().pk))
    intake = IntakeRequest.objects.get()
    assert (intake.provider, intake.status, intake.case_manager) == (specialist.provider, "assigned", None)
    assert "Die Anfrage ist weitergegeben." in said(answer)
    page = as_coordination.get(answer.url).text
    assert intake.number not in page + said(answer)
    assert not words_in(page)
    assert list(Notice.objects.values_list("user", "path")) == [(specialist.user.pk, url("request_detail", intake))]


def test_a_protected_wish_that_nobody_serves_is_refused_and_not_kept(as_coordination, tracks, case_manager):
    answer = as_coordination.post(NEW, request_data(track=tracks["protected"].pk))
    assert "Für diesen Wunsch ist zurzeit niemand da." in errors(answer)["track"]
    assert not IntakeRequest.objects.exists()
    assert words_in(answer.text) >= {"name", "message"}
    assert "Leyla" not in errors(answer)["track"]


def test_the_choice_of_a_destination_is_not_the_offices(as_coordination, case_manager):
    as_coordination.post(NEW, request_data(destination="self", status="admitted", provider=1, case_manager=1))
    intake = IntakeRequest.objects.get()
    assert (intake.status, intake.provider, intake.case_manager) == ("new", None, None)


def test_every_track_can_be_wished(as_coordination):
    offered = as_coordination.get(NEW).context["form"].fields["track"].queryset
    assert set(offered) == set(Track.objects.all())
