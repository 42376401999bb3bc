"""For whom the reader works: shown beside the name in the header of every page."""

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from districts.actions import provider_of


def organisation(request):
    """`provider_name`, only on pages that show it; the Träger came along with the user (districts.backends)."""
    return {"provider_name": SimpleLazyObject(lambda: _name(getattr(request, "user", None)))}


def _name(user):
    if user is None or not user.is_authenticated:
        return ""
    provider = provider_of(user)
    return provider.name if provider else _("Stadt Köln")
