"""Switches the append-only triggers of the audit log off: to tamper on purpose, to empty tables after a test."""

from contextlib import contextmanager


@contextmanager
def triggers_off(connection):
    """Inside the block audit_entry can be changed and emptied; afterwards the triggers are as before.

    Does nothing if the table does not exist. Works inside and outside a transaction, on SQLite and PostgreSQL.
    """
    if connection.vendor == "postgresql":
        with _disabled_on_postgresql(connection):
            yield
    else:
        with _dropped_on_sqlite(connection):
            yield


@contextmanager
def _disabled_on_postgresql(connection):
    switch = "ALTER TABLE IF EXISTS audit_entry {} TRIGGER USER"
    _execute(connection, switch.format("DISABLE"))
    try:
        yield
    finally:
        _execute(connection, switch.format("ENABLE"))


@contextmanager
def _dropped_on_sqlite(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'")
        triggers = cursor.fetchall()
    for name, _definition in triggers:
        _execute(connection, f"DROP TRIGGER {name}")
    try:
        yield
    finally:
        for _name, definition in triggers:
            _execute(connection, definition)


def _execute(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
