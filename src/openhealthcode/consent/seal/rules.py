"""What an order may be, and what it closes. Pure functions."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from openhealthcode.consent.model import Provision, Rule
from openhealthcode.consent.seal.model import (
    HELD_AFTERWARDS,
    LONGEST_SEAL,
    LONGEST_WORDS,
    SealOrder,
)
from openhealthcode.standards import InvalidInput, PurposeOfUse, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ConsentId

_STAYS_OPEN: Final = frozenset(
    {PurposeOfUse.RESIDENT_REQUEST, PurposeOfUse.FAMILY_REQUEST, PurposeOfUse.EMERGENCY}
)
_SHORTEST_WORDS: Final = 4


def check_order(order: SealOrder, at: datetime) -> None:
    """Refuse an order without a reason in words, or for no or too long a time.

    Raises:
        InvalidInput: which of them.
    """
    if not _SHORTEST_WORDS <= len(order.words.strip()) <= LONGEST_WORDS:
        raise InvalidInput("an order says why, in a sentence or two")
    if not at < order.until <= at + LONGEST_SEAL:
        raise InvalidInput("an order ends within a year")


def provisions_of_a_seal(
    order: SealOrder, *, consent_id: ConsentId, at: datetime
) -> tuple[Provision, ...]:
    """A denial of everything for each purpose but the residents' own and emergencies.

    To an institution it closes what it filed itself too: that may be what is looked into.
    """
    return tuple(
        Provision(
            consent_id=consent_id,
            rule=Rule.DENY,
            purpose=purpose,
            categories=frozenset(RecordCategory),
            sensitive=frozenset(SensitiveCategory),
            start_at=at,
            end_at=order.until + HELD_AFTERWARDS,
            is_seal=True,
        )
        for purpose in PurposeOfUse
        if purpose not in _STAYS_OPEN
    )
