"""An acceptance of a one-time code, and two of one code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from openhealthcode.standards.ids import InstitutionId, PractitionerId, TerminalId

LONGEST_OFFLINE_DAYS: Final = 30
"""What a desk accepted longer ago is no longer taken: a week of network in a month is little."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody at a desk scanned a genuine code that this desk had not met.

    Args:
        evidence: the digits, as scanned.
        accepted_at: by the desk's clock.
    """

    evidence: str = field(repr=False)
    accepted_at: datetime
    institution_id: InstitutionId
    practitioner_id: PractitionerId
    terminal_id: TerminalId
    is_of_one_use: bool = True
    """A card may be shown again: then it is another acceptance, and no copy."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where, to whom and when a code was shown."""

    institution_id: InstitutionId
    practitioner_id: PractitionerId
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class DoubleUse:
    """One code that was accepted twice: copied, or shown by a phone that should know better."""

    first_key: bytes = field(repr=False)
    second_key: bytes = field(repr=False)
    first: Place
    second: Place
    found_at: datetime
    seen_at: datetime | None
    seen_by: PractitionerId | None
