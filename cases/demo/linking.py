"""Where people were sent and what came of it, their papers that run out, and what the state has been told."""

from datetime import date, timedelta

from cases.demo import method_texts as texts
from cases.demo.method import File, Method, Rows
from cases.models import Case, Client, ExpiringDocument, Notice, Referral, StateRecord
from cases.models.referral import ASK_AFTER

Result, Residence, Paper = Referral.Result, Client.ResidenceGroup, ExpiringDocument.Kind
Level = Case.ServiceLevel
HOW_MANY = {Level.CASE_MANAGEMENT: (25, 30, 28, 17), Level.BRIEF: (55, 33, 12, 0), Level.SIGNPOSTING: (50, 50, 0, 0)}
KINDS = dict(zip(Referral.Kind.values, (34, 30, 14, 22), strict=True))
RESULTS = {Result.ACCEPTED: 44, Result.REJECTED: 18, Result.WAITING_LIST: 18, Result.NOT_GONE: 11, Result.UNKNOWN: 9}
FRESH = timedelta(days=13)
TYPED_AFTER = timedelta(days=28)  # once a month somebody sits down and transfers
ELSEWHERE = (
    "Beratungsstelle in Bergisch Gladbach",
    "Betrieb, über Bekannte gefunden",
    "Sprachcafé in der Nachbarschaft",
)
PAPER_OF = {
    Residence.TOLERATED: Paper.TOLERATION,
    Residence.IN_PROCEDURE: Paper.ASYLUM_PERMIT,
    Residence.PROVISIONAL: Paper.FICTION,
    Residence.HUMANITARIAN: Paper.RESIDENCE_TITLE,
    Residence.TEMPORARY: Paper.RESIDENCE_TITLE,
}
OTHER_PAPERS = (Paper.PASSPORT, Paper.WORK_PERMIT, Paper.BENEFIT, Paper.COURSE)


def refer(pen: Method, rows: Rows, file: File) -> None:
    for _ in range(pen.rng.choices((0, 1, 2, 3), HOW_MANY[file.case.service_level])[0]):
        topic = pen.rng.choice(file.topics)
        made_on = pen.day(file.case.opened_on, file.end)
        referral = Referral(
            id=pen.uuid(), case=file.case, topic_id=pen.topic(file, topic), kind=pen.weighted(KINDS), made_on=made_on,
            form_key=pen.uuid(), created_at=pen.at(made_on), created_by_id=file.manager.user_id,
        )  # fmt: skip
        if pen.chance(0.07):
            referral.other_institution = pen.rng.choice(ELSEWHERE)
        else:
            referral.institution_id = pen.rng.choice(pen.offices[topic]).pk
        _set_result(pen, rows, file, referral, topic)
        notes = texts.HURDLES[referral.barrier] if referral.barrier else texts.REFERRAL_NOTES[referral.result]
        referral.note = pen.rng.choice(notes)
        rows.add(referral)


def _set_result(pen: Method, rows: Rows, file: File, referral: Referral, topic: str) -> None:
    if file.is_open and pen.today - referral.made_on <= FRESH and pen.chance(0.8):
        referral.ask_again_on = referral.made_on + ASK_AFTER
        return
    if file.is_open and pen.today - referral.made_on < timedelta(days=60) and pen.allows("results due", file, 2):
        due_on = max(referral.made_on + ASK_AFTER, pen.today - timedelta(days=pen.rng.randrange(0, 9)))
        _ask(pen, rows, file, referral, min(due_on, pen.today))
        return
    _settle(pen, file, referral, topic)


def _ask(pen: Method, rows: Rows, file: File, referral: Referral, day: date) -> None:
    """Nobody knows yet what came of it, and the application has asked."""
    referral.ask_again_on = referral.announced_on = day
    if pen.allows("result asked", file, 1):  # one unread notice of a kind and page is enough
        for notice in pen.tell(file, Notice.Kind.REFERRAL_RESULT_DUE, "cases:referral_list", day):
            rows.add(notice)


def _settle(pen: Method, file: File, referral: Referral, topic: str) -> None:
    referral.result = pen.weighted(RESULTS)
    referral.result_on = pen.day(referral.made_on, min(referral.made_on + timedelta(days=70), file.end))
    referral.barrier = pen.rng.choice(texts.BARRIERS[topic]) if referral.has_failed else ""
    if referral.result == Result.WAITING_LIST and file.is_open and pen.chance(0.6):
        referral.ask_again_on = pen.ahead(3, 45)
    elif referral.has_failed and referral.barrier == "waiting":
        referral.waiting_days = pen.rng.randrange(30, 200, 10)
    referral.settle()


def add_papers(pen: Method, rows: Rows, file: File) -> None:
    """Of people with an open case; on each desk a few run out soon, and one has."""
    if not file.is_open:
        return
    kinds = [PAPER_OF[file.client.residence_group]] if file.client.residence_group in PAPER_OF else []
    if pen.chance(0.2):
        kinds.append(pen.rng.choice(OTHER_PAPERS))
    for kind in kinds:
        if pen.chance(0.85):
            rows.add(_paper(pen, file, kind))
        if pen.chance(0.25):
            rows.add(_old_paper(pen, file, kind))


def _paper(pen: Method, file: File, kind: str) -> ExpiringDocument:
    if pen.chance(0.3) and pen.allows("papers", file, 3):
        is_over = pen.allows("papers over", file, 1) and pen.chance(0.5)
        valid_until = pen.today - timedelta(days=pen.rng.randrange(1, 8)) if is_over else pen.ahead(4, 50)
    else:
        valid_until = pen.today + timedelta(days=pen.rng.randrange(65, 420))
    return ExpiringDocument(
        id=pen.uuid(), client=file.client, kind=kind, valid_until=valid_until, form_key=pen.uuid(),
        note=pen.rng.choice(texts.DOCUMENT_NOTES), created_at=pen.at(file.case.opened_on),
        created_by_id=file.manager.user_id,
    )  # fmt: skip


def _old_paper(pen: Method, file: File, kind: str) -> ExpiringDocument:
    """The one before, renewed in time."""
    done_on = pen.day(file.case.opened_on, file.end)
    return ExpiringDocument(
        id=pen.uuid(), client=file.client, kind=kind, valid_until=done_on + timedelta(days=9), form_key=pen.uuid(),
        created_at=pen.at(file.case.opened_on), created_by_id=file.manager.user_id, done_at=pen.at(done_on),
        done_by_id=file.manager.user_id,
    )  # fmt: skip


def transfer(rows: Rows, file: File, today: date) -> None:
    """Transferred four weeks after the opening and again after the end; people of protected tracks mostly say no."""
    case = file.case
    closed_on = case.closed_on if case.closed_on and case.closed_on + TYPED_AFTER <= today else None
    noted_on = (closed_on or case.opened_on) + TYPED_AFTER
    if noted_on <= today:
        rows.add(
            StateRecord(
                case=case, noted_on=noted_on, noted_by_id=file.manager.user_id, is_withheld=case.track.is_protected,
                closed_on=None if case.track.is_protected else closed_on,
            )
        )  # fmt: skip
