"""Which entries of the index are one person, which are not, and how persons relate: plain values.

A merge (合并) moves nothing. It says that two ids are one person; undoing it says that again no
longer, and every row is where it was. One id survives and is the person's; the others redirect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from openhealthcode.standards import Conflict
from openhealthcode.standards.ids import InstitutionId, MergeId, PractitionerId, ResidentId

LONGEST_REASON: Final = 500
MOST_IDS: Final = 16
"""Ids one person may have: more than ever happens to one, and a bound on every look."""


class AlreadyOnePerson(Conflict):
    """These entries are one person already."""

    code = "already-one-person"


class KnownApart(Conflict):
    """Somebody decided that these are two people; take that back first."""

    code = "known-apart"


class NotMerged(Conflict):
    """This merge was undone before, or never made."""

    code = "not-merged"


class TooManyMerged(Conflict):
    """So many entries are never one person; ask who maintains the index."""

    code = "too-many-merged"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What led a registrar to a decision, if something did: kept with it as it was shown.

    Args:
        rule: of the matching engine (``D2``, ``SCORE`` …).
        bits: the score.
        model_version: of the model that gave it.
        evidence: one line per field, in words or codes, without the values compared.
    """

    rule: str
    bits: float | None = None
    model_version: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """By whom a decision about entries was made, when and why.

    Args:
        at: aware; the database's clock.
        reason: in the registrar's words, sealed under each resident's own key.
    """

    clerk_id: PractitionerId
    institution_id: InstitutionId | None
    at: datetime
    reason: str = field(default="", repr=False)
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """A decision that two entries are one person, and its undoing if there was one.

    Args:
        survivor: the entry whose person's id survives.
        other: the entry whose person becomes the survivor's.
    """

    merge_id: MergeId
    survivor: ResidentId
    other: ResidentId
    decided: Decided
    undone: Decided | None = None

    @property
    def holds(self) -> bool:
        """Whether it was not undone."""
        return self.undone is None


class RelationKind(StrEnum):
    """How a resident relates to another. A relation is no identity, and opens nothing.

    Source: our own short list; FHIR R4 RelatedPerson, v3-RoleCode.
    """

    MOTHER = "mother"
    """The other is this one's mother."""
    CHILD = "child"
    """The other is this one's child."""
    GUARDIAN = "guardian"
    """The other is this one's guardian (监护人)."""
    WARD = "ward"
    """This one is the other's guardian."""
    HOUSEHOLD = "household"
    """Both live in one household (同户)."""

    @property
    def inverse(self) -> RelationKind:
        """The same relation, seen from the other."""
        return _INVERSE[self]


_INVERSE: Final = {
    RelationKind.MOTHER: RelationKind.CHILD,
    RelationKind.CHILD: RelationKind.MOTHER,
    RelationKind.GUARDIAN: RelationKind.WARD,
    RelationKind.WARD: RelationKind.GUARDIAN,
    RelationKind.HOUSEHOLD: RelationKind.HOUSEHOLD,
}


@dataclass(frozen=True, slots=True)
class Related:
    """A relation that holds: to whom, as what, and since when."""

    other: ResidentId
    kind: RelationKind
    since: datetime
