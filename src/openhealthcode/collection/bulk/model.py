"""A row of a file of registrations, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from openhealthcode.identity import Newcomer, Registration
from openhealthcode.identity.quality import QualityRule


class RowOutcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    """A resident was made."""
    KNOWN = "known"
    """It was about a resident, and said something more."""
    UNCHANGED = "unchanged"
    """It was received before."""
    SET_ASIDE = "set-aside"
    """It contradicts what is known, or is doubtful; a registrar looks at it."""
    REFUSED = "refused"
    """It is no registration; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: a registration, or the rule that it breaks.

    Args:
        number: from 1, as counted in the file without its header.
        error_code: of the rule that it breaks; never a value out of the row.
    """

    number: int
    registration: Registration | None = field(default=None, repr=False)
    error_code: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that may be made a resident together with others.

    Args:
        number: of the row.
        found: what the quality rules found in it.
    """

    number: int
    newcomer: Newcomer
    found: tuple[QualityRule, ...]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row.

    Args:
        patient: under which id the resident is read from now on; opaque.
        code: the rule that kept it from being registered, or what is unusual about it.
    """

    number: int
    outcome: RowOutcome
    patient: str = ""
    code: str = ""
    message: str = ""

    @classmethod
    def refusing(cls, number: int, code: str, message: str) -> Self:
        """What becomes of a row that breaks a rule."""
        return cls(number, RowOutcome.REFUSED, code=code, message=message)
