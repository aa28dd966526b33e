"""What a check of the log may find, each a sentence an auditor can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class FindingKind(StrEnum):
    """What is wrong, for machines."""

    ALTERED = "altered"
    """An event is not what it committed to."""
    FORGED = "forged"
    """An event's link was not made by the holder of the key, or follows another event."""
    MISSING = "missing"
    """Numbers of a resident's chain are missing."""
    CHAIN_STATE = "chain-state"
    """The chain does not stand where its last event left it."""
    NOT_IN_TREE = "not-in-tree"
    """An event has no place in the signed tree."""
    WRONG_LEAF = "wrong-leaf"
    """An event's place in the tree holds something else."""
    LEAF_WITHOUT_EVENT = "leaf-without-event"
    """The tree proves an event that is gone."""
    UNREADABLE = "unreadable"
    """An event's detail cannot be opened although its key was not destroyed."""
    TREE_ALTERED = "tree-altered"
    """The log's files are damaged, or do not add up to the signed root."""
    CHECKPOINT = "checkpoint"
    """The signed head is missing or not signed by this log."""
    REWRITTEN = "rewritten"
    """A head somebody kept does not fit: history was rewritten or rolled back."""
    UNLOGGED = "unlogged"
    """Something exists that names no event, or one that does not say so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: FindingKind
    sentence: str
    resident_id: UUID | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked and what was found; nothing found means the log is whole."""

    residents: int
    events: int
    leaves: int
    closed: int
    """Events whose detail nobody can read any more, because the log key was destroyed."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """A rule of another domain: a statement that answers rows which should not exist.

    It runs under the task ``verification`` and answers ``resident_id`` and ``number``, the number
    of the event that ought to be there (or null).
    """

    statement: str
    sentence: str
    """What such a row means."""
