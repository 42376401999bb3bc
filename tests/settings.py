"""The settings of the product with keys of its own, quick passwords and mail that stays here."""

import os

os.environ |= {
    "DEBUG": "0",
    "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
    "AUDIT_KEY": "also-only-for-tests-also-only-for-tests-also",
    "FIELD_ENCRYPTION_KEYS": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTI=",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "SITE_URL": "http://testserver",
    "MFA_REQUIRED": "1",
    "MAILBOX_ADDRESS": "anfragen@kim-koeln.example",
    "DEMO": "0",
    "SECURE_SSL_REDIRECT": "0",
}

from kim.settings import *  # noqa: F403
from tests.one_day import stay

stay()

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MFA_TOTP_PERIOD = 10**10  # seconds: a code does not run out between being read and being typed
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = False
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True  # no collectstatic before the tests
