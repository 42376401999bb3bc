"""People and work: what a Träger knows about the young people it counsels. Private.

Every QuerySet has `visible_to(user)`; what somebody may not see does not exist for them.
"""

from cases.models.calendar_feed import (
    CalendarFeed,
)
from cases.models.case import (
    Case,
)
from cases.models.client import (
    Client,
)
from cases.models.consent import (
    Consent,
)
from cases.models.consultation import (
    Consultation,
)
from cases.models.digest import (
    Digest,
)
from cases.models.document import (
    ExpiringDocument,
)
from cases.models.draft import (
    Draft,
)
from cases.models.follow_up import (
    FollowUp,
)
from cases.models.handover import (
    Handover,
    Reopening,
    TransferNote,
)
from cases.models.intake import (
    ClearingDecision,
    FirstInterview,
)
from cases.models.list_import import (
    ImportRow,
    ListImport,
)
from cases.models.need import (
    Assessment,
    Need,
    NeedRating,
)
from cases.models.network import (
    NetworkContact,
)
from cases.models.notice import (
    Notice,
)
from cases.models.observation import (
    Observation,
)
from cases.models.plan import (
    Goal,
    PlanReview,
    Step,
    SupportPlan,
)
from cases.models.referral import (
    Referral,
)
from cases.models.release import (
    ConfidentialityRelease,
)
from cases.models.request import (
    IntakeRequest,
)
from districts.models import Barrier

__all__ = [
    "Assessment",
    "Barrier",
    "CalendarFeed",
    "Case",
    "ClearingDecision",
    "Client",
    "ConfidentialityRelease",
    "Consent",
    "Consultation",
    "Digest",
    "Draft",
    "ExpiringDocument",
    "FirstInterview",
    "FollowUp",
    "Goal",
    "Handover",
    "ImportRow",
    "IntakeRequest",
    "ListImport",
    "Need",
    "NeedRating",
    "NetworkContact",
    "Notice",
    "Observation",
    "PlanReview",
    "Referral",
    "Reopening",
    "Step",
    "SupportPlan",
    "TransferNote",
]
