"""`python -m tests.bench`: how long pages take at three sizes of the city, beside a floor measured in the same run.

The limits are those of docs/geschwindigkeit.md, which this program writes. Needs PostgreSQL (BENCH_DATABASE_URL).
"""
