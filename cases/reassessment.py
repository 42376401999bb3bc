"""The first assessment beside the latest one: what changed, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases.models import Assessment, Need, NeedRating

ORDER = list(Need.Urgency.values)


@dataclass(frozen=True)
class Change:
    words: str
    icon: str  # of the sprite; "" where nothing changed
    tone: str


@dataclass(frozen=True)
class Row:
    need: Need
    before: NeedRating | None
    now: NeedRating | None
    change: Change


@dataclass(frozen=True)
class Comparison:
    first: Assessment
    latest: Assessment
    rows: list[Row]


def compare(needs: Sequence[Need], assessments: Sequence[Assessment]) -> Comparison | None:
    """None until a second assessment was made. One query, however many needs there are."""
    if len(assessments) < 2:
        return None
    first, latest = assessments[0], assessments[-1]
    ratings = {
        (rating.assessment_id, rating.need_id): rating
        for rating in NeedRating.objects.filter(assessment__in=(first, latest))
    }
    rows = [_row(need, ratings.get((first.pk, need.pk)), ratings.get((latest.pk, need.pk))) for need in needs]
    return Comparison(first, latest, [row for row in rows if row.before or row.now])


def _row(need: Need, before: NeedRating | None, now: NeedRating | None) -> Row:
    return Row(need, before, now, change_between(before, now))


def change_between(before: NeedRating | None, now: NeedRating | None) -> Change:
    if now is None:
        return Change("–", "", "neutral")
    if now.status != Need.Status.OPEN:
        return _settled(before, now)
    if before is None:
        return Change(_("neu dazugekommen"), "plus", "info")
    if before.status != Need.Status.OPEN:
        return Change(_("wieder offen"), "exclamation", "warning")
    step = ORDER.index(now.urgency) - ORDER.index(before.urgency)
    if step == 0:
        return Change(_("unverändert"), "", "neutral")
    if step > 0:
        return Change(_("dringender"), "arrow-up", "warning")
    return Change(_("weniger dringend"), "arrow-down", "success")


def _settled(before: NeedRating | None, now: NeedRating) -> Change:
    if before is not None and before.status == now.status:
        return Change(_("unverändert"), "", "neutral")
    icon, tone = {"met": ("check", "success"), "unmet": ("x", "danger")}.get(now.status, ("", "neutral"))
    return Change(now.words, icon, tone)
