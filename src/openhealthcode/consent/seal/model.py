"""An order that seals records, and what its resident reads of it: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId

LONGEST_SEAL: Final = timedelta(days=366)
"""An order ends by itself; whoever needs longer orders again, with a reason."""
LONGEST_WORDS: Final = 500
HELD_AFTERWARDS: Final = timedelta(hours=24)
"""The denials outlast the order by the longest visit: what ends is lifted by the program, and with it
what residents allowed while a preview showed them nothing."""


class SealReason(StrEnum):
    """Why records are sealed; the order says the rest in words."""

    BREACH = "breach"
    """What leaked is looked into (泄露事件处置)."""
    MISUSE = "misuse"
    """Somebody may have looked without a reason."""
    AUTHORITY = "authority"
    """By a court or an authority (司法或主管部门要求)."""
    RESIDENT = "resident"
    """The person asked for protection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOrder:
    """Who sealed records, why and until when.

    Args:
        words: the reason in a sentence; the resident reads it.
        until: aware; from this moment on the record is as open as it was.
    """

    order_id: UUID
    reason: SealReason
    words: str = field(repr=False)
    placed_by: PractitionerId
    institution_id: InstitutionId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSeal:
    """One record sealed by an order, since when, and whether that still holds."""

    consent_id: ConsentId
    order: SealOrder
    since: datetime
    lifted_at: datetime | None = None

    def is_in_force(self, at: datetime) -> bool:
        """Whether it closes the record at this moment."""
        return self.lifted_at is None and self.since <= at < self.order.until
