"""Bring waiting events into the public tree, one sequencer at a time.

One pass: take the lock; note leaves the tree has and the database lost; take waiting events; write
entries, then hashes, then the signed head, each durable before the next; then, in the transaction
that began with the lock, note each event's leaf and empty the queue.

A crash at any point is mended by the next pass. Entries on the disk count: if no head covers them
yet, one is signed; if the database does not know their leaves, it is told. So no two heads ever
contradict each other, and no event gets two leaves. Files older than the database, or than the
newest head the key remembers having signed, are refused.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from pathlib import Path
from typing import Final

import asyncpg

from openhealthcode.audit import store
from openhealthcode.audit.gap import place_known
from openhealthcode.audit.map_list import MAPS, before
from openhealthcode.audit.model import EventsLost, LogRolledBack, Pending
from openhealthcode.audit.prove import prove
from openhealthcode.audit.witnessing import Witnessing, whole_policy
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.transparency import (
    Frontier,
    LogDamaged,
    LogFolder,
    NoteVerifier,
    leaf_hash,
    open_checkpoint,
    read_policy,
)
from openhealthcode.trust import CheckpointSigner, SignedHead

_LARGEST_BATCH: Final = 512  # milliseconds: requests of this process wait meanwhile
_PAUSE_SECONDS: Final = 0.25
_PAUSE_AFTER_FAILURE_SECONDS: Final = 2.0
_LOG = logging.getLogger(__name__)


class Sequencer:
    """Gives events their places in the tree; a second one waits until the first has gone."""

    def __init__(
        self, pool: Pool, folder: Path, signer: CheckpointSigner, *, policy: str = ""
    ) -> None:
        """Prepare; nothing is read or locked before the first pass.

        Args:
            pool: the database.
            folder: the log's files; shared by all processes that may sequence.
            signer: signs heads under the log's public name.
            policy: which witnesses have to see a head before it is shown to anybody, as a text
                (c2sp.org/tlog-policy); none if empty.

        Raises:
            UnreadablePolicy: it cannot be read.
        """
        self._pool = pool
        self._folder = LogFolder(folder)
        self._signer = signer
        self._verifier = NoteVerifier(signer.verifier_key)
        self._policy = whole_policy(policy, signer.verifier_key)
        self._witnessing = Witnessing(folder, self._verifier, read_policy(self._policy))
        self._lock: int | None = None
        self._frontier: Frontier | None = None
        self._signed: SignedHead | None = None
        self._published: str | None = None
        self._reconciled = 0

    @property
    def log(self) -> str:
        """The log's public name."""
        return self._verifier.name

    @property
    def is_at_work(self) -> bool:
        """Whether this is the process that sequences."""
        return self._lock is not None

    @property
    def verifier_key(self) -> str:
        """The log's public key, as published."""
        return self._signer.verifier_key

    @property
    def policy(self) -> str:
        """What makes a head of this log believable, for whoever checks."""
        return self._policy

    @property
    def files(self) -> LogFolder:
        """The log's files, to be read."""
        return self._folder

    def published(self) -> str | None:
        """The head as everybody is shown it: seen by witnesses, if the policy asks for them."""
        if self._witnessing.is_needed:
            return self._folder.witnessed()
        return self._folder.checkpoint()

    async def witness(self) -> bool:
        """Have the newest head cosigned, if this process is the one that sequences."""
        return self._lock is not None and await self._witnessing.submit()

    def prove(self, leaf_index: int, *, witnessed: bool = False) -> str | None:
        """The proof of a leaf under the newest signed head; None while no head covers it.

        Args:
            witnessed: under the newest head that enough witnesses cosigned, if any have to.
        """
        note = self.published() if witnessed else self._folder.checkpoint()
        return prove(self._folder, self._verifier, leaf_index, note)

    async def run(self, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        """Sequence until cancelled; while the database is away, wait for it."""
        try:
            while True:
                pause = pause_seconds
                try:
                    await self.sequence()
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    _LOG.warning("sequencing waits", extra={"facts": {"for": type(error).__name__}})
                    pause = _PAUSE_AFTER_FAILURE_SECONDS
                await asyncio.sleep(pause)
        finally:
            self.close()

    async def sequence(self) -> int:
        """Place all that waits; answers how many events got their leaf.

        0 also if another sequencer is at work. A pass that has begun is finished even when the
        caller is cancelled: files and transaction belong together.

        Raises:
            LogRolledBack: the files are older than the database.
            EventsLost: the database is older than the files.
            LogDamaged: the files contradict their own signed head.
        """
        total = 0
        while True:
            current = asyncio.ensure_future(self._locked_pass())
            try:
                placed = await asyncio.shield(current)
            except asyncio.CancelledError:
                await asyncio.wait([current])
                raise
            total += placed
            if placed < _LARGEST_BATCH:
                return total

    async def waiting(self) -> int:
        """How many events wait for their leaf, whoever sequences."""
        async with transaction(self._pool, task="sequencing") as connection:
            return await store.waiting(connection)

    def close(self) -> None:
        """Let another sequencer take over."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _locked_pass(self) -> int:
        if not self._is_locked():
            return 0
        try:
            async with transaction(self._pool, task="sequencing") as connection:
                if not await store.is_free_to_sequence(connection):
                    return 0
                return await self._pass(connection)
        except BaseException:
            self._frontier = None  # what is on the disk is no longer certain: read it again
            raise

    async def _pass(self, connection: Connection) -> int:
        frontier = await asyncio.to_thread(self._current)
        known = await store.sequenced_size(connection)
        if known > frontier.size:
            raise LogRolledBack
        found = await self._place_forgotten(connection, known, frontier.size)
        # Before the events: whatever it counts is then among those that wait, or placed already.
        daily_map = await store.pending_map(connection, MAPS)
        if daily_map and await self._is_torn(connection, daily_map, frontier):
            frontier, daily_map = await self._place(connection, frontier, daily_map), []
        waiting = await store.pending(connection, _LARGEST_BATCH, MAPS)
        if waiting:
            frontier = await self._place(connection, frontier, waiting)
        if daily_map and len(waiting) < _LARGEST_BATCH:
            await self._place(connection, frontier, daily_map)
        return found + len(waiting)

    async def _place(
        self, connection: Connection, frontier: Frontier, waiting: list[Pending]
    ) -> Frontier:
        commitments = [event.commitment for event in waiting]
        grown = await asyncio.to_thread(self._grow, frontier, commitments)
        await store.place(connection, list(zip(waiting, range(frontier.size, 2**63), strict=False)))
        return grown

    async def _is_torn(
        self, connection: Connection, daily_map: list[Pending], frontier: Frontier
    ) -> bool:
        """Whether a crash left the first part of this map as the last entries on the disk."""
        leaf = await store.leaf_of(connection, MAPS, before(daily_map[0].number))
        return leaf is not None and leaf == frontier.size - 1

    async def _place_forgotten(self, connection: Connection, known: int, size: int) -> int:
        """Leaves of the tree that the database does not know, as after a crash or a restore."""
        if size in {known, self._reconciled}:
            return 0
        placed = await place_known(connection, self._folder, known, size)
        if placed < size - known:
            raise EventsLost(size - known - placed)
        self._reconciled = size
        return placed

    def _current(self) -> Frontier:
        """The tree's edge as on the disk; entries no head covers yet are covered now."""
        note = self._folder.checkpoint()
        if self._frontier is not None and note == self._published:
            return self._frontier
        frontier = self._promised(note)
        self._published, self._reconciled = note, 0
        size = self._folder.entries_size(frontier.size)
        self._check_signed(frontier, size)
        if size > frontier.size:
            return self._grow(frontier, self._folder.commitments(frontier.size, size))
        self._frontier = frontier
        return frontier

    def _promised(self, note: str | None) -> Frontier:
        if note is None:
            return Frontier()
        checkpoint = open_checkpoint(note, self._verifier)
        frontier = self._folder.frontier(checkpoint.size)
        if frontier.root() != checkpoint.root:
            raise LogDamaged
        return frontier

    def _check_signed(self, frontier: Frontier, size: int) -> None:
        """Refuse files that do not lead to the newest head that was signed, or beyond it.

        A crash between signing and publishing leaves entries that no published head covers. A head
        that is out and was forgotten here, as after a restore of the keys, is believed: it is ours.
        """
        signed = self._signer.newest()
        if signed is not None and signed.size > size:
            raise LogRolledBack
        if signed is not None and self._root_at(signed.size, frontier) != signed.root:
            raise LogDamaged
        published = SignedHead(frontier.size, frontier.root())
        if frontier.size and (signed is None or signed.size < frontier.size):
            if self._signer.sign_head(signed, published) is None:
                raise LogRolledBack
            signed = published
        self._signed = signed

    def _root_at(self, size: int, frontier: Frontier) -> bytes:
        if size <= frontier.size:
            return self._folder.frontier(size).root()
        late = self._folder.commitments(frontier.size, size)
        return frontier.grown(map(leaf_hash, late))[0].root()

    def _grow(self, frontier: Frontier, commitments: list[bytes]) -> Frontier:
        grown = self._folder.grow(frontier, commitments)
        note = self._signer.sign_head(self._signed, SignedHead(grown.size, grown.root()))
        if note is None:
            raise LogRolledBack  # somewhere else another sequencer signs for this log
        self._signed = self._signer.newest()
        self._folder.publish(note)
        self._folder.forget_ragged(frontier, grown)
        self._frontier, self._published = grown, note
        return grown

    def _is_locked(self) -> bool:
        """Whether no other process of this computer sequences; the kernel lets go of the dead."""
        if self._lock is not None:
            return True
        self._folder.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True
