"""What every answer carries so that nothing stays behind, is indexed, framed or run."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from kim.users.models import Role, User
from kim.web.decorators import public_page
from kim.web.middleware import PrivateResponseMiddleware

pytestmark = pytest.mark.django_db


@pytest.fixture
def logged_in(client):
    user = User.objects.create_user("a@example.org", name="A", role=Role.CASE_MANAGER)
    client.force_login(user)
    return client


@pytest.fixture(params=["page", "missing", "redirect", "login", "unauthorised", "logout"])
def response(request, client, logged_in):
    match request.param:
        case "page":
            return logged_in.get("/sicherheit/")
        case "missing":
            return logged_in.get("/gibt-es-nicht/")
        case "redirect":
            return logged_in.get("/anmelden/")
        case "logout":
            return logged_in.post("/abmelden/")
    client.logout()
    return client.get("/anmelden/") if request.param == "login" else client.get("/sicherheit/")


def test_no_answer_is_kept_or_indexed(response):
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_every_answer_is_fenced_in(response):
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_content_security_policy_has_no_holes(response):
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy
    for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]:
        assert directive in policy


def answer(view, path="/irgendwas/"):
    """Send a request for that view through the middleware."""
    request = RequestFactory().get(path)
    request.user = AnonymousUser()

    def get_response(request):
        middleware.process_view(request, view, (), {})
        return view(request)

    middleware = PrivateResponseMiddleware(get_response)
    return middleware(request)


def test_download_is_not_kept():
    response = answer(lambda request: HttpResponse("x", headers={"Content-Disposition": "attachment"}))
    assert response["Cache-Control"] == "no-store"


def test_public_page_may_be_found_but_is_not_kept():
    response = answer(public_page(lambda request: HttpResponse("x")))
    assert "X-Robots-Tag" not in response
    assert response["Cache-Control"] == "no-store"


def test_error_on_a_public_page_is_not_indexed():
    response = answer(public_page(lambda request: HttpResponse("x", status=404)))
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_static_files_may_be_kept():
    assert "Cache-Control" not in answer(lambda request: HttpResponse("x"), "/static/css/kim.css")
