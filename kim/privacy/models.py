"""What erasing a person means, declared on each model that holds data about people."""

from typing import ClassVar

from django.db import models


class PersonalData(models.Model):
    """A record about a person: every field is declared personal or not, so that nothing is forgotten by an erasure.

    `personal` maps a field to the value that erasure writes, `not_personal` names the fields that stay.
    Together they name each column and each many-to-many relation exactly once; a test holds every model to it.
    Source: Art. 17 and Art. 25 GDPR; docs/datenschutz.md.
    """

    personal: ClassVar[dict[str, object]] = {}
    not_personal: ClassVar[set[str]] = set()

    class Meta:
        abstract = True

    @classmethod
    def undeclared_fields(cls) -> set[str]:
        """Names of the columns and many-to-many relations that nobody has declared."""
        fields = {field.name for field in (*cls._meta.concrete_fields, *cls._meta.many_to_many)}
        return fields - set(cls.personal) - cls.not_personal

    @classmethod
    def misdeclared_fields(cls) -> set[str]:
        """Declared names that do not exist or are declared as both personal and not personal."""
        fields = {field.name for field in (*cls._meta.concrete_fields, *cls._meta.many_to_many)}
        return (set(cls.personal) | cls.not_personal) - fields | set(cls.personal) & cls.not_personal
