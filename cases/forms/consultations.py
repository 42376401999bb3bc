"""The consultation form, and the small forms around what is to be done next."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.forms.files import NO_AUTOFILL, TopicsField, topic_groups
from cases.models import Case, Consent, Consultation, FollowUp
from districts.models import CaseManager, District, Institution, Language, Topic, Track
from kim.text import CleanCharFormField, CleanTextFormField
from kim.web.forms import GermanDateField, GermanTimeField, WholeNumberField
from kim.web.versions import VersionedFormMixin
from kim.web.widgets import LongSelect

OWNER_SALT = "consultation-form"
OWNER_HOURS = 24
CONFERENCE_REFUSED = _("Die Person willigt nicht mehr in Fallkonferenzen ein. Der Fall wird dort nicht besprochen.")
USUAL_MINUTES = (15, 30, 45, 60, 90)
OTHER = "other"


def owner_token(user) -> str:
    """Says whose form this is, so that what is sent after the session ended can still be kept for that user."""
    return TimestampSigner(salt=OWNER_SALT).sign(str(user.pk))


def owner_of(token: str) -> int | None:
    """The user a form was given to in the last 24 hours; None when the token is forged or too old."""
    try:
        return int(TimestampSigner(salt=OWNER_SALT).unsign(token, max_age=OWNER_HOURS * 3600))
    except BadSignature:
        return None


def check_day(held_on, case: Case) -> None:
    """A talk lies between the opening and the closing of its case."""
    if held_on < case.opened_on:
        raise ValidationError(
            _("Die Beratung liegt vor der Eröffnung des Falls am %(day)s.")
            % {"day": case.opened_on.strftime("%d.%m.%Y")}
        )
    if case.closed_on and held_on > case.closed_on:
        raise ValidationError(
            _("Der Fall ist seit %(day)s abgeschlossen. Beratungen bis dahin lassen sich nachtragen.")
            % {"day": case.closed_on.strftime("%d.%m.%Y")}
        )


def check_next_step(form: forms.BaseForm, cleaned: dict) -> None:
    """What is to be done has a day, and a day has something to be done."""
    due_on, text = cleaned.get("next_due_on"), cleaned.get("next_text")
    if text and not due_on and "next_due_on" not in form.errors:
        form.add_error("next_due_on", _("Bitte angeben, bis wann das zu tun ist."))
    if (due_on or cleaned.get("next_due_at")) and not text and "next_text" not in form.errors:
        form.add_error("next_text", _("Bitte angeben, was zu tun ist."))
    if due_on and due_on < timezone.localdate():
        form.add_error("next_due_on", _("Dieser Tag ist schon vorbei."))


def next_step(cleaned: dict) -> FollowUp | None:
    """The follow-up typed along with a consultation, not yet saved."""
    if not cleaned.get("next_text"):
        return None
    return FollowUp(text=cleaned["next_text"], due_on=cleaned["next_due_on"], due_at=cleaned.get("next_due_at"))


class ConsultationForm(forms.ModelForm):
    """One talk. With a case its track, district and people are taken from there; without one they are asked for.

    Minutes are tapped or typed. What is typed under "nächster Schritt" becomes a follow-up.
    """

    held_on = GermanDateField(label=_("Datum"), not_in_future=True)
    minutes_tapped = forms.ChoiceField(
        label=_("Dauer in Minuten"),
        choices=[*((str(minutes), str(minutes)) for minutes in USUAL_MINUTES), (OTHER, _("andere"))],
        widget=forms.RadioSelect,
    )
    minutes_typed = WholeNumberField(label=_("Andere Dauer in Minuten"), required=False, min_value=1, max_value=720)
    kind = forms.ChoiceField(label=_("Art"), choices=Consultation.Kind.choices, widget=forms.RadioSelect)
    topics = TopicsField(
        label=_("Themen"), queryset=Topic.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    interpreter = forms.ChoiceField(
        label=_("Sprachmittlung"), choices=Consultation.Interpreter.choices, widget=forms.RadioSelect, required=False
    )
    note = CleanTextFormField(
        label=_("Notiz"), required=False, max_length=20000, widget=forms.Textarea({"rows": 7, **NO_AUTOFILL})
    )
    shared_note = CleanTextFormField(
        label=_("Gemeinsame Notiz"), required=False, max_length=20000, widget=forms.Textarea({"rows": 4, **NO_AUTOFILL})
    )
    waiting_minutes = WholeNumberField(label=_("Davon Wartezeit (Minuten)"), required=False, max_value=720)
    indirect_minutes = WholeNumberField(
        label=_("Vor- und Nachbereitung (Minuten)"),
        required=False,
        max_value=720,
        help_text=_("Telefonate ohne die Person, Anträge, Recherche; zusätzlich zur Dauer."),
    )
    next_text = CleanCharFormField(
        label=_("Was ist zu tun?"), required=False, max_length=500, widget=forms.TextInput(NO_AUTOFILL)
    )
    next_due_on = GermanDateField(label=_("Bis wann"), required=False)
    next_due_at = GermanTimeField(label=_("Uhrzeit bei Terminen"), required=False)
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)
    owner = forms.CharField(label=_("Formular"), widget=forms.HiddenInput, required=False)

    class Meta:
        model = Consultation
        fields = (
            "held_on", "kind", "topics", "language", "interpreter", "note", "shared_note", "is_private", "institution",
            "waiting_minutes", "indirect_minutes", "district", "track",
        )  # fmt: skip
        widgets = {"language": LongSelect, "institution": LongSelect}

    def __init__(self, *args, user, case: Case | None, case_manager: CaseManager, **kwargs):
        super().__init__(*args, **kwargs)
        self.case, self.case_manager, self.user = case, case_manager, user
        self.topic_groups = topic_groups()
        valid = [topic.pk for main, subtopics in self.topic_groups for topic in (main, *subtopics)]
        kept = Q(consultations=self.instance) if self.instance.created_by_id else Q(pk__in=[])
        self.fields["topics"].queryset = Topic.objects.filter(Q(pk__in=valid) | kept).distinct()
        self.fields["language"].choices = lambda: [("", "–"), *Language.objects.named()]
        self.fields["institution"].queryset = Institution.objects.filter(
            Q(is_active=True) | Q(pk=self.instance.institution_id)
        )
        institutions = self.fields["institution"].queryset
        self.fields["institution"].choices = lambda: [("", "–"), *institutions.values_list("pk", "name")]
        if case is not None or self.instance.created_by_id:
            del self.fields["district"], self.fields["track"]
        else:
            self.fields["track"].queryset = Track.objects.filter(case_managers=case_manager)
            self.fields["track"].empty_label = None
            self.fields["district"].empty_label = _("ohne Stadtbezirk")
            self.fields["district"].queryset = District.objects.all()
        if case is None or self.instance.created_by_id:
            del self.fields["next_text"], self.fields["next_due_on"], self.fields["next_due_at"]
        if self.instance.created_by_id:
            del self.fields["form_key"], self.fields["owner"]
        if self.instance.group_key:
            self.fields["note"].label = _("Nur in dieser Akte")
            self.fields["shared_note"].help_text = _("Was Sie hier ändern, ändert sich nur in dieser Akte.")
        else:
            del self.fields["shared_note"]
        if case is None or (self.instance.created_by_id and self.instance.created_by_id != user.pk):
            del self.fields["is_private"]

    @classmethod
    def defaults(cls, *, user, case: Case | None, case_manager: CaseManager) -> dict[str, object]:
        """What a fresh form already knows: today, half an hour in the office, the language spoken last time."""
        held = case.consultations.exclude(language=None) if case else Consultation.objects.none()
        language = held.values_list("language", flat=True).first()
        if case and language is None:
            language = case.client.languages.values_list("pk", flat=True).first()
        districts = case_manager.districts.all()
        return {
            "held_on": timezone.localdate(),
            "minutes_tapped": "30",
            "kind": Consultation.Kind.OFFICE,
            "interpreter": Consultation.Interpreter.NONE,
            "language": language or Language.objects.filter(pk="de").values_list("pk", flat=True).first(),
            "district": districts[0].pk if not case and len(districts) == 1 else None,
            "form_key": uuid.uuid4(),
            "owner": owner_token(user),
        }

    def topic_choices(self):
        """Main topics with their subtopics, each with whether it is chosen; a retired topic of an old record stays."""
        chosen = {str(getattr(value, "pk", value)) for value in (self["topics"].value() or [])}

        def choice(topic, subtopics=()):
            return {
                "pk": topic.pk,
                "topic": topic,
                "is_chosen": str(topic.pk) in chosen,
                "subtopics": [choice(subtopic) for subtopic in subtopics],
            }

        groups = [choice(main, subtopics) for main, subtopics in self.topic_groups]
        offered = {topic.pk for main, subtopics in self.topic_groups for topic in (main, *subtopics)}
        retired = self.instance.topics.exclude(pk__in=offered) if self.instance.created_by_id else ()
        return groups + [choice(topic) for topic in retired]

    def more_is_open(self) -> bool:
        """Whether the folded part holds something to be seen: a value, an error, or what an accompaniment is asked."""
        folded = ("institution", "waiting_minutes", "indirect_minutes", "is_private")
        interpreter = self["interpreter"].value()
        return (
            any(name in self.errors or self[name].value() for name in folded if name in self.fields)
            or "interpreter" in self.errors
            or self["kind"].value() == Consultation.Kind.ACCOMPANIMENT
            or interpreter not in (None, "", Consultation.Interpreter.NONE)
        )

    @staticmethod
    def tapped(minutes: int) -> dict[str, object]:
        """Initial values that show a stored duration."""
        if minutes in USUAL_MINUTES:
            return {"minutes_tapped": str(minutes)}
        return {"minutes_tapped": OTHER, "minutes_typed": minutes}

    def clean_held_on(self):
        held_on = self.cleaned_data["held_on"]
        if self.case:
            check_day(held_on, self.case)
        return held_on

    def clean(self):
        cleaned = super().clean()
        self._clean_minutes(cleaned)
        self._ask_for_content(cleaned)
        self._respect_withdrawal(cleaned)
        if self.instance.minutes and (cleaned.get("waiting_minutes") or 0) > self.instance.minutes:
            self.add_error("waiting_minutes", _("Die Wartezeit ist länger als die ganze Begleitung."))
        check_next_step(self, cleaned)
        return cleaned

    def _ask_for_content(self, cleaned):
        """A contact says what it was about: otherwise a slip of the finger would count as a consultation."""
        is_contact = cleaned.get("kind") in Consultation.WITH_PERSON
        said = cleaned.get("topics") or cleaned.get("note") or cleaned.get("shared_note")
        if is_contact and not said and not {"topics", "note"} & self.errors.keys():
            self.add_error("topics", _("Bitte mindestens ein Thema antippen oder eine Notiz schreiben."))

    def _respect_withdrawal(self, cleaned):
        """No case conference about somebody who has withdrawn the consent to it."""
        held_on = cleaned.get("held_on")
        if not held_on or not self.case or cleaned.get("kind") != Consultation.Kind.CASE_CONFERENCE:
            return
        is_news = not self.instance.created_by_id or {"kind", "held_on"} & set(self.changed_data)
        if is_news and self.case.client.consents.forbid(Consent.Purpose.CASE_CONFERENCE, held_on):
            self.add_error("kind", CONFERENCE_REFUSED)

    def _clean_minutes(self, cleaned):
        tapped, typed = cleaned.get("minutes_tapped"), cleaned.get("minutes_typed")
        self.instance.minutes = 0
        if "minutes_typed" in self.errors or "minutes_tapped" in self.errors:
            return
        if tapped == OTHER and typed is None:
            self.add_error("minutes_typed", _("Bitte die Dauer in Minuten eintragen."))
        else:
            self.instance.minutes = typed if tapped == OTHER else int(tapped)

    def _get_validation_exclusions(self):
        """What the form has just looked up is not looked up again; the database refuses what vanishes in between."""
        return super()._get_validation_exclusions() | {"language", "institution", "district", "track"}

    def _post_clean(self):
        self._take_over_record()
        super()._post_clean()

    def _take_over_record(self):
        """District, track, Träger and case manager as they are on this day; an edit leaves them as they were."""
        consultation = self.instance
        consultation.interpreter = consultation.interpreter or Consultation.Interpreter.NONE
        if consultation.created_by_id:
            return
        consultation.form_key = self.cleaned_data.get("form_key") or uuid.uuid4()
        consultation.case, consultation.created_by = self.case, self.user
        consultation.case_manager = self.case.case_manager if self.case else self.case_manager
        consultation.provider = self.case.provider if self.case else self.case_manager.provider
        if self.case:
            consultation.district, consultation.track = self.case.district, self.case.track

    def start_anew(self) -> None:
        """This form was saved before: what has been changed since is a record of its own, if that is meant."""
        self.data = self.data.copy()
        self.data["form_key"] = str(uuid.uuid4())
        self.add_error(
            None,
            _(
                "Dieses Formular ist schon gespeichert, Ihre Änderung noch nicht. Soll es eine weitere Beratung sein, "
                "bitte noch einmal speichern; sonst die gespeicherte im Fall bearbeiten."
            ),
        )

    def follow_up(self) -> FollowUp | None:
        """What is to be done next; its key follows from the form's, so a second submit makes no second one."""
        follow_up = next_step(self.cleaned_data)
        if follow_up is not None:
            follow_up.form_key = uuid.uuid5(self.instance.form_key, "follow-up")
        return follow_up


class ConsultationChangeForm(VersionedFormMixin, ConsultationForm):
    """A stored consultation, with the version that was opened."""

    def __init__(self, *args, instance: Consultation, **kwargs):
        initial = self.tapped(instance.minutes) | kwargs.pop("initial", {})
        super().__init__(*args, instance=instance, initial=initial, **kwargs)


class FollowUpForm(forms.ModelForm):
    text = CleanCharFormField(label=_("Was ist zu tun?"), max_length=500, widget=forms.TextInput(NO_AUTOFILL))
    due_on = GermanDateField(label=_("Bis wann"), not_in_past=True)
    due_at = GermanTimeField(label=_("Uhrzeit bei Terminen"), required=False)
    form_key = forms.UUIDField(label=_("Formular"), widget=forms.HiddenInput)

    class Meta:
        model = FollowUp
        fields = ("text", "due_on", "due_at")

    def save(self, commit=True):
        self.instance.form_key = self.cleaned_data["form_key"]
        return super().save(commit)
