"""Makes two databases for each size, measures, and writes docs/geschwindigkeit.md."""

import argparse
import json
import os
import subprocess
import sys
import time
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

URL = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/kim_bench")
SETTINGS = {"random_page_cost": "1.1", "jit": "off"}  # of a machine with an SSD and short queries; see docs/betrieb.md
MANAGE = [sys.executable, "manage.py"]
SIZES = {300: 3_000, 3_000: 60_000, 30_000: 600_000}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", choices=SIZES, default=list(SIZES), help="Personen")
    parser.add_argument("--runs", type=int, default=60, help="Messungen je Seite")
    parser.add_argument("--keep", action="store_true", help="vorhandene Datenbanken wiederverwenden")
    options = parser.parse_args()
    results = []
    for clients in options.sizes:
        results.append(measured(clients, options.runs, keep=options.keep))
        text = report(results)  # after each size, so that a long run leaves something behind
    print(text)


def measured(clients: int, runs: int, *, keep: bool) -> dict:
    name = f"{urlsplit(URL).path.strip('/')}_{clients}"
    city, full = environment_of(name), environment_of(f"{name}_full")
    note(f"{clients} Personen: Datenbank {name}")
    load = (keep and remembered(name)) or loaded(name, clients, city)
    note(f"Zwei Jahre zu {SIZES[clients]} Beratungen und ihre Berichte: Datenbank {name}_full")
    if not (keep and remembered(f"{name}_full")):
        fill(name, clients, full)
    note("Jahresbericht festschreiben")
    freeze = run([sys.executable, "-m", "tests.bench.freeze"], full)
    note("Berichte und Bedarfe der Demo-Stadt")
    for command in (["freeze_due_reports", "--but-newest"], ["demo_findings", "--if-empty"], ["freeze_due_reports"]):
        subprocess.run([*MANAGE, *command], env=city, check=True, stdout=subprocess.DEVNULL)
    note("Lage berechnen")
    build = run([*MANAGE, "build_situation"], city)
    note("PDF")
    pdf = run([sys.executable, "-m", "tests.bench.pdf"], city)
    note("messen")
    command = [sys.executable, "-m", "tests.bench.measure", str(runs)]
    answer = subprocess.run(command, env=city, check=True, stdout=subprocess.PIPE)
    return json.loads(answer.stdout) | {"load": load, "build": build, "freeze": freeze, "pdf": pdf}


# --- Databases


def environment_of(name: str) -> dict[str, str]:
    address = urlsplit(URL)._replace(path=f"/{name}").geturl()
    return os.environ | {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "DATABASE_URL": address}


def loaded(name: str, clients: int, environment: dict[str, str]) -> dict:
    """A database with the demonstration city, its statistics up to date."""
    create(name)
    subprocess.run([*MANAGE, "migrate", "-v0"], env=environment, check=True)
    subprocess.run([*MANAGE, "createcachetable"], env=environment, check=True)
    size = ["--clients", str(clients), "--consultations", str(SIZES[clients])]
    load = run([*MANAGE, "demo_city", *size], environment)
    if load["status"]:
        raise SystemExit("Die Demo-Stadt ließ sich nicht laden.")
    with psycopg.connect(environment["DATABASE_URL"].replace("postgres://", "postgresql://"), autocommit=True) as db:
        db.execute("VACUUM ANALYZE")
    remember(name, load)
    return load


def fill(name: str, clients: int, environment: dict[str, str]) -> None:
    """A copy in which the last two years have as many consultations each as the city has altogether."""
    create(f"{name}_full", template=name)
    command = [sys.executable, "-m", "tests.bench.full_years", str(SIZES[clients])]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    remember(f"{name}_full", {"consultations": SIZES[clients]})


def create(name: str, template: str = "template1") -> None:
    with server() as db:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        db.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        for setting, value in SETTINGS.items():
            change = sql.SQL("ALTER DATABASE {} SET {} = {}")
            db.execute(change.format(sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)))


def remembered(name: str) -> dict | None:
    """What was noted at the database when it was complete."""
    with server() as db:
        question = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        (comment,) = db.execute(question, [name]).fetchone() or (None,)
    return comment and json.loads(comment)


def remember(name: str, facts: dict) -> None:
    with server() as db:
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
        db.execute(comment.format(sql.Identifier(name), sql.Literal(json.dumps(facts))))


def server() -> psycopg.Connection:
    return psycopg.connect(urlsplit(URL)._replace(path="/postgres").geturl(), autocommit=True)


# --- Processes


def run(command: list[str], environment: dict[str, str]) -> dict:
    """Seconds, those of its processor, peak memory in MB and exit status of a command; what it says itself goes on top.

    On a busy machine the seconds of the processor are the truer ones; what the database computes is not in them.
    """
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    facts = {
        "seconds": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / 1024,
        "status": process.returncode,
    }
    last = output.strip().rpartition("\n")[2]
    return facts | (json.loads(last) if last.startswith("{") else {})


def report(results: list[dict]) -> str:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    os.environ["DATABASE_URL"] = urlsplit(URL)._replace(path="/postgres").geturl()
    import django  # noqa: PLC0415 - the database must be named first

    django.setup()
    from tests.bench.report import written  # noqa: PLC0415

    return written(results, "python -m tests.bench " + " ".join(sys.argv[1:]))


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
