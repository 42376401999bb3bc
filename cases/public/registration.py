"""One look at the form, or one submit of it: what it offers, what comes back, and whether a request comes of it."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.core.exceptions import ValidationError

from cases.actions.registrations import TooManyRequests, register
from cases.forms.files import main_topics
from cases.models import Suspicion
from cases.public.form_pass import HASTY_SECONDS, FormPass, is_from_here
from cases.public.forms import TOPICS, RegistrationForm
from districts.models import CaseManager, District, Language
from districts.public.contacts import Choice, contact_of, service_of, spoken_name
from kim.web.languages import PLAIN, SOURCE, current, mark, say

MOST_CONTACTS = 6
NOT_OFFERED = mark("Dieses Angebot gibt es zurzeit nicht. Schreiben Sie uns trotzdem: Wir suchen jemanden.")


class Registration:
    status = 200
    sentence = ""  # above the form, where it comes back although every field is right
    contacts = ()  # whom to call instead

    def __init__(self, request):
        data = request.POST if request.method == "POST" else None
        asked = request.GET if data is None else data
        self.pass_ = FormPass.new()
        self.service = service_of(asked["an"]) if asked.get("an") else None
        self.all_languages = {each.code: each for each in Language.objects.all()}
        self.all_districts = {str(each.number): each for each in District.objects.only("number", "name")}
        self.query = self._understood(request.GET)
        self.form = RegistrationForm(data, service=self.service, initial=self._prefilled())
        if asked.get("an") and not self.service:
            self.sentence = say(NOT_OFFERED)

    def _understood(self, query):
        known = {"bezirk": self.all_districts, "sprache": self.all_languages}
        found = {name: query.get(name) for name, values in known.items() if query.get(name) in values}
        return found | ({"an": self.service.key} if self.service else {})

    def _prefilled(self):
        own = current().code if current().code not in (SOURCE, PLAIN) else ""
        return {"district": self.query.get("bezirk", ""), "language": self.query.get("sprache", own)}

    # --- What the page shows

    @property
    def district_choices(self):
        chosen = str(self.form["district"].value() or "")
        return [Choice(key, each.name, "de", key == chosen) for key, each in self.all_districts.items()]

    @property
    def language_choices(self):
        """Those that many speak come first; each named in itself."""
        chosen = self.form["language"].value()
        named = [(not each.is_common, *spoken_name(each), code) for code, each in self.all_languages.items()]
        named.sort(key=lambda entry: (entry[0], entry[1].casefold()))
        return [Choice(code, name, spoken, code == chosen) for _rare, name, spoken, code in named]

    @property
    def topic_choices(self):
        chosen = self.form["topics"].value() or ()
        named = [(each.code, say(TOPICS[each.code]) if each.code in TOPICS else str(each)) for each in main_topics()]
        return [Choice(code, label, "", code in chosen) for code, label in named]

    # --- What becomes of it

    def submitted(self, request):
        """The number of the request, also when the same form is sent again; None when the page has something to say."""
        presented = FormPass.read(request.POST.get("pass", ""))
        if presented is None or not is_from_here(request) or self.sentence:
            return self._once_more()
        self.pass_ = presented
        if not self.form.is_valid():
            return None
        intake = self.form.request(presented.form_key(self.form.said()))
        if first := intake.first_result(None):
            return first.number
        if presented.is_over:
            return self._once_more()
        if not ratelimit.consume(request, action="registration"):
            return self._too_many()
        return self._register(intake, address=get_adapter().get_client_ip(request))

    def _looks_like(self):
        """A program, or somebody as far as the form can tell."""
        if self.form.is_trapped:
            return Suspicion.TRAP
        return Suspicion.HASTY if self.pass_.is_hasty else ""

    def _register(self, intake, *, address):
        topics = self.form.cleaned_data["topics"]
        try:
            return register(intake, topics=topics, address=address, looks_like=self._looks_like()).number
        except TooManyRequests:
            return self._too_many()
        except ValidationError:  # nobody serves the track any more
            self.service = self.form.service = None
            self.sentence = say(NOT_OFFERED)

    def _once_more(self):
        """With a fresh pass, which is as old as somebody needs who only presses the button again."""
        self.pass_ = FormPass.new(seconds_ago=HASTY_SECONDS)
        self.sentence = self.sentence or say(
            "Das Formular war lange offen. Was Sie geschrieben haben, steht noch da. Bitte noch einmal absenden."
        )

    def _too_many(self):
        self.status = 429
        self.sentence = say(
            "Im Moment kommen sehr viele Anmeldungen an. Was Sie geschrieben haben, steht noch da. "
            "Bitte versuchen Sie es später noch einmal, oder rufen Sie an."
        )
        self.contacts = self._who_answers()

    def _who_answers(self):
        people = CaseManager.objects.listed().exclude(work_phone="")
        if district := self.form.cleaned_data["district"]:
            people = people.for_district(district)
        return [contact_of(each) for each in people.for_public_page()[:MOST_CONTACTS]]
