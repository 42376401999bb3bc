"""Talks with several people, and the time around a talk: chosen among talks that are drawn already."""

from collections import defaultdict
from uuid import uuid5

from cases.demo import method_texts as texts
from cases.demo.method import Method
from cases.models import Consultation

Kind = Consultation.Kind
MOST = 4


def join(pen: Method, talks: list[Consultation], links: list) -> list:
    """Makes some talks of one day and desk one talk; returns the topics of all talks, the same ones within a group."""
    together = defaultdict(list)
    for talk in talks:
        if talk.kind in (Kind.OFFICE, Kind.OUTREACH) and not talk.is_private and not talk.track.is_protected:
            together[talk.case_manager_id, talk.created_by_id, talk.held_on, talk.kind].append(talk)
    leads: dict = {}  # key of a talk -> the talk whose topics it shares
    for found in together.values():
        people = list({talk.case.number: talk for talk in found}.values())[:MOST]
        if len(people) > 1 and pen.chance(0.4):
            _make_group(pen, people)
            leads |= {talk.pk: people[0] for talk in people[1:]}
    return _shared_topics(links, leads)


def _make_group(pen: Method, people: list[Consultation]) -> None:
    first, shared_note = people[0], pen.rng.choice(texts.SHARED_NOTES)
    for talk in people:
        talk.group_key, talk.group_size, talk.shared_note = first.form_key, len(people), shared_note
        talk.minutes, talk.language_id = first.minutes, first.language_id
        talk.interpreter, talk.indirect_minutes = first.interpreter, None
    for talk in people[1:]:
        talk.form_key = uuid5(first.form_key, talk.case.number)


def _shared_topics(links: list, leads: dict) -> list:
    if not leads:
        return links
    of_lead = defaultdict(list)
    wanted = {lead.pk for lead in leads.values()}
    for name, owner, target in links:
        if owner.pk in wanted:
            of_lead[owner.pk].append((name, target))
    kept = [link for link in links if link[1].pk not in leads]
    owners = {owner.pk: owner for _name, owner, _target in links if owner.pk in leads}
    shared = [
        (name, owners[pk], target) for pk, lead in leads.items() if pk in owners for name, target in of_lead[lead.pk]
    ]
    return kept + shared


def add_preparation(pen: Method, talks: list[Consultation]) -> None:
    """Reading up and writing letters for a talk, where somebody noted it."""
    for talk in talks:
        if talk.kind in Consultation.WITH_PERSON and pen.chance(0.14):
            talk.indirect_minutes = pen.rng.choice((5, 10, 10, 15, 20, 30))
