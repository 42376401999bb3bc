"""What happens between people: observations, hand-overs, reports on the directory, and who was told of them."""

from datetime import date, timedelta

from django.urls import reverse

from cases.demo import arrival_texts as texts
from cases.demo import landscape
from cases.demo.method import Method
from cases.models import Case, Consent, Handover, Notice, Observation
from districts.models import CaseManager, DirectoryReport, Institution, Topic
from kim.users.models import User

Kind, Purpose = Notice.Kind, Consent.Purpose
SOON = timedelta(days=14)  # in which a lead answers
LEAD = {employer.code: employer.lead for employer in landscape.EMPLOYERS}


def write_highlights(pen: Method, institutions: list[Institution]) -> None:
    stage = Highlights(pen, institutions)
    stage.write_observations()
    stage.write_handovers()
    stage.write_reports()
    stage.tell_of_the_substitution()
    Notice.objects.bulk_create(stage.notices)


class Highlights:
    def __init__(self, pen: Method, institutions: list[Institution]) -> None:
        self.pen, self.staff = pen, pen.staff
        self.institutions = {place.name: place for place in institutions}
        self.desks = {person.name: desk for person, desk in zip(self.staff.profiles, self.staff.managers, strict=True)}
        self.notices: list[Notice] = []
        self.used_cases: list[int] = []

    def tell(self, users: list[User], kind: str, path: str, day: date) -> None:
        """Once for each kind and page, as the application does."""
        known = {(notice.user_id, notice.kind, notice.path) for notice in self.notices}
        new = [user for user in users if (user.pk, kind, path) not in known]
        self.notices += [self.pen.notice(user, kind, path, day) for user in new]

    def lately(self, day: date) -> date:
        """So near that nobody has read of it yet, and not before the day it answers."""
        return max(day, self.pen.before(2))

    def lead_of(self, desk: CaseManager) -> User:
        return self.staff.users[LEAD[desk.provider.code]]

    def case_of(self, desk: CaseManager, opened_until: date | None = None) -> Case | None:
        """One of the unprotected cases on a desk that is well on its way, each one once."""
        rows = Case.objects.open().filter(case_manager=desk, track__is_protected=False).exclude(pk__in=self.used_cases)
        rows = rows.exclude(status=Case.Status.PAUSED).select_related("track", "client")
        if opened_until:
            rows = rows.filter(opened_on__lte=opened_until)
        case = rows.order_by("opened_on", "pk").first()
        if case:
            self.used_cases.append(case.pk)
        return case

    # --- Observations

    def write_observations(self) -> None:
        for place, (name, topic, barrier, status, text) in enumerate(texts.OBSERVATIONS):
            day = self.pen.before(2 + 3 * place)
            self._observe(self.desks[name], Topic.objects.get(code=topic), barrier, status, text, day)
        for working_days, name, topic, barrier, text in texts.OLDER_OBSERVATIONS:
            subject, day = Topic.objects.get(code=topic), self.pen.before(working_days)
            self._observe(self.desks[name], subject, barrier, Observation.Status.RELEASED, text, day)

    def _observe(self, desk: CaseManager, topic: Topic, barrier: str, status: str, text: str, day: date) -> None:
        case = self.case_of(desk, day)
        if case is None:
            return
        observation = Observation(
            id=self.pen.uuid(), form_key=self.pen.uuid(), topic=topic, barrier=barrier, text=text,
            created_at=self.pen.at(day), created_by=desk.user,
        )  # fmt: skip
        observation.is_about(case)
        is_back = status == Observation.Status.RETURNED
        decided_on = self.lately(day) if is_back else self.pen.day(day, min(self.pen.today, day + SOON))
        lead = self.lead_of(desk)
        if status != Observation.Status.DRAFT:
            observation.propose()
        if status == Observation.Status.RELEASED:
            observation.release(lead)
            observation.released_on = decided_on
        if is_back:
            observation.return_to_writer(texts.RETURN_REASON)
        observation.save(force_insert=True)
        if status == Observation.Status.PROPOSED:
            self.tell([lead], Kind.OBSERVATION_TO_RELEASE, reverse("cases:team_observations"), day)
        elif status != Observation.Status.DRAFT:
            page = reverse("cases:observation_change", args=[observation.pk])
            self.tell([desk.user], Kind.OBSERVATION_ANSWERED, page, decided_on)

    # --- Hand-overs

    def write_handovers(self) -> None:
        demo, absent = self.desks[texts.DEMO], self.desks[texts.ABSENT]
        self._to_colleague(absent, demo, texts.HANDOVERS["colleague"], self.pen.before(4))
        self._to_provider(demo, "begegnungshaus", texts.HANDOVERS["leaving"], self.pen.before(1), is_released=False)
        neighbour = self.desks["Laura Quintero"]
        self._to_provider(neighbour, "wegweiser", texts.HANDOVERS["arriving"], self.pen.before(3), is_released=True)
        self._declined(demo, absent, self.pen.before(28))

    def _handover(self, case: Case, giver: CaseManager, summary: str, day: date, **whom) -> Handover:
        return Handover(
            id=self.pen.uuid(), case=case, provider_id=case.provider_id, from_case_manager=giver, summary=summary,
            form_key=self.pen.uuid(), created_at=self.pen.at(day), created_by=giver.user, **whom,
        )  # fmt: skip

    def _to_colleague(self, giver: CaseManager, receiver: CaseManager, summary: str, day: date) -> None:
        if (case := self.case_of(giver)) is None:
            return
        whom = {"to_case_manager": receiver, "to_provider_id": receiver.provider_id}
        handover = self._handover(case, giver, summary, day, **whom)
        handover.save(force_insert=True)
        page = reverse("cases:handover_answer", args=[handover.pk])
        self.tell([receiver.user], Kind.HANDOVER_PROPOSED, page, day)

    def _to_provider(self, giver: CaseManager, code: str, summary: str, day: date, *, is_released: bool) -> None:
        if (case := self.case_of(giver)) is None:
            return
        self._ask_for_consent(case, giver, day)
        handover = self._handover(case, giver, summary, day, to_provider=self.staff.providers[code])
        lead = self.lead_of(giver)
        if is_released:
            handover.status, handover.released_by = Handover.Status.RELEASED, lead
            handover.released_at = self.pen.at(self.pen.before(1))
            lead = self.staff.users[LEAD[code]]
        handover.save(force_insert=True)
        page = reverse("cases:team_handover", args=[handover.pk])
        self.tell([lead], Kind.HANDOVER_PROPOSED, page, self.pen.before(1) if is_released else day)

    def _ask_for_consent(self, case: Case, giver: CaseManager, day: date) -> None:
        """Nothing goes to another Träger without it."""
        last = case.client.consents.last_word(Purpose.HANDOVER)
        if last and last.withdrawn_on is None and (last.valid_until is None or last.valid_until >= self.pen.today):
            return
        given_on = max(day - timedelta(days=1), case.opened_on)
        if last and last.withdrawn_on is None:
            Consent.objects.filter(pk=last.pk).update(replaced_on=given_on)
        Consent.objects.create(
            client=case.client, purpose=Purpose.HANDOVER, form=Consent.Form.WRITTEN, given_on=given_on,
            notice_version=self.staff.notice_version(giver.provider, given_on), notice_language="de",
            recorded_by=giver.user,
        )  # fmt: skip

    def _declined(self, giver: CaseManager, receiver: CaseManager, day: date) -> None:
        if (case := self.case_of(giver)) is None:
            return
        whom = {"to_case_manager": receiver, "to_provider_id": receiver.provider_id}
        handover = self._handover(case, giver, texts.HANDOVERS["colleague"], day, **whom)
        handover.status, handover.reason = Handover.Status.DECLINED, "Meine Plätze sind zurzeit alle besetzt."
        handover.decided_by, handover.decided_at = receiver.user, self.pen.at(day + timedelta(days=1))
        handover.save(force_insert=True)
        self.tell([giver.user], Kind.HANDOVER_DECLINED, reverse("cases:handover_inbox"), day + timedelta(days=1))

    # --- The directory

    def write_reports(self) -> None:
        page = reverse("cases:directory_reports")
        for place, (name, reporter, text, status, answered_by, answer) in enumerate(texts.REPORTS):
            day = self.pen.before(1 + 2 * place)
            report = self._report(self.staff.users[reporter], name, text, day)
            if status == DirectoryReport.Status.OPEN:
                self.tell(self._keepers(report), Kind.DIRECTORY_REPORT, page, day)
            else:
                answered_on = self.lately(day)
                report.settle(status=status, answer=answer, by=self.staff.users[answered_by])
                report.answered_at = self.pen.at(answered_on)
                self.tell([report.reported_by], Kind.DIRECTORY_ANSWERED, page, answered_on)
            report.save(force_insert=True)

    def _report(self, user: User, name: str, text: str, day: date) -> DirectoryReport:
        at = {person.name: person.employer for person in landscape.COUNSELLORS}
        at |= {name: each.code for each in landscape.EMPLOYERS for name in (each.lead, each.officer)}
        return DirectoryReport(
            id=self.pen.uuid(), form_key=self.pen.uuid(), text=text, reported_by=user,
            institution=self.institutions[f"{name} {landscape.MARK}"] if name else None,
            provider=self.staff.providers.get(at.get(user.name)), created_at=self.pen.at(day),
        )  # fmt: skip

    def _keepers(self, report: DirectoryReport) -> list[User]:
        """The coordinating office, and the Träger that looked at the entry last."""
        kept_by = report.institution.checked_by if report.institution else None
        users = list(self.staff.offices)
        if kept_by:
            users += [desk.user for desk in self.staff.managers if desk.provider_id == kept_by.pk]
            users.append(self.staff.users[LEAD[kept_by.code]])
        return [user for user in users if user.pk != report.reported_by_id]

    def tell_of_the_substitution(self) -> None:
        day = self.pen.today - timedelta(days=3)
        self.tell(
            [self.desks[landscape.DEPUTY].user], Kind.SUBSTITUTION_GRANTED, reverse("cases:substitution_list"), day
        )
