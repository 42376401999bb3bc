"""Narrowing the list of cases: the query string is input, too. Names are searched by POST, never here."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from districts.models import District, Topic

RUNNING, SILENT, PAUSED, CLOSED = "running", "silent", "paused", "closed"
STATES = [
    (RUNNING, _("laufend")),
    (SILENT, _("länger als 4 Wochen still")),
    (PAUSED, _("ruhend")),
    (CLOSED, _("abgeschlossen")),
]

ORDERS = {
    "name": ("client__sort_name", "pk"),
    "last_contact": ("last_contact_on", "pk"),
    "opened": ("-opened_on", "-pk"),
}


class CaseFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("Stand"), choices=STATES, empty_label=_("alle offenen"), method="filter_state"
    )
    phase = django_filters.ChoiceFilter(
        label=_("Phase"), choices=[(phase.value, phase.label) for phase in Case.PHASES], field_name="status"
    )
    service_level = django_filters.ChoiceFilter(label=_("Art der Hilfe"), choices=Case.ServiceLevel.choices)
    district = django_filters.ModelChoiceFilter(label=_("Stadtbezirk"), queryset=District.objects.only("name"))
    topic = django_filters.ModelChoiceFilter(
        label=_("Thema zu Beginn"), queryset=Topic.objects.main(), field_name="topics"
    )
    order = django_filters.ChoiceFilter(
        label=_("Reihenfolge"),
        choices=[("name", _("Name")), ("last_contact", _("längste Stille zuerst")), ("opened", _("neueste zuerst"))],
        empty_label=None,
        method="keep",
    )

    class Meta:
        model = Case
        fields = ("state", "phase", "service_level", "district", "topic", "order")

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data, *args, **kwargs)
        for name, filter_ in self.filters.items():
            if name not in ("state", "order"):
                filter_.extra.setdefault("empty_label", _("alle"))

    def keep(self, cases, name, value):
        return cases

    def filter_state(self, cases, name, value):
        return {
            RUNNING: cases.open().exclude(status=Case.Status.PAUSED),
            SILENT: cases.silent(),
            PAUSED: cases.filter(status=Case.Status.PAUSED),
            CLOSED: cases.closed(),
        }[value]

    @property
    def qs(self) -> QuerySet[Case]:
        """The chosen rows in the chosen order; what is not a valid choice narrows nothing."""
        cases = super().qs
        chosen = self.form.cleaned_data if self.is_bound else {}
        if not chosen.get("state"):
            cases = cases.open()
        return cases.order_by(*ORDERS.get(chosen.get("order") or "name", ORDERS["name"]))
