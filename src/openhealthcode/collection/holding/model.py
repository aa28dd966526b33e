"""What is known of an entry that was filed under a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from openhealthcode.standards.ids import EntryId, InstitutionId


@dataclass(frozen=True, slots=True)
class Part:
    """One element of an entry.

    Args:
        rule: under which it was last filed, as the log names it.
        since: when that was.
        until: the first day on which its time is over; ``None``: as long as the resident is
            registered.
        is_read: somebody other than the resident was shown the entry since.
    """

    rule: str
    since: date
    until: date | None
    is_read: bool = False

    def is_over(self, today: date) -> bool:
        """Whether its time has ended."""
        return self.until is not None and self.until <= today


@dataclass(frozen=True, slots=True)
class Holding:
    """An entry and its elements.

    Args:
        institution_id: who handed it in.
        parts: by element.
    """

    entry_id: EntryId
    institution_id: InstitutionId
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An entry just filed, and the elements of the rule that it holds."""

    entry_id: EntryId
    elements: frozenset[str]
