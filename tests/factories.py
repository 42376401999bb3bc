"""Each factory builds the ordinary; a trait names the unusual. Reference data is that of the migrations."""

import json
import uuid
from datetime import timedelta

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from cases.models import (
    Assessment,
    CalendarFeed,
    Case,
    ClearingDecision,
    Client,
    ConfidentialityRelease,
    Consent,
    Consultation,
    Digest,
    Draft,
    ExpiringDocument,
    FirstInterview,
    FollowUp,
    Goal,
    Handover,
    ImportRow,
    IntakeRequest,
    ListImport,
    Need,
    NetworkContact,
    Notice,
    Observation,
    Referral,
    RequestMessage,
    StateRecord,
    Step,
    SupportPlan,
)
from cases.models.client import age_on
from districts.models import (
    Association,
    Barrier,
    CaseManager,
    DirectoryReport,
    District,
    Institution,
    Language,
    Membership,
    PrivacyNotice,
    Provider,
    Quarter,
    Substitution,
    Topic,
    Track,
)
from kim.privacy.tokens import hash_of
from kim.users.models import Role, User
from reports.models import Report, ReportLink
from reports.models.report import checksum_of
from reports.periods import period_from_key
from tests.report_figures import figures

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
        protected = factory.Trait(
            code="lsbti", is_protected=True, special_category="orientation", is_citywide=True, cases_per_post=15
        )
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


class DirectoryReportFactory(DjangoModelFactory):
    """Of the city, about an institution of its own; `answered` is taken over, `proposal` names a new one."""

    class Meta:
        model = DirectoryReport

    class Params:
        proposal = factory.Trait(institution=None)
        answered = factory.Trait(status=DirectoryReport.Status.DONE, answered_at=factory.LazyFunction(timezone.now))

    institution = factory.SubFactory(InstitutionFactory)
    text = "Die Telefonnummer ist eine andere."
    reported_by = factory.LazyFunction(lambda: UserFactory(role=Role.COORDINATION))


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


class PrivacyNoticeFactory(DjangoModelFactory):
    """German, and valid for ten days."""

    class Meta:
        model = PrivacyNotice

    provider = factory.SubFactory(ProviderFactory)
    language_id = "de"
    version = factory.Sequence(lambda n: f"{n:02}/2026")
    valid_from = days_ago(10)
    text = "Wir speichern wenig."


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


class ReleaseFactory(DjangoModelFactory):
    """To a doctor who is not in the directory."""

    class Meta:
        model = ConfidentialityRelease

    client = factory.SubFactory(ClientFactory)
    recipient_name = factory.LazyAttribute(lambda release: "" if release.institution else "Praxis am Park")
    institution = None
    concerns = "Termine und Befunde."
    form = ConfidentialityRelease.Form.WRITTEN
    given_on = days_ago(20)
    created_by = factory.SelfAttribute("client.created_by")


class FirstInterviewFactory(DjangoModelFactory):
    class Meta:
        model = FirstInterview

    case = factory.SubFactory(CaseFactory)
    held_on = days_ago(20)
    told_voluntary = True
    created_by = factory.SelfAttribute("case.case_manager.user")


class ClearingDecisionFactory(DjangoModelFactory):
    class Meta:
        model = ClearingDecision

    case = factory.SubFactory(CaseFactory)
    outcome = ClearingDecision.Outcome.BRIEF
    reason = "Drei Fragen zum Sprachkurs."
    created_by = factory.SelfAttribute("case.case_manager.user")


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


class StateRecordFactory(DjangoModelFactory):
    """Transferred today as an open case."""

    class Meta:
        model = StateRecord

    case = factory.SubFactory(CaseFactory)
    noted_on = days_ago(0)
    noted_by = factory.SelfAttribute("case.case_manager.user")


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


class ReferralFactory(DjangoModelFactory):
    """Made ten days ago, without a result; `failed` ended at a full house, `due` should have been asked yesterday."""

    class Meta:
        model = Referral

    class Params:
        failed = factory.Trait(
            result=Referral.Result.REJECTED, result_on=days_ago(2), barrier=Barrier.CAPACITY, ask_again_on=None
        )
        accepted = factory.Trait(
            result=Referral.Result.ACCEPTED, result_on=days_ago(2), waiting_days=8, ask_again_on=None
        )
        due = factory.Trait(ask_again_on=days_ago(1))

    case = factory.SubFactory(CaseFactory)
    institution = factory.SubFactory(InstitutionFactory)
    topic = factory.SubFactory(TopicFactory)
    made_on = days_ago(10)
    ask_again_on = days_ago(-4)
    created_by = factory.SelfAttribute("case.case_manager.user")


class ExpiringDocumentFactory(DjangoModelFactory):
    """A Duldung that runs out in a week."""

    class Meta:
        model = ExpiringDocument

    class Params:
        done = factory.Trait(done_at=factory.LazyFunction(timezone.now), done_by=factory.SelfAttribute("created_by"))

    client = factory.SubFactory(ClientFactory)
    kind = ExpiringDocument.Kind.TOLERATION
    valid_until = days_ago(-7)
    note = "Verlängerung ist beantragt."
    created_by = factory.SelfAttribute("client.created_by")


class NoticeFactory(DjangoModelFactory):
    """Unread, about no case."""

    class Meta:
        model = Notice

    user = factory.SubFactory(UserFactory)
    kind = Notice.Kind.CASE_RECEIVED
    path = "/mein-tag/"


class CalendarFeedFactory(DjangoModelFactory):
    """Its address ends with `token`.ics."""

    class Meta:
        model = CalendarFeed

    class Params:
        token = "geheime-adresse"

    user = factory.SubFactory(UserFactory)
    token_hash = factory.LazyAttribute(lambda feed: hash_of(feed.token))


class DigestFactory(DjangoModelFactory):
    class Meta:
        model = Digest

    user = factory.SubFactory(UserFactory)


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = Draft

    case = factory.SubFactory(CaseFactory)
    user = factory.SelfAttribute("case.case_manager.user")
    form_key = factory.LazyFunction(uuid.uuid4)
    content = factory.LazyFunction(lambda: json.dumps({"minutes": ["30"], "note": ["Noch nicht gespeichert."]}))


class IntakeRequestFactory(DjangoModelFactory):
    """Two days old and with the coordinating office; with a `provider` there, with a `case_manager` accepted."""

    class Meta:
        model = IntakeRequest
        skip_postgeneration_save = True

    class Params:
        protected = factory.Trait(track=factory.SubFactory(TrackFactory, protected=True))

    source = IntakeRequest.Source.SELF
    channel = IntakeRequest.Channel.PHONE
    has_agreed = True
    name = factory.Sequence(lambda n: f"Samira Anfrage {n}")
    phone = "0221 98765"
    message = "Sucht einen Sprachkurs."
    district = factory.SubFactory(DistrictFactory)
    received_on = days_ago(2)
    case_manager = None
    provider = factory.LazyAttribute(lambda request: request.case_manager and request.case_manager.provider)
    status = factory.LazyAttribute(
        lambda request: IntakeRequest.Status.ASSIGNED if request.provider else IntakeRequest.Status.NEW
    )
    created_by = factory.SubFactory(UserFactory, role=Role.COORDINATION)

    @factory.post_generation
    def topics(self, create, extracted, **kwargs):
        if create:
            self.topics.set(extracted or [])


class RequestMessageFactory(DjangoModelFactory):
    """An answer that was sent; `incoming` is a mail of the person."""

    class Meta:
        model = RequestMessage

    class Params:
        incoming = factory.Trait(direction="in", state="received", created_by=None, sent_at=None)

    request = factory.SubFactory(IntakeRequestFactory)
    direction = RequestMessage.Direction.OUT
    state = RequestMessage.State.SENT
    address = "amira@jung.example"
    subject = "Antwort auf Ihre Nachricht"
    text = "Guten Tag, passt Montag?"
    message_id = factory.LazyFunction(lambda: f"<{uuid.uuid4()}@kim-koeln.example>")
    sent_at = factory.LazyFunction(timezone.now)
    created_by = factory.SubFactory(UserFactory)


class ObservationFactory(DjangoModelFactory):
    """Proposed to the lead; `draft`, `released` and `returned` are the other states."""

    class Meta:
        model = Observation

    class Params:
        draft = factory.Trait(status=Observation.Status.DRAFT, is_without_persons=False)
        released = factory.Trait(
            status=Observation.Status.RELEASED,
            released_on=factory.LazyFunction(today),
            released_by=factory.SubFactory(UserFactory, role=Role.LEAD),
        )
        returned = factory.Trait(status=Observation.Status.RETURNED, return_reason="Bitte ohne Ort.")

    case = factory.SubFactory(CaseFactory)
    provider = factory.SelfAttribute("case.provider")
    district = factory.SelfAttribute("case.district")
    topic = factory.SubFactory(TopicFactory)
    barrier = "waiting"
    text = "Auf einen Kursplatz wartet man hier ein halbes Jahr."
    status = Observation.Status.PROPOSED
    is_without_persons = True
    created_by = factory.SelfAttribute("case.case_manager.user")


class HandoverFactory(DjangoModelFactory):
    """Proposed to a colleague; `external` to another Träger, `released` by the own lead, `done` is answered."""

    class Meta:
        model = Handover

    class Params:
        external = factory.Trait(to_case_manager=None, to_provider=factory.SubFactory(ProviderFactory))
        released = factory.Trait(status=Handover.Status.RELEASED, released_at=factory.LazyFunction(timezone.now))
        done = factory.Trait(status=Handover.Status.DECLINED, decided_at=factory.LazyFunction(timezone.now))

    case = factory.SubFactory(CaseFactory)
    provider = factory.SelfAttribute("case.provider")
    from_case_manager = factory.SelfAttribute("case.case_manager")
    to_case_manager = factory.SubFactory(CaseManagerFactory, provider=factory.SelfAttribute("..provider"))
    to_provider = factory.SelfAttribute("to_case_manager.provider")
    summary = "Sucht eine Wohnung, ist gut zu erreichen."
    created_by = factory.SelfAttribute("case.case_manager.user")


# --- Needs, the network and the plan


class NeedFactory(DjangoModelFactory):
    """Urgent and open; `met` and `unmet` are settled today."""

    class Meta:
        model = Need

    class Params:
        met = factory.Trait(status=Need.Status.MET, settled_on=days_ago(0))
        unmet = factory.Trait(status=Need.Status.UNMET, barrier=Barrier.WAITING, settled_on=days_ago(0))

    case = factory.SubFactory(CaseFactory)
    topic = factory.SubFactory(TopicFactory)
    text = "Eine eigene Wohnung."
    resources = "Ein Onkel sucht mit."
    urgency = Need.Urgency.URGENT
    created_by = factory.SelfAttribute("case.case_manager.user")


class AssessmentFactory(DjangoModelFactory):
    """The first one of a case, ten days ago, with how each need stands in `rated`."""

    class Meta:
        model = Assessment
        skip_postgeneration_save = True

    case = factory.SubFactory(CaseFactory)
    number = factory.LazyAttribute(lambda assessment: assessment.case.assessments.count() + 1)
    held_on = days_ago(10)
    summary = "Hat schon viel allein geregelt."
    created_by = factory.SelfAttribute("case.case_manager.user")

    @factory.post_generation
    def rated(self, create, extracted, **kwargs):
        for need, urgency in (extracted or {}).items():
            self.ratings.create(need=need, urgency=urgency, status=need.status)


class NetworkContactFactory(DjangoModelFactory):
    class Meta:
        model = NetworkContact

    case = factory.SubFactory(CaseFactory)
    label = "Tante"
    kind = NetworkContact.Kind.FAMILY
    closeness = NetworkContact.Closeness.NEAR
    help_given = "Passt auf das Kind auf."
    created_by = factory.SelfAttribute("case.case_manager.user")


class PlanFactory(DjangoModelFactory):
    """Agreed ten days ago, to be looked at again in eighty; `draft` and `superseded` say so."""

    class Meta:
        model = SupportPlan

    class Params:
        draft = factory.Trait(status=SupportPlan.Status.DRAFT, agreed_on=None, agreed_how="", review_on=None)
        superseded = factory.Trait(status=SupportPlan.Status.SUPERSEDED, superseded_on=days_ago(5))
        overdue = factory.Trait(review_on=days_ago(1))

    case = factory.SubFactory(CaseFactory)
    number = factory.LazyAttribute(lambda plan: plan.case.plans.count() + 1)
    status = SupportPlan.Status.AGREED
    intro = "Ich will auf eigenen Füßen stehen."
    agreed_on = days_ago(10)
    agreed_how = SupportPlan.Agreement.TALK
    review_on = days_ago(-80)
    created_by = factory.SelfAttribute("case.case_manager.user")


class GoalFactory(DjangoModelFactory):
    class Meta:
        model = Goal

    plan = factory.SubFactory(PlanFactory)
    topic = factory.SubFactory(TopicFactory)
    text = "Ich habe eine eigene Wohnung."
    due_on = days_ago(-60)
    position = factory.LazyAttribute(lambda goal: goal.plan.goals.count())
    created_by = factory.SelfAttribute("plan.created_by")


class StepFactory(DjangoModelFactory):
    class Meta:
        model = Step

    goal = factory.SubFactory(GoalFactory)
    actor = Step.Actor.CLIENT
    text = "Wohnberechtigungsschein beantragen"
    due_on = days_ago(-14)
    position = factory.LazyAttribute(lambda step: step.goal.steps.count())


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


# --- The figures of the city


class ReportFactory(DjangoModelFactory):
    """A frozen report of `period` ("2026-3", "2026-H1", "2026") with the made-up figures of `persons` people."""

    class Meta:
        model = Report
        exclude = ("span", "persons")

    class Params:
        building = factory.Trait(status=Report.Status.BUILDING, frozen_at=None, figures={}, checksum="", progress=40)
        second = factory.Trait(version=2, reason="In einem Stadtbezirk fehlten Fälle.")

    persons = 300
    period = "2026-3"
    span = factory.LazyAttribute(lambda report: period_from_key(report.period))
    kind = factory.LazyAttribute(lambda report: report.span.kind)
    starts_on = factory.LazyAttribute(lambda report: report.span.start)
    ends_on = factory.LazyAttribute(lambda report: report.span.end)
    cut_off = factory.LazyAttribute(lambda report: report.span.cut_off)
    version = 1
    status = Report.Status.FROZEN
    progress = 100
    frozen_at = factory.LazyFunction(timezone.now)
    catalogue_version = program_version = "1"
    figures = factory.LazyAttribute(lambda report: figures(report.persons))
    checksum = factory.LazyAttribute(lambda report: checksum_of(report.figures))


class ReportLinkFactory(DjangoModelFactory):
    """A link whose secret is `token`."""

    class Meta:
        model = ReportLink
        exclude = ("token",)

    token = factory.Sequence(lambda n: f"geheimer-link-{n}")
    report = factory.SubFactory(ReportFactory)
    label = "Integrationsrat"
    valid_until = days_ago(-90)
    token_hash = factory.LazyAttribute(lambda link: hash_of(link.token))
    created_by = factory.SubFactory(UserFactory, role=Role.COORDINATION)
