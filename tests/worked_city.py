"""The city of the worked example: the lists in tests/worked_example/ as records, a case for each person of a group."""

import csv
from datetime import date
from pathlib import Path

from districts.models import District, Topic, Track
from tests.factories import (
    CaseManagerFactory,
    ClientFactory,
    ConsultationFactory,
    GoalFactory,
    IntakeRequestFactory,
    NeedFactory,
    PlanFactory,
    ProviderFactory,
    ReferralFactory,
)
from tests.periods import at, case, talk

FOLDER = Path(__file__).parent / "worked_example"
HURDLE = {"yes": True, "no": False, "": None}


def lines(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def build():
    staff = hire()
    files = open_cases(staff)
    ask(files)
    hold_talks(files, staff)
    find_needs(files)
    refer(files)
    settle_goals(files)


def day(text):
    return date.fromisoformat(text) if text else None


def topics(text):
    return [Topic.objects.get(code=code) for code in text.split()]


def hire():
    """Träger -> who counsels there in the example; others only have their share of a post."""
    staff = {}
    for line in lines("staff"):
        code = line["provider"]
        provider = staff[code].provider if code in staff else ProviderFactory(code=code)
        made = CaseManagerFactory(provider=provider, post_share=line["post_share"], languages=line["languages"].split())
        staff.setdefault(code, made)
    return staff


def open_cases(staff):
    """Group -> its cases."""
    people = {line["group"]: line for line in lines("people")}
    files = {}
    for line in lines("cases"):
        for group in line["groups"]:
            persons = range(int(people[group]["number"]))
            files[group] = [open_case(line, people[group], number, staff[line["provider"]]) for number in persons]
    return files


def open_case(line, person, number, by):
    opened_on, closed_on, plan_on = day(line["opened_on"]), day(line["closed_on"]), day(line["plan_on"])
    ending = {"closed": True, "closed_on": closed_on, "closing_reason": line["reason"]} if closed_on else {}
    made = case(
        by, client=admit(person, number, opened_on, by.provider), opened_on=opened_on, entered=day(line["entered_on"]),
        where=line["district"], track=Track.objects.get(code=line["track"]), service_level=line["kind"],
        access_route=line["route"], topics=topics(line["topics"]), **ending,
    )  # fmt: skip
    if plan_on:
        PlanFactory(case=made, agreed_on=plan_on)
    return made


def admit(person, number, opened_on, provider):
    return ClientFactory(
        provider=provider,
        given_names=person["same_as"] or person["group"],
        family_name=f"Beispiel {number}",
        birth_date=date(opened_on.year - int(person["age"]), 1, 15),
        sex=person["sex"],
        residence_group=person["residence"],
        entry_year=person["entry_year"] or None,
        legal_spheres=person["spheres"].split(),
        nationalities=person["nationalities"].split(),
        languages=person["languages"].split(),
        interpreter_needed=person["needs_interpreter"] == "yes",
    )


def each(name, files):
    """Every line of a list with every case of its groups."""
    return [(line, of) for line in lines(name) for group in line["groups"] for of in files[group]]


def ask(files):
    for line, of in each("requests", files):
        IntakeRequestFactory(
            received_on=day(line["received_on"]), first_contact_at=at(day(line["first_talk_on"])), track=of.track
        )


def hold_talks(files, staff):
    for line, of in each("talks", files):
        for _n in range(int(line["each"])):
            talk(of, entered=day(line["entered_on"]), **content(line))
    for line in lines("anonymous_talks"):
        for _n in range(int(line["number"])):
            where = District.objects.get(number=line["district"])
            ConsultationFactory(
                anonymous=True, case_manager=staff[line["provider"]], held_on=day(line["held_on"]),
                created_at=at(day(line["held_on"])), district=where, topics=topics(line["topics"]),
            )  # fmt: skip


def content(line):
    district = District.objects.get(number=line["district"]) if line["district"] else None
    return {
        "on": day(line["held_on"]),
        "district": district,
        "topics": line["topics"].split(),
        "interpreter": line["interpreter"],
        "kind": line["kind"],
    }


def find_needs(files):
    for line, of in each("needs", files):
        NeedFactory(
            case=of, topic=topics(line["topic"])[0], created_at=at(day(line["entered_on"])), status=line["status"],
            settled_on=day(line["settled_on"]), barrier=line["barrier"],
        )  # fmt: skip


def refer(files):
    for line, of in each("referrals", files):
        made_on = day(line["made_on"])
        ReferralFactory(
            case=of, topic=topics(line["topic"])[0], made_on=made_on, created_at=at(made_on), result=line["result"],
            result_on=day(line["result_on"]), waiting_days=line["waiting_days"] or None, barrier=line["barrier"],
        )  # fmt: skip


def settle_goals(files):
    for line, of in each("goals", files):
        GoalFactory(
            plan=of.plans.get(), status=line["result"], settled_on=day(line["settled_on"]),
            is_system_hurdle=HURDLE[line["system_hurdle"]],
        )  # fmt: skip
