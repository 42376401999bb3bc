"""As in production, with the keys of nobody and plain http. DATABASE_URL is set by the program that starts this."""

import os

os.environ |= {
    "DEBUG": "0",
    "DEMO": "1",
    "MFA_REQUIRED": "1",
    "SECRET_KEY": "only-for-the-benchmark-only-for-the-benchmark",
    "AUDIT_KEY": "also-only-for-the-benchmark-also-only-for-it",
    "FIELD_ENCRYPTION_KEYS": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTI=",
    "ALLOWED_HOSTS": "testserver",
    "SITE_URL": "http://testserver",
    "SECURE_SSL_REDIRECT": "0",
    "LOG_LEVEL": "ERROR",
}

from kim.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
WHITENOISE_AUTOREFRESH = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
SILENCED_SYSTEM_CHECKS = ["kim.E007"]  # a throw-away database of invented people may be reached as superuser
