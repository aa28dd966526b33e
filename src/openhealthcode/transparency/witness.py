"""A witness: cosigns each log's head if it grew from the one before, and never anything else.

What it keeps is one file for each log: the newest head it cosigned. Whoever asks for a second head
of the same size, for a smaller one, or for one that does not begin with what was cosigned, is told
no; so two groups of people who trust the same witness cannot be shown two different logs.

Source: c2sp.org/tlog-witness.
"""

from __future__ import annotations

import fcntl
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from threading import Lock
from typing import Final

from openhealthcode.transparency.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from openhealthcode.transparency.cosignature import CosignatureVerifier, Cosigner
from openhealthcode.transparency.merkle import EMPTY_ROOT, is_consistent, sha256
from openhealthcode.transparency.model import UntrustedNote
from openhealthcode.transparency.note import NoteVerifier, take_apart

LARGEST_REQUEST: Final = 128 * 1024
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")
_MOST_HASHES: Final = 63


class Refusal(Enum):
    """Why a head is not cosigned."""

    MALFORMED = "the request cannot be read"
    UNKNOWN_LOG = "this witness does not know the log"
    UNTRUSTED = "the head is not signed by the log"
    LARGER = "the old size is larger than the new one"
    STALE = "the old size is not that of the newest head cosigned here"
    FORK = "another head of this size was cosigned here"
    INCONSISTENT = "the head does not grow from the newest one cosigned here"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness says to a head.

    Args:
        cosignature: the line for the note, if it was cosigned.
        refusal: why not.
        size: with ``STALE``, the size of the newest head cosigned here.
    """

    cosignature: str = ""
    refusal: Refusal | None = None
    size: int = 0


def write_request(old_size: int, proof: Sequence[bytes], note: str) -> str:
    """What a log sends: the size the witness knows, what leads from there, and the new head."""
    lines = [f"old {old_size}", *(b64encode(one).decode() for one in proof), ""]
    return "\n".join([*lines, note])


class WitnessState:
    """The witness itself: its key, the logs it knows, and the newest head of each on the disk."""

    def __init__(self, folder: Path, logs: Sequence[NoteVerifier], cosigner: Cosigner) -> None:
        """Prepare.

        Args:
            folder: this witness's and nobody else's. Never restore it from a backup: a witness that
                forgot a head might cosign a fork.
            logs: by name, which is the origin of their heads.
            cosigner: the key.
        """
        self._folder = folder
        self._logs = {log.name: log for log in logs}
        self._cosigner = cosigner
        self._own = CosignatureVerifier(cosigner.verifier_key)
        self._alone = Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def newest(self, origin: str) -> str | None:
        """The newest head of a log that was cosigned here, with the cosignature."""
        try:
            return self._path(origin).read_text("utf-8")
        except FileNotFoundError:
            return None

    def newest_of(self, digest: str) -> str | None:
        """As ``newest``, by the hexadecimal SHA-256 of the log's name."""
        for origin in self._logs:
            if sha256(origin.encode()).hex() == digest:
                return self.newest(origin)
        return None

    def add(self, request: bytes, at: int) -> Answer:
        """Cosign a head if it follows; on the disk before the answer is known to anybody.

        Args:
            at: now, in seconds since 1970.
        """
        read = _read_request(request)
        if read is None:
            return Answer(refusal=Refusal.MALFORMED)
        old_size, proof, note, claimed = read
        log = self._logs.get(claimed.origin)
        if log is None:
            return Answer(refusal=Refusal.UNKNOWN_LOG)
        try:
            checkpoint = open_checkpoint(note, log)
        except UntrustedNote:
            return Answer(refusal=Refusal.UNTRUSTED)
        if old_size > checkpoint.size:
            return Answer(refusal=Refusal.LARGER)
        with self._held(log.name):
            return self._follow(old_size, proof, note, checkpoint, at)

    def _follow(
        self, old_size: int, proof: Sequence[bytes], note: str, new: Checkpoint, at: int
    ) -> Answer:
        known = self._known(new.origin)
        if old_size != known.size:
            return Answer(refusal=Refusal.STALE, size=known.size)
        if known.size == new.size and known.root != new.root:
            return Answer(refusal=Refusal.FORK)
        if not _follows(known, new, proof):
            return Answer(refusal=Refusal.INCONSISTENT)
        own = self._logs[new.origin].narrowed(note)
        cosignature = self._cosigner.cosign(take_apart(own)[0], at)
        self._keep(new.origin, f"{own}{cosignature}")
        return Answer(cosignature)

    def _known(self, origin: str) -> Checkpoint:
        """What was cosigned last; a file that this key did not sign stops the witness."""
        note = self.newest(origin)
        if note is None:
            return Checkpoint(origin, 0, EMPTY_ROOT)
        if self._own.seen_at(note) is None:
            raise UntrustedNote
        return open_checkpoint(note, self._logs[origin])

    def _keep(self, origin: str, note: str) -> None:
        path = self._path(origin)
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _held(self, origin: str) -> Iterator[None]:
        """One head of a log at a time, whichever thread or process it comes to."""
        with self._alone:
            lock = os.open(self._path(origin).with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hex()}.checkpoint"


def _follows(known: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    if known.size == 0:
        return not proof and (new.size > 0 or new.root == EMPTY_ROOT)
    return is_consistent(known.size, known.root, new.size, new.root, proof)


def _read_request(request: bytes) -> tuple[int, list[bytes], str, Checkpoint] | None:
    """Old size, proof, note and what the note claims; None if it is no request."""
    try:
        head, _, note = request[:LARGEST_REQUEST].decode().partition("\n\n")
        claimed = read_checkpoint(take_apart(note)[0])
    except (UnicodeDecodeError, UntrustedNote):
        return None
    first, *hashes = head.split("\n")
    old = _OLD.fullmatch(first)
    if old is None or len(hashes) > _MOST_HASHES or not all(map(_HASH.fullmatch, hashes)):
        return None
    return int(old[1]), [b64decode(one) for one in hashes], note, claimed
