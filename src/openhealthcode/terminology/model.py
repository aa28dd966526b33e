"""The map as values: its rows, its editions, who worked on them, and what two editions differ in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from openhealthcode.standards import HealthCodeError, SensitiveCategory
from openhealthcode.standards.ids import PractitionerId

EVIDENCE: Final = (
    "diagnosis", "drug", "test", "procedure", "department", "referral", "fee", "word", "label",
)  # fmt: skip
"""What kinds of things betray."""


class MapUnreadable(HealthCodeError):
    """The sensitive map is not written as it has to be."""

    code = "map-unreadable"


class MapAltered(HealthCodeError):
    """The sensitive map in the database is not the one that two persons approved."""

    code = "map-altered"


class EditionMoved(HealthCodeError):
    """Somebody else has changed or settled this edition of the map; look at it again."""

    code = "edition-moved"


@dataclass(frozen=True, slots=True)
class MapRow:
    """One line of the map: what betrays which category, why it is listed, and by whose word."""

    category: SensitiveCategory
    betrayed_by: str
    reason: str
    source: str
    family: str = ""
    prefixes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Term(NamedTuple):
    """One thing that betrays: a code, the beginning of codes, or a word."""

    category: str
    family: str
    """The code family; empty for a word."""
    text: str
    """The beginning of a code ends with an ellipsis."""


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the map.

    ``reviewers`` is empty until somebody named by the operator has read the edition; what two of
    them wrote and approved names both.
    """

    version: str
    date: date
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What one edition closes that another does not, and the reverse."""

    closes: tuple[Term, ...]
    opens: tuple[Term, ...]


class EditionState(StrEnum):
    """What became of an edition that reviewers work on."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class MapReviewer:
    """Somebody whom the operator named to edit the map; the public reads their name."""

    practitioner_id: PractitionerId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRecord:
    """An edition as its reviewers wrote it, and who did what with it when."""

    number: int
    base: str
    state: EditionState
    document: str = field(repr=False)
    reason: str
    author: MapReviewer
    begun_at: datetime
    proposed_at: datetime | None
    decider: MapReviewer | None
    decided_at: datetime | None

    @property
    def version(self) -> str:
        """The name of the edition: the one it changes, and its number."""
        return f"{self.base.partition('+')[0]}+{self.number}"
