"""The page of a Stadtbezirk in a report on paper: two pages, whatever there is."""

import pytest

from districts.models import District, Topic
from tests.factories import CaseManagerFactory, InstitutionFactory, LanguageFactory, ProviderFactory, ReportFactory
from tests.findings import EvidenceFactory, FindingFactory, MeasureFactory
from tests.report_figures import SIGNAL
from tests.test_district_report import KALK, url, with_population
from tests.test_plan_sheet import read

pytestmark = pytest.mark.browser

MANY = 12
QUARTERS = [f"{year}-{number}" for year in (2025, 2026) for number in (1, 2, 3, 4)]
NAME, TITLE, TEXT, OWNER = (
    "Maria-Magdalena von Hohenstein-Oberndorf",
    "Kurse mit Betreuung",
    "Plätze schaffen",
    "Jugendamt",
)


def signals():
    """One for each topic, with a name as long as the catalogue takes."""
    return [
        SIGNAL | {
            "id": f"topic_district:{topic.code}:{KALK}", "row": topic.code, "topic": topic.code,
            "names": {"topic": [f"{topic.name}, Anerkennung ausländischer Abschlüsse", ""], "district": ["Kalk", ""]},
        }
        for topic in Topic.objects.main()
    ]  # fmt: skip


@pytest.fixture
def crowded(browser_db, server_at_rest):
    """Kalk with more of everything than two pages hold, in the longest words there may be."""
    with server_at_rest:
        for period in QUARTERS[:-1]:
            ReportFactory(period=period, figures=with_population(1000))
        figures = with_population() | {"signals": signals()}
        figures["population"]["source"] = "Stadt Köln, CC BY 3.0 DE, Stand 31.12.2012, aus Altersgruppen geschätzt"
        report = ReportFactory(period=QUARTERS[-1], figures=figures)
        kalk = District.objects.get(number=KALK)
        provider = ProviderFactory(name="Arbeitsgemeinschaft für Teilhabe im rechtsrheinischen Köln")
        languages = [LanguageFactory(code=f"x{number}", name=f"Zentralkurdisch {number}") for number in range(MANY)]
        for number in range(MANY):
            CaseManagerFactory(
                user__name=f"{NAME} {number}",
                provider=provider,
                districts=[kalk],
                languages=languages,
                is_published=True,
            )
            finding = FindingFactory(title="Kurse mit Betreuung, " * 5, status="agreed")
            finding.districts.set([kalk])
            MeasureFactory.create_batch(3, finding=finding, text=f"{TEXT}, " * 17, owner=f"{OWNER} " * 11)
        for topic in Topic.objects.main():
            InstitutionFactory.create_batch(MANY, district=kalk, topics=[topic])
            EvidenceFactory(  # a relapse: a line more for each
                finding=FindingFactory(status="checked"), report=report, table="topic_by_district", row=topic.code,
                column=str(KALK),
            )  # fmt: skip
    return report


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
def test_paper_has_two_pages_and_says_what_it_leaves_out(open_page, coordination, crowded, locale):
    page = open_page(coordination, locale=locale)
    page.goto(url(crowded))
    printed = page.pdf(format="A4")
    assert "Pages:           2\n" in read("pdfinfo", printed)
    words = " ".join(read("pdftotext", printed, "-layout").split())
    assert words.count(TEXT) >= 4  # one measure each of four findings, beside five people and three signals
    found = [page.get_by_text(NAME).count(), page.locator("main").get_by_text(f"({OWNER}").count()]
    assert found == [MANY, 3 * MANY]
    if locale == "de-DE":
        left_out = {number: words.count(f"und {number} weitere") for number in (2, 5, 7, 8, 9)}
        assert left_out == {2: 4, 5: 1, 7: 1, 8: 1, 9: 5}  # measures, signals, people, findings, languages


def test_a_district_with_nothing_has_two_pages_at_most(open_page, coordination, browser_db, server_at_rest):
    with server_at_rest:
        report = ReportFactory(persons=20)
    page = open_page(coordination)
    page.goto(url(report))
    assert int(read("pdfinfo", page.pdf(format="A4")).partition("Pages:")[2].split()[0]) <= 2
