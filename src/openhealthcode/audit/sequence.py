"""Bring waiting events into the public tree, one sequencer at a time.

One pass: take the lock; note leaves the tree has and the database lost; take waiting events; write
entries, then hashes, then the signed head, each durable before the next; then, in the transaction
that began with the lock, note each event's leaf and empty the queue.

A crash at any point is mended by the next pass. Entries on the disk count: if no head covers them
yet, one is signed; if the database does not know their leaves, it is told. So no two heads ever
contradict each other, and no event gets two leaves. Files older than the database are refused.
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
from openhealthcode.audit.checkpoint import Checkpoint, open_checkpoint
from openhealthcode.audit.frontier import Frontier
from openhealthcode.audit.model import LogDamaged, LogRolledBack
from openhealthcode.audit.prove import prove
from openhealthcode.audit.tiles import LogFolder
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.trust import NoteSigner, NoteVerifier

_LARGEST_BATCH: Final = 512  # milliseconds: requests of this process wait meanwhile
_PAUSE_SECONDS: Final = 0.25
_PAUSE_AFTER_FAILURE_SECONDS: Final = 2.0
_LOG = logging.getLogger(__name__)


class Sequencer:
    """Gives events their places in the tree; a second one waits until the first has gone."""

    def __init__(self, pool: Pool, folder: Path, signer: NoteSigner) -> None:
        """Prepare; nothing is read or locked before the first pass.

        Args:
            pool: the database.
            folder: the log's files; shared by all processes that may sequence.
            signer: signs heads under the log's public name.
        """
        self._pool = pool
        self._folder = LogFolder(folder)
        self._signer = signer
        self._verifier = NoteVerifier(signer.verifier_key)
        self._lock: int | None = None
        self._frontier: Frontier | None = None
        self._published: str | None = None
        self._reconciled = 0

    @property
    def log(self) -> str:
        """The log's public name."""
        return self._verifier.name

    @property
    def verifier_key(self) -> str:
        """The log's public key, as published."""
        return self._signer.verifier_key

    def prove(self, leaf_index: int) -> str | None:
        """The proof of a leaf under the newest signed head; None while no head covers it."""
        return prove(self._folder, self._verifier, leaf_index)

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
        waiting = await store.pending(connection, _LARGEST_BATCH)
        if not waiting:
            return found
        commitments = [event.commitment for event in waiting]
        await asyncio.to_thread(self._grow, frontier, commitments)
        await store.place(connection, list(zip(waiting, range(frontier.size, 2**63), strict=False)))
        return found + len(waiting)

    async def _place_forgotten(self, connection: Connection, known: int, size: int) -> int:
        """Leaves of the tree that the database does not know, as after a crash or a restore."""
        if size in {known, self._reconciled}:
            return 0
        forgotten = await asyncio.to_thread(self._folder.commitments, known, size)
        leaf_indexes = {commitment: known + n for n, commitment in enumerate(forgotten)}
        found = await store.pending_of(connection, forgotten)
        await store.place(connection, [(event, leaf_indexes[event.commitment]) for event in found])
        self._reconciled = size
        return len(found)

    def _current(self) -> Frontier:
        """The tree's edge as on the disk; entries no head covers yet are covered now."""
        note = self._folder.checkpoint()
        if self._frontier is not None and note == self._published:
            return self._frontier
        frontier = self._promised(note)
        self._published, self._reconciled = note, 0
        size = self._folder.entries_size(frontier.size)
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

    def _grow(self, frontier: Frontier, commitments: list[bytes]) -> Frontier:
        grown = self._folder.grow(frontier, commitments)
        note = Checkpoint(self._verifier.name, grown.size, grown.root()).signed(self._signer)
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
