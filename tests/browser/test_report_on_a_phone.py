"""A report at the width of a phone: what fits is whole, and where a table goes on one sees that it does."""

import pytest

from tests.browser.conftest import PHONE
from tests.factories import ReportFactory

pytestmark = pytest.mark.browser


def test_no_number_looks_whole_that_is_cut(open_page, coordination, browser_db, server_at_rest):
    with server_at_rest:
        report = ReportFactory(period="2026-3")
    page = open_page(coordination, viewport=PHONE)
    page.goto(f"/berichte/{report.pk}/")
    goes_on = {
        region.get_attribute("aria-label"): region.evaluate("it => it.scrollWidth > it.clientWidth")
        for region in page.locator(".table-region").all()
    }
    assert goes_on["Themen nach Stadtbezirk"]
    assert not goes_on["Fälle nach Art der Hilfe"]
    shade = page.get_by_role("region", name="Themen nach Stadtbezirk").evaluate("it => getComputedStyle(it)")
    assert "gradient" in shade["backgroundImage"]
