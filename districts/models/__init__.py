"""The landscape of help in Cologne: places, tracks, topics, Träger, case managers, institutions.

Public knowledge: nothing here points at a client or a case.
"""

from districts.models.barrier import Barrier
from districts.models.catalogue import Country, Language, Topic, Track
from districts.models.directory_reports import DirectoryReport
from districts.models.institutions import Institution
from districts.models.places import District, Population, Quarter
from districts.models.privacy_notices import PrivacyNotice
from districts.models.public import AnswerText, PublicLanguage, PublicPage
from districts.models.staff import Association, CaseManager, Membership, Provider, Substitution

__all__ = [
    "AnswerText",
    "Association",
    "Barrier",
    "CaseManager",
    "Country",
    "DirectoryReport",
    "District",
    "Institution",
    "Language",
    "Membership",
    "Population",
    "PrivacyNotice",
    "Provider",
    "PublicLanguage",
    "PublicPage",
    "Quarter",
    "Substitution",
    "Topic",
    "Track",
]
