"""What waits for the registrars of an institution, and what they answered last; names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from openhealthcode.database import Pool
from openhealthcode.identity import review
from openhealthcode.identity.review import Answered, Backlog, ReviewItem, Risk
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import Keys

_SHOWN: Final = 50
_ANSWERED: Final = 10


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """A case that waits, and the name under which it is opened."""

    public_id: str
    item: ReviewItem
    risk: Risk


@dataclass(frozen=True, slots=True)
class AnsweredCase:
    """An answer given lately, and the name under which the case is opened to take it back."""

    public_id: str
    answered: Answered


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """The most urgent cases, how much waits altogether, and the latest answers."""

    cases: tuple[QueuedCase, ...]
    backlog: Backlog
    answered: tuple[AnsweredCase, ...]


async def review_queue(pool: Pool, keys: Keys, institution_id: InstitutionId) -> ReviewQueue:
    """What the registrars of an institution may take up now, by the harm that waiting may do."""
    items, backlog = await review.waiting(pool, institution_id, datetime.now(UTC))
    latest = await review.latest_answers(pool, institution_id, _ANSWERED)
    return ReviewQueue(
        tuple(
            QueuedCase(
                keys.seal_id(item.residents[0], review.reference_of(item)),
                item,
                review.risk_of(item),
            )
            for item in items[:_SHOWN]
        ),
        backlog,
        tuple(
            AnsweredCase(keys.seal_id(one.resident_id, review.reference_of(one)), one)
            for one in latest
        ),
    )
