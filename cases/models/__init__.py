"""People and work: what a Träger knows about the young people it counsels. Private.

Every QuerySet has `visible_to(user)`; what somebody may not see does not exist for them.
"""

from cases.models.calendar_feed import CalendarFeed
from cases.models.case import Case
from cases.models.client import Client
from cases.models.consent import Consent
from cases.models.consultation import Consultation
from cases.models.digest import Digest
from cases.models.document import ExpiringDocument
from cases.models.draft import Draft
from cases.models.follow_up import FollowUp
from cases.models.notice import Notice

__all__ = [
    "CalendarFeed",
    "Case",
    "Client",
    "Consent",
    "Consultation",
    "Digest",
    "Draft",
    "ExpiringDocument",
    "FollowUp",
    "Notice",
]
