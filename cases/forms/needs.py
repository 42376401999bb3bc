"""Needs by topic, quick to tap; one need; a contact of the network."""

import uuid
from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL
from cases.forms.form_group import FormGroup
from cases.models import Assessment, Case, Need, NetworkContact
from cases.models.need import BARRIER_NEEDED
from districts.models import Barrier, Institution, Topic
from districts.models.catalogue import HEALTH_TOPIC
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.forms import GermanDateField, WholeNumberField
from kim.web.versions import Difference, VersionedFormMixin
from kim.web.widgets import LongSelect

SHORT = {"rows": 2, **NO_AUTOFILL}
HEALTH_TEXT = _(
    "Für Angaben zur Gesundheit fehlt die Einwilligung in besondere Angaben. Bitte nur die Dringlichkeit eintragen."
)


def short_text(label):
    return CleanTextFormField(label=label, required=False, max_length=1000, widget=forms.Textarea(SHORT))


class NeedFieldsMixin(forms.ModelForm):
    """What every form of a need asks. Without the consent to special data, health has an urgency and no words."""

    urgency = forms.ChoiceField(label=_("Dringlichkeit"), choices=Need.Urgency.choices, widget=forms.RadioSelect)
    text = short_text(_("Was die Person braucht"))
    resources = short_text(_("Was schon da ist"))

    def __init__(self, *args, has_special_consent: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.has_special_consent = has_special_consent

    def close_words(self) -> None:
        """Neither shown nor accepted."""
        del self.fields["text"], self.fields["resources"]


class NeedStatusMixin(forms.ModelForm):
    """What became of the need, and the barrier where nothing could be found."""

    status = forms.ChoiceField(label=_("Stand"), choices=Need.Status.choices, widget=forms.RadioSelect)
    barrier = forms.ChoiceField(
        label=_("Woran es liegt"), choices=[("", "–"), *Barrier.choices], required=False, widget=LongSelect
    )

    def clean(self):
        cleaned = super().clean()
        is_unmet = cleaned.get("status") == Need.Status.UNMET
        if is_unmet and not cleaned.get("barrier") and "barrier" not in self.errors:
            self.add_error("barrier", BARRIER_NEEDED)
        if not is_unmet:
            cleaned["barrier"] = ""
        return cleaned

    def _post_clean(self):
        stored = Need(status=self.instance.status, settled_on=self.instance.settled_on)
        if not self.errors:
            stored.settle(self.cleaned_data["status"], barrier=self.cleaned_data["barrier"])
            self.instance.settled_on = stored.settled_on
        super()._post_clean()


class NeedRowForm(VersionedFormMixin, NeedStatusMixin, NeedFieldsMixin):
    """A known need in the grid; its topic may become more or less exact, but stays in the same main topic."""

    class Meta:
        model = Need
        fields = ("urgency", "status", "barrier", "text", "resources")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.is_about_health and not self.has_special_consent:
            self.close_words()

    @property
    def title(self) -> str:
        return str(self.instance.topic)


class NewNeedForm(NeedFieldsMixin):
    """A topic nobody has spoken about yet, or a further need in it: no tap means no need."""

    NONE = ""

    urgency = forms.ChoiceField(
        label=_("Dringlichkeit"),
        choices=[(NONE, _("kein Bedarf")), *Need.Urgency.choices],
        required=False,
        widget=forms.RadioSelect,
    )
    exact = forms.ChoiceField(label=_("Genauer"), required=False, widget=LongSelect)

    class Meta:
        model = Need
        fields = ("urgency", "text", "resources")

    def __init__(self, *args, topic: Topic, subtopics: Sequence[Topic], **kwargs):
        super().__init__(*args, **kwargs)
        self.topic, self.subtopics = topic, {str(subtopic.pk): subtopic for subtopic in subtopics}
        self.fields["urgency"].label = str(topic)
        self.fields["exact"].choices = [("", "–"), *((key, str(each)) for key, each in self.subtopics.items())]
        if topic.code == HEALTH_TOPIC and not self.has_special_consent:
            self.close_words()

    def clean(self):
        cleaned = super().clean()
        typed = any(cleaned.get(name) for name in ("text", "resources", "exact"))
        if typed and not cleaned.get("urgency") and "urgency" not in self.errors:
            self.add_error("urgency", _("Bitte antippen, wie dringend es ist."))
        return cleaned

    def _post_clean(self):
        """The record is made by `need()`; without an urgency there is none."""

    def need(self, *, case: Case, form_key: uuid.UUID, by) -> Need | None:
        cleaned = self.cleaned_data
        if not cleaned["urgency"]:
            return None
        words = {name: cleaned[name] for name in ("text", "resources") if name in cleaned}
        topic = self.subtopics.get(cleaned["exact"], self.topic)
        key = uuid.uuid5(form_key, str(self.topic.pk))
        return Need(case=case, topic=topic, urgency=cleaned["urgency"], form_key=key, created_by=by, **words)


class AssessmentForm(forms.ModelForm):
    held_on = GermanDateField(label=_("Datum"), not_in_future=True)
    summary = CleanTextFormField(
        label=_("Zusammenfassung"),
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 4, **NO_AUTOFILL}),
        help_text=_("Auch Stärken und was schon gut läuft."),
    )
    opened_number = WholeNumberField(label=_("Formular"), widget=forms.HiddenInput)
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    class Meta:
        model = Assessment
        fields = ("held_on", "summary")

    def __init__(self, *args, last: Assessment | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.last = last
        self.initial |= {"opened_number": last.number if last else 0, "form_key": uuid.uuid4()}

    def clean_held_on(self):
        held_on = self.cleaned_data["held_on"]
        if held_on < self.instance.case.opened_on:
            raise ValidationError(_("Das Datum liegt vor der Eröffnung des Falls."))
        if self.last and held_on < self.last.held_on:
            raise ValidationError(_("Die letzte Einschätzung ist jünger. Bitte das Datum prüfen."))
        return held_on

    def clean_form_key(self):
        self.instance.form_key = self.cleaned_data["form_key"]
        return self.instance.form_key


def valid_topics() -> list[tuple[Topic, list[Topic]]]:
    """Each main topic with its subtopics, valid today, with all their columns."""
    valid = list(Topic.objects.valid_on(timezone.localdate()))
    mains = [topic for topic in valid if topic.parent_id is None]
    return [(main, [topic for topic in valid if topic.parent_id == main.pk]) for main in mains]


class NeedsGrid(FormGroup):
    """All topics on one page: what is known of each, and room for one more need in it."""

    def __init__(self, data, *, case: Case, needs: Sequence[Need], last: Assessment | None, has_special_consent: bool):
        instance = Assessment(case=case)
        self.case, self.conflict = case, False
        self.head = AssessmentForm(data, instance=instance, last=last, initial={"held_on": timezone.localdate()})
        self.rows: list[NeedRowForm] = []
        self.fresh: list[NewNeedForm] = []
        self.groups: list[tuple[Topic, list[NeedRowForm], NewNeedForm | None]] = []
        groups = valid_topics()
        offered = {main.pk for main, _subtopics in groups}
        for main, subtopics in groups:
            rows = [self._row(data, need, has_special_consent) for need in needs if need.main_topic.pk == main.pk]
            fresh = NewNeedForm(
                data, topic=main, subtopics=subtopics, prefix=f"new-{main.pk}", has_special_consent=has_special_consent
            )
            self._keep(main, rows, fresh)
        for need in needs:  # of a topic that is no longer in the catalogue
            if need.main_topic.pk not in offered:
                self._keep(need.main_topic, [self._row(data, need, has_special_consent)], None)
        super().__init__(self.head, *self.rows, *self.fresh)

    def _keep(self, topic: Topic, rows: list[NeedRowForm], fresh: NewNeedForm | None) -> None:
        self.groups.append((topic, rows, fresh))
        self.rows += rows
        self.fresh += [fresh] if fresh else []

    @staticmethod
    def _row(data, need: Need, has_special_consent: bool) -> NeedRowForm:
        """A need that came into being after the form was opened is not in what was sent, and stays as it is."""
        prefix = f"need-{need.pk}"
        is_sent = data is not None and f"{prefix}-version" in data
        return NeedRowForm(
            data if is_sent else None, instance=need, prefix=prefix, has_special_consent=has_special_consent
        )

    def new_needs(self, by) -> list[Need]:
        key = self.head.cleaned_data["form_key"]
        return [need for form in self.fresh if (need := form.need(case=self.case, form_key=key, by=by))]

    def changed_rows(self) -> list[NeedRowForm]:
        return [row for row in self.rows if row.is_bound and set(row.changed_data) - {"version"}]

    def meet(self, stored: "NeedsGrid") -> None:
        """After a conflict: what is stored now stands beside what was typed, and the next save counts."""
        self.conflict = True
        kept = {row.instance.pk: row for row in stored.rows}
        for row in self.rows:
            if row.is_bound and row.instance.pk in kept:
                row.meet(kept[row.instance.pk])
                row.differences = [
                    Difference(f"{row.title}: {found.label}", found.typed, found.stored) for found in row.differences
                ]
        self.head.data = self.head.data.copy()
        self.head.data["opened_number"] = str(stored.head.initial["opened_number"])


class NeedForm(NeedFieldsMixin):
    """A need that came up in between."""

    topic = forms.ModelChoiceField(label=_("Thema"), queryset=Topic.objects.none(), widget=LongSelect)
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    class Meta:
        model = Need
        fields = ("topic", "urgency", "text", "resources")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offer_topics(self.fields["topic"])

    def clean(self):
        cleaned = super().clean()
        topic = cleaned.get("topic")
        about_health = topic is not None and (topic.parent or topic).code == HEALTH_TOPIC
        if about_health and not self.has_special_consent:
            for name in ("text", "resources"):
                if cleaned.get(name):
                    self.add_error(name, HEALTH_TEXT)
        return cleaned

    def clean_form_key(self):
        self.instance.form_key = self.cleaned_data["form_key"]
        return self.instance.form_key


class NeedChangeForm(VersionedFormMixin, NeedStatusMixin, NeedFieldsMixin):
    """A stored need: more exact, more urgent, met, or not to be met and why."""

    topic = forms.ModelChoiceField(label=_("Thema"), queryset=Topic.objects.none(), widget=LongSelect)

    class Meta:
        model = Need
        fields = ("topic", "urgency", "text", "resources", "status", "barrier")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        main = self.instance.main_topic
        within = Q(pk=main.pk) | Q(parent=main.pk)
        offer_topics(self.fields["topic"], within, kept=self.instance.topic_id)
        if self.instance.is_about_health and not self.has_special_consent:
            self.close_words()


def offer_topics(field: forms.ModelChoiceField, within: Q | None = None, *, kept: int | None = None) -> None:
    """Main topics with their subtopics below them, valid today; what is stored already stays possible."""
    valid = Topic.objects.valid_on(timezone.localdate()).filter(within or Q())
    field.queryset = (valid | Topic.objects.filter(pk=kept)).select_related("parent") if kept else valid
    topics = list(field.queryset.select_related("parent"))
    mains = [topic for topic in topics if topic.parent_id is None]
    ordered = [each for main in mains for each in (main, *(t for t in topics if t.parent_id == main.pk))]
    ordered += [topic for topic in topics if topic not in ordered]
    field.choices = [("", "–"), *((each.pk, f"– {each}" if each.parent_id else str(each)) for each in ordered)]


class NetworkContactForm(forms.ModelForm):
    label = CleanCharFormField(
        label=_("Wer"),
        max_length=100,
        widget=forms.TextInput(NO_AUTOFILL),
        help_text=_("Ein Wort genügt: Tante, Sprachlehrerin. Bitte keine vollen Namen."),
    )
    kind = forms.ChoiceField(label=_("Bereich"), choices=NetworkContact.Kind.choices, widget=forms.RadioSelect)
    closeness = forms.ChoiceField(
        label=_("Wie nah?"), choices=NetworkContact.Closeness.choices, widget=forms.RadioSelect
    )
    help_given = CleanTextFormField(
        label=_("Womit sie helfen"), required=False, max_length=500, widget=forms.Textarea(SHORT)
    )

    class Meta:
        model = NetworkContact
        fields = ("label", "kind", "closeness", "institution", "help_given")
        widgets = {"institution": LongSelect}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        active = Institution.objects.filter(Q(is_active=True) | Q(pk=self.instance.institution_id))
        field = self.fields["institution"]
        field.queryset, field.label = active, gettext("Einrichtung aus dem Verzeichnis")
        field.choices = lambda: [("", "–"), *active.values_list("pk", "name")]


class NetworkContactCreateForm(NetworkContactForm):
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    def clean_form_key(self):
        self.instance.form_key = self.cleaned_data["form_key"]
        return self.instance.form_key


class NetworkContactChangeForm(VersionedFormMixin, NetworkContactForm):
    """A stored contact, with the version that was opened."""
