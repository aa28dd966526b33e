"""What showing the code means to a resident, and what it opens at each step of care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from openhealthcode.consent.model import Notice
from openhealthcode.standards import RecordCategory, Scene


class Showing(StrEnum):
    """What a resident means by showing the code."""

    ASK = "ask"
    """It identifies; each visit is asked for on the phone. So for everybody who chose nothing."""
    CONSENT = "consent"
    """Shown to a counter that asked, it is the consent for this visit."""


@dataclass(frozen=True, slots=True)
class ShowingChoice:
    """What a resident chose last.

    Args:
        notice: what they were told beside it; each consent that follows keeps it.
        is_under_duress: chosen with the second PIN; known to the region alone.
    """

    showing: Showing = Showing.ASK
    notice: Notice | None = field(default=None, repr=False)
    is_under_duress: bool = field(default=False, repr=False)
    chosen_at: datetime | None = None


LIFETIME: Final = timedelta(hours=4)

_SAFETY: Final = frozenset({RecordCategory.ALLERGIES, RecordCategory.MEDICATION})
_ILLNESS: Final = _SAFETY | {
    RecordCategory.CONDITIONS,
    RecordCategory.LABORATORY,
    RecordCategory.VITAL_SIGNS,
}

OPENED: Final[Mapping[Scene, frozenset[RecordCategory]]] = MappingProxyType(
    {
        Scene.CONSULTATION: _ILLNESS,
        Scene.INPATIENT: _ILLNESS,
        Scene.FOLLOW_UP: _ILLNESS,
        Scene.EXAMINATION: frozenset(
            {RecordCategory.ALLERGIES, RecordCategory.CONDITIONS, RecordCategory.IMAGING}
        ),
        Scene.DISPENSING: _SAFETY,
        Scene.VACCINATION: frozenset({RecordCategory.ALLERGIES, RecordCategory.IMMUNISATIONS}),
    }
)
"""What belongs to a step of care and no more; at a step that is missing here showing opens nothing.
Whoever needs more asks for it."""
