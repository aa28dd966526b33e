"""Pure decisions about what waits: which first, and how much work it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from statistics import median
from typing import Final

from openhealthcode.identity.review.model import ReviewItem, ReviewKind, Risk

LIKELY_FROM_BITS: Final = 6.0
"""64 to 1 for one person."""
CONTRADICTIONS: Final = frozenset({"D2", "D3"})
"""Rules of the matching engine by which numbers speak against what else agrees."""
_USUAL: Final = timedelta(minutes=4)
"""What an answer takes until enough were given here to know."""
_ENOUGH: Final = 10
_LONGEST: Final = timedelta(minutes=30)
"""Whoever takes longer has done something else meanwhile."""


def risk_of(item: ReviewItem) -> Risk:
    """How much harm it may do that nobody has decided yet."""
    if item.kind is ReviewKind.SET_ASIDE or item.reason in CONTRADICTIONS:
        return Risk.MIXED_UP
    if item.bits is not None and item.bits >= LIKELY_FROM_BITS:
        return Risk.LIKELY
    return Risk.POSSIBLE


def by_risk(items: Iterable[ReviewItem]) -> list[ReviewItem]:
    """What may do most harm first; of equal risk, what has waited longest."""
    return sorted(items, key=lambda item: (-risk_of(item), item.opened_at, item.review_key))


def work_of(count: int, worked: Sequence[timedelta]) -> timedelta:
    """How long one person takes to answer so many, by how long the latest answers took."""
    known = [min(one, _LONGEST).total_seconds() for one in worked]
    each = timedelta(seconds=median(known)) if len(known) >= _ENOUGH else _USUAL
    return count * each
