"""What is known of people under special protection: since when and until when, and how many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

DAYS: Final = (30, 90, 180, 366)
"""For how long somebody may be protected; then it is asked anew."""


@dataclass(frozen=True, slots=True)
class Protection:
    """A span in which looks at a resident are watched closely."""

    since: datetime
    until: datetime

    def holds_at(self, at: datetime) -> bool:
        """Whether this moment is within it."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Standing:
    """How many protections hold, and how many wait for a second person; nobody's."""

    in_force: int
    waiting: int
