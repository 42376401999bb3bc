"""Builds the stories of reports.demo.texts on the released observations and the frozen reports that are there."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from districts.models import Topic
from kim.permissions import Permission, roles_with
from kim.users.models import User
from reports.actions.feedback import tell_writers
from reports.demo.texts import MEETING_AGO, MEETING_TITLE, NEXT_MEETING_IN, NEXT_TITLE, STORIES, Said, Story
from reports.models import Conference, Decision, Evidence, Finding, FindingSource, Measure, Report
from reports.models.conference import Body
from reports.models.finding import STEPS
from reports.pages.effect import effect_of
from reports.pages.evidence import evidence_of, heads, is_published
from reports.pages.findings import taken
from reports.queries.observations import Seen, inbox


@transaction.atomic
def build_findings(today: date) -> int:
    """So many findings; none without somebody at the coordinating office."""
    office = User.objects.filter(role__in=roles_with(Permission.WORK_ON_FINDINGS), is_active=True).first()
    if office is None:
        return 0
    scene = Scene(office, today)
    for story in sorted(STORIES, key=lambda story: -story.opened_ago):
        scene.tell(story)
    return len(STORIES)


class Scene:
    def __init__(self, office: User, today: date) -> None:
        self.office, self.today = office, today
        past, coming = self.day(MEETING_AGO), today + timedelta(days=NEXT_MEETING_IN)
        self.meeting = self._conference(MEETING_TITLE, Body.STEERING_COMMITTEE, past, is_closed=True)
        self._conference(NEXT_TITLE, Body.STEERING_COMMITTEE, coming, is_closed=False)

    def day(self, ago: int) -> date:
        return self.today - timedelta(days=ago)

    def at(self, ago: int, hour: int) -> datetime:
        return timezone.make_aware(datetime.combine(self.day(ago), time(hour)))

    def tell(self, story: Story) -> None:
        seen = self._seen(story)
        finding = self._finding(story)
        finding.topics.set([Topic.objects.get(code=story.topic.partition("-")[0])])
        finding.districts.set({each.district for each in seen if each.district})
        FindingSource.objects.bulk_create(
            FindingSource(
                finding=finding, observation=each.key, topic=each.topic, barrier=each.barrier, district=each.district,
                released_on=each.released_on, taken_on=max(finding.opened_on, each.released_on),
            )
            for each in seen
        )  # fmt: skip
        evidence = self._evidence(story, finding)
        self._write(finding, Said("opened", story.opened_ago), Finding.Status.BUNDLED)
        status = Finding.Status.BUNDLED
        for said in story.said:
            status = STEPS[said.step].after or status
            decision = self._write(finding, said, status)
            if said.step == "agree":
                self._measure(story, finding, decision, evidence)
        if story.measure and story.measure.verdict:
            last = Said("check", 3, text=story.measure.verdict_text)
            self._write(finding, last, Finding.Status.CHECKED)
        tell_writers(finding, text=story.feedback, by=self.office)

    # --- Parts

    def _conference(self, title: str, body: Body, held_on: date, *, is_closed: bool) -> Conference:
        closed_at = timezone.make_aware(datetime.combine(held_on, time(17))) if is_closed else None
        return Conference.objects.create(
            title=title, body=body, held_on=held_on, closed_at=closed_at, created_by=self.office
        )

    def _seen(self, story: Story) -> list[Seen]:
        topic = Topic.objects.get(code=story.topic)
        found: list[Seen] = inbox(taken(), None, topic=topic, barrier=story.barrier).object_list
        return found

    def _finding(self, story: Story) -> Finding:
        opened_on = self.day(story.opened_ago)
        last = 3 if story.measure and story.measure.verdict else min(
            (said.days_ago for said in story.said), default=story.opened_ago
        )  # fmt: skip
        status = Finding.Status.BUNDLED
        for said in story.said:
            status = STEPS[said.step].after or status
        return Finding.objects.create(
            number=Finding.objects.next_number(opened_on.year), title=story.title, description=story.description,
            barrier=story.barrier, responsible=story.responsible, opened_on=opened_on, moved_on=self.day(last),
            status=Finding.Status.CHECKED if story.measure and story.measure.verdict else status,
            due_on=self.today + timedelta(days=story.due_in) if story.due_in else None, created_by=self.office,
        )  # fmt: skip

    def _write(self, finding: Finding, said: Said, status: str) -> Decision:
        return Decision.objects.create(
            finding=finding, step=said.step, body=said.body, decided_on=self.day(said.days_ago), text=said.text,
            after=status, conference=self.meeting if said.in_meeting else None, created_by=self.office,
            created_at=self.at(said.days_ago, 11),
        )  # fmt: skip

    def _measure(self, story: Story, finding: Finding, decision: Decision, evidence: Evidence | None) -> None:
        plan = story.measure
        if plan is None:
            return
        Measure.objects.create(
            finding=finding, decision=decision, text=plan.text, owner=plan.owner, status=plan.status,
            due_on=self.today + timedelta(days=plan.due_in), evidence=evidence, verdict=plan.verdict,
            done_on=self._done_on(story), verdict_text=plan.verdict_text,
            verdict_on=self.day(3) if plan.verdict else None,
        )  # fmt: skip

    def _evidence(self, story: Story, finding: Finding) -> Evidence | None:
        """Of the tables of the story the first with a number; of a judged measure with one to compare it with."""
        for table in story.evidence:
            for report in self._reports(story):
                evidence = _figure(report, table, story, finding) if is_published(report, table) else None
                if evidence and evidence.value is not None and self._is_enough(evidence, story):
                    evidence.finding, evidence.noted_on = finding, max(finding.opened_on, report.span.due_on)
                    evidence.save()
                    return evidence
        return None

    def _reports(self, story: Story) -> list[Report]:
        """Quarters from before the measure was done: those out when the finding was opened, then those after."""
        reports = Report.objects.current().filter(kind=Report.Kind.QUARTER).newest_first()
        if done_on := self._done_on(story):
            reports = reports.filter(ends_on__lt=done_on)
        found, opened_on = list(reports), self.day(story.opened_ago)
        were_out = [report for report in found if report.span.due_on <= opened_on]
        return were_out + [report for report in reversed(found) if report not in were_out]

    def _done_on(self, story: Story) -> date | None:
        ago = story.measure.done_ago if story.measure else None
        return None if ago is None else self.day(ago)

    def _is_enough(self, evidence: Evidence, story: Story) -> bool:
        is_judged = story.measure is not None and bool(story.measure.verdict)
        return not is_judged or effect_of(evidence, self._done_on(story)).change is not None


def _figure(report: Report, table: str, story: Story, finding: Finding) -> Evidence:
    rows, columns = heads(report, table)
    wanted = story.barrier if table == "barriers" else story.topic.partition("-")[0]
    row = wanted if wanted in dict(rows) else rows[0][0]
    column = next((key for key, _name in columns if key in {str(n) for n in _districts(finding)}), columns[0][0])
    return evidence_of(report, table, row, column)


def _districts(finding: Finding) -> list[int]:
    return list(finding.districts.values_list("number", flat=True))
