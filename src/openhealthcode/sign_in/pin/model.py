"""What is known of a PIN without knowing it, and why an entry is not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from openhealthcode.standards import HealthCodeError, TooManyAttempts

MOST_WRONG: Final = 12
"""Wrong entries in the whole life of a PIN; then it is over. A right entry gives none back."""

_MINUTE: Final = timedelta(minutes=1)
WAITS: Final = (
    timedelta(),
    timedelta(),
    _MINUTE,
    5 * _MINUTE,
    15 * _MINUTE,
    60 * _MINUTE,
)
"""How long nothing more can be entered, by wrong entries in a row."""


class PinUnsuitable(HealthCodeError):
    """A PIN has six digits that are no date, no run and no repetition; choose another."""

    code = "pin-unsuitable"


class NoPin(HealthCodeError):
    """There is no PIN yet; set one on the phone or at a counter."""

    code = "no-pin"


class WrongPin(HealthCodeError):
    """The PIN is not right."""

    code = "wrong-pin"


class PinLocked(TooManyAttempts):
    """The PIN was wrong several times in a row; wait some minutes."""

    code = "pin-locked"


class PinOver(HealthCodeError):
    """This PIN was wrong too often in its life; have a new one set at a counter."""

    code = "pin-over"


class PinMatch(Enum):
    """Which of the two PINs was entered. Never logged, shown or told to whom it was entered at."""

    OWN = auto()
    UNDER_DURESS = auto()
    """The second one: whoever entered it was made to."""


@dataclass(frozen=True, slots=True)
class PinStanding:
    """Whether somebody has a PIN, and whether it can be entered now."""

    set_at: datetime
    wrong_left: int
    is_locked: bool

    @property
    def is_over(self) -> bool:
        """Whether only a counter can help."""
        return self.wrong_left <= 0
