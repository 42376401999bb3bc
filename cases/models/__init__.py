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
from cases.models.form_source import FormSource
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
from cases.models.request_count import RequestCount
from cases.models.request_message import MailReceipt, RequestMessage
from cases.models.state_record import (
    StateRecord,
)
from cases.models.suspicion import Judgement, Suspicion

__all__ = [
    "Assessment",
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
    "FormSource",
    "Goal",
    "Handover",
    "ImportRow",
    "IntakeRequest",
    "Judgement",
    "ListImport",
    "MailReceipt",
    "Need",
    "NeedRating",
    "NetworkContact",
    "Notice",
    "Observation",
    "PlanReview",
    "Referral",
    "Reopening",
    "RequestCount",
    "RequestMessage",
    "StateRecord",
    "Step",
    "SupportPlan",
    "Suspicion",
    "TransferNote",
]
