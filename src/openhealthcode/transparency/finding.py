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
    TAIL_CUT = "tail-cut"
    """A daily map counts more events of a resident than there are."""
    MAP = "map"
    """A day has no map, or not the one the log holds, or its numbers cannot be."""
    UNLOGGED = "unlogged"
    """Something exists that names no event, or one that does not say so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: FindingKind
    sentence: str
    resident_id: UUID | None = None
    number: int | None = None
