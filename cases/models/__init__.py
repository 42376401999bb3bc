"""People and work: what a Träger knows about the young people it counsels. Private.

Every QuerySet has `visible_to(user)`; what somebody may not see does not exist for them.
"""

from cases.models.case import Case
from cases.models.client import Client
from cases.models.consent import Consent
from cases.models.consultation import Consultation
from cases.models.draft import Draft
from cases.models.follow_up import FollowUp
from cases.models.list_import import ImportRow, ListImport
from cases.models.notice import Notice

__all__ = [
    "Case",
    "Client",
    "Consent",
    "Consultation",
    "Draft",
    "FollowUp",
    "ImportRow",
    "ListImport",
    "Notice",
]
