"""What the method writes into a case file, beside the talks: drawn apart, so that talks and people stay as they are."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from django.urls import reverse

from cases.demo import themes
from cases.demo.draws import Draws
from cases.demo.plan import Stay
from cases.demo.staff import Staff
from cases.models import (
    Assessment,
    Case,
    ClearingDecision,
    Client,
    ConfidentialityRelease,
    Consent,
    Consultation,
    ExpiringDocument,
    FirstInterview,
    Goal,
    IntakeRequest,
    Need,
    NeedRating,
    NetworkContact,
    Notice,
    PlanReview,
    Referral,
    StateRecord,
    Step,
    SupportPlan,
)
from districts.models import CaseManager, Institution
from kim.users.models import User

# In the order in which they may point at each other.
TABLES = (
    FirstInterview, ClearingDecision, Consent, ConfidentialityRelease, Need, Assessment, NeedRating, NetworkContact,
    SupportPlan, PlanReview, Goal, Step, Referral, ExpiringDocument, IntakeRequest, Notice,
    StateRecord,
)  # fmt: skip


@dataclass
class File:
    """A case that is being written, with what was drawn for it."""

    case: Case
    stay: Stay
    manager: CaseManager
    topics: list[str]  # codes of main topics
    language: str
    talks: list[Consultation]

    @property
    def client(self) -> Client:
        return self.case.client

    @property
    def phase(self) -> str:
        """Where the method stands; of a paused or closed case where it stood."""
        return self.case.phase_before_pause or self.case.status

    @property
    def end(self) -> date:
        """No record of the file is younger."""
        return self.stay.seen_until

    @property
    def is_open(self) -> bool:
        return self.case.closed_on is None

    @property
    def is_managed(self) -> bool:
        return self.case.service_level == Case.ServiceLevel.CASE_MANAGEMENT

    def has_reached(self, phase: str) -> bool:
        return Case.PHASES.index(self.phase) >= Case.PHASES.index(phase)


class Rows:
    """Records collected and then written table by table."""

    def __init__(self) -> None:
        self.rows: dict[type, list] = {}
        self.links: dict[type, list] = {}

    def add(self, *records: Any) -> None:
        for record in records:
            self.rows.setdefault(type(record), []).append(record)

    def link(self, relation, owner, **target) -> None:
        """A row of a many-to-many relation, for owners that have no key yet."""
        self.links.setdefault(relation.through, []).append((relation.field.m2m_field_name(), owner, target))

    def write(self) -> None:
        for model in TABLES:
            if rows := self.rows.get(model):
                model.objects.bulk_create(rows, batch_size=2000)
        for through, rows in self.links.items():
            through.objects.bulk_create(
                (through(**{f"{name}_id": owner.pk}, **target) for name, owner, target in rows), batch_size=5000
            )


class Method(Draws):
    """The pen of all files: its own random numbers, and how much of each kind lies on whose desk already."""

    def __init__(
        self,
        seed: int,
        today: date,
        *,
        staff: Staff,
        topics: dict[str, int],
        subtopics: dict[str, list[str]],
        offices: dict[str, list[Institution]],
    ) -> None:
        super().__init__(Random(f"{seed}/method"), today)
        self.staff, self.topics, self.subtopics, self.offices = staff, topics, subtopics, offices
        self.piles: Counter[tuple[str, int]] = Counter()

    def allows(self, pile: str, file: File, most: int) -> bool:
        """A believable desk: of what presses, each one has a little. Counts what it allows."""
        if self.piles[pile, file.manager.pk] >= most:
            return False
        self.piles[pile, file.manager.pk] += 1
        return True

    def ahead(self, first: int, last: int) -> date:
        """A working day in so many days."""
        return self.calendar.ahead(self.rng.randrange(first, last + 1))

    def before(self, working_days: int) -> date:
        """The day so many working days ago."""
        return self.calendar.days[-1 - working_days]

    def topic(self, file: File, main: str) -> int:
        code = themes.refined(self.rng, file.case.district_id, main, self.subtopics[main])
        return self.topics[code]

    def in_charge(self, file: File, day: date) -> Iterator[User]:
        """Whose case it is, and who stands in that day where a deputy may see it."""
        yield file.manager.user
        since, deputy = self.staff.absent_until.get(file.manager.pk, (None, None))
        if since and day >= since and not file.case.track.is_protected:
            yield deputy

    def tell(self, file: File, kind: str, page: str, day: date) -> Iterator[Notice]:
        """What the nightly job said about a file; older news has been read."""
        path = reverse(page, args=[file.case.number])
        for user in self.in_charge(file, day):
            yield self.notice(user, kind, path, day, case=file.case, hour=5)

    def notice(
        self, user: User, kind: str, path: str, day: date, case: Case | None = None, hour: int | None = None
    ) -> Notice:
        was_read = self.today - day > timedelta(days=3 if hour else 6)
        read_at = self.at(min(day + timedelta(days=1), self.today)) if was_read else None
        return Notice(user=user, kind=kind, path=path, case=case, created_at=self.at(day, hour), read_at=read_at)
