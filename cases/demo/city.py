"""Fills an empty database: staff, institutions, and two years of case files, written in chunks.

Everything is drawn from one seeded random generator and counted from one day ("today"), so the same seed, sizes and day
give the same city. Only the stored form of encrypted columns differs; what they say is the same.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from random import Random

from django.db import reset_queries, transaction

from cases.demo import texts, themes
from cases.demo.agreements import agree, begin
from cases.demo.arrivals import Arrivals, admit
from cases.demo.assessment import assess
from cases.demo.draws import Draws
from cases.demo.goals import make_plan
from cases.demo.highlights import write_highlights
from cases.demo.joint import add_preparation, join
from cases.demo.landscape import DEMAND
from cases.demo.linking import add_papers, refer, transfer
from cases.demo.method import File, Method, Rows
from cases.demo.people import drawn_client
from cases.demo.plan import Plan, Stay, drawn_plan
from cases.demo.staff import build_institutions, build_staff
from cases.demo.writer import Writer
from cases.models import Case, Client, Consent, Consultation, Draft, FollowUp
from districts.models import CaseManager, Institution, Quarter, Topic, Track
from kim.audit.models import record
from kim.users.models import User

CHUNK = 250  # people; small enough for any machine at any size of the city
Kind, Interpreter, Level, Status = Consultation.Kind, Consultation.Interpreter, Case.ServiceLevel, Case.Status
KINDS = dict(zip(Kind.values, (34, 6, 10, 19, 3, 14, 3, 3, 8), strict=True))
KINDS_OUTREACH = KINDS | {Kind.OFFICE: 10, Kind.OUTREACH: 36}
MINUTES = {
    Kind.OFFICE: (30, 30, 45, 45, 60, 75, 90),
    Kind.OUTREACH: (45, 60, 90, 120),
    Kind.ACCOMPANIMENT: (90, 120, 150, 180, 240),
    Kind.PHONE: (10, 15, 15, 20, 30),
    Kind.VIDEO: (30, 45),
    Kind.MESSAGE: (5, 10, 15),
    Kind.CASE_CONFERENCE: (60, 90),
    Kind.NETWORK: (30, 60, 90),
    Kind.NO_SHOW: (15,),
}
REASONS = dict(zip(Case.ClosingReason.values, (26, 20, 14, 7, 8, 3, 8, 9, 2, 2, 0, 0, 1), strict=True))
ROUTES = dict(zip(Case.AccessRoute.values, (14, 17, 9, 9, 9, 4, 6, 12, 4, 4, 7, 4, 8, 2), strict=True))


@transaction.atomic
def build_city(
    *, seed: int, today: date, clients: int, consultations: int, progress: Callable[[int, int], None]
) -> dict[str, int]:
    """Write everything or nothing; returns how many of what. The caller has made sure that the database is empty."""
    city = City(seed, today)
    return city.build(clients, consultations, progress)


class City(Draws):
    def __init__(self, seed: int, today: date) -> None:
        super().__init__(Random(seed), today)
        self.seed = seed
        self.topics = dict(Topic.objects.values_list("code", "pk"))
        self.subtopics = {
            code: list(Topic.objects.filter(parent__code=code).values_list("code", flat=True)) or [code]
            for code in themes.MAIN
        }
        self.quarters: dict[int, list[int]] = {}
        for number, district in Quarter.objects.values_list("number", "district_id"):
            self.quarters.setdefault(district, []).append(number)

    def build(self, clients: int, consultations: int, progress: Callable[[int, int], None]) -> dict[str, int]:
        self.staff = build_staff(self.rng, self.today, self.at(self.calendar.start, 8), clients=clients)
        self.institutions = build_institutions(self.rng, self.today, self.staff.providers)
        self.offices = self._offices_by_topic()
        self.pen = Method(
            self.seed, self.today, staff=self.staff, topics=self.topics, subtopics=self.subtopics, offices=self.offices
        )
        plan = drawn_plan(self.rng, self.calendar, self.staff, clients=clients, consultations=consultations)
        total, done = len(plan.people) + 1, 0
        counts = {"clients": len(plan.people), "cases": 0, "consultations": 0, "follow_ups": 0}
        for start in range(0, len(plan.people), CHUNK):
            chunk = Chunk(self)
            for stays in plan.people[start : start + CHUNK]:
                chunk.add_person(stays)
            chunk.write()
            counts["cases"] += len(chunk.cases)
            counts["consultations"] += len(chunk.consultations)
            counts["follow_ups"] += len(chunk.follow_ups)
            progress(done := done + min(CHUNK, total - done), total)
            reset_queries()  # with DEBUG every statement would stay in memory
        counts["consultations"] += self._write_without_case(plan)
        self._write_drafts()
        counts["requests"] = Arrivals(self.pen, clients).write()
        write_highlights(self.pen, self.institutions)
        record("demo.loaded", by=None, **counts)
        progress(total, total)
        return counts

    def _offices_by_topic(self) -> dict[str, list[Institution]]:
        offices: dict[str, list[Institution]] = {}
        for institution in self.institutions:
            offices.setdefault(institution.kind, []).append(institution)
        kinds = Institution.Kind
        by_topic = {
            "language": kinds.COURSE_PROVIDER, "work": kinds.EMPLOYMENT, "training": kinds.EMPLOYMENT,
            "education": kinds.SCHOOL, "housing": kinds.HOUSING, "health": kinds.HEALTH, "family": kinds.FAMILY,
            "authorities": kinds.AUTHORITY,
        }  # fmt: skip
        return {topic: offices[kind] for topic, kind in by_topic.items()}

    def _write_without_case(self, plan: Plan) -> int:
        """Anonymous Verweisberatung and network contacts."""
        written = 0
        kinds = [(Kind.PHONE, plan.anonymous // 2), (Kind.OFFICE, plan.anonymous - plan.anonymous // 2)]
        for kind, count in (*kinds, (Kind.NETWORK, plan.network)):
            for start in range(0, count, 10 * CHUNK):
                chunk = Chunk(self)
                for _ in range(min(10 * CHUNK, count - start)):
                    chunk.add_without_case(kind)
                chunk.write()
                written += len(chunk.consultations)
                reset_queries()
        return written

    def _write_drafts(self) -> None:
        """Two people were interrupted while writing."""
        for manager in (self.staff.managers[4], self.staff.managers[0]):
            case = Case.objects.open().filter(case_manager=manager).order_by("-last_contact_on", "pk").first()
            if case is None:
                continue
            content = {"held_on": [f"{self.today:%d.%m.%Y}"], "minutes_tapped": ["30"], "kind": [Kind.OFFICE.value],
                       "note": [texts.DRAFT_NOTE]}  # fmt: skip
            key = self.uuid()
            Draft.objects.create(
                id=self.uuid(), user=manager.user, case=case, form_key=key,
                content=json.dumps(content | {"form_key": [str(key)]}),
            )  # fmt: skip

    def district(self, manager: int) -> int | None:
        """The district of a new case: one of the case manager's, or anywhere for the city-wide tracks."""
        own = self.staff.profiles[manager].districts
        if own:
            return self.rng.choices(own, [DEMAND[number] for number in own])[0]
        if self.staff.profiles[manager].track == "outreach" and self.rng.random() < 0.12:
            return None
        return self.rng.choices(tuple(DEMAND), tuple(DEMAND.values()))[0]

    def theme(self, district: int | None, track: str, day: date) -> str:
        return themes.drawn(self.rng, district, track, day.month, self.calendar.share(day))


class Chunk(Rows):
    """Records of some people, collected and then written table by table."""

    def __init__(self, city: City) -> None:
        super().__init__()
        self.city, self.rng = city, city.rng
        self.clients: list[Client] = []
        self.cases: list[Case] = []
        self.consents: list[Consent] = []
        self.consultations: list[Consultation] = []
        self.follow_ups: list[FollowUp] = []

    def write(self) -> None:
        self._join_talks()
        for model, rows in (
            (Client, self.clients),
            (Case, self.cases),
            (Consent, self.consents),
            (Consultation, self.consultations),
            (FollowUp, self.follow_ups),
        ):
            model.objects.bulk_create(rows, batch_size=2000)
        super().write()

    def _join_talks(self) -> None:
        with_case = [talk for talk in self.consultations if talk.case]
        through = Consultation.topics.through
        add_preparation(self.city.pen, with_case)
        self.links[through] = join(self.city.pen, with_case, self.links.get(through, []))

    # --- Persons and cases

    def add_person(self, stays: list[Stay]) -> None:
        first, last = stays[0], stays[-1]
        city, staff = self.city, self.city.staff
        manager, profile = staff.managers[first.manager], staff.profiles[first.manager]
        district = city.district(first.manager)
        near = city.quarters.get(district) if self.rng.random() < 0.93 else None
        client, origin = drawn_client(
            self.rng,
            opened_on=last.opened_on,
            track=profile.track,
            ages_out=last.ages_out if profile.track != "single_parents" else None,
            provider_id=manager.provider_id,
            quarter_id=self.rng.choice(near) if near else None,
            created_by_id=manager.user_id,
            form_key=city.uuid(),
            created_at=city.at(first.opened_on),
        )
        self.clients.append(client)
        self._add_background(client, origin, profile.track)
        files = [self._add_case(client, stay, district, origin.languages[0]) for stay in stays]
        given = self._add_consents(client, stays, profile.track, manager)
        self._add_method(client, files, given)

    def _add_method(self, client: Client, files: list[File], given: list[Consent]) -> None:
        pen = self.city.pen
        may_write_of_health = agree(pen, self, client, files, given)
        for file in files:
            begin(pen, self, file)
            make_plan(pen, self, file, assess(pen, self, file, may_write_of_health=may_write_of_health))
            refer(pen, self, file)
            admit(pen, self, file)
            transfer(self, file, self.city.today)
        add_papers(pen, self, files[-1])

    def _add_background(self, client: Client, origin, track: str) -> None:
        country = "DE" if client.residence_group == "german" else self.rng.choice(origin.countries)
        self.link(Client.nationalities, client, country_id=country)
        if country == "DE" and self.rng.random() < 0.4:
            self.link(Client.nationalities, client, country_id=origin.countries[0])
        self.link(Client.languages, client, language_id=origin.languages[0])
        for code in origin.languages[1:]:
            if self.rng.random() < 0.5:
                self.link(Client.languages, client, language_id=code)

    def _add_case(self, client: Client, stay: Stay, district: int | None, language: str) -> File:
        city = self.city
        manager, profile = city.staff.managers[stay.manager], city.staff.profiles[stay.manager]
        track = city.staff.tracks[profile.track]
        case = Case(
            number=city.number(), client=client, provider_id=manager.provider_id, case_manager_id=manager.pk,
            track=track, district_id=district, service_level=stay.level, opened_on=stay.opened_on,
            access_route=city.weighted(ROUTES), created_by_id=manager.user_id, form_key=city.uuid(),
            created_at=city.at(stay.opened_on),
        )  # fmt: skip
        young = client.birth_date and stay.opened_on < client.birth_date.replace(
            year=client.birth_date.year + 18, day=min(client.birth_date.day, 28)
        )
        case.age_reason = self.rng.choice(texts.YOUNG_REASONS if young else texts.OLD_REASONS)
        case.set_age()
        if case.age_at_opening is None or track.covers_age(case.age_at_opening):
            case.age_reason = ""
        self._set_state(case, stay)
        self.cases.append(case)
        profile_topics = list(
            dict.fromkeys(city.theme(district, profile.track, stay.opened_on) for _ in range(self.rng.randrange(2, 5)))
        )
        for topic in profile_topics:
            self.link(Case.topics, case, topic_id=city.topics[topic])
        before = len(self.consultations)
        self._add_consultations(case, stay, profile_topics, language)
        self._add_follow_ups(case, stay, manager)
        return File(case, stay, manager, profile_topics, language, self.consultations[before:])

    def _set_state(self, case: Case, stay: Stay) -> None:
        rng = self.rng
        age = (self.city.today - stay.opened_on).days + rng.randrange(-10, 25)
        steps = (30, 80, 140) if stay.level == Level.CASE_MANAGEMENT else (45, 45, 60)
        case.status = Case.PHASES[sum(age > step for step in steps)]
        if stay.paused:
            until = self.city.calendar.ahead(rng.randrange(10, 120)) if rng.random() < 0.7 else None
            case.pause(reason=rng.choice(texts.PAUSE_REASONS), until=until)
        if stay.closed_on:
            reason = self.city.weighted(REASONS)
            service = rng.choice(texts.FOLLOW_UP_SERVICES) if rng.random() < 0.4 else ""
            case.close(
                on=stay.closed_on, reason=reason, note=rng.choice(texts.CLOSING_NOTES), follow_up_service=service
            )
        if stay.reopening:
            case.request_reopening(rng.choice(texts.REOPEN_REASONS))
            case.reopen_requested_at = self.city.at(max(stay.closed_on, self.city.today - timedelta(days=4)), 8)

    def _add_consents(self, client: Client, stays: list[Stay], track: str, manager: CaseManager) -> list[Consent]:
        """Case Management needs consent to the file, a protected track also to its special category."""
        managed = any(stay.level == Level.CASE_MANAGEMENT for stay in stays)
        category = self.city.staff.tracks[track].special_category
        protected = category != Track.SpecialCategory.NONE
        given_on, closed_on = stays[0].opened_on, stays[-1].closed_on
        withdrawn_on = closed_on if closed_on and self.cases[-1].closing_reason == "consent_withdrawn" else None
        wanted = [Consent.Purpose.DOCUMENTATION] if managed or protected or self.rng.random() < 0.75 else []
        given = []
        for purpose in (*wanted, *([Consent.Purpose(category)] if protected else [])):
            form = Consent.Form.WRITTEN if self.rng.random() < 0.8 else Consent.Form.ELECTRONIC
            given.append(
                Consent(
                    client=client,
                    purpose=purpose,
                    form=form,
                    given_on=given_on,
                    withdrawn_on=withdrawn_on,
                    recorded_by_id=manager.user_id,
                )
            )
        self.consents += given
        return given

    # --- Talks

    def _add_consultations(self, case: Case, stay: Stay, topics: list[str], language: str) -> None:
        writer = Writer(self.rng)
        days = sorted(self._days(stay))
        spoken = language if language in self.city.staff.profiles[stay.manager].languages else "de"
        for number, day in enumerate(days):
            is_meeting = number == 0 or (number == len(days) - 1 and stay.closed_on is None)
            consultation = self._consultation(case, stay, day, is_meeting=is_meeting)
            consultation.language_id = spoken
            if spoken == "de" and case.client.interpreter_needed:
                consultation.interpreter = self.rng.choices(Interpreter.values, (5, 42, 33, 20))[0]
            self._add_content(consultation, writer, self._topics(case, topics, day))
            if consultation.kind in Consultation.WITH_PERSON:
                case.last_contact_on = day
            self.consultations.append(consultation)

    def _days(self, stay: Stay) -> Iterator[date]:
        """The first talk opens the case, the first months are the busiest, who is not silent came these three weeks."""
        between = self.city.calendar.between
        yield stay.opened_on
        recent = max(stay.opened_on, stay.seen_until - timedelta(days=20))
        beginning = min(stay.opened_on + timedelta(days=90), stay.seen_until)
        for _ in range(stay.consultations - 2):
            yield between(stay.opened_on, beginning if self.rng.random() < 0.4 else stay.seen_until)
        yield between(recent, stay.seen_until)

    def _consultation(self, case: Case, stay: Stay, day: date, *, is_meeting: bool) -> Consultation:
        manager, rng = self.city.staff.managers[stay.manager], self.rng
        outreach = self.city.staff.profiles[stay.manager].track == "outreach"
        if is_meeting:
            kind = Kind.OUTREACH if outreach else Kind.OFFICE
        else:
            kind = self.city.weighted(KINDS_OUTREACH if outreach else KINDS)
        since, deputy = self.city.staff.absent_until.get(manager.pk, (None, None))
        by_deputy = since and day >= since and not case.track.is_protected
        return Consultation(
            id=self.city.uuid(), case=case, held_on=day, minutes=rng.choice(MINUTES[kind]), kind=kind,
            district_id=case.district_id, track_id=case.track_id, provider_id=case.provider_id,
            case_manager_id=manager.pk, created_by_id=deputy.pk if by_deputy else manager.user_id,
            is_private=not by_deputy and rng.random() < 0.015,
            form_key=self.city.uuid(), created_at=self.city.at(day),
        )  # fmt: skip

    def _topics(self, case: Case, topics: list[str], day: date) -> list[str]:
        rng, drawn = self.rng, {}
        for _ in range(rng.choices((1, 2, 3), (55, 34, 11))[0]):
            now = rng.random() < 0.5
            topic = self.city.theme(case.district_id, case.track.code, day) if now else rng.choice(topics)
            drawn[topic] = None
        return list(drawn)

    def _add_content(self, consultation: Consultation, writer: Writer, topics: list[str]) -> None:
        office = self.rng.choice(self.city.offices[topics[0]])
        if consultation.kind == Kind.ACCOMPANIMENT:
            consultation.institution_id = office.pk
            consultation.waiting_minutes = self.rng.randrange(10, min(consultation.minutes, 110), 5)
        consultation.note = writer.note(consultation.kind, topics, consultation.held_on, office.name)
        if consultation.kind != Kind.NO_SHOW:
            self._link_topics(consultation, topics)

    def _link_topics(self, consultation: Consultation, topics: list[str]) -> None:
        for topic in topics:
            code = themes.refined(self.rng, consultation.district_id, topic, self.city.subtopics[topic])
            self.link(Consultation.topics, consultation, topic_id=self.city.topics[code])

    def add_without_case(self, kind: str) -> None:
        city, rng = self.city, self.rng
        index = rng.choices(
            range(len(city.staff.managers)), [city.staff.demand(i) for i in range(len(city.staff.managers))]
        )[0]
        manager, profile = city.staff.managers[index], city.staff.profiles[index]
        day, district = city.calendar.between(city.calendar.start, city.today), city.district(index)
        topic = city.theme(district, profile.track, day)
        minutes = MINUTES[kind] if kind == Kind.NETWORK else (10, 15, 20, 30)
        consultation = Consultation(
            id=city.uuid(), held_on=day, minutes=rng.choice(minutes), kind=kind, language_id="de",
            district_id=district, track=city.staff.tracks[profile.track], provider_id=manager.provider_id,
            case_manager_id=manager.pk, created_by_id=manager.user_id, form_key=city.uuid(), created_at=city.at(day),
        )  # fmt: skip
        writer = Writer(rng)
        if kind == Kind.NETWORK:
            consultation.note = writer.note(kind, [], day, rng.choice(city.offices[topic]).name)
        elif rng.random() < 0.8:
            consultation.note = writer.signposting(topic, day)
        self._link_topics(consultation, [topic])
        self.consultations.append(consultation)

    def _add_follow_ups(self, case: Case, stay: Stay, manager: CaseManager) -> None:
        city, rng = self.city, self.rng
        user: User = manager.user
        texts_in_order = rng.sample(texts.FOLLOW_UPS, k=len(texts.FOLLOW_UPS))
        for day, is_appointment in stay.due:
            self.follow_ups.append(
                FollowUp(
                    id=city.uuid(),
                    case=case,
                    due_on=day,
                    text=texts_in_order.pop(),
                    created_by=user,
                    due_at=time(rng.randrange(9, 17), rng.choice((0, 15, 30, 45))) if is_appointment else None,
                    form_key=city.uuid(),
                    created_at=city.at(min(stay.seen_until, day) - timedelta(days=3)),
                )
            )
        for _ in range(min(stay.consultations // 6, 8)):
            day = city.calendar.between(stay.opened_on, stay.seen_until)
            self.follow_ups.append(
                FollowUp(
                    id=city.uuid(),
                    case=case,
                    due_on=day,
                    text=texts_in_order.pop(),
                    created_by=user,
                    done_by=user,
                    done_at=city.at(day),
                    form_key=city.uuid(),
                    created_at=city.at(stay.opened_on),
                )
            )
