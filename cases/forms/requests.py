"""Forms around requests: writing one down, passing it on, ending it; and what narrows the lists."""

from datetime import timedelta

import django_filters
from crispy_forms.layout import Column, Field, Fieldset, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL, TopicsField, layout_helper, main_topics
from cases.forms.team import LoadChoiceField
from cases.models import Case, Client, IntakeRequest
from cases.numbers import REQUEST, normalised
from cases.workload import able_colleagues
from districts.models import CaseManager, District, Institution, Language, Topic, Track
from kim.permissions import Permission, may
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.form_parts import with_dashes
from kim.web.forms import GermanDateField, PhoneField, WorldEmailField
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import LongSelect

SELF, TEAM, OFFICE = "self", "team", "office"  # where whoever enters a request sends it
OLDEST = timedelta(days=365)


def _with_sentence(urgency: IntakeRequest.Urgency) -> str:
    return f"{urgency.label}: {IntakeRequest.URGENCY_MEANS[urgency]}"


with_sentence = lazy(_with_sentence, str)


class RequestForm(forms.ModelForm):
    """What is asked for, by whom, and how to reach the person. The coordinating office chooses no destination."""

    urgency = forms.ChoiceField(
        label=_("Wie eilig ist es?"),
        choices=[(urgency.value, with_sentence(urgency)) for urgency in IntakeRequest.Urgency],
        widget=forms.RadioSelect,
    )
    topics = TopicsField(
        label=_("Worum geht es?"), queryset=Topic.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    phone = PhoneField(label=_("Telefon"), required=False, max_length=50)
    email = WorldEmailField(label=_("E-Mail-Adresse"), required=False)
    contact_note = CleanCharFormField(
        label=_("Was wir beim Kontakt lassen sollen"),
        required=False,
        max_length=200,
        help_text=_("Zum Beispiel: nicht auf die Mailbox sprechen."),
    )
    message = CleanTextFormField(
        label=_("Anliegen"),
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Kurz und in den Worten der Person. Bitte keine Namen anderer Menschen."),
    )
    received_on = GermanDateField(label=_("Eingegangen am"), not_in_future=True)
    destination = forms.ChoiceField(label=_("Wohin mit der Anfrage?"), widget=forms.RadioSelect)

    class Meta:
        model = IntakeRequest
        fields = (
            "source", "channel", "received_on", "has_agreed", "name", "phone", "email", "contact_note", "language",
            "interpreter_needed", "district", "track", "urgency", "topics", "message",
        )  # fmt: skip
        widgets = dict.fromkeys(("source", "channel", "language", "district", "track"), LongSelect)
        labels = {
            "track": _("Gewünschter Schwerpunkt"),
            "has_agreed": _("Die junge Person weiß davon und ist einverstanden."),
        }
        help_texts = {"has_agreed": _("Nur nötig, wenn jemand anderes für sie anfragt.")}

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        with_dashes(self)
        known = [(source.value, source.label) for source in IntakeRequest.KNOWN_SOURCES]
        self.fields["source"].choices = [("", "–"), *known]
        self.fields["name"].required = True  # who writes it down has spoken with somebody
        offer_traits(self, _("weiß nicht"))
        self.fields["track"].queryset = Track.objects.all()
        self.fields["track"].empty_label = _("kein besonderer Wunsch")
        self.fields["topics"].queryset = main_topics()
        for name in ("name", "phone", "email", "contact_note", "message"):
            self.fields[name].widget.attrs.update(NO_AUTOFILL)
        self._offer_destinations(user)
        self.helper = layout_helper(*self._layout())

    def _offer_destinations(self, user) -> None:
        own = [(TEAM, _("an mein Team")), (OFFICE, _("an die koordinierende Fachstelle"))]
        if may(user, Permission.WORK_ON_CASES):
            own.insert(0, (SELF, _("ich übernehme sie selbst")))
        if may(user, Permission.TAKE_REQUESTS):
            self.fields["destination"].choices = own
            self.initial.setdefault("destination", own[0][0])
        else:
            del self.fields["destination"]

    def _layout(self) -> Layout:
        parts = [
            Fieldset(
                _("Wie die Anfrage kam"),
                Row(Column("source"), Column("channel"), Column("received_on")),
                "has_agreed",
            ),
            Fieldset(
                _("Person"),
                "name",
                Row(Column("phone"), Column("email")),
                "contact_note",
                Row(Column("language"), Column("district")),
                "interpreter_needed",
            ),
            Fieldset(
                _("Anliegen"),
                "urgency",
                Field("topics", template="components/chips.html"),
                "track",
                "message",
            ),
        ]
        return Layout(*parts, *(["destination"] if "destination" in self.fields else []))

    @property
    def chosen_destination(self) -> str:
        return self.cleaned_data.get("destination", OFFICE)

    def clean_received_on(self):
        received_on = self.cleaned_data["received_on"]
        if received_on < timezone.localdate() - OLDEST:
            raise ValidationError(_("Das Datum liegt mehr als ein Jahr zurück. Bitte prüfen."))
        return received_on

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("source") in (IntakeRequest.Source.SELF, IntakeRequest.Source.OUTREACH):
            cleaned["has_agreed"] = True  # they say it themselves
        ways = ("phone", "email", "message")
        if not any(cleaned.get(way) or way in self.errors for way in ways):
            self.add_error(
                "phone",
                _(
                    "Bitte angeben, wie wir die Person erreichen: Telefon, E-Mail-Adresse oder ein Weg, "
                    "der unter „Anliegen“ steht."
                ),
            )
        return cleaned


def person_from(intake: IntakeRequest | None) -> dict[str, object]:
    """What a request already says about the person, as a start for the form of a new one."""
    if intake is None:
        return {}
    *given, family = intake.name.split() or [""]
    names = {"given_names": " ".join(given), "family_name": family} if given else {"given_names": family}
    return names | {
        "phone": intake.phone,
        "email": intake.email,
        "contact_note": _kept_in_mind(intake),
        "languages": [intake.language_id] if intake.language_id else [],
        "interpreter_needed": intake.interpreter_needed,
        "preferred_channel": CHANNELS.get(intake.channel, ""),
    }


def _kept_in_mind(intake: IntakeRequest) -> str:
    """What not to do when calling: the boxes that are ticked, and the words beside them."""
    ticked = [intake._meta.get_field(name).verbose_name for name in WISHES if getattr(intake, name)]
    return "; ".join(str(wish) for wish in [*ticked, intake.contact_note] if wish)


def case_from(intake: IntakeRequest | None) -> dict[str, object]:
    """What a request already says about the case."""
    if intake is None:
        return {}
    told = {"district": intake.district_id, "track": intake.track_id, "access_route": ROUTES.get(intake.source, "")}
    return {name: value for name, value in told.items() if value} | {"topics": list(intake.topics.all())}


WISHES = ("write_only", "no_voicemail")
CHANNELS = {
    IntakeRequest.Channel.PHONE: Client.Channel.PHONE,
    IntakeRequest.Channel.VISIT: Client.Channel.VISIT,
    IntakeRequest.Channel.MAIL: Client.Channel.EMAIL,
    IntakeRequest.Channel.MESSENGER: Client.Channel.MESSENGER,
    IntakeRequest.Channel.LETTER: Client.Channel.POST,
}
ROUTES = {  # which institution it was, nobody knows: that one is chosen by hand
    IntakeRequest.Source.SELF: Case.AccessRoute.SELF,
    IntakeRequest.Source.THIRD_PARTY: Case.AccessRoute.FAMILY,
    IntakeRequest.Source.OUTREACH: Case.AccessRoute.OUTREACH,
}


class GiveForm(forms.Form):
    to = LoadChoiceField(
        label=_("Wer soll die Anfrage übernehmen?"),
        queryset=CaseManager.objects.none(),
        empty_label=_("bitte wählen"),
        help_text=_("In Klammern: offene Fälle und wie viele die Stelle tragen kann."),
        error_messages={"invalid_choice": _("Diese Person kann die Anfrage nicht übernehmen. Bitte neu wählen.")},
    )

    def __init__(self, *args, user, request: IntakeRequest, **kwargs):
        super().__init__(*args, **kwargs)
        able = able_colleagues(user).exclude(pk=request.case_manager_id)
        if request.is_protected:
            able = able.filter(pk__in=CaseManager.objects.filter(tracks=request.track_id).values("pk"))
        self.fields["to"].queryset = able


class RequestChangeForm(VersionedFormMixin, forms.ModelForm):
    """How to reach the person and what to mind, with the version that was opened. What was said stays as said."""

    phone = CleanCharFormField(label=_("Telefon oder Messenger"), required=False, max_length=50)  # words beside it, too
    email = WorldEmailField(label=_("E-Mail-Adresse"), required=False)
    contact_note = CleanCharFormField(label=_("Was wir beim Kontakt lassen sollen"), required=False, max_length=200)

    class Meta:
        model = IntakeRequest
        fields = (
            "has_agreed", "name", "phone", "email", "contact_note", "write_only", "no_voicemail", "neutral_subject",
            "language", "interpreter_needed", "district",
        )  # fmt: skip
        widgets = dict.fromkeys(("language", "district"), LongSelect)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offer_traits(self, _("weiß nicht"))
        for name in ("name", "phone", "email", "contact_note"):
            self.fields[name].widget.attrs.update(NO_AUTOFILL)
        self.helper = layout_helper(
            Fieldset(
                _("Person"),
                "name",
                Row(Column("phone"), Column("email")),
                Row(Column("language"), Column("district")),
                "interpreter_needed",
                "has_agreed",
            ),
            Fieldset(_("Beim Kontakt"), "write_only", "no_voicemail", "neutral_subject", "contact_note"),
        )

    def clean(self):
        cleaned = super().clean()
        is_told_elsewhere = self.instance.message or self.instance.third_party_contact
        if not is_told_elsewhere and not any(cleaned.get(way) or way in self.errors for way in ("phone", "email")):
            self.add_error("phone", _("Bitte ein Telefon oder eine E-Mail-Adresse angeben."))
        return cleaned


def offer_traits(form, empty) -> None:
    form.fields["language"].choices = [("", empty), *Language.objects.named()]
    form.fields["district"].queryset = District.objects.only("name")
    form.fields["district"].empty_label = empty


class ReturnForm(forms.Form):
    """Why, and what has become known meanwhile, so that the next Träger fits; of a row read blind nothing is known."""

    reason = forms.ChoiceField(label=_("Grund"), choices=[("", "–"), *IntakeRequest.ReturnReason.choices])
    note = CleanTextFormField(
        label=_("Anmerkung"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Liest, wer die Anfrage als Nächstes übernimmt; die Fachstelle liest nur den Grund."),
    )
    language = forms.ModelChoiceField(
        label=_("Sprache"),
        queryset=Language.objects.all(),
        required=False,
        widget=LongSelect,
        help_text=_("Wenn inzwischen bekannt: Danach wird gesucht, wer passt."),
    )
    district = forms.ModelChoiceField(
        label=_("Stadtbezirk"), queryset=District.objects.none(), required=False, widget=LongSelect
    )

    def __init__(self, *args, is_blind: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if is_blind:
            del self.fields["language"], self.fields["district"]
        else:
            offer_traits(self, _("wie bisher"))


class EndForm(forms.Form):
    """Not taken: what became of it, why, and where the person was sent."""

    OUTCOMES = (
        ("refer", IntakeRequest.Status.REFERRED_ON.label),
        ("withdraw", IntakeRequest.Status.WITHDRAWN.label),
        ("unreachable", IntakeRequest.Status.UNREACHABLE.label),
    )

    outcome = forms.ChoiceField(label=_("Was ist geschehen?"), choices=OUTCOMES, widget=forms.RadioSelect)
    reason = forms.ChoiceField(
        label=_("Grund"),
        required=False,
        choices=[("", "–"), *IntakeRequest.EndReason.choices],
        help_text=_("Nicht nötig, wenn niemand zu erreichen war."),
    )
    institution = forms.ModelChoiceField(
        label=_("Weitervermittelt an"),
        queryset=Institution.objects.none(),
        required=False,
        empty_label=_("keine oder nicht im Verzeichnis"),
        widget=LongSelect,
    )
    note = CleanTextFormField(label=_("Anmerkung"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args, possible: set[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["institution"].queryset = Institution.objects.active().only("name")
        self.fields["outcome"].choices = [each for each in self.OUTCOMES if each[0] in possible]

    def clean(self):
        cleaned = super().clean()
        outcome = cleaned.get("outcome")
        if outcome in ("refer", "withdraw") and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Bitte angeben, warum die Anfrage nicht aufgenommen wird."))
        is_named = cleaned.get("institution") or cleaned.get("note")
        if outcome == "refer" and not is_named and not {"institution", "note"} & set(self.errors):
            self.add_error("institution", _("Bitte die Einrichtung wählen oder in der Anmerkung nennen."))
        if outcome and outcome != "refer":
            cleaned["institution"] = None
        return cleaned


class StepForm(forms.Form):
    """One click on a request."""

    STEPS = ("contact", "wait", "resume")

    step = forms.ChoiceField(label=_("Schritt"), choices=[(step, step) for step in STEPS])


# --- Lists


class ListFilter(django_filters.FilterSet):
    """Narrows rows by state, district, language, urgency; what is not a valid choice narrows nothing."""

    district = django_filters.ModelChoiceFilter(
        label=_("Stadtbezirk"), queryset=District.objects.only("name"), empty_label=_("alle")
    )
    language = django_filters.ChoiceFilter(
        label=_("Sprache"), choices=lambda: list(Language.objects.named()), empty_label=_("alle"), widget=LongSelect
    )
    urgency = django_filters.ChoiceFilter(
        label=_("Wie eilig"), choices=IntakeRequest.Urgency.choices, empty_label=_("alle")
    )

    class Meta:
        model = IntakeRequest
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.form.order_fields(["state", "district", "language", "urgency", "number"])

    @property
    def chosen(self) -> dict:
        return self.form.cleaned_data if self.is_bound else {}

    @property
    def qs(self):
        rows = super().qs
        return rows if self.chosen.get("state") or self.chosen.get("number") else self.in_no_state(rows)

    def in_no_state(self, rows):
        return rows.open()

    def filter_state(self, rows, name, value):
        return getattr(self, f"_{value}")(rows)


class RequestFilter(ListFilter):
    """For a Träger. A lead must not learn district or language of a protected row by filtering.

    A number finds its request in any state, among the rows that are listed for somebody anyway.
    """

    number = django_filters.CharFilter(label=_("Nummer"), max_length=20, method="filter_number")
    state = django_filters.ChoiceFilter(
        label=_("Stand"),
        choices=(
            ("unaccepted", _("noch von niemandem übernommen")),
            ("accepted", _("übernommen")),
            ("waiting_list", _("Warteliste")),
            ("unreachable", _("nicht erreichbar")),
            ("ended", _("beendet oder aufgenommen")),
            ("suspect", _("vielleicht Spam")),
        ),
        empty_label=_("alle offenen Anfragen"),
        method="filter_state",
    )

    @property
    def qs(self):
        rows = super().qs
        traits = ("district", "language", "urgency")
        hides = may(self.request.user, Permission.LEAD_TEAM) and any(self.chosen.get(trait) for trait in traits)
        return rows.without_protected() if hides else rows

    def filter_number(self, rows, name, value):
        return rows.filter(number=normalised(value, REQUEST))

    def _unaccepted(self, rows):
        return rows.unaccepted()

    def _accepted(self, rows):
        return rows.open().exclude(case_manager=None)

    def _waiting_list(self, rows):
        return rows.filter(status=IntakeRequest.Status.WAITING_LIST)

    def _unreachable(self, rows):
        return rows.unreachable()

    def _suspect(self, rows):
        return rows.suspect()

    def _ended(self, rows):
        return rows.ended().order_by("-last_action_at", "pk")
