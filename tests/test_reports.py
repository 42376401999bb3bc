"""The figures of the city and the own ones. True numbers are worked by hand, published ones follow from them."""

import json
import re
import uuid
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

import reports
from cases.models import Case, Client, Consultation
from districts.models import District, Topic, Track
from kim.audit.models import Entry
from reports import publishing
from reports.models import Situation
from reports.periods import Month, Quarter, shown_months, shown_quarters
from reports.publishing import consultations, is_too_fine, per_thousand, published
from reports.queries.common import Contacts, Heads
from reports.queries.situation import TrueQuarter, TrueSituation, true_situation
from reports.situation import build_situation
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ClientFactory,
    ConsultationFactory,
    InstitutionFactory,
    LanguageFactory,
    ProviderFactory,
    ReportFactory,
)
from tests.report_figures import figures

TODAY = date(2026, 8, 15)  # the third quarter is running
JULY = date(2026, 7, 10)
KALK, PORZ = 8, 7


def topic(code="housing"):
    return Topic.objects.get(code=code)


def district(number):
    return District.objects.get(number=number) if number else None


def talks(number=1, *, case, on=JULY, topics=(), **fields):
    return ConsultationFactory.create_batch(number, case=case, held_on=on, topics=topics, **fields)


def people(number, *, where=KALK, by, on=JULY, topics=(), each=1, **case_fields):
    """So many different persons with a case and consultations; returns their cases."""
    place = district(where)
    found = CaseFactory.create_batch(
        number, case_manager=by, district=place, opened_on=case_fields.pop("opened_on", on), **case_fields
    )
    for case in found:
        talks(each, case=case, on=on, topics=topics)
    return found


@pytest.fixture
def own(db):
    return CaseManagerFactory(provider=ProviderFactory(name="AWO (Test)", code="awo"))


@pytest.fixture
def other(db):
    return CaseManagerFactory(provider=ProviderFactory(name="Diakonie (Test)", code="diakonie"))


@pytest.fixture
def city(own, other):
    """A small city, worked by hand.

    AWO in Kalk: 41 persons with one consultation each about housing, and one anonymous Verweisberatung.
    Diakonie in Porz: 12 persons with three consultations each about a subtopic of housing, and two of the 41 again,
    one consultation each about health. A no-show and a case conference in Kalk do not count.
    """
    kalk = people(41, by=own, topics=[topic()])
    people(12, where=PORZ, by=other, each=3, topics=[topic().subtopics.first()])
    for case in kalk[:2]:
        same = ClientFactory(
            given_names=case.client.family_name.upper(),
            family_name=case.client.given_names,
            birth_date=case.client.birth_date,
            provider=other.provider,
        )
        again = CaseFactory(case_manager=other, client=same, district=district(PORZ), opened_on=JULY)
        talks(case=again, topics=[topic("health")])
    ConsultationFactory(
        anonymous=True, case_manager=own, district=district(KALK), held_on=JULY, topics=[topic()], track=kalk[0].track
    )
    absent = CaseFactory(case_manager=own, district=district(KALK), opened_on=JULY)
    talks(case=absent, kind=Consultation.Kind.NO_SHOW, topics=[topic()])
    talks(case=absent, kind=Consultation.Kind.CASE_CONFERENCE, topics=[topic()])
    return kalk


def true_quarter(today=TODAY, key=None):
    quarters = {quarter.quarter.key: quarter for quarter in true_situation(today).quarters}
    return quarters[key or Quarter.of(today).key]


# --- Periods


def test_five_quarters_hold_the_thirteen_months_on_every_day_of_a_year():
    for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(365)):
        months = {month for quarter in shown_quarters(day) for month in quarter.months}
        assert set(shown_months(day)) <= months
        assert len(shown_quarters(day)) == 5
        assert shown_quarters(day)[-1].start <= day <= shown_quarters(day)[-1].end


@pytest.mark.parametrize(
    ("day", "key"), [(date(2025, 12, 31), "2025-4"), (date(2026, 1, 1), "2026-1"), (date(2026, 3, 31), "2026-1")]
)
def test_quarters_end_where_the_calendar_ends_them(day, key):
    assert Quarter.of(day).key == key
    assert Quarter.from_key(key) == Quarter.of(day)
    assert Quarter.of(Quarter.of(day).end + timedelta(days=1)) == Quarter.of(day).shifted(1)


def test_months_know_leap_years():
    assert Month(2028, 2).end == date(2028, 2, 29)
    assert Month(2026, 12).shifted(1) == Month(2027, 1)


# --- What is counted


def test_the_worked_example_true(city):
    quarter = true_quarter()
    assert quarter.total == Contacts(persons=53, consultations=41 + 36 + 2 + 1)
    assert quarter.by_district[KALK] == Contacts(persons=41, consultations=42)
    assert quarter.by_district[PORZ] == Contacts(persons=14, consultations=38)
    assert quarter.by_provider["awo"] == Contacts(persons=41, consultations=42)
    assert quarter.by_provider["diakonie"] == Contacts(persons=14, consultations=38)
    assert quarter.by_topic["housing"] == Contacts(persons=53, consultations=78)
    assert quarter.by_topic["health"] == Contacts(persons=2, consultations=2)
    assert quarter.topic_by_district["housing"][PORZ] == 12
    assert true_situation(TODAY).months[Month(2026, 7)] == quarter.total


def test_the_worked_example_published(city):
    figures = build_situation(TODAY).figures["quarters"]["2026-3"]
    assert figures["total"] == {"persons": 55, "consultations": 80}
    assert figures["districts"]["8"] == {"persons": 40, "consultations": 40}
    assert figures["districts"]["7"] == {"persons": 15, "consultations": 40}
    assert figures["districts"]["1"] == {"persons": 0, "consultations": None}
    assert figures["providers"]["awo"] == {"persons": 40, "consultations": 40}
    assert figures["topics"]["housing"] == {"persons": 55, "consultations": 80}
    assert figures["topics"]["health"] == {"persons": 0, "consultations": None}
    assert figures["topic_by_district"]["housing"]["8"] == 40
    assert figures["topic_by_district"]["health"]["7"] == 0
    assert set(figures) == {"total", "districts", "topics", "providers", "topic_by_district"}  # nothing about cases


def test_every_head_is_there_also_with_zero_and_in_the_order_of_the_catalogue(own):
    heads = build_situation(TODAY).figures["heads"]
    assert [head["number"] for head in heads["districts"]] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    assert [head["code"] for head in heads["topics"]] == [t.code for t in Topic.objects.main()]
    assert len(heads["topics"]) == 8
    quarter = true_quarter()
    assert set(quarter.by_provider) == {"awo"}
    assert set(quarter.by_district) == set(range(10))


def test_protected_tracks_leave_no_trace(city, own, other):
    before = build_situation(TODAY).figures
    protected = Track.objects.filter(is_protected=True)
    assert protected
    for track in protected:
        people(20, by=own, topics=[topic()], track=track)
        people(5, by=other, where=PORZ, topics=[topic()], track=track, closed=True, closed_on=JULY)
        ConsultationFactory(anonymous=True, case_manager=own, held_on=JULY, track=track, topics=[topic()])
    assert build_situation(TODAY).figures == before


def test_a_person_counts_once_across_districts_and_once_in_each(own):
    case = CaseFactory(case_manager=own, district=district(KALK), opened_on=JULY)
    talks(2, case=case)
    talks(case=case, district=district(PORZ))
    quarter = true_quarter()
    assert quarter.total == Contacts(1, 3)
    assert (quarter.by_district[KALK], quarter.by_district[PORZ]) == (Contacts(1, 2), Contacts(1, 1))


@pytest.mark.parametrize(
    ("fields", "persons"),
    [
        ({}, 1),
        ({"given_names": "Öznur Gül", "family_name": "ŞAHİN"}, 1),
        ({"given_names": "", "family_name": "Sahin Oznur Gul"}, 1),
        ({"family_name": "Sahin-Kaya"}, 2),
        ({"birth_date": date(2004, 2, 29)}, 2),
        ({"birth_date": None}, 2),
        ({"pseudonym": "Öznur Gül Şahin"}, 2),
    ],
)
def test_who_is_the_same_person_at_two_providers(own, other, fields, persons):
    known = {"given_names": "Öznur Gül", "family_name": "Şahin", "birth_date": date(2004, 3, 1)}
    for case_manager, names in ((own, known), (other, known | fields)):
        client = ClientFactory(provider=case_manager.provider, **names)
        talks(case=CaseFactory(client=client, case_manager=case_manager, opened_on=JULY))
    assert true_quarter().total.persons == persons


def test_nothing_that_identifies_a_person_is_stored(city):
    situation = build_situation(TODAY)
    text = json.dumps(situation.figures)
    assert not any(name in text for name in Client.objects.values_list("family_name", flat=True))
    assert not any(number in text for number in Case.objects.values_list("number", flat=True))


def test_two_subtopics_of_one_topic_are_one_consultation_about_it(own):
    subtopics = list(topic().subtopics.all()[:2])
    assert len(subtopics) == 2
    talks(case=CaseFactory(case_manager=own, opened_on=JULY), topics=[topic(), *subtopics, topic("health")])
    quarter = true_quarter()
    assert (quarter.by_topic["housing"], quarter.by_topic["health"]) == (Contacts(1, 1), Contacts(1, 1))
    assert quarter.persons_with_topic == 1


def test_history_stays_where_it_was_when_a_case_moves(own, other):
    case = CaseFactory(case_manager=own, district=district(KALK), opened_on=JULY)
    talks(3, case=case)
    case.case_manager, case.provider, case.district = other, other.provider, district(PORZ)
    case.save()
    quarter = true_quarter()
    assert quarter.by_provider == {"awo": Contacts(1, 3), "diakonie": Contacts()}
    assert quarter.by_district[KALK] == Contacts(1, 3)


def test_anonymous_consultations_have_no_person_and_no_district_is_a_place_of_its_own(own):
    ConsultationFactory.create_batch(4, anonymous=True, case_manager=own, district=None, held_on=JULY)
    quarter = true_quarter()
    assert quarter.total == Contacts(persons=0, consultations=4)
    assert quarter.by_district[0] == Contacts(persons=0, consultations=4)


def test_quarters_end_at_midnight_in_cologne(own):
    case = CaseFactory(case_manager=own, opened_on=date(2025, 12, 1))
    talks(case=case, on=date(2025, 12, 31))
    talks(2, case=case, on=date(2026, 1, 1))
    talks(4, case=case, on=date(2026, 1, 3))  # not yet, seen from the second of January
    newyear = true_situation(date(2026, 1, 2))
    assert [quarter.total.consultations for quarter in newyear.quarters[-2:]] == [1, 2]
    assert newyear.months[Month(2025, 12)] == Contacts(1, 1)
    assert newyear.persons_of_months == 1


@pytest.mark.parametrize(
    ("now", "as_of"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 1, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), date(2026, 3, 29)),  # the hour that summer time skips
        (datetime(2026, 6, 30, 22, 1, tzinfo=UTC), date(2026, 7, 1)),  # summer time: two hours ahead
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),  # the hour that comes twice
    ],
)
def test_the_day_of_the_figures_is_the_day_in_cologne(db, monkeypatch, now, as_of):
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert build_situation().as_of == as_of


# --- What is published


def test_an_empty_city_has_no_figures(db):
    figures = build_situation(TODAY).figures
    assert figures["months"] is None
    assert all(table is None for quarter in figures["quarters"].values() for table in quarter.values())


@pytest.mark.parametrize(("number", "is_withheld"), [(29, True), (30, False)])
def test_a_table_about_fewer_than_thirty_is_withheld(own, number, is_withheld):
    people(number, by=own, topics=[topic()])
    figures = build_situation(TODAY).figures
    quarter = figures["quarters"]["2026-3"]
    assert all((table is None) == is_withheld for table in quarter.values())
    assert (figures["months"] is None) == is_withheld


@pytest.mark.parametrize(
    ("persons", "number", "expected"),
    [(10, 29, None), (10, 30, 30), (10, 32, 30), (10, 33, 35), (2, 40, None), (0, 40, None), (3, 40, 40)],
)
def test_consultations_are_published_from_thirty_on_and_where_there_are_persons(persons, number, expected):
    assert consultations(Contacts(persons, number)) == expected


@pytest.mark.parametrize(
    ("persons", "population", "expected"),
    [(50, 16212, 3.1), (45, 16212, None), (None, 16212, None), (50, 0, None), (0, 100, None)],
)
def test_rates_need_fifty_persons(persons, population, expected):
    assert per_thousand(persons, population) == expected


@pytest.mark.parametrize(
    ("parts", "whole", "expected"),
    [
        ([0, 0, 0, 0], 10, True),  # a 0 is at most 2, a 10 at least 8: each of the four is exactly 2
        ([0, 0, 0, 0], 5, False),
        ([10, 0], 15, True),  # at least 13 persons, at most 12 of them elsewhere: the 0 hides somebody
        ([40, 0, 10], 55, False),
        ([5, 5], 5, False),
        ([10, 10, 10], 15, False),  # the same persons in several Stadtbezirke
    ],
)
def test_a_breakdown_is_withheld_when_its_numbers_together_say_too_much(parts, whole, expected):
    assert is_too_fine(parts, whole) is expected


interval = st.integers(0, 4).map(lambda number: number * 5)


@given(st.lists(interval, min_size=2, max_size=3), interval)
def test_the_check_finds_what_trying_every_possibility_finds(parts, whole):
    def possible(number):
        return range(max(0, number - 2), number + 3)

    worlds = [
        world
        for world in product(*(possible(part) for part in parts))
        if any(max(world) <= total <= sum(world) for total in possible(whole))
    ]
    if not worlds:  # no true numbers are published like this
        return
    deducible = False
    for place in range(len(parts)):
        seen = {world[place] for world in worlds}
        low, high = min(seen), max(seen)
        deducible |= low >= 1 and (high <= 2 or (low == high and high < 5))
    assert is_too_fine(parts, whole) is deducible


def leaves(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


counts = st.integers(0, 3000)
contacts = st.builds(Contacts, counts, counts)
HEADS = Heads(
    districts=tuple({"number": n, "name": str(n), "population": None} for n in range(10)),
    topics=({"id": 1, "code": "a", "name": "A", "name_en": "A"}, {"id": 2, "code": "b", "name": "B", "name_en": "B"}),
    providers=({"code": "x", "name": "X"},),
)
districts = st.fixed_dictionaries({n: contacts for n in range(10)})
quarters = st.builds(
    TrueQuarter,
    quarter=st.just(Quarter(2026, 3)),
    total=contacts,
    by_district=districts,
    by_topic=st.fixed_dictionaries({"a": contacts, "b": contacts}),
    by_provider=st.fixed_dictionaries({"x": contacts}),
    topic_by_district=st.fixed_dictionaries(
        {code: st.fixed_dictionaries({n: counts for n in range(10)}) for code in "ab"}
    ),
    persons_with_topic=counts,
)


@given(quarters, st.dictionaries(st.just(Month(2026, 7)), contacts), counts)
def test_every_published_number_is_a_multiple_of_five(quarter, months, persons):
    figures = published(TrueSituation(TODAY, HEADS, (quarter,), months, persons))
    months_published = [(row["persons"], row["consultations"]) for row in figures["months"] or []]
    numbers = list(leaves(figures["quarters"])) + list(leaves(months_published))
    assert all(number is None or (type(number) is int and number % 5 == 0 and number >= 0) for number in numbers)


def test_every_table_of_true_numbers_is_published_or_known_not_to_be():
    """A new true table must get its publishing rule, and this list its name."""
    internal = {"quarter", "persons_with_topic"}
    tables = {"total", "by_district", "by_topic", "by_provider", "topic_by_district"}
    assert {field.name for field in fields(TrueQuarter)} == internal | tables


def test_only_the_building_job_asks_for_true_figures():
    folder = Path(reports.__file__).parent
    for question, known in (
        ("true_situation", {"queries/situation.py", "situation.py"}),
        ("true_report", {"queries/period.py", "freezing.py"}),
        ("true_past", {"queries/period.py", "freezing.py"}),
    ):
        asking = re.compile(rf"\b{question}\(|import .*\b{question}\b")
        found = {str(path.relative_to(folder)) for path in folder.rglob("*.py") if asking.search(path.read_text())}
        assert found == known
    importers = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if path.parent.name != "queries" and re.search(r"(from|import) cases", path.read_text())
    }
    assert importers == {"actions/feedback.py"}  # the way back: what became of an observation


# --- The job


def test_the_command_stores_one_row_a_day_and_says_so_in_the_log(city, capsys):
    call_command("build_situation", today=TODAY)
    talks(40, case=city[0])
    call_command("build_situation", today=TODAY)
    call_command("build_situation", today=TODAY + timedelta(days=1))
    assert [row.as_of for row in Situation.objects.all()] == [TODAY + timedelta(days=1), TODAY]
    assert Situation.objects.get(as_of=TODAY).figures["quarters"]["2026-3"]["total"]["consultations"] == 120
    entries = Entry.objects.filter(action="situation.built").order_by("pk")
    assert [entry.subject for entry in entries] == ["situation:2026-08-15"] * 2 + ["situation:2026-08-16"]
    assert entries[0].details == {"rules": publishing.RULES_VERSION}
    assert "Lage vom 16.08.2026 gespeichert." in capsys.readouterr().out


def test_the_catalogue_version_changes_with_the_catalogue(own):
    first = build_situation(TODAY).catalogue_version
    assert build_situation(TODAY).catalogue_version == first
    ProviderFactory()
    assert build_situation(TODAY).catalogue_version != first


# --- The pages of the city


class Reader(HTMLParser):
    """All a reader gets from <main>, also by ear: text, aria-label, title. Leaves out what is marked as no count."""

    VOID = {"meta", "link", "br", "input", "img", "hr"}

    def __init__(self, html):
        super().__init__()
        self.words, self.stack = [], []
        self.feed(html)

    def is_counted(self):
        return any(tag == "main" for tag, _ in self.stack) and not any(skip for _, skip in self.stack)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        skip = "data-derived" in values or "data-public" in values or values.get("id") == "so-wird-gezaehlt"
        if tag not in self.VOID:
            self.stack.append((tag, skip))
        if self.is_counted() and not skip:
            self.words += [values[name] or "" for name in ("aria-label", "title") if name in values]

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        while tag in [open_tag for open_tag, _ in self.stack] and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.is_counted():
            self.words.append(data)


NO_COUNTS = [
    r"\d{2}\.\d{2}\.\d{4}",  # dates
    r"\d\. Quartal \d{4}",
    r"Q\d/\d{2}",
    r"(Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember) \d{4}",
    r"^\s*20\d{2}\s*$",  # the year below the axis
    r"13 Monate|auf 5 gerundet|je 1\.000|ab 50 Personen",
]


def numbers_on(html):
    found = []
    for words in Reader(html).words:
        for pattern in NO_COUNTS:
            words = re.sub(pattern, " ", words)
        found += [int(number.replace(".", "")) for number in re.findall(r"\d[\d.]*", words.replace(". ", " "))]
    return found


@pytest.fixture
def clock(monkeypatch):
    """The pages are read on the day of the figures."""
    monkeypatch.setattr("reports.views.situation.timezone.localdate", lambda: TODAY)


def test_the_reader_would_notice_an_exact_number():
    assert numbers_on('<main><a aria-label="Kalk: 41 Personen">x</a><svg><title>1.203</title></svg></main>') == [
        41,
        1203,
    ]


def test_every_number_the_city_reads_is_rounded(city, own, as_coordination, clock):
    people(33, by=own, where=PORZ, on=date(2026, 5, 4), topics=[topic(), topic("health")])
    build_situation(TODAY)
    pages = [reverse("reports:situation"), *(reverse("reports:district", args=[n]) for n in range(1, 10))]
    read = 0
    for page in pages:
        for key in ("", "?quartal=2026-2", "?quartal=2025-4"):
            numbers = numbers_on(as_coordination.get(page + key).content.decode())
            assert [number for number in numbers if number % 5] == [], page + key
            read += len(numbers)
    assert read > 600


def test_chart_and_table_say_the_same(city, as_coordination, clock):
    build_situation(TODAY)
    page = as_coordination.get(reverse("reports:situation")).content.decode()
    assert 'aria-label="Stadtbezirk Kalk: 40 Personen"' in page
    assert "<title>Juli 2026: 55 Personen</title>" in page
    assert "<title>Juli 2026: 80 Beratungen</title>" in page
    assert "Geometrie: Stadt Köln, CC BY 3.0 DE, vereinfacht" in page
    assert "Stand 15.08.2026" in page
    assert "style=" not in page.split("<main")[1].split("</main>")[0]


def test_a_withheld_table_says_why(own, as_coordination, clock):
    people(29, by=own, topics=[topic()])
    build_situation(TODAY)
    response = as_coordination.get(reverse("reports:situation"))
    assert response.status_code == 200
    assert "Zu wenige Fälle" in response.content.decode()
    assert as_coordination.get(reverse("reports:district", args=[KALK])).status_code == 200


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("", "3. Quartal 2026"),
        ("?quartal=2026-1", "1. Quartal 2026"),
        ("?quartal=2025-3", "3. Quartal 2025"),
        ("?quartal=2025-2", "3. Quartal 2026"),
        ("?quartal=2026-4", "3. Quartal 2026"),
        ("?quartal=%00<script>", "3. Quartal 2026"),
        ("?quartal=", "3. Quartal 2026"),
        ("?quartal=2026-07-01&von=2026-07-01&bis=2026-07-02", "3. Quartal 2026"),
    ],
)
def test_only_the_offered_quarters_can_be_asked_for(city, as_coordination, clock, query, label):
    build_situation(TODAY)
    for page in (reverse("reports:situation"), reverse("reports:district", args=[KALK])):
        response = as_coordination.get(page + query)
        assert response.status_code == 200
        assert response.context["quarter"].label == label


def test_the_change_is_the_difference_of_two_rounded_numbers(own, as_coordination, clock):
    people(33, by=own, on=date(2026, 2, 3))  # 35
    people(42, by=own, on=date(2026, 5, 4))  # 40
    build_situation(TODAY)
    response = as_coordination.get(reverse("reports:situation") + "?quartal=2026-2")
    persons = response.context["key_figures"][0]
    assert (persons.value, persons.hint) == (40, "+5 zum Quartal davor")


def test_five_quarters_stand_below_one_another(own, as_coordination, clock):
    people(33, by=own, on=date(2026, 2, 3))
    people(42, by=own, on=date(2026, 5, 4))
    build_situation(TODAY)
    for page in (reverse("reports:situation"), reverse("reports:district", args=[KALK])):
        rows = as_coordination.get(page + "?quartal=2026-2").context["quarters"]
        assert [row.persons for row in rows] == [None, None, 35, 40, None]
        assert [row.label for row in rows if row.is_current] == ["2. Quartal 2026"]
        assert [row.label for row in rows if row.is_running] == ["3. Quartal 2026"]


# --- A quarter with a frozen report


def test_a_quarter_with_a_report_is_shown_as_the_report_has_it(city, as_coordination, clock):
    """Nothing counted twice: what the report withholds is withheld here, and it has no consultations by Träger."""
    withheld = {"providers": "fine", "topic_by_district": "fine"}
    ReportFactory(period="2026-2", persons=270)
    report = ReportFactory(period="2026-2", persons=300, version=2, reason="Ein Fall war doppelt.")
    ReportFactory(period="2026-1", figures=figures(withheld=withheld))
    quarters = build_situation(TODAY).figures["quarters"]
    assert quarters["2026-2"]["report"] == {"pk": report.pk, "version": 2}
    assert quarters["2026-2"]["total"] == {"persons": 300, "consultations": 750}
    for table in ("districts", "topics", "topic_by_district"):
        assert quarters["2026-2"][table] == report.figures["tables"][table]["cells"]
    assert [key for key, table in quarters["2026-1"].items() if table is None] == ["providers", "topic_by_district"]
    assert all("report" not in quarters[key] for key in ("2025-3", "2025-4", "2026-3"))
    answer = as_coordination.get(reverse("reports:situation") + "?quartal=2026-2")
    assert reverse("reports:report", args=[report.pk]) in answer.text
    assert [row.number for row in answer.context["map"].areas] == list(range(1, 10))
    assert {row.consultations for row in answer.context["providers"]} == {None}
    page = as_coordination.get(reverse("reports:situation") + "?quartal=2026-1").text
    assert page.count("Diese Aufgliederung bleibt verborgen") == 2
    assert as_coordination.get(reverse("reports:district", args=[KALK]) + "?quartal=2026-1").status_code == 200


def test_a_report_of_too_few_leaves_the_quarter_empty(own):
    ReportFactory(period="2026-2", persons=20)
    quarter = build_situation(TODAY).figures["quarters"]["2026-2"]
    assert {table: quarter[table] for table in quarter if table != "report"} == dict.fromkeys(
        ("total", "districts", "topics", "providers", "topic_by_district")
    )


def test_only_a_report_of_the_quarter_itself_is_shown(city):
    for period in ("2026-H1", "2025"):
        ReportFactory(period=period)
    ReportFactory(period="2026-2", building=True)
    assert not any("report" in quarter for quarter in build_situation(TODAY).figures["quarters"].values())


def test_before_the_first_night_the_page_says_so(as_coordination):
    page = as_coordination.get(reverse("reports:situation"))
    assert "Noch keine Zahlen" in page.content.decode()
    page = as_coordination.get(reverse("reports:district", args=[KALK]))
    assert page.status_code == 200
    assert "Stadtbezirk Kalk" in page.content.decode()


def test_old_figures_are_called_old(own, as_coordination, monkeypatch):
    build_situation(TODAY)
    monkeypatch.setattr("reports.views.situation.timezone.localdate", lambda: TODAY + timedelta(days=3))
    assert "älter als zwei Tage" in as_coordination.get(reverse("reports:situation")).content.decode()


def test_the_district_page_lists_published_colleagues_and_offers(as_coordination, clock):
    CaseManagerFactory(
        user__name="Sichtbar", is_published=True, districts=[district(KALK)], languages=[LanguageFactory()]
    )
    CaseManagerFactory(user__name="Verborgen", districts=[district(KALK)])
    CaseManagerFactory(user__name="Anderswo", is_published=True, districts=[district(PORZ)])
    CaseManagerFactory(user__name="Gegangen", is_published=True, user__is_active=False, districts=[district(KALK)])
    InstitutionFactory(district=district(KALK), topics=[topic(), topic().subtopics.first()])
    InstitutionFactory(district=None, topics=[topic().subtopics.first()])
    InstitutionFactory(district=district(PORZ), topics=[topic()])
    InstitutionFactory(district=district(KALK), topics=[topic()], is_active=False)
    response = as_coordination.get(reverse("reports:district", args=[KALK]))
    contacts, offers = response.context["contacts"], response.context["offers"]
    assert [(contact.name, len(contact.languages)) for contact in contacts] == [("Sichtbar", 1)]
    assert {offer.name: len(offer.institutions) for offer in offers if offer.institutions} == {str(topic()): 2}
    assert len(offers) == 8


def test_an_unknown_district_does_not_exist(as_coordination):
    assert as_coordination.get("/lage/10/").status_code == 404
    assert as_coordination.get("/lage/0/").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_pages_read_one_stored_row_whatever_there_is(as_coordination, own, number, clock, django_assert_num_queries):
    for each in range(number):
        people(30, by=own, topics=[topic()])
        CaseManagerFactory(is_published=True, districts=[district(KALK)], languages=[LanguageFactory(code="tr")])
        InstitutionFactory(district=district(KALK), topics=[topic()])
        build_situation(TODAY - timedelta(days=each))
    with django_assert_num_queries(4):  # session, user with Träger, districts, figures
        as_coordination.get(reverse("reports:situation"))
    with django_assert_num_queries(7):  # as above; case managers, institutions, the last report
        as_coordination.get(reverse("reports:district", args=[KALK]))


# --- Who may see what


def test_the_city_figures_are_for_those_who_steer_and_work(
    as_case_manager, as_lead, as_coordination, as_data_protection, as_admin, client
):
    for page in (reverse("reports:situation"), reverse("reports:district", args=[KALK])):
        for browser in (as_case_manager, as_lead, as_coordination, as_data_protection):
            assert browser.get(page).status_code == 200
            assert browser.post(page).status_code == 405
        assert as_admin.get(page).status_code == 403
        assert client.get(page).status_code == 302


def test_own_figures_are_for_the_case_manager_alone(
    as_case_manager, as_lead, as_coordination, as_data_protection, as_admin, client
):
    page = reverse("reports:own_figures")
    response = as_case_manager.get(page)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    for browser in (as_lead, as_coordination, as_data_protection, as_admin):
        assert browser.get(page).status_code == 403
    assert client.get(page).status_code == 302


# --- The own figures


def test_own_figures_are_exact_and_only_the_own(as_case_manager, case_manager, colleague, clock):
    own, other = case_manager.case_manager, colleague.case_manager
    kept = people(3, by=own, topics=[topic().subtopics.first()], each=2)
    CaseFactory(case_manager=own, opened_on=date(2025, 1, 7), closed=True, closed_on=date(2025, 9, 1))  # long closed
    CaseFactory(case_manager=own, opened_on=JULY, protected=True)
    talks(case=kept[0], on=date(2025, 8, 1))
    talks(case=kept[0], kind=Consultation.Kind.NO_SHOW, minutes=10)
    ConsultationFactory(anonymous=True, case_manager=own, held_on=JULY)
    people(7, by=other)
    response = as_case_manager.get(reverse("reports:own_figures"))
    figures = response.context["figures"]
    assert (figures.open, figures.new, figures.closed) == (4, 4, 0)
    assert (figures.persons, figures.consultations, figures.minutes) == (3, 7, 7 * 30 + 10)
    assert figures.persons_by_topic == {topic().pk: (3, 6)}
    assert figures.minutes_by_kind[Consultation.Kind.NO_SHOW] == (1, 10)
    assert figures.by_month[Month(2026, 7)] == 7
    assert figures.by_month[Month(2025, 8)] == 1
    last_year = as_case_manager.get(reverse("reports:own_figures") + "?zeitraum=2025").context["figures"]
    assert (last_year.new, last_year.closed, last_year.consultations) == (1, 1, 1)


def test_the_time_of_a_joint_talk_passes_once(as_case_manager, case_manager, colleague, clock):
    """Three people are three consultations, but their case manager sat there for half an hour."""
    group = {"group_key": uuid.uuid4(), "group_size": 3}
    for case in CaseFactory.create_batch(3, case_manager=case_manager.case_manager):
        talks(case=case, indirect_minutes=20, **group)
    talks(case=CaseFactory(case_manager=colleague.case_manager), **group)  # the colleague's own time
    talks(case=case, group_key=uuid.uuid4(), group_size=2)
    figures = as_case_manager.get(reverse("reports:own_figures")).context["figures"]
    assert (figures.persons, figures.consultations) == (3, 4)
    assert (figures.direct_minutes, figures.indirect_minutes, figures.minutes) == (60, 20, 80)
    assert figures.minutes_by_kind[Consultation.Kind.OFFICE] == (4, 60)
    assert figures.preparation == (1, 20)


def test_direct_indirect_and_waiting_time_stand_apart(as_case_manager, case_manager, clock):
    case = CaseFactory(case_manager=case_manager.case_manager)
    kind = Consultation.Kind
    talks(case=case, kind=kind.ACCOMPANIMENT, minutes=120, waiting_minutes=45, indirect_minutes=10)
    talks(case=case, kind=kind.NETWORK, minutes=15)
    talks(case=case, kind=kind.CASE_CONFERENCE, minutes=60)
    talks(case=case, kind=kind.NO_SHOW, minutes=20)
    figures = as_case_manager.get(reverse("reports:own_figures")).context["figures"]
    assert (figures.direct_minutes, figures.indirect_minutes, figures.waiting_minutes) == (75, 85, 65)
    assert figures.minutes == 75 + 85 + 65
    page = as_case_manager.get(reverse("reports:own_figures")).content.decode()
    assert all(time in page for time in ("1:15", "1:25", "1:05", "3:45"))


def test_own_figures_name_nobody(as_case_manager, case_manager, clock):
    case = CaseFactory(case_manager=case_manager.case_manager, client__family_name="Unverwechselbar")
    talks(case=case, note="Geheim")
    page = as_case_manager.get(reverse("reports:own_figures")).content.decode()
    assert case.number not in page
    assert "Unverwechselbar" not in page
    assert "Geheim" not in page


@pytest.mark.parametrize("query", ["", "?zeitraum=2026-2", "?zeitraum=2026", "?zeitraum=2019", "?zeitraum=%00"])
def test_own_figures_of_a_beginner_are_zero_and_not_an_error(as_case_manager, query, clock):
    response = as_case_manager.get(reverse("reports:own_figures") + query)
    assert response.status_code == 200
    assert response.context["figures"].open == 0


def test_the_year_before_goes_on_across_new_year(as_case_manager, case_manager, monkeypatch):
    case = CaseFactory(case_manager=case_manager.case_manager, opened_on=date(2025, 12, 1))
    talks(case=case, on=date(2025, 12, 31))
    talks(2, case=case, on=date(2026, 1, 1))
    monkeypatch.setattr("reports.views.own.timezone.localdate", lambda: date(2026, 1, 1))
    figures = as_case_manager.get(reverse("reports:own_figures")).context["figures"]
    assert (figures.consultations, figures.by_month[Month(2025, 12)], figures.by_month[Month(2026, 1)]) == (2, 1, 2)


@pytest.mark.parametrize("number", [1, 3])
def test_own_figures_do_not_query_per_row(as_case_manager, case_manager, number, clock, django_assert_num_queries):
    people(number, by=case_manager.case_manager, topics=[topic()])
    with django_assert_num_queries(11):
        as_case_manager.get(reverse("reports:own_figures"))
