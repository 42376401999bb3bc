"""What the method asks for and a case does not have yet: for the guidance on the file and the worklist."""

from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Need, SupportPlan


class Gap(models.TextChoices):
    NO_NEED = "no_need", _("Noch kein Bedarf erfasst.")
    NO_PLAN = "no_plan", _("Noch kein Plan vereinbart.")
    REVIEW_OVERDUE = "review_overdue", _("Die Überprüfung des Plans ist überfällig.")

    @property
    def route(self) -> str:
        """Where the gap is closed; takes the number of the case."""
        return {
            Gap.NO_NEED: "cases:assess",
            Gap.NO_PLAN: "cases:plan",
            Gap.REVIEW_OVERDUE: "cases:plan_review",
        }[self]


def with_gaps(cases: models.QuerySet, day: date | None = None) -> models.QuerySet:
    """Annotates has_need, has_plan and is_review_overdue, without a query for each row."""
    agreed = SupportPlan.objects.agreed().filter(case=OuterRef("pk"))
    return cases.annotate(
        has_need=Exists(Need.objects.filter(case=OuterRef("pk"))),
        has_plan=Exists(agreed),
        is_review_overdue=Exists(agreed.filter(review_on__lt=day or timezone.localdate())),
    )


def gaps_of(case: Case, day: date | None = None) -> list[Gap]:
    """What an open case lacks, in the order of the method; one query. Only Case Management needs needs and a plan."""
    if not case.is_open:
        return []
    facts = with_gaps(Case.objects.filter(pk=case.pk), day).values("has_need", "has_plan", "is_review_overdue").get()
    needs_method = case.service_level == Case.ServiceLevel.CASE_MANAGEMENT
    found = {
        Gap.NO_NEED: needs_method and not facts["has_need"],
        Gap.NO_PLAN: needs_method and not facts["has_plan"],
        Gap.REVIEW_OVERDUE: facts["is_review_overdue"],
    }
    return [gap for gap, is_missing in found.items() if is_missing]
