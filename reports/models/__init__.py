"""The records of reports, one file each: what the city may know. None of them names a case or a person."""

from reports.models.conference import Conference
from reports.models.finding import Decision, Evidence, Finding, FindingSource
from reports.models.link import ReportLink
from reports.models.measure import Measure
from reports.models.report import Report
from reports.models.situation import Situation

__all__ = [
    "Conference",
    "Decision",
    "Evidence",
    "Finding",
    "FindingSource",
    "Measure",
    "Report",
    "ReportLink",
    "Situation",
]
