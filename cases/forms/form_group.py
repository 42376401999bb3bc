"""Several forms that are one to whoever fills them in."""

from collections.abc import Iterator

from django import forms
from django.forms.boundfield import BoundField

from kim.web.versions import Difference, VersionedFormMixin


class FormGroup:
    """Reads like a form where the components look at one: errors, fields, differences of all its parts."""

    def __init__(self, *parts: forms.BaseForm):
        self.parts = list(parts)

    @property
    def is_bound(self) -> bool:
        return any(part.is_bound for part in self.parts)

    def is_valid(self) -> bool:
        """Every bound part is checked, so that all errors show at once."""
        return self.is_bound and all([part.is_valid() for part in self.parts if part.is_bound])

    @property
    def errors(self) -> dict[str, list[str]]:
        return {part.add_prefix(name): sentences for part in self.parts for name, sentences in part.errors.items()}

    def non_field_errors(self) -> list[str]:
        return [sentence for part in self.parts for sentence in part.non_field_errors()]

    @property
    def differences(self) -> list[Difference]:
        return [found for part in self.parts if isinstance(part, VersionedFormMixin) for found in part.differences]

    def __iter__(self) -> Iterator[BoundField]:
        return (field for part in self.parts for field in part)
