"""Pure decisions about what waits: which first, and how much work it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from openhealthcode.identity.model import ReviewReason
from openhealthcode.identity.review.model import Answered, ReviewItem, ReviewKind, Risk
from openhealthcode.standards.ids import InstitutionId

LIKELY_FROM_BITS: Final = 6.0
"""64 to 1 for one person."""
CONTRADICTIONS: Final = frozenset({"D2", "D3"})
"""Rules of the matching engine by which numbers speak against what else agrees."""
SAID_BY_AN_INSTITUTION: Final = "institution"
"""The reason of a case that an institution's feed led to; it knows both, and there is no score."""
_CHANGES: Final = frozenset(
    {
        ReviewReason.NAME_DISAGREES,
        ReviewReason.BIRTH_DATE_DISAGREES,
        ReviewReason.SEX_DISAGREES,
        ReviewReason.SECOND_NATIONAL_ID,
    }
)
EVERYBODYS_AFTER: Final = timedelta(hours=72)
"""What its own institution has left lying so long, any registrar of the region takes up."""
_USUAL: Final = timedelta(minutes=4)
"""What an answer takes until enough were given here to know."""
_ENOUGH: Final = 10
_LONGEST: Final = timedelta(minutes=30)
"""Whoever takes longer has done something else meanwhile."""


def risk_of(item: ReviewItem) -> Risk:
    """How much harm it may do that nobody has decided yet."""
    return risk(item.kind, item.reason, is_likely=(item.bits or 0.0) >= LIKELY_FROM_BITS)


def risk(kind: ReviewKind, reason: str, *, is_likely: bool) -> Risk:
    """As ``risk_of``, by what tells it: why the case came up, and whether the score is high."""
    if reason == ReviewReason.DOUBTFUL:
        return Risk.LEFT_OUT
    if kind is ReviewKind.SET_ASIDE or reason in CONTRADICTIONS:
        return Risk.MIXED_UP
    if reason == SAID_BY_AN_INSTITUTION or is_likely:
        return Risk.LIKELY
    return Risk.POSSIBLE


def is_of_one_who_may_have_changed(item: ReviewItem) -> bool:
    """Whether a registration that was set aside contradicts one resident, who may have changed."""
    is_set_aside = item.kind is ReviewKind.SET_ASIDE and len(item.residents) == 1
    return is_set_aside and item.reason in _CHANGES


def by_risk(items: Iterable[ReviewItem]) -> list[ReviewItem]:
    """What may do most harm first; of equal risk, what has waited longest."""
    return sorted(items, key=lambda item: (-risk_of(item), item.opened_at, item.review_key))


def work_of(count: int, worked: Sequence[timedelta]) -> timedelta:
    """How long one person takes to answer so many, by how long the latest answers took."""
    known = [min(one, _LONGEST).total_seconds() for one in worked]
    each = timedelta(seconds=median(known)) if len(known) >= _ENOUGH else _USUAL
    return count * each


def may_take_up(
    item: ReviewItem, latest: Answered | None, institution_id: InstitutionId, at: datetime
) -> bool:
    """Whether a registrar of an institution may compare the entries of a case now.

    While it waits, those of the institution whose delivery led to it; of a delivery that was
    nobody's, or after three days, all. Once it is answered, those who answered and the former.
    """
    if item.institution_id == institution_id:
        return True
    if latest is not None and latest.answer.settles:
        return latest.institution_id == institution_id
    return item.institution_id is None or at - item.opened_at >= EVERYBODYS_AFTER
