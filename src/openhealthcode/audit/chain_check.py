"""Check the events of the database: each by itself, along its chain, and against the tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode.audit.model import Pending
from openhealthcode.transparency import (
    EMPTY_CHAIN,
    Columns,
    Finding,
    FindingKind,
    is_what_it_committed_to,
)
from openhealthcode.trust import (
    DestroyedKey,
    KeyClass,
    Keys,
    ResidentKeys,
    UnknownKey,
    UnreadableSeal,
    log_aad,
)

_NOBODY: Final = UUID(int=0)


@dataclass(slots=True)
class _Position:
    """How far one resident's chain has been followed."""

    resident_id: UUID = _NOBODY
    number: int = 0
    link: bytes = EMPTY_CHAIN
    stored: tuple[int | None, bytes | None] = (1, EMPTY_CHAIN)
    """What the chain's own row says: next number, last link."""
    keys: ResidentKeys | None = None


@dataclass(slots=True)
class ChainCheck:
    """Follows all events in order of resident and number.

    Args:
        commitments: the tree's entries, by leaf.
        keys: to check links and open details; without them the rest is checked.
    """

    commitments: Sequence[bytes]
    keys: Keys | None
    findings: list[Finding] = field(default_factory=list)
    residents: int = 0
    events: int = 0
    closed: int = 0
    lost: int = 0
    _at: _Position = field(default_factory=_Position)
    _seen: bytearray = field(default_factory=bytearray)
    _unplaced: dict[bytes, tuple[UUID, int, datetime | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._seen = bytearray(len(self.commitments))

    def follow(self, row: Columns) -> None:
        """Check the next event."""
        if row["resident_id"] != self._at.resident_id:
            self.end_chain()
            self._begin_chain(row)
        self.events += 1
        number, commitment = row["number"], row["commitment"]
        recorded_at = row["recorded_at"]
        if is_what_it_committed_to(self._at.resident_id, row):
            self._check_detail(row)
        else:
            self._note(FindingKind.ALTERED, "This event was altered.", number)
            recorded_at = None  # may be anything
        self._check_link(row)
        self._check_leaf(number, commitment, row["leaf_index"], recorded_at)
        self._at.number, self._at.link = number, row["link"]

    def end_chain(self) -> None:
        """Compare where the chain ends with where its row says it does."""
        at = self._at
        if at.stored == (None, None):
            self._note(FindingKind.CHAIN_STATE, "This resident's chain row is missing.")
        elif at.stored != (at.number + 1, at.link):
            sentence = (
                f"The last event has number {at.number}, but the chain goes on with"
                f" {at.stored[0]} or ends in another link."
            )
            self._note(FindingKind.CHAIN_STATE, sentence, at.number + 1)
        self._at = _Position()

    def note_lost_leaf(self, resident_id: UUID, number: int, leaf_index: int) -> None:
        """A leaf whose event is gone from the database."""
        if 0 <= leaf_index < len(self._seen):
            self._seen[leaf_index] = 1
        sentence = f"Leaf {leaf_index} of the tree proves this event, and it is gone."
        finding = Finding(FindingKind.LEAF_WITHOUT_EVENT, sentence, resident_id, number)
        self.findings.append(finding)

    def pass_over(self, leaves: Iterable[int]) -> None:
        """Leaves that are no events: daily maps, each held against what was published of it."""
        for leaf_index in leaves:
            self._seen[leaf_index] = 1

    def finish(
        self,
        promised: int,
        waiting: Sequence[Pending],
        moment: datetime,
        grace: timedelta,
        gaps: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Look for leaves without events and for events without leaves.

        Args:
            promised: the tree's size before the database was looked at; later leaves may be newer
                than what was seen of the database.
            waiting: the queue.
            moment: when the database was looked at.
            grace: how long an event may wait for its leaf.
            gaps: leaves of which it was recorded that events were lost, as half-open ranges.
        """
        queued = {event.commitment for event in waiting}
        for leaf_index in range(min(promised, len(self.commitments))):
            commitment = self.commitments[leaf_index]
            if self._seen[leaf_index] or commitment in queued:
                continue
            if unplaced := self._unplaced.pop(commitment, None):
                sentence = f"This event is leaf {leaf_index}, but the database forgot it."
                self.findings.append(Finding(FindingKind.NOT_IN_TREE, sentence, *unplaced[:2]))
            elif any(first <= leaf_index < end for first, end in gaps):
                self.lost += 1
            else:
                sentence = f"Leaf {leaf_index} of the tree proves an event that is gone."
                self.findings.append(Finding(FindingKind.LEAF_WITHOUT_EVENT, sentence))
        for resident_id, number, recorded_at in self._unplaced.values():
            if recorded_at is None or recorded_at < moment - grace:
                sentence = "This event should be in the tree by now."
                self.findings.append(
                    Finding(FindingKind.NOT_IN_TREE, sentence, resident_id, number)
                )

    def _begin_chain(self, row: Columns) -> None:
        self.residents += 1
        resident_id = row["resident_id"]
        self._at = _Position(resident_id, stored=(row["next_number"], row["head"]))
        if self.keys is not None:
            try:
                self._at.keys = self.keys.of(resident_id)
            except UnknownKey:
                self._note(FindingKind.UNREADABLE, "This resident's keys are missing.")

    def _check_link(self, row: Columns) -> None:
        number, expected = row["number"], self._at.number + 1
        if number != expected:
            sentence = f"After number {expected - 1} comes {number}."
            self._note(FindingKind.MISSING, sentence, expected)
        elif self.keys and self.keys.chain_link(self._at.link, row["commitment"]) != row["link"]:
            sentence = "This event's link was not made here, or not after the event before it."
            self._note(FindingKind.FORGED, sentence, number)

    def _check_leaf(
        self, number: int, commitment: bytes, leaf_index: int | None, recorded_at: datetime | None
    ) -> None:
        if leaf_index is None:
            self._unplaced[commitment] = (self._at.resident_id, number, recorded_at)
        elif not 0 <= leaf_index < len(self.commitments):
            sentence = f"The signed tree has no leaf {leaf_index}."
            self._note(FindingKind.NOT_IN_TREE, sentence, number)
        elif self.commitments[leaf_index] != commitment or self._seen[leaf_index]:
            self._seen[leaf_index] = 1
            sentence = f"Leaf {leaf_index} of the tree proves another event than this."
            self._note(FindingKind.WRONG_LEAF, sentence, number)
        else:
            self._seen[leaf_index] = 1

    def _check_detail(self, row: Columns) -> None:
        keys, number = self._at.keys, row["number"]
        if keys is None:
            return
        try:
            keys.open(KeyClass.LOG, log_aad(self._at.resident_id, number), row["detail"])
        except DestroyedKey:
            self.closed += 1
        except UnreadableSeal:
            self._note(FindingKind.UNREADABLE, "This event's detail does not open.", number)

    def _note(self, kind: FindingKind, sentence: str, number: int | None = None) -> None:
        self.findings.append(Finding(kind, sentence, self._at.resident_id, number))
