"""Draws the young people."""

from datetime import date, timedelta
from random import Random

from cases.demo import names, texts
from cases.models import Client
from cases.models.case import years_before

Residence, Sphere, Level = Client.ResidenceGroup, Client.LegalSphere, Client.GermanLevel
_WEIGHTS = [origin.weight for origin in names.ORIGINS]
_ON_BENEFITS = {
    Residence.IN_PROCEDURE: (Sphere.ASYLBLG,),
    Residence.TOLERATED: (Sphere.ASYLBLG, Sphere.OWN_INCOME),
    Residence.HUMANITARIAN: (Sphere.SGB_2, Sphere.STUDENT_AID, Sphere.OWN_INCOME),
    Residence.EU: (Sphere.OWN_INCOME, Sphere.SGB_2, Sphere.NONE),
}
_OTHERS = (Sphere.SGB_2, Sphere.FAMILY, Sphere.OWN_INCOME, Sphere.STUDENT_AID, Sphere.SGB_3)


def drawn_client(
    rng: Random, *, opened_on: date, track: str, ages_out: date | None, **fields
) -> tuple[Client, names.Origin]:
    """A person who is believable for a case opened that day; `ages_out` sets the 28th birthday."""
    origin = rng.choices(names.ORIGINS, _WEIGHTS)[0]
    client = Client(sex=_sex(rng, track), **fields)
    _name(rng, client, origin, track)
    client.birth_date = years_before(ages_out, 28) if ages_out else _birth_date(rng, opened_on, track)
    _contact(rng, client)
    _situation(rng, client, origin, opened_on, track)
    client.fill_search_columns()
    return client, origin


def _sex(rng: Random, track: str) -> str:
    weights = (78, 22, 0, 0) if track == "single_parents" else (35, 40, 18, 7) if track == "lsbti" else (46, 51, 1, 2)
    return rng.choices(Client.Sex.values, weights)[0]


def _name(rng: Random, client: Client, origin: names.Origin, track: str) -> None:
    if rng.random() < (0.25 if track == "lsbti" else 0.02):
        client.pseudonym = rng.choice(names.PSEUDONYMS)
        return
    if origin.script and rng.random() < 0.12:
        client.sex, client.given_names, client.family_name = rng.choice(origin.script)
        return
    pool = {"female": origin.women, "male": origin.men}.get(client.sex) or origin.women + origin.men
    client.given_names = rng.choice(pool)
    if origin.one_word and rng.random() < 0.15:
        return
    client.family_name = rng.choice(origin.families)
    if rng.random() < 0.06:
        client.given_names += f" {rng.choice(pool)}"


def _birth_date(rng: Random, opened_on: date, track: str) -> date | None:
    chance = rng.random()
    if chance < 0.04:
        return None
    if track == "single_parents":
        age = round(rng.triangular(19, 42, 27))
    elif chance < 0.08:
        age = rng.choice((17, 28, 28, 29, 30))
    else:
        age = int(rng.triangular(18, 28, 21))
    return years_before(opened_on, age) - timedelta(days=rng.randrange(365))


def _contact(rng: Random, client: Client) -> None:
    if rng.random() < 0.9:
        client.phone = f"{rng.choice(('0171 39200', '0176 040690', '+49 171 39200'))}{rng.randrange(100):02}"
    if rng.random() < 0.45:
        client.email = f"person{rng.randrange(10**6):06}@post.example"
    client.preferred_channel = rng.choices(("", *Client.Channel.values), (20, 25, 40, 8, 2, 5))[0]
    if rng.random() < 0.12:
        client.contact_note = rng.choice(texts.CONTACT_NOTES)


def _situation(rng: Random, client: Client, origin: names.Origin, opened_on: date, track: str) -> None:
    residence = rng.choice(origin.residence) if rng.random() < 0.92 else Residence.UNKNOWN
    client.residence_group = residence
    client.legal_spheres = [rng.choice(_ON_BENEFITS.get(residence, _OTHERS))] if rng.random() < 0.85 else []
    client.entry_year = opened_on.year - int(rng.triangular(0, 10, 2)) if residence != Residence.GERMAN else None
    client.german_level = rng.choices(Level.values, (8, 20, 27, 25, 14, 6))[0]
    client.interpreter_needed = client.german_level in (Level.NONE, Level.A1) and rng.random() < 0.7
    client.school = rng.choices(("", *Client.School.values), (15, 12, 14, 10, 5, 6, 32, 6))[0]
    client.occupation = rng.choices(("", *Client.Occupation.values), (8, 12, 22, 12, 4, 15, 18, 6, 3))[0]
    if track == "single_parents":
        client.children = rng.choice((1, 1, 2, 2, 3, 4))
        client.household_size = client.children + 1
    elif rng.random() < 0.7:
        client.household_size = rng.choice((1, 1, 1, 2, 3, 4, 5, 6))
