"""Several people click at the same moment, each on a connection of their own, on either database.

The tests need real transactions: @pytest.mark.django_db(transaction=True).
"""

import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, connections

from kim.records import ChangedMeanwhile

Refusal = (ValidationError, ChangedMeanwhile)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Runs every call in a thread of its own, all together; its answer for each, or the error that refused it."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))
    with database_for_threads() as own_connection:

        def run(place: int, call: Callable[[], Any]) -> None:
            with own_connection():
                start.wait()
                try:
                    results[place] = call()
                except Refusal as error:
                    results[place] = error

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return results


def refusals(results: list[Any]) -> list[str]:
    """The sentences of those that were refused; nothing to say for a version that was stale."""
    return [" ".join(getattr(error, "messages", [])) for error in results if isinstance(error, Refusal)]


@contextmanager
def database_for_threads() -> Iterator[Any]:
    """Gives what opens a connection in a thread.

    SQLite in memory is one connection for all: the threads work on a copy in a file, and what they leave there is put
    back into memory at the end.
    """
    if connection.vendor != "sqlite":
        yield _own_connection
        return
    with _in_a_file() as path:
        yield lambda: _own_connection(path)


@contextmanager
def _in_a_file() -> Iterator[Path]:
    """With its write-ahead log begun and held, as in use: SQLite lets nobody wait who comes while one is begun."""
    with tempfile.TemporaryDirectory() as folder, _opened(path := Path(folder) / "threads.sqlite3") as file:
        connection.connection.backup(file)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("SELECT name FROM sqlite_master").fetchone()
        yield path
        file.execute("PRAGMA journal_mode=DELETE")  # memory knows no write-ahead log
        file.backup(connection.connection)


@contextmanager
def database_for_processes() -> Iterator[str]:
    """Gives the DATABASE_URL of this database for processes of their own, as database_for_threads() for threads."""
    if connection.vendor != "sqlite":
        of = connection.settings_dict
        yield f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
        return
    with _in_a_file() as path:
        yield f"sqlite:///{path}"


@contextmanager
def _own_connection(path: Path | None = None) -> Iterator[None]:
    if path is not None:
        wrapper = connections.create_connection("default")
        wrapper.settings_dict = wrapper.settings_dict | {"NAME": str(path)}
        connections["default"] = wrapper
    try:
        yield
    finally:
        connections["default"].close()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    file = sqlite3.connect(path)
    try:
        yield file
    finally:
        file.close()
