"""Figures of a report as the freezing job stores them: every table of the catalogue, made up from shares.

`figures(persons=300)` is a city that publishes everything; `withheld={"topic_by_district": "fine"}` leaves a break-down
out, `persons=20` is too small for any. Numbers are rounded each from its own true value, as the real ones are.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from cases.models import Case, Client, Goal, Need, Referral
from districts.models import Barrier
from kim.privacy.rounding import SMALLEST_POPULATION, rounded
from reports.catalogue import TABLES, Table
from reports.tables import Head, PublishedTable

Rows = list[tuple[Head, float]]  # a row and how many of a hundred are in it

_DATA = settings.BASE_DIR / "districts" / "data"
DISTRICTS = [
    Head(str(row["number"]), row["name"], row["name"])
    for row in json.loads((_DATA / "districts.json").read_text(encoding="utf-8"))
] + [Head("0", "ohne Stadtbezirk", "without district")]
TOPICS = [
    Head(row["code"], row["name"], row["name_en"])
    for row in json.loads((_DATA / "topics.json").read_text(encoding="utf-8"))
]
BARRIERS = [Head(code, str(name), f"{code} (en)") for code, name in Barrier.choices]
LANGUAGES = [
    ("ar", "Arabisch", "Arabic"), ("fa", "Persisch", "Persian"), ("tr", "Türkisch", "Turkish"),
    ("uk", "Ukrainisch", "Ukrainian"), ("ckb", "Zentralkurdisch", "Central Kurdish"), ("so", "Somali", "Somali"),
    ("de", "Deutsch", "German"), ("ps", "Paschtu", "Pashto"), ("ti", "Tigrinya", "Tigrinya"),
    ("sq", "Albanisch", "Albanian"), ("fo", "Färöisch", "Faroese"), ("", "keine Angabe", "not stated"),
]  # fmt: skip
COUNTRIES = [
    ("AF", "Afghanistan", "Afghanistan"), ("IQ", "Irak", "Iraq"), ("IR", "Iran", "Iran"), ("SY", "Syrien", "Syria"),
    ("TR", "Türkei", "Türkiye"), ("UA", "Ukraine", "Ukraine"), ("other", "übrige", "others"),
    ("", "keine Angabe", "not stated"),
]  # fmt: skip
KINDS = [Head("advice", "Beratung", "Counselling"), Head("case_management", "Case Management", "Case management")]
LEVELS = [
    Head("signposting", "Verweisberatung", "Signposting"),
    Head("brief", "Kurzberatung", "Brief counselling"),
    KINDS[1],
]
SIGNAL: dict[str, Any] = {
    "id": "topic_district:housing:8", "kind": "topic_district", "table": "topic_by_district",
    "row": "housing", "column": "8", "topic": "housing", "barrier": "", "district": "8",
    "names": {"topic": ["Wohnen", "Housing"], "district": ["Kalk", "Kalk"]},
    "part": 70, "whole": 155, "share": 45, "city_part": 250, "city_whole": 965, "city_share": 26,
}  # fmt: skip
FINDING: dict[str, Any] = {
    "number": "B-2026-003", "title": "Kurse in Kalk", "status": "agreed", "barrier": "capacity",
    "topics": [["language", "Deutsch lernen", "Learning German"]], "districts": [["8", "Kalk"]],
    "observations": 15, "providers": None,
    "decision": {"step": "agree", "body": "steering_committee", "on": "2026-09-14"},
    "measures": [
        {"text": "Zwei Kurse mehr", "owner": "VHS", "due_on": "2026-12-31", "status": "running", "verdict": ""},
        {"text": "Betreuung", "owner": "Jugendamt", "due_on": "2026-06-30", "status": "done", "verdict": "partly"},
    ],
}  # fmt: skip
CASES = {"cases": 260, "cases_new": 80, "cases_closed": 60, "managed_cases": 170}  # of 300 persons
GROUPS = {
    "persons": 300, "persons_new": 85, "persons_with_topic": 290, "persons_with_need": 180, "persons_with_barrier": 110,
    "persons_referred": 140, "persons_with_goal": 120, "persons_with_failed_goal": 60, "specialised": 50, **CASES,
}  # fmt: skip


def rows_of(table: Table) -> Rows:
    """Heads with made-up shares; partitions come close to a hundred."""
    choices = {
        "sex": Client.Sex, "residence": Client.ResidenceGroup, "legal_spheres": Client.LegalSphere,
        "access_routes": Case.AccessRoute, "closing_reasons": Case.ClosingReason, "needs": Need.Status,
        "referral_results": Referral.Result,
    }  # fmt: skip
    plain = {
        "providers": [f"Träger {letter}" for letter in "ABCDEFGHIJK"],
        "specialised": ["Angebot A", "Angebot B"],
        "age": ["unter 18", "18 bis 20", "21 bis 23", "24 bis 27", "über 27", "unbekannt"],
        "entry": ["unter 1 Jahr", "1 bis 3 Jahre", "über 3 Jahre", "in Deutschland geboren", "keine Angabe"],
        "interpreting": ["Dolmetscher*in", "Sprachmittlung", "ohne"],
        "plans": ["mit gültigem Plan"], "hurdles": ["Hürde im System"],
        "durations": ["unter 3 Monate", "3 bis 6 Monate", "6 bis 12 Monate", "über 12 Monate"],
    }  # fmt: skip
    if table.key in choices:
        heads = [Head(code, str(name), f"{code} (en)") for code, name in choices[table.key].choices]
    elif table.key == "goals":
        wanted = (Goal.Status.REACHED, Goal.Status.PARTLY, Goal.Status.NOT_REACHED, Goal.Status.GIVEN_UP)
        heads = [Head(status.value, str(status.label), f"{status.value} (en)") for status in wanted]
    elif table.key in plain:
        heads = [Head(f"{table.key}-{n}", name, f"{table.key} {n} (en)") for n, name in enumerate(plain[table.key])]
    elif table.key in ("languages", "nationalities"):
        heads = [Head(*names) for names in (LANGUAGES if table.key == "languages" else COUNTRIES)]
    elif table.key in ("flow", "contacts"):
        heads = KINDS if table.key == "flow" else LEVELS
    elif table.key in ("districts", "district_cases"):
        heads = DISTRICTS
    elif table.key == "barriers":
        heads = BARRIERS
    else:
        heads = TOPICS
    if table.is_yes_only:
        return [(heads[0], 70)]
    if table.is_partition:
        weights = [len(heads) + 3 - place for place in range(len(heads))]
        return [(head, 100 * weight / sum(weights)) for head, weight in zip(heads, weights, strict=True)]
    return [(head, max(42 - 4 * place, 0)) for place, head in enumerate(heads)]


def published_table(table: Table, persons: int, withheld: str = "") -> PublishedTable:
    group = round(GROUPS[table.population] * persons / 300)
    if group < SMALLEST_POPULATION:
        withheld = PublishedTable.FEW
    by_key = {each.key: each for each in TABLES}
    if table.crosses:
        rows, columns = (rows_of(by_key[key]) for key in table.crosses)
        cells = {(r.key, c.key): group * a * b / 10_000 for r, a in rows for c, b in columns}
        totals = {c.key: group * b / 100 for c, b in columns}
        row_totals = {r.key: group * a / 100 for r, a in rows}
    else:
        rows, row_totals = rows_of(table), {}
        columns = [(Head(key, str(name), f"{key} (en)"), weight) for (key, name), weight in _measures(table)]
        cells = {(r.key, c.key): group * a * b / 10_000 for r, a in rows for c, b in columns}
        totals = {c.key: group * b / 100 for c, b in columns}

    def shown(counts: Mapping[Any, float]) -> dict[Any, int | None]:
        return {key: rounded(round(count), table.base) for key, count in counts.items()}

    few = withheld == PublishedTable.FEW
    return PublishedTable(
        key=table.key,
        rows=tuple(row for row, _share in rows),
        columns=tuple(column for column, _share in columns),
        cells={} if withheld else shown(cells),
        totals=dict.fromkeys(totals) if few else shown(totals),
        row_totals=dict.fromkeys(row_totals) if few else shown(row_totals),
        withheld=withheld,
    )


def _measures(table: Table) -> list[tuple[tuple[str, Any], float]]:
    """Of a hundred persons or cases: so many consultations; of those on the books so many open, new, closed."""
    shares = {"consultations": 250.0, "open_start": 69.0, "new": 31.0, "closed": 23.0, "open_end": 77.0}
    return [(column, shares.get(column[0], 100.0)) for column in table.columns]


def figures(persons: int = 300, *, withheld: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What Report.figures holds. `persons`: how many were counselled in the period."""
    tables = {table.key: published_table(table, persons, (withheld or {}).get(table.key, "")) for table in TABLES}
    medians = {
        "first_contact": {"": 2},
        "waiting": {"": 7, **{head.key: 4 + place for place, head in enumerate(TOPICS[:4])}},
        "plan": {"": 6},
        "duration": {"": 8},
    }
    return {
        "tables": {key: table.stored() for key, table in tables.items()},
        "medians": medians if persons >= 100 else {},
        "posts": {"providers-0": "1.5", "providers-1": "2"},
        "speakers": {"ar": 5, "fa": 2, "de": 17, "fo": 1},
        "signals": [],
        "findings": [],
    }
