"""An alert as it is kept, and an officer's queue of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from openhealthcode.standards import Conflict
from openhealthcode.supervision.warning import Alert


class AlertMoved(Conflict):
    """Somebody has seen to this alert already, or it is not yours to see to."""

    code = "alert-moved"


class AlertState(StrEnum):
    """What became of an alert."""

    OPEN = "open"
    DISMISSED = "dismissed"
    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert with what became of it.

    Args:
        alert_id: its own.
        told_at: when it was first kept: at the most a minute after what it is about.
        department: of the one who looked; empty if not known.
        settled_by: who dismissed it or made a case of it.
    """

    alert_id: UUID
    alert: Alert
    told_at: datetime
    state: AlertState
    case_id: UUID | None
    settled_at: datetime | None
    settled_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What an officer is to look at today, the gravest first, and how much waits behind it.

    Args:
        today: as many as the budget of one officer allows, planned for this one.
        others: planned for colleagues of the same office.
        waiting: beyond everybody's budget; never dropped.
        budget: how many one officer is shown in a day.
    """

    today: tuple[AlertRow, ...]
    others: tuple[AlertRow, ...]
    waiting: tuple[AlertRow, ...]
    budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFigures:
    """How the early warning stands, in numbers.

    Args:
        oldest_open: since when the oldest open alert waits.
        silenced: rules of the edition in force that practically never speak.
    """

    opened: int
    open_now: int
    dismissed: int
    cases: int
    oldest_open: datetime | None
    edition: str
    silenced: tuple[str, ...]
    behind_leaves: int
