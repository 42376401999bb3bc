"""Reads in a large list and says how long each step takes: python -m tests.bench.lists [--rows 10000] [--faulty 300].

Runs on a database of its own, made for it and thrown away: SQLite in a file, or what DATABASE_URL names.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

FOLDER = tempfile.TemporaryDirectory(prefix="kim-lists-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER.name}/lists.sqlite3")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from cases.actions import list_imports, lists  # noqa: E402
from cases.lists.columns import COLUMNS  # noqa: E402
from cases.models import ImportRow  # noqa: E402
from tests.factories import CaseFactory, CaseManagerFactory, TrackFactory  # noqa: E402
from tests.lists import COLUMN, as_xlsx, rows_of_people  # noqa: E402

figures: dict[str, float] = {}


@contextmanager
def measured(step: str) -> Iterator[None]:
    """Seconds on the clock, and seconds of this process: on a busy machine the second is the truer one."""
    wall, own = time.perf_counter(), time.process_time()
    yield
    figures[f"{step}_seconds"] = round(time.perf_counter() - wall, 1)
    figures[f"{step}_cpu_seconds"] = round(time.process_time() - own, 1)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--faulty", type=int, default=300)
    parser.add_argument("--known", type=int, default=300, help="Fälle, die es beim Träger schon gibt")
    options = parser.parse_args()
    settings.DATABASES["default"]["TEST"]["NAME"] = f"{FOLDER.name}/t.sqlite3" if is_sqlite() else "kim_lists_bench"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        run(options.rows, options.faulty, options.known)
    finally:
        connection.creation.destroy_test_db("", verbosity=0)
    json.dump(figures | {"database": connection.vendor, "rows": options.rows}, sys.stdout, indent=2)
    print()


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def run(rows: int, faulty: int, known: int) -> None:
    desk, track = CaseManagerFactory(), TrackFactory()
    CaseFactory.create_batch(known, case_manager=desk)
    people, wrong = rows_of_people(rows, faulty)
    content = as_xlsx(people, dates=("Geburtsdatum", "Eröffnet am"))
    figures["file_kb"] = len(content) // 1024
    figures["memory_before_mb"] = peak()
    with measured("read"):
        found = lists.start_import(content, sheet="", form_key=uuid.uuid4(), by=desk.user)
    mapping = lists.suggested_mapping(found, COLUMNS)
    lists.map_columns(found, mapping=mapping, case_manager=None, track=track, by=desk.user)
    with measured("check"):
        while lists.check_chunk(found, by=desk.user):
            pass
    figures["memory_checked_mb"] = peak()
    figures["unnamed_faults"] = unnamed(found, wrong)
    lists.decide(found.rows.filter(state=ImportRow.State.FAULTY), "leave_out", list_import=found)
    lists.decide(found.rows.filter(state=ImportRow.State.DOUBLE), "new", list_import=found)
    with measured("import"):
        figures["cases"] = list_imports.import_list(found, by=desk.user)
    figures["memory_peak_mb"] = peak()
    found.refresh_from_db()
    with measured("undo"):
        list_imports.undo_import(found, by=desk.user)


def unnamed(found, wrong: dict[int, tuple[str, str]]) -> int:
    """How many faults are not named by their row and column; 0 when all are, and no others."""
    by_column = {number: name for name, number in found.mapping.items()}
    expected = {row: [[by_column[COLUMN[heading]], code]] for row, (heading, code) in wrong.items()}
    named = {row.position: row.faults for row in found.rows.filter(state=ImportRow.State.FAULTY)}
    return len({row for row in expected.keys() | named.keys() if expected.get(row) != named.get(row)})


if __name__ == "__main__":
    main()
