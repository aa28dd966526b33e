"""The key of the log's heads, which remembers the newest one it signed.

A log that says two things is worse than one that stops. What was signed last is therefore kept with
the key, apart from the log's files and from the database: who restores those from a backup, or runs
a second copy of them, cannot sign a head that contradicts one that is out already.
"""

from __future__ import annotations

from typing import NamedTuple

from openhealthcode.transparency import Checkpoint, NoteSigner
from openhealthcode.trust.key_store import KeyStore


class SignedHead(NamedTuple):
    """How large the tree was and what its root was."""

    size: int
    root: bytes


class CheckpointSigner(NoteSigner):
    """Signs heads of one log, each grown from the one before."""

    __slots__ = ("_origin", "_store")

    def __init__(self, origin: str, seed: bytes, store: KeyStore) -> None:
        super().__init__(origin, seed)
        self._origin = origin
        self._store = store

    def newest(self) -> SignedHead | None:
        """The newest head this key signed; None before the first."""
        found = self._store.signed_head(self._origin)
        return None if found is None else SignedHead(*found)

    def sign_head(self, before: SignedHead | None, after: SignedHead) -> str | None:
        """The note of a head that grew from another; durable before it is signed.

        Args:
            before: what ``newest`` said.
            after: a tree that begins with that one; the caller has seen to it.

        Returns:
            None if ``before`` is no longer the newest: somebody else signs for this log.
        """
        if not self._store.advance_head(self._origin, before, after):
            return None
        return Checkpoint(self._origin, *after).signed(self)
