"""The proof that an entry is in the log, as a file anybody can check without us.

Source: c2sp.org/tlog-proof.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openhealthcode.transparency.checkpoint import Checkpoint
from openhealthcode.transparency.merkle import is_included, leaf_hash
from openhealthcode.transparency.model import UntrustedNote

_FORMAT: Final = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")
_LONGEST_PATH: Final = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry is, what leads from it to the root, and the signed head with that root."""

    index: int
    path: tuple[bytes, ...]
    note: str

    def leads_to(self, entry: bytes, checkpoint: Checkpoint) -> bool:
        """Whether the entry is in the tree of this head; the caller has opened it from ``note``."""
        return is_included(
            leaf_hash(entry), self.index, checkpoint.size, self.path, checkpoint.root
        )


def write_proof(index: int, path: Sequence[bytes], note: str) -> str:
    """The file."""
    lines = [_FORMAT, f"index {index}", *(b64encode(one).decode() for one in path)]
    return "\n".join([*lines, "", note])


def read_proof(text: str) -> Proof:
    """What a file says; nothing of it is believed yet. Extra data are passed over.

    Raises:
        UntrustedNote: not a proof.
    """
    head, parted, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        del lines[0]
    index = _INDEX.fullmatch(lines[0]) if lines else None
    path = lines[1:]
    if first != _FORMAT or not parted or index is None or len(path) > _LONGEST_PATH:
        raise UntrustedNote
    if not all(map(_HASH.fullmatch, path)):
        raise UntrustedNote
    return Proof(int(index[1]), tuple(map(b64decode, path)), note)
