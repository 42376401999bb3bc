"""Turns measurements into docs/geschwindigkeit.md: German, dated, and what is over its limit is named first."""

import platform
from importlib.metadata import version
from pathlib import Path

import django
from django.db import connection
from django.utils import timezone

PAGE_MEDIAN, PAGE_P95, SAVE_MEDIAN, QUERIES = 4, 8, 6, 12
BUILD = {"seconds": 10, "megabytes": 300}  # the situation of today
FREEZE = {"seconds": 30, "megabytes": 500}  # the report of a year
PDF = {"first": 5, "later": 5}  # of the report of a year, in a new process and after that
JOBS = [
    ("Lage berechnen", "build", BUILD),
    ("Jahresbericht festschreiben", "freeze", FREEZE),
    ("PDF eines Jahresberichts", "pdf", PDF),
]
TARGET = Path(__file__).resolve().parent.parent.parent / "docs" / "geschwindigkeit.md"

INTRODUCTION = """\
# Geschwindigkeit

Gemessen am {day} mit

    {command}

auf {machine}, Python {python}, Django {django}, PostgreSQL {postgres}.

Das Programm `tests/bench` legt für jede Größe eine eigene Datenbank mit der Demo-Stadt an und ruft die Anwendung so
auf wie gunicorn: durch alle Schichten, mit echter Sitzung, ohne Debug. Vor jeder Seite wird der **Boden** gemessen,
eine angemeldete Seite, die nur eine Vorlage zeigt. Alles läuft abwechselnd, deshalb gelten die Verhältnisse der Mediane
auch auf einer unruhigen Maschine; das 95. Perzentil verlangt eine ruhige. Angemeldet ist die Person mit den meisten
Fällen, geöffnet wird ihr Fall mit den meisten Beratungen. Mit der Stadt wächst die Zahl der Stellen, nicht der einzelne
Schreibtisch: rund 33 Personen je Stelle, wie in der kleinen Demo-Stadt, bei denselben elf Trägern.

Für ihre Datenbanken setzt die Messung zwei Einstellungen von PostgreSQL, die [Betrieb](betrieb.md) empfiehlt:
`random_page_cost = 1.1` (SSD) und `jit = off` (kurze Abfragen). Nach dem Laden läuft `VACUUM ANALYZE`.

Grenzen: eine Seite höchstens das {page}-fache des Bodens (Median) und das {p95}-fache (95. Perzentil), eine Beratung
speichern höchstens das {save}-fache (Median), höchstens {queries} Abfragen. Die Lage berechnen: höchstens
{seconds} s und {megabytes} MB; einen Jahresbericht festschreiben: höchstens {freeze_seconds} s und
{freeze_megabytes} MB; ein PDF davon: höchstens {pdf} s. Abfragen zählen ohne Beginn und Ende von Transaktionen.

Festgeschrieben wird in einer Kopie der Stadt, in der das letzte und das vorletzte Jahr je so viele Beratungen haben wie
sonst die ganze Stadt, neben allen Berichten, die bis heute fällig waren: Die Prüfung liest sie alle, und das dauert am
längsten. „Erster Aufruf“ heißt: Nichts ist von einem früheren Aufruf aufgehoben. Das erste PDF macht ein neuer Prozess.

Die Teamseite zeigt zwanzig Schreibtische eines Trägers, die übrigen auf weiteren Seiten.
„Person aufnehmen“ zeichnet rund 30 Felder und fast 400 Einträge zum
Ankreuzen; das dauert in jeder Größe der Stadt gleich lang.
"""


def written(results: list[dict], command: str) -> str:
    parts = [introduction(command), summary(results), *(section(result) for result in results)]
    text = "\n".join(parts)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return text


def introduction(command: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (postgres,) = cursor.fetchone()
    return INTRODUCTION.format(
        day=f"{timezone.localtime():%d.%m.%Y}", command=command, machine=machine(), python=platform.python_version(),
        django=django.get_version(), postgres=f"{postgres.split()[0]} (psycopg {version('psycopg')})",
        page=PAGE_MEDIAN, p95=PAGE_P95, save=SAVE_MEDIAN, queries=QUERIES, pdf=PDF["first"], **BUILD,
        **{f"freeze_{name}": limit for name, limit in FREEZE.items()},
    )  # fmt: skip


def machine() -> str:
    import os  # noqa: PLC0415

    return f"{platform.system()} mit {os.cpu_count()} Prozessorkernen"


def summary(results: list[dict]) -> str:
    over = [
        f"- {number(result['clients'])} Personen, {page['label']}: {reason}"
        for result in results
        for page in result["pages"]
        for reason in [verdict(page)]
        if reason not in ("ja", "–")
    ]
    over += [
        f"- {number(result['clients'])} Personen, {label}: {job_verdict(result[job], limits)}"
        for result in results
        for label, job, limits in JOBS
        if job_verdict(result[job], limits) != "ja"
    ]
    return "\n".join(["## Was über der Grenze liegt", "", *(over or ["Nichts."]), ""])


def section(result: dict) -> str:
    lines = [
        f"## {number(result['clients'])} Personen, {number(result['consultations'])} Beratungen",
        "",
        f"{number(result['open_cases'])} offene Fälle bei der angemeldeten Person, "
        f"{number(result['talks_of_case'])} Beratungen im geöffneten Fall. "
        f"Auslastung der Maschine beim Messen: {decimal(result['busy'], 1)} Prozesse. "
        f"Demo-Stadt geladen in {decimal(result['load']['seconds'], 0)} s "
        f"(höchstens {decimal(result['load']['megabytes'], 0)} MB). "
        f"{number(result['consultations_of_year'])} der Beratungen liegen im letzten Jahr.",
        "",
        *(f"- {job(label, result[key], limits)}" for label, key, limits in JOBS),
        "",
        "| Seite | Median ms | 95 % ms | × Boden | × Boden (95 %) | Abfragen | KB | KB (Brotli) | Grenze gehalten |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
        *(row(page) for page in result["pages"]),
        "",
    ]
    return "\n".join(lines)


def row(page: dict) -> str:
    if "median" not in page:
        return f"| {page['label']} | – | – | – | – | – | – | – | {verdict(page)} |"
    return (
        f"| {page['label']} | {decimal(page['median'] * 1000, 1)} | {decimal(page['p95'] * 1000, 1)} "
        f"| {decimal(page['median'] / page['floor'], 1)} | {decimal(page['p95'] / page['floor'], 1)} "
        f"| {page['statements']} | {decimal(page['size'] / 1024, 1)} | {decimal(page['brotli'] / 1024, 1)} "
        f"| {verdict(page)} |"
    )


def verdict(page: dict) -> str:
    """ "ja", or what is over; the floor itself has no limit."""
    if page["problem"]:
        return f"nicht gemessen: {page['problem']}"
    if page["label"] == "Boden":
        return "–"
    limits = [("Median", page["median"], SAVE_MEDIAN if page["is_save"] else PAGE_MEDIAN)]
    if not page["is_save"]:
        limits.append(("95 %", page["p95"], PAGE_P95))
    over = [
        f"{name} {decimal(seconds / page['floor'], 1)} statt {limit}"
        for name, seconds, limit in limits
        if seconds > limit * page["floor"]
    ]
    if page["statements"] > QUERIES:
        over.append(f"{page['statements']} Abfragen statt {QUERIES}")
    return "**nein**: " + ", ".join(over) if over else "ja"


def job(label: str, measured: dict, limits: dict) -> str:
    kept = "ja" if job_verdict(measured, limits) == "ja" else "**nein**"
    return f"{label}{size_of(measured)}: {figures(measured)}; Grenze gehalten: {kept}."


def size_of(measured: dict) -> str:
    if "consultations" not in measured:
        return ""
    sizes = [number(measured[name]) for name in ("consultations", "consultations_before", "frozen_before")]
    return f" ({sizes[0]} Beratungen, {sizes[1]} im Jahr davor, {sizes[2]} andere Berichte)"


def figures(measured: dict) -> str:
    megabytes = f"höchstens {decimal(measured['megabytes'], 0)} MB"
    if "first" in measured:
        first, later = decimal(measured["first"], 1), decimal(measured["later"], 1)
        return f"das erste {first} s, die weiteren {later} s ({megabytes})"
    return (
        f"{decimal(measured['seconds'], 1)} s (davon rechnet das Programm {decimal(measured['cpu'], 1)} s; {megabytes})"
    )


def job_verdict(measured: dict, limits: dict) -> str:
    if measured["status"]:
        return "**nein**: abgebrochen"
    is_kept = all(measured[name] <= limit for name, limit in limits.items())
    return "ja" if is_kept else f"**nein**: {figures(measured)}"


def number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def decimal(value: float, places: int) -> str:
    return f"{value:.{places}f}".replace(".", ",")
