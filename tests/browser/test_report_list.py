"""The list of reports while one is being made."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from reports.models import Report
from tests.factories import ReportFactory

pytestmark = pytest.mark.browser


def test_the_page_follows_a_run_by_itself_and_comes_to_rest(open_page, coordination, server_at_rest):
    with server_at_rest:
        made = ReportFactory(building=True, progress=40)
    page = open_page(coordination)
    page.goto("/berichte/")
    expect(page.get_by_role("progressbar", name="wird erstellt")).to_have_attribute("value", "40")
    with server_at_rest:
        Report.objects.filter(pk=made.pk).update(progress=80)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "80")
    with server_at_rest:
        now = timezone.now()
        Report.objects.filter(pk=made.pk).update(status="frozen", frozen_at=now, checksum="0" * 64)
    expect(page.get_by_text("festgeschrieben am")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert page.locator("#berichte").get_attribute("hx-trigger") is None
