"""The true figures of a period: what belongs to it, who is counted once, which rows there are. All worked by hand."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from cases.models import Case, Client, Consultation
from districts.models import Country, District, Language, Topic, Track
from reports.catalogue import TABLES
from reports.periods import Half, Quarter, Year, coming_periods, period_from_key, settled_periods
from reports.queries.period import first_day, true_report
from reports.queries.period_frame import Frame
from reports.queries.period_persons import held
from reports.queries.period_rows import nationalities
from tests.factories import (
    CaseManagerFactory,
    ClientFactory,
    ConsultationFactory,
    GoalFactory,
    IntakeRequestFactory,
    NeedFactory,
    PlanFactory,
    ProviderFactory,
    ReferralFactory,
)
from tests.periods import JULY, KALK, PORZ, at, case, closed, column, counted, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def own():
    return CaseManagerFactory(provider=ProviderFactory(name="AWO (Test)", code="awo"))


@pytest.fixture
def other():
    return CaseManagerFactory(provider=ProviderFactory(name="Diakonie (Test)", code="diakonie"))


# --- What belongs to a period


@pytest.mark.parametrize(
    ("held_on", "entered", "periods"),
    [
        (date(2026, 7, 1), date(2026, 7, 1), {"2026-3", "2026-H2", "2026"}),
        (date(2026, 9, 30), date(2026, 10, 15), {"2026-3", "2026-H2", "2026"}),  # the cut-off itself
        (date(2026, 9, 30), date(2026, 10, 16), {"2026-4", "2026-H2", "2026"}),  # too late: in the next one
        (date(2026, 6, 30), date(2026, 7, 15), {"2026-2", "2026-H1", "2026"}),
        (date(2026, 6, 30), date(2026, 7, 16), {"2026-3", "2026-H2", "2026"}),
        (date(2026, 6, 30), date(2026, 10, 16), {"2026-H2", "2026"}),  # too late also for the next quarter
        (date(2026, 3, 31), date(2026, 8, 1), {"2026"}),
        (date(2025, 12, 31), date(2026, 1, 16), {"2026-1", "2026-H1", "2026"}),
        (date(2026, 7, 10), date(2027, 1, 16), set()),
    ],
)
def test_late_entries_count_in_the_period_after(own, held_on, entered, periods):
    talk(case(own, opened_on=date(2025, 1, 2)), on=held_on, entered=entered)
    keys = ("2025-4", "2026-1", "2026-2", "2026-3", "2026-4", "2026-H1", "2026-H2", "2026")
    assert {key for key in keys if held(Frame.of(period_from_key(key))).exists()} == periods


@pytest.mark.parametrize(("hour", "counts"), [(21, 1), (22, 0)])
def test_the_cut_off_ends_at_midnight_in_cologne(own, hour, counts):
    entered = datetime(2026, 10, 15, hour, 30, tzinfo=ZoneInfo("UTC"))  # summer time: two hours ahead
    ConsultationFactory(case=case(own), held_on=JULY, created_at=entered)
    assert held(Frame.of(Quarter(2026, 3))).count() == counts


def test_stock_and_movement_agree_whatever_was_entered_late(own):
    spring, june, late = date(2026, 3, 2), date(2026, 6, 20), date(2026, 7, 20)
    case(own, opened_on=spring)
    case(own, opened_on=spring, entered=late)  # too old to be new: stock only
    closed(own, opened_on=spring, on=date(2026, 6, 30))  # was over
    closed(own, opened_on=spring, on=date(2026, 7, 1))
    closed(own, opened_on=spring, on=date(2026, 9, 30))
    closed(own, opened_on=spring, on=date(2026, 10, 1))  # still open at the end
    case(own, opened_on=june)  # belongs to the quarter before
    case(own, opened_on=june, entered=late)
    closed(own, opened_on=june, entered=late, on=date(2026, 6, 25))
    closed(own, opened_on=june, entered=late, on=date(2026, 8, 1), where=PORZ)
    case(own, where=None, service_level=Case.ServiceLevel.CASE_MANAGEMENT)
    closed(own, on=JULY)
    case(own, opened_on=date(2026, 9, 30), entered=date(2026, 10, 16))  # after the cut-off
    case(own, opened_on=date(2026, 10, 1))
    tables = counted()
    assert tables["flow"].totals == {"open_start": 6, "new": 5, "closed": 5, "open_end": 6}
    assert tables["flow"].population == 11
    for key in ("flow", "district_cases"):
        table = tables[key]
        for row in table.rows:
            start, new, gone, end = (table.cells[row.key, column.key] for column in table.columns)
            assert start + new - gone == end
    assert column(tables["flow"], "new") == {"advice": 4, "case_management": 1}
    assert column(tables["district_cases"], "new") == {"8": 3, "7": 1, "0": 1}
    assert tables["access_routes"].totals == {"cases": 5}
    assert tables["closing_reasons"].totals == {"cases": 5}
    assert column(tables["durations"], "cases") == {"to_3": 3, "to_6": 1, "to_12": 1}


def test_every_table_is_whole(own, other):
    """Every row in every column, nothing beyond the totals, and partitions add up."""
    for number, by in enumerate((own, own, other)):
        file = case(by, client__sex=Client.Sex.values[number], access_route="self" if number else "")
        talk(file, topics=["housing", "health"][: number + 1])
        talk(file, district_id=PORZ)
    tables = counted()
    assert list(tables) == [table.key for table in TABLES]
    for definition in TABLES:
        table = tables[definition.key]
        cells = {(row.key, column.key) for row in table.rows for column in table.columns}
        assert set(table.cells) == cells
        assert len(cells) == len(table.rows) * len(table.columns)
        assert set(table.totals) == {column.key for column in table.columns}
        assert set(table.row_totals) == ({row.key for row in table.rows} if definition.crosses else set())
        for column_head in table.columns:
            values = [table.cells[row.key, column_head.key] for row in table.rows]
            assert max(values) <= table.totals[column_head.key]
            assert not definition.is_partition or sum(values) == table.totals[column_head.key]
        if not definition.crosses and not definition.is_yes_only and "persons" in table.totals:
            assert table.totals["persons"] == table.population
        assert definition.is_yes_only or all(head.name and head.name_en for head in table.rows)


# --- Persons


def test_a_person_at_two_providers_counts_once_and_is_described_by_the_newest_case(own, other):
    names = {"given_names": "Öznur", "family_name": "Şahin", "birth_date": date(2004, 3, 1)}
    old = ClientFactory(provider=own.provider, sex="female", residence_group="tolerated", **names)
    new = ClientFactory(
        provider=other.provider, sex="female", residence_group="humanitarian",
        languages=[Language.objects.get(pk="tr")], legal_spheres=["sgb2", "family"], entry_year=2024,
        interpreter_needed=True, **names,
    )  # fmt: skip
    first = case(own, opened_on=date(2025, 2, 3), client=old, age_at_opening=20)
    second = case(other, client=new, age_at_opening=22, where=PORZ)
    talk(first), talk(second), talk(second, interpreter=Consultation.Interpreter.MISSING)
    tables = counted()
    assert tables["contacts"].totals == {"persons": 1, "consultations": 3}
    assert column(tables["providers"]) == {"awo": 1, "diakonie": 1}
    assert column(tables["districts"]) == {"8": 1, "7": 1}
    assert column(tables["districts"], "consultations") == {"8": 1, "7": 2}
    assert column(tables["age"]) == {"21_23": 1}
    assert column(tables["residence"]) == {"humanitarian": 1}
    assert column(tables["entry"]) == {"2_3": 1}
    assert column(tables["legal_spheres"]) == {"sgb2": 1, "family": 1}
    assert column(tables["languages"]) == {"tr": 1}
    assert column(tables["nationalities"]) == {"not_stated": 1}
    assert column(tables["interpreting"]) == {"needed": 1, "missing": 1, "none": 1}
    assert tables["sex_by_age"].cells["female", "21_23"] == tables["sex_by_age"].row_totals["female"] == 1
    assert column(counted("2025-1")["age"]) == {}  # nobody spoke with her then


@pytest.mark.parametrize(
    ("age", "row"),
    [(17, "under_18"), (18, "18_20"), (20, "18_20"), (21, "21_23"), (24, "24_27"), (27, "24_27"), (28, "over_27"),
     (None, "unknown")],
)  # fmt: skip
def test_age_groups(own, age, row):
    talk(case(own, age_at_opening=age))
    assert column(counted()["age"]) == {row: 1}


def test_an_anonymised_person_is_counted_from_what_stays(own):
    file = case(own, closed=True, closed_on=date(2026, 9, 1), topics=[Topic.objects.get(code="work")])
    talk(file, topics=["work"])
    Client.objects.update(
        given_names="", family_name="", pseudonym="–", birth_date=None, sex="not_stated", residence_group="",
        entry_year=None, legal_spheres=[], sort_name="",
    )  # fmt: skip
    Case.objects.update(age_at_opening=None)
    file.topics.clear()
    tables = counted()
    assert tables["contacts"].totals == {"persons": 1, "consultations": 1}
    assert [column(tables[key]) for key in ("age", "entry", "residence")] == [{"unknown": 1}] * 3
    assert column(tables["sex"]) == column(tables["languages"]) == column(tables["topics_start"]) == {"not_stated": 1}
    assert column(tables["topics"]) == {"work": 1}
    assert column(tables["closing_reasons"], "cases") == {"goals_reached": 1}


def test_consultations_keep_their_place_and_a_moved_case_counts_where_it_is(own, other):
    file = case(own)
    talk(file), talk(file)
    Case.objects.update(case_manager=other, provider=other.provider, district=PORZ, service_level="case_management")
    tables = counted()
    assert column(tables["districts"]) == {str(KALK): 1}
    assert column(tables["providers"]) == {"awo": 1}
    assert column(tables["district_cases"], "new") == {str(PORZ): 1}
    assert column(tables["flow"], "new") == column(tables["contacts"]) == {"case_management": 1}


def test_what_is_no_contact_or_has_no_name(own):
    talk(case(own), kind=Consultation.Kind.NO_SHOW, topics=["housing"])
    talk(case(own), kind=Consultation.Kind.CASE_CONFERENCE)
    for _n in range(2):
        ConsultationFactory(anonymous=True, case_manager=own, held_on=JULY, created_at=at(JULY), district=None)
    tables = counted()
    assert tables["contacts"].totals == {"persons": 0, "consultations": 2}
    assert column(tables["contacts"], "consultations") == {"signposting": 2}
    assert column(tables["districts"], "consultations") == {"0": 2}
    assert tables["topics"].population == 0


def test_countries_are_listed_by_published_numbers_and_the_rest_is_one_row(own):
    syria, turkey, unclear = (Country.objects.get(pk=code) for code in ("SY", "TR", "ZZ"))
    for number in range(36):
        nationalities = [syria] if number < 18 else [turkey]  # 18 -> 20, 17 -> 15
        nationalities += [turkey] if number == 0 else []
        talk(case(own, client__nationalities=nationalities if number < 34 else [unclear] * (number == 35)))
    table = counted()["nationalities"]
    assert [row.key for row in table.rows] == ["SY", "other", "not_stated"]
    assert column(table) == {"SY": 18, "other": 17, "not_stated": 2}
    assert table.totals["persons"] == 36


def test_of_eleven_large_countries_ten_are_listed_and_of_equal_ones_the_first_of_the_alphabet(db):
    codes = [c.code for c in Country.objects.exclude(code="unclear").order_by("name")[:11]]
    people = {code: set(range(25)) for code in codes[:9]} | {code: set(range(25, 45)) for code in codes[9:]}
    heads, folded = nationalities(people)
    assert [head.key for head in heads] == [*codes[:10], "other", "not_stated"]
    assert folded["other"] == set(range(25, 45))
    people[codes[10]] |= {45, 46, 47}  # published as 25: larger than the tenth, which goes into the rest
    heads, folded = nationalities(people)
    assert [head.key for head in heads] == [*codes[:9], codes[10], "other", "not_stated"]
    assert folded["other"] == people[codes[9]]


# --- Protected tracks


def test_protected_tracks_are_in_one_table_only(own, other):
    talk(case(own), topics=["housing"])
    before = true_report(period_from_key("2026-3"))
    for track in Track.objects.filter(is_protected=True):
        file = case(own, track=track, service_level="case_management", topics=list(Topic.objects.main()))
        talk(file, topics=["health"])
        NeedFactory(case=file, created_at=at(JULY))
        ReferralFactory(case=file, accepted=True, made_on=JULY, result_on=JULY, created_at=at(JULY))
        plan = PlanFactory(case=file, agreed_on=JULY)
        GoalFactory(plan=plan, status="given_up", is_system_hurdle=True, settled_on=JULY)
        closed(own, track=track, on=JULY)
    ConsultationFactory(anonymous=True, case_manager=own, track=track, held_on=JULY, created_at=at(JULY))
    moved = case(other, track=track)  # the talk was before
    talk(moved, track=Track.objects.get(code="general"))
    after = true_report(period_from_key("2026-3"))
    specialised = after.tables["specialised"]
    assert column(specialised) == {"disability": 1, "lsbti": 1} | {track.code: 2}
    assert specialised.population == 3
    assert column(before.tables["specialised"]) == {}
    rest = [key for key in before.tables if key != "specialised"]
    assert [after.tables[key].cells for key in rest] == [
        {cell: before.tables[key].cells.get(cell, 0) for cell in after.tables[key].cells} for key in rest
    ]
    assert after.medians == before.medians


# --- Rows


def test_topics_are_those_valid_or_used_in_the_period(own):
    def valid(code, **days):
        return Topic.objects.update_or_create(code=code, defaults={"name": code, "name_en": code, **days})

    valid("ends-before", valid_until=date(2026, 6, 30))
    valid("ends-within", valid_until=date(2026, 7, 1))
    valid("begins-within", valid_from=date(2026, 9, 30))
    valid("begins-after", valid_from=date(2026, 10, 1))
    valid("used-all-the-same", valid_until=date(2025, 12, 31))
    subtopics = Topic.objects.get(code="housing").subtopics.all()[:2]
    talk(case(own), topics=["used-all-the-same", *(topic.code for topic in subtopics)])
    table = counted()["topics"]
    added = {"ends-within", "begins-within", "used-all-the-same"}
    assert {row.key for row in table.rows} == {"language", "work", "training", "education", "housing", "health",
                                               "family", "authorities"} | added  # fmt: skip
    assert column(table, "consultations") == {"housing": 1, "used-all-the-same": 1}
    assert table.totals == {"persons": 1, "consultations": 1}
    assert "used-all-the-same" not in {row.key for row in counted("2026-2")["topics"].rows}


def test_providers_that_left_stay_where_they_counselled_and_new_ones_show_zero(own):
    talk(case(own))
    own.provider.is_active = False
    own.provider.save()
    ProviderFactory(code="gone", is_active=False)
    ProviderFactory(code="fresh")
    assert [row.key for row in counted()["providers"].rows] == ["awo", "fresh"]
    assert [row.key for row in counted("2026-2")["providers"].rows] == ["fresh"]


def test_districts_without_anybody_are_printed(own):
    assert [row.key for row in counted()["districts"].rows] == [*map(str, range(1, 10)), "0"]
    assert District.objects.count() == 9


# --- The grid of periods


def test_which_reports_are_due_and_which_come_next():
    today = date(2026, 7, 16)
    assert [period.key for period in settled_periods(date(2025, 11, 3), today)] == [
        "2025-4", "2025-H2", "2025", "2026-1", "2026-2", "2026-H1",
    ]  # fmt: skip
    assert [period.key for period in settled_periods(date(2026, 5, 1), date(2026, 7, 15))] == []
    assert coming_periods(date(2026, 7, 15)) == (Quarter(2026, 2), Half(2026, 1), Year(2026))
    assert coming_periods(today) == (Quarter(2026, 3), Half(2026, 2), Year(2026))
    assert coming_periods(date(2027, 1, 16)) == (Quarter(2027, 1), Half(2027, 1), Year(2027))


def test_there_is_nothing_to_report_before_the_first_consultation(own):
    assert first_day() is None
    talk(case(own, opened_on=date(2019, 1, 1)), on=JULY)
    assert first_day() == JULY


# --- As many questions for three as for one


@pytest.mark.parametrize("number", [1, 3])
def test_counting_does_not_query_per_row(own, number, django_assert_num_queries):
    for _n in range(number):
        file = case(own, service_level="case_management", client__languages=[Language.objects.get(pk="tr")])
        talk(file, topics=["housing"])
        NeedFactory(case=file, created_at=at(JULY))
        ReferralFactory(case=file, accepted=True, made_on=JULY, result_on=JULY, created_at=at(JULY))
        IntakeRequestFactory(received_on=JULY, first_contact_at=at(JULY))
        GoalFactory(plan=PlanFactory(case=file, agreed_on=JULY), status="reached", settled_on=JULY)
    with django_assert_num_queries(35):
        true_report(period_from_key("2026-3"))
