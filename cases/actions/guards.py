"""What an action makes sure of before it changes anything in a case."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cases.models import Case


def hold_open(case: Case) -> None:
    """Refuse in a closed case; a colleague who is just closing it waits until this transaction is over."""
    if not list(Case.objects.select_for_update().filter(pk=case.pk, closed_on=None).values_list("pk")):
        raise ValidationError(_("Der Fall ist abgeschlossen. Hier lässt sich nichts mehr ändern."))
