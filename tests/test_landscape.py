"""The reference data, the directory, and the import of population figures."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from districts.models import Association, Country, District, Language, Population, Provider, Quarter, Topic, Track
from kim.audit.models import Entry
from tests.factories import CaseManagerFactory, InstitutionFactory, MembershipFactory

pytestmark = pytest.mark.django_db

HEADER = "jahr;bezirk_nr;bezirk;einwohner;alter_15_17;alter_18_24;alter_25_34;alter_18_27_geschaetzt"
LIST = "districts:institution_list"


# --- Reference data


def test_places():
    assert District.objects.count() == 9
    assert Quarter.objects.count() == 86
    assert all(quarter.number // 100 == quarter.district_id for quarter in Quarter.objects.all())
    assert all(district.outline.startswith("M") for district in District.objects.all())


def test_a_district_and_a_quarter_of_the_same_name_are_told_apart():
    assert str(District.objects.get(name="Kalk")) == "Stadtbezirk Kalk"
    assert str(Quarter.objects.get(name="Kalk")) == "Stadtteil Kalk"


def test_population_adds_up_to_the_city():
    of_2012 = Population.objects.filter(year=2012)
    assert of_2012.count() == 9 * 5
    assert sum(of_2012.filter(band=Population.Band.ALL).values_list("count", flat=True)) == 1_044_555
    assert {row.source for row in of_2012} == {"Stadt Köln, CC BY 3.0 DE, Stand 31.12.2012"}


def test_languages_and_countries_have_both_names():
    assert 100 < Language.objects.count() < 150
    assert {"ku", "ckb", "fa", "fa-AF", "ti", "ps", "rom", "tw", "bs"} <= set(
        Language.objects.values_list("pk", flat=True)
    )
    assert Language.objects.get(pk="fa-AF").name == "Dari"
    assert 20 < Language.objects.filter(is_common=True).count() < 40
    assert Country.objects.get(pk="XK").name == "Kosovo"
    assert Country.objects.get(pk="XX").name_en == "stateless"
    assert Country.objects.get(pk="ZZ").name == "ungeklärt"
    for model in (Language, Country, Topic, Track):
        assert not model.objects.filter(name="").exists()
        assert not model.objects.filter(name_en="").exists()


def test_the_eight_topics_and_their_subtopics():
    subtopics = {topic.code: topic.subtopics.count() for topic in Topic.objects.main()}
    assert subtopics == {
        "language": 4,
        "work": 3,
        "training": 3,
        "education": 3,
        "housing": 4,
        "health": 3,
        "family": 4,
        "authorities": 5,
    }
    assert [topic.position for topic in Topic.objects.main()] == list(range(1, 9))


def test_tracks():
    assert set(Track.objects.filter(is_protected=True).values_list("code", flat=True)) == {"disability", "lsbti"}
    assert set(Track.objects.exclude(min_age=18, max_age=27).values_list("code", flat=True)) == {"single_parents"}
    assert set(Track.objects.filter(is_citywide=False).values_list("code", flat=True)) == {"general"}
    categories = dict(Track.objects.exclude(special_category="none").values_list("code", "special_category"))
    assert categories == {"disability": "health", "lsbti": "orientation"}
    assert Association.objects.count() == 6


def test_a_lead_has_one_provider_however_many_colleagues(lead, provider):
    CaseManagerFactory.create_batch(3, provider=provider)
    MembershipFactory(provider=provider)
    assert Provider.objects.of(lead).get() == provider


# --- Import of population figures


def _file(tmp_path, *rows, header=HEADER):
    path = tmp_path / "einwohner.csv"
    path.write_text("\n".join((header, *rows)), encoding="utf-8")
    return path


def test_import_population_replaces_a_year_and_leaves_out_what_is_missing(tmp_path):
    path = _file(tmp_path, "2024;0;Stadt Köln;9;9;9;9;9", "2024;8;Kalk;120000;*;11000;18000;16400")
    call_command("import_population", path, "--source", "Stadt Köln, dl-de/by-2-0")
    call_command("import_population", path, "--source", "Stadt Köln, dl-de/by-2-0")
    found = dict(Population.objects.filter(year=2024).values_list("band", "count"))
    assert found == {"all": 120000, "18-24": 11000, "25-34": 18000, "18-27": 16400}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("2024;8;Kalk;1.200;1;1;1;1", "Zeile 2: „1.200“ in der Spalte einwohner"),
        ("2024;8;Kalk;;1;1;1;1", "Zeile 2: „“ in der Spalte einwohner"),
        ("2024;8;Kalk;-5;1;1;1;1", "Zeile 2: „-5“"),
        ("2024;8;Kalk;²;1;1;1;1", "Zeile 2: „²“"),
        (f"2024;8;Kalk;{'9' * 5000};1;1;1;1", "Zeile 2: „999"),
        ("2024;10;Bonn;1;1;1;1;1", "Zeile 2: Einen Stadtbezirk 10 gibt es nicht"),
        ("24;8;Kalk;1;1;1;1;1", "Zeile 2: Das Jahr 24"),
        ("2024;8;Kalk;1;1;1", "Zeile 2: Die Zahl der Spalten"),
        ("2024;8;Kalk;1;1;1;1;1;1", "Zeile 2: Die Zahl der Spalten"),
        ('2024;8;"Kalk;1;1;1;1;1', "Zeile 2: "),
        ("2024;8;Kalk;1;1;1;1;1\n2024;8;Kalk;2;2;2;2;2", "Zeile 3: Stadtbezirk 8 steht für 2024 schon"),
    ],
)
def test_import_population_names_the_row_and_loads_nothing(tmp_path, row, sentence):
    with pytest.raises(CommandError, match=sentence.replace("(", r"\(")):
        call_command("import_population", _file(tmp_path, row), "--source", "Test")
    assert not Population.objects.filter(year=2024).exists()


def test_import_population_needs_a_file_with_its_columns(tmp_path):
    with pytest.raises(CommandError, match="Zeile 1: Es fehlt alter_15_17"):
        call_command(
            "import_population", _file(tmp_path, header=HEADER.replace("alter_15_17;", "")), "--source", "Test"
        )
    with pytest.raises(CommandError, match="keine Zahlen"):
        call_command("import_population", _file(tmp_path), "--source", "Test")
    with pytest.raises(CommandError, match="lässt sich nicht lesen"):
        call_command("import_population", tmp_path / "fehlt.csv", "--source", "Test")
    (tmp_path / "alt.csv").write_bytes("jahr;Köln".encode("latin-1"))
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("import_population", tmp_path / "alt.csv", "--source", "Test")


def test_confirm_role_for_whom_nobody_else_can_confirm(lead, provider):
    lead.role_confirmed_at = None
    lead.save()
    call_command("confirm_role", lead.email.upper())
    lead.refresh_from_db()
    assert lead.role_confirmed_at is not None
    assert Entry.objects.latest("id").organisation == provider.code
    with pytest.raises(CommandError, match="gibt es nicht"):
        call_command("confirm_role", "niemand@kim-koeln.example")


# --- The directory


def test_the_header_says_for_whom_somebody_works(as_lead, as_coordination):
    assert as_lead.get(reverse(LIST)).context["provider_name"] == "Träger am Dom"
    assert as_coordination.get(reverse(LIST)).context["provider_name"] == "Stadt Köln"


def _names(response):
    return {institution.name for institution in response.context["page"]}


@pytest.mark.parametrize("role", ["case_manager", "lead", "coordination", "data_protection"])
def test_the_directory_is_for_everybody_but_admins(role, request, client_of):
    institution = InstitutionFactory()
    browser = client_of(request.getfixturevalue(role))
    assert browser.get(reverse(LIST)).status_code == 200
    assert browser.get(reverse("districts:institution_detail", args=[institution.pk])).status_code == 200


def test_the_directory_is_closed_to_admins_and_strangers(as_admin, client):
    detail = reverse("districts:institution_detail", args=[InstitutionFactory().pk])
    for url in (reverse(LIST), detail):
        assert as_admin.get(url).status_code == 403
        assert client.get(url).status_code == 302


def test_filters_narrow_the_directory(as_case_manager):
    housing, search = Topic.objects.get(code="housing"), Topic.objects.get(code="housing-search")
    InstitutionFactory(name="Wohnhilfe Kalk", kind="housing", district_id=8, topics=[housing, search], languages=["ar"])
    InstitutionFactory(name="Suchhilfe", topics=[search], languages=["ar", "tr"], free_places=0)
    InstitutionFactory(name="Kurs Nippes", kind="course_provider", district_id=5, free_places=3)
    InstitutionFactory(name="Geschlossen", district_id=8, is_active=False)

    def found(**query):
        return _names(as_case_manager.get(reverse(LIST), query))

    assert found() == {"Wohnhilfe Kalk", "Suchhilfe", "Kurs Nippes"}
    assert found(kind="housing") == {"Wohnhilfe Kalk"}
    assert found(topic=housing.pk) == {"Wohnhilfe Kalk", "Suchhilfe"}
    assert found(district=8) == {"Wohnhilfe Kalk", "Suchhilfe"}
    assert found(language="tr") == {"Suchhilfe"}
    assert found(free="on") == {"Kurs Nippes"}
    assert found(topic=housing.pk, district=5) == {"Suchhilfe"}


@pytest.mark.parametrize(
    "query", ["kind=x", "topic=9999999999999999999999", "district=%00", "language=%00", "page=x", "page=0", "free=x"]
)
def test_nonsense_in_the_address_narrows_nothing(as_case_manager, query):
    InstitutionFactory()
    response = as_case_manager.get(f"{reverse(LIST)}?{query}")
    assert response.status_code == 200


def test_a_fragment_for_htmx_and_pages_of_25(as_case_manager):
    InstitutionFactory.create_batch(26)
    page = as_case_manager.get(reverse(LIST), {"district": 8})
    assert "<html" in page.content.decode()
    assert "?district=8&amp;page=2" in page.content.decode()
    fragment = as_case_manager.get(reverse(LIST), {"page": 2}, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert len(_names(fragment)) == 1


def test_details_are_escaped_and_closed_institutions_are_gone(as_case_manager):
    shown = InstitutionFactory(name="<b>Haus</b>", remarks="<script>x</script>", free_places=0, waiting_weeks=1)
    content = as_case_manager.get(reverse("districts:institution_detail", args=[shown.pk])).content.decode()
    assert "<b>Haus" not in content
    assert "<script>x" not in content
    assert "1 Woche" in content
    gone = InstitutionFactory(is_active=False)
    assert as_case_manager.get(reverse("districts:institution_detail", args=[gone.pk])).status_code == 404


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_directory_does_not_query_per_row(as_case_manager, row_count, django_assert_num_queries):
    topics = Topic.objects.filter(code__startswith="housing")
    InstitutionFactory.create_batch(row_count, district_id=8, topics=topics, languages=["ar", "tr"])
    with django_assert_num_queries(9):  # session, user, 3 lists of choices, count, page, topics, languages
        as_case_manager.get(reverse(LIST))
