"""axe-core on what no ordinary walk reaches: the pages of the second factor and the Django admin."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.steps import log_in_by_form
from tests.browser.test_accessibility import AXE, RULES
from tests.test_accounts import code_for

pytestmark = pytest.mark.browser


def violations(page):
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    return [f"{page.url} {rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]


@pytest.mark.parametrize("language", ["de", "en"])
def test_second_factor(browser_db, lead, open_page, live_server, language):
    secret = generate_totp_secret()
    TOTP.activate(lead, secret)
    RecoveryCodes.activate(lead)
    page = open_page(None)
    page.context.add_init_script(path=AXE)
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "de", "url": live_server.url}])
    page.goto(reverse("account_login"))
    log_in_by_form(page, lead)
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
    page.reload()
    found = violations(page)
    page.locator("[name=code]").fill(code_for(secret))
    page.locator("main form").first.locator("[type=submit]").click()
    expect(page.locator(".user-menu")).to_be_visible()
    for name in ("mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp"):
        page.goto(reverse(name))
        found += violations(page)
    assert found == []
