"""The conflict of two editors belongs to every floor: kim.web.versions."""

from kim.web.versions import Difference, VersionedFormMixin

__all__ = ["Difference", "VersionedFormMixin"]
