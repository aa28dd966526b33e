"""What is checked, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from openhealthcode.audit import Sequencer
from openhealthcode.database import Pool
from openhealthcode.trust import Keys


class Check(StrEnum):
    """Each looks at everything there is, not at a sample."""

    LOG = "log"
    """Every event against its commitment, chain, leaf and signed head, and what is done against what is logged."""
    RULES = "rules"
    """Editions of the warning's rules that hold: written by one, approved by another, unchanged since."""
    CASES = "cases"
    """Every case and its steps, unaltered; none waits longer than it may."""
    OVERRIDES = "overrides"
    """Every override was judged in time."""
    AGREEMENTS = "agreements"
    """Whatever left, left under an agreement that two signed."""
    ERASURES = "erasures"
    """Whoever was asked to erase copies attested it in time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How much was looked at, and what was found, by kind; nothing found is as it should be."""

    checked: int
    found: dict[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a check; not finished while ``finished_at`` is None."""

    check: Check
    asked_by: UUID
    asked_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None

    @property
    def is_sound(self) -> bool:
        """Whether it is finished and found nothing."""
        return self.outcome is not None and not self.outcome.found


@dataclass(frozen=True, slots=True)
class Installation:
    """The parts a check reads."""

    pool: Pool
    keys: Keys
    sequencer: Sequencer
