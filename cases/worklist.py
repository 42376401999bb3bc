"""What is due for a case manager: the sections of Mein Tag, each with its true length and its first rows.

Follow-ups and drafts have queries of their own, because their rows carry text and buttons. Everything else that has a
day is a `Source` in SOURCES: all of them are read by one query (a UNION of section, row, case, day and a code), and the
cases they name by a second one, however many sources and rows there are.

To show another kind of record on Mein Tag, add one `Source`:

    Source(
        code="plans",                                   # key in the context and in tests
        slug="hilfeplaene",                             # /mein-tag/hilfeplaene/ is the full list
        title=_("Hilfepläne zu überprüfen"),
        find=lambda scope: SupportPlan.objects.to_review(scope.day),
        day="review_on",                                # date column or expression; the earliest comes first
        case="case",                                    # path to the case; rows of other people's cases are left out
        page="cases:plan_detail",                       # URL name, reversed with the number of the case
        when=lambda due: until(due),                    # the words beside the name
    )

`find` gets a Scope: the user, their visible open cases, today. Rows without a case have `case=None`, must come from
`visible_to(scope.user)`, and `name` says what they are called. `detail` is a column with a code that `when`, `name` or
`link` may read as `due.detail`; `link` replaces `page` where the address needs more than the number (`due.key` is the
primary key as text). With `is_due` the rows of today and before count in the
daily mail, which says how many and nothing else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, CharField, Count, F, Q, QuerySet, Value, When, Window
from django.db.models import Case as Choice
from django.db.models.functions import Cast, Coalesce, RowNumber, TruncDate
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models import (
    Case,
    ConfidentialityRelease,
    Consent,
    Draft,
    ExpiringDocument,
    FollowUp,
    Handover,
    IntakeRequest,
    Referral,
    SupportPlan,
)
from districts.models import Provider
from kim.text import label_of
from kim.users.models import User

SHOWN = 8
MOST_KEYS = 500  # times the number of sources; SQLite takes 32,766 values in one query
AHEAD = timedelta(days=7)
NAME = ("number", "client__given_names", "client__family_name", "client__pseudonym")
CASE_NAME = tuple(f"case__{name}" for name in NAME)
NO_CASE = Cast(Value(None, output_field=BigIntegerField()), BigIntegerField())  # typed: it may stand first in a UNION
OVERDUE, TODAY, COMING = "overdue", "today", "coming"
FOLLOW_UPS = {"ueberfaellig": OVERDUE, "heute": TODAY, "demnaechst": COMING}  # address of the full list -> section
MAIN, SIDE = "main", "side"


@dataclass(frozen=True)
class Rows:
    """The first rows of a list and how many there are in all."""

    rows: list[Any]
    total: int

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Scope:
    """For whom and when a source looks."""

    user: User
    visible: QuerySet[Case]
    day: date

    @classmethod
    def of(cls, user: User, day: date) -> "Scope":
        return cls(user, Case.objects.visible_to(user), day)

    @property
    def cases(self) -> QuerySet[Case]:
        return self.visible.open()

    @cached_property
    def among(self) -> list[int] | QuerySet[Case]:
        """The cases for a condition: their keys, asked once, as long as a database takes so many of them."""
        keys = list(self.cases.order_by().values_list("pk", flat=True)[: MOST_KEYS + 1])
        return keys if len(keys) <= MOST_KEYS else self.cases


@dataclass(frozen=True)
class Due:
    """One row of a section."""

    source: "Source"
    key: str
    case: Case | None
    day: date
    detail: str
    today: date

    @property
    def is_over(self) -> bool:
        return self.day < self.today

    @property
    def is_late(self) -> bool:
        """Worth a colour: past its day where the day is a deadline."""
        return self.is_over and self.source.is_due

    @property
    def name(self) -> str:
        return self.case.client.name if self.case else self.source.name(self)

    @property
    def when(self) -> str:
        return self.source.when(self)

    @property
    def url(self) -> str:
        return self.source.link(self) if self.source.link else reverse(self.source.page, args=[self.number])

    @property
    def number(self) -> str:
        return self.case.number if self.case else ""


def german(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def until(due: Due) -> str:
    return gettext("bis %(day)s") % {"day": german(due.day)}


def last_contact(due: Due) -> str:
    if due.detail == "never":
        return gettext("noch kein Kontakt")
    return gettext("zuletzt %(day)s") % {"day": german(due.day)}


def expiry(due: Due) -> str:
    kind = label_of(ExpiringDocument.Kind, due.detail)
    text = gettext("%(kind)s, abgelaufen am %(day)s") if due.is_over else gettext("%(kind)s bis %(day)s")
    return text % {"kind": kind, "day": german(due.day)}


@dataclass(frozen=True)
class Source:
    """A kind of row that has a day; see the module's docstring."""

    code: str
    slug: str
    title: Any
    find: Callable[[Scope], QuerySet]
    day: Any
    when: Callable[[Due], str] = until
    case: str | None = "case"
    detail: Any = None
    page: str = "cases:detail"
    link: Callable[[Due], str] | None = None
    name: Callable[[Due], str] = lambda due: due.detail
    column: str = SIDE  # MAIN beside what is due by a day, SIDE for the state of cases
    footnote: Any = ""
    is_due: bool = False

    def rows(self, scope: Scope) -> QuerySet:
        """Its rows with the columns that all sources share; of cases only those of the scope."""
        rows = self.find(scope).order_by()
        rows = rows.annotate(
            due_section=Value(self.code, output_field=CharField()),
            due_key=Cast("pk", CharField()),
            due_case=F(self.case) if self.case else NO_CASE,
            due_day=F(self.day) if isinstance(self.day, str) else self.day,
            due_detail=F(self.detail) if isinstance(self.detail, str) else self.detail or _text(""),
        )
        return rows.filter(due_case__in=scope.among) if self.case else rows

    def counted(self, scope: Scope) -> QuerySet:
        """One row: how many are due today or were before."""
        rows = self.rows(scope).filter(due_day__lte=scope.day)
        return rows.values("due_section").annotate(due_total=Count("pk")).values_list("due_total", flat=True)


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def since(due: Due) -> str:
    return gettext("seit %(day)s") % {"day": german(due.day)}


def deadline(due: Due) -> str:
    """A day on which something is to be done."""
    return (gettext("war fällig am %(day)s") if due.is_over else gettext("am %(day)s")) % {"day": german(due.day)}


def page_of(name: str) -> Callable[[Due], str]:
    """The page of a row that stands without its case."""
    return lambda due: reverse(name, args=[UUID(due.key)])


def waiting_requests(scope: Scope) -> QuerySet[IntakeRequest]:
    """Accepted by the user and not ended, or at their Träger and accepted by nobody yet."""
    mine = Q(case_manager__user=scope.user) | Q(case_manager=None)
    return IntakeRequest.objects.visible_to(scope.user).open().filter(mine)


def offered_handovers(scope: Scope) -> QuerySet[Handover]:
    return Handover.objects.offered_to(scope.user).filter(to_provider__in=Provider.objects.of(scope.user))


DUE = ("due_section", "due_key", "due_case", "due_day", "due_detail")
SOURCES = [
    Source(
        code="handovers",
        slug="uebergaben",
        title=_("Ihnen zur Übernahme angeboten"),
        find=offered_handovers,
        day=TruncDate("created_at"),
        case=None,
        detail="from_case_manager__user__name",
        link=page_of("cases:handover_answer"),
        name=lambda due: gettext("Übergabe von %(name)s") % {"name": due.detail},
        when=since,
        column=MAIN,
    ),
    Source(
        code="requests",
        slug="anfragen",
        title=_("Anfragen"),
        find=waiting_requests,
        day="received_on",
        case=None,
        detail="number",
        link=lambda due: reverse("cases:request_detail", args=[due.detail]),
        when=since,
        column=MAIN,
    ),
    Source(
        code="plans",
        slug="ueberpruefungen",
        title=_("Pläne überprüfen"),
        find=lambda scope: SupportPlan.objects.to_review(scope.day),
        day="review_on",
        page="cases:plan_review",
        when=deadline,
        column=MAIN,
        is_due=True,
    ),
    Source(
        code="referrals",
        slug="vermittlungen",
        title=_("Nach dem Ergebnis fragen"),
        find=lambda scope: Referral.objects.result_due(scope.day),
        day="ask_again_on",
        link=lambda due: reverse("cases:referral_result", args=[due.number, UUID(due.key)]),
        when=since,
        column=MAIN,
        is_due=True,
    ),
    Source(
        code="documents",
        slug="fristen",
        title=_("Dokumente und Fristen laufen ab"),
        find=lambda scope: ExpiringDocument.objects.expiring(scope.day),
        day="valid_until",
        case="client__cases",
        detail="kind",
        page="cases:document_list",
        when=expiry,
        column=MAIN,
        is_due=True,
    ),
    Source(
        code="consents",
        slug="einwilligungen",
        title=_("Einwilligungen laufen ab"),
        find=lambda scope: Consent.objects.expiring(scope.day),
        day="valid_until",
        case="client__cases",
        page="cases:consents",
    ),
    Source(
        code="releases",
        slug="entbindungen",
        title=_("Entbindungen von der Schweigepflicht laufen ab"),
        find=lambda scope: ConfidentialityRelease.objects.expiring(scope.day),
        day="valid_until",
        case="client__cases",
        page="cases:consents",
    ),
    Source(
        code="silent",
        slug="still",
        title=_("Länger als vier Wochen still"),
        find=lambda scope: Case.objects.silent(scope.day),
        day=Coalesce("last_contact_on", "opened_on"),
        case="pk",
        detail=Choice(When(last_contact_on=None, then=_text("never")), default=_text("")),
        when=last_contact,
    ),
    Source(
        code="pauses_over",
        slug="ruhezeit",
        title=_("Ruhezeit vorbei"),
        find=lambda scope: Case.objects.filter(status=Case.Status.PAUSED, paused_until__lte=scope.day),
        day="paused_until",
        case="pk",
    ),
    Source(
        code="ageing_out",
        slug="bald-28",
        title=_("Bald 28"),
        find=lambda scope: Case.objects.ageing_out(scope.day),
        day="client__birth_date",
        case="pk",
        when=lambda due: german(due.case.ages_out_on) if due.case else "",
        footnote=_("Niemand fällt durch den Geburtstag heraus. Rechtzeitig an den Übergang denken."),
    ),
]


@dataclass(frozen=True)
class Section:
    """A source with what it found."""

    source: Source
    rows: list[Due]
    total: int

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def source_at(slug: str) -> Source | None:
    return next((source for source in SOURCES if source.slug == slug), None)


def due_rows(found: Iterable[tuple], scope: Scope) -> list[Due]:
    """Rows of the shared columns with their cases, which are named in one query."""
    found = list(found)
    rows = Case.objects.filter(pk__in={row[2] for row in found if row[2]}).select_related("client", "track")
    cases = rows.only(*NAME, "client__birth_date", "track__max_age").in_bulk() if found else {}
    sources = {source.code: source for source in SOURCES}
    return [
        Due(sources[section], str(key), cases.get(case), day, detail, scope.day)
        for section, key, case, day, detail, *_total in found
    ]


def sections(scope: Scope) -> list[Section]:
    """Every source with its first rows and its true length.

    The rows of one desk are few and narrow: cutting each list in SQL would cost more than it saves.
    """
    first, *others = (source.rows(scope).values_list(*DUE) for source in SOURCES)
    found: dict[str, list[tuple]] = {source.code: [] for source in SOURCES}
    for row in sorted(first.union(*others, all=True), key=lambda row: (row[3], str(row[1]))):
        found[row[0]].append(row)
    shown = due_rows([row for rows in found.values() for row in rows[:SHOWN]], scope)
    return [
        Section(source, [row for row in shown if row.source is source], len(found[source.code])) for source in SOURCES
    ]


def due_today(scope: Scope) -> int:
    """How many rows of the sources that count in the daily mail are due today or were before."""
    first, *others = (source.counted(scope) for source in SOURCES if source.is_due)
    return sum(first.union(*others, all=True) if others else first)


def first_rows(queryset: QuerySet[Any], shown: int = SHOWN) -> Rows:
    """Rows and true total in one query."""
    rows = list(queryset.annotate(total=Window(Count("pk")))[:shown])
    return Rows(rows, rows[0].total if rows else 0)


def upcoming(scope: Scope) -> QuerySet[FollowUp]:
    """Open follow-ups up to a week ahead, each with its section."""
    bucket = Choice(
        When(due_on__lt=scope.day, then=Value(OVERDUE)),
        When(due_on=scope.day, then=Value(TODAY)),
        default=Value(COMING),
    )
    rows = FollowUp.objects.open().filter(case__in=scope.cases, due_on__lte=scope.day + AHEAD).annotate(bucket=bucket)
    return rows.select_related("case__client").only("text", "due_on", "due_at", "done_at", *CASE_NAME)


def follow_ups(scope: Scope) -> dict[str, Rows]:
    """Open follow-ups as overdue, today and coming, in one query."""
    rows = (
        upcoming(scope)
        .annotate(
            place=Window(RowNumber(), partition_by="bucket", order_by=FollowUp._meta.ordering),
            total=Window(Count("pk"), partition_by="bucket"),
        )
        .filter(place__lte=SHOWN)
    )
    found: dict[str, list[FollowUp]] = {OVERDUE: [], TODAY: [], COMING: []}
    for row in rows:
        found[row.bucket].append(row)
    return {name: Rows(items, items[0].total if items else 0) for name, items in found.items()}


def worklist(user: User, day: date) -> dict[str, Any]:
    """Everything Mein Tag shows; the number of queries depends neither on the rows nor on the sources."""
    scope = Scope.of(user, day)
    drafts = Draft.objects.filter(Q(case=None) | Q(case__in=scope.visible), user=user)
    return {
        "follow_ups": follow_ups(scope),
        "sections": sections(scope),
        "drafts": first_rows(drafts.select_related("case__client").only("saved_at", "is_group", *CASE_NAME)),
    }
