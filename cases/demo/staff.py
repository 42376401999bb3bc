"""Writes the landscape of help: Träger, everybody with a login, a substitution in force, institutions."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from anyascii import anyascii
from django.contrib.auth.hashers import make_password

from cases.demo import landscape, names
from districts.models import (
    Association,
    CaseManager,
    Institution,
    Language,
    Membership,
    PrivacyNotice,
    Provider,
    Substitution,
    Topic,
    Track,
)
from districts.models.privacy_notices import first_texts
from kim.users.models import Role, User

DRAFTS = first_texts()  # what the Träger of the demonstration tell about data, by language
PASSWORD = "Domblick-am-Rhein-26"
DOMAIN = "kim-koeln.example"
# One address per role that is easy to type; everybody else is first.last@.
LOGINS = {
    landscape.DEPUTY: "fallmanagement",
    "Ute Karaman": "leitung",
    "Jost Hellweg": "datenschutz",
    landscape.COORDINATION[0]: "koordination",
    landscape.ADMIN: "verwaltung",
}


@dataclass
class Staff:
    """The counsellors with what is drawn from: track, districts, languages, and how many cases they attract."""

    managers: list[CaseManager] = field(default_factory=list)
    profiles: list[landscape.Counsellor] = field(default_factory=list)
    tracks: dict[str, Track] = field(default_factory=dict)
    absent_until: dict[int, tuple[date, User]] = field(default_factory=dict)  # manager -> away since, deputy
    users: dict[str, User] = field(default_factory=dict)  # by name
    providers: dict[str, Provider] = field(default_factory=dict)  # by code
    notices: dict[int, date] = field(default_factory=dict)  # Träger -> since when its privacy notice is in use

    @property
    def offices(self) -> list[User]:
        """Who works at the coordinating office."""
        return [self.users[name] for name in landscape.COORDINATION]

    @property
    def office(self) -> User:
        return self.offices[0]

    def notice_version(self, provider: Provider, day: date) -> str:
        """Which privacy notice somebody got that day: the one in use now, or the one before."""
        since = self.notices[provider.pk]
        return version_of(since) if day >= since else version_of(one_before(since))

    def demand(self, index: int) -> float:
        profile = self.profiles[index]
        strengths = [landscape.DEMAND[number] for number in profile.districts] or [1.0]
        return float(profile.post_share) * sum(strengths) / len(strengths)


def build_staff(rng: Random, today: date, now: datetime, *, clients: int) -> Staff:
    counsellors = drawn_counsellors(rng, clients)
    people = [
        *((person.name, Role.CASE_MANAGER) for person in counsellors),
        *((employer.lead, Role.LEAD) for employer in landscape.EMPLOYERS),
        *((employer.officer, Role.DATA_PROTECTION) for employer in landscape.EMPLOYERS),
        *((name, Role.COORDINATION) for name in landscape.COORDINATION),
        (landscape.ADMIN, Role.ADMIN),
    ]
    secret = make_password(PASSWORD)  # once: forty slow hashes would take longer than the whole city
    users = {
        name: User(email=address(name), name=name, role=role, role_confirmed_at=now, created_at=now, password=secret)
        for name, role in people
    }
    User.objects.bulk_create(users.values())
    providers, since = build_providers(today)
    Membership.objects.bulk_create(
        Membership(user=users[name], provider=providers[employer.code])
        for employer in landscape.EMPLOYERS
        for name in (employer.lead, employer.officer)
    )
    tracks = {track.code: track for track in Track.objects.all()}
    staff = Staff(profiles=counsellors, tracks=tracks, users=users, providers=providers, notices=since)
    staff.managers = build_managers(counsellors, users, providers, staff.tracks)
    build_substitutions(staff, users, today)
    return staff


def drawn_counsellors(rng: Random, clients: int) -> list[landscape.Counsellor]:
    """A desk is as heavy in a large city as in a small one: beyond the named people their posts repeat, in order."""
    counsellors = list(landscape.COUNSELLORS)
    taken = {person.name for person in counsellors}
    for number in range(len(counsellors), round(clients / landscape.CLIENTS_PER_DESK)):
        post = landscape.COUNSELLORS[number % len(landscape.COUNSELLORS)]
        name = drawn_name(rng, post.languages[1:], taken)
        taken.add(name)
        counsellors.append(post._replace(name=name))
    return counsellors


def drawn_name(rng: Random, languages: tuple[str, ...], taken: set[str]) -> str:
    """A name of somebody who speaks the first of the languages; two family names once the simple ones are used up."""
    speakers = ([origin for origin in names.ORIGINS if language in origin.languages] for language in languages)
    origins = next(filter(None, speakers))
    while True:
        origin = rng.choice(origins)
        given, families = rng.choice(origin.women + origin.men), rng.sample(origin.families, 2)
        for name in (f"{given} {families[0]}", f"{given} {'-'.join(families)}"):
            if name not in taken:
                return name


def address(name: str) -> str:
    local = LOGINS.get(name) or anyascii(name).lower().replace(" ", ".").replace("'", "")
    return f"{local}@{DOMAIN}"


def build_providers(today: date) -> tuple[dict[str, Provider], dict[int, date]]:
    """The Träger by their codes, and since when each one's privacy notice is in use."""
    associations = {
        employer.association: Association.objects.get_or_create(name=employer.association)[0]
        for employer in landscape.EMPLOYERS
    }
    since = [(today - timedelta(days=150 + 37 * number)).replace(day=1) for number in range(len(landscape.EMPLOYERS))]
    providers = Provider.objects.bulk_create(
        Provider(
            association=associations[employer.association],
            name=f"{employer.name} {landscape.MARK}",
            code=employer.code,
            privacy_regime=employer.regime,
        )
        for employer in landscape.EMPLOYERS
    )
    PrivacyNotice.objects.bulk_create(
        PrivacyNotice(
            provider=provider,
            language_id=code,
            version=version_of(day),
            valid_from=day,
            text=notice_text(draft, provider),
        )
        for provider, first in zip(providers, since, strict=True)
        for code, draft in DRAFTS.items()
        for day in (one_before(first), first)
    )
    in_use = {provider.pk: first for provider, first in zip(providers, since, strict=True)}
    return {provider.code: provider for provider in providers}, in_use


def one_before(since: date) -> date:
    return date(since.year - 1, 1, 1)


def version_of(day: date) -> str:
    return f"{day:%m/%Y}"


def notice_text(draft: str, provider: Provider) -> str:
    """The draft, with what a Träger fills in; what is left in brackets is an example or for other Träger."""
    text = re.sub(r" ?\[(Kirchliche|Wo die Daten liegen)[^]]*\]", "", draft)
    text = text.replace(
        "[Name des Trägers, Anschrift, Telefon, E-Mail-Adresse]", f"{provider.name}, Musterstraße 1, Köln"
    )
    text = text.replace("[Name oder Stelle, Anschrift, E-Mail-Adresse]", f"datenschutz@{DOMAIN}")
    return re.sub(r"\[([^]]*)\]", r"\1", text.replace("[Name des Dienstleisters]", "Rechenzentrum Beispiel"))


def build_managers(
    counsellors: list[landscape.Counsellor],
    users: dict[str, User],
    providers: dict[str, Provider],
    tracks: dict[str, Track],
) -> list[CaseManager]:
    managers = CaseManager.objects.bulk_create(
        CaseManager(
            user=users[person.name],
            provider=providers[person.employer],
            post_share=Decimal(person.post_share),
            is_published=True,
            work_phone=f"+49 221 4710-{100 + number if number < 100 else 1000 + number}",
            work_email=address(person.name),
            office_hours=("Di 14–16 Uhr, Do 10–12 Uhr", "Mo 10–12 Uhr, Mi 15–18 Uhr", "Fr 9–12 Uhr")[number % 3],
        )
        for number, person in enumerate(counsellors, 1)
    )
    tracks_of, districts_of, languages_of = (
        getattr(CaseManager, relation).through for relation in ("tracks", "districts", "languages")
    )
    pairs = list(zip(managers, counsellors, strict=True))
    tracks_of.objects.bulk_create(
        tracks_of(casemanager=manager, track=tracks[person.track]) for manager, person in pairs
    )
    districts_of.objects.bulk_create(
        districts_of(casemanager=manager, district_id=number)
        for manager, person in pairs
        for number in person.districts
    )
    languages_of.objects.bulk_create(
        languages_of(casemanager=manager, language_id=code) for manager, person in pairs for code in person.languages
    )
    return managers


def build_substitutions(staff: Staff, users: dict[str, User], today: date) -> None:
    """One in force since three days ago, one that is coming."""
    by_name = {person.name: manager for person, manager in zip(staff.profiles, staff.managers, strict=True)}
    absent, deputy = by_name[landscape.ABSENT], by_name[landscape.DEPUTY]
    since = today - timedelta(days=3)
    staff.absent_until[absent.pk] = (since, users[landscape.DEPUTY])
    coming, later = by_name["Aminata Sylla"], by_name["Yusuf Warsan"]
    Substitution.objects.bulk_create(
        Substitution(absent=away, deputy=stand_in, starts_on=first, ends_on=last, created_by=away.user)
        for away, stand_in, first, last in (
            (absent, deputy, since, today + timedelta(days=11)),
            (coming, later, today + timedelta(days=14), today + timedelta(days=27)),
        )
    )


def build_institutions(rng: Random, today: date, providers: dict[str, Provider]) -> list[Institution]:
    """The directory; the marked names are invented or generic. Some entries have not been checked for a long time.

    A Träger of the Stadtbezirk keeps every second entry, the city the others.
    """
    nearest = {number: person.employer for person in reversed(landscape.COUNSELLORS) for number in person.districts}
    institutions = Institution.objects.bulk_create(
        Institution(
            name=f"{place.name} {landscape.MARK}",
            kind=place.kind,
            district_id=place.district,
            address=f"Beispielstraße {rng.randrange(1, 120)}, Köln",
            phone=f"(0221) 4710-{200 + number}",
            email=f"kontakt{number}@einrichtung.example",
            website=f"https://einrichtung{number}.example",
            waiting_weeks=place.waiting_weeks,
            free_places=place.free_places,
            remarks=place.remarks,
            checked_on=today - timedelta(days=rng.choice((3, 9, 14, 20, 33, 41, 60, 75, 130, 240))),
            checked_by=providers[nearest[place.district]] if place.district and number % 2 else None,
        )
        for number, place in enumerate(landscape.INSTITUTIONS)
    )
    topics = dict(Topic.objects.values_list("code", "pk"))
    languages = set(Language.objects.values_list("pk", flat=True))
    topics_of, languages_of = Institution.topics.through, Institution.languages.through
    pairs = list(zip(institutions, landscape.INSTITUTIONS, strict=True))
    topics_of.objects.bulk_create(
        topics_of(institution=institution, topic_id=topics[code])
        for institution, place in pairs
        for code in place.topics
    )
    languages_of.objects.bulk_create(
        languages_of(institution=institution, language_id=code)
        for institution, place in pairs
        for code in place.languages
        if code in languages
    )
    return institutions
