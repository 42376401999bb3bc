"""Whether somebody has asked twice: a hint at the own Träger, among the requests one may read anyway."""

from cases.models import IntakeRequest
from cases.search import phone_digits
from kim.users.models import User

COMPARED = 200  # the newest
LEAST_DIGITS = 6


def perhaps_the_same(request: IntakeRequest, user: User) -> list[str]:
    """Numbers of other open requests with the same phone or mail address; with a protected wish none, on either side.

    Spellings of a phone number differ, so rows are compared here and not in the database.
    """
    ways = _ways(request.phone, request.email)
    if request.is_protected or request.is_settled or not ways:
        return []
    others = IntakeRequest.objects.visible_to(user).without_protected().open().filter(provider=request.provider_id)
    rows = others.exclude(pk=request.pk).order_by("-pk").values_list("number", "phone", "email")[:COMPARED]
    return [number for number, phone, email in rows if ways & _ways(phone, email)]


def _ways(phone: str, email: str) -> set[str]:
    digits = phone_digits(phone)
    return {way for way in (digits if len(digits) >= LEAST_DIGITS else "", email.strip().lower()) if way}
