"""An order as supervisors read it, and where it stands: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from openhealthcode.consent.seal import SealReason
from openhealthcode.standards import Conflict
from openhealthcode.standards.ids import InstitutionId, PractitionerId

MOST_NAMED: Final = 200
"""People named in one form; more come by a breach."""


class NotToLift(Conflict):
    """A seal is lifted by two supervisors: one asks, another confirms; and only once."""

    code = "not-to-lift"


class OrderState(StrEnum):
    """Where an order stands."""

    IN_FORCE = "in-force"
    LIFT_ASKED = "lift-asked"
    """In force, and one supervisor wants it lifted."""
    LIFTED = "lifted"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who had records sealed, why, until when, and who wants that lifted.

    Args:
        breach_id: the breach it belongs to; ``None`` where people were named.
        named: how many people it was placed for.
        lift_words: why it is to be lifted, in the first one's words.
        ended_at: since when nothing is sealed by it.
    """

    order_id: UUID
    breach_id: UUID | None
    reason: SealReason
    words: str = field(repr=False)
    placed_by: PractitionerId
    institution_id: InstitutionId
    placed_at: datetime
    until: datetime
    named: int
    lift_asked_by: PractitionerId | None = None
    lift_asked_at: datetime | None = None
    lift_words: str = field(default="", repr=False)
    lifted_by: PractitionerId | None = None
    lifted_at: datetime | None = None
    ended_at: datetime | None = None


def state_of(order: Order, at: datetime) -> OrderState:
    """Where an order stands at a moment."""
    if order.lifted_by is not None:
        return OrderState.LIFTED
    if order.ended_at is not None or at >= order.until:
        return OrderState.OVER
    return OrderState.LIFT_ASKED if order.lift_asked_by is not None else OrderState.IN_FORCE


def is_over(order: Order, at: datetime) -> bool:
    """Whether nobody more is sealed by it: what it sealed now, nobody could lift."""
    return state_of(order, at) in {OrderState.LIFTED, OrderState.OVER}
