"""Findings, measures and meetings for tests, and released observations as the inbox shows them."""

import re
import uuid

import factory
from django.urls import reverse
from factory.django import DjangoModelFactory

from districts.models import Topic
from kim.users.models import Role
from reports.models import Conference, Decision, Evidence, Finding, Measure, Report
from tests.factories import CaseFactory, ObservationFactory, ReportFactory, UserFactory, days_ago, today


class FindingFactory(DjangoModelFactory):
    """Just bundled, about housing, in all of Cologne. `status` is written as it stands, without its history."""

    class Meta:
        model = Finding
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: f"B-2026-{n + 100:03d}")
    title = factory.Sequence(lambda n: f"Wohnungslose ohne Stelle {n}")
    description = "Zwei Ämter verweisen aufeinander, bis die Frist um ist."
    barrier = "responsibility"
    created_by = factory.SubFactory(UserFactory, role=Role.COORDINATION)

    @factory.post_generation
    def topics(self, create, extracted, **kwargs):
        self.topics.set(extracted or [Topic.objects.get(code="housing")])


class DecisionFactory(DjangoModelFactory):
    class Meta:
        model = Decision

    finding = factory.SubFactory(FindingFactory)
    step = "agree"
    after = "agreed"
    text = "So machen wir es."
    created_by = factory.SelfAttribute("finding.created_by")


class MeasureFactory(DjangoModelFactory):
    """Planned, due in a month; `done` since yesterday."""

    class Meta:
        model = Measure

    class Params:
        done = factory.Trait(status=Measure.Status.DONE, done_on=days_ago(1))

    finding = factory.SubFactory(FindingFactory, status=Finding.Status.AGREED)
    decision = factory.SubFactory(DecisionFactory, finding=factory.SelfAttribute("..finding"))
    text = "Eine gemeinsame Sprechstunde beider Ämter"
    owner = "Amt für Wohnen"
    due_on = days_ago(-30)


class EvidenceFactory(DjangoModelFactory):
    """30 persons for whom nobody was responsible, in the third quarter."""

    class Meta:
        model = Evidence

    finding = factory.SubFactory(FindingFactory)
    report = factory.LazyFunction(lambda: Report.objects.filter(period="2026-3").first() or ReportFactory())
    table, row, column = "barriers", "responsibility", "persons"
    label = "Hürden: Zuständigkeit ungeklärt"
    label_en = "Barriers: nobody responsible"
    value = 30


class ConferenceFactory(DjangoModelFactory):
    """Of the Lenkungsgruppe, today."""

    class Meta:
        model = Conference

    title = "Planungskonferenz Herbst"
    body = "steering_committee"
    held_on = factory.LazyFunction(today)
    created_by = factory.SubFactory(UserFactory, role=Role.COORDINATION)


def released(by=None, **fields):
    """A released observation, by a case manager if one is named."""
    if by is not None:
        fields["case"] = CaseFactory(case_manager=by.case_manager)
    return ObservationFactory(released=True, **fields)


def form_of(finding, step, **fields):
    """What the decision form of a finding sends, on its page as in a meeting."""
    return {
        "finding": finding.number,
        "version": str(finding.version), "form_key": str(uuid.uuid4()), "step": step, "body": "office",
        "decided_on": today().strftime("%d.%m.%Y"), "text": "", "measure_text": "", "measure_owner": "",
        "measure_due_on": "", "due_on": "", "feedback": "", **fields,
    }  # fmt: skip


def finding_data(**fields):
    """What the form of a new finding sends."""
    topic = Topic.objects.get(code="housing")
    return {
        "form_key": str(uuid.uuid4()), "title": "Zwei Ämter, keine Stelle", "description": "Niemand ist zuständig.",
        "topics": [topic.pk], "barrier": "responsibility", "responsible": "", "due_on": "", **fields,
    }  # fmt: skip


def url(name, *args, **query):
    text = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(f"reports:{name}", args=args) + (f"?{text}" if text else "")


def words_of(response):
    """What somebody reads on the page, in one line."""
    return " ".join(re.sub(r"<[^>]*>", "", response.text).split())


# --- For the tables of access and of records

FINDING_ROUTES = {
    "reports:finding": lambda: EvidenceFactory(finding=MeasureFactory().finding).finding,
    "reports:finding_change": FindingFactory,
    "reports:evidence_add": FindingFactory,
    "reports:evidence_remove": EvidenceFactory,
    "reports:measure_change": MeasureFactory,
    "reports:measure_effect": lambda: MeasureFactory(done=True, evidence=EvidenceFactory()),
    "reports:conference": ConferenceFactory,
    "reports:conference_close": ConferenceFactory,
}


def finding_keys(name):
    """The parameters of a route that names a finding, or something of it."""
    made = FINDING_ROUTES[name]()
    return {"number": made.number} if isinstance(made, Finding) else {"pk": made.pk}
