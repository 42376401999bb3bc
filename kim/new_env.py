"""`python -m kim.new_env`: the .env of a machine of one's own, with fresh keys and the demonstration switched on.

Production sets the same names with its own values: docs/betrieb.md.
"""

import secrets

from cryptography.fernet import Fernet

if __name__ == "__main__":
    for name, value in {
        "DEBUG": "true",
        "DEMO": "true",
        "MFA_REQUIRED": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "AUDIT_KEY": secrets.token_urlsafe(48),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }.items():
        print(f"{name}={value}")
