"""Auslastung: load against places by Träger, Stadtbezirk, track and language, and when somebody will be full."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from cases.models import IntakeRequest
from districts.models import District, Track
from reports.pages.load import FEWEST_OPENINGS, Outlook, forecast, page
from reports.queries.load import CITYWIDE, WINDOW, Load, city_load
from tests.case_forms import ago, queries, text_of
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    DistrictFactory,
    IntakeRequestFactory,
    LanguageFactory,
    ProviderFactory,
    TrackFactory,
)

URL = "/einsatz/auslastung/"
TODAY = date(2026, 11, 26)


# --- The forecast, without a database


@pytest.mark.parametrize(
    ("free", "opened", "closed", "outlook", "full_on"),
    [
        (0, 20, 0, Outlook.FULL, None),
        (0, 0, 9, Outlook.FULL, None),  # no rate is needed to say so
        (5, FEWEST_OPENINGS - 1, 0, Outlook.TOO_FEW, None),
        (5, FEWEST_OPENINGS, 0, Outlook.DATED, TODAY + timedelta(days=57)),  # 5 places at 8 in 91 days
        (5, 10, 10, Outlook.UNFORESEEABLE, None),
        (5, 10, 12, Outlook.UNFORESEEABLE, None),
        (8, 14, 13, Outlook.DATED, TODAY + timedelta(days=728)),  # two years to the day
        (9, 14, 13, Outlook.UNFORESEEABLE, None),
    ],
)
def test_the_forecast_and_its_borders(free, opened, closed, outlook, full_on):
    found = forecast(free, opened, closed, TODAY)
    assert (found.outlook, found.full_on) == (outlook, full_on)


@pytest.mark.parametrize(
    ("free", "opened", "closed", "words"),
    [
        (0, 0, 0, "schon voll"),
        (5, 8, 0, "etwa Januar 2027"),
        (5, 9, 9, "nicht absehbar"),
        (5, 7, 0, "zu wenige Bewegungen"),
    ],
)
def test_the_forecast_in_words(free, opened, closed, words):
    with translation.override("de"):
        assert forecast(free, opened, closed, TODAY).words == words


# --- What is counted


@pytest.fixture
def today(db):
    return timezone.localdate()


@pytest.fixture
def kalk(db):
    return District.objects.get(number=8)


def staff(provider, *districts, **facts):
    return CaseManagerFactory(provider=provider, districts=districts, **facts)


def test_a_worked_example(provider, kalk, today):
    """Ada: 20 places in Kalk, 3 taken. Ben: half a post in Kalk and Porz, 10 places, 2 taken. Cem is out of office."""
    porz = District.objects.get(number=7)
    ada, ben = staff(provider, kalk), staff(provider, kalk, porz, post_share=Decimal("0.5"))
    cem = staff(provider, porz, user__is_active=False)
    CaseFactory.create_batch(2, case_manager=ada, district=porz)  # lives in Porz, takes a place in Kalk
    IntakeRequestFactory(case_manager=ada)
    CaseFactory(case_manager=ben, district=porz)
    CaseFactory(case_manager=ben, district=District.objects.get(number=1))
    CaseFactory(case_manager=cem)
    CaseFactory(case_manager=ben, closed=True, opened_on=ago(200), closed_on=ago(10))
    city = city_load(today)
    assert city.total == Load(0, "", staff=2, cases=5, accepted=1, places=30, free=25, opened=5, closed=1)
    assert [(row.name, row.cases, row.places, row.free) for row in city.providers] == [(provider.name, 5, 30, 25)]
    assert [(row.key, row.staff, row.cases, row.accepted, row.places, row.free) for row in city.districts] == [
        (7, 1, 3, 0, 5, 4),  # Ben's one and Cem's one, and the one of elsewhere at Ben's first Stadtbezirk
        (8, 2, 2, 1, 25, 21),
    ]


def test_a_desk_that_carries_too_much_takes_no_place_from_a_colleague(provider, kalk, today):
    full = staff(provider, kalk, post_share=Decimal("0.1"))
    staff(provider, kalk, post_share=Decimal("0.1"))
    CaseFactory.create_batch(4, case_manager=full)
    assert [(row.cases, row.places, row.free) for row in city_load(today).providers] == [(4, 4, 2)]


def test_the_window_ends_at_thirteen_weeks(provider, today):
    edge = today - WINDOW
    CaseFactory(case_manager=staff(provider), opened_on=edge)
    CaseFactory(case_manager=staff(provider), opened_on=edge + timedelta(days=1))
    CaseFactory(case_manager=staff(provider), closed=True, opened_on=edge, closed_on=edge)
    total = city_load(today).total
    assert (total.opened, total.closed) == (1, 0)


def test_who_has_no_district_works_in_the_whole_city(provider, today):
    outreach = Track.objects.get(code="outreach")
    CaseFactory(case_manager=staff(provider, tracks=[outreach]), track=outreach)
    city = city_load(today)
    assert [(row.key, row.cases) for row in city.districts] == [(CITYWIDE, 1)]
    assert [(row.key, row.cases, row.places) for row in city.tracks] == [(outreach.pk, 1, 20)]


def test_who_has_no_track_yet_has_no_places(provider, today):
    new = staff(provider)
    new.tracks.clear()
    IntakeRequestFactory(case_manager=new)
    city = city_load(today)
    assert (city.total.staff, city.total.accepted, city.total.places, city.tracks) == (1, 1, 0, ())


# --- Protected tracks


def test_protected_tracks_are_in_no_exact_number(provider, kalk, today):
    """Neither the cases nor the places, whoever holds the case; a Träger with nothing else is not a row at all."""
    protected = TrackFactory(protected=True)
    special = staff(ProviderFactory(), kalk, tracks=[protected])
    mixed = staff(provider, kalk, tracks=[TrackFactory(), protected], post_share=Decimal("0.5"))
    usual = staff(provider, kalk)
    CaseFactory.create_batch(25, case_manager=special, track=protected)
    CaseFactory.create_batch(4, case_manager=mixed)  # not on a protected track themselves
    CaseFactory(case_manager=usual, track=protected)
    CaseFactory(case_manager=usual)
    IntakeRequestFactory(case_manager=mixed, track=protected, language=LanguageFactory(code="ti"))
    city = city_load(today)
    for rows in ((city.total,), city.providers, city.districts, city.tracks):
        assert [(row.staff, row.cases, row.accepted, row.places) for row in rows] == [(1, 1, 0, 20)]
    assert city.languages == ()
    assert (city.specialised.posts, city.specialised.places) == (Decimal("1.50"), 22)
    assert city.specialised.cases == 30


def test_fewer_than_thirty_protected_cases_are_a_dash(provider, today):
    protected = TrackFactory(protected=True)
    CaseFactory.create_batch(29, case_manager=staff(provider, tracks=[protected]), track=protected)
    assert city_load(today).specialised.cases is None


# --- Requests and languages


def test_waiting_requests_by_district_and_language(provider, kalk, today):
    arabic, tigrinya = LanguageFactory(code="ar"), LanguageFactory(code="ti")
    IntakeRequestFactory.create_batch(2, district=kalk, language=tigrinya)
    IntakeRequestFactory(district=None, language=arabic)
    accepted = {"case_manager": staff(provider, kalk, languages=[arabic]), "status": IntakeRequest.Status.FIRST_CONTACT}
    IntakeRequestFactory(district=kalk, language=arabic, **accepted)
    city = city_load(today)
    assert {key: number for key, number in city.waiting.items() if number} == {8: 2, CITYWIDE: 1}
    assert [(row.code, row.staff, row.free, row.waiting, row.is_missing) for row in city.languages] == [
        ("ti", 0, 0, 2, True),
        ("ar", 1, 19, 1, False),
    ]
    sentences = page(today)["sentences"]
    assert sentences == [f"Keine freie Person spricht, in Klammern die wartenden Anfragen: {tigrinya} (2)."]


@pytest.mark.parametrize(("speakers", "free"), [(1, "frei"), (2, "frei"), (3, "60")])
def test_what_would_be_somebodys_is_a_word(provider, today, speakers, free):
    for _ in range(speakers):
        staff(provider, languages=[LanguageFactory(code="ar")])
    rows = page(today)["not_asked"]
    assert [row.free for row in rows] == [free]


def test_the_page_says_who_is_full_and_who_will_be(as_coordination, provider, kalk):
    full = staff(ProviderFactory(name="Träger voll"), DistrictFactory(number=7), post_share=Decimal("0.05"))
    CaseFactory(case_manager=full)
    CaseFactory.create_batch(8, case_manager=staff(provider, kalk), opened_on=ago(5))
    shown = text_of(as_coordination.get(URL))
    assert "Schon voll, nach Stadtbezirk: Porz." in shown
    assert "Schon voll, nach Träger: Träger voll." in shown
    names = ", ".join(sorted(("Stadtbezirk Kalk", provider.name)))
    assert f" voll: {names}." in shown  # both in the same month, so in one sentence
    for name in (full.user.name, "Leyla Fall"):
        assert name not in shown


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_page_does_not_query_per_row(as_coordination, row_count):
    for number in range(row_count):
        provider = ProviderFactory()
        language = LanguageFactory(code=("ar", "ti", "so")[number])
        case_manager = staff(provider, DistrictFactory(number=number + 1), languages=[language])
        CaseFactory(case_manager=case_manager)
        IntakeRequestFactory(case_manager=case_manager, language=language)
    assert queries(lambda: as_coordination.get(URL)) == 11
