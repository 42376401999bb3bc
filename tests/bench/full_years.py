"""Fills two years with consultations and freezes all that was ever due: `python -m tests.bench.full_years 600000`.

The demonstration city spreads its consultations over two years that are none of the calendar. Here talks of last year
are held again, by the same people about the same topics, until last year and the year before have so many each.
"""

import os
import sys
from datetime import date

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from cases.models import Consultation  # noqa: E402
from reports.freezing import freeze_due_reports  # noqa: E402
from reports.models import Report, Situation  # noqa: E402
from reports.periods import Quarter  # noqa: E402
from reports.queries.period import first_day  # noqa: E402
from reports.situation import build_situation  # noqa: E402

COPIES = """
CREATE TEMPORARY TABLE again ON COMMIT PRESERVE ROWS AS
SELECT id AS old, gen_random_uuid() AS new FROM {talks}, generate_series(1, %(most)s) AS copy
WHERE held_on BETWEEN %(first)s AND %(last)s ORDER BY copy, id LIMIT %(missing)s;
INSERT INTO {talks} ({columns}) SELECT {values} FROM again JOIN {talks} talk ON talk.id = again.old;
INSERT INTO {topics} (consultation_id, topic_id) SELECT again.new, linked.topic_id
FROM again JOIN {topics} linked ON linked.consultation_id = again.old;
DROP TABLE again;
"""
TOLD_ANEW = {  # what a repeated talk has of its own
    "id": "again.new",
    "form_key": "gen_random_uuid()",
    "held_on": "talk.held_on - %(back)s::int",
    "created_at": "talk.created_at - make_interval(days => %(back)s)",
}


def fill(year: int, source: int, wanted: int) -> None:
    """Talks of the year `source`, held again in this year until there are so many."""
    known = Consultation.objects.filter(held_on__year=source).count()
    missing = wanted - Consultation.objects.filter(held_on__year=year).count()
    if missing <= 0:
        return
    columns = [column.column for column in Consultation._meta.concrete_fields]
    statement = COPIES.format(
        talks=Consultation._meta.db_table,
        topics=Consultation.topics.through._meta.db_table,
        columns=", ".join(columns),
        values=", ".join(TOLD_ANEW.get(column, f"talk.{column}") for column in columns),
    )
    first, last = date(source, 1, 1), date(source, 12, 31)
    back = (first - date(year, 1, 1)).days
    values = {"first": first, "last": last, "most": -(-missing // known), "missing": missing, "back": back}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def live_through() -> None:
    """What the nightly jobs did: the Lage of each quarter until its report, then every report that was due."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Report._meta.db_table}, {Situation._meta.db_table} CASCADE")
    today, quarter = timezone.localdate(), Quarter.of(first_day())
    while quarter.is_settled(today):
        build_situation(quarter.cut_off)
        freeze_due_reports(quarter.due_on)
        quarter = quarter.shifted(1)


if __name__ == "__main__":
    last_year = timezone.localdate().year - 1
    for year in (last_year, last_year - 1):
        fill(year, last_year, int(sys.argv[1]))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    live_through()
