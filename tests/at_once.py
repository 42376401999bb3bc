"""Two people click at the same moment: needs real transactions, @pytest.mark.django_db(transaction=True)."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from cases.models.base import ChangedMeanwhile


def at_once(*calls):
    """Runs every call in a thread of its own, all together; returns what each came to: saved, conflict or refused."""
    if connection.vendor == "sqlite":
        pytest.skip("The in-memory database of the tests has one connection; SQLite serialises writers by itself.")
    start, outcomes = threading.Barrier(len(calls)), []

    def run(call):
        start.wait()
        try:
            call()
            outcomes.append("saved")
        except ChangedMeanwhile:
            outcomes.append("conflict")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)
