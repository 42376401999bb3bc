"""Requests: those that became a case, those that wait somewhere, and a few that ended."""

from datetime import date, timedelta
from itertools import cycle

from django.urls import reverse

from cases.candidates import leads_of, matching_staff
from cases.demo import arrival_texts as texts
from cases.demo import names
from cases.demo.method import File, Method, Rows
from cases.mailbox.writing import subject
from cases.models import Case, IntakeRequest, Notice, RequestMessage
from cases.numbers import REQUEST
from districts.models import CaseManager, Institution
from kim.users.models import User

Source, Channel, Status, Route = IntakeRequest.Source, IntakeRequest.Channel, IntakeRequest.Status, Case.AccessRoute
RECENT = timedelta(days=180)
PEOPLE_PER_REQUEST = 553 / len(texts.STANDS)  # as many in the usual city as there are stands
CHUNK = 500
SOURCES = {
    Route.SELF: Source.SELF,
    Route.FAMILY: Source.THIRD_PARTY,
    Route.VOLUNTEERS: Source.THIRD_PARTY,
    Route.OUTREACH: Source.OUTREACH,
}


def admit(pen: Method, rows: Rows, file: File) -> None:
    """The request that this case began with; older ones were made on paper."""
    case = file.case
    if case.opened_on < pen.today - RECENT or not pen.chance(0.55):
        return
    received_on = pen.day(case.opened_on - timedelta(days=24), case.opened_on - timedelta(days=1))
    spoken_on = pen.day(received_on, case.opened_on)
    wish = case.track if case.track.is_protected or (case.track.is_citywide and pen.chance(0.6)) else None
    request = _request(pen, received_on, case.client.name)
    request.source = SOURCES.get(case.access_route, Source.INSTITUTION)
    request.phone, request.email = case.client.phone, case.client.email
    request.channel = Channel.PHONE if request.phone else Channel.VISIT
    request.language_id, request.interpreter_needed = file.language, case.client.interpreter_needed
    request.district_id, request.track, request.message = case.district_id, wish, pen.rng.choice(texts.ADMITTED)
    request.status, request.case = Status.ADMITTED, case
    request.provider_id, request.case_manager_id = case.provider_id, case.case_manager_id
    request.assigned_at, request.accepted_at = pen.at(received_on), pen.at(spoken_on, 9)
    request.first_contact_at, request.last_action_at = pen.at(spoken_on, 14), pen.at(case.opened_on)
    rows.add(request)
    for topic in file.topics[:2]:
        rows.link(IntakeRequest.topics, request, topic_id=pen.topics[topic])


def _request(pen: Method, received_on: date, name: str) -> IntakeRequest:
    return IntakeRequest(
        number=pen.number(REQUEST), name=name, has_agreed=True, received_on=received_on, created_by=pen.staff.office,
        created_at=pen.at(received_on), form_key=pen.uuid(), last_action_at=pen.at(received_on, 18),
    )  # fmt: skip


# --- Without a case


class Arrivals:
    """All requests that are no case yet: twenty-five in the usual city, more in a larger one."""

    def __init__(self, pen: Method, clients: int) -> None:
        self.pen, self.staff = pen, pen.staff
        self.count = max(len(texts.STANDS), round(clients / PEOPLE_PER_REQUEST))
        self.by_name = {person.name: desk for person, desk in zip(pen.staff.profiles, pen.staff.managers, strict=True)}
        self.general = [
            desk
            for person, desk in zip(pen.staff.profiles, pen.staff.managers, strict=True)
            if not pen.staff.tracks[person.track].is_protected
        ]

    def write(self) -> int:
        rows, written, announced = Rows(), 0, []
        stands = cycle(texts.STANDS)
        for number in range(self.count):
            request = self._open(rows, texts.ASKS[number % len(texts.ASKS)], next(stands), number < len(texts.STANDS))
            if number < len(texts.STANDS):
                announced.append(request)
            if (number + 1) % CHUNK == 0:
                rows.write()
                rows, written = Rows(), written + CHUNK
        announced += [self._protected(rows, *wish) for wish in texts.PROTECTED]
        for ending in texts.ENDED:
            self._ended(rows, *ending)
        for doubt in texts.DOUBTFUL:
            self._doubtful(rows, *doubt)
        rows.write()
        self._converse(announced)
        Notice.objects.bulk_create(notice for request in announced for notice in self._news(request))
        return self.count + len(texts.PROTECTED) + len(texts.ENDED) + len(texts.DOUBTFUL)

    def _asked(self, rows: Rows, ask: texts.Ask, days: int) -> IntakeRequest:
        pen = self.pen
        request = _request(pen, pen.before(days), self._name(ask.language))
        request.source, request.channel, request.urgency = ask.source, ask.channel, ask.urgency
        request.language_id, request.district_id, request.message = ask.language, ask.district, ask.message
        request.interpreter_needed = ask.language != "de" and pen.chance(0.4)
        request.track = pen.staff.tracks[ask.track] if ask.track else None
        if ask.channel == Channel.MAIL:
            request.created_by, request.source, request.has_agreed = None, Source.UNKNOWN, False
            request.email = f"anfrage{pen.rng.randrange(10**5):05}@post.example"
        else:
            request.phone = f"0171 39200{pen.rng.randrange(100):02}"
        if ask.channel == Channel.FORM:
            request.created_by, request.page_language, request.write_only = None, ask.language, True
        rows.add(request)
        for topic in ask.topics:
            rows.link(IntakeRequest.topics, request, topic_id=pen.topics[topic])
        return request

    def _name(self, language: str) -> str:
        speakers = [origin for origin in names.ORIGINS if language in origin.languages] or list(names.ORIGINS)
        origin = self.pen.rng.choice(speakers)
        return f"{self.pen.rng.choice(origin.women + origin.men)} {self.pen.rng.choice(origin.families)}"

    def _open(self, rows: Rows, ask: texts.Ask, stand: texts.Stand, is_named: bool) -> IntakeRequest:
        request = self._asked(rows, ask, stand.days)
        request.status = stand.status
        sent_on = self.pen.before(max(stand.days - 1, 0))
        if stand.desk:
            desk = self.by_name[stand.desk] if is_named else self.pen.rng.choice(self.general)
            self._accept(request, desk, sent_on)
        elif stand.provider:
            self._send(request, self.staff.providers[stand.provider].pk, sent_on)
        if stand.status == Status.FIRST_CONTACT or (stand.desk and stand.status == Status.WAITING_LIST):
            request.first_contact_at = request.last_action_at = self.pen.at(self.pen.before(max(stand.days - 3, 1)))
        if stand.returned_from:
            request.returned_from = self.staff.providers[stand.returned_from]
            request.return_reason = IntakeRequest.ReturnReason.LANGUAGE
            request.return_note = "Vietnamesisch spricht hier niemand; mit Sprachmittlung ginge es in acht Wochen."
            request.last_action_at = self.pen.at(self.pen.before(2))
        return request

    def _converse(self, requests: list[IntakeRequest]) -> None:
        """One of them by mail, as the application keeps it: the mail that came, the answer, and the answer to that."""
        desk = self.by_name[texts.DEMO]
        request = next(each for each in requests if each.channel == Channel.MAIL and each.case_manager_id == desk.pk)
        self._message(request, 0)
        for days, is_ours, text in texts.CONVERSATION:
            self._message(request, days, text, desk.user if is_ours else None)

    def _message(self, request: IntakeRequest, days: int, text: str = "", author: User | None = None) -> None:
        sent_at = self.pen.at(min(request.received_on + timedelta(days=days), self.pen.today), 9 + days)
        kind, state = RequestMessage.Direction, RequestMessage.State
        RequestMessage.objects.create(
            request=request, direction=kind.OUT if author else kind.IN, state=state.SENT if author else state.RECEIVED,
            address=request.email, subject=subject("de", is_neutral=False) if author else "Ausbildung", text=text,
            language="de" if author else "", form_key=self.pen.uuid(), created_at=sent_at, created_by=author,
            sent_at=sent_at if author else None,
        )  # fmt: skip

    def _send(self, request: IntakeRequest, provider_id: int, day: date) -> None:
        request.provider_id, request.assigned_at = provider_id, self.pen.at(day)
        request.last_action_at = request.assigned_at

    def _accept(self, request: IntakeRequest, desk: CaseManager, day: date) -> None:
        self._send(request, desk.provider_id, day)
        request.case_manager, request.accepted_at = desk, request.assigned_at + timedelta(minutes=35)
        request.last_action_at = request.accepted_at

    def _protected(self, rows: Rows, track: str, ask: texts.Ask, days: int) -> IntakeRequest:
        """Goes straight to the Träger that serves the track, and waits there."""
        request = self._asked(rows, ask, days)
        served = [person.track for person in self.staff.profiles].index(track)
        request.track, request.status = self.staff.tracks[track], Status.ASSIGNED
        self._send(request, self.staff.managers[served].provider_id, request.received_on)
        return request

    def _ended(self, rows: Rows, status: str, reason: str, days: int, note: str) -> None:
        request = self._asked(rows, self.pen.rng.choice(texts.ASKS), days + 8)
        request.track = None
        ended_on = self.pen.before(days)
        desk = self.by_name[texts.DEMO] if days < 20 else self.pen.rng.choice(self.general)
        self._accept(request, desk, request.received_on)
        request.status, request.end_reason, request.end_note = status, reason, note
        request.last_action_at = self.pen.at(ended_on)
        if status == Status.REFERRED_ON:
            request.referred_to = self._advice()
        if status != Status.UNREACHABLE:
            request.first_contact_at = request.last_action_at

    def _doubtful(
        self, rows: Rows, suspicion: str, message: str, language: str | None, district: int | None, days: int
    ) -> None:
        """By the public form, marked by the machine; a few of them are people who need help."""
        request = _request(self.pen, self.pen.before(days), self._name(language or "de"))
        request.source, request.channel, request.created_by = Source.SELF, Channel.FORM, None
        request.page_language, request.message, request.phone = "de", message, "0171 3920099"
        request.language_id, request.district_id = language, district
        request.is_suspect, request.suspicion, request.last_action_at = True, suspicion, request.created_at
        rows.add(request)

    def _advice(self) -> Institution:
        return Institution.objects.filter(kind=Institution.Kind.ADVICE).order_by("pk")[0]

    def _news(self, request: IntakeRequest) -> list[Notice]:
        """What the application said about a request that nobody has worked on since."""
        path, pen = reverse("cases:request_detail", args=[request.number]), self.pen
        if request.returned_from_id:
            queue = reverse("cases:dispatch_request", args=[request.number])
            return [pen.notice(user, Notice.Kind.REQUEST_RETURNED, queue, pen.before(2)) for user in pen.staff.offices]
        if request.status != Status.ASSIGNED:
            return []
        day = request.assigned_at.astimezone(pen.zone).date()
        if request.case_manager:
            return [pen.notice(request.case_manager.user, Notice.Kind.REQUEST_ASSIGNED, path, day)]
        for_leads = reverse("cases:request_give", args=[request.number]) if request.is_protected else path
        told = [(lead, for_leads) for lead in leads_of(request.provider)]
        told += [(user, path) for user in matching_staff(request)]
        return [pen.notice(user, Notice.Kind.REQUEST_ARRIVED, page, day) for user, page in told]
