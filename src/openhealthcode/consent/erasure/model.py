"""What an institution is asked to erase, and what it attests: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from openhealthcode.standards import Conflict
from openhealthcode.standards.ids import ConsentId, InstitutionId, ResidentId


class NotToAttest(Conflict):
    """What became of these copies was attested before."""

    code = "not-to-attest"


class ErasureAnswer(StrEnum):
    """What an institution attests of the copies it was allowed to keep."""

    ERASED = "erased"
    """All copies are erased (已删除)."""
    NOTHING_KEPT = "nothing-kept"
    """No copy was ever kept (未留存)."""
    RETAINED = "retained"
    """A law wants them kept: only stored and used for nothing else until erased (PIPL 47)."""


class ErasureState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    ERASED = "erased"
    NOTHING_KEPT = "nothing-kept"
    RETAINED = "retained"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    """A request to erase what was kept under one consent (删除请求).

    Args:
        at: the database's clock when this was read.
        reason: why copies are retained; empty for whoever may not read it.
    """

    resident_id: ResidentId
    consent_id: ConsentId
    institution_id: InstitutionId
    asked_at: datetime
    due_at: datetime
    at: datetime
    answer: ErasureAnswer | None = None
    answered_at: datetime | None = None
    reason: str = field(default="", repr=False)
