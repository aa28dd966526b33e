"""An access as whoever supervises the region is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from openhealthcode.audit import Action
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Overseen:
    """One event of the log that has to do with seeing a record, without whose it is.

    Args:
        leaf: its place in the public tree.
        agent: a practitioner, or a system.
        resident_mark: a keyed pseudonym that only supervision knows.
        because: why it was decided so, as logged; empty where the log does not say.
        entries: how many were shown.
        evidence: what explains it: ``code``, ``visit``, ``order``, ``referral``, ``contract``, ``task``.
        relations: what connects agent and resident: ``self``, ``family``, ``same-address``,
            ``neighbour``, ``co-worker``, ``deceased``, ``canary``.
        misuse: what was wrong with the code that was shown: ``spliced``, ``used-before``, or empty.
        workstation: the browser's number, as the log has it; empty where it does not say.
        place: at whose house that browser stands; None where that is not clear.
        was_withdrawn: refused, after the resident took back something and had let them look before.
    """

    leaf: int
    at: datetime
    agent: UUID
    institution_id: InstitutionId
    is_system: bool
    resident_mark: bytes = field(repr=False)
    action: Action
    is_refused: bool
    purpose: PurposeOfUse | None
    scene: Scene | None
    because: str
    entries: int
    evidence: frozenset[str]
    relations: frozenset[str]
    misuse: str
    workstation: bytes
    place: InstitutionId | None
    was_withdrawn: bool


@dataclass(frozen=True, slots=True)
class OverseenLeaves:
    """A stretch of the log; ``end_leaf`` is the first leaf after it."""

    accesses: tuple[Overseen, ...]
    end_leaf: int
