"""What the file page shows of the method: goals, needs, referrals, papers and changes of hands, read by one query."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case as Choice
from django.db.models import CharField, DateField, Exists, F, IntegerField, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import get_language

from cases.models import (
    Case,
    ClearingDecision,
    ConfidentialityRelease,
    ExpiringDocument,
    FirstInterview,
    Goal,
    Handover,
    Need,
    Referral,
    Reopening,
    Step,
    SupportPlan,
)
from kim.text import label_of

SHOWN = 6
NOTHING = Cast(Value(""), CharField())
NO_DAY = Cast(Value(None, output_field=DateField()), DateField())
IN_HAND = (SupportPlan.Status.AGREED, SupportPlan.Status.DRAFT)
URGENT_FIRST = (Need.Urgency.URGENT, Need.Urgency.SOON, Need.Urgency.CAN_WAIT)


@dataclass(frozen=True)
class Item:
    """One row of the summary; what its columns mean depends on its kind."""

    kind: str
    key: str
    text: str
    name: str
    code: str
    other: str
    day: date | None
    since: date | None
    place: int

    @property
    def pk(self) -> uuid.UUID:
        return uuid.UUID(self.key)

    @property
    def title(self) -> str:
        return self.name or self.text

    @property
    def label(self) -> str:
        """The code in words."""
        return label_of(LABELS[self.kind], self.code) if self.kind in LABELS else ""

    @property
    def is_over(self) -> bool:
        """Its day has passed."""
        return self.day is not None and self.day < timezone.localdate()

    @property
    def is_due(self) -> bool:
        """Its day has come."""
        return self.day is not None and self.day <= timezone.localdate()

    @property
    def is_late(self) -> bool:
        """A goal nobody has decided on, and its day has passed."""
        return self.code not in Goal.SETTLED and self.is_over


@dataclass(frozen=True)
class Rows:
    """Rows of one kind: the first ones, and how many more there are."""

    all: list[Item]

    def __bool__(self) -> bool:
        return bool(self.all)

    def __len__(self) -> int:
        return len(self.all)

    @property
    def first(self) -> list[Item]:
        return self.all[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.all) - len(self.first)


@dataclass(frozen=True)
class FileSummary:
    goals: Rows  # of the agreed plan
    draft_goals: Rows
    needs: Rows
    referrals: Rows
    documents: Rows
    releases: Rows
    handovers: Rows
    reopenings: Rows
    plan: Item | None
    draft: Item | None


LABELS: dict[str, Any] = {
    "goal": Goal.Status,
    "need": Need.Urgency,
    "referral": Referral.Result,
    "document": ExpiringDocument.Kind,
    "handover": Handover.Status,
    "reopening": Case.ClosingReason,
}


def with_method(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Annotates what the file asks of the method but does not list, and what it says of the first request."""
    case = OuterRef("pk")
    return cases.with_state_record().annotate(
        has_interview=Exists(FirstInterview.objects.filter(case=case)),
        is_decided=Exists(ClearingDecision.objects.filter(case=case)),
        has_need=Exists(Need.objects.filter(case=case)),
        has_step=Exists(
            Step.objects.open().filter(
                goal__plan__case=case, goal__plan__status=SupportPlan.Status.AGREED, goal__settled_on=None
            )
        ),
        request_number=F("request__number"),
        request_has_news=F("request__has_news"),
    )


def summary_of(case: Case) -> FileSummary:
    """One query, however many rows there are."""
    first, *others = (_columns(kind, *source(case)) for kind, source in SOURCES.items())
    return arranged(Item(*row) for row in first.union(*others, all=True))


def arranged(items: Iterable[Item]) -> FileSummary:
    """The rows by kind, each kind in its own order."""
    found: dict[str, list[Item]] = {kind: [] for kind in SOURCES}
    for item in items:
        found[item.kind].append(item)
    plans = {item.code: item for item in found["plan"]}
    goals = sorted(found["goal"], key=lambda item: item.place)
    return FileSummary(
        goals=Rows([item for item in goals if item.other == SupportPlan.Status.AGREED]),
        draft_goals=Rows([item for item in goals if item.other == SupportPlan.Status.DRAFT]),
        needs=Rows(sorted(found["need"], key=lambda item: (URGENT_FIRST.index(item.code), item.place))),
        referrals=_by_day(found["referral"]),
        documents=_by_day(found["document"]),
        releases=_by_day(found["release"]),
        handovers=_by_day(found["handover"]),
        reopenings=_by_day(found["reopening"]),
        plan=plans.get(SupportPlan.Status.AGREED),
        draft=plans.get(SupportPlan.Status.DRAFT),
    )


def _by_day(items: list[Item]) -> Rows:
    """The earliest day first, what has none last."""
    return Rows(sorted(items, key=lambda item: (item.day or date.max, item.since or date.max, item.key)))


def _columns(kind: str, rows: QuerySet, columns: dict[str, Any]) -> QuerySet:
    """The columns all kinds share, in one order; the text of the first kind is encrypted, so all are read as such."""
    head = {"row_kind": Cast(Value(kind), CharField()), "row_key": Cast("pk", CharField())}
    return rows.order_by().annotate(**head, **(REST | columns)).values_list(*head, *REST)


REST: dict[str, Any] = {
    "row_text": Value("", output_field=TextField()),
    "row_name": NOTHING,
    "row_code": NOTHING,
    "row_other": NOTHING,
    "row_day": NO_DAY,
    "row_since": NO_DAY,
    "row_place": Value(0, output_field=IntegerField()),
}
Columns = tuple[QuerySet, dict[str, Any]]


def _topic_name() -> F:
    return F("topic__name_en" if get_language() == "en" else "topic__name")


def _goals(case: Case) -> Columns:
    rows = Goal.objects.filter(plan__case=case, plan__status__in=IN_HAND)
    return rows, {
        "row_text": F("text"), "row_name": _topic_name(), "row_code": F("status"), "row_other": F("plan__status"),
        "row_day": F("due_on"), "row_place": F("position"),
    }  # fmt: skip


def _needs(case: Case) -> Columns:
    rows = Need.objects.open().filter(case=case)
    return rows, {"row_name": _topic_name(), "row_code": F("urgency"), "row_place": F("topic__position")}


def _referrals(case: Case) -> Columns:
    rows = Referral.objects.filter(case=case, result__in=Referral.UNFINISHED)
    return rows, {
        "row_text": F("other_institution"), "row_name": Coalesce("institution__name", NOTHING),
        "row_code": F("result"), "row_other": F("kind"), "row_day": F("ask_again_on"), "row_since": F("made_on"),
    }  # fmt: skip


def _documents(case: Case) -> Columns:
    rows = ExpiringDocument.objects.expiring().filter(client=case.client_id)
    return rows, {"row_text": F("note"), "row_code": F("kind"), "row_day": F("valid_until")}


def _releases(case: Case) -> Columns:
    rows = ConfidentialityRelease.objects.in_force().filter(client=case.client_id)
    return rows, {
        "row_text": F("recipient_name"), "row_name": Coalesce("institution__name", NOTHING),
        "row_day": F("valid_until"), "row_since": F("given_on"),
    }  # fmt: skip


def _plans(case: Case) -> Columns:
    rows = SupportPlan.objects.filter(case=case, status__in=IN_HAND)
    return rows, {"row_code": F("status"), "row_day": F("review_on"), "row_since": F("agreed_on")}


def _handovers(case: Case) -> Columns:
    name = Choice(When(to_case_manager=None, then=F("to_provider__name")), default=F("to_case_manager__user__name"))
    rows = Handover.objects.open().filter(case=case)
    return rows, {"row_name": name, "row_code": F("status"), "row_since": TruncDate("created_at")}


def _reopenings(case: Case) -> Columns:
    columns = {"row_code": F("closing_reason"), "row_day": F("closed_on"), "row_since": TruncDate("reopened_at")}
    return Reopening.objects.filter(case=case), columns


SOURCES: dict[str, Callable[[Case], Columns]] = {
    "goal": _goals,
    "need": _needs,
    "referral": _referrals,
    "document": _documents,
    "release": _releases,
    "plan": _plans,
    "handover": _handovers,
    "reopening": _reopenings,
}
