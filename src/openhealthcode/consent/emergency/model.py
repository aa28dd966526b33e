"""What a resident chose for emergencies, and why an override is refused: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from openhealthcode.standards import HealthCodeError, SensitiveCategory


class TriageTooLow(HealthCodeError):
    """Care at triage level 4 or 5 can wait for an answer; an override needs level 1, 2 or 3."""

    code = "triage-too-low"


class EmergencyScope(StrEnum):
    """How much an override may open of this resident's record, the most first.

    Who they are, and whom to call, is always told.
    """

    ALL = "all"
    EMERGENCY_SET = "emergency-set"
    """The fixed minimum set: what holds for everybody who chose nothing."""
    ESSENTIALS = "blood-type-and-allergies"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceChoice:
    """What a resident chose for the day they cannot answer (紧急预先选择).

    Args:
        scope: how much an override opens.
        opened: closed kinds that are shown in an emergency all the same; all others stay hidden.
        chosen_at: ``None`` when nothing was ever chosen.
    """

    scope: EmergencyScope = EmergencyScope.EMERGENCY_SET
    opened: frozenset[SensitiveCategory] = field(default_factory=frozenset)
    chosen_at: datetime | None = None
