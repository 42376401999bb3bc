"""Makes a database for each size, measures, and writes docs/geschwindigkeit.md."""

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
    note(f"{clients} Personen: Datenbank {name}")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "DATABASE_URL": urlsplit(URL)._replace(path=f"/{name}").geturl(),
    }
    load = prepared(name, clients, environment, keep=keep)
    note("Lage berechnen")
    build = run([sys.executable, "manage.py", "build_situation"], environment)
    note("Jahresbericht festschreiben")
    freeze = run([sys.executable, "-m", "tests.bench.freeze"], environment)
    note("messen")
    command = [sys.executable, "-m", "tests.bench.measure", str(runs)]
    answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(answer.stdout) | {"load": load, "build": build, "freeze": freeze}


def prepared(name: str, clients: int, environment: dict[str, str], *, keep: bool) -> dict:
    """A database with the demonstration city, its statistics up to date."""
    remembered = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    with psycopg.connect(urlsplit(URL)._replace(path="/postgres").geturl(), autocommit=True) as server:
        comment = (server.execute(remembered).fetchone() or [None])[0]
        if keep and comment:
            return json.loads(comment)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        for setting, value in SETTINGS.items():
            change = sql.SQL("ALTER DATABASE {} SET {} = {}")
            server.execute(change.format(sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)))
        manage = [sys.executable, "manage.py"]
        subprocess.run([*manage, "migrate", "-v0"], env=environment, check=True)
        subprocess.run([*manage, "createcachetable"], env=environment, check=True)
        size = ["--clients", str(clients), "--consultations", str(SIZES[clients])]
        load = run([*manage, "demo_city", *size], environment)
        if load["status"]:
            raise SystemExit("Die Demo-Stadt ließ sich nicht laden.")
        with psycopg.connect(
            environment["DATABASE_URL"].replace("postgres://", "postgresql://"), autocommit=True
        ) as db:
            db.execute("VACUUM ANALYZE")
        server.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(json.dumps(load)))
        )
        return load


def run(command: list[str], environment: dict[str, str]) -> dict:
    """Seconds, peak memory in MB and exit status of a command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "megabytes": usage.ru_maxrss / 1024, "status": process.returncode}


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
