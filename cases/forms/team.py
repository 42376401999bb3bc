"""Forms of the lead's work: which cases of the team, to whom they go, what becomes of a request, who stands in."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, FollowUp
from cases.models.case import FOLLOW_UP_PERIOD
from cases.workload import able_colleagues
from districts.models import CaseManager, Substitution
from kim.permissions import Permission, may
from kim.web.forms import GermanDateField, WholeNumberField


def overdue():
    """Whether a reminder of the case was due before today."""
    late = FollowUp.objects.open().filter(case=OuterRef("pk"), due_on__lt=timezone.localdate())
    return Exists(late)


class TeamCaseFilter(django_filters.FilterSet):
    """Narrows the rows a lead may list; without a state it shows the open cases, with a wrong value none."""

    STATES = (
        ("open", _("offen")),
        ("paused", _("ruhend")),
        ("silent", _("still seit über vier Wochen")),
        ("overdue", _("mit überfälliger Wiedervorlage")),
        ("closed", _("abgeschlossen in den letzten 90 Tagen")),
        ("locked", _("gesperrt (vor über 90 Tagen abgeschlossen)")),
    )

    case_manager = django_filters.ModelChoiceFilter(
        label=_("Fallmanager*in"),
        queryset=lambda request: CaseManager.objects.colleagues_of(request.user).select_related("user"),
        empty_label=_("alle"),
    )
    state = django_filters.ChoiceFilter(label=_("Stand"), choices=STATES, empty_label=None, method="in_state")

    class Meta:
        model = Case
        fields = ()

    def __init__(self, data=None, *args, **kwargs):
        data = (data or {}).copy()
        data["state"] = data.get("state") or "open"
        super().__init__(data, *args, **kwargs)

    @property
    def qs(self):
        return super().qs if self.is_valid() else self.queryset.none()

    def in_state(self, cases, name, value):
        limit = timezone.localdate() - FOLLOW_UP_PERIOD
        return {
            "open": lambda: cases.open(),
            "paused": lambda: cases.open().filter(status=Case.Status.PAUSED),
            "silent": lambda: cases.silent(),
            "overdue": lambda: cases.open().filter(overdue()),
            "closed": lambda: cases.closed().filter(closed_on__gte=limit),
            "locked": lambda: cases.closed().filter(closed_on__lt=limit),
        }[value]()


class LoadChoiceField(forms.ModelChoiceField):
    """Names a colleague together with the load: whom one gives more to is decided by looking at it."""

    def label_from_instance(self, case_manager):
        return _("%(name)s (%(open)s von %(capacity)s)") % {
            "name": case_manager,
            "open": case_manager.open_cases,
            "capacity": case_manager.capacity,
        }


class ReassignForm(forms.Form):
    to = LoadChoiceField(
        label=_("Übergeben an"),
        queryset=CaseManager.objects.none(),
        help_text=_("In Klammern: offene Fälle und wie viele die Stelle tragen kann."),
        error_messages={"invalid_choice": _("Diese Person kann zurzeit keine Fälle übernehmen. Bitte neu wählen.")},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = able_colleagues(user)


class ReopeningForm(forms.Form):
    """What the lead decides, and on which version of the case."""

    decision = forms.ChoiceField(choices=(("accept", _("wieder öffnen")), ("decline", _("ablehnen"))))
    version = WholeNumberField(min_value=1)


class SubstitutionForm(forms.ModelForm):
    """A lead names the absent colleague; a case manager grants for the own cases only."""

    starts_on = GermanDateField(label=_("Erster Tag"), not_in_past=True)
    ends_on = GermanDateField(
        label=_("Letzter Tag"), not_in_past=True, help_text=_("Höchstens sechs Wochen. Danach endet sie von selbst.")
    )

    class Meta:
        model = Substitution
        fields = ("absent", "deputy", "starts_on", "ends_on")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = able_colleagues(user)
        if may(user, Permission.LEAD_TEAM):
            self.fields["absent"].queryset = CaseManager.objects.colleagues_of(user).active().select_related("user")
            return
        del self.fields["absent"]
        self.instance.absent = user.case_manager
        self.fields["deputy"].queryset = able_colleagues(user).exclude(user=user)

    def clean(self):
        data = super().clean()
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("Der letzte Tag liegt vor dem ersten."))
        if data.get("deputy") and data["deputy"] == data.get("absent"):
            self.add_error("deputy", _("Niemand vertritt sich selbst."))
        return data
