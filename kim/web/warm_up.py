"""What a process does once before anybody waits for it."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import get_template


def read_templates() -> int:
    """Read in every template of ours, so that the first reader of a page waits no longer than the second. How many."""
    folder = settings.BASE_DIR / "templates"
    names = [str(file.relative_to(folder)) for file in sorted(folder.rglob("*.html"))]
    for name in names:
        get_template(name)
    return len(names)
