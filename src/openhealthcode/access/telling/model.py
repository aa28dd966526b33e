"""What a resident wants to be told, and what is known of a look when that is decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import RepresentationId, ResidentId


class About(StrEnum):
    """Which looks a message tells of; of an emergency there always is one."""

    EVERY = "every"
    """Each person who looks, once a day."""
    UNUSUAL = "unusual"
    """Somebody looked without a code shown to them that day, or was refused."""
    DAILY = "daily"
    """In the evening, how many people looked."""
    EMERGENCY = "emergency"
    """Nothing else; the page says it all the same."""


class Told(NamedTuple):
    """A representative who is told as well, as long as the mandate holds."""

    representation_id: RepresentationId
    representative_id: ResidentId


@dataclass(frozen=True, slots=True)
class NoticeChoice:
    """What a resident chose, or what holds for everybody.

    Args:
        quiet_from: the hour from which what is not urgent waits (Beijing time), 0-23.
        quiet_until: the hour at which it is told then; the same hour for no quiet time.
        told: who else is told.
    """

    about: About = About.EVERY
    quiet_from: int = 22
    quiet_until: int = 7
    told: tuple[Told, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse hours that no day has."""
        if not all(0 <= hour <= 23 for hour in (self.quiet_from, self.quiet_until)):
            raise InvalidInput("an hour of the day is from 0 to 23")

    @property
    def has_quiet_hours(self) -> bool:
        """Whether some hours are quiet."""
        return self.quiet_from != self.quiet_until


class Looked(NamedTuple):
    """Somebody looked, or wanted to."""

    at: datetime
    by: UUID
    is_refused: bool
    has_code: bool
    """Whether a code or card was presented to them within the day."""
