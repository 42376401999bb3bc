"""Whom a young person can turn to: what the page Kontakt shows, and how its query string narrows it.

A protected track (Art. 9 DSGVO) is never a filter: asking for it would be a confession in the address, the history and
the log. Its service stands on the page for everybody, with the Träger and without the names of those who counsel there.
"""

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode
from django.utils.translation import get_language

from districts.models import CaseManager, District, Language, Quarter, Track
from districts.public.frame import REGISTRATION, public_url
from kim.web.languages import mark, say

PER_PAGE = 24
ENDONYMS = Path(__file__).resolve().parent.parent / "data" / "endonyms.json"

TRACKS = {
    "general": mark("Beratung in Ihrem Stadtbezirk"),
    "outreach": mark("Beratung, die zu Ihnen kommt"),
    "single_parents": mark("Beratung für Alleinerziehende"),
    "disability": mark("Beratung für junge Menschen mit Behinderung"),
    "lsbti": mark("Beratung für queere junge Menschen"),
}


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    language: str  # of the label
    is_chosen: bool


@dataclass(frozen=True)
class Contact:
    """What a case manager has released."""

    name: str
    provider: object
    phone: str
    email: str
    hours: str
    districts: list
    tracks: list
    languages: list
    vcard_url: str
    has_notice: bool

    @property
    def dialled(self):
        return dialled(self.phone)


@dataclass
class Service:
    """An offer on a protected track at one Träger."""

    track: object
    provider: object
    phones: list = field(default_factory=list)
    emails: list = field(default_factory=list)
    languages: list = field(default_factory=list)

    @property
    def title(self):
        return track_title(self.track)

    @property
    def calls(self):
        return [(phone, dialled(phone)) for phone in self.phones]

    @property
    def key(self):
        """What stands in an address instead of the name of the track: it says nothing to whoever reads the history."""
        return salted_hmac("districts.public.service", f"{self.track.pk}:{self.provider.pk}").hexdigest()[:24]

    @property
    def registration_url(self):
        return f"{public_url(REGISTRATION)}?{urlencode({'an': self.key})}"


def dialled(phone):
    """For tel: links: digits and a leading plus, without (0) and without what people write behind the number."""
    number = re.match(r"[\d\s()+/.–-]*", phone.replace("(0)", ""))[0]
    digits = re.sub(r"[^\d]", "", number)
    return f"+{digits}" if number.lstrip().startswith("+") else digits


def track_title(track):
    return say(TRACKS[track.code]) if track.code in TRACKS else str(track)


@lru_cache(maxsize=1)
def endonyms():
    return json.loads(ENDONYMS.read_text(encoding="utf-8"))


def spoken_name(language):
    """In the language itself, so that whoever speaks it recognises it: (name, code of the language it is in)."""
    name = endonyms().get(language.code)
    return (name, language.code) if name else (str(language), get_language())


class ContactSearch:
    """The page for one query string. What is no valid choice narrows nothing and is repeated nowhere."""

    def __init__(self, query):
        self.tracks = list(Track.objects.all())
        self.all_districts = list(
            District.objects.prefetch_related(Prefetch("quarters", Quarter.objects.only("name", "district")))
        )
        listed = CaseManager.objects.listed()
        self.all_languages = list(Language.objects.filter(case_managers__in=listed).distinct())
        self.district = _chosen(query.get("bezirk"), {str(each.number): each for each in self.all_districts})
        self.language = _chosen(query.get("sprache"), {each.code: each for each in self.all_languages})
        self.track = _chosen(query.get("angebot"), {each.code: each for each in self.tracks if not each.is_protected})
        self.page = Paginator(self._narrowed(listed).for_public_page(), PER_PAGE).get_page(query.get("seite"))
        self.contacts = [contact_of(case_manager) for case_manager in self.page]

    def _narrowed(self, case_managers):
        if self.district:
            case_managers = case_managers.for_district(self.district)
        if self.language:
            case_managers = case_managers.speaking(self.language)
        return case_managers.on_track(self.track) if self.track else case_managers

    @property
    def query(self):
        """The valid part of the query string."""
        values = {
            "bezirk": self.district and self.district.number,
            "sprache": self.language and self.language.code,
            "angebot": self.track and self.track.code,
        }
        return {name: value for name, value in values.items() if value}

    @property
    def registration_query(self):
        """What the form may take over: the place and the language, never an offer."""
        return urlencode({name: value for name, value in self.query.items() if name != "angebot"})

    def address(self, **changed):
        query = {name: value for name, value in {**self.query, **changed}.items() if value}
        return public_url("public:contact") + (f"?{urlencode(query)}" if query else "") + "#personen"

    @property
    def wider(self):
        """Where nobody fits: the ways on that ask for less, each kept only where it still asks for something."""
        ways = []
        if self.language and (self.district or self.track):
            url = self.address(bezirk=None, angebot=None)
            ways.append({"label": say("Wer spricht diese Sprache in Köln?"), "url": url})
        if self.district and (self.language or self.track):
            url = self.address(sprache=None, angebot=None)
            ways.append({"label": say("Wer berät in diesem Stadtbezirk?"), "url": url})
        return ways

    @property
    def areas(self):
        """The nine Stadtbezirke as links, for the map and for the list; the chosen one leads back to all."""
        return [
            {
                "district": district,
                "label": say("Stadtbezirk %(name)s", name=district.name),
                "quarters": ", ".join(quarter.name for quarter in district.quarters.all()),
                "url": self.address(bezirk=district.number),
                "is_chosen": district == self.district,
            }
            for district in self.all_districts
        ]

    @property
    def district_choices(self):
        return [Choice(str(area["district"].number), area["label"], "", area["is_chosen"]) for area in self.areas]

    @property
    def language_choices(self):
        named = sorted(
            ((*spoken_name(each), each) for each in self.all_languages), key=lambda entry: entry[0].casefold()
        )
        return [Choice(each.code, name, code, each == self.language) for name, code, each in named]

    @property
    def track_choices(self):
        return [
            Choice(each.code, track_title(each), "", each == self.track)
            for each in self.tracks
            if not each.is_protected
        ]

    @property
    def previous_url(self):
        return self.page.has_previous() and self.address(seite=self.page.previous_page_number())

    @property
    def next_url(self):
        return self.page.has_next() and self.address(seite=self.page.next_page_number())


def _chosen(value, choices):
    return choices.get(value)


def contact_of(case_manager):
    tracks = [track for track in case_manager.tracks.all() if not track.is_protected]
    return Contact(
        name=case_manager.user.name,
        provider=case_manager.provider,
        phone=case_manager.work_phone,
        email=case_manager.work_email,
        hours=case_manager.office_hours,
        districts=[] if any(track.is_citywide for track in tracks) else list(case_manager.districts.all()),
        tracks=[track_title(track) for track in tracks],
        languages=[spoken_name(language) for language in case_manager.languages.all()],
        vcard_url=public_url("public:vcard", public_id=case_manager.public_id),
        has_notice=case_manager.has_notice,
    )


def services():
    """Each protected track with each Träger where somebody counsels on it today.

    The contact is the one of the Träger. Where it has named none, it is the telephone its people there have released;
    a mail address only without one, because it tells a name.
    """
    posts = CaseManager.tracks.through.objects.filter(
        track__is_protected=True, casemanager__in=CaseManager.objects.published()
    )
    posts = posts.select_related("track", "casemanager__provider").prefetch_related("casemanager__languages")
    found = {}
    for post in posts.order_by("track__position", "track", "casemanager__provider__name", "pk"):
        provider = post.casemanager.provider
        service = found.setdefault((post.track, provider), Service(post.track, provider))
        _add(service, post.casemanager)
    return list(found.values())


def service_of(key):
    """The offer whose key this is, as long as somebody counsels there."""
    return next((each for each in services() if constant_time_compare(each.key, key)), None)


def _add(service, case_manager):
    own = service.provider.contact_phone, service.provider.contact_email
    released = case_manager.work_phone, "" if case_manager.work_phone else case_manager.work_email
    for found, value in zip((service.phones, service.emails), own if any(own) else released, strict=True):
        if value and value not in found:
            found.append(value)
    spoken = map(spoken_name, case_manager.languages.all())
    service.languages += [name for name in spoken if name not in service.languages]
