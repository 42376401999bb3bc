"""What the public form asks: how to reach somebody, and what else they want to say; each sentence in their language."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError

from cases.forms.files import main_topics
from cases.models import IntakeRequest
from districts.models import District, Language, Topic
from kim.text import CleanCharFormField, CleanTextFormField, without_hidden
from kim.web.forms import WorldEmailField
from kim.web.languages import current, mark, say, say_lazy

SELF, THIRD_PARTY = IntakeRequest.Source.SELF, IntakeRequest.Source.THIRD_PARTY
FEWEST_DIGITS = 5
NOTE_LENGTH = 120  # with the boxes ticked it must fit into the file of a person
TOPICS = {
    "language": mark("Deutsch lernen"),
    "work": mark("Arbeit finden"),
    "training": mark("Ausbildung finden"),
    "education": mark("Schule und Studium"),
    "housing": mark("Wohnen"),
    "health": mark("Gesundheit"),
    "family": mark("Familie"),
    "authorities": mark("Ämter und Papiere"),
}
CHOOSE_AGAIN = {
    name: say_lazy("Bitte wählen Sie noch einmal.")
    for name in ("invalid_choice", "invalid_list", "invalid_pk_value")
}  # fmt: skip


class _Public:
    """Takes out what a telephone puts into a text unseen, and says what remains wrong in the language of the page."""

    def __init__(self, **kwargs):
        sentences = {"max_length": say_lazy("Der Text ist zu lang. Erlaubt sind %(limit_value)s Zeichen.")}
        sentences |= kwargs.pop("error_messages", {})
        super().__init__(required=False, error_messages=sentences, **kwargs)

    def to_python(self, value):
        try:
            return super().to_python(self.tidied(without_hidden(str(value or ""))))
        except ValidationError:
            sentence = say("Ein Zeichen in diesem Text können wir nicht lesen. Bitte schreiben Sie ihn anders.")
            raise ValidationError(sentence, code="unreadable") from None

    def tidied(self, text):
        return text


class PublicLine(_Public, CleanCharFormField):
    def tidied(self, text):
        return " ".join(text.split())


class PublicText(_Public, CleanTextFormField):
    pass


class PublicPhone(PublicLine):
    """A number in the digits of any script, with words beside it; at least five digits."""

    def tidied(self, text):
        return "".join(str(unicodedata.decimal(each, each)) for each in super().tidied(text))

    def validate(self, value):
        super().validate(value)
        if value and len(re.findall("[0-9]", value)) < FEWEST_DIGITS:
            raise ValidationError(say("Bitte schreiben Sie die Nummer mit Ziffern, zum Beispiel 022112345."))


class PublicEmail(_Public, WorldEmailField):
    """Umlauts may stand behind the @, where mail programs write them otherwise; before it nobody could deliver them."""

    def tidied(self, text):
        return "".join(text.split())


class RegistrationForm(forms.Form):
    """At least one way to reach somebody; everything else is up to them. To a `service` nobody sends somebody else."""

    who = forms.ChoiceField(
        label=say_lazy("Für wen ist die Anmeldung?"),
        choices=[(SELF.value, say_lazy("Für mich")), (THIRD_PARTY.value, say_lazy("Für eine andere Person"))],
        widget=forms.RadioSelect,
        required=False,
        initial=SELF.value,
        error_messages=CHOOSE_AGAIN,
    )
    third_party_name = PublicLine(label=say_lazy("Ihr Name"), max_length=200)
    third_party_contact = PublicLine(label=say_lazy("Ihr Telefon oder Ihre E-Mail"), max_length=200)
    has_agreed = forms.BooleanField(label=say_lazy("Die Person weiß davon und möchte das."), required=False)
    phone = PublicPhone(
        label=say_lazy("Telefon oder Messenger"),
        max_length=50,
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "tel", "dir": "ltr"}),
    )
    email = PublicEmail(
        label=say_lazy("E-Mail"),
        error_messages={
            "invalid": say_lazy(
                "Bitte schreiben Sie die ganze E-Mail-Adresse, zum Beispiel name@beispiel.de. "
                "Vor dem @ gehen keine Umlaute und keine anderen Schriften."
            )
        },
        widget=forms.TextInput({"inputmode": "email", "autocomplete": "email", "dir": "ltr"}),
    )
    no_voicemail = forms.BooleanField(label=say_lazy("Bitte nicht auf die Mailbox sprechen"), required=False)
    write_only = forms.BooleanField(label=say_lazy("Bitte nicht anrufen, nur schreiben"), required=False)
    neutral_subject = forms.BooleanField(
        label=say_lazy("Der Betreff einer E-Mail soll nicht sagen, worum es geht"), required=False, initial=True
    )
    contact_note = PublicLine(
        label=say_lazy("Worauf sollen wir noch achten?"),
        max_length=NOTE_LENGTH,
        help_text=say_lazy("Zum Beispiel: nur am Abend anrufen."),
    )
    name = PublicLine(
        label=say_lazy("Wie dürfen wir Sie nennen?"),
        max_length=200,
        help_text=say_lazy("Ein Vorname oder ein anderer Name genügt."),
        widget=forms.TextInput({"autocomplete": "nickname"}),
    )
    language = forms.ModelChoiceField(
        Language.objects.all(), label=say_lazy("Sprache"), required=False, error_messages=CHOOSE_AGAIN
    )
    district = forms.ModelChoiceField(
        District.objects.only("number", "name"), label=say_lazy("Stadtbezirk"), required=False, to_field_name="number",
        error_messages=CHOOSE_AGAIN,
    )  # fmt: skip
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.none(), label=say_lazy("Worum geht es?"), required=False, to_field_name="code",
        error_messages=CHOOSE_AGAIN,
    )  # fmt: skip
    message = PublicText(
        label=say_lazy("Möchten Sie noch etwas sagen?"), max_length=5000, widget=forms.Textarea({"rows": 4})
    )
    homepage = forms.CharField(required=False)  # a trap: nobody sees it, programs fill it in

    def __init__(self, *args, service, **kwargs):
        super().__init__(*args, **kwargs)
        self.service = service
        self.fields["topics"].queryset = main_topics()
        for name in ("name", "third_party_name", "third_party_contact", "contact_note", "message"):
            self.fields[name].widget.attrs["dir"] = "auto"

    def clean(self):
        said = super().clean()
        is_for_another = said.get("who") == THIRD_PARTY
        if is_for_another and self.service:
            self.add_error(None, say("Hier kann sich nur jede Person selbst anmelden."))
        elif is_for_another and not said.get("has_agreed"):
            self.add_error("has_agreed", say("Bitte bestätigen Sie, dass die Person davon weiß und es möchte."))
        ways = ("phone", "email", *(("third_party_contact",) if is_for_another else ()))
        if not any(said.get(way) or way in self.errors for way in ways):
            self.add_error("phone", say("Bitte geben Sie ein Telefon oder eine E-Mail-Adresse an."))
        if not is_for_another:
            said |= {"who": SELF, "has_agreed": True, "third_party_name": "", "third_party_contact": ""}
        return said

    @property
    def is_trapped(self):
        return bool(self.data.get("homepage"))

    def said(self):
        """What was said, as plain values: to tell the same words from others."""
        told = {name: self.cleaned_data[name] for name in self.fields if name not in ("topics", "homepage")}
        told["topics"] = sorted(topic.pk for topic in self.cleaned_data["topics"])
        return {name: value.pk if hasattr(value, "pk") else value for name, value in told.items()}

    def request(self, form_key):
        """The request that was said here, not yet saved."""
        aside = ("who", "topics", "homepage")
        told = {name: value for name, value in self.cleaned_data.items() if name not in aside}
        if self.service:
            told |= {"track": self.service.track, "provider": self.service.provider}
        return IntakeRequest(
            source=self.cleaned_data["who"],
            channel=IntakeRequest.Channel.FORM,
            page_language=current().code,
            form_key=form_key,
            **told,
        )
