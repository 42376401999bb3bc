from django.apps import AppConfig
from django.core import checks

from kim.web.checks import database_role, unsafe_settings


class WebConfig(AppConfig):
    name = "kim.web"
    label = "web"
    encrypted_json = (("mfa.Authenticator", "data"),)  # see MFAAdapter; rotate_encryption_keys reads this

    def ready(self) -> None:
        checks.register(unsafe_settings, checks.Tags.security)
        checks.register(database_role, checks.Tags.database)
