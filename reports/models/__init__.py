"""The records of reports, one file each: what the city may know. None of them names a case or a person."""

from reports.models.report import Report
from reports.models.situation import Situation

__all__ = ["Report", "Situation"]
