"""Each factory builds the ordinary; a trait names the unusual. Reference data is that of the migrations."""

import json
import uuid
from datetime import timedelta

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from cases.models import Case, Client, Consent, Consultation, Draft, FollowUp, ImportRow, ListImport
from cases.models.client import age_on
from districts.models import (
    Association,
    CaseManager,
    District,
    Institution,
    Language,
    Membership,
    Provider,
    Quarter,
    Substitution,
    Topic,
    Track,
)
from kim.users.models import Role, User

PASSWORD = "Domblick-am-Rhein-26"


def today():
    return timezone.localdate()


def days_ago(days):
    return factory.LazyFunction(lambda: today() - timedelta(days=days))


def years_ago(years):
    return factory.LazyFunction(lambda: today() - timedelta(days=round(years * 365.25)))


# --- The landscape


class DistrictFactory(DjangoModelFactory):
    class Meta:
        model = District
        django_get_or_create = ("number",)

    number = 8
    name = factory.LazyAttribute(lambda district: "Kalk" if district.number == 8 else f"Bezirk {district.number}")
    outline = "M0 0h10v10z"
    label_x = 5
    label_y = 5


class QuarterFactory(DjangoModelFactory):
    class Meta:
        model = Quarter
        django_get_or_create = ("number",)

    number = 802
    name = factory.LazyAttribute(lambda quarter: f"Stadtteil {quarter.number}")
    district = factory.SubFactory(
        DistrictFactory, number=factory.LazyAttribute(lambda district: district.factory_parent.number // 100)
    )


class LanguageFactory(DjangoModelFactory):
    class Meta:
        model = Language
        django_get_or_create = ("code",)

    code = "ar"
    name = name_en = factory.LazyAttribute(lambda language: f"Sprache {language.code}")


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic
        django_get_or_create = ("code",)

    code = "housing"
    name = name_en = factory.LazyAttribute(lambda topic: f"Thema {topic.code}")


class TrackFactory(DjangoModelFactory):
    """Fallmanagement im Stadtbezirk; `protected` is a track of Art. 9, `without_age` one for every age."""

    class Meta:
        model = Track
        django_get_or_create = ("code",)

    class Params:
        protected = factory.Trait(code="lsbti", is_protected=True, is_citywide=True, cases_per_post=15)
        without_age = factory.Trait(code="single_parents", is_citywide=True, min_age=None, max_age=None)

    code = "general"
    name = name_en = factory.LazyAttribute(lambda track: f"Schwerpunkt {track.code}")
    min_age = 18
    max_age = 27


class InstitutionFactory(DjangoModelFactory):
    class Meta:
        model = Institution
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Beratungsstelle {n} (Test)")
    kind = Institution.Kind.ADVICE
    checked_on = days_ago(10)

    @factory.post_generation
    def topics(self, create, extracted, **kwargs):
        if create:
            self.topics.set(extracted or [])

    @factory.post_generation
    def languages(self, create, extracted, **kwargs):
        if create:
            self.languages.set(extracted or [])


# --- People who work with KIM


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@kim-koeln.example")
    name = factory.Sequence(lambda n: f"Robin Beispiel {n}")
    role = Role.CASE_MANAGER
    role_confirmed_at = factory.LazyFunction(timezone.now)
    password = factory.LazyFunction(lambda: make_password(PASSWORD))


class AssociationFactory(DjangoModelFactory):
    class Meta:
        model = Association
        django_get_or_create = ("name",)

    name = "AWO"


class ProviderFactory(DjangoModelFactory):
    class Meta:
        model = Provider

    association = factory.SubFactory(AssociationFactory)
    name = factory.Sequence(lambda n: f"Träger {n}")
    code = factory.Sequence(lambda n: f"traeger-{n}")


class MembershipFactory(DjangoModelFactory):
    """A team lead; with user__role=Role.DATA_PROTECTION the data-protection officer of the Träger."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory, role=Role.LEAD)
    provider = factory.SubFactory(ProviderFactory)


class CaseManagerFactory(DjangoModelFactory):
    class Meta:
        model = CaseManager
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    provider = factory.SubFactory(ProviderFactory)

    @factory.post_generation
    def districts(self, create, extracted, **kwargs):
        if create:
            self.districts.set(extracted or [])

    @factory.post_generation
    def tracks(self, create, extracted, **kwargs):
        if create:
            self.tracks.set(extracted or [TrackFactory()])

    @factory.post_generation
    def languages(self, create, extracted, **kwargs):
        if create:
            self.languages.set(extracted or [])


class SubstitutionFactory(DjangoModelFactory):
    """In force since yesterday for two weeks; `over` ended yesterday, `coming` starts tomorrow."""

    class Meta:
        model = Substitution

    class Params:
        over = factory.Trait(starts_on=days_ago(14), ends_on=days_ago(1))
        coming = factory.Trait(starts_on=days_ago(-1), ends_on=days_ago(-14))

    absent = factory.SubFactory(CaseManagerFactory)
    deputy = factory.SubFactory(CaseManagerFactory, provider=factory.SelfAttribute("..absent.provider"))
    starts_on = days_ago(1)
    ends_on = days_ago(-13)
    created_by = factory.SelfAttribute("absent.user")


# --- Case files


class ClientFactory(DjangoModelFactory):
    class Meta:
        model = Client
        skip_postgeneration_save = True

    provider = factory.SubFactory(ProviderFactory)
    given_names = factory.Sequence(lambda n: f"Amal{n}")
    family_name = factory.Sequence(lambda n: f"Beispiel{n}")
    birth_date = years_ago(22)
    created_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def nationalities(self, create, extracted, **kwargs):
        if create:
            self.nationalities.set(extracted or [])

    @factory.post_generation
    def languages(self, create, extracted, **kwargs):
        if create:
            self.languages.set(extracted or [])


class CaseFactory(DjangoModelFactory):
    """Open for a month, in Stadtbezirk Kalk, by default with a case manager and a client of its own."""

    class Meta:
        model = Case
        skip_postgeneration_save = True

    class Params:
        closed = factory.Trait(
            closed_on=factory.LazyFunction(today),
            status=Case.Status.CLOSED,
            closing_reason=Case.ClosingReason.GOALS_REACHED,
            phase_before_pause=Case.Status.IMPLEMENTATION,
        )
        paused = factory.Trait(
            status=Case.Status.PAUSED, phase_before_pause=Case.Status.PLANNING, pause_reason="Praktikum in Bonn."
        )
        protected = factory.Trait(track=factory.SubFactory(TrackFactory, protected=True))

    case_manager = factory.SubFactory(CaseManagerFactory)
    provider = factory.SelfAttribute("case_manager.provider")
    created_by = factory.SelfAttribute("case_manager.user")
    client = factory.SubFactory(
        ClientFactory, provider=factory.SelfAttribute("..provider"), created_by=factory.SelfAttribute("..created_by")
    )
    track = factory.SubFactory(TrackFactory)
    district = factory.SubFactory(DistrictFactory)
    opened_on = days_ago(30)
    age_at_opening = factory.LazyAttribute(
        lambda case: age_on(case.client.birth_date, case.opened_on) if case.client.birth_date else None
    )

    @factory.post_generation
    def topics(self, create, extracted, **kwargs):
        if create:
            self.topics.set(extracted or [])


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    client = factory.SubFactory(ClientFactory)
    purpose = Consent.Purpose.DOCUMENTATION
    form = Consent.Form.WRITTEN
    given_on = days_ago(20)
    recorded_by = factory.SelfAttribute("client.created_by")


class ConsultationFactory(DjangoModelFactory):
    """Half an hour in the office yesterday; `anonymous` is a Verweisberatung without a case."""

    class Meta:
        model = Consultation
        skip_postgeneration_save = True

    class Params:
        anonymous = factory.Trait(
            case=None,
            case_manager=factory.SubFactory(CaseManagerFactory),
            track=factory.SubFactory(TrackFactory),
            district=factory.SubFactory(DistrictFactory),
        )

    case = factory.SubFactory(CaseFactory)
    case_manager = factory.SelfAttribute("case.case_manager")
    track = factory.SelfAttribute("case.track")
    district = factory.SelfAttribute("case.district")
    provider = factory.SelfAttribute("case_manager.provider")
    created_by = factory.SelfAttribute("case_manager.user")
    held_on = days_ago(1)
    minutes = 30
    note = "Über den Sprachkurs gesprochen."

    @factory.post_generation
    def topics(self, create, extracted, **kwargs):
        if create:
            self.topics.set(extracted or [])


class FollowUpFactory(DjangoModelFactory):
    """Due today."""

    class Meta:
        model = FollowUp

    class Params:
        done = factory.Trait(done_at=factory.LazyFunction(timezone.now), done_by=factory.SelfAttribute("created_by"))

    case = factory.SubFactory(CaseFactory)
    due_on = days_ago(0)
    text = "Im Jobcenter nachfragen."
    created_by = factory.SelfAttribute("case.case_manager.user")


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = Draft

    case = factory.SubFactory(CaseFactory)
    user = factory.SelfAttribute("case.case_manager.user")
    form_key = factory.LazyFunction(uuid.uuid4)
    content = factory.LazyFunction(lambda: json.dumps({"minutes": ["30"], "note": ["Noch nicht gespeichert."]}))


class ListImportFactory(DjangoModelFactory):
    """A checked list of a case manager: one good row, one faulty; `rows` are other texts by column, all good."""

    class Meta:
        model = ListImport
        skip_postgeneration_save = True

    class Params:
        imported = factory.Trait(
            status=ListImport.Status.IMPORTED,
            imported_at=factory.LazyFunction(timezone.now),
            imported_on=factory.LazyFunction(today),
        )

    created_by = factory.LazyFunction(lambda: CaseManagerFactory().user)
    provider = factory.LazyAttribute(lambda found: Provider.objects.of(found.created_by).get())
    case_manager = factory.LazyAttribute(lambda found: getattr(found.created_by, "case_manager", None))
    track = factory.SubFactory(TrackFactory)
    status = ListImport.Status.READY
    digest = factory.LazyFunction(lambda: uuid.uuid4().hex * 2)
    header_row = 1
    mapping = factory.LazyFunction(lambda: {"given_names": 0, "family_name": 1, "birth_date": 2, "phone": 3})
    header = factory.LazyFunction(
        lambda: json.dumps(
            {
                "rows": [[1, ["Vorname", "Nachname", "geb.", "Tel."]], [2, ["Amal", "Haile", "01.02.2003", ""]]],
                "likely": [1],
                "sheet": "Liste",
                "others": 1,
                "special": ["Religion"],
            }
        )
    )

    @factory.post_generation
    def rows(self, create, extracted, **kwargs):
        faulty = {"given_names": "Yusuf", "family_name": "Barry", "birth_date": "31.02.2000"}
        good = {"given_names": "Amal", "family_name": "Haile", "birth_date": "01.02.2003"}
        for position, texts in enumerate(extracted or [good, faulty], 2):
            row = ImportRow(list_import=self, position=position, case_manager=self.case_manager)
            said = [["birth_date", "Das Datum 31.02.2000 gibt es nicht."]] if texts is faulty else []
            row.keep(cells=[texts.get(name, "") for name in self.mapping], marks={}, fixed={}, said=said)
            row.faults = [["birth_date", "impossible"]] if said else []
            row.settle()
            row.save()
