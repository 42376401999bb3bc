"""What the cache calls an entry. The counters of the logins and of the forms name addresses and accounts."""

from django.utils.crypto import salted_hmac


def hidden(key: str, key_prefix: str, version: int) -> str:
    """A keyed hash: whoever reads the table of the cache learns no address of the net and no account from it."""
    return salted_hmac("kim.privacy.cache", f"{key_prefix}:{version}:{key}", algorithm="sha256").hexdigest()
